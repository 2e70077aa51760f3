"""Say where a live class stands; pure."""

import datetime as dt
from enum import StrEnum

DOORS_OPEN_BEFORE = dt.timedelta(minutes=15)


class LivePhase(StrEnum):
    """Where a live class stands."""

    BEFORE = "before"
    DOORS_OPEN = "doors-open"
    NOW = "now"
    OVER = "over"


def live_phase(starts_at: dt.datetime | None, *, minutes: int, at: dt.datetime) -> LivePhase:
    """Tell where a live class stands; one without a time is always on."""
    if starts_at is None:
        return LivePhase.NOW
    if at < starts_at - DOORS_OPEN_BEFORE:
        return LivePhase.BEFORE
    if at < starts_at:
        return LivePhase.DOORS_OPEN
    return LivePhase.NOW if at < starts_at + dt.timedelta(minutes=minutes) else LivePhase.OVER


def may_join(starts_at: dt.datetime | None, *, minutes: int, at: dt.datetime) -> bool:
    """Tell whether entering a live class through our page counts: from 15 minutes before it to its end."""
    return live_phase(starts_at, minutes=minutes, at=at) in {LivePhase.DOORS_OPEN, LivePhase.NOW}
