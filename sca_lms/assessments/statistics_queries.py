"""Read the attempts of a quiz for its statistics: equal answers are counted by the database."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from sca_lms.assessments import bank_queries
from sca_lms.assessments.answers import parse_answer
from sca_lms.assessments.models import Attempt, QuestionVersion, Quiz, Response
from sca_lms.assessments.question_types import Question, parse_question
from sca_lms.assessments.rules import OVER
from sca_lms.assessments.statistics import (
    Answered,
    Bounds,
    Group,
    ItemFigures,
    ItemTally,
    Measured,
    alpha_of,
    bounds_of,
    overview_of,
)
from sca_lms.assessments.statistics_choices import Choice, chosen_in, offered_by
from sca_lms.courses.queries import counted_learners
from sca_lms.database import db

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """One question with its newest version and its figures."""

    version: QuestionVersion
    question: Question
    figures: ItemFigures


def measure(quiz: Quiz, *, first_only: bool) -> Measured:
    """Work the figures out over all marked attempts, or everybody's first; test users do not count."""
    attempts = db.session.execute(
        sa.select(Attempt.id, Attempt.score, Attempt.max_score).where(*_counted(quiz, first_only=first_only))
    ).all()
    totals = [(row.id, row.score / row.max_score) for row in attempts]
    tallies: dict[int, ItemTally] = {}
    offered: set[int] = set()
    for version, answered, group, times in _answers(quiz, bounds_of(totals), first_only=first_only):
        tally = tallies.setdefault(version.question_id, ItemTally())
        if version.id not in offered:
            offered.add(version.id)
            tally.offer(offered_by(version.question))
        tally.add(answered, group, times)
    same_for_all = all(tally.shares.n == len(attempts) for tally in tallies.values())
    variances = [tally.variance_of_points() for tally in tallies.values()]
    return Measured(
        overview=overview_of([share * 100 for _id, share in totals]),
        alpha=alpha_of(variances, (row.score for row in attempts)) if same_for_all else None,
        same_for_all=same_for_all,
        items={question_id: tally.figures() for question_id, tally in tallies.items()},
    )


def items_of(measured: Measured) -> Sequence[Item]:
    """Return the questions with their figures, by shelf and code, each in its newest words."""
    newest = bank_queries.newest_versions(measured.items.keys())
    found = [
        Item(newest[question_id], parse_question(newest[question_id].document), figures)
        for question_id, figures in measured.items.items()
        if question_id in newest
    ]
    return sorted(found, key=lambda item: (item.version.question.category.path, item.version.question.code))


def has_other_than_first(quiz: Quiz) -> bool:
    """Tell whether somebody has more than one attempt, so that it matters which of them count."""
    later = sa.exists().where(Attempt.quiz_id == quiz.id, Attempt.number > 1)
    return db.session.scalar(sa.select(later)) is True


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


@dataclass(frozen=True, slots=True)
class _Version:
    """One version of a question, read from its document once."""

    id: int
    question_id: int
    question: Question


def _answers(
    quiz: Quiz, bounds: Bounds | None, *, first_only: bool
) -> Iterator[tuple[_Version, Answered, Group | None, int]]:
    """Yield what was answered, with how many attempts of a group say so; the most frequent answers first.

    The database puts together what counts alike: the same answer to the same version, for the same points, in
    attempts of equal totals on the same side of the bounds.
    """
    versions = {version.id: version for version in _versions(quiz)}
    remembered: tuple[object, ...] = ()
    choices: tuple[Choice, ...] = ()
    blank = False
    for row in db.session.execute(_grouped(quiz, bounds, first_only=first_only)):
        version, share = versions[row.version_id], row.score / row.max_points
        if remembered != (row.version_id, row.answer, share):
            remembered = row.version_id, row.answer, share
            answer = parse_answer(version.question, None if row.answer is None else json.loads(row.answer))
            choices, blank = tuple(chosen_in(version.question, answer, share=share)), answer is None
        group = None
        if bounds is not None:
            total = row.total / row.max_total
            group = bounds.group(total, is_early=row.early == 1, is_late=row.late == 1)
        answered = Answered(
            score=row.score, max_points=row.max_points, total=row.total, max_total=row.max_total,
            choices=choices, blank=blank,
        )  # fmt: skip
        yield version, answered, group, row.times


def _versions(quiz: Quiz) -> Iterable[_Version]:
    asked = sa.select(Response.question_version_id).join(Response.attempt).where(Attempt.quiz_id == quiz.id)
    rows = db.session.execute(
        sa.select(QuestionVersion.id, QuestionVersion.question_id, QuestionVersion.document).where(
            QuestionVersion.id.in_(asked)
        )
    )
    return [_Version(row.id, row.question_id, parse_question(row.document)) for row in rows]


def _grouped(quiz: Quiz, bounds: Bounds | None, *, first_only: bool) -> sa.Select[Any]:
    """Return the statement that counts equal answers; a row has columns of several tables."""
    earliest, latest = (bounds.weakest[1], bounds.best[1]) if bounds is not None else (0, 0)
    # A database compares a JSON document only as text.
    each = (
        sa.select(
            Response.question_version_id.label("version_id"),
            sa.cast(Response.answer, sa.Text).label("answer"),
            Response.score.label("score"),
            Response.max_points.label("max_points"),
            Attempt.score.label("total"),
            Attempt.max_score.label("max_total"),
            sa.case((Attempt.id <= earliest, 1), else_=0).label("early"),
            sa.case((Attempt.id >= latest, 1), else_=0).label("late"),
        )
        .join(Response.attempt)
        .where(*_counted(quiz, first_only=first_only), Response.score.is_not(None))
        .subquery()
    )
    times = sa.func.count()
    of_answer = sa.func.sum(times).over(partition_by=[each.c.version_id, each.c.answer])
    return (
        sa.select(*each.c, times.label("times"))
        .group_by(*each.c)
        .order_by(each.c.version_id, of_answer.desc(), each.c.answer, each.c.score, each.c.max_points)
        .execution_options(yield_per=AT_ONCE)
    )
