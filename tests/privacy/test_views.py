"""Pages for people and the desk: what is kept, requests, answers, archives."""

import datetime as dt
import io
import zipfile

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from sca_lms import clock
from sca_lms.courses.models import AuditEvent, Course, Enrolment, Person
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db, transaction
from sca_lms.privacy import jobs
from sca_lms.privacy.models import PrivacyRequest
from sca_lms.privacy.rules import RequestKind, RequestState
from tests.builders import a_course, a_person, an_enrolment, csrf_of, signed_in
from tests.privacy.conftest import SECRET, Lived
from tests.statements import counted

LEDGER = "บัญชีชั่วโมงของคุณ"


def _mine(lived: Lived, rest: str = "") -> str:
    return f"/courses/{lived.course_id}/my-data{rest}"


def _desk(lived: Lived, rest: str = "") -> str:
    return f"/courses/{lived.course_id}/privacy{rest}"


def _post(browser: FlaskClient, path: str, page: str, **fields: str) -> int:
    token = csrf_of(browser.get(page).text)
    return browser.post(path, data={"csrf_token": token, **fields}).status_code


def _requests(app: Flask) -> list[PrivacyRequest]:
    with app.app_context():
        return list(db.session.scalars(sa.select(PrivacyRequest).order_by(PrivacyRequest.id)))


def _work(app: Flask) -> None:
    with app.app_context():
        jobs.carry_out_erasures(clock.now())
        jobs.make_archives(clock.now())


@pytest.mark.parametrize("language", ["th", "en"])
def test_everybody_sees_what_is_kept_about_them_in_words(app: Flask, lived: Lived, language: str) -> None:
    browser = signed_in(app, lived.enrolment_id)
    page = browser.get(_mine(lived), headers={"Accept-Language": language}).text
    said = {"th": "บัญชีชั่วโมงของคุณ", "en": "The ledger of your hours"}[language]
    assert said in page
    assert "ledger_entry" not in page, "names of tables are nobody's words"
    assert "PDPA" in page
    assert _mine(lived) in browser.get(f"/courses/{lived.course_id}/").text, "the menu leads there"


def test_the_page_costs_the_same_however_much_is_kept(app: Flask, lived: Lived) -> None:
    busy, idle = signed_in(app, lived.enrolment_id), signed_in(app, lived.other_id)
    with counted(app) as much:
        assert busy.get(_mine(lived)).status_code == 200
    with counted(app) as little:
        assert idle.get(_mine(lived)).status_code == 200
    assert len(much) == len(little) < 15


def test_who_has_left_the_course_keeps_their_rights(app: Flask, lived: Lived) -> None:
    browser = signed_in(app, lived.enrolment_id)
    with app.app_context(), transaction():
        db.session.get_one(Enrolment, lived.enrolment_id).state = EnrolmentState.WITHDRAWN
    assert browser.get(f"/courses/{lived.course_id}/").status_code == 403
    assert browser.get(_mine(lived)).status_code == 200
    guest = signed_in(app, None, course_id=lived.course_id)
    assert guest.get(_mine(lived)).status_code == 403


def test_nickname_and_language_are_changed_at_once(app: Flask, lived: Lived) -> None:
    browser = signed_in(app, lived.enrolment_id)
    assert _post(browser, _mine(lived, "/profile"), _mine(lived), nickname="ฟ้า", locale="en") == 303
    assert "My data" in browser.get(_mine(lived)).text
    with app.app_context():
        person = db.session.get_one(Person, lived.person_id)
        assert (person.nickname, person.locale) == ("ฟ้า", "en")
        assert person.search_key.endswith("ฟา"), "searching knows no tone marks"
    assert _post(browser, _mine(lived, "/profile"), _mine(lived), nickname="x" * 61, locale="xx") == 400


