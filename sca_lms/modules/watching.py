"""Reckon which parts of a video were watched; pure.

The player reports the parts it played, in whole seconds from the start. Parts that overlap count once, so
watching one minute ten times never makes ten minutes.
"""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
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


def watched_percent(reports: Iterable[WatchReport]) -> int:
    """Return how much of the video was watched, rounded down, 0 to 100.

    Where reports disagree about the length, because the file was replaced, the better share counts: otherwise
    one more report could take away what somebody has already completed.
    """
    known = list(reports)
    played = united(interval for report in known for interval in report.intervals)
    lengths = {report.duration_seconds for report in known if report.duration_seconds > 0}
    return max((_share(played, length) for length in lengths), default=0)


def watched_enough_at(reports: Sequence[tuple[dt.datetime, WatchReport]]) -> dt.datetime | None:
    """Return when the needed share of the video had been watched, None while it has not."""
    in_order = sorted(reports, key=lambda entry: entry[0])

    def enough(count: int) -> bool:
        return watched_percent(report for _at, report in in_order[:count]) >= NEEDED_PERCENT

    # Each report can only add, so the first count that is enough can be found by halving.
    needed = bisect_left(range(len(in_order) + 1), True, key=enough)
    return in_order[needed - 1][0] if needed <= len(in_order) else None


def _share(played: Iterable[Interval], length: int) -> int:
    return total_seconds((start, min(end, length)) for start, end in played) * 100 // length


def _whole(value: object, *, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise WatchReportError(f"must be a whole number of seconds from 0 to {most}")
    return value
