"""A course that was copied in its host is offered the settings of the one it came from, and no grade."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from sca_lms import clock
from sca_lms.courses import programmes
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.demo.personalities import MOODLE
from sca_lms.grades.models import GradeColumn, Score
from sca_lms.lti.models import LtiContext
from tests.builders import a_course, csrf_of
from tests.grades.console_desk import a_browser
from tests.grades.world import World, running
from tests.programmes.samples import sample_document

OFFER = "Bring the settings, not the grades"


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with running(MOODLE) as host:
        yield World(app, host)


def copied(world: World) -> None:
    """Let our course be a copy of one that follows the sample programme."""
    at = clock.now()
    with world.changing():
        earlier = a_course("รุ่นที่ 1")
        stored = programmes.store_programme(sample_document(), at=at)
        appliers = world.app.extensions["sca_programme_appliers"]
        programmes.use_programme(earlier, stored, appliers, person_id=None, at=at)
        here = world.context()
        db.session.add(
            LtiContext(
                platform_id=here.platform_id, tenant="", context_id="1", course=earlier, ags_scopes=[],
                history=[], updated_at=at,
            )
        )  # fmt: skip
        here.history = ["1"]


def programme_page(world: World, browser: FlaskClient) -> str:
    answer = browser.get(f"/courses/{world.course_id}/programme")
    assert answer.status_code == 200
    return answer.text


def test_the_programme_page_offers_the_settings_of_the_copied_course(world: World) -> None:
    staff = a_browser(world, Role.INSTRUCTOR)
    assert OFFER not in programme_page(world, staff)
    copied(world)
    shown = programme_page(world, staff)
    assert OFFER in shown
    assert "รุ่นที่ 1" in shown
    answer = staff.post(
        f"/courses/{world.course_id}/roster/take-over",
        data={"csrf_token": csrf_of(shown)},
        follow_redirects=True,
    )
    assert "The course now follows the programme" in answer.text
    assert OFFER not in programme_page(world, staff)
    with world.app.app_context():
        assert db.session.get_one(Course, world.course_id).programme_id is not None
        columns = sa.select(GradeColumn.code).where(GradeColumn.course_id == world.course_id)
        assert "PRE" in set(db.session.scalars(columns))
        assert db.session.scalars(sa.select(Score)).all() == [], "nobody's grade came along"


def test_an_author_who_may_not_choose_is_not_offered_it(world: World) -> None:
    copied(world)
    assert OFFER not in programme_page(world, a_browser(world, Role.AUTHOR))
