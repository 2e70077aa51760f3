"""E-mails go out once, in the reader's language, and what goes wrong is kept in words."""

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask_babel import lazy_gettext as _l

from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db, transaction
from sca_lms.inbox import jobs, mail_sending, operations
from sca_lms.inbox.models import InboxMail, MailState
from sca_lms.inbox.rules import Kind, Urgency
from sca_lms.inbox.words import KINDS
from tests.builders import a_course, a_person, an_enrolment, signed_in
from tests.inbox.post_office import PostOffice, open_post_office

MORNING = dt.datetime(2022, 9, 5, 2, 0, tzinfo=dt.UTC)
NEXT_DIGEST = dt.datetime(2022, 9, 6, 0, 0, tzinfo=dt.UTC)
URGENT = Kind("test.urgent", _l("Notices"), _l("%(what)s"), _l("%(begins_at)s"), Urgency.AT_ONCE)
DAILY = Kind("test.daily", _l("Others"), _l("%(what)s"), _l("%(begins_at)s"), Urgency.DIGEST)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as opened:
        yield opened


@pytest.fixture
def app(settings: Settings, office: PostOffice) -> Iterator[Flask]:
    made = create_app(
        dataclasses.replace(settings, smtp_url=office.url, mail_from="SCA LMS <no-reply@tool.example.org>")
    )
    made.testing = True
    made.extensions[KINDS] = [(URGENT, DAILY)]
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


def a_learner(
    app: Flask, *, locale: str = "th", email: str = "kan@example.org", is_test: bool = False
) -> int:
    with app.app_context(), transaction():
        person = a_person("กานต์ธิดา", "ใจกล้า", email=email, is_test=is_test)
        person.locale = locale
        return an_enrolment(a_course(), person).id


def tell(app: Flask, enrolment_id: int, kind: Kind, what: str = "เปลี่ยนห้อง") -> None:
    with app.app_context(), transaction():
        operations.tell(
            [enrolment_id],
            kind.name,
            key=f"{kind.name}:{what}",
            facts={"what": what, "begins_at": MORNING},
            path="/courses/1/hours",
            at=clock.now(),
        )


def work(app: Flask) -> None:
    with app.app_context():
        jobs.settle_notices(clock.now())
        jobs.send_mails(clock.now())


def mails(app: Flask) -> list[InboxMail]:
    with app.app_context():
        return list(db.session.scalars(sa.select(InboxMail).order_by(InboxMail.id)))


@time_machine.travel(MORNING, tick=False)
def test_an_urgent_notice_goes_out_at_once_in_the_readers_language(app: Flask, office: PostOffice) -> None:
    tell(app, a_learner(app, locale="en"), URGENT)
    work(app)
    (message,) = office.received
    assert message["Subject"] == "เปลี่ยนห้อง · SCA รุ่นที่ 2"
    (to,) = message["To"].addresses
    # Python's parser leaves a blank between two encoded words (RFC 2047, 6.2, says to drop it).
    assert to.display_name.replace(" ", "") == "กานต์ธิดาใจกล้า"
    assert to.addr_spec == "kan@example.org"
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Monday 5 September 2022" in text
    assert "https://tool.example.org/courses/1/hours" in text
    assert [mail.state for mail in mails(app)] == [MailState.SENT]


@time_machine.travel(MORNING, tick=False)
def test_a_thai_reader_reads_the_buddhist_year_at_the_wall_time_of_the_course(
    app: Flask, office: PostOffice
) -> None:
    tell(app, a_learner(app), URGENT)
    work(app)
    body = office.received[0].get_body(("html",))
    assert body is not None
    assert "5 กันยายน 2565" in body.get_content()
    assert "09:00" in body.get_content()


@time_machine.travel(MORNING, tick=False)
def test_working_again_sends_nothing_twice(app: Flask, office: PostOffice) -> None:
    learner = a_learner(app)
    for _again in range(3):
        tell(app, learner, URGENT)
        work(app)
    assert len(office.received) == 1


def test_the_notices_of_a_day_come_in_one_letter_at_seven(app: Flask, office: PostOffice) -> None:
    with time_machine.travel(MORNING, tick=False) as traveller:
        learner = a_learner(app)
        tell(app, learner, DAILY, "หนึ่ง")
        work(app)
        tell(app, learner, DAILY, "สอง")
        work(app)
        assert office.received == []
        traveller.move_to(NEXT_DIGEST)
        work(app)
    (message,) = office.received
    body = message.get_body(("plain",))
    assert body is not None
    assert re.findall("หนึ่ง|สอง", body.get_content()) == ["หนึ่ง", "สอง"]


def test_what_was_read_meanwhile_is_not_sent(app: Flask, office: PostOffice) -> None:
    with time_machine.travel(MORNING, tick=False) as traveller:
        learner = a_learner(app)
        tell(app, learner, DAILY)
        work(app)
        with app.app_context(), transaction():
            enrolment = db.session.get_one(Enrolment, learner)
            operations.read_all(enrolment, up_to=10, at=clock.now())
        traveller.move_to(NEXT_DIGEST)
        work(app)
    assert office.received == []
    assert [mail.state for mail in mails(app)] == [MailState.DROPPED]


