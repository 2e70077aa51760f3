"""The guard lets in only who a view declares, and keeps courses and people apart."""

import datetime as dt

import pytest
import sqlalchemy as sa
import time_machine
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from sca_lms import clock
from sca_lms.courses import access, operator_links, sessions
from sca_lms.courses.access import allow, operator_only
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db, transaction
from sca_lms.web import forms
from sca_lms.web.access import public
from sca_lms.web.tab_tokens import tab_prefix
from tests.builders import a_course, a_person, an_enrolment, signed_in


@pytest.fixture
def probe(app: Flask) -> Flask:
    """Add a few pages whose only job is to be let into."""
    bp = Blueprint("probe", __name__)

    @bp.get("/probe/open")
    @public
    def anybody() -> str:
        return "open"

    @bp.get("/courses/<int:course_id>/probe")
    @allow(Role.LEARNER)
    def learner_page(course_id: int) -> str:
        return f"{access.actor().person_id} {forms.csrf_token()}"

    @bp.post("/courses/<int:course_id>/probe")
    @allow(Role.LEARNER)
    def learner_post(course_id: int) -> str:
        return "changed"

    @bp.get("/courses/<int:course_id>/probe/guests")
    @allow(Role.LEARNER, Role.GUEST)
    def guest_page(course_id: int) -> str:
        return "read"

    @bp.get("/probe/operator")
    @operator_only
    def operator_page() -> str:
        return "operator"

    @bp.get("/probe/undeclared")
    def forgotten() -> str:
        return "leak"

    app.register_blueprint(bp)
    return app


def enrolled(
    app: Flask, *roles: Role, course_id: int | None = None, is_test: bool = False
) -> tuple[int, int]:
    """Return (course id, enrolment id) of somebody new."""
    with app.app_context(), transaction():
        course = db.session.get_one(Course, course_id) if course_id else a_course()
        made = an_enrolment(course, a_person(is_test=is_test), roles=set(roles))
        return made.course_id, made.id


def test_a_view_that_forgot_to_declare_is_never_shown(probe: Flask, client: FlaskClient) -> None:
    with pytest.raises(TypeError, match="does not declare"):
        client.get("/probe/undeclared")


def test_anybody_may_use_a_public_page(probe: Flask, client: FlaskClient) -> None:
    assert client.get("/probe/open").text == "open"


def test_without_a_session_the_course_is_the_way_in(probe: Flask, client: FlaskClient) -> None:
    course_id, _ = enrolled(probe, Role.LEARNER)
    assert client.get(f"/courses/{course_id}/probe").status_code == 401


def test_a_learner_is_let_into_a_learner_s_page(probe: Flask) -> None:
    course_id, enrolment_id = enrolled(probe, Role.LEARNER)
    assert signed_in(probe, enrolment_id).get(f"/courses/{course_id}/probe").status_code == 200


def test_a_known_page_with_the_wrong_role_is_refused(probe: Flask) -> None:
    course_id, enrolment_id = enrolled(probe, Role.INSTRUCTOR)
    assert signed_in(probe, enrolment_id).get(f"/courses/{course_id}/probe").status_code == 403


def test_another_course_and_an_unknown_one_look_the_same(probe: Flask) -> None:
    _, enrolment_id = enrolled(probe, Role.LEARNER)
    other_id, _ = enrolled(probe, Role.LEARNER)
    browser = signed_in(probe, enrolment_id)
    assert browser.get(f"/courses/{other_id}/probe").status_code == 404
    assert browser.get("/courses/987654/probe").status_code == 404


def test_a_guest_reads_what_guests_may_and_nothing_else(probe: Flask) -> None:
    with probe.app_context(), transaction():
        course_id = a_course().id
    browser = signed_in(probe, None, course_id=course_id)
    assert browser.get(f"/courses/{course_id}/probe/guests").status_code == 200
    assert browser.get(f"/courses/{course_id}/probe").status_code == 403


def test_somebody_who_left_the_course_is_not_let_in(probe: Flask) -> None:
    course_id, enrolment_id = enrolled(probe, Role.LEARNER)
    browser = signed_in(probe, enrolment_id)
    with probe.app_context(), transaction():
        db.session.get_one(Enrolment, enrolment_id).state = EnrolmentState.WITHDRAWN
    assert browser.get(f"/courses/{course_id}/probe").status_code == 403


def test_an_operator_s_page_does_not_exist_for_others(probe: Flask) -> None:
    _, enrolment_id = enrolled(probe, Role.MANAGER)
    assert signed_in(probe, enrolment_id).get("/probe/operator").status_code == 404
    assert signed_in(probe, None, operator=True).get("/probe/operator").text == "operator"


