"""Make up the stays that the sample programme's attendance profiles describe in words; pure."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sca_lms.attendance.models import AttendanceSession
from sca_lms.attendance.rules import Presence

MINUTE = dt.timedelta(minutes=1)
FRIDAY = 5
NO_CHECK_OUT = frozenset({"D03B", "D08C", "D12A"})
MISSED_FIELD_DAY = "D05A"
ABSENT_DAYS = range(7, 12)
LAST_DAY_BEFORE_LEAVING = 8


def stays(
    profile: str, session: AttendanceSession, day: int, *, is_last_of_day: bool, zone: ZoneInfo
) -> Sequence[Presence]:
    """Return when somebody of this profile came to a session of the camp's nth day and left."""
    start, end = session.starts_at, session.ends_at
    whole = [Presence(start, end)]
    is_first_of_day = session.code.endswith("A")
    match profile:
        case "late_mornings" if is_first_of_day:
            return [Presence(start + (8 if day % 2 else 25) * MINUTE, end)]
        case "left_early_fridays" if is_last_of_day and start.astimezone(zone).isoweekday() == FRIDAY:
            return [Presence(start, end - 45 * MINUTE)]
        case "missed_field_day_makeup_approved":
            return [] if session.code == MISSED_FIELD_DAY else whole
        case "two_devices_overlap":
            return [Presence(start, end - 20 * MINUTE), Presence(start + 15 * MINUTE, end)]
        case "missing_checkouts" if session.code in NO_CHECK_OUT:
            return [Presence(start, None)]
        case "half_days":
            return whole if is_first_of_day else []
        case "absent_week_2":
            return [] if day in ABSENT_DAYS else whole
        case "withdrawn_day_9":
            return whole if day <= LAST_DAY_BEFORE_LEAVING else []
        case _:
            return whole


def days_of(sessions: Sequence[AttendanceSession], zone: ZoneInfo) -> dict[int, tuple[int, bool]]:
    """Return for each session, given by time, the number of its day and whether it is the day's last."""
    dates = [each.starts_at.astimezone(zone).date() for each in sessions]
    numbers = {date: number for number, date in enumerate(sorted(set(dates)), start=1)}
    return {
        session.id: (numbers[date], position + 1 == len(dates) or dates[position + 1] != date)
        for position, (session, date) in enumerate(zip(sessions, dates, strict=True))
    }
