"""What staff do at the delivery console, and how to read what it shows."""

import re
from collections.abc import Mapping

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from sca_lms import clock
from sca_lms.courses.models import AuditEvent, Course
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.demo.site import Course as SiteCourse
from sca_lms.grades import reconcile
from sca_lms.grades.models import Score
from tests.builders import a_person, an_enrolment, signed_in
from tests.grades.world import HOST_COURSE, World, later

STAFF = [Role.INSTRUCTOR, Role.MANAGER]


def a_browser(world: World, *roles: Role) -> FlaskClient:
    with world.changing():
        course = db.session.get_one(Course, world.course_id)
        enrolment_id = an_enrolment(course, a_person("วิทยากร"), roles=set(roles or STAFF[:1])).id
    browser = signed_in(world.app, enrolment_id)
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser


def page(world: World, browser: FlaskClient, path: str = "") -> str:
    answer = browser.get(f"/courses/{world.course_id}/grades{path}")
    assert answer.status_code == 200, path
    return answer.text


def words(text: str) -> str:
    """Return what a page says, without its markup."""
    visible = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", visible)).strip()


def post(
    world: World, browser: FlaskClient, path: str, fields: Mapping[str, object] | None = None
) -> TestResponse:
    token = token_of(browser.get(f"/courses/{world.course_id}/grades/connection").text)
    sent = MultiDict(fields or {})
    sent["csrf_token"] = token
    return browser.post(f"/courses/{world.course_id}/grades{path}", data=sent, follow_redirects=True)


def token_of(text: str) -> str:
    """Return the token that every page holds for its scripts, also one without a form."""
    found = re.search(r'X-CSRF-Token": "([^"]+)"', text)
    assert found is not None
    return found[1]


def score_id(world: World, subject: str) -> int:
    with world.app.app_context():
        wanted = sa.select(Score.id).where(Score.enrolment_id == world.enrolments[subject])
        return db.session.scalars(wanted).one()


def audited(world: World) -> list[str]:
    with world.app.app_context():
        return list(db.session.scalars(sa.select(AuditEvent.verb).order_by(AuditEvent.id)))


def compare(world: World) -> None:
    with world.app.app_context():
        list(reconcile.reconcile(world.course_id, now=clock.now))


def leave(world: World, subject: str) -> None:
    with world.lms.changing() as site:
        place: SiteCourse = site.courses[HOST_COURSE]
        del place.members[subject]


def a_changed_score(world: World) -> None:
    """Let a teacher write another score over the one that was sent, and notice it."""
    world.mark("31", "40")
    world.work()
    world.teacher_sets("31", "72", ahead=2)
    with later(5):
        compare(world)
