"""Read and put in order the hours of a week; pure."""

import datetime as dt
import enum
from collections.abc import Collection, Mapping, Sequence

from sca_lms.mentoring.programme_section import QUARTER

DAYS = range(7)
MOST_SPANS = 6
"""Times of one day that a person can give."""
MIDNIGHT = 24 * 60

Span = tuple[int, int]
"""From when to when, in minutes after midnight; 1440 is the midnight at the day's end."""
Week = Mapping[int, Sequence[Span]]


class SpanFault(enum.StrEnum):
    """What is wrong with one time of a day."""

    HALF = "half"
    """Only its beginning or only its end is given."""
    BACKWARDS = "backwards"
    UNEVEN = "uneven"
    """It does not keep to quarters of an hour."""


def span_of(begins: dt.time | None, ends: dt.time | None) -> Span | SpanFault | None:
    """Return the span between two times of a day, what is wrong with it, or None for an empty line.

    An end at midnight is the end of the day.
    """
    if begins is None and ends is None:
        return None
    if begins is None or ends is None:
        return SpanFault.HALF
    first = begins.hour * 60 + begins.minute
    last = (ends.hour * 60 + ends.minute) or MIDNIGHT
    if first % QUARTER or last % QUARTER:
        return SpanFault.UNEVEN
    return (first, last) if last > first else SpanFault.BACKWARDS


def merged(spans: Collection[Span]) -> list[Span]:
    """Return the spans of a day in order, those that touch or overlap as one."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def copied(week: Week, day: int, to: Collection[int]) -> dict[int, list[Span]]:
    """Return a week in which other days have the hours of one."""
    return {each: list(week.get(day if each in to else each, ())) for each in DAYS}


def times_of(span: Span) -> tuple[dt.time, dt.time]:
    """Return a span as two times of a day."""
    first, last = span
    return dt.time(*divmod(first, 60)), dt.time(*divmod(last % MIDNIGHT, 60))


def minutes_of(week: Week) -> int:
    """Return how long the hours of a week are together."""
    return sum(last - first for spans in week.values() for first, last in merged(spans))
