"""Staff mark by hand, open again, void and hand in; what does not count stays and is not counted."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.assessments import attempt_decisions, operations, queries
from sca_lms.assessments.attempt_decisions import AnotherIsRunning, NotInThatState
from sca_lms.assessments.models import Attempt, Quiz, QuizSlot, Response
from sca_lms.assessments.operations import AttemptOver, NotToBeMarked, PointsOutOfRange
from sca_lms.assessments.question_types import Essay
from sca_lms.assessments.rules import AttemptState, Standing
from sca_lms.courses.models import AuditEvent, Enrolment
from sca_lms.database import db, transaction
from tests.assessments.builders import NINE, YEARS, a_quiz
from tests.assessments.samples import text
from tests.builders import a_course, an_enrolment

ESSAY = Essay(text("Why does your city need it?"), Decimal(4))
LATER = NINE + dt.timedelta(minutes=1)


@pytest.fixture
def learner(app: Flask) -> Iterator[Enrolment]:
    """Operations are called directly here, so the context may stay open; no client is used beside it."""
    with app.app_context():
        with transaction():
            found = an_enrolment(a_course())
        yield found


@pytest.fixture
def quiz(learner: Enrolment) -> Quiz:
    with transaction():
        return a_quiz(learner.course, questions=(("Q1", YEARS), ("Q2", ESSAY)), pass_percent=60)


def handed_in(
    quiz: Quiz, learner: Enrolment, essay: str | None = "Because.", at: dt.datetime = NINE
) -> Attempt:
    with transaction():
        attempt = operations.start_attempt(quiz, learner, at=at)
        operations.save_answers(attempt, {0: "4", 1: essay}, at=at)
        return operations.submit(attempt, at=at)


def mark(attempt: Attempt, points: str, *, position: int = 1) -> None:
    with transaction():
        operations.mark_by_hand(attempt, {position: Decimal(points)}, at=LATER)


def standing(quiz: Quiz, learner: Enrolment) -> Standing:
    return queries.standings(quiz.course_id)[learner.id, quiz.id]


def revision(learner: Enrolment) -> int:
    return db.session.scalars(sa.select(Enrolment.evidence_revision).where(Enrolment.id == learner.id)).one()


def test_an_essay_lets_the_attempt_wait_and_it_is_neither_passed_nor_failed(
    quiz: Quiz, learner: Enrolment
) -> None:
    attempt = handed_in(quiz, learner)
    assert (attempt.score, attempt.awaits_marking, attempt.state) == (None, True, AttemptState.SUBMITTED)
    found = standing(quiz, learner)
    assert (found.percent, found.passed, found.waiting, found.attempts_used) == (None, False, True, 1)


def test_an_essay_without_a_word_needs_nobody(quiz: Quiz, learner: Enrolment) -> None:
    attempt = handed_in(quiz, learner, essay=None)
    assert (attempt.score, attempt.awaits_marking) == (Decimal(1), False)


def test_marks_make_the_score_and_can_be_given_again(quiz: Quiz, learner: Enrolment) -> None:
    attempt = handed_in(quiz, learner)
    before = revision(learner)
    mark(attempt, "2.5")
    assert (attempt.score, attempt.awaits_marking, attempt.marked_at) == (Decimal("3.5"), False, LATER)
    assert standing(quiz, learner).passed
    mark(attempt, "1")
    assert attempt.score == 2
    assert not standing(quiz, learner).passed
    assert revision(learner) == before + 2


@pytest.mark.parametrize(("points", "position", "refused"), [
    ("4.01", 1, PointsOutOfRange), ("-1", 1, PointsOutOfRange),
    ("1", 0, NotToBeMarked), ("1", 7, NotToBeMarked),
])  # fmt: skip
def test_marks_that_cannot_be_are_refused(
    quiz: Quiz, learner: Enrolment, points: str, position: int, refused: type[Exception]
) -> None:
    attempt = handed_in(quiz, learner)
    with pytest.raises(refused):
        mark(attempt, points, position=position)
    assert attempt.score is None


def test_a_place_with_points_of_its_own_scales_the_share(quiz: Quiz, learner: Enrolment) -> None:
    with transaction():
        db.session.execute(sa.update(QuizSlot).where(QuizSlot.quiz_id == quiz.id).values(points=Decimal(10)))
    attempt = handed_in(quiz, learner, essay=None)
    assert (attempt.score, attempt.max_score) == (Decimal(10), Decimal(20))
    assert db.session.scalars(sa.select(Response.max_points)).all() == [Decimal(10), Decimal(10)]


def test_an_attempt_that_does_not_count_is_kept_and_gives_one_back(quiz: Quiz, learner: Enrolment) -> None:
    attempt = handed_in(quiz, learner, essay=None)
    with transaction():
        attempt_decisions.void(attempt, reason="wrong room", by=None, at=LATER)
    found = standing(quiz, learner)
    assert (found.attempts_used, found.percent, found.last_submitted_at) == (0, None, None)
    assert attempt.void_reason == "wrong room"
    with pytest.raises(NotToBeMarked):
        mark(attempt, "1")
    second = handed_in(quiz, learner, essay=None)
    third = handed_in(quiz, learner, essay=None)
    assert (second.number, third.number) == (2, 3)
    with transaction():
        attempt_decisions.count_again(attempt, reason="right room", by=None, at=LATER)
    assert standing(quiz, learner).attempts_used == 3
    verbs = db.session.scalars(sa.select(AuditEvent.verb).order_by(AuditEvent.id)).all()
    assert verbs == ["void-attempt", "count-attempt-again"]


def test_a_voided_attempt_waits_for_nobody_until_it_counts_again(quiz: Quiz, learner: Enrolment) -> None:
    attempt = handed_in(quiz, learner)
    with transaction():
        attempt_decisions.void(attempt, reason="r", by=None, at=LATER)
    assert not attempt.awaits_marking
    with transaction():
        attempt_decisions.count_again(attempt, reason="r", by=None, at=LATER)
    assert attempt.awaits_marking


def test_an_attempt_opened_again_goes_on_for_its_minutes(quiz: Quiz, learner: Enrolment) -> None:
    attempt = handed_in(quiz, learner)
    mark(attempt, "4")
    with transaction():
        attempt_decisions.reopen(attempt, minutes=30, reason="fire alarm", by=None, at=LATER)
    assert (attempt.state, attempt.score, attempt.submitted_at) == (AttemptState.IN_PROGRESS, None, None)
    assert attempt.deadline_at == LATER + dt.timedelta(minutes=30)
    with transaction():
        operations.save_answers(attempt, {1: "Because of the water."}, at=LATER)
        operations.submit(attempt, at=LATER)
    assert attempt.awaits_marking


def test_only_one_attempt_is_under_way_also_when_one_is_opened_again(quiz: Quiz, learner: Enrolment) -> None:
    attempt = handed_in(quiz, learner)
    with transaction():
        operations.start_attempt(quiz, learner, at=LATER)
    with pytest.raises(AnotherIsRunning), transaction():
        attempt_decisions.reopen(attempt, minutes=5, reason="r", by=None, at=LATER)


def test_decisions_on_a_state_that_is_gone_are_refused(quiz: Quiz, learner: Enrolment) -> None:
    attempt = handed_in(quiz, learner)
    with pytest.raises(NotInThatState), transaction():
        attempt_decisions.submit_for(attempt, reason="r", by=None, at=LATER)
    with pytest.raises(NotInThatState), transaction():
        attempt_decisions.count_again(attempt, reason="r", by=None, at=LATER)


def test_staff_hand_in_what_is_saved(quiz: Quiz, learner: Enrolment) -> None:
    with transaction():
        attempt = operations.start_attempt(quiz, learner, at=NINE)
        operations.save_answers(attempt, {0: "4"}, at=NINE)
    with transaction():
        attempt_decisions.submit_for(attempt, reason="left the room", by=None, at=LATER)
    assert (attempt.state, attempt.score) == (AttemptState.SUBMITTED, Decimal(1))


def test_a_flag_stays_with_its_question_until_the_attempt_ends(quiz: Quiz, learner: Enrolment) -> None:
    with transaction():
        attempt = operations.start_attempt(quiz, learner, at=NINE)
        operations.flag(attempt, 1, flagged=True, at=NINE)
    db.session.expire_all()
    assert [response.flagged for response in queries.responses_of(attempt)] == [False, True]
    with transaction():
        operations.submit(attempt, at=LATER)
    with pytest.raises(AttemptOver), transaction():
        operations.flag(attempt, 1, flagged=False, at=LATER)
