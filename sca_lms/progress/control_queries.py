"""Bring the control room together: today's rooms, the coverage of mentoring, and what is due next."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.assignments.models import Assignment
from sca_lms.attendance import queries as attendance
from sca_lms.attendance.models import AttendanceSession, SessionState
from sca_lms.attendance.room_queries import RoomNumbers, numbers_of
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.mentoring import coverage_queries
from sca_lms.mentoring.coverage_queries import Coverage
from sca_lms.mentoring.months import Month, months_of
from sca_lms.modules.models import Module
from sca_lms.texts import Bilingual
from sca_lms.updates.models import KnowledgeUpdate

MOST_ROOMS = 4
MOST_DEADLINES = 5
A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Room:
    """A session of today with its figures."""

    session: AttendanceSession
    numbers: RoomNumbers
    is_now: bool


@dataclass(frozen=True, slots=True)
class Rooms:
    """Those of today's sessions that are now or next, and how many there are in all."""

    shown: Sequence[Room]
    total: int


class Due(StrEnum):
    """What a deadline is about."""

    MODULE = "module"
    WORK = "work"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that comes next for many."""

    what: Due
    title: Bilingual
    at: dt.datetime
    code: str
    """Which module, assignment or update it is, as its address names it."""


def rooms_of_today(actor: Actor, course: Course, *, at: dt.datetime) -> Rooms:
    """Return today's sessions: those going on and those to come, else the last ones."""
    zone = ZoneInfo(course.timezone)
    today = at.astimezone(zone).date()
    start, end = (
        dt.datetime.combine(day, dt.time(), tzinfo=zone).astimezone(dt.UTC) for day in (today, today + A_DAY)
    )
    sessions = attendance.sessions_between(
        course.id, start, end, states=(SessionState.OPEN, SessionState.CLOSED)
    )
    left = [each for each in sessions if each.ends_at > at]
    shown = left[:MOST_ROOMS] if left else sessions[-MOST_ROOMS:]
    numbers: Mapping[int, RoomNumbers] = numbers_of(actor, shown) if shown else {}
    return Rooms(
        [Room(each, numbers[each.id], each.starts_at <= at < each.ends_at) for each in shown], len(sessions)
    )


def mentoring_of_month(actor: Actor, course: Course, *, at: dt.datetime) -> tuple[Month, Coverage]:
    """Return how many pairs there are, how many met this month, and why somebody should look."""
    zone = ZoneInfo(course.timezone)
    month = months_of([], today=at.astimezone(zone).date(), zone=zone)[0]
    return month, coverage_queries.coverage(actor, coverage_queries.Wanted(), [month], at=at)


def deadlines(course_id: int, *, at: dt.datetime) -> list[Deadline]:
    """Return what is due next: modules, work and monthly updates; three statements."""
    modules = db.session.scalars(
        sa.select(Module)
        .where(Module.course_id == course_id, Module.published, Module.due_at > at)
        .order_by(Module.due_at, Module.id)
        .limit(MOST_DEADLINES)
    )
    work = db.session.scalars(
        sa.select(Assignment)
        .where(Assignment.course_id == course_id, Assignment.published, Assignment.due_at > at)
        .order_by(Assignment.due_at, Assignment.id)
        .limit(MOST_DEADLINES)
    )
    held = db.session.scalars(
        sa.select(KnowledgeUpdate)
        .join(KnowledgeUpdate.session)
        .where(
            KnowledgeUpdate.course_id == course_id,
            KnowledgeUpdate.published,
            AttendanceSession.state != SessionState.CANCELLED,
            AttendanceSession.starts_at > at,
        )
        .options(joinedload(KnowledgeUpdate.session))
        .order_by(AttendanceSession.starts_at, KnowledgeUpdate.id)
        .limit(MOST_DEADLINES)
    )
    found = [Deadline(Due.MODULE, each.title, each.due_at, each.code) for each in modules if each.due_at]
    found += [Deadline(Due.WORK, each.title, each.due_at, str(each.id)) for each in work if each.due_at]
    found += [
        Deadline(Due.UPDATE, each.session.title, each.session.starts_at, str(each.number)) for each in held
    ]
    return sorted(found, key=lambda each: each.at)[:MOST_DEADLINES]
