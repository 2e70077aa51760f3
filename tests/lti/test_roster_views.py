"""Instructors look at the roster, confirm who has left, and managers give roles."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms import clock
from sca_lms.courses import programmes
from sca_lms.courses.models import AuditEvent, Course
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db
from sca_lms.demo.faults import Fault
from sca_lms.demo.personalities import MOODLE
from sca_lms.lti.models import LtiContext
from sca_lms.lti.roster_models import RosterMember
from sca_lms.lti.roster_rules import Presence
from tests.builders import a_course, a_person, an_enrolment, csrf_of, signed_in
from tests.lti.roster_world import RosterWorld, roster_of
from tests.statements import counted

DOCUMENT: dict[str, object] = {"programme": {"code": "sca-copy", "title": {"th": "ต้นแบบ", "en": "Template"}}}


@pytest.fixture
def world(app: Flask) -> Iterator[RosterWorld]:
    with roster_of(app, MOODLE) as found:
        found.refresh()
        yield found


@pytest.fixture
def manager(world: RosterWorld) -> FlaskClient:
    return a_browser(world, Role.INSTRUCTOR, Role.MANAGER)


def a_browser(world: RosterWorld, *roles: Role) -> FlaskClient:
    """Return the browser of somebody who has these roles and whom no host knows."""
    with world.changing():
        person = a_person("สุดา", "ผู้สอน")
        enrolment_id = an_enrolment(world.context_course(), person, roles=set(roles)).id
    browser = signed_in(world.app, enrolment_id)
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser


def page(world: RosterWorld, browser: FlaskClient, query: str = "") -> str:
    answer = browser.get(f"/courses/{world.course_id}/roster{query}")
    assert answer.status_code == 200
    return answer.text


def post(world: RosterWorld, browser: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Send a form as the page would, and follow to the page that answers."""
    token = csrf_of(page(world, browser))
    return browser.post(
        f"/courses/{world.course_id}/roster/{path}",
        data={"csrf_token": token, **fields},
        follow_redirects=True,
    )


def gone(world: RosterWorld, *subjects: str) -> dict[str, int]:
    """Let people be dropped in the host and noticed; returns their ids as members."""
    world.drops(*subjects)
    world.wants()
    world.refresh()
    with world.app.app_context():
        return dict(
            db.session.execute(
                sa.select(RosterMember.subject, RosterMember.id).where(RosterMember.subject.in_(subjects))
            ).all()
        )


def test_the_page_shows_everybody_and_what_changed(world: RosterWorld, manager: FlaskClient) -> None:
    world.lists("44", "สมหญิง", "มาใหม่")
    world.wants()
    world.refresh()
    shown = page(world, manager)
    assert "สมหญิง มาใหม่" in shown
    assert "not here yet" in shown
    assert "5 members" in shown
    assert "สมหญิง มาใหม่" in page(world, manager, "?show=joined")
    assert "was: คนที่ 31 แก้วมณี" in page(world, manager, "?show=renamed")
    for kind in ("gone", "left", "returned", "roles"):
        assert "Nobody here" in page(world, manager, f"?show={kind}")
    assert manager.get(f"/courses/{world.course_id}/roster?show=nonsense").status_code == 404


def test_people_are_found_by_name_and_shown_in_pages(world: RosterWorld, manager: FlaskClient) -> None:
    for number in range(100, 140):
        world.lists(str(number), "คน", f"เลข{number}")
    world.wants()
    world.refresh()
    assert "Next page" in page(world, manager)
    found = page(world, manager, "?q=เลข117")
    assert "เลข117" in found
    assert "เลข118" not in found
    assert "Nobody is called that" in page(world, manager, "?q=zzz")
    assert page(world, manager, "?page=99999")


def test_a_page_of_many_needs_no_more_statements_than_one_of_few(
    world: RosterWorld, manager: FlaskClient
) -> None:
    def statements() -> int:
        with counted(world.app) as seen:
            page(world, manager)
        return len(seen)

    few = statements()
    for number in range(100, 125):
        world.lists(str(number), "คน", str(number))
    world.wants()
    world.refresh()
    assert statements() == few


