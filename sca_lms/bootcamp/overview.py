"""What a learner's first page shows of the bootcamp: the hours, and the session that is now or next."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sca_lms.attendance import queries as attendance
from sca_lms.attendance.door import DOORS_BEFORE
from sca_lms.attendance.models import AttendanceSession, Category, SessionState
from sca_lms.bootcamp import queries, rings
from sca_lms.bootcamp.queries import Camp, Hours
from sca_lms.bootcamp.rings import Figure
from sca_lms.bootcamp.words import PaceWords, floor_words, pace_words
from sca_lms.courses.models import Course, Enrolment

UPCOMING = 3
SOON = dt.timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Overview:
    """Where somebody stands in the camp, and what comes next there."""

    hours: Hours
    figure: Figure
    areas: Mapping[int, str]
    """The look of each category by its id."""
    pace: PaceWords
    floor: str
    """The share that every area asks for."""
    here: AttendanceSession | None
    """The session in which the person is now."""
    next: AttendanceSession | None
    """The session that is going on or comes next, and expects this person."""
    upcoming: tuple[AttendanceSession, ...]
    """Those after it."""
    camp_day: int
    """Which day of the camp today is; 0 when there are no sessions today."""
    camp_days: int
    at: dt.datetime

    @property
    def now(self) -> AttendanceSession | None:
        """The session to show above all: the one the person is in, else the next."""
        return self.here or self.next

    @property
    def doors_open(self) -> bool:
        """Whether the next session lets people in."""
        return self.next is not None and self.next.starts_at - DOORS_BEFORE <= self.at

    @property
    def is_soon(self) -> bool:
        """Whether the next session is so close that it is the first thing to know."""
        now = self.now
        return now is not None and now.starts_at - SOON <= self.at

    @property
    def minutes_to_start(self) -> int:
        """How many minutes there are to the next session's start, rounded up; 0 when it has begun."""
        if self.next is None or self.next.starts_at <= self.at:
            return 0
        return -((self.at - self.next.starts_at) // dt.timedelta(minutes=1))


def overview_of(course: Course, enrolment: Enrolment, *, at: dt.datetime) -> Overview | None:
    """Return what a learner's first page shows; None in a course without an hours policy."""
    camp = queries.camp_of(course.id)
    if camp is None:
        return None
    hours = queries.hours_in(camp, [enrolment], at=at)[enrolment.id]
    there = attendance.open_presence(enrolment.id)
    by_id = {each.id: each for each in camp.sessions}
    ahead = [
        each
        for each in camp.sessions
        if each.state is SessionState.OPEN and each.ends_at > at and each.expects(enrolment.group)
    ]
    day, days = _camp_day(camp, enrolment, ZoneInfo(course.timezone), at)
    return Overview(
        hours,
        figure_of(camp.categories, hours),
        areas_of(camp.categories),
        pace_words(hours, own=True),
        floor_words(hours),
        by_id.get(there.session_id) if there is not None else None,
        ahead[0] if ahead else None,
        tuple(ahead[1 : 1 + UPCOMING]),
        day,
        days,
        at,
    )


def figure_of(categories: Sequence[Category], hours: Hours) -> Figure:
    """Return ring and bars of somebody's hours."""
    titles = {each.id: (each.code, each.title) for each in categories}
    return rings.figure(hours.standing, titles, hours.pending)


def areas_of(categories: Sequence[Category]) -> dict[int, str]:
    """Return the look of each category by its id."""
    return {each.id: rings.area_of(each.code, position) for position, each in enumerate(categories)}


def _camp_day(camp: Camp, enrolment: Enrolment, zone: ZoneInfo, at: dt.datetime) -> tuple[int, int]:
    days = sorted(
        {each.starts_at.astimezone(zone).date() for each in camp.sessions if each.expects(enrolment.group)}
    )
    today = at.astimezone(zone).date()
    return (days.index(today) + 1 if today in days else 0), len(days)
