"""Find the moment that a wall time means beside a session; pure."""

import datetime as dt
from zoneinfo import ZoneInfo

from sca_lms.attendance.rules import SessionTimes

ONE_DAY = dt.timedelta(days=1)


def nearest(time: dt.time, session: SessionTimes, zone: ZoneInfo) -> dt.datetime:
    """Return the moment in UTC at which it was this time, the nearest to the middle of the session.

    A session may run past midnight, and then a time after midnight belongs to the next day.
    """
    day = session.starts_at.astimezone(zone).date()
    middle = session.starts_at + (session.ends_at - session.starts_at) / 2
    candidates = [
        dt.datetime.combine(each, time, zone).astimezone(dt.UTC)
        for each in (day - ONE_DAY, day, day + ONE_DAY)
    ]
    return min(candidates, key=lambda each: abs(each - middle))
