"""Read the sessions of a course day by day, for the list of rooms."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from sca_lms.attendance import queries
from sca_lms.attendance.models import AttendanceSession, SessionState
from sca_lms.attendance.room_queries import RoomNumbers, numbers_of
from sca_lms.courses.rules import Actor
from sca_lms.web.paging import Page, fitting, offset

DAYS_A_PAGE = 14


@dataclass(frozen=True, slots=True)
class RoomDay:
    """One day of the timetable."""

    day: dt.date
    sessions: Sequence[AttendanceSession]
    without_check_out: int
    """People of closed sessions of whom nobody knows when they left."""

    @property
    def not_closed(self) -> int:
        """How many sessions nobody has closed."""
        return sum(each.state is SessionState.OPEN for each in self.sessions)


@dataclass(frozen=True, slots=True)
class RoomsView:
    """The rooms of one day, with the figures of each by session id, and all days."""

    day: dt.date
    sessions: Sequence[AttendanceSession]
    numbers: dict[int, RoomNumbers]
    before: dt.date | None
    after: dt.date | None
    days: Page[RoomDay]


def rooms_of_day(
    actor: Actor, zone: ZoneInfo, *, wanted: str, number: int | None, today: dt.date
) -> RoomsView:
    """Return the rooms of the day wanted (written as 2022-09-29), of today when it cannot be read.

    The page of all days is the one asked for, else the one on which the day stands.
    """
    sessions = queries.timetable(actor.course_id, series=None)
    numbers = numbers_of(actor, sessions)
    day = _read(wanted) or today
    days = [
        RoomDay(each, of_day, sum(numbers[session.id].inside for session in of_day if _is_closed(session)))
        for each, of_day in _by_day(sessions, zone)
    ]
    if number is None:
        number = sum(each.day < day for each in days) // DAYS_A_PAGE + 1
    shown = fitting(number, size=DAYS_A_PAGE, total=len(days))
    start = offset(shown, size=DAYS_A_PAGE)
    return RoomsView(
        day=day,
        sessions=next((each.sessions for each in days if each.day == day), ()),
        numbers=numbers,
        before=max((each.day for each in days if each.day < day), default=None),
        after=min((each.day for each in days if each.day > day), default=None),
        days=Page(days[start : start + DAYS_A_PAGE], shown, DAYS_A_PAGE, len(days)),
    )


def _by_day(
    sessions: Sequence[AttendanceSession], zone: ZoneInfo
) -> list[tuple[dt.date, list[AttendanceSession]]]:
    grouped = groupby(sessions, key=lambda each: each.starts_at.astimezone(zone).date())
    return [(day, list(of_day)) for day, of_day in grouped]


def _is_closed(session: AttendanceSession) -> bool:
    return session.state is SessionState.CLOSED


def _read(wanted: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(wanted)
    except ValueError:
        return None
