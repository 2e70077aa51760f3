"""Cut a year of mentoring into the months of a wall clock; pure."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

MOST_MONTHS = 13
"""A year, and the month in which it began again."""


@dataclass(frozen=True, slots=True)
class Month:
    """One month, half-open, as moments in UTC; `first` is its first day where the course is."""

    first: dt.date
    starts_at: dt.datetime
    ends_at: dt.datetime


def months_of(days: Iterable[dt.date], *, today: dt.date, zone: ZoneInfo) -> list[Month]:
    """Return the months from the earliest to the latest of these days and today.

    When they are more than a year, those that end with the month after today's, or the year's beginning.
    """
    wanted = [day.replace(day=1) for day in (*days, today)]
    found = [min(wanted)]
    while found[-1] < max(wanted):
        found.append(_next(found[-1]))
    if len(found) > MOST_MONTHS:
        last = min(len(found), max(MOST_MONTHS, found.index(today.replace(day=1)) + 2))
        found = found[last - MOST_MONTHS : last]
    return [Month(first, _begins(first, zone), _begins(_next(first), zone)) for first in found]


def _next(first: dt.date) -> dt.date:
    return dt.date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _begins(first: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(first, dt.time(), tzinfo=zone).astimezone(dt.UTC)
