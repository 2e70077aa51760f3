"""An assignment is placed in the host's course with a column of its own, and opened from there."""

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from sca_lms import clock
from sca_lms.assignments.models import Assignment
from sca_lms.courses.models import AuditEvent, Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.grades import assignment_links, sources
from sca_lms.grades.models import GradeColumn
from sca_lms.lti.linkables import Linkable
from sca_lms.marking import jobs, releasing
from sca_lms.marking import operations as marking
from sca_lms.marking.releasing import About
from tests.builders import a_person, an_enrolment
from tests.grades.world import HOST_COURSE, World
from tests.marking.builders import a_rubric, a_work, acting, an_assignment, subject_of, whole


@pytest.fixture
def tasked(moodle: World) -> World:
    """A course with an assignment that is open to learners, and one that is not yet."""
    moodle.app.extensions[sources.EXTENSION] = {}
    with moodle.changing():
        course = db.session.get_one(Course, moodle.course_id)
        due = clock.now() + dt.timedelta(days=7)
        an_assignment(course, a_rubric(course), due_at=due, late_percent_per_day=Decimal(0))
        an_assignment(course, code="A2", published=False)
    return moodle


def assignment_of(world: World, code: str = "A1") -> Assignment:
    """Return an assignment; inside a context."""
    found = sa.select(Assignment).where(Assignment.course_id == world.course_id, Assignment.code == code)
    return db.session.scalars(found).one()


def add_column(world: World) -> int:
    with world.changing():
        course = db.session.get_one(Course, world.course_id)
        return assignment_links.add_assignment_column(
            course, assignment_of(world), by=None, at=clock.now()
        ).id


def offered(world: World) -> dict[str, Linkable]:
    with world.app.app_context():
        found = assignment_links.assignment_linkables(world.course_id)
        return {each.activity: each for each in found}


def columns_in_host(world: World) -> dict[str, dict[str, Decimal | None]]:
    columns = world.lms.gradebook(HOST_COURSE).columns
    return {each.tag: {who: cell.score for who, cell in each.grades.items()} for each in columns}


def path_of(world: World, code: str) -> str:
    with world.app.test_request_context():
        return assignment_links.assignment_path(world.course_id, code)


def test_what_is_published_can_be_placed_with_its_column_and_its_times(tasked: World) -> None:
    found = offered(tasked)
    assert list(found) == ["assignment:A1"]
    item = found["assignment:A1"]
    assert item.column is not None
    assert (item.column.code, item.column.score_maximum) == ("ASSIGNMENT:A1", Decimal(50))
    with tasked.app.app_context():
        assert item.due == assignment_of(tasked).due_at


def test_a_column_that_is_there_keeps_its_maximum_when_the_assignment_is_placed_again(tasked: World) -> None:
    add_column(tasked)
    with tasked.changing():
        assignment_of(tasked).max_score = Decimal(80)
    column = offered(tasked)["assignment:A1"].column
    assert column is not None
    assert column.score_maximum == 50


@pytest.mark.parametrize("code", ["A1", "a1"])
def test_a_link_opens_its_assignment_whatever_the_host_made_of_the_case(tasked: World, code: str) -> None:
    with tasked.app.app_context():
        number = assignment_of(tasked).id
    assert path_of(tasked, code) == f"/courses/{tasked.course_id}/assignments/{number}"


@pytest.mark.parametrize("code", ["A2", "gone", "", "A1 "])
def test_a_link_to_what_is_not_there_leads_to_the_home(tasked: World, code: str) -> None:
    assert path_of(tasked, code) == f"/courses/{tasked.course_id}/"


def test_a_column_asked_for_twice_is_made_once_and_written_down_once(tasked: World) -> None:
    assert add_column(tasked) == add_column(tasked)
    with tasked.app.app_context():
        (noted,) = db.session.scalars(
            sa.select(AuditEvent).where(AuditEvent.verb == "add-grade-column")
        ).all()
        assert noted.subject == "ASSIGNMENT:A1"


def test_a_column_that_was_dropped_comes_back_as_it_was(tasked: World) -> None:
    number = add_column(tasked)
    with tasked.changing():
        db.session.get_one(GradeColumn, number).is_active = False
    assert add_column(tasked) == number
    with tasked.app.app_context():
        assert db.session.get_one(GradeColumn, number).is_active


def test_a_column_that_the_host_made_with_a_link_is_taken_up_once(tasked: World) -> None:
    tasked.add_activity("assignment:a1", maximum=20)
    for _time in range(2):
        with tasked.app.app_context():
            assignment_links.put_linked_columns(clock.now())
    with tasked.app.app_context():
        codes = db.session.scalars(sa.select(GradeColumn.code).order_by(GradeColumn.code)).all()
    assert codes == ["ASSIGNMENT:A1", "PRE"]


def test_links_to_other_things_bring_no_column_of_an_assignment(tasked: World) -> None:
    tasked.add_activity("quiz:A1")
    tasked.add_activity("assignment:unheard-of")
    with tasked.app.app_context():
        assignment_links.put_linked_columns(clock.now())
        assert db.session.scalars(sa.select(GradeColumn.code)).all() == ["PRE"]


def test_a_mark_reaches_the_column_once_it_is_released_and_not_before(tasked: World) -> None:
    add_column(tasked)
    at = clock.now()
    with tasked.changing():
        course = db.session.get_one(Course, tasked.course_id)
        marker = an_enrolment(course, a_person("ครู"), roles={Role.INSTRUCTOR})
        learner = db.session.get_one(Enrolment, tasked.enrolments["31"])
        work = a_work(assignment_of(tasked), learner, at=at)
        subject = subject_of(marker, work)
        marking.save(
            subject, whole(), by=acting(marker), seen_version=0, at=at, reason="", agrees=False,
            submission_id=subject.submission.id if subject.submission else None,
        )  # fmt: skip
    tasked.work()
    assert not any(columns_in_host(tasked).values())
    with tasked.changing():
        course = db.session.get_one(Course, tasked.course_id)
        releasing.release(About(course, assignment_of(tasked)), mark_ids=None, by=None, at=at)
    tasked.work()
    assert not any(columns_in_host(tasked).values()), "it may still be taken back"
    with tasked.app.app_context():
        jobs.settle_releases(at + dt.timedelta(minutes=10))
    assert tasked.work() == 0
    (score,) = columns_in_host(tasked)["ASSIGNMENT:A1"].values()
    assert score is not None
    assert round(score, 2) == Decimal("36.11")