def test_the_button_has_the_list_fetched_by_the_worker_and_not_by_the_page(
    world: RosterWorld, manager: FlaskClient
) -> None:
    asked = len(world.wire.requests)
    world.lists("44", "สมหญิง", "มาใหม่")
    answer = post(world, manager, "refresh")
    assert "will be fetched" in answer.text
    assert len(world.wire.requests) == asked
    world.refresh()
    assert "44" in world.subjects()


def test_trouble_is_explained_with_its_remedy(world: RosterWorld, manager: FlaskClient) -> None:
    world.lms.faults.plan("memberships", Fault(403))
    world.wants()
    world.refresh()
    shown = page(world, manager)
    assert "The host refuses to show its members." in shown
    assert "HTTP 403" in shown


def test_one_leaver_is_confirmed_and_the_click_undone(world: RosterWorld, manager: FlaskClient) -> None:
    members = gone(world, "31", "32")
    assert "No longer listed" in page(world, manager, "?show=gone")
    answer = post(world, manager, f"leaving/{members['31']}")
    assert "1 person was withdrawn" in answer.text
    assert world.absent() == {"31": Presence.LEFT, "32": Presence.GONE}
    assert world.enrolment("31").state is EnrolmentState.WITHDRAWN
    batch = answer.request.args["done"]
    post(world, manager, "undo", batch=batch)
    assert world.absent() == {"31": Presence.GONE, "32": Presence.GONE}
    assert world.enrolment("31").state is EnrolmentState.ACTIVE
    assert "nothing to undo" in post(world, manager, "undo", batch=batch).text


def test_all_who_were_shown_are_confirmed_and_nobody_else(world: RosterWorld, manager: FlaskClient) -> None:
    gone(world, "31")
    shown_at = clock.now()
    with world.app.app_context():
        assert world.absent() == {"31": Presence.GONE}
    world.drops("32")
    world.wants()
    world.refresh(after=dt.timedelta(minutes=1))
    post(world, manager, "leaving", shown_at=shown_at.isoformat())
    assert world.absent() == {"31": Presence.LEFT, "32": Presence.GONE}
    assert "Nobody has left" in post(world, manager, "leaving", shown_at=shown_at.isoformat()).text


def test_somebody_who_left_can_be_let_in_again(world: RosterWorld, manager: FlaskClient) -> None:
    members = gone(world, "31")
    post(world, manager, f"leaving/{members['31']}")
    assert "Let in again" in page(world, manager, "?show=left")
    post(world, manager, f"undo/{members['31']}")
    assert world.enrolment("31").state is EnrolmentState.ACTIVE


def test_whoever_opened_the_course_since_is_not_withdrawn(world: RosterWorld, manager: FlaskClient) -> None:
    members = gone(world, "31")
    with world.changing():
        world.row("31").last_seen_at = clock.now()
    assert "Nobody has left" in post(world, manager, f"leaving/{members['31']}").text
    assert world.enrolment("31").state is EnrolmentState.ACTIVE


@pytest.mark.parametrize("shown_at", ["", "yesterday", "2026-11-22T10:00:00"])
def test_a_spoilt_form_is_a_bad_request(world: RosterWorld, manager: FlaskClient, shown_at: str) -> None:
    assert post(world, manager, "leaving", shown_at=shown_at).status_code == 400


def test_members_of_another_course_are_not_found(world: RosterWorld, manager: FlaskClient) -> None:
    members = gone(world, "31")
    with world.changing():
        other = an_enrolment(a_course(), a_person(), roles={Role.INSTRUCTOR, Role.MANAGER})
        elsewhere, course_id = other.id, other.course_id
    stranger = signed_in(world.app, elsewhere)
    token = csrf_of(stranger.get(f"/courses/{course_id}/roster").text)
    for path in (f"leaving/{members['31']}", f"undo/{members['31']}", "refresh", "take-over"):
        answer = stranger.post(f"/courses/{course_id}/roster/{path}", data={"csrf_token": token})
        assert answer.status_code == 404, path
    path = f"people/{world.enrolments['31']}/role"
    answer = stranger.post(f"/courses/{course_id}/roster/{path}", data={"csrf_token": token})
    assert answer.status_code == 404
    assert world.absent() == {"31": Presence.GONE}


