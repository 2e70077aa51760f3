"""Compute when somebody can be booked, in quarters of an hour; pure.

A quarter of an hour is bookable when the wall clock of the captain's zone shows a time of the weekly hours in
it. What summer time skips does therefore not exist, and what it repeats exists twice.
"""

import datetime as dt
import enum
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from zoneinfo import ZoneInfo

from sca_lms.calendar.rules import CELL, cell_of, cells_of

MINUTE = dt.timedelta(minutes=1)
HORIZON = dt.timedelta(days=56)
"""So far ahead people can book."""
NEXT_OFFERED = 3
"""So many free slots are offered instead of one that is taken."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A time of the week on the wall clock of a zone; Monday is 0, the minutes count from midnight."""

    weekday: int
    begins_minute: int
    ends_minute: int
    zone: str
    place: str = ""
    join_url: str = ""

    def is_where(self, other: "Hours") -> bool:
        """Tell whether people are met at the same place in another time of the week."""
        return (self.place, self.join_url) == (other.place, other.join_url)


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked, with where the captain meets people then."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str = ""
    join_url: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a slot has to keep to."""

    slot_minutes: int
    buffer_minutes: int
    notice_hours: int


@dataclass(frozen=True, slots=True)
class Taken:
    """The quarters of an hour that are not free: of the captain, and of those who want to come."""

    captain: Collection[dt.datetime]
    others: Collection[dt.datetime] = frozenset()


class Misfit(enum.StrEnum):
    """Why a time cannot be booked."""

    UNEVEN = "uneven"
    """It does not begin with a quarter of an hour."""
    TOO_SOON = "too-soon"
    TOO_FAR = "too-far"
    OUTSIDE = "outside"
    """Not within the captain's weekly hours."""
    TAKEN = "taken"


def open_cells(hours: Iterable[Hours], first: dt.datetime, last: dt.datetime) -> dict[dt.datetime, Hours]:
    """Return the quarters of an hour between two moments that the weekly hours hold, in their order."""
    by_zone: dict[str, list[Hours]] = {}
    for each in hours:
        by_zone.setdefault(each.zone, []).append(each)
    found: dict[dt.datetime, Hours] = {}
    for zone_name, some in by_zone.items():
        zone = ZoneInfo(zone_name)
        of_day: dict[int, list[Hours]] = {}
        for each in some:
            of_day.setdefault(each.weekday, []).append(each)
        for cell in cells_of(first, last) if last > first else []:
            wall = cell.astimezone(zone)
            minute = wall.hour * 60 + wall.minute
            for each in of_day.get(wall.weekday(), ()):
                if each.begins_minute <= minute < each.ends_minute:
                    found.setdefault(cell, each)
    return dict(sorted(found.items())) if len(by_zone) > 1 else found


def slots(opened: Mapping[dt.datetime, Hours], taken: Taken, terms: Terms, *, at: dt.datetime) -> list[Slot]:
    """Return the free slots, the earliest first.

    They are laid one behind the other, the buffer between them, into every stretch in which the captain is
    free, so everybody sees the same ones; then those fall away that are too soon or in which the others are
    busy. What the buffer touches must not be taken, but need not be within the hours.
    """
    free = {cell: each for cell, each in opened.items() if cell not in taken.captain}
    earliest = at + dt.timedelta(hours=terms.notice_hours)
    length, step = _length(terms.slot_minutes), _length(terms.slot_minutes + terms.buffer_minutes)
    found: list[Slot] = []
    for stretch in _stretches(free):
        for start in stretch[:: _count(step)]:
            cells = cells_of(start, start + length)
            if any(cell not in free or not free[cell].is_where(free[start]) for cell in cells):
                break
            behind = cells_of(start, start + length, terms.buffer_minutes)[len(cells) :]
            if any(cell in taken.captain for cell in behind):
                break
            if start >= earliest and not any(cell in taken.others for cell in cells):
                found.append(Slot(start, start + length, free[start].place, free[start].join_url))
    return found


def next_slots(found: Iterable[Slot], after: dt.datetime, *, most: int = NEXT_OFFERED) -> list[Slot]:
    """Return the first free slots from a moment on; with none behind it, the last ones before it."""
    listed = list(found)
    later = list(islice((each for each in listed if each.starts_at >= after), most))
    return later or listed[-most:]


def misfit(
    start: dt.datetime,
    minutes: int,
    opened: Mapping[dt.datetime, Hours],
    taken: Taken,
    terms: Terms,
    *,
    at: dt.datetime,
) -> Misfit | None:
    """Return why a time cannot be booked by an ambassador, None when it can.

    It need not be one of `slots`: those shift when somebody cancels, and what was offered a minute ago and
    is still free is as good.
    """
    if cell_of(start) != start:
        return Misfit.UNEVEN
    if start < at + dt.timedelta(hours=terms.notice_hours):
        return Misfit.TOO_SOON
    if start > at + HORIZON:
        return Misfit.TOO_FAR
    cells = cells_of(start, start + minutes * MINUTE)
    if any(cell not in opened for cell in cells):
        return Misfit.OUTSIDE
    if any(cell in taken.captain for cell in cells_of(start, start + minutes * MINUTE, terms.buffer_minutes)):
        return Misfit.TAKEN
    return Misfit.TAKEN if any(cell in taken.others for cell in cells) else None


def by_day(found: Iterable[Slot], zone: ZoneInfo) -> dict[dt.date, list[Slot]]:
    """Put slots under the days on which they begin in a reader's zone."""
    days: dict[dt.date, list[Slot]] = {}
    for each in found:
        days.setdefault(each.starts_at.astimezone(zone).date(), []).append(each)
    return days


def _stretches(free: Mapping[dt.datetime, Hours]) -> Iterator[Sequence[dt.datetime]]:
    """Cut free quarters of an hour where one does not follow the other, or is at another place."""
    stretch: list[dt.datetime] = []
    for cell, hours in free.items():
        if stretch and (cell != stretch[-1] + CELL or not hours.is_where(free[stretch[-1]])):
            yield stretch
            stretch = []
        stretch.append(cell)
    if stretch:
        yield stretch


def _length(minutes: int) -> dt.timedelta:
    """Return so many minutes as whole quarters of an hour."""
    return -(-minutes * MINUTE // CELL) * CELL


def _count(length: dt.timedelta) -> int:
    return length // CELL