def test_a_change_without_the_token_of_the_page_is_refused(probe: Flask) -> None:
    course_id, enrolment_id = enrolled(probe, Role.LEARNER)
    browser = signed_in(probe, enrolment_id)
    refused = browser.post(f"/courses/{course_id}/probe")
    assert refused.status_code == 400
    assert refused.headers["X-Error-Code"] == "form-expired"
    token = browser.get(f"/courses/{course_id}/probe").text.split()[1]
    assert browser.post(f"/courses/{course_id}/probe", data={"csrf_token": token}).text == "changed"
    assert browser.post(f"/courses/{course_id}/probe", headers={"X-CSRF-Token": token}).text == "changed"


def test_a_form_shown_to_one_person_cannot_be_sent_as_another(probe: Flask) -> None:
    """The second person launched in the same browser, while the first one's page was still open."""
    course_id, first_id = enrolled(probe, Role.LEARNER)
    _, second_id = enrolled(probe, Role.LEARNER, course_id=course_id)
    browser = signed_in(probe, first_id)
    token = browser.get(f"/courses/{course_id}/probe").text.split()[1]
    with probe.app_context(), transaction():
        session = db.session.scalars(sa.select(sessions.WebSession)).one()
        second = db.session.get_one(Enrolment, second_id)
        sessions.grant(session.id, course_id, second, at=clock.now())
    assert browser.post(f"/courses/{course_id}/probe", data={"csrf_token": token}).status_code == 400


def test_two_courses_in_one_browser_keep_their_own_people(probe: Flask) -> None:
    course_id, first_id = enrolled(probe, Role.LEARNER)
    other_id, second_id = enrolled(probe, Role.LEARNER)
    browser = signed_in(probe, first_id)
    with probe.app_context(), transaction():
        session = db.session.scalars(sa.select(sessions.WebSession)).one()
        second = db.session.get_one(Enrolment, second_id)
        sessions.grant(session.id, other_id, second, at=clock.now())
        people = (str(db.session.get_one(Enrolment, first_id).person_id), str(second.person_id))
    assert browser.get(f"/courses/{course_id}/probe").text.split()[0] == people[0]
    assert browser.get(f"/courses/{other_id}/probe").text.split()[0] == people[1]


def test_a_session_in_the_address_keeps_every_link_in_its_tab(probe: Flask, client: FlaskClient) -> None:
    course_id, enrolment_id = enrolled(probe, Role.LEARNER)
    with probe.app_context(), transaction():
        opened = sessions.open_session(None, at=clock.now(), tab=True)
        enrolment = db.session.get_one(Enrolment, enrolment_id)
        sessions.grant(opened.session_id, course_id, enrolment, at=clock.now())
    prefix = tab_prefix(opened.token)
    assert client.get(f"{prefix}/courses/{course_id}/probe").status_code == 200
    assert client.get(f"/courses/{course_id}/probe").status_code == 401
    client.set_cookie("__Host-sca_lms", opened.token, domain="localhost")
    assert client.get(f"/courses/{course_id}/probe").status_code == 401
    assert client.get(f"/-/{'x' * 43}/courses/{course_id}/probe").status_code == 401


def test_a_session_ends_when_it_rests_and_at_the_latest_after_a_day(probe: Flask) -> None:
    course_id, enrolment_id = enrolled(probe, Role.LEARNER)
    page = f"/courses/{course_id}/probe"
    with time_machine.travel(dt.datetime(2026, 9, 29, 8, 0, tzinfo=dt.UTC), tick=False) as traveller:
        browser = signed_in(probe, enrolment_id)
        resting = signed_in(probe, enrolment_id)
        traveller.shift(dt.timedelta(hours=11))
        assert browser.get(page).status_code == 200
        traveller.shift(dt.timedelta(hours=2))
        assert resting.get(page).status_code == 401
        traveller.shift(dt.timedelta(hours=9))
        assert browser.get(page).status_code == 200
        traveller.shift(dt.timedelta(hours=3))
        assert browser.get(page).status_code == 401
        with probe.app_context(), transaction():
            assert sessions.forget_expired(at=clock.now()) == 2
            assert db.session.scalars(sa.select(sessions.SessionGrant)).all() == []


def test_an_operator_s_link_works_once_and_only_in_time(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction():
        token = operator_links.make_link(at=clock.now())
        late = operator_links.make_link(at=clock.now() - operator_links.LIFETIME)
    assert client.get(f"/operator/enter?token={token}").status_code == 200
    assert client.post("/operator/enter", data={"token": token}).status_code == 302
    assert client.post("/operator/enter", data={"token": token}).status_code == 403
    assert client.post("/operator/enter", data={"token": late}).status_code == 403
    assert client.post("/operator/enter", data={"token": "invented"}).status_code == 403
