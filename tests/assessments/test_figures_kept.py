"""Figures that the database counts, and those that the worker keeps, are those of single answers."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.assessments import (
    figures_kept,
    operations,
    queries,
    statistics_packing,
    statistics_queries,
)
from sca_lms.assessments.answers import Answer, parse_answer
from sca_lms.assessments.figure_jobs import keep_quiz_figures
from sca_lms.assessments.models import Attempt, Question, QuestionVersion, Quiz, QuizFigures, Response
from sca_lms.assessments.question_types import parse_question
from sca_lms.assessments.rules import OVER
from sca_lms.assessments.statistics import (
    GROUP_SHARE,
    Answered,
    Group,
    ItemFigures,
    ItemTally,
    Measured,
    alpha_of,
    by_part,
    overview_of,
)
from sca_lms.assessments.statistics_choices import chosen_in, offered_by
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db, transaction
from tests import builders
from tests.assessments.builders import NINE, a_quiz
from tests.assessments.samples import CLOZE, MATCH, MULTI, NUMERIC, SHORT, SINGLE
from tests.statements import counted

QUESTIONS = (
    ("Q1", SINGLE), ("Q2", MULTI), ("Q3", NUMERIC), ("Q4", SHORT), ("Q5", MATCH), ("Q6", CLOZE),
)  # fmt: skip
NEARLY = Decimal("1e-18")
LATER = NINE + dt.timedelta(minutes=5)
HOUR = dt.timedelta(hours=1)


def answers_of(draw: random.Random) -> dict[int, Answer]:
    """Return what somebody answers who leaves something out now and then."""
    capital: list[list[int | str | None]] = [
        ["Bangkok", "10", 0], ["Paris", "3", 1], ["bangkok", "", None],
    ]  # fmt: skip
    pool: dict[int, Sequence[Answer]] = {
        0: [0, 1, 2],
        1: [[0], [0, 1], [1, 3], [2]],
        2: ["4", "4.2", "9", "๔"],
        3: ["PDPA", "pdpa", "law", "น้ำ"],
        4: [[0, 1, 2], [1, 0, 2], [0, 1, None]],
        5: capital,
    }
    return {place: draw.choice(some) for place, some in pool.items() if draw.random() > 0.15}


def a_quiz_taken_by(learners: int, *, seed: int, again: bool = True) -> Quiz:
    """Return a quiz that so many have answered at random, some of them twice, and some who do not count."""
    draw = random.Random(seed)
    course = builders.a_course()
    quiz = a_quiz(course, questions=QUESTIONS, attempts_allowed=3)
    for number in range(learners):
        person = builders.a_person(is_test=number % 9 == 8)
        learner = builders.an_enrolment(course, person)
        for time in range(2 if again and draw.random() > 0.6 else 1):
            take(quiz, learner, answers_of(draw), at=NINE + dt.timedelta(minutes=time))
        if number % 7 == 6:
            learner.state = EnrolmentState.WITHDRAWN
    operations.start_attempt(quiz, builders.an_enrolment(course), at=NINE)
    db.session.flush()
    return quiz


def newcomer(quiz: Quiz, *, roles: set[Role] | None = None) -> Enrolment:
    """Return somebody new in the quiz's course."""
    course = db.session.get_one(Course, quiz.course_id)
    return builders.an_enrolment(course, roles=roles or {Role.LEARNER})


def current(quiz: Quiz) -> Quiz:
    """Return a quiz as a row of this session: a worker's round forgets all rows."""
    return db.session.get_one(Quiz, quiz.id)


def take(quiz: Quiz, learner: Enrolment, answers: dict[int, Answer], *, at: dt.datetime = NINE) -> Attempt:
    attempt = operations.start_attempt(current(quiz), learner, at=at)
    operations.save_answers(attempt, answers, at=at)
    operations.submit(attempt, at=at)
    return attempt


