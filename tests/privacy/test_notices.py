"""People hear what became of their requests, managers what they have to answer; nothing personal goes out."""

import dataclasses
import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale

from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.database import db, transaction
from sca_lms.inbox import jobs as inbox_jobs
from sca_lms.inbox.models import InboxNotice
from sca_lms.inbox.words import kinds, said
from sca_lms.privacy import exporting, jobs, notice_kinds, notices, requesting
from sca_lms.privacy.models import PersonExport, PrivacyRequest
from sca_lms.privacy.rules import RequestKind, RequestState, reminder_of
from sca_lms.uploads.storage import store
from tests.inbox.post_office import PostOffice, open_post_office
from tests.inbox.told import told, whom
from tests.privacy.conftest import EMAIL, SECRET, Lived

DAY = dt.timedelta(days=1)
WORDS_OF_THE_ANSWER = "คำตอบที่มีแต่คุณอ่านได้"


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
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


def _ask(lived: Lived, kind: RequestKind, *, by: int | None = None) -> PrivacyRequest:
    course = db.session.get_one(Course, lived.course_id)
    return requesting.ask(
        course, lived.person_id, kind, by=by or lived.person_id, at=clock.now(), subject="ชื่อ", text=SECRET
    )


def _answer(lived: Lived, request: PrivacyRequest, *, granted: bool) -> None:
    manager = db.session.get_one(Enrolment, lived.manager_id)
    course = db.session.get_one(Course, lived.course_id)
    requesting.answer(
        request, course, granted=granted, text=WORDS_OF_THE_ANSWER, by=manager.person_id, at=clock.now()
    )


def _mail(at: dt.datetime) -> None:
    inbox_jobs.settle_notices(at)
    inbox_jobs.send_mails(at)


def _texts(office: PostOffice) -> list[str]:
    found = []
    for message in office.received:
        body = message.get_body(("plain",))
        assert body is not None
        found.append(f"{message['Subject']}\n{body.get_content()}")
    return found


def test_managers_hear_of_a_request_and_the_person_of_one_that_others_entered(
    app: Flask, lived: Lived
) -> None:
    with app.app_context():
        with transaction():
            _ask(lived, RequestKind.CORRECTION)
        assert whom("privacy.asked") == {lived.manager_id, lived.second_manager_id}
        assert whom("privacy.entered") == set()
        with transaction():
            manager = db.session.get_one(Enrolment, lived.manager_id)
            _ask(lived, RequestKind.ACCESS, by=manager.person_id)
        assert whom("privacy.entered") == {lived.enrolment_id}


@pytest.mark.parametrize(
    ("kind", "granted", "name"),
    [
        (RequestKind.CORRECTION, True, "privacy.granted"),
        (RequestKind.ACCESS, True, "privacy.granted"),
        (RequestKind.CORRECTION, False, "privacy.refused"),
        (RequestKind.ERASURE, False, "privacy.refused"),
        (RequestKind.ERASURE, True, "privacy.erasing"),
    ],
)
def test_the_person_hears_that_it_was_answered_by_a_mail_without_a_word_of_it(
    app: Flask, lived: Lived, office: PostOffice, kind: RequestKind, *, granted: bool, name: str
) -> None:
    with app.app_context():
        with transaction():
            request = _ask(lived, kind)
            _answer(lived, request, granted=granted)
        assert whom(name) == {lived.enrolment_id}
        _mail(clock.now())
        mails = [
            text for message, text in zip(office.received, _texts(office), strict=True)
            if EMAIL in str(message["To"])
        ]  # fmt: skip
    assert len(mails) == 1
    assert WORDS_OF_THE_ANSWER not in mails[0]
    assert SECRET not in mails[0]
    assert f"/courses/{lived.course_id}/my-data" in mails[0]


def test_an_archive_that_is_ready_is_told_to_the_person_and_to_who_hands_it_over(
    app: Flask, lived: Lived
) -> None:
    with app.app_context():
        with transaction():
            _answer(lived, _ask(lived, RequestKind.ACCESS), granted=True)
        jobs.make_archives(clock.now())
        assert whom("privacy.archive-ready") == {lived.enrolment_id}
        assert whom("privacy.hand-over") == {lived.manager_id}