def test_an_archive_is_asked_for_made_and_fetched_by_its_person_alone(app: Flask, lived: Lived) -> None:
    browser = signed_in(app, lived.enrolment_id)
    assert _post(browser, _mine(lived, "/archive"), _mine(lived)) == 303
    assert browser.get(_mine(lived, "/archive/1")).status_code == 404, "it is not made yet"
    assert _post(browser, _mine(lived, "/archive"), _mine(lived)) == 303, "a second one is refused in words"
    _work(app)
    answer = browser.get(_mine(lived, "/archive/1"))
    assert "index.html" in zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert _mine(lived, "/archive/1") in browser.get(_mine(lived)).text
    for other in (lived.other_id, lived.manager_id):
        assert signed_in(app, other).get(_mine(lived, "/archive/1")).status_code == 404
    with time_machine.travel(clock.now() + dt.timedelta(days=8), tick=False):
        assert signed_in(app, lived.enrolment_id).get(_mine(lived, "/archive/1")).status_code == 404


def test_a_correction_is_asked_for_and_answered_in_words(app: Flask, lived: Lived) -> None:
    browser, desk = signed_in(app, lived.enrolment_id), signed_in(app, lived.manager_id)
    path = _mine(lived, "/correction")
    assert _post(browser, path, path, field="mark", record="Q1", text="") == 400
    assert _post(browser, path, path, field="mark", record="Q1", text="ควรเป็น 8") == 303
    assert _post(browser, path, path, field="mark", record="Q1", text="อีกครั้ง") == 409
    assert "Q1" in desk.get(_desk(lived)).text
    one = _desk(lived, "/requests/1")
    assert _post(desk, one, one, answer="", decision="grant") == 400
    assert _post(desk, one, one, answer="แก้แล้ว", decision="grant") == 303
    assert desk.get(one).status_code == 200
    (request,) = _requests(app)
    assert (request.state, request.answer) == (RequestState.DONE, "แก้แล้ว")
    assert "แก้แล้ว" in browser.get(_mine(lived)).text
    with app.app_context():
        verbs = db.session.scalars(sa.select(AuditEvent.verb).order_by(AuditEvent.id)).all()
    assert verbs[-2:] == ["privacy-asked", "privacy-answered"]


def test_erasure_shows_what_goes_is_granted_and_closes_the_door(app: Flask, lived: Lived) -> None:
    browser, desk = signed_in(app, lived.enrolment_id), signed_in(app, lived.manager_id)
    path, one = _mine(lived, "/erasure"), _desk(lived, "/requests/1")
    assert LEDGER in browser.get(path).text
    assert _post(browser, path, path, text="") == 400, "it has to be confirmed"
    assert _post(browser, path, path, text=SECRET, sure="y") == 303
    assert LEDGER in desk.get(one).text
    assert _post(desk, one, one, answer="ตามที่ขอ", decision="grant") == 303
    _work(app)
    assert browser.get(_mine(lived)).status_code == 401
    page = desk.get(one).text
    assert SECRET not in page
    assert "ตามที่ขอ" in page
    assert desk.get(f"/courses/{lived.course_id}/learners").status_code == 200


def test_a_refusal_is_kept_with_its_reason(app: Flask, lived: Lived) -> None:
    browser, desk = signed_in(app, lived.enrolment_id), signed_in(app, lived.manager_id)
    path, one = _mine(lived, "/erasure"), _desk(lived, "/requests/1")
    _post(browser, path, path, text="", sure="y")
    assert _post(desk, one, one, answer="ต้องเก็บผลไว้ 2 ปี", decision="refuse") == 303
    assert (
        desk.post(
            one, data={"csrf_token": csrf_of(desk.get(_desk(lived, "/people/1")).text), "answer": "x"}
        ).status_code
        == 409
    )
    _work(app)
    assert _requests(app)[0].state is RequestState.REFUSED
    assert "ต้องเก็บผลไว้ 2 ปี" in browser.get(_mine(lived)).text
    assert "ต้องเก็บผลไว้ 2 ปี" in desk.get(_desk(lived, "/register.csv?state=refused")).data.decode()
    assert desk.get(_desk(lived, "/register.xlsx?state=refused")).data[:2] == b"PK"


def test_nobody_answers_a_request_of_their_own(app: Flask, lived: Lived) -> None:
    desk, second = signed_in(app, lived.manager_id), signed_in(app, lived.second_manager_id)
    path, one = _mine(lived, "/erasure"), _desk(lived, "/requests/1")
    _post(desk, path, path, text="", sure="y")
    token = csrf_of(desk.get(_desk(lived, f"/people/{lived.other_id}")).text)
    fields = {"csrf_token": token, "answer": "x", "decision": "grant"}
    assert desk.post(one, data=fields).status_code == 409
    assert _post(second, one, one, answer="x", decision="refuse") == 303


