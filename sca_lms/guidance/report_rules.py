"""Decide when a report is due; pure."""

import datetime as dt
from zoneinfo import ZoneInfo

DUE = dt.time(6, 0)
"""Reports are there when people begin to work, in the course's zone."""
KEPT = dt.timedelta(days=90)
LAST_DAY = 28
"""Every month has one; later days would be left out in February."""
DAYS_IN_A_WEEK = 7


def next_weekly(weekday: int, *, after: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the next six o'clock in the morning of a weekday (0 is Monday), later than `after`, in UTC."""
    today = after.astimezone(zone).date()
    first = today + dt.timedelta(days=(weekday - today.weekday()) % DAYS_IN_A_WEEK)
    return _first_after(after, first, first + dt.timedelta(days=DAYS_IN_A_WEEK), zone)


def next_monthly(day: int, *, after: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the next six o'clock in the morning of a day of the month (1 to 28), as `next_weekly` does."""
    today = after.astimezone(zone).date()
    first = today.replace(day=min(day, LAST_DAY))
    following = (first.replace(day=LAST_DAY) + dt.timedelta(days=4)).replace(day=min(day, LAST_DAY))
    return _first_after(after, first, following, zone)


def _first_after(after: dt.datetime, first: dt.date, following: dt.date, zone: ZoneInfo) -> dt.datetime:
    moments = [dt.datetime.combine(day, DUE, tzinfo=zone).astimezone(dt.UTC) for day in (first, following)]
    return moments[0] if moments[0] > after else moments[1]