@time_machine.travel(MORNING, tick=False)
@pytest.mark.parametrize("who", ["test person", "no address", "left"])
def test_some_people_are_never_written_to(app: Flask, office: PostOffice, who: str) -> None:
    learner = a_learner(app, is_test=who == "test person")
    with app.app_context(), transaction():
        enrolment = db.session.get_one(Enrolment, learner, options=[sa.orm.joinedload(Enrolment.person)])
        if who == "no address":
            enrolment.person.email = ""
        if who == "left":
            enrolment.state = EnrolmentState.WITHDRAWN
    tell(app, learner, URGENT)
    work(app)
    assert (office.received, mails(app)) == ([], [])


@time_machine.travel(MORNING, tick=False)
def test_an_address_that_the_server_refuses_for_good_is_not_tried_again(
    app: Flask, office: PostOffice
) -> None:
    office.recipient_answers["kan@example.org"] = "550 No such user"
    tell(app, a_learner(app), URGENT)
    work(app)
    work(app)
    (mail,) = mails(app)
    assert (mail.state, mail.problem, mail.tries) == (MailState.REFUSED, "recipient-550", 1)


def test_a_busy_server_is_asked_again_after_a_rest(app: Flask, office: PostOffice) -> None:
    office.message_answers = ["451 Come back later"]
    with time_machine.travel(MORNING, tick=False) as traveller:
        tell(app, a_learner(app), URGENT)
        work(app)
        work(app)
        assert [(mail.state, mail.problem, mail.tries) for mail in mails(app)] == [
            (MailState.DUE, "smtp-451", 1)
        ]
        traveller.move_to(MORNING + dt.timedelta(minutes=3))
        work(app)
    assert len(office.received) == 1


@time_machine.travel(MORNING, tick=False)
def test_a_server_that_is_not_there_loses_nothing(app: Flask) -> None:
    app.extensions["sca_settings"] = dataclasses.replace(
        app.extensions["sca_settings"], smtp_url="smtp://127.0.0.1:1"
    )
    tell(app, a_learner(app), URGENT)
    work(app)
    (mail,) = mails(app)
    assert (mail.state, mail.problem) == (MailState.DUE, "ConnectionRefusedError")


@time_machine.travel(MORNING, tick=False)
def test_a_line_break_in_an_address_reaches_no_server(app: Flask, office: PostOffice) -> None:
    tell(app, a_learner(app, email="kan@example.org\r\nBcc: all@example.org"), URGENT)
    work(app)
    assert office.received == []
    assert [mail.problem for mail in mails(app)] == ["bad-address"]


def test_a_worker_that_dies_while_sending_leaves_its_letters_to_another(
    app: Flask, office: PostOffice
) -> None:
    with time_machine.travel(MORNING, tick=False) as traveller:
        tell(app, a_learner(app), URGENT)
        with app.app_context():
            jobs.settle_notices(clock.now())
            with transaction():
                assert mail_sending.claim(at=clock.now())
        work(app)
        assert office.received == []
        traveller.move_to(MORNING + mail_sending.LEASE)
        work(app)
    assert len(office.received) == 1


@time_machine.travel(MORNING, tick=False)
def test_one_click_in_a_letter_stops_the_kind_and_a_look_at_the_link_does_not(
    app: Flask, office: PostOffice
) -> None:
    learner = a_learner(app)
    tell(app, learner, URGENT, "หนึ่ง")
    work(app)
    link = office.received[0]["List-Unsubscribe"].strip("<>").removeprefix("https://tool.example.org")
    browser = app.test_client()
    assert browser.get(link).status_code == 200
    tell(app, learner, URGENT, "สอง")
    work(app)
    assert len(office.received) == 2
    assert browser.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    tell(app, learner, URGENT, "สาม")
    work(app)
    assert len(office.received) == 2


def test_a_link_that_we_did_not_make_is_not_found(app: Flask) -> None:
    assert app.test_client().post("/notices/unsubscribe/WzEsImRpZ2VzdCJd.forged").status_code == 404


@time_machine.travel(MORNING, tick=False)
def test_managers_see_what_went_out_and_why_one_did_not(app: Flask, office: PostOffice) -> None:
    office.recipient_answers["kan@example.org"] = "550 No such user"
    learner = a_learner(app)
    tell(app, learner, URGENT)
    work(app)
    with app.app_context(), transaction():
        course = db.session.get_one(Enrolment, learner, options=[sa.orm.joinedload(Enrolment.course)]).course
        manager = an_enrolment(course, a_person("วันชัย"), roles={Role.MANAGER}).id
    browser = signed_in(app, manager)
    page = browser.get("/courses/1/notices/sent", headers={"Accept-Language": "en"}).text
    assert "The mail server refused it for good (550)." in page
    assert "kan@example.org" not in page
    table = browser.get("/courses/1/notices/sent.csv", headers={"Accept-Language": "en"}).data.decode(
        "utf-8-sig"
    )
    assert "could not be delivered" in table
    assert "กานต์ธิดา" not in browser.get("/courses/1/notices/sent?state=sent").text
