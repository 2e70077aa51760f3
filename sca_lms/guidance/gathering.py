"""Gather what is known of learners from every activity; the number of statements does not grow with them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sca_lms.assignments.overdue import overdue_counts
from sca_lms.attendance.models import (
    AttendanceSession,
    LedgerEntry,
    PresenceRecord,
    SessionState,
)
from sca_lms.bootcamp import queries as bootcamp
from sca_lms.bootcamp.queries import Hours
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.guidance.rules import Facts, Part, days_since, latest
from sca_lms.mentoring import credit, terms_queries
from sca_lms.mentoring.models import Appointment, AppointmentPlace
from sca_lms.modules import queries as modules
from sca_lms.modules.models import UnitEvidence
from sca_lms.modules.standing import CourseStanding
from sca_lms.updates import queries as updates
from sca_lms.updates.rules import Standing as UpdateStanding

UPDATES_NOT_COUNTED = (UpdateStanding.MISSED, UpdateStanding.TO_REFLECT, UpdateStanding.RETURNED)
UPDATES_AHEAD = (UpdateStanding.COMING, UpdateStanding.NOW, UpdateStanding.CANCELLED)


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that is known of one learner at one moment."""

    enrolment: Enrolment
    modules: CourseStanding
    hours: Hours | None
    work_late: int
    mentoring: credit.Standing
    updates: updates.Progress
    last_sign_at: dt.datetime | None
    parts: Sequence[Part]
    """What was planned, and what was done of it."""
    facts: Facts

    @property
    def updates_held(self) -> int:
        """Return how many updates lie behind."""
        return self.updates.total - self.updates.number(UpdateStanding.COMING, UpdateStanding.NOW)


def gather(course: Course, learners: Sequence[Enrolment], *, at: dt.datetime) -> Mapping[int, Known]:
    """Return what is known of learners of a course, by enrolment."""
    ids = [each.id for each in learners]
    zone = ZoneInfo(course.timezone)
    standings = modules.standings(course.id, ids, at=at)
    hours = bootcamp.hours_of(course.id, learners, at=at)
    late = overdue_counts(course.id, ids, at=at)
    mentoring = credit.standings(course.id, ids, at=at)
    progress = updates.standings(course.id, ids, at)
    signs = _last_signs(ids)
    shared = _shared_parts(course, learners)
    began = _mentoring_began(course.id)
    known: dict[int, Known] = {}
    for each in learners:
        sign = latest([signs.get(each.id), each.last_seen_at, mentoring[each.id].last_met_at])
        own_hours = hours.get(each.id)
        standing, update = standings[each.id], progress[each.id]
        known[each.id] = Known(
            each, standing, own_hours, late.get(each.id, 0), mentoring[each.id], update, sign,
            [*_module_parts(standing), *shared[each.id]],
            Facts(
                can_reach=own_hours.standing.has_passed or own_hours.outlook.can_pass if own_hours else None,
                hours_behind=_behind(own_hours),
                silent_days=days_since(latest([sign, each.joined_at]), at, zone),
                modules_late=_late_modules(standing, at),
                work_late=late.get(each.id, 0),
                days_without_mentoring=_without_mentoring(mentoring[each.id].last_met_at, began, at, zone),
                updates_missed=update.number(*UPDATES_NOT_COUNTED),
            ),
        )  # fmt: skip
    return known


def _late_modules(standing: CourseStanding, at: dt.datetime) -> int:
    """Return how many modules are past their due date, also those that wait for one before them."""
    return sum(
        not module.completed and module.due_at is not None and module.due_at < at
        for module in standing.modules
    )


def _behind(hours: Hours | None) -> int | None:
    """Return the minutes that are missing from what was possible so far."""
    return None if hours is None else max(0, hours.elapsed_minutes - hours.standing.total)


def _without_mentoring(
    met: dt.datetime | None, began: dt.date | None, at: dt.datetime, zone: ZoneInfo
) -> int | None:
    """Return the days since the pair last met, or since mentoring began; None before it begins."""
    today = at.astimezone(zone).date()
    if began is None or today < began:
        return None
    since = days_since(met, at, zone)
    return (today - began).days if since is None else since


