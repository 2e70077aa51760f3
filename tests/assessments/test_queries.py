"""What others ask about quizzes is answered within one course and with few statements."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.assessments import operations, queries
from sca_lms.assessments.answers import Answer
from sca_lms.assessments.models import Quiz
from sca_lms.assessments.rules import Grading
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Actor, Role
from sca_lms.database import db, transaction
from tests.assessments.builders import NINE, a_quiz
from tests.builders import a_course, a_person, an_enrolment


@pytest.fixture
def opened(app: Flask) -> Iterator[None]:
    """Queries are called directly here, so the context may stay open; no client is used beside it."""
    with app.app_context():
        yield


def actor_of(enrolment: Enrolment) -> Actor:
    return Actor(
        course_id=enrolment.course_id,
        person_id=enrolment.person_id,
        enrolment_id=enrolment.id,
        roles=enrolment.roles,
        is_test=False,
        locale=None,
    )


def take(quiz: Quiz, learner: Enrolment, answers: dict[int, Answer], *, minutes: int = 0) -> None:
    at = NINE + dt.timedelta(minutes=minutes)
    attempt = operations.start_attempt(quiz, learner, at=at)
    operations.save_answers(attempt, answers, at=at)
    operations.submit(attempt, at=at)


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def test_a_quiz_of_another_course_is_not_found(opened: None) -> None:
    with transaction():
        quiz = a_quiz(a_course())
        stranger, insider = an_enrolment(a_course()), an_enrolment(quiz.course)
    assert queries.find_quiz(actor_of(stranger), quiz.id) is None
    assert queries.find_quiz(actor_of(insider), quiz.id) is quiz


def test_an_attempt_is_found_by_its_owner_and_within_its_course_only(opened: None) -> None:
    with transaction():
        owner = an_enrolment(a_course())
        fellow, stranger = an_enrolment(owner.course), an_enrolment(a_course())
        quiz = a_quiz(owner.course)
        attempt = operations.start_attempt(quiz, owner, at=NINE)
    assert queries.find_own_attempt(actor_of(owner), quiz.id, attempt.id) is attempt
    assert queries.find_own_attempt(actor_of(fellow), quiz.id, attempt.id) is None
    assert queries.find_attempt(actor_of(fellow), quiz.id, attempt.id) is attempt
    assert queries.find_attempt(actor_of(stranger), quiz.id, attempt.id) is None
    assert queries.find_attempt(actor_of(fellow), quiz.id + 1, attempt.id) is None


def test_grades_and_standings_follow_the_policy_of_each_quiz(opened: None) -> None:
    with transaction():
        learner = an_enrolment(a_course())
        best = a_quiz(learner.course, code="PB1.4")
        last = a_quiz(learner.course, code="PB2.4", grading=Grading.LAST, attempts_allowed=None)
        for quiz in (best, last):
            take(quiz, learner, {0: "4", 1: "PDPA"})
            take(quiz, learner, {0: "4"}, minutes=1)
        operations.start_attempt(last, learner, at=NINE + dt.timedelta(minutes=2))
    assert queries.quiz_grades(learner.course_id) == {
        (learner.id, best.id): Decimal("100.00"),
        (learner.id, last.id): Decimal("50.00"),
    }
    found = queries.standings(learner.course_id, enrolment_ids=[learner.id])
    first, second = found[learner.id, best.id], found[learner.id, last.id]
    assert (first.passed, first.passed_at, first.attempts_used, first.in_progress) == (True, NINE, 2, False)
    assert (second.passed, second.passed_at, second.attempts_used, second.in_progress) == (
        False,
        None,
        3,
        True,
    )
    assert second.last_submitted_at == NINE + dt.timedelta(minutes=1)


def test_without_a_submission_there_is_no_grade(opened: None) -> None:
    with transaction():
        learner = an_enrolment(a_course())
        operations.start_attempt(a_quiz(learner.course), learner, at=NINE)
    assert queries.quiz_grades(learner.course_id) == {}


def test_grades_of_any_number_of_learners_take_one_statement(opened: None) -> None:
    with transaction():
        course = a_course()
        quizzes = [a_quiz(course, code=f"PB{number}.4") for number in range(3)]
        for _ in range(5):
            learner = an_enrolment(course)
            for quiz in quizzes:
                take(quiz, learner, {0: "4"})
    with counted() as statements:
        assert len(queries.quiz_grades(course.id)) == 15
    assert [statement.split()[0] for statement in statements if statement != "BEGIN"] == ["SELECT"]


def test_a_summary_leaves_test_users_out(opened: None) -> None:
    with transaction():
        course = a_course()
        quiz = a_quiz(course)
        tester = an_enrolment(course, a_person(is_test=True))
        for learner, answers in (
            (an_enrolment(course), {0: "4", 1: "PDPA"}),
            (an_enrolment(course), {0: "4"}),
        ):
            take(quiz, learner, {**answers})
        take(quiz, tester, {})
        operations.start_attempt(quiz, an_enrolment(course), at=NINE)
    summary = queries.summaries_of(course.id, [quiz])[quiz.id]
    assert (summary.began, summary.submitted, summary.passed) == (3, 2, 1)
    assert summary.mean_percent == 75


def test_attempts_are_listed_in_thai_name_order_and_found_by_a_part_of_the_name(opened: None) -> None:
    with transaction():
        course = a_course()
        quiz = a_quiz(course)
        for given_name in ("เกศ", "ขวัญ", "กบ"):
            take(quiz, an_enrolment(course, a_person(given_name, "ใจดี")), {})
        an_enrolment(course, roles={Role.INSTRUCTOR})
    page = queries.attempts_page(quiz, queries.Wanted(), number=1)
    assert [attempt.enrolment.person.given_name for attempt in page.items] == ["กบ", "เกศ", "ขวัญ"]
    found = queries.attempts_page(quiz, queries.Wanted("ขวญ"), number=1)
    assert found.total == 0
    found = queries.attempts_page(quiz, queries.Wanted("ขวัญ"), number=7)
    assert ([attempt.enrolment.person.given_name for attempt in found.items], found.number) == (["ขวัญ"], 1)
    assert queries.attempts_page(quiz, queries.Wanted("%"), number=1).total == 0