def test_a_manager_gives_and_takes_roles(world: RosterWorld, manager: FlaskClient) -> None:
    path = f"people/{world.enrolments['31']}/role"
    answer = post(world, manager, path, role="judge", action="give")
    assert "given here: Judge" in answer.text
    assert world.roles("31") == {Role.LEARNER, Role.JUDGE}
    answer = post(world, manager, path, role="learner", action="take")
    assert "taken here: Learner" in answer.text
    assert world.roles("31") == {Role.JUDGE}
    with world.app.app_context():
        verbs = db.session.scalars(sa.select(AuditEvent.verb).order_by(AuditEvent.id)).all()
    assert verbs == ["give-role", "take-role"]


@pytest.mark.parametrize(
    "fields", [{}, {"role": "guest", "action": "give"}, {"role": "judge", "action": "x"}]
)
def test_a_role_that_is_none_is_refused(
    world: RosterWorld, manager: FlaskClient, fields: dict[str, str]
) -> None:
    before = world.roles("31")
    assert "Choose a role." in post(world, manager, f"people/{world.enrolments['31']}/role", **fields).text
    assert world.roles("31") == before


def test_managers_cannot_lock_themselves_out(world: RosterWorld) -> None:
    with world.changing():
        own_id = an_enrolment(world.context_course(), a_person(), roles={Role.MANAGER}).id
    own = signed_in(world.app, own_id)
    own.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    answer = post(world, own, f"people/{own_id}/role", role="manager", action="take")
    assert "You cannot take the manager role from yourself." in answer.text


def test_an_instructor_looks_and_confirms_but_gives_no_role(world: RosterWorld) -> None:
    instructor = a_browser(world, Role.INSTRUCTOR)
    assert "Role in this course" not in page(world, instructor)
    path = f"people/{world.enrolments['31']}/role"
    assert post(world, instructor, path, role="manager", action="give").status_code == 403


@pytest.mark.parametrize("role", [Role.LEARNER, Role.MENTOR, Role.JUDGE, Role.AUTHOR])
def test_nobody_else_sees_the_roster(world: RosterWorld, role: Role) -> None:
    assert a_browser(world, role).get(f"/courses/{world.course_id}/roster").status_code == 403


def test_a_course_without_a_roster_says_so(app: Flask) -> None:
    with roster_of(app, MOODLE) as world:
        with world.changing():
            world.context().memberships_url = None
        browser = a_browser(world, Role.INSTRUCTOR)
        shown = page(world, browser)
        assert "The host does not show its list of members" in shown
        assert "Update now" not in shown


def test_a_copied_course_takes_over_the_settings_and_no_grade(
    world: RosterWorld, manager: FlaskClient
) -> None:
    assert "was copied from" not in page(world, manager)
    at = clock.now()
    with world.changing():
        earlier = a_course("รุ่นที่ 1")
        programmes.use_programme(
            earlier, programmes.store_programme(DOCUMENT, at=at), (), person_id=None, at=at
        )
        here = world.context()
        db.session.add(
            LtiContext(
                platform_id=here.platform_id, tenant="", context_id="1", course=earlier, ags_scopes=[],
                history=[], updated_at=at,
            )
        )  # fmt: skip
        here.history = ["unknown", "1"]
    assert "was copied from “รุ่นที่ 1”" in page(world, manager)
    world.app.extensions["sca_programme_appliers"] = ()
    answer = post(world, manager, "take-over")
    assert "sca-copy" in answer.text
    with world.app.app_context():
        course = db.session.get_one(Course, world.course_id)
        assert course.programme_id is not None
    assert "was copied from" not in page(world, manager)
    assert post(world, manager, "take-over").status_code == 404