def one_by_one(quiz: Quiz, *, first_only: bool) -> Measured:
    """Work the figures out as a person would: each attempt, each answer, one after the other."""
    attempts = [
        each
        for each in db.session.scalars(
            sa.select(Attempt).where(Attempt.quiz_id == quiz.id).order_by(Attempt.id)
        )
        if each.state in OVER and each.score is not None and _counts(each)
    ]
    if first_only:
        attempts = [each for each in attempts if each.number == 1]
    shares = {each.id: (each.score or Decimal(0)) / each.max_score for each in attempts}
    in_order = sorted(shares, key=lambda attempt_id: (shares[attempt_id], attempt_id))
    size = round(len(in_order) * GROUP_SHARE) or 1
    groups = dict.fromkeys(in_order[:size], Group.LOWER) | dict.fromkeys(in_order[-size:], Group.UPPER)
    tallies: dict[int, ItemTally] = defaultdict(ItemTally)
    for attempt in attempts:
        rows = db.session.execute(
            sa.select(Response, QuestionVersion)
            .join(Response.question_version)
            .where(Response.attempt_id == attempt.id)
        )
        for response, version in rows:
            question, score = parse_question(version.document), response.score
            assert score is not None
            tallies[version.question_id].offer(offered_by(question))
            answer = parse_answer(question, response.answer)
            chosen = tuple(chosen_in(question, answer, share=score / response.max_points))
            tallies[version.question_id].add(
                Answered(
                    score, response.max_points, attempt.score or Decimal(0), attempt.max_score, chosen,
                    blank=answer is None,
                ),
                groups.get(attempt.id),
            )  # fmt: skip
    variances = [tally.variance_of_points() for tally in tallies.values()]
    return Measured(
        overview_of([share * 100 for share in shares.values()]),
        alpha_of(variances, (each.score or Decimal(0) for each in attempts)),
        True,
        {question_id: tally.figures() for question_id, tally in tallies.items()},
    )


def _counts(attempt: Attempt) -> bool:
    learner = db.session.get_one(Enrolment, attempt.enrolment_id)
    person_is_test = db.session.scalar(
        sa.select(Enrolment.id).join(Enrolment.person).where(
            Enrolment.id == learner.id, sa.text("person.is_test")
        )
    )  # fmt: skip
    return learner.state is not EnrolmentState.WITHDRAWN and person_is_test is None


def assert_same(found: Measured, wanted: Measured) -> None:
    assert found.overview.count == wanted.overview.count
    assert list(found.overview.bins) == list(wanted.overview.bins)
    assert _near(found.overview.mean, wanted.overview.mean)
    assert _near(found.overview.deviation, wanted.overview.deviation)
    assert found.overview.median == wanted.overview.median
    assert _near(found.alpha, wanted.alpha)
    assert found.items.keys() == wanted.items.keys()
    for question_id, figures in wanted.items.items():
        own = found.items[question_id]
        assert (own.count, own.blank, own.hints) == (figures.count, figures.blank, figures.hints)
        for name in ("facility", "deviation", "correlation", "difference"):
            assert _near(getattr(own, name), getattr(figures, name)), name
        assert _choices(own) == _choices(figures)


def _choices(figures: ItemFigures) -> dict[object, tuple[int, int, int]]:
    return {each.choice.key: (each.count, each.upper, each.lower) for each in figures.choices}


def _near(one: Decimal | None, other: Decimal | None) -> bool:
    return one is other if one is None or other is None else abs(one - other) < NEARLY


@pytest.mark.parametrize("seed", range(4))
def test_what_the_database_counts_at_once_is_the_sum_of_single_answers(app: Flask, seed: int) -> None:
    with app.app_context(), transaction():
        quiz = a_quiz_taken_by(30, seed=seed)
        for first_only in (True, False):
            found = statistics_queries.measure(quiz, first_only=first_only)
            assert found.overview.count > 15
            assert_same(found, one_by_one(quiz, first_only=first_only))


