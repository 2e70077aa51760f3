"""Give the monthly updates to people's calendars."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.attendance.models import AttendanceSession, SessionRevision, SessionState
from sca_lms.calendar.entries import CalendarEntry
from sca_lms.calendar.models import OccasionKind
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import has_role
from sca_lms.courses.rules import STAFF, EnrolmentState, Role
from sca_lms.database import db
from sca_lms.updates.models import KnowledgeUpdate


def entries(person_id: int, start: dt.datetime, end: dt.datetime) -> Sequence[CalendarEntry]:
    """Return the published updates in a period of the courses in which somebody learns or that they run."""
    rows = db.session.execute(
        sa.select(Enrolment, KnowledgeUpdate)
        .join(KnowledgeUpdate, KnowledgeUpdate.course_id == Enrolment.course_id)
        .join(KnowledgeUpdate.session)
        .where(
            Enrolment.person_id == person_id,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            sa.or_(*(has_role(role) for role in (Role.LEARNER, *sorted(STAFF)))),
            KnowledgeUpdate.published,
            AttendanceSession.starts_at < end,
            AttendanceSession.ends_at > start,
        )
        .order_by(AttendanceSession.starts_at, KnowledgeUpdate.id)
        .options(
            contains_eager(KnowledgeUpdate.session),
            joinedload(KnowledgeUpdate.course, innerjoin=True),
        )
    ).all()
    found = [(enrolment, update) for enrolment, update in rows]
    changed = _last_changes([update.session_id for _enrolment, update in found])
    return [_entry(enrolment, update, changed.get(update.session_id)) for enrolment, update in found]


def _last_changes(session_ids: Sequence[int]) -> dict[int, dt.datetime]:
    rows = db.session.execute(
        sa.select(SessionRevision.session_id, sa.func.max(SessionRevision.at))
        .where(SessionRevision.session_id.in_(session_ids))
        .group_by(SessionRevision.session_id)
    )
    return {row[0]: row[1] for row in rows}


def _entry(enrolment: Enrolment, update: KnowledgeUpdate, changed_at: dt.datetime | None) -> CalendarEntry:
    session = update.session
    runs_it = bool(enrolment.roles & STAFF)
    return CalendarEntry(
        uid=f"update-{update.id}",
        sequence=session.revision - 1,
        title=session.title,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        kind=OccasionKind.UPDATE,
        course_id=update.course_id,
        changed_at=changed_at or update.course.created_at,
        url=f"/courses/{update.course_id}/updates/{'series/' if runs_it else ''}{update.number}",
        cancelled=session.state is SessionState.CANCELLED,
        about=update.partner,
        join_url=session.join_url,
    )
