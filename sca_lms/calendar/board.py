"""Arrange entries by days for the calendar page; pure."""

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sca_lms.calendar.entries import CalendarEntry

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)
FIRST_YEAR, LAST_YEAR = 2000, 2200
"""Beyond these years nobody has anything to do."""


@dataclass(frozen=True, slots=True)
class OffTime:
    """A time off as the page shows it."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    note: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day and what takes place on it."""

    date: dt.date
    entries: Sequence[CalendarEntry]
    off: Sequence[OffTime]
    in_focus: bool
    """Whether it belongs to the month that is shown."""

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing takes place."""
        return not (self.entries or self.off)


@dataclass(frozen=True, slots=True)
class Board:
    """The weeks that are shown, whole, and from where to where one goes on."""

    weeks: Sequence[Sequence[Day]]
    focus: dt.date
    """The first day of the month, or the Monday of the week."""
    earlier: dt.date | None
    later: dt.date | None

    @property
    def days(self) -> Sequence[Day]:
        """Every day that is shown, the first one first."""
        return [day for week in self.weeks for day in week]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing takes place on the days in focus."""
        return all(day.is_empty for day in self.days if day.in_focus)


def span(focus: dt.date, *, whole_month: bool) -> tuple[dt.date, dt.date]:
    """Return the first day that a board shows and the day after its last."""
    monday = focus - dt.timedelta(days=focus.weekday())
    if not whole_month:
        return monday, monday + WEEK
    last = focus.replace(day=calendar.monthrange(focus.year, focus.month)[1])
    monday = (first := focus.replace(day=1)) - dt.timedelta(days=first.weekday())
    return monday, last + dt.timedelta(days=7 - last.weekday())


def midnights(first: dt.date, after: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """Return the moments at which these days begin in a zone."""
    return _midnight(first, zone), _midnight(after, zone)


def board(
    focus: dt.date,
    entries: Sequence[CalendarEntry],
    off: Sequence[OffTime],
    zone: ZoneInfo,
    *,
    whole_month: bool,
) -> Board:
    """Arrange entries around a day; each stands on the day on which it begins for the reader."""
    first, after = span(focus, whole_month=whole_month)
    days = [
        _day(first + number * DAY, focus, entries, off, zone, whole_month=whole_month)
        for number in range((after - first).days)
    ]
    start = focus.replace(day=1) if whole_month else first
    before = (start - DAY).replace(day=1) if whole_month else start - WEEK
    behind = (start + 31 * DAY).replace(day=1) if whole_month else start + WEEK
    return Board(
        [days[number : number + 7] for number in range(0, len(days), 7)],
        start,
        before if before.year >= FIRST_YEAR else None,
        behind if behind.year <= LAST_YEAR else None,
    )


def _day(
    date: dt.date,
    focus: dt.date,
    entries: Sequence[CalendarEntry],
    off: Sequence[OffTime],
    zone: ZoneInfo,
    *,
    whole_month: bool,
) -> Day:
    start, end = midnights(date, date + DAY, zone)
    return Day(
        date,
        sorted(
            (each for each in entries if start <= each.starts_at < end),
            key=lambda each: (each.starts_at, each.ends_at, each.uid),
        ),
        [each for each in off if each.starts_at < end and each.ends_at > start],
        not whole_month or (date.year, date.month) == (focus.year, focus.month),
    )


def _midnight(date: dt.date, zone: ZoneInfo) -> dt.datetime:
    # Where clocks skip midnight, the day begins with the first moment that there is.
    return dt.datetime.combine(date, dt.time(), zone).astimezone(dt.UTC)
