"""Read days and wall times that somebody typed, and guess what was meant when they are not ours; pure."""

import datetime as dt
import re

from sca_lms.web.calendar_text import BUDDHIST_ERA_OFFSET

# Nobody plans beyond it, and every Buddhist year of a living person lies above it.
LAST_COMMON_YEAR = 2400
FIRST_COMMON_YEAR = 1900

_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?::(\d{2})(?:\.\d+)?)?")


class UnclearDayError(ValueError):
    """What was typed is no day; `suggestion` is the day it probably means."""

    def __init__(self, suggestion: dt.date | None = None) -> None:
        super().__init__("not a day")
        self.suggestion = suggestion


class BuddhistYearError(UnclearDayError):
    """The year is a Buddhist one; `suggestion` is the same day in the Common Era, if it exists."""


class UnclearTimeError(ValueError):
    """What was typed is no time of day."""


def read_day(text: str) -> dt.date:
    """Return the day of `2022-09-29`; raise `BuddhistYearError` or `UnclearDayError` with a suggestion."""
    typed = text.strip()
    if match := _YEAR_FIRST.fullmatch(typed):
        year, month, day = map(int, match.groups())
    elif match := _DAY_FIRST.fullmatch(typed):
        day, month, year = map(int, match.groups())
    else:
        raise UnclearDayError
    if year > LAST_COMMON_YEAR:
        # Leap days follow the Common Era: 2567-02-29 is a day only once it is read as 2024-02-29.
        raise BuddhistYearError(_day_or_none(year - BUDDHIST_ERA_OFFSET, month, day))
    found = _day_or_none(year, month, day)
    if found is None or not _YEAR_FIRST.fullmatch(typed):
        raise UnclearDayError(found)
    return found


def read_wall_time(text: str) -> dt.datetime:
    """Return the wall time of `2022-09-29T13:15`; raise like `read_day`, or `UnclearTimeError`."""
    day_part, _, time_part = text.strip().replace("T", " ", 1).partition(" ")
    match = _TIME.fullmatch(time_part.strip())
    day = read_day(day_part)
    if not match:
        raise UnclearTimeError(time_part)
    hour, minute, second = (int(group or 0) for group in match.groups())
    try:
        return dt.datetime.combine(day, dt.time(hour, minute, second))
    except ValueError as error:
        raise UnclearTimeError(time_part) from error


def read_time(text: str) -> str:
    """Return the time part of what was typed as `13:15`, midnight when it has none."""
    match = _TIME.search(text.replace("T", " ", 1).partition(" ")[2])
    return f"{int(match[1]):02d}:{match[2]}" if match else "00:00"


def _day_or_none(year: int, month: int, day: int) -> dt.date | None:
    try:
        found = dt.date(year, month, day)
    except ValueError:
        return None
    return found if FIRST_COMMON_YEAR <= found.year <= LAST_COMMON_YEAR else None
