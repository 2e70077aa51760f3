"""Read the attempts of a quiz for its statistics: one pass, a few hundred rows in memory at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from sca_lms.assessments import bank_queries
from sca_lms.assessments.answers import parse_answer
from sca_lms.assessments.models import Attempt, QuestionVersion, Quiz, Response
from sca_lms.assessments.question_types import Question, parse_question
from sca_lms.assessments.rules import OVER
from sca_lms.assessments.statistics import (
    Answered,
    ItemFigures,
    ItemTally,
    Overview,
    alpha_of,
    groups_of,
    overview_of,
)
from sca_lms.assessments.statistics_choices import Choice, chosen_in, offered_by
from sca_lms.courses.queries import counted_learners
from sca_lms.database import db

AT_ONCE = 1000
MOST_REMEMBERED, LONGEST_REMEMBERED = 20_000, 200
"""So many short answers are read once however often they were given; most cohorts type the same few."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question with its newest version and its figures."""

    version: QuestionVersion
    question: Question
    figures: ItemFigures


@dataclass(frozen=True, slots=True)
class QuizFigures:
    """How a quiz measured; alpha is None where not everybody was asked the same."""

    overview: Overview
    alpha: Decimal | None
    same_for_all: bool
    items: Sequence[Item]


def figures_of(quiz: Quiz, *, first_only: bool) -> QuizFigures:
    """Return the figures over all marked attempts, or everybody's first; test users do not count."""
    attempts = db.session.execute(_attempts(quiz, first_only=first_only)).all()
    totals = [(row.id, row.score / row.max_score) for row in attempts]
    groups = groups_of(totals)
    tallies: dict[int, ItemTally] = {}
    parsed: dict[int, Question] = {}
    offered: set[int] = set()
    for question_id, version_id, answered in _answers(quiz, parsed, first_only=first_only):
        tally = tallies.setdefault(question_id, ItemTally())
        if version_id not in offered:
            offered.add(version_id)
            tally.offer(offered_by(parsed[version_id]))
        tally.add(answered, groups.get(answered.attempt_id))
    newest = bank_queries.newest_versions(tallies.keys())
    same_for_all = all(tally.shares.n == len(attempts) for tally in tallies.values())
    items = [
        Item(newest[question_id], parse_question(newest[question_id].document), tally.figures())
        for question_id, tally in tallies.items()
    ]
    items.sort(key=lambda item: (item.version.question.category.path, item.version.question.code))
    variances = [tally.variance_of_points() for tally in tallies.values()]
    return QuizFigures(
        overview=overview_of([share * 100 for _id, share in totals]),
        alpha=alpha_of(variances, (row.score for row in attempts)) if same_for_all else None,
        same_for_all=same_for_all,
        items=items,
    )


def _attempts(quiz: Quiz, *, first_only: bool) -> sa.Select[int, Decimal | None, Decimal]:
    counted = _counted(quiz, first_only=first_only)
    return sa.select(Attempt.id, Attempt.score, Attempt.max_score).where(*counted)


def _counted(quiz: Quiz, *, first_only: bool) -> list[sa.ColumnElement[bool]]:
    conditions = [
        Attempt.quiz_id == quiz.id,
        Attempt.state.in_(OVER),
        Attempt.score.is_not(None),
        Attempt.enrolment_id.in_(counted_learners(quiz.course_id)),
    ]
    if first_only:
        earlier = aliased(Attempt)
        first = (
            sa.select(sa.func.min(earlier.number))
            .where(
                earlier.quiz_id == Attempt.quiz_id,
                earlier.enrolment_id == Attempt.enrolment_id,
                earlier.state.in_(OVER),
            )
            .correlate(Attempt)
            .scalar_subquery()
        )
        conditions.append(Attempt.number == first)
    return conditions


def _answers(
    quiz: Quiz, parsed: dict[int, Question], *, first_only: bool
) -> Iterator[tuple[int, int, Answered]]:
    """Yield question, version and answer of every response; each version is read from its document once."""
    versions = {
        row.id: row
        for row in db.session.execute(
            sa.select(QuestionVersion.id, QuestionVersion.question_id, QuestionVersion.document).where(
                QuestionVersion.id.in_(
                    sa.select(Response.question_version_id)
                    .join(Response.attempt)
                    .where(Attempt.quiz_id == quiz.id)
                )
            )
        )
    }
    rows = db.session.execute(
        sa.select(
            Response.attempt_id, Response.question_version_id, Response.answer, Response.score,
            Response.max_points, Attempt.score.label("total"), Attempt.max_score,
        )
        .join(Response.attempt)
        .where(*_counted(quiz, first_only=first_only), Response.score.is_not(None))
        .order_by(Response.attempt_id, Response.position)
        .execution_options(yield_per=AT_ONCE)
    )  # fmt: skip
    remembered: dict[tuple[int, str, Decimal], tuple[tuple[Choice, ...], bool]] = {}
    for row in rows:
        version_id = row.question_version_id
        question = parsed.get(version_id)
        if question is None:
            question = parsed[version_id] = parse_question(versions[version_id].document)
        share = row.score / row.max_points
        key = version_id, repr(row.answer), share
        read = remembered.get(key)
        if read is None:
            answer = parse_answer(question, row.answer)
            read = tuple(chosen_in(question, answer, share=share)), answer is None
            if len(remembered) < MOST_REMEMBERED and len(key[1]) <= LONGEST_REMEMBERED:
                remembered[key] = read
        choices, blank = read
        yield (
            versions[version_id].question_id,
            version_id,
            Answered(
                attempt_id=row.attempt_id, score=row.score, max_points=row.max_points, total=row.total,
                max_total=row.max_score, choices=choices, blank=blank,
            ),
        )  # fmt: skip