def test_what_is_kept_says_the_same_as_what_was_worked_out(app: Flask) -> None:
    with app.app_context(), transaction():
        quiz = a_quiz_taken_by(20, seed=11)
        measured = statistics_queries.measure(quiz, first_only=False)
        again = statistics_packing.unpacked(statistics_packing.packed(measured))
        assert again.overview == measured.overview
        assert (again.alpha, again.same_for_all) == (measured.alpha, measured.same_for_all)
        for question_id, figures in measured.items.items():
            own = again.items[question_id]
            assert (own.facility, own.correlation, own.hints) == (
                figures.facility, figures.correlation, figures.hints,
            )  # fmt: skip
            assert by_part(own.choices) == {
                part: some[:12] for part, some in by_part(figures.choices).items()
            }


def test_figures_of_a_quiz_without_attempts_are_empty(app: Flask) -> None:
    with app.app_context(), transaction():
        measured = statistics_queries.measure(a_quiz(builders.a_course()), first_only=True)
        assert (measured.overview.count, measured.alpha, dict(measured.items)) == (0, None, {})


def test_a_quiz_with_few_attempts_is_read_anew_and_nothing_is_kept(app: Flask) -> None:
    with app.app_context():
        with transaction():
            quiz = a_quiz_taken_by(5, seed=1)
        keep_quiz_figures(LATER)
        assert db.session.scalar(sa.select(sa.func.count(QuizFigures.quiz_id))) == 0
        assert figures_kept.figures_of(quiz, first_only=True).worked_out_at is None


def test_pages_of_a_quiz_with_many_show_what_is_kept_and_when_it_was_worked_out(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures_kept, "MANY", 3)
    with app.app_context():
        with transaction():
            quiz = a_quiz_taken_by(12, seed=2)
            staff_id = newcomer(quiz, roles={Role.INSTRUCTOR}).id
            course_id, quiz_id = quiz.course_id, quiz.id
        keep_quiz_figures(LATER)
        for first_only in (True, False):
            kept = figures_kept.figures_of(quiz, first_only=first_only)
            assert kept.worked_out_at == LATER
            assert_same(kept.measured, statistics_queries.measure(quiz, first_only=first_only))
        summaries = figures_kept.summaries_of(course_id, [quiz])
        assert summaries.worked_out_at == LATER
        assert summaries.by_quiz == queries.summaries_of(course_id, [quiz])
    staff = builders.signed_in(app, staff_id)
    place = f"/courses/{course_id}/quizzes"
    for address in (f"{place}/", f"{place}/{quiz_id}/results", f"{place}/{quiz_id}/statistics"):
        assert 'datetime="2022-09-01T09:05' in staff.get(address).text, address


def test_what_is_kept_follows_new_attempts_marks_and_who_counts(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures_kept, "MANY", 3)
    with app.app_context():
        with transaction():
            quiz = a_quiz_taken_by(12, seed=3)
        at = LATER
        keep_quiz_figures(at)

        def follows() -> bool:
            """Tell whether the next round has seen a change and agrees with what is there."""
            nonlocal at
            before = figures_kept.figures_of(quiz, first_only=False).worked_out_at
            at += HOUR
            keep_quiz_figures(at)
            after = figures_kept.figures_of(quiz, first_only=False)
            assert_same(after.measured, statistics_queries.measure(quiz, first_only=False))
            return before != after.worked_out_at

        assert not follows()
        with transaction():
            late = newcomer(quiz)
            take(quiz, late, {0: 0}, at=at)
            late_id = late.id
        assert follows()
        with transaction():
            operations.start_attempt(current(quiz), db.session.get_one(Enrolment, late_id), at=at)
        assert follows()
        with transaction():
            db.session.get_one(Enrolment, late_id).state = EnrolmentState.WITHDRAWN
        assert follows()
        with transaction():
            db.session.get_one(Enrolment, late_id).state = EnrolmentState.ACTIVE
        assert follows()
        assert not follows()


def test_while_many_hand_in_a_quiz_is_worked_out_once_a_minute(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures_kept, "MANY", 3)
    with app.app_context():
        with transaction():
            quiz = a_quiz_taken_by(8, seed=4)
        keep_quiz_figures(LATER)
        with transaction():
            take(quiz, newcomer(quiz), {0: 0})
        assert figures_kept.stale(at=LATER + dt.timedelta(seconds=59)) == []
        ((quiz_id, _state),) = figures_kept.stale(at=LATER + dt.timedelta(seconds=60))
        assert quiz_id == quiz.id


