"""Reckon with half-open periods of time and read the dates and times of a programme file."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence

from sca_lms.texts import worded

Period = tuple[dt.datetime, dt.datetime]

MINUTE = dt.timedelta(minutes=1)

_YEAR = re.compile(r"([0-9]{4})-")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_OFFSET = re.compile(r"[0-9]:[0-9]{2}(:[0-9]{2})?(\.[0-9]+)? ?([Zz]|[+-][0-9]{1,2}(:?[0-9]{2})?)$")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_FIRST_YEAR, _LAST_YEAR, _BUDDHIST_OFFSET = 1900, 2400, 543


def read_day(text: str) -> dt.date:
    """Read a day such as 2022-08-24; raises ValueError with what is wrong."""
    _refuse_year(text)
    if not _DAY.fullmatch(text):
        raise ValueError(worded("must be a day like 2022-08-24"))
    return _real(text).date()


def read_moment(text: str) -> dt.datetime:
    """Read a local date and time such as 2022-09-05T08:30; raises ValueError with what is wrong."""
    _refuse_year(text)
    if _OFFSET.search(text):
        raise ValueError(
            worded("must be local time of programme.timezone: leave out the Z or the offset at its end")
        )
    if not _MOMENT.fullmatch(text):
        raise ValueError(worded("must be a local date and time like 2022-09-05T08:30"))
    return _real(text.upper())


def read_month(text: str) -> dt.date:
    """Read a month such as 2022-10 as its first day; raises ValueError with what is wrong."""
    _refuse_year(text)
    if not _MONTH.fullmatch(text):
        raise ValueError(worded('must be a month like "2022-10"'))
    return _real(f"{text}-01").date()


def read_clock(text: str) -> dt.time:
    """Read a time of day such as 10:30; raises ValueError with what is wrong."""
    if not _CLOCK.fullmatch(text):
        raise ValueError(worded('must be a time of day like "10:30"'))
    return dt.time.fromisoformat(text)


def write_moment(moment: dt.datetime, *, like: str) -> str:
    """Write a local date and time in the file's canonical form, with seconds only if `like` has them."""
    return moment.isoformat(timespec="seconds" if len(like) > len("2022-09-05T08:30") else "minutes")


def read_break_edge(text: str, *, after: dt.datetime) -> dt.datetime:
    """Read where a break starts or ends: a full date and time, or a time of day at or after `after`."""
    if not _CLOCK.fullmatch(text):
        return read_moment(text)
    edge = dt.datetime.combine(after.date(), read_clock(text))
    # A session that runs past midnight has its later breaks on the next day.
    return edge if edge >= after else edge + dt.timedelta(days=1)


def read_break(start: str, end: str, *, session_start: dt.datetime) -> Period:
    """Read one break of a session; raises ValueError with what is wrong."""
    begins = read_break_edge(start, after=session_start)
    return begins, read_break_edge(end, after=begins)


def united(periods: Iterable[Period]) -> list[Period]:
    """Merge periods that overlap or touch; empty and inverted ones vanish."""
    merged: list[Period] = []
    for start, end in sorted(period for period in periods if period[0] < period[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def within(periods: Iterable[Period], *, frame: Period) -> list[Period]:
    """Cut periods down to what lies inside the frame, merged."""
    return united((max(start, frame[0]), min(end, frame[1])) for start, end in periods)


def common(first: Iterable[Period], second: Iterable[Period]) -> list[Period]:
    """Return the time that lies in a period of the first and in one of the second."""
    kept = united(second)
    return united(part for frame in united(first) for part in within(kept, frame=frame))


def without(periods: Iterable[Period], holes: Iterable[Period]) -> list[Period]:
    """Take the holes out of the periods; both are merged first."""
    rest: list[Period] = []
    gaps = united(holes)
    for start, end in united(periods):
        begins = start
        for hole_start, hole_end in gaps:
            if hole_end <= begins or hole_start >= end:
                continue
            if hole_start > begins:
                rest.append((begins, hole_start))
            begins = hole_end
        if begins < end:
            rest.append((begins, end))
    return rest


def length(periods: Sequence[Period]) -> dt.timedelta:
    """Add up periods that do not overlap."""
    return sum((end - start for start, end in periods), dt.timedelta())


def _refuse_year(text: str) -> None:
    match = _YEAR.match(text)
    if match is None:
        return
    year = int(match[1])
    if year > _LAST_YEAR:
        meant = f"{year - _BUDDHIST_OFFSET}{text[4:]}"
        raise ValueError(
            worded(
                "has the year %(year)s: is that B.E.? Years are written in the Common Era: %(meant)s",
                year=year,
                meant=meant,
            )
        )
    if year < _FIRST_YEAR:
        raise ValueError(
            worded(
                "has the year %(year)s; it must be from %(first_year)s to %(last_year)s",
                year=year,
                first_year=_FIRST_YEAR,
                last_year=_LAST_YEAR,
            )
        )


def _real(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            worded("is not in the calendar or on the clock: check month, day, hour and minute")
        ) from None
