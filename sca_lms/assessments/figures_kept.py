"""Keep how quizzes with many attempts went and measured, so that no page has to read everybody's answers.

The worker keeps them; a quiz of which nothing is kept is read anew by its page.
"""

import datetime as dt
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from sca_lms.assessments import queries, statistics_packing, statistics_queries
from sca_lms.assessments.models import Attempt, Quiz, QuizFigures
from sca_lms.assessments.queries import QuizSummary
from sca_lms.assessments.rules import AttemptState
from sca_lms.assessments.statistics import Measured
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import counts
from sca_lms.database import db

MANY = 1_000
"""With more attempts than these a quiz is worked out by the worker; with fewer it is read anew each time."""
NOT_MORE_OFTEN = dt.timedelta(minutes=1)
"""While many hand in, a quiz is worked out once a minute."""
LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""When a claim was worked out: its quiz is due at once, should its worker die."""
FORM = 1
"""Grows whenever figures are worked out or written differently, so that none of the old ones is shown."""
_IS_READABLE = QuizFigures.state.startswith(f"{FORM}|", autoescape=True)
STATES = {state: number for number, state in enumerate(AttemptState, start=1)}

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Figures:
    """How a quiz measured; `worked_out_at` is None when it was read just now."""

    measured: Measured
    worked_out_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Summaries:
    """How quizzes went, by quiz, and when the oldest that was kept was worked out."""

    by_quiz: Mapping[int, QuizSummary]
    worked_out_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Claim:
    """What was kept of a quiz, which may be nothing but the claim itself, before it is worked out."""

    state: str
    worked_out_at: dt.datetime


def figures_of(quiz: Quiz, *, first_only: bool) -> Figures:
    """Return how a quiz measured, as the worker keeps it or else read anew."""
    column = QuizFigures.first_attempts if first_only else QuizFigures.all_attempts
    kept = db.session.execute(
        sa.select(column, QuizFigures.worked_out_at).where(QuizFigures.quiz_id == quiz.id, _IS_READABLE)
    ).first()
    if kept is None:
        return Figures(statistics_queries.measure(quiz, first_only=first_only), None)
    return Figures(statistics_packing.unpacked(kept[0]), kept[1])


def summaries_of(course_id: int, quizzes: Collection[Quiz]) -> Summaries:
    """Return how quizzes went, as the worker keeps it or else read anew; two statements."""
    rows = db.session.execute(
        sa.select(QuizFigures.quiz_id, QuizFigures.summary, QuizFigures.worked_out_at).where(
            QuizFigures.quiz_id.in_([quiz.id for quiz in quizzes]), _IS_READABLE
        )
    ).all()
    kept = {row[0]: _unpacked(row[1]) for row in rows}
    others = [quiz for quiz in quizzes if quiz.id not in kept]
    return Summaries(
        kept | queries.summaries_of(course_id, others), min((row[2] for row in rows), default=None)
    )


def stale(*, at: dt.datetime) -> Sequence[tuple[int, str]]:
    """Return the quizzes with many attempts of which something has changed, and the state each is in now."""
    known = {
        row.quiz_id: row
        for row in db.session.execute(
            sa.select(QuizFigures.quiz_id, QuizFigures.state, QuizFigures.worked_out_at)
        )
    }
    return [
        (quiz_id, state)
        for quiz_id, state in _states().items()
        if quiz_id not in known
        or (known[quiz_id].state != state and not _is_new(known[quiz_id].worked_out_at, at))
    ]


def work_out(quiz: Quiz, state: str, *, at: dt.datetime) -> Row:
    """Read everything of a quiz and return what is to be kept; nothing is written, so nobody waits for it.

    What changes meanwhile is seen by the next `stale`, because the state that was read first is kept.
    """
    first = statistics_packing.packed(statistics_queries.measure(quiz, first_only=True))
    every = first
    if statistics_queries.has_other_than_first(quiz):
        every = statistics_packing.packed(statistics_queries.measure(quiz, first_only=False))
    return {
        "quiz_id": quiz.id,
        "state": state,
        "summary": _packed(queries.summaries_of(quiz.course_id, [quiz])[quiz.id]),
        "first_attempts": first,
        "all_attempts": every,
        "worked_out_at": at,
    }


def claim(quiz_id: int) -> Claim | None:
    """Say that a quiz is about to be worked out, in a transaction before `work_out`; None when it is gone.

    Whoever erases somebody holds the quizzes that they took and deletes what is kept of these. So either the
    claim waits and everything is read after the erasure, or the claim goes with it and `keep` keeps nothing.
    """
    quiz = sa.select(Quiz.id).where(Quiz.id == quiz_id).with_for_update(key_share=True)
    if db.session.scalar(quiz) is None:
        return None
    is_sqlite = db.session.connection().dialect.name == "sqlite"
    insert = (sqlite.insert if is_sqlite else postgresql.insert)(QuizFigures)
    nothing: Row = {
        "quiz_id": quiz_id, "state": f"claimed {secrets.token_hex(8)}", "summary": {},
        "first_attempts": {}, "all_attempts": {}, "worked_out_at": LONG_AGO,
    }  # fmt: skip
    db.session.execute(insert.values(nothing).on_conflict_do_nothing())
    kept = sa.select(QuizFigures.state, QuizFigures.worked_out_at).where(QuizFigures.quiz_id == quiz_id)
    return Claim(*db.session.execute(kept).one())


def keep(row: Row, claimed: Claim) -> bool:
    """Keep what was worked out of a quiz in the place of what stood there; returns whether it still did."""
    mine = sa.and_(
        QuizFigures.quiz_id == row["quiz_id"],
        QuizFigures.state == claimed.state,
        QuizFigures.worked_out_at == claimed.worked_out_at,
    )
    changed = sa.update(QuizFigures).where(mine).values(row).returning(QuizFigures.quiz_id)
    return db.session.scalar(changed.execution_options(synchronize_session=False)) is not None


def others_kept() -> Sequence[int]:
    """Return the quizzes of which something is kept though they have few attempts by now."""
    return db.session.scalars(
        sa.select(QuizFigures.quiz_id).where(QuizFigures.quiz_id.not_in(_large()))
    ).all()


def forget(quiz_ids: Collection[int]) -> None:
    """Delete what is kept of these quizzes: their pages read anew."""
    db.session.execute(sa.delete(QuizFigures).where(QuizFigures.quiz_id.in_(quiz_ids)))


def _large() -> sa.Select[int]:
    return sa.select(Attempt.quiz_id).group_by(Attempt.quiz_id).having(sa.func.count() > MANY)


def _states() -> Mapping[int, str]:
    """Return for every quiz with many attempts a text that differs when anything has changed that counts.

    Whatever changes a score or an attempt leaves its mark: a moment, a state, or who counts at all.
    """
    state = sa.case(STATES, value=Attempt.state)
    rows = db.session.execute(
        sa.select(
            Attempt.quiz_id,
            Quiz.grading,
            Quiz.pass_percent,
            sa.func.count(),
            sa.func.sum(sa.cast(Attempt.id, sa.BigInteger) * state),
            sa.func.sum(sa.cast(Attempt.enrolment_id, sa.BigInteger)),
            sa.func.sum(Attempt.score),
            sa.func.count(Attempt.score),
            sa.func.max(Attempt.submitted_at),
            sa.func.max(Attempt.marked_at),
        )
        .select_from(Attempt)
        .join(Attempt.quiz)
        .join(Attempt.enrolment)
        .join(Enrolment.person)
        .where(Attempt.quiz_id.in_(_large()), counts())
        .group_by(Attempt.quiz_id, Quiz.grading, Quiz.pass_percent)
    )
    return {row[0]: "|".join(map(str, (FORM, *row[1:]))) for row in rows}


def _is_new(worked_out_at: dt.datetime, at: dt.datetime) -> bool:
    return worked_out_at <= at < worked_out_at + NOT_MORE_OFTEN


def _packed(summary: QuizSummary) -> Row:
    mean = summary.mean_percent
    return {
        "began": summary.began,
        "submitted": summary.submitted,
        "passed": summary.passed,
        "waiting": summary.waiting,
        "mean_percent": None if mean is None else str(mean),
    }


def _unpacked(kept: Mapping[str, object]) -> QuizSummary:
    began, submitted, passed, waiting = (
        number if isinstance(number, int) else 0
        for number in map(kept.get, ("began", "submitted", "passed", "waiting"))
    )
    mean = kept.get("mean_percent")
    return QuizSummary(began, submitted, passed, waiting, Decimal(mean) if isinstance(mean, str) else None)
