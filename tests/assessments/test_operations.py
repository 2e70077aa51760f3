"""Attempts begin once, end on time, keep their questions, and are scored when they end."""

import datetime as dt
import threading
from collections.abc import Iterator, Mapping
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from sca_lms.assessments import operations, queries
from sca_lms.assessments.answers import Answer
from sca_lms.assessments.models import Attempt, QuestionVersion, Quiz, Response
from sca_lms.assessments.operations import AttemptOver, NoAttemptsLeft, QuizEmpty, QuizNotOpen, TimeIsUp
from sca_lms.assessments.rules import AttemptState, Grading
from sca_lms.courses.models import Enrolment
from sca_lms.database import db, transaction
from tests.assessments.builders import FIFTEEN_MINUTES, LAW, NINE, SPEC, YEARS, a_quiz
from tests.assessments.samples import MATCH, MULTI, ORDER, SINGLE, text
from tests.builders import a_course, an_enrolment

SECOND = dt.timedelta(seconds=1)


def begin(quiz: Quiz, learner: Enrolment, *, at: dt.datetime = NINE) -> Attempt:
    with transaction():
        return operations.start_attempt(quiz, learner, at=at)


def save(attempt: Attempt, answers: Mapping[int, Answer], *, at: dt.datetime = NINE) -> None:
    with transaction():
        operations.save_answers(attempt, answers, at=at)


def hand_in(attempt: Attempt, *, at: dt.datetime = NINE + SECOND) -> Attempt:
    with transaction():
        return operations.submit(attempt, at=at)


def take(quiz: Quiz, learner: Enrolment, answers: Mapping[int, Answer], *, at: dt.datetime = NINE) -> Attempt:
    attempt = begin(quiz, learner, at=at)
    save(attempt, answers, at=at)
    return hand_in(attempt, at=at + SECOND)


def revision_of(learner: Enrolment) -> int:
    return db.session.scalars(sa.select(Enrolment.evidence_revision).where(Enrolment.id == learner.id)).one()


@pytest.fixture
def opened(app: Flask) -> Iterator[None]:
    """Operations are called directly here, so the context may stay open; no client is used beside it."""
    with app.app_context():
        yield


@pytest.fixture
def learner(opened: None) -> Enrolment:
    with transaction():
        return an_enrolment(a_course())


@pytest.fixture
def quiz(learner: Enrolment) -> Quiz:
    with transaction():
        return a_quiz(learner.course)


def test_an_attempt_begins_with_every_question_unanswered(quiz: Quiz, learner: Enrolment) -> None:
    attempt = begin(quiz, learner)
    assert (attempt.number, attempt.state, attempt.max_score) == (1, AttemptState.IN_PROGRESS, Decimal(2))
    assert attempt.deadline_at == NINE + FIFTEEN_MINUTES
    assert [response.answer for response in queries.responses_of(attempt)] == [None, None]


def test_beginning_twice_is_the_same_attempt(quiz: Quiz, learner: Enrolment) -> None:
    assert begin(quiz, learner).id == begin(quiz, learner).id


def test_of_two_clicks_at_the_same_instant_both_get_the_same_attempt(
    app: Flask, quiz: Quiz, learner: Enrolment
) -> None:
    quiz_id, learner_id = quiz.id, learner.id
    together = threading.Barrier(4)
    got: list[int] = []

    def click() -> None:
        with app.app_context():
            own_quiz, own_learner = (
                db.session.get_one(Quiz, quiz_id),
                db.session.get_one(Enrolment, learner_id),
            )
            together.wait()
            got.append(begin(own_quiz, own_learner).id)
            db.session.remove()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4
    assert len(set(got)) == 1
    assert len(queries.responses_of(db.session.get_one(Attempt, got[0]))) == 2


