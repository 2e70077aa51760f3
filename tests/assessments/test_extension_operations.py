"""More time reaches limit and close, running attempts at once, and never takes anything away."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.assessments import extension_operations, operations
from sca_lms.assessments.extension_queries import own_terms
from sca_lms.assessments.extension_rows import Extension, MoreTime
from sca_lms.assessments.models import Accommodation, Attempt, Quiz
from sca_lms.assessments.operations import NoAttemptsLeft, QuizNotOpen
from sca_lms.assessments.rules import AttemptState, OwnTerms
from sca_lms.courses.models import AuditEvent, Enrolment
from sca_lms.database import db, transaction
from tests.assessments.builders import NINE, a_quiz
from tests.builders import a_course, an_enrolment

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def learner(app: Flask) -> Iterator[Enrolment]:
    """Operations are called directly here, so the context may stay open; no client is used beside it."""
    with app.app_context():
        with transaction():
            found = an_enrolment(a_course())
        yield found


@pytest.fixture
def quiz(learner: Enrolment) -> Quiz:
    """Twenty minutes, and the quiz closes an hour after nine."""
    with transaction():
        return a_quiz(learner.course, time_limit_minutes=20, closes_at=NINE + 60 * MINUTE)


def begin(quiz: Quiz, learner: Enrolment, *, at: dt.datetime = NINE) -> Attempt:
    with transaction():
        return operations.start_attempt(quiz, learner, at=at)


def accommodate(learner: Enrolment, factor: str, *, at: dt.datetime = NINE, reason: str = "") -> int:
    with transaction():
        wanted = {learner.id: MoreTime(Decimal(factor), reason)}
        return extension_operations.set_accommodations(learner.course, wanted, by=None, at=at)


def extend(quiz: Quiz, learner: Enrolment, minutes: int, attempts: int = 0, *, at: dt.datetime = NINE) -> int:
    with transaction():
        wanted = {learner.id: Extension(minutes, attempts)}
        return extension_operations.set_extensions(learner.course, quiz, wanted, by=None, at=at)


def test_an_accommodation_stretches_the_limit(quiz: Quiz, learner: Enrolment) -> None:
    accommodate(learner, "1.5")
    assert begin(quiz, learner).deadline_at == NINE + 30 * MINUTE


def test_an_accommodation_moves_the_close_so_that_the_whole_time_fits(quiz: Quiz, learner: Enrolment) -> None:
    accommodate(learner, "1.5")
    last_full_start = NINE + 40 * MINUTE
    assert begin(quiz, learner, at=last_full_start).deadline_at == NINE + 70 * MINUTE


def test_who_has_more_time_can_still_begin_after_the_close_of_others(quiz: Quiz, learner: Enrolment) -> None:
    after_the_close = NINE + 65 * MINUTE
    with pytest.raises(QuizNotOpen):
        begin(quiz, learner, at=after_the_close)
    accommodate(learner, "1.5")
    assert begin(quiz, learner, at=after_the_close).deadline_at == NINE + 70 * MINUTE


def test_more_time_reaches_a_running_attempt_at_once_and_less_does_not(
    quiz: Quiz, learner: Enrolment
) -> None:
    attempt = begin(quiz, learner)
    accommodate(learner, "2", at=NINE + MINUTE)
    assert attempt.deadline_at == NINE + 40 * MINUTE
    accommodate(learner, "1", at=NINE + 2 * MINUTE)
    assert attempt.deadline_at == NINE + 40 * MINUTE
    assert own_terms(quiz.id, learner.id) == OwnTerms()


def test_an_attempt_whose_time_is_over_is_not_brought_back(quiz: Quiz, learner: Enrolment) -> None:
    attempt = begin(quiz, learner)
    accommodate(learner, "2", at=NINE + 21 * MINUTE)
    assert attempt.deadline_at == NINE + 20 * MINUTE


def test_an_extension_moves_the_close_of_one_quiz_and_gives_attempts(quiz: Quiz, learner: Enrolment) -> None:
    with transaction():
        other = a_quiz(learner.course, code="PB2.4", attempts_allowed=1, closes_at=NINE + 60 * MINUTE)
    extend(quiz, learner, 120, 1)
    assert begin(quiz, learner, at=NINE + 175 * MINUTE).deadline_at == NINE + 180 * MINUTE
    assert own_terms(quiz.id, learner.id) == OwnTerms(extension_minutes=120, extra_attempts=1)
    assert own_terms(other.id, learner.id) == OwnTerms()


def test_more_attempts_are_those_of_the_quiz_and_the_extension_together(
    quiz: Quiz, learner: Enrolment
) -> None:
    extend(quiz, learner, 0, 1)
    for _number in range(3):
        attempt = begin(quiz, learner)
        with transaction():
            operations.submit(attempt, at=NINE)
    with pytest.raises(NoAttemptsLeft):
        begin(quiz, learner)


def test_factor_and_extension_go_together(quiz: Quiz, learner: Enrolment) -> None:
    attempt = begin(quiz, learner, at=NINE + 50 * MINUTE)
    assert attempt.deadline_at == NINE + 60 * MINUTE
    extend(quiz, learner, 5, at=NINE + 51 * MINUTE)
    assert attempt.deadline_at == NINE + 65 * MINUTE
    accommodate(learner, "1.5", at=NINE + 52 * MINUTE)
    assert attempt.deadline_at == NINE + 75 * MINUTE


def test_doing_it_again_changes_nothing_and_the_audit_keeps_the_reason_out(
    quiz: Quiz, learner: Enrolment
) -> None:
    assert accommodate(learner, "1.5", reason="diagnosis") == 1
    assert accommodate(learner, "1.5", reason="diagnosis") == 0
    lines = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.verb == "set-accommodation")).all()
    assert [line.after for line in lines] == [{"factor": "1.5"}]
    assert accommodate(learner, "1") == 1
    assert db.session.scalars(sa.select(Accommodation)).all() == []


def test_the_sweeper_waits_for_the_time_that_was_added(quiz: Quiz, learner: Enrolment) -> None:
    attempt = begin(quiz, learner)
    accommodate(learner, "1.5", at=NINE + MINUTE)
    with transaction():
        assert operations.sweep_overdue(at=NINE + 25 * MINUTE) == 0
    with transaction():
        assert operations.sweep_overdue(at=NINE + 31 * MINUTE) == 1
    db.session.refresh(attempt)
    assert attempt.state is AttemptState.AUTO_SUBMITTED
