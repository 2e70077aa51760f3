"""Cut times into quarters of an hour, the coin in which everybody's time is given away; pure."""

import datetime as dt
from collections.abc import Iterable, Iterator

CELL = dt.timedelta(minutes=15)
_BEGINNING = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def cell_of(moment: dt.datetime) -> dt.datetime:
    """Return the beginning of the quarter of an hour in which a moment falls, in UTC."""
    return _BEGINNING + (moment.astimezone(dt.UTC) - _BEGINNING) // CELL * CELL


def cells_of(start: dt.datetime, end: dt.datetime, buffer_minutes: int = 0) -> list[dt.datetime]:
    """Return every quarter of an hour that a half-open period touches, the buffer behind its end included.

    Raise `ValueError` for a period that does not end after it begins.
    """
    if end <= start:
        raise ValueError("a period ends after it begins")
    return list(_steps(cell_of(start), end + dt.timedelta(minutes=buffer_minutes)))


def _steps(first: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
    while first < end:
        yield first
        first += CELL


def window_of(periods: Iterable[tuple[dt.datetime, dt.datetime]]) -> tuple[dt.datetime, dt.datetime]:
    """Return the smallest period of whole quarters of an hour that holds all of these."""
    listed = list(periods)
    last = max(end for _start, end in listed)
    return cell_of(min(start for start, _end in listed)), cell_of(last - dt.timedelta(microseconds=1)) + CELL


def is_expected(group: str, groups: Iterable[str]) -> bool:
    """Tell whether a class that names these groups expects somebody of this one; no group means everybody."""
    named = list(groups)
    return not named or group in named
