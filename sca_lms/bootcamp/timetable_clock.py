"""Read and write times of the course's wall clock as text; pure.

Where the clock shows a time twice, the offset stands behind it.
"""

import datetime as dt
import re
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from sca_lms.attendance.rules import SessionTimes
from sca_lms.bootcamp.timetable_rules import LONGEST
from sca_lms.errors import Text
from sca_lms.programmes.periods import Period
from sca_lms.web import day_input

_OFFSET = re.compile(r"\s*([+-])(\d{2}):?(\d{2})$")
_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)(?::([0-5]\d))?")
_EDGE = r"(?:\d{4}-\d{1,2}-\d{1,2}[ T])?\d{1,2}[:.]\d{2}(?::\d{2})?(?:\s*[+-]\d{2}:?\d{2})?"
_PERIOD = re.compile(rf"\s*({_EDGE})\s*[-–—/]\s*({_EDGE})\s*")
_BETWEEN_BREAKS = re.compile(r"[;,\n]")


class UnreadableError(ValueError):
    """A text is not what it should be; `reason` says why, in words for who wrote it."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason)
        self.reason = reason


def write_moment(moment: dt.datetime, zone: ZoneInfo) -> str:
    """Write a moment as wall time, with seconds and offset only where they are needed."""
    wall = moment.astimezone(zone)
    text = f"{wall:%Y-%m-%d %H:%M:%S}" if wall.second else f"{wall:%Y-%m-%d %H:%M}"
    is_twice = wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()
    return f"{text}{wall.isoformat()[-6:]}" if is_twice else text


def read_moment(text: str, zone: ZoneInfo) -> dt.datetime:
    """Read a wall time as a moment; raise `UnreadableError` with what is wrong."""
    offset = _OFFSET.search(text) if ":" in text[:-6] or "." in text[:-6] else None
    typed = text[: offset.start()] if offset else text.removesuffix("Z").removesuffix("z")
    wall = _read_wall(typed.strip())
    if offset is None and typed != text:
        offset_minutes: int | None = 0
    else:
        offset_minutes = _minutes_of(offset) if offset else None
    for fold in (0, 1):
        local = wall.replace(tzinfo=zone, fold=fold)
        moment = local.astimezone(dt.UTC)
        if moment.astimezone(zone).replace(tzinfo=None) != wall:
            raise UnreadableError(_l("the clocks skip this time when summer time begins"))
        shown = (local.utcoffset() or dt.timedelta()) // dt.timedelta(minutes=1)
        if offset_minutes is None or offset_minutes == shown:
            return moment
    raise UnreadableError(_l("the offset does not belong to %(zone)s at that time", zone=zone.key))


def _read_wall(typed: str) -> dt.datetime:
    try:
        return day_input.read_wall_time(typed)
    except day_input.BuddhistYearError as error:
        if error.suggestion is None:
            raise UnreadableError(
                _l("has a year of the Buddhist Era; write the year in the Common Era")
            ) from error
        raise UnreadableError(
            _l("has a year of the Buddhist Era; was %(day)s meant?", day=error.suggestion.isoformat())
        ) from error
    except day_input.UnclearDayError as error:
        if error.suggestion is not None:
            raise UnreadableError(
                _l("is not clear; was %(day)s meant? Write year-month-day", day=error.suggestion.isoformat())
            ) from error
        raise UnreadableError(_l("must be a day and a time, such as 2022-09-05 08:30")) from error
    except day_input.UnclearTimeError as error:
        raise UnreadableError(_l("must be a day and a time, such as 2022-09-05 08:30")) from error


def _minutes_of(offset: re.Match[str]) -> int:
    minutes = int(offset[2]) * 60 + int(offset[3])
    return -minutes if offset[1] == "-" else minutes


def write_breaks(times: SessionTimes, zone: ZoneInfo) -> str:
    """Write the breaks of a session as `10:30-10:45; 14:00-14:15`."""
    written = []
    for start, end in times.breaks:
        first = _write_edge(start, after=times.starts_at, zone=zone)
        written.append(f"{first}-{_write_edge(end, after=start, zone=zone)}")
    return "; ".join(written)


def read_breaks(text: str, starts_at: dt.datetime, zone: ZoneInfo) -> tuple[Period, ...]:
    """Read breaks, each of two times from the start on; raise `UnreadableError` with what is wrong."""
    found = []
    for part in filter(str.strip, _BETWEEN_BREAKS.split(text)):
        match = _PERIOD.fullmatch(part)
        if match is None:
            raise UnreadableError(_l("must be breaks such as 10:30-10:45; 14:00-14:15"))
        start = read_edge(match[1], after=starts_at, zone=zone)
        found.append((start, read_edge(match[2], after=start, zone=zone)))
    return tuple(found)


def _write_edge(moment: dt.datetime, *, after: dt.datetime, zone: ZoneInfo) -> str:
    """Write a time of day where it is read back as the same moment, otherwise the day as well."""
    wall = moment.astimezone(zone)
    text = f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}"
    return text if read_edge(text, after=after, zone=zone) == moment else write_moment(moment, zone)


def read_edge(text: str, *, after: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Read a time of day as the first such moment from `after` on, or a day with a time."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return read_moment(text, zone)
    clock = dt.time(int(match[1]), int(match[2]), int(match[3] or 0))
    day = after.astimezone(zone).date()
    candidates = [
        dt.datetime.combine(each, clock, tzinfo=zone).replace(fold=fold).astimezone(dt.UTC)
        for each in (day, day + dt.timedelta(days=1))
        for fold in (0, 1)
    ]
    return min((each for each in candidates if each >= after), default=candidates[-1])


def break_problem(times: SessionTimes) -> Text | None:
    """Return what is wrong with the breaks of a session; None when they lie inside it, one after another."""
    last = times.starts_at
    for start, end in sorted(times.breaks):
        if not start < end:
            return _l("a break ends before it begins")
        if start < times.starts_at or end > times.ends_at:
            return _l("a break is not inside the session")
        if start < last:
            return _l("two breaks overlap")
        last = end
    return None


def length_problem(starts_at: dt.datetime, ends_at: dt.datetime) -> Text | None:
    """Return what is wrong with the end of a session; None when it follows the start within reason."""
    if ends_at <= starts_at:
        return _l("the end must come after the start")
    if ends_at - starts_at > LONGEST:
        return _l("a session lasts at most %(days)d days", days=LONGEST.days)
    return None