def test_what_is_kept_goes_when_only_few_attempts_are_left(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        with transaction():
            quiz = a_quiz_taken_by(8, seed=5)
        monkeypatch.setattr(figures_kept, "MANY", 3)
        keep_quiz_figures(LATER)
        monkeypatch.setattr(figures_kept, "MANY", 100)
        keep_quiz_figures(LATER)
        assert figures_kept.figures_of(quiz, first_only=True).worked_out_at is None


def test_pages_of_figures_send_the_same_statements_for_a_crowd(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = []
    for learners in (6, 24):
        with app.app_context(), transaction():
            quiz = a_quiz_taken_by(learners, seed=learners)
            staff_id = newcomer(quiz, roles={Role.INSTRUCTOR}).id
            course_id, quiz_id = quiz.course_id, quiz.id
        staff = builders.signed_in(app, staff_id)
        place = f"/courses/{course_id}/quizzes"
        own = []
        for address in (
            f"{place}/", f"{place}/{quiz_id}/results", f"{place}/{quiz_id}/statistics",
            f"{place}/{quiz_id}/extensions", f"/courses/{course_id}/accommodations",
        ):  # fmt: skip
            with counted(app) as seen:
                assert staff.get(address).status_code == 200
            own.append(len(seen))
        numbers.append(own)
    assert numbers[0] == numbers[1]
    monkeypatch.setattr(figures_kept, "MANY", 3)
    with app.app_context():
        keep_quiz_figures(LATER)
    with counted(app) as seen:
        assert staff.get(f"{place}/{quiz_id}/statistics").status_code == 200
    assert len(seen) < numbers[0][2]


def test_one_more_version_of_a_question_is_counted_with_the_others(app: Flask) -> None:
    with app.app_context(), transaction():
        quiz = a_quiz_taken_by(6, seed=6, again=False)
        before = statistics_queries.measure(quiz, first_only=True)
        (question,) = db.session.scalars(sa.select(Question).where(Question.code == "Q1"))
        old = db.session.scalars(
            sa.select(QuestionVersion).where(QuestionVersion.question_id == question.id)
        ).one()
        db.session.add(
            QuestionVersion(question_id=question.id, number=2, document=old.document, created_at=NINE)
        )
        db.session.flush()
        take(quiz, newcomer(quiz), {0: 0})
        after = statistics_queries.measure(quiz, first_only=True)
        assert after.items[question.id].count == before.items[question.id].count + 1
        assert_same(after, one_by_one(quiz, first_only=True))


def test_the_answers_of_a_crowd_are_handed_out_in_batches_with_a_line_for_each(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "ATTEMPTS_AT_ONCE", 4)
    with app.app_context(), transaction():
        quiz = a_quiz_taken_by(11, seed=7, again=False)
        staff_id = newcomer(quiz, roles={Role.INSTRUCTOR}).id
        address = f"/courses/{quiz.course_id}/quizzes/{quiz.id}/results/answers.csv"
        attempts = db.session.scalar(sa.select(sa.func.count(Attempt.id))) or 0
    with counted(app) as seen:
        lines = builders.signed_in(app, staff_id).get(address).text.splitlines()
    assert len(lines) == 1 + attempts * len(QUESTIONS)
    assert sum("quiz_response" in each for each in seen) == -(-attempts // 4)


def test_what_an_older_version_kept_is_not_shown(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_kept, "MANY", 3)
    with app.app_context():
        with transaction():
            quiz = a_quiz_taken_by(8, seed=8)
        keep_quiz_figures(LATER)
        with transaction():
            db.session.execute(sa.update(QuizFigures).values(state="0|before", first_attempts={}))
        assert figures_kept.figures_of(quiz, first_only=True).worked_out_at is None
        assert figures_kept.summaries_of(quiz.course_id, [quiz]).worked_out_at is None
        keep_quiz_figures(LATER + HOUR)
        assert figures_kept.figures_of(quiz, first_only=True).worked_out_at == LATER + HOUR
