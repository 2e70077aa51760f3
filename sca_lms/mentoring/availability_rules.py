"""Read and put in order the hours of a week; pure."""

import datetime as dt
import enum
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sca_lms.mentoring.programme_section import QUARTER

DAYS = range(7)
MOST_SPANS = 6
"""Times of one day that a person can give."""
MIDNIGHT = 24 * 60


class Spot(NamedTuple):
    """Where people are met: a place, a link, or both; empty for the usual one."""

    place: str = ""
    join_url: str = ""


USUAL = Spot()


class Span(NamedTuple):
    """From when to when, in minutes after midnight; 1440 is the midnight at the day's end."""

    first: int
    last: int
    spot: Spot = USUAL


Week = Mapping[int, Sequence[Span]]


class SpanFault(enum.StrEnum):
    """What is wrong with one time of a day."""

    HALF = "half"
    """Only its beginning or only its end is given."""
    BACKWARDS = "backwards"
    UNEVEN = "uneven"
    """It does not keep to quarters of an hour."""
    TWO_PLACES = "two-places"
    """Another time of the day overlaps it, somewhere else."""


def span_of(begins: dt.time | None, ends: dt.time | None, spot: Spot = USUAL) -> Span | SpanFault | None:
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
    return Span(first, last, spot) if last > first else SpanFault.BACKWARDS


def merged(spans: Collection[Span]) -> list[Span]:
    """Return the spans of a day in order, those at one place that touch or overlap as one.

    Where two overlap at two places, the earlier one goes first and the later one begins behind it.
    """
    found: list[Span] = []
    for span in sorted(spans):
        before = found[-1] if found else None
        if before is None or span.first > before.last:
            found.append(span)
        elif span.spot == before.spot:
            found[-1] = before._replace(last=max(span.last, before.last))
        elif span.last > before.last:
            found.append(span._replace(first=before.last))
    return found


def clashing(spans: Collection[Span]) -> Span | None:
    """Return the first span of a day that overlaps another one at another place."""
    ordered = sorted(spans)
    for number, span in enumerate(ordered):
        if any(each.last > span.first and each.spot != span.spot for each in ordered[:number]):
            return span
    return None


def copied(week: Week, day: int, to: Collection[int]) -> dict[int, list[Span]]:
    """Return a week in which other days have the hours of one."""
    return {each: list(week.get(day if each in to else each, ())) for each in DAYS}


def times_of(span: Span) -> tuple[dt.time, dt.time]:
    """Return a span as two times of a day."""
    return dt.time(*divmod(span.first, 60)), dt.time(*divmod(span.last % MIDNIGHT, 60))


def minutes_of(week: Week) -> int:
    """Return how long the hours of a week are together."""
    return sum(each.last - each.first for spans in week.values() for each in merged(spans))