def test_the_database_itself_refuses_a_second_running_attempt(quiz: Quiz, learner: Enrolment) -> None:
    first = begin(quiz, learner)
    second = Attempt(
        quiz=quiz, enrolment=learner, number=2, seed="1", shuffled=False, started_at=NINE,
        state=AttemptState.IN_PROGRESS, max_score=first.max_score,
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction():
        db.session.add(second)


def test_a_submitted_attempt_is_scored_and_the_learner_is_touched(quiz: Quiz, learner: Enrolment) -> None:
    before = revision_of(learner)
    attempt = take(quiz, learner, {0: "4", 1: "pdpa"})
    assert (attempt.state, attempt.score) == (AttemptState.SUBMITTED, Decimal(2))
    assert attempt.submitted_at == NINE + SECOND
    assert revision_of(learner) == before + 1


def test_submitting_twice_changes_nothing(quiz: Quiz, learner: Enrolment) -> None:
    attempt = take(quiz, learner, {0: "4"})
    revision = revision_of(learner)
    again = hand_in(attempt, at=NINE + FIFTEEN_MINUTES)
    assert (again.submitted_at, again.state) == (NINE + SECOND, AttemptState.SUBMITTED)
    assert revision_of(learner) == revision


def test_what_is_not_answered_earns_nothing(quiz: Quiz, learner: Enrolment) -> None:
    assert take(quiz, learner, {}).score == 0


def test_partial_scores_are_kept_to_four_decimals_and_added_before_rounding(learner: Enrolment) -> None:
    third = MATCH.__class__(MATCH.prompt, Decimal(1), MATCH.lefts, MATCH.rights, MATCH.key)
    with transaction():
        quiz = a_quiz(learner.course, questions=(("Q1", third), ("Q2", third), ("Q3", third)))
    attempt = take(quiz, learner, {position: [0, 2, 1] for position in range(3)})
    assert attempt.score == 1
    assert [response.score for response in queries.responses_of(attempt)] == [Decimal("0.3333")] * 3


def test_answers_of_every_type_survive_the_database(learner: Enrolment) -> None:
    with transaction():
        quiz = a_quiz(
            learner.course,
            questions=(("Q1", SINGLE), ("Q2", MULTI), ("Q3", MATCH), ("Q4", ORDER), ("Q5", LAW)),
        )
    kept: dict[int, Answer] = {0: 0, 1: [0, 1], 2: [0, None, 2], 3: [0, 1, 2, 3], 4: "กฎหมาย PDPA"}
    attempt = begin(quiz, learner)
    save(attempt, kept)
    assert {response.position: response.answer for response in queries.responses_of(attempt)} == kept


def test_only_what_changed_is_saved_anew(quiz: Quiz, learner: Enrolment) -> None:
    attempt = begin(quiz, learner)
    save(attempt, {0: "4"}, at=NINE + SECOND)
    save(attempt, {0: "4", 1: "PDPA"}, at=NINE + 2 * SECOND)
    saved = [response.saved_at for response in queries.responses_of(attempt)]
    assert saved == [NINE + SECOND, NINE + 2 * SECOND]


def test_an_answer_can_be_taken_back(quiz: Quiz, learner: Enrolment) -> None:
    attempt = begin(quiz, learner)
    save(attempt, {0: "4"})
    save(attempt, {0: None})
    assert queries.responses_of(attempt)[0].answer is None


def test_an_answer_within_the_grace_counts_and_the_attempt_ends_at_its_deadline(
    quiz: Quiz, learner: Enrolment
) -> None:
    attempt, late = begin(quiz, learner), NINE + FIFTEEN_MINUTES + 10 * SECOND
    save(attempt, {0: "4"}, at=late)
    hand_in(attempt, at=late)
    assert (attempt.state, attempt.score) == (AttemptState.AUTO_SUBMITTED, Decimal(1))
    assert attempt.submitted_at == NINE + FIFTEEN_MINUTES


def test_an_answer_after_the_grace_is_refused(quiz: Quiz, learner: Enrolment) -> None:
    attempt = begin(quiz, learner)
    with pytest.raises(TimeIsUp):
        save(attempt, {0: "4"}, at=NINE + FIFTEEN_MINUTES + 11 * SECOND)
    assert queries.responses_of(attempt)[0].answer is None


def test_an_answer_after_submitting_is_refused(quiz: Quiz, learner: Enrolment) -> None:
    attempt = take(quiz, learner, {0: "3"})
    with pytest.raises(AttemptOver):
        save(attempt, {0: "4"})
    assert queries.responses_of(attempt)[0].answer == "3"


def test_the_sweeper_hands_in_what_is_overdue_and_nothing_else(quiz: Quiz, learner: Enrolment) -> None:
    with transaction():
        other = an_enrolment(learner.course)
    overdue = begin(quiz, learner)
    save(overdue, {0: "4"})
    running = begin(quiz, other, at=NINE + 10 * SECOND)
    late = NINE + FIFTEEN_MINUTES + 15 * SECOND
    with transaction():
        assert operations.sweep_overdue(at=late) == 1
    with transaction():
        assert operations.sweep_overdue(at=late) == 0
    assert (overdue.state, overdue.score) == (AttemptState.AUTO_SUBMITTED, Decimal(1))
    assert overdue.submitted_at == NINE + FIFTEEN_MINUTES
    assert running.state is AttemptState.IN_PROGRESS


def test_beginning_again_hands_in_the_overdue_attempt_first(quiz: Quiz, learner: Enrolment) -> None:
    first = begin(quiz, learner)
    second = begin(quiz, learner, at=NINE + dt.timedelta(hours=1))
    assert (first.state, second.number) == (AttemptState.AUTO_SUBMITTED, 2)


def test_when_all_attempts_are_used_no_further_one_begins(quiz: Quiz, learner: Enrolment) -> None:
    take(quiz, learner, {})
    take(quiz, learner, {})
    with pytest.raises(NoAttemptsLeft):
        begin(quiz, learner)


def test_before_the_opening_and_after_the_close_nothing_begins(learner: Enrolment) -> None:
    closes_at = NINE + dt.timedelta(minutes=5)
    with transaction():
        quiz = a_quiz(learner.course, opens_at=NINE, closes_at=closes_at)
    with pytest.raises(QuizNotOpen):
        begin(quiz, learner, at=NINE - SECOND)
    with pytest.raises(QuizNotOpen):
        begin(quiz, learner, at=closes_at)
    assert begin(quiz, learner).deadline_at == closes_at


def test_a_quiz_without_active_questions_cannot_be_taken(quiz: Quiz, learner: Enrolment) -> None:
    with transaction():
        a_quiz(learner.course, questions=())
    with pytest.raises(QuizEmpty):
        begin(quiz, learner)


def test_importing_the_same_quiz_again_changes_nothing(quiz: Quiz, learner: Enrolment) -> None:
    with transaction():
        again = a_quiz(learner.course)
    assert again.id == quiz.id
    assert db.session.scalar(sa.select(sa.func.count()).select_from(QuestionVersion)) == 2


def test_a_changed_question_is_a_new_version_and_old_attempts_keep_theirs(
    quiz: Quiz, learner: Enrolment
) -> None:
    first = begin(quiz, learner)
    with transaction():
        a_quiz(learner.course, questions=(("Q1", YEARS), ("Q2", MULTI)))
    save(first, {0: "4.5", 1: "PDPA"})
    assert hand_in(first).score == 2
    second = begin(quiz, learner)
    asked = [response.question_version for response in queries.responses_of(second)]
    assert [version.number for version in asked] == [2, 2]
    assert second.max_score == 3


def test_a_question_left_out_is_asked_no_more_until_it_comes_back(quiz: Quiz, learner: Enrolment) -> None:
    with transaction():
        a_quiz(learner.course, questions=SPEC.questions[1:])
    assert [version.question.code for version in queries.current_versions(quiz)] == ["Q2"]
    with transaction():
        a_quiz(learner.course)
    back = queries.current_versions(quiz)
    assert [(version.question.code, version.number) for version in back] == [("Q1", 1), ("Q2", 1)]


def test_more_time_reaches_running_attempts_and_less_time_does_not(quiz: Quiz, learner: Enrolment) -> None:
    attempt = begin(quiz, learner)
    with transaction():
        a_quiz(learner.course, time_limit_minutes=5)
    assert attempt.deadline_at == NINE + FIFTEEN_MINUTES
    with transaction():
        a_quiz(learner.course, time_limit_minutes=30)
    assert attempt.deadline_at == NINE + 2 * FIFTEEN_MINUTES


def test_another_policy_or_pass_mark_touches_everybody_who_began(quiz: Quiz, learner: Enrolment) -> None:
    with transaction():
        bystander = an_enrolment(learner.course)
    take(quiz, learner, {})
    before, untouched = revision_of(learner), revision_of(bystander)
    with transaction():
        a_quiz(learner.course, grading=Grading.LAST)
    with transaction():
        a_quiz(learner.course, grading=Grading.LAST, title=text("Another title"))
    assert revision_of(learner) == before + 1
    assert revision_of(bystander) == untouched


def test_each_shuffled_attempt_has_its_own_order_of_questions(learner: Enrolment) -> None:
    many = tuple((f"Q{number}", YEARS) for number in range(12))
    with transaction():
        quiz = a_quiz(learner.course, questions=many, shuffle=True, attempts_allowed=None)
    seen = set()
    for _ in range(4):
        attempt = begin(quiz, learner)
        seen.add(tuple(response.question_version_id for response in queries.responses_of(attempt)))
        hand_in(attempt)
    assert len(seen) > 1
    assert len({frozenset(order) for order in seen}) == 1


def test_no_response_is_lost_when_two_windows_save_different_questions(
    app: Flask, quiz: Quiz, learner: Enrolment
) -> None:
    attempt = begin(quiz, learner)
    stale = queries.responses_of(attempt)

    def other_window() -> None:
        with app.app_context():
            save(db.session.get_one(Attempt, attempt.id), {0: "4"})
            db.session.remove()

    thread = threading.Thread(target=other_window)
    db.session.commit()
    thread.start()
    thread.join()
    assert stale[0].answer is None
    save(attempt, {1: "PDPA"})
    assert db.session.scalars(sa.select(Response.answer).order_by(Response.position)).all() == ["4", "PDPA"]
