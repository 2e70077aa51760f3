"""A quiz gets a column of its own when somebody asks for one, here or in the host."""

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from sca_lms import clock
from sca_lms.assessments.models import Attempt, Quiz
from sca_lms.assessments.rules import AttemptState, Grading
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.grades import decisions, operations, overview, queries, quiz_links, sources
from sca_lms.grades.models import GradeColumn
from sca_lms.lti.linkables import linkables_of
from sca_lms.texts import Bilingual
from tests.grades.world import DOCUMENT, HOST_COURSE, World


@pytest.fixture
def quizzed(moodle: World) -> World:
    """A course with two quizzes, of which one learner has done both."""
    moodle.app.extensions[sources.EXTENSION] = {}
    with moodle.changing():
        course = db.session.get_one(Course, moodle.course_id)
        for code, score in (("m1-check", "2"), ("final", "3")):
            quiz = a_quiz(course, code)
            submitted(quiz, moodle.enrolments["31"], score)
    return moodle


def a_quiz(course: Course, code: str) -> Quiz:
    quiz = Quiz(
        course=course, code=code, title=Bilingual.of(code), attempts_allowed=None,
        grading=Grading.HIGHEST, time_limit_minutes=None, shuffle=False, opens_at=None,
        closes_at=None, pass_percent=None, created_at=clock.now(), published=True,
    )  # fmt: skip
    db.session.add(quiz)
    db.session.flush()
    return quiz


def submitted(quiz: Quiz, enrolment_id: int, score: str) -> None:
    at = clock.now() - dt.timedelta(hours=1)
    db.session.add(
        Attempt(
            quiz=quiz, enrolment_id=enrolment_id, number=1, seed=1, shuffled=False, started_at=at,
            deadline_at=None, submitted_at=at, state=AttemptState.SUBMITTED, score=Decimal(score),
            max_score=Decimal(3),
        )
    )  # fmt: skip
    courses.touch(db.session.get_one(Enrolment, enrolment_id))


def ask_for(world: World, code: str) -> None:
    with world.changing():
        course = db.session.get_one(Course, world.course_id)
        quiz = db.session.scalars(sa.select(Quiz).where(Quiz.code == code)).one()
        decisions.add_quiz_column(course, quiz, by=None, at=clock.now())


def in_host(world: World) -> dict[str, Decimal | None]:
    columns = world.lms.gradebook(HOST_COURSE).columns
    return {each.tag: each.grades["31"].score for each in columns if "31" in each.grades}


def test_without_a_wish_no_quiz_has_a_column(quizzed: World) -> None:
    assert quizzed.work() == 0
    assert in_host(quizzed) == {}


def test_a_quiz_that_gets_a_column_brings_the_grades_that_are_there(quizzed: World) -> None:
    ask_for(quizzed, "m1-check")
    ask_for(quizzed, "m1-check")
    assert quizzed.work() == 0
    assert in_host(quizzed) == {"QUIZ:m1-check": Decimal("66.67")}
    (column,) = [each for each in quizzed.lms.gradebook(HOST_COURSE).columns if each.grades]
    assert (column.resource_id, column.maximum) == ("sca-lms:QUIZ:m1-check", Decimal(100))


def test_a_programme_that_is_taken_over_again_leaves_the_columns_of_quizzes(quizzed: World) -> None:
    ask_for(quizzed, "final")
    with quizzed.changing():
        course = db.session.get_one(Course, quizzed.course_id)
        operations.put_columns(course, DOCUMENT, codes={"PRE"}, at=clock.now())
    assert quizzed.work() == 0
    assert in_host(quizzed) == {"QUIZ:final": 100}


def test_a_column_that_is_dropped_gets_no_more_and_comes_back_with_all(quizzed: World) -> None:
    ask_for(quizzed, "final")
    quizzed.work()
    with quizzed.changing():
        column = db.session.scalars(sa.select(GradeColumn).where(GradeColumn.code == "QUIZ:final")).one()
        column.course = db.session.get_one(Course, quizzed.course_id)
        assert decisions.drop_quiz_column(column, by=None, at=clock.now())
        assert not decisions.drop_quiz_column(column, by=None, at=clock.now())
        quiz = db.session.scalars(sa.select(Quiz).where(Quiz.code == "final")).one()
        submitted(quiz, quizzed.enrolments["32"], "1")
    before = quizzed.wire.count("scores")
    quizzed.work()
    assert quizzed.wire.count("scores") == before
    ask_for(quizzed, "final")
    assert quizzed.work() == 0
    (column_there,) = [each for each in quizzed.lms.gradebook(HOST_COURSE).columns if each.grades]
    assert {who: cell.score for who, cell in column_there.grades.items()} == {
        "31": 100,
        "32": Decimal("33.33"),
    }


def test_a_column_that_the_host_made_with_a_link_to_a_quiz_is_taken_up(quizzed: World) -> None:
    quizzed.add_activity("quiz:final", maximum=10)
    quizzed.work()
    assert quizzed.work() == 0
    (column,) = quizzed.lms.gradebook(HOST_COURSE).columns
    assert column.grades["31"].score == 10
    with quizzed.app.app_context():
        shown = {each.quiz.code: each.column for each in overview.quiz_columns(quizzed.course_id)}
    assert shown["m1-check"] is None
    assert shown["final"] is not None


def test_many_columns_of_quizzes_cost_no_more_statements(quizzed: World) -> None:
    with quizzed.app.app_context():
        found = sources.all_scores(
            quizzed.course_id,
            ["QUIZ:final", "QUIZ:m1-check", "QUIZ:gone", "HRS"],
            list(quizzed.enrolments.values()),
            {},
        )
        learner = quizzed.enrolments["31"]
        assert found["QUIZ:final"] == {learner: 100}
        assert found["QUIZ:m1-check"] == {learner: Decimal("66.67")}
        assert found["QUIZ:gone"] == {}
        assert "HRS" not in found


def test_a_quiz_with_a_column_can_be_placed_in_the_host_and_opened_from_there(quizzed: World) -> None:
    ask_for(quizzed, "final")
    with quizzed.app.test_request_context():
        offered = {each.activity: each for each in linkables_of(quizzed.course_id)}
        assert "quiz:m1-check" not in offered
        column = offered["quiz:final"].column
        assert column is not None
        assert (column.resource_id, column.tag) == ("sca-lms:QUIZ:final", "QUIZ:final")
        assert quiz_links.quiz_path(quizzed.course_id, "final").startswith(
            f"/courses/{quizzed.course_id}/quizzes/"
        )
        assert quiz_links.quiz_path(quizzed.course_id, "gone") == f"/courses/{quizzed.course_id}/"
        assert [each.code for each in queries.columns_of(quizzed.course_id)] == ["PRE", "QUIZ:final"]