def _mentoring_began(course_id: int) -> dt.date | None:
    return min((each.month for each in terms_queries.planned_meetings(course_id)), default=None)


def _last_signs(ids: Collection[int]) -> dict[int, dt.datetime]:
    """Return when each was last seen learning or at a door."""
    learnt = sa.select(UnitEvidence.enrolment_id, UnitEvidence.recorded_at.label("at")).where(
        UnitEvidence.enrolment_id.in_(ids), UnitEvidence.recorded_by_id.is_(None)
    )
    came = sa.select(PresenceRecord.enrolment_id, PresenceRecord.in_at.label("at")).where(
        PresenceRecord.enrolment_id.in_(ids), PresenceRecord.voided_at.is_(None)
    )
    both = sa.union_all(learnt, came).subquery()
    rows = db.session.execute(
        sa.select(both.c.enrolment_id, sa.func.max(both.c.at)).group_by(both.c.enrolment_id)
    )
    return {row[0]: row[1] for row in rows}


def _module_parts(standing: CourseStanding) -> list[Part]:
    return [
        Part(module.due_at, module.plan.minutes, module.plan.minutes * module.progress_percent // 100)
        for module in standing.modules
        if module.due_at is not None
    ]


def _shared_parts(course: Course, learners: Sequence[Enrolment]) -> dict[int, list[Part]]:
    """Return what sessions and mentoring had planned for each, and what they have on record."""
    ids = [each.id for each in learners]
    sessions = db.session.scalars(
        sa.select(AttendanceSession).where(
            AttendanceSession.course_id == course.id, AttendanceSession.state == SessionState.CLOSED
        )
    ).all()
    credited: dict[tuple[int, int | None], int] = {
        (row[0], row[1]): row[2]
        for row in db.session.execute(
            sa.select(LedgerEntry.enrolment_id, LedgerEntry.session_id, sa.func.sum(LedgerEntry.minutes))
            .where(LedgerEntry.enrolment_id.in_(ids), LedgerEntry.session_id.is_not(None))
            .group_by(LedgerEntry.enrolment_id, LedgerEntry.session_id)
        )
    }
    planned = _planned_months(course)
    met = _met_months(course, ids)
    parts: dict[int, list[Part]] = {}
    for each in learners:
        held = [
            Part(session.ends_at, session.credit_minutes, credited.get((each.id, session.id), 0))
            for session in sessions
            if session.expects(each.group)
        ]
        months = [
            Part(ends, minutes, met.get((each.id, month), 0)) for month, (ends, minutes) in planned.items()
        ]
        parts[each.id] = [*held, *months]
    return parts


def _planned_months(course: Course) -> dict[dt.date, tuple[dt.datetime, int]]:
    """Return by month when it ends and how many minutes of mentoring are planned for it."""
    sums: dict[dt.date, int] = defaultdict(int)
    for meeting in terms_queries.planned_meetings(course.id):
        sums[meeting.month] += meeting.minutes
    zone = ZoneInfo(course.timezone)
    return {month: (_end_of(month, zone), minutes) for month, minutes in sums.items()}


def _end_of(month: dt.date, zone: ZoneInfo) -> dt.datetime:
    following = (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    midnight = dt.datetime.combine(following, dt.time(), tzinfo=zone)
    return midnight.astimezone(dt.UTC) - dt.timedelta(seconds=1)


def _met_months(course: Course, ids: Collection[int]) -> dict[tuple[int, dt.date], int]:
    zone = ZoneInfo(course.timezone)
    sums: dict[tuple[int, dt.date], int] = defaultdict(int)
    rows = db.session.execute(
        sa.select(AppointmentPlace.enrolment_id, Appointment.starts_at, AppointmentPlace.credited_minutes)
        .join(AppointmentPlace.appointment)
        .where(
            Appointment.course_id == course.id,
            AppointmentPlace.enrolment_id.in_(ids),
            AppointmentPlace.credited_minutes > 0,
        )
    )
    for enrolment_id, starts_at, minutes in rows:
        sums[enrolment_id, starts_at.astimezone(zone).date().replace(day=1)] += minutes or 0
    return sums
