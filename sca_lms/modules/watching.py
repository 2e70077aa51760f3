"""Reckon which parts of a video were watched; pure.

The player reports the parts it played, in whole seconds from the start. Parts that overlap count once, so
watching one minute ten times never makes ten minutes.
"""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Interval = tuple[int, int]

NEEDED_PERCENT = 90
LONGEST_SECONDS = 12 * 60 * 60
MOST_INTERVALS = 200


class WatchReportError(ValueError):
    """A report that no player of ours sends."""


@dataclass(frozen=True, slots=True)
class WatchReport:
    """The parts played since the page was opened, the length of the video, and where it stands now."""

    intervals: tuple[Interval, ...]
    duration_seconds: int
    position_seconds: int = 0


def parse_length(raw: object) -> int:
    """Check the length of a video, in seconds, as a player measured it; raise `WatchReportError`."""
    if not isinstance(raw, Mapping):
        raise WatchReportError("must be an object")
    length = _whole(raw.get("duration"), most=LONGEST_SECONDS)
    if length == 0:
        raise WatchReportError("needs a duration")
    return length


def parse_report(raw: object) -> WatchReport:
    """Check what a player sent as JSON; raise `WatchReportError`."""
    if not isinstance(raw, Mapping):
        raise WatchReportError("must be an object")
    duration = _whole(raw.get("duration"), most=LONGEST_SECONDS)
    parts = raw.get("intervals")
    if duration == 0 or not isinstance(parts, list) or len(parts) > MOST_INTERVALS:
        raise WatchReportError("needs a duration and a list of intervals")
    intervals = []
    for part in parts:
        if not isinstance(part, list) or len(part) != 2:
            raise WatchReportError("each interval is a start and an end")
        start, end = (_whole(edge, most=LONGEST_SECONDS) for edge in part)
        if start >= end or start >= duration:
            raise WatchReportError("an interval ends after it starts, inside the video")
        intervals.append((start, min(end, duration)))
    position = min(_whole(raw.get("position", 0), most=LONGEST_SECONDS), duration)
    return WatchReport(tuple(united(intervals)), duration, position)


def united(intervals: Iterable[Interval]) -> list[Interval]:
    """Merge intervals that overlap or touch, in their order; empty ones vanish."""
    merged: list[Interval] = []
    for start, end in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def total_seconds(intervals: Iterable[Interval]) -> int:
    """Return how many different seconds the intervals cover."""
    return sum(end - start for start, end in united(intervals))


def watched_percent(reports: Iterable[WatchReport], *, length: int | None = None) -> int:
    """Return how much of the video was watched, rounded down, 0 to 100.

    `length` is the video's in seconds. Where nobody has told it, the longest that the reports claim counts: a
    browser that claims less than it did before would make little into much.
    """
    known = list(reports)
    played = united(interval for report in known for interval in report.intervals)
    whole = length or _longest_claim(known)
    return _share(played, whole) if whole else 0


def watched_enough_at(
    reports: Sequence[tuple[dt.datetime, WatchReport]], *, length: int | None = None
) -> dt.datetime | None:
    """Return when the needed share of the video had been watched, None while it has not."""
    in_order = sorted(reports, key=lambda entry: entry[0])
    whole = length or _longest_claim(report for _at, report in in_order)

    def enough(count: int) -> bool:
        found = watched_percent((report for _at, report in in_order[:count]), length=whole)
        return found >= NEEDED_PERCENT

    # Each report can only add, so the first count that is enough can be found by halving.
    needed = bisect_left(range(len(in_order) + 1), True, key=enough)
    return in_order[needed - 1][0] if needed <= len(in_order) else None


def within(played: Iterable[Interval], known: Iterable[Interval], *, seconds: int) -> list[Interval]:
    """Cut what was played where it adds more than so many seconds to what is known already."""
    before, kept, left = united(known), list[Interval](), seconds
    for start, end in united(played):
        for fresh_start, fresh_end in _gaps(start, end, before):
            if fresh_end - fresh_start > left:
                cut = fresh_start + left
                return [*kept, (start, cut)] if cut > start else kept
            left -= fresh_end - fresh_start
        kept.append((start, end))
    return kept


def _gaps(start: int, end: int, known: Iterable[Interval]) -> Iterator[Interval]:
    """List the parts of an interval that the known ones, in their order, leave open."""
    for known_start, known_end in known:
        if known_end <= start or known_start >= end:
            continue
        if start < known_start:
            yield start, known_start
        start = max(start, known_end)
    if start < end:
        yield start, end


def _longest_claim(reports: Iterable[WatchReport]) -> int:
    return max((report.duration_seconds for report in reports), default=0)


def _share(played: Iterable[Interval], length: int) -> int:
    return total_seconds((start, min(end, length)) for start, end in played) * 100 // length


def _whole(value: object, *, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise WatchReportError(f"must be a whole number of seconds from 0 to {most}")
    return value
