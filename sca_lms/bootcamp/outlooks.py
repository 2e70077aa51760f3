"""Keep every learner's outlook fresh: after evidence, timetable or policy changed, and day by day."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from sca_lms.attendance import queries as attendance
from sca_lms.attendance.models import AttendanceSession, Category, PresenceRecord, SessionState
from sca_lms.bootcamp import queries
from sca_lms.bootcamp.models import HoursOutlook
from sca_lms.bootcamp.pace import Situation, pace_of
from sca_lms.bootcamp.queries import Hours
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.queries import counted_learners
from sca_lms.database import db

CHUNK = 500
SILENT_AFTER_DAYS = 2
"""Who was in no session on so many days with sessions, one after the other, is silent."""


def courses_with_hours() -> list[Course]:
    """Return the courses that have a timetable."""
    has_hours = sa.exists().where(Category.course_id == Course.id, Category.published)
    return list(db.session.scalars(sa.select(Course).where(has_hours).order_by(Course.id)))


def stale(course: Course, *, at: dt.datetime, most: int = CHUNK) -> list[Enrolment]:
    """Return some of the learners whose outlook is missing or was worked out from something older."""
    revision = attendance.hours_revision(course.id)
    fresh = sa.and_(
        HoursOutlook.evidence_revision == Enrolment.evidence_revision,
        HoursOutlook.hours_revision == revision,
        HoursOutlook.day == today(course, at),
    )
    return list(
        db.session.scalars(
            sa.select(Enrolment)
            .outerjoin(HoursOutlook, sa.and_(HoursOutlook.enrolment_id == Enrolment.id, fresh))
            .where(Enrolment.id.in_(counted_learners(course.id)), HoursOutlook.enrolment_id.is_(None))
            .order_by(Enrolment.id)
            .limit(most)
        )
    )


def refresh(course: Course, learners: Sequence[Enrolment], *, at: dt.datetime) -> int:
    """Work the outlook of these learners out anew and keep it; return how many there are.

    What changes meanwhile is seen by the next `stale`, because the revisions that were read first are kept.
    """
    revision = attendance.hours_revision(course.id)
    found = queries.hours_of(course.id, learners, at=at)
    if not found:
        return 0
    sessions = attendance.timetable(course.id)
    zone = ZoneInfo(course.timezone)
    days = _days_with_sessions(sessions, zone)
    latest = _stays_by_day([each.id for each in learners], sessions, zone)
    rows: list[dict[str, object]] = []
    for learner in learners:
        hours = found[learner.id]
        closed = [
            each for each in sessions if each.state is SessionState.CLOSED and each.expects(learner.group)
        ]
        elapsed = sum(each.credit_minutes for each in closed)
        expected_days = [
            day for day in days if any(learner.group in groups or not groups for groups in days[day])
        ]
        last_stay, attended_days = latest.get(learner.id, (None, frozenset()))
        rows.append(
            {
                "enrolment_id": learner.id,
                "course_id": course.id,
                "evidence_revision": learner.evidence_revision,
                "hours_revision": revision,
                "day": today(course, at),
                "pace": _pace(hours, elapsed, missed_days(expected_days, attended_days)),
                "total": hours.standing.total,
                "pending": hours.pending_minutes,
                "elapsed": elapsed,
                "reachable": hours.outlook.reachable,
                "may_miss": hours.outlook.may_miss,
                "last_stay_at": last_stay,
                "worked_out_at": at,
            }
        )
    _upsert(rows)
    return len(rows)


def missed_days(expected: Sequence[dt.date], attended: frozenset[dt.date]) -> int:
    """Return on how many of the latest expected days, counted back from the last, nobody was seen."""
    number = 0
    for day in sorted(expected, reverse=True):
        if day in attended:
            break
        number += 1
    return number


def today(course: Course, at: dt.datetime) -> dt.date:
    """Return the calendar day in the course's zone."""
    return at.astimezone(ZoneInfo(course.timezone)).date()


def _pace(hours: Hours, elapsed: int, missed: int) -> str:
    situation = Situation(
        has_passed=hours.standing.has_passed,
        can_pass=hours.outlook.can_pass,
        counted=hours.standing.total,
        elapsed=elapsed,
        pass_percent=hours.standing.rule.pass_percent,
        missed_days=missed,
    )
    return pace_of(situation, silent_after_days=SILENT_AFTER_DAYS)


def _days_with_sessions(
    sessions: Sequence[AttendanceSession], zone: ZoneInfo
) -> dict[dt.date, list[list[str]]]:
    """Return for each day with closed sessions the groups that each of them expects."""
    days: dict[dt.date, list[list[str]]] = defaultdict(list)
    for session in sessions:
        if session.state is SessionState.CLOSED:
            days[session.starts_at.astimezone(zone).date()].append(session.groups)
    return days


def _stays_by_day(
    enrolment_ids: Sequence[int], sessions: Sequence[AttendanceSession], zone: ZoneInfo
) -> dict[int, tuple[dt.datetime | None, frozenset[dt.date]]]:
    dates = {each.id: each.starts_at.astimezone(zone).date() for each in sessions}
    rows = db.session.execute(
        sa.select(PresenceRecord.enrolment_id, PresenceRecord.session_id, sa.func.max(PresenceRecord.in_at))
        .where(PresenceRecord.enrolment_id.in_(enrolment_ids), PresenceRecord.voided_at.is_(None))
        .group_by(PresenceRecord.enrolment_id, PresenceRecord.session_id)
    )
    latest: dict[int, dt.datetime] = {}
    attended: dict[int, set[dt.date]] = defaultdict(set)
    for enrolment_id, session_id, came_at in rows:
        latest[enrolment_id] = max(latest.get(enrolment_id, came_at), came_at)
        if session_id in dates:
            attended[enrolment_id].add(dates[session_id])
    return {each: (latest[each], frozenset(attended[each])) for each in latest}


def _upsert(rows: Sequence[dict[str, object]]) -> None:
    is_sqlite = db.session.connection().dialect.name == "sqlite"
    insert = (sqlite_insert if is_sqlite else postgresql_insert)(HoursOutlook)
    kept = {name: insert.excluded[name] for name in rows[0] if name != "enrolment_id"}
    db.session.execute(
        insert.on_conflict_do_update(index_elements=[HoursOutlook.enrolment_id], set_=kept), list(rows)
    )