def test_a_manager_decides_only_over_those_who_are_nowhere_else(app: Flask, lived: Lived) -> None:
    with app.app_context(), transaction():
        elsewhere = an_enrolment(a_course("ที่อื่น"), db.session.get_one(Person, lived.person_id))
        other_course = elsewhere.course_id
    browser, desk = signed_in(app, lived.enrolment_id), signed_in(app, lived.manager_id)
    path, one = _mine(lived, "/erasure"), _desk(lived, "/requests/1")
    _post(browser, path, path, text="", sure="y")
    assert _post(desk, one, one, answer="x", decision="grant") == 409
    with app.app_context(), transaction():
        manager = db.session.get_one(Enrolment, lived.manager_id).person_id
        an_enrolment(
            db.session.get_one(Course, other_course),
            db.session.get_one(Person, manager),
            roles={Role.MANAGER},
        )
    assert _post(desk, one, one, answer="x", decision="grant") == 303


def test_the_desk_enters_a_request_and_fetches_the_archive(app: Flask, lived: Lived) -> None:
    desk = signed_in(app, lived.manager_id)
    assert "ปวีณา" in desk.get(_desk(lived, "/people?q=ปวีณา")).text
    path = _desk(lived, f"/people/{lived.enrolment_id}")
    assert _post(desk, path, path, kind="access", text="โทรมา") == 303
    one = _desk(lived, "/requests/1")
    assert desk.get(f"{one}/archive").status_code == 404
    assert _post(desk, one, one, answer="ส่งให้แล้ว", decision="grant") == 303
    _work(app)
    assert desk.get(f"{one}/archive").mimetype == "application/zip"
    assert f"{one}/archive" in desk.get(one).text


def test_what_is_overdue_stands_first_and_is_named(app: Flask, lived: Lived) -> None:
    browser = signed_in(app, lived.enrolment_id)
    path = _mine(lived, "/correction")
    _post(browser, path, path, field="name", text="ชื่อผิด")
    with time_machine.travel(clock.now() + dt.timedelta(days=32), tick=False):
        desk = signed_in(app, lived.manager_id)
        page = desk.get(_desk(lived), headers={"Accept-Language": "en"}).text
    assert "2 days overdue" in page
    assert "is-never" in page


def test_filters_search_and_strange_addresses(app: Flask, lived: Lived) -> None:
    browser, desk = signed_in(app, lived.enrolment_id), signed_in(app, lived.manager_id)
    path = _mine(lived, "/correction")
    _post(browser, path, path, field="name", text="ชื่อผิด")
    link = _desk(lived, "/requests/1")
    assert link in desk.get(_desk(lived, "?kind=correction&q=แก้ว")).text
    assert link not in desk.get(_desk(lived, "?kind=erasure")).text
    assert link not in desk.get(_desk(lived, "?state=done")).text
    assert desk.get(_desk(lived, "?state=strange")).status_code == 404
    assert _post(browser, _mine(lived, "/requests/1/withdraw"), _mine(lived)) == 303
    assert _requests(app)[0].state is RequestState.WITHDRAWN
    assert _post(signed_in(app, lived.other_id), _mine(lived, "/requests/1/withdraw"), _mine(lived)) == 404


def test_another_course_s_requests_are_not_found(app: Flask, lived: Lived) -> None:
    browser = signed_in(app, lived.enrolment_id)
    path = _mine(lived, "/correction")
    _post(browser, path, path, field="name", text="ชื่อผิด")
    with app.app_context(), transaction():
        foreign = an_enrolment(a_course("อื่น"), a_person("นิด", "ใจดี"), roles={Role.MANAGER})
        foreign_id, course_id = foreign.id, foreign.course_id
    desk = signed_in(app, foreign_id)
    assert desk.get(f"/courses/{course_id}/privacy/requests/1").status_code == 404
    assert desk.get(f"/courses/{course_id}/privacy/people/{lived.enrolment_id}").status_code == 404
    assert RequestKind.CORRECTION in {request.kind for request in _requests(app)}
