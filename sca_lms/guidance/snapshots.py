"""Keep a snapshot of every learner fresh: after evidence, timetable or rules changed, and day by day."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from sca_lms.attendance import queries as attendance
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.queries import counted_learners, has_role
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.guidance import settings
from sca_lms.guidance.gathering import Known, gather
from sca_lms.guidance.models import LearnerSnapshot, LearnerWeek
from sca_lms.guidance.rules import Setting, applied, packed, risk_of, weeks_of

CHUNK = 200


def courses_with_learners() -> Sequence[Course]:
    """Return the courses in which somebody learns."""
    learns = sa.exists().where(Enrolment.course_id == Course.id, has_role(Role.LEARNER))
    return db.session.scalars(sa.select(Course).where(learns).order_by(Course.id)).all()


def stale(course: Course, *, at: dt.datetime, most: int = CHUNK) -> Sequence[Enrolment]:
    """Return some of the learners whose snapshot is missing or was worked out from something older."""
    fresh = sa.and_(
        LearnerSnapshot.enrolment_id == Enrolment.id,
        LearnerSnapshot.evidence_revision == Enrolment.evidence_revision,
        LearnerSnapshot.course_revision == _revision(course.id),
        LearnerSnapshot.day == today(course, at),
    )
    return db.session.scalars(
        sa.select(Enrolment)
        .where(Enrolment.id.in_(counted_learners(course.id)), ~sa.exists().where(fresh))
        .order_by(Enrolment.id)
        .limit(most)
    ).all()


def refresh(course: Course, learners: Sequence[Enrolment], *, at: dt.datetime) -> None:
    """Work the snapshots of these learners out anew and keep them.

    What changes meanwhile is seen by the next `stale`, because the revisions that were read first are kept.
    """
    revision, rules = _revision(course.id), settings.settings_of(course.id)
    known = gather(course, learners, at=at)
    rows = [
        {**_row(known[each.id], rules), "course_id": course.id, "course_revision": revision,
         "day": today(course, at), "worked_out_at": at}
        for each in learners
    ]  # fmt: skip
    _upsert(rows)
    _put_weeks(course, list(known.values()), at=at)


def forget_others(course: Course) -> None:
    """Delete the snapshots of those who do not count any more; they come back when they do."""
    gone = sa.select(LearnerSnapshot.enrolment_id).where(
        LearnerSnapshot.course_id == course.id,
        LearnerSnapshot.enrolment_id.not_in(counted_learners(course.id)),
    )
    ids = db.session.scalars(gone).all()
    if ids:
        db.session.execute(sa.delete(LearnerWeek).where(LearnerWeek.enrolment_id.in_(ids)))
        db.session.execute(sa.delete(LearnerSnapshot).where(LearnerSnapshot.enrolment_id.in_(ids)))


def today(course: Course, at: dt.datetime) -> dt.date:
    """Return the calendar day in the course's zone."""
    return at.astimezone(ZoneInfo(course.timezone)).date()


def _revision(course_id: int) -> str:
    return f"{attendance.hours_revision(course_id)}.{settings.revision_of(course_id)}"


def _row(known: Known, rules: Sequence[Setting]) -> dict[str, object]:
    found = applied(known.facts, rules)
    hours = known.hours
    return {
        "enrolment_id": known.enrolment.id,
        "evidence_revision": known.enrolment.evidence_revision,
        "modules_done": known.modules.modules_done,
        "modules_total": known.modules.modules_total,
        "modules_late": known.facts.modules_late or 0,
        "progress_percent": known.modules.progress_percent,
        "hours_minutes": hours.standing.total if hours else 0,
        "hours_possible": hours.elapsed_minutes if hours else 0,
        "hours_reachable": hours.outlook.reachable if hours else 0,
        "work_late": known.work_late,
        "mentoring_minutes": known.mentoring.counted,
        "mentoring_sessions": known.mentoring.sessions,
        "last_met_at": known.mentoring.last_met_at,
        "updates_counted": known.updates.counted,
        "updates_held": known.updates_held,
        "last_sign_at": known.last_sign_at,
        "can_reach": known.facts.can_reach,
        "hours_behind": known.facts.hours_behind,
        "silent_days": known.facts.silent_days,
        "days_without_mentoring": known.facts.days_without_mentoring,
        "updates_missed": known.facts.updates_missed,
        "risk": risk_of(found),
        "reasons": packed(found),
    }


def _put_weeks(course: Course, known: Sequence[Known], *, at: dt.datetime) -> None:
    zone = ZoneInfo(course.timezone)
    rows = [
        {"enrolment_id": each.enrolment.id, "week": week, "planned": planned, "done": done}
        for each in known
        for week, (planned, done) in weeks_of(each.parts, zone=zone, at=at).items()
    ]
    ids = [each.enrolment.id for each in known]
    db.session.execute(sa.delete(LearnerWeek).where(LearnerWeek.enrolment_id.in_(ids)))
    if rows:
        db.session.execute(sa.insert(LearnerWeek), rows)


def _upsert(rows: Sequence[dict[str, object]]) -> None:
    is_sqlite = db.session.connection().dialect.name == "sqlite"
    insert = (sqlite.insert if is_sqlite else postgresql.insert)(LearnerSnapshot)
    kept = {name: insert.excluded[name] for name in rows[0] if name != "enrolment_id"}
    db.session.execute(
        insert.on_conflict_do_update(index_elements=[LearnerSnapshot.enrolment_id], set_=kept), list(rows)
    )
