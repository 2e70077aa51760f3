"""Give people more time or more attempts; running attempts become longer at once and never shorter."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

import sqlalchemy as sa

from sca_lms.assessments import extension_queries, operations, rules
from sca_lms.assessments.extension_rows import Extension, MoreTime
from sca_lms.assessments.models import Accommodation, Attempt, Quiz, QuizExtension
from sca_lms.assessments.rules import AttemptState, OwnTerms
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course
from sca_lms.database import db


def set_accommodations(
    course: Course, wanted: Mapping[int, MoreTime], *, by: int | None, at: dt.datetime
) -> int:
    """Set or, with factor 1, take away the accommodation of each enrolment; return how many changed.

    The audit line tells the factor and not the reason, which is nobody's business but staff's.
    """
    known = extension_queries.accommodations(wanted)
    changed = []
    for enrolment_id, more in wanted.items():
        before = known.get(enrolment_id)
        factor = before.time_factor if before else Decimal(1)
        if factor == more.factor and (before.reason if before else "") == more.reason:
            continue
        if before is not None and more.factor == 1:
            db.session.delete(before)
        elif more.factor != 1:
            kept = before or Accommodation(enrolment_id=enrolment_id)
            kept.time_factor, kept.reason, kept.set_by_id, kept.set_at = more.factor, more.reason, by, at
            db.session.add(kept)
        else:
            continue
        changed.append(enrolment_id)
        courses.record_audit(
            course, by, "set-accommodation", f"enrolment {enrolment_id}", at=at,
            before={"factor": str(factor)}, after={"factor": str(more.factor)},
        )  # fmt: skip
    db.session.flush()
    _move_deadlines_out(Attempt.enrolment_id.in_(changed), at=at)
    return len(changed)


def set_extensions(
    course: Course, quiz: Quiz, wanted: Mapping[int, Extension], *, by: int | None, at: dt.datetime
) -> int:
    """Set or, with nothing in it, take away the extension of each enrolment; return how many changed."""
    known = extension_queries.extensions(quiz, wanted)
    changed = []
    for enrolment_id, more in wanted.items():
        before = known.get(enrolment_id)
        had = Extension(before.minutes, before.extra_attempts, before.reason) if before else Extension(0, 0)
        if had == more or (before is None and more.is_nothing):
            continue
        if before is not None and more.is_nothing:
            db.session.delete(before)
        else:
            kept = before or QuizExtension(quiz_id=quiz.id, enrolment_id=enrolment_id)
            kept.minutes, kept.extra_attempts, kept.reason = more.minutes, more.extra_attempts, more.reason
            kept.set_by_id, kept.set_at = by, at
            db.session.add(kept)
        changed.append(enrolment_id)
        courses.record_audit(
            course, by, "set-extension", f"{quiz.code}, enrolment {enrolment_id}", at=at,
            before=_told(had), after=_told(more),
        )  # fmt: skip
    db.session.flush()
    _move_deadlines_out(Attempt.quiz_id == quiz.id, Attempt.enrolment_id.in_(changed), at=at)
    return len(changed)


def _told(extension: Extension) -> dict[str, object]:
    return {"minutes": extension.minutes, "extra_attempts": extension.extra_attempts}


def _move_deadlines_out(*which: sa.ColumnElement[bool], at: dt.datetime) -> None:
    """Let running attempts last as long as their people's terms say now, where that is longer.

    One whose time and grace are over is left alone: it ended, although nobody has looked at it since.
    """
    running = (
        sa.select(Attempt, Quiz, Accommodation.time_factor, QuizExtension.minutes)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .outerjoin(Accommodation, Accommodation.enrolment_id == Attempt.enrolment_id)
        .outerjoin(
            QuizExtension,
            sa.and_(
                QuizExtension.enrolment_id == Attempt.enrolment_id, QuizExtension.quiz_id == Attempt.quiz_id
            ),
        )
        .where(Attempt.state == AttemptState.IN_PROGRESS, Attempt.deadline_at.is_not(None), *which)
        .with_for_update(of=Attempt)
        .execution_options(populate_existing=True)
    )
    for row in db.session.execute(running).all():
        attempt, quiz = row.Attempt, row.Quiz
        if rules.is_overdue(attempt.deadline_at, at=at):
            continue
        own = OwnTerms(time_factor=row.time_factor or Decimal(1), extension_minutes=row.minutes or 0)
        moved = operations.own_deadline(quiz, own, started_at=attempt.started_at)
        attempt.deadline_at = rules.later_deadline(attempt.deadline_at, moved)
    db.session.flush()
