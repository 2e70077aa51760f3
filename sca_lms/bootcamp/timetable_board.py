"""Lay sessions out on a week's grid: columns are days, rows are quarters of an hour; pure."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sca_lms.bootcamp.timetable_rules import STEP_MINUTES, PlannedSession, day_of, minutes_by_day

DAYS = 7
WORKING_DAYS = 5
QUARTERS_PER_HOUR = 60 // STEP_MINUTES
DAY_QUARTERS = 24 * QUARTERS_PER_HOUR
FIRST_HOUR, LAST_HOUR = 8, 17
"""The grid shows at least the hours between these."""
MOST_LANES = 8


@dataclass(frozen=True, slots=True)
class Slot:
    """A session on the grid: its row, how many rows it covers, and its lane beside others; both from 1."""

    session: PlannedSession
    row: int
    rows: int
    lane: int


@dataclass(frozen=True, slots=True)
class Column:
    """A day of the week with its sessions by time, and the minutes that count on it."""

    day: dt.date
    slots: Sequence[Slot]
    lanes: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Board:
    """A week: its days, how many rows the grid has, and the full hours with the row of each."""

    monday: dt.date
    columns: Sequence[Column]
    rows: int
    hours: Sequence[tuple[int, int]]
    first_hour: int

    @property
    def sunday(self) -> dt.date:
        """The last day of the week."""
        return self.monday + dt.timedelta(days=DAYS - 1)

    @property
    def minutes(self) -> int:
        """The minutes that count in this week."""
        return sum(column.minutes for column in self.columns)


def board(sessions: Iterable[PlannedSession], zone: ZoneInfo, monday: dt.date, *, whole_week: bool) -> Board:
    """Lay out the sessions that begin in a week; an empty weekend is left out unless `whole_week`."""
    by_day: dict[dt.date, list[PlannedSession]] = defaultdict(list)
    everything = list(sessions)
    for session in everything:
        by_day[day_of(session.times.starts_at, zone)].append(session)
    days = [monday + dt.timedelta(days=number) for number in range(DAYS)]
    if not whole_week:
        last = max((number for number, day in enumerate(days) if by_day.get(day)), default=0)
        days = days[: max(WORKING_DAYS, last + 1)]
    shown = [session for day in days for session in by_day.get(day, [])]
    first, last_quarter = _window(shown, zone)
    minutes = minutes_by_day(everything, zone)
    return Board(
        monday,
        [_column(day, by_day.get(day, []), zone, first, minutes.get(day, 0)) for day in days],
        rows=last_quarter - first,
        hours=[
            (quarter // QUARTERS_PER_HOUR, quarter - first + 1)
            for quarter in range(first, last_quarter, QUARTERS_PER_HOUR)
        ],
        first_hour=first // QUARTERS_PER_HOUR,
    )


def _window(sessions: Collection[PlannedSession], zone: ZoneInfo) -> tuple[int, int]:
    """Return the first and the last quarter of the grid, at full hours."""
    quarters = [_quarters(session, zone) for session in sessions]
    first = min([FIRST_HOUR * QUARTERS_PER_HOUR, *(start for start, _end in quarters)])
    last = max([LAST_HOUR * QUARTERS_PER_HOUR, *(end for _start, end in quarters)])
    return (
        first // QUARTERS_PER_HOUR * QUARTERS_PER_HOUR,
        -(-last // QUARTERS_PER_HOUR) * QUARTERS_PER_HOUR,
    )


def _quarters(session: PlannedSession, zone: ZoneInfo) -> tuple[int, int]:
    """Return where a session begins and ends on its first day, in quarters of an hour since midnight."""
    start, end = (moment.astimezone(zone) for moment in session.frame)
    first = min(_nearest(start), DAY_QUARTERS - 1)
    last = DAY_QUARTERS if end.date() > start.date() else _nearest(end)
    return first, max(first + 1, last)


def _nearest(wall: dt.datetime) -> int:
    return (wall.hour * 60 + wall.minute + STEP_MINUTES // 2) // STEP_MINUTES


def _column(
    day: dt.date, sessions: Sequence[PlannedSession], zone: ZoneInfo, first: int, minutes: int
) -> Column:
    slots: list[Slot] = []
    ends: list[int] = []
    for session in sorted(sessions, key=lambda each: (each.frame, each.code)):
        start, end = _quarters(session, zone)
        lane = next((number for number, busy in enumerate(ends) if busy <= start), len(ends))
        if lane == len(ends):
            ends.append(end)
        else:
            ends[lane] = end
        slots.append(Slot(session, start - first + 1, end - start, min(lane + 1, MOST_LANES)))
    return Column(day, slots, min(max(len(ends), 1), MOST_LANES), minutes)
