"""Let the sessions of the timetable take people's time in the calendar, and show them there."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.attendance.models import AttendanceSession, Category, Series, SessionRevision, SessionState
from sca_lms.attendance.rules import SessionTimes
from sca_lms.calendar import classes, queries
from sca_lms.calendar.entries import CalendarEntry
from sca_lms.calendar.models import OccasionKind
from sca_lms.calendar.queries import InTheWay, Lesson
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import has_role
from sca_lms.courses.rules import STAFF, EnrolmentState, Role
from sca_lms.database import db
from sca_lms.texts import Bilingual

KINDS = {Series.BOOTCAMP: OccasionKind.CLASS, Series.UPDATES: OccasionKind.UPDATE}
HOLDING = (SessionState.OPEN, SessionState.CLOSED)


def key_of(session: AttendanceSession) -> str:
    """Return what a session is called among the occasions of all calendars."""
    return f"session:{session.id}"


def occupy(
    course_id: int, sessions: Collection[AttendanceSession], *, at: dt.datetime, gives_way: bool = False
) -> None:
    """Make the calendar follow these sessions of a course, as they stand now; drafts take no time.

    Raise `calendar.classes.ClassesClash` when appointments are in the way, unless the sessions give way.
    """
    held = [each for each in sessions if each.state in HOLDING]
    classes.drop_classes(course_id, [key_of(each) for each in sessions if each.state not in HOLDING])
    lessons = _lessons((each, each.starts_at, each.ends_at) for each in held)
    classes.put_classes(course_id, lessons, at=at, gives_way=gives_way)


def follow(course_id: int, *, at: dt.datetime) -> None:
    """Make the calendar follow the whole timetable of a course; appointments keep their time."""
    sessions = db.session.scalars(
        sa.select(AttendanceSession).where(AttendanceSession.course_id == course_id)
    )
    occupy(course_id, sessions.all(), at=at, gives_way=True)


def in_the_way(
    course_id: int, wanted: Iterable[tuple[AttendanceSession, SessionTimes]], *, at: dt.datetime
) -> list[InTheWay]:
    """Return the appointments of people whom these sessions would expect at these times."""
    coming = [(each, times.starts_at, times.ends_at) for each, times in wanted if times.ends_at > at]
    return queries.in_the_way(course_id, _lessons(coming)) if coming else []


def _lessons(wanted: Iterable[tuple[AttendanceSession, dt.datetime, dt.datetime]]) -> list[Lesson]:
    listed = list(wanted)
    ids = {session.category_id for session, _start, _end in listed}
    found = db.session.execute(sa.select(Category.id, Category.series).where(Category.id.in_(ids)))
    series = {row[0]: row[1] for row in found}
    return [
        Lesson(
            key_of(session),
            KINDS[series[session.category_id]],
            start,
            end,
            tuple(session.groups),
        )
        for session, start, end in listed
    ]


# ---------------------------------------------------------------- entries


def entries(person_id: int, start: dt.datetime, end: dt.datetime) -> Sequence[CalendarEntry]:
    """Return the bootcamp sessions in a period in which somebody is expected, or which they hold.

    Who runs a course sees every session of it, a learner those of their group; cancelled ones stand too.
    """
    rows = db.session.execute(
        sa.select(Enrolment, AttendanceSession)
        .join(AttendanceSession, AttendanceSession.course_id == Enrolment.course_id)
        .join(Category, Category.id == AttendanceSession.category_id)
        .where(
            Enrolment.person_id == person_id,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            sa.or_(*(has_role(role) for role in (Role.LEARNER, *sorted(STAFF)))),
            Category.series == Series.BOOTCAMP,
            AttendanceSession.state != SessionState.DRAFT,
            AttendanceSession.starts_at < end,
            AttendanceSession.ends_at > start,
        )
        .order_by(AttendanceSession.starts_at, AttendanceSession.code)
        .options(joinedload(AttendanceSession.category), joinedload(AttendanceSession.course))
    ).all()
    mine = [
        session for enrolment, session in rows if enrolment.roles & STAFF or session.expects(enrolment.group)
    ]
    changed = _last_changes(mine)
    return [_entry(each, changed.get(each.id)) for each in mine]


def _last_changes(sessions: Iterable[AttendanceSession]) -> dict[int, dt.datetime]:
    found = db.session.execute(
        sa.select(SessionRevision.session_id, sa.func.max(SessionRevision.at))
        .where(SessionRevision.session_id.in_([each.id for each in sessions]))
        .group_by(SessionRevision.session_id)
    )
    return {row[0]: row[1] for row in found}


def _entry(session: AttendanceSession, changed_at: dt.datetime | None) -> CalendarEntry:
    title = session.title
    return CalendarEntry(
        uid=f"session-{session.id}",
        sequence=session.revision - 1,
        title=title if title.th or title.en else Bilingual.of(session.code),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        kind=OccasionKind.CLASS,
        course_id=session.course_id,
        changed_at=changed_at or session.course.created_at,
        place=_place(session),
        url=f"/courses/{session.course_id}/timetable?week={_day_of(session)}",
        cancelled=session.state is SessionState.CANCELLED,
        about=session.category.title,
        join_url=session.join_url,
    )


def _day_of(session: AttendanceSession) -> dt.date:
    return session.starts_at.astimezone(ZoneInfo(session.course.timezone)).date()


def _place(session: AttendanceSession) -> Bilingual:
    th, en = (
        ", ".join(filter(None, (session.room, session.venue.pick(locale)[0]))) for locale in ("th", "en")
    )
    return Bilingual(th, en)
