"""Read schedules of reports and what they made."""

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Actor, Role
from sca_lms.database import db
from sca_lms.guidance.models import ReportRun, ReportSchedule
from sca_lms.guidance.report_rules import KEPT

MOST_RUNS = 60


def schedules(actor: Actor) -> Sequence[ReportSchedule]:
    """Return the schedules that the actor may see: managers all of the course, others their own."""
    return db.session.scalars(_seen(actor).order_by(ReportSchedule.id)).all()


def find_schedule(actor: Actor, schedule_id: int) -> ReportSchedule | None:
    """Return one schedule that the actor may see."""
    return db.session.scalar(_seen(actor).where(ReportSchedule.id == schedule_id))


def runs(actor: Actor, *, at: dt.datetime) -> Sequence[ReportRun]:
    """Return what was made in the last ninety days, the newest first, at most a page of it."""
    return db.session.scalars(
        _runs(actor, at=at).order_by(ReportRun.due_at.desc(), ReportRun.id.desc()).limit(MOST_RUNS)
    ).all()


def find_run(actor: Actor, run_id: int, *, at: dt.datetime) -> ReportRun | None:
    """Return one report that was made and that the actor may read."""
    return db.session.scalar(
        _runs(actor, at=at).where(ReportRun.id == run_id, ReportRun.file_id.is_not(None))
    )


def unmade(*, most: int) -> Sequence[int]:
    """Return the ids of reports that are due and not made, the oldest first."""
    return db.session.scalars(
        sa.select(ReportRun.id)
        .where(ReportRun.made_at.is_(None))
        .order_by(ReportRun.due_at, ReportRun.id)
        .limit(most)
    ).all()


def last_made(schedule_ids: Sequence[int]) -> Mapping[int, dt.datetime]:
    """Return when each of these schedules last made a report."""
    rows = db.session.execute(
        sa.select(ReportRun.schedule_id, sa.func.max(ReportRun.made_at))
        .where(ReportRun.schedule_id.in_(schedule_ids), ReportRun.made_at.is_not(None))
        .group_by(ReportRun.schedule_id)
    )
    return {row[0]: row[1] for row in rows if row[1] is not None}


def _seen(actor: Actor) -> sa.Select[ReportSchedule]:
    wanted = (
        sa.select(ReportSchedule)
        .where(ReportSchedule.course_id == actor.course_id)
        .options(joinedload(ReportSchedule.reader).joinedload(Enrolment.person))
    )
    if actor.has(Role.MANAGER):
        return wanted
    return wanted.where(ReportSchedule.reader_id == actor.enrolment_id)


def _runs(actor: Actor, *, at: dt.datetime) -> sa.Select[ReportRun]:
    return (
        sa.select(ReportRun)
        .where(
            ReportRun.schedule_id.in_(_seen(actor).with_only_columns(ReportSchedule.id)),
            ReportRun.due_at >= at - KEPT,
        )
        .options(joinedload(ReportRun.file), joinedload(ReportRun.schedule))
    )