def test_an_archive_that_is_given_up_is_told(app: Flask, lived: Lived) -> None:
    with app.app_context():
        with transaction():
            exporting.ask(
                db.session.get_one(Course, lived.course_id), lived.person_id, by=None, at=clock.now()
            )
            db.session.execute(sa.update(PersonExport).values(tries=exporting.MOST_TRIES))
        exporting.make_next(store(), now=clock.now)
        assert whom("privacy.archive-failed") == {lived.enrolment_id}


def test_reminders_come_seven_three_and_one_day_before_the_end_and_once_after_it() -> None:
    due = dt.datetime(2026, 12, 30, tzinfo=dt.UTC)
    found = [reminder_of(due, at=due - hours * dt.timedelta(hours=1)) for hours in range(24 * 9, -48, -1)]
    assert sorted(set(found), key=str) == [0, 1, 3, 7, None]
    assert found == sorted(found, key=lambda each: -99 if each is None else -each)
    assert reminder_of(due, at=due) == 1


def test_who_has_to_answer_is_reminded_four_times_and_never_of_their_own_request(
    app: Flask, lived: Lived
) -> None:
    with app.app_context():
        with transaction():
            request = _ask(lived, RequestKind.CORRECTION)
            manager = db.session.get_one(Enrolment, lived.manager_id)
            own = requesting.ask(
                db.session.get_one(Course, lived.course_id), manager.person_id, RequestKind.CORRECTION,
                by=manager.person_id, at=clock.now(),
            )  # fmt: skip
            asked_at, own_id = request.asked_at, own.id
        for day in range(40):
            with transaction():
                notices.remind(at=asked_at + day * DAY)
                notices.remind(at=asked_at + day * DAY)
        numbers = {
            who: [facts["number"] for each, kind, facts in told() if each == who and kind == "privacy.due"]
            for who in (lived.manager_id, lived.second_manager_id)
        }
        assert numbers[lived.manager_id] == [request.id] * 3
        assert sorted(map(str, numbers[lived.second_manager_id])) == sorted(
            map(str, [request.id, own_id] * 3)
        )
        assert whom("privacy.overdue") == {lived.manager_id, lived.second_manager_id}
        with transaction():
            _answer(lived, db.session.get_one(PrivacyRequest, request.id), granted=False)
            assert notices.remind(at=asked_at + 60 * DAY) == 0


def test_an_erasure_waits_until_the_mail_that_announces_it_is_sent(
    app: Flask, lived: Lived, office: PostOffice
) -> None:
    with app.app_context():
        with transaction():
            _answer(lived, _ask(lived, RequestKind.ERASURE), granted=True)
        at = clock.now()
        jobs.carry_out_erasures(at)
        assert db.session.get_one(Person, lived.person_id).email == EMAIL
        _mail(at)
        assert [str(message["To"]) for message in office.received if EMAIL in str(message["To"])] != []
        jobs.carry_out_erasures(at)
        assert db.session.get_one(Person, lived.person_id).email == ""
        left = db.session.scalars(
            sa.select(InboxNotice.id).where(InboxNotice.enrolment_id == lived.enrolment_id)
        )
        assert left.all() == []


def test_a_mail_server_that_never_answers_holds_an_erasure_up_for_two_hours_at_most(
    app: Flask, lived: Lived, office: PostOffice
) -> None:
    office.message_answers = ["451 Later"] * 9
    with app.app_context():
        with transaction():
            _answer(lived, _ask(lived, RequestKind.ERASURE), granted=True)
        at = clock.now()
        _mail(at)
        jobs.carry_out_erasures(at + dt.timedelta(hours=1))
        assert db.session.scalar(sa.select(PrivacyRequest.state)) is RequestState.GRANTED
        jobs.carry_out_erasures(at + dt.timedelta(hours=2, minutes=1))
        assert db.session.scalar(sa.select(PrivacyRequest.state)) is RequestState.DONE


def test_every_kind_has_thai_and_english_words(app: Flask) -> None:
    with app.test_request_context():
        for kind in notice_kinds.KINDS:
            assert kinds()[kind.name] is kind
            with force_locale("en"):
                english = said(kind.name, {})
            with force_locale("th"):
                thai = said(kind.name, {})
            assert english.title != thai.title
            assert english.body != thai.body
            assert english.label != thai.label
