"""Decide how somebody is doing against the timetable; pure."""

import enum
from dataclasses import dataclass
from decimal import Decimal


class Pace(enum.StrEnum):
    """How somebody is doing, the worst first."""

    CANNOT_REACH = "cannot-reach"
    SILENT = "silent"
    BEHIND = "behind"
    ON_PACE = "on-pace"
    PASSED = "passed"


WORST_FIRST = tuple(Pace)


@dataclass(frozen=True, slots=True)
class Situation:
    """What the pace follows from; minutes of the sessions that expected this person and are closed."""

    has_passed: bool
    can_pass: bool
    counted: int
    elapsed: int
    pass_percent: Decimal
    missed_days: int
    """On how many of the latest days with sessions this person was in none, counted back from the last."""


def pace_of(situation: Situation, *, silent_after_days: int) -> Pace:
    """Return the pace; who cannot pass any more is told apart before silence, silence before lagging."""
    if not situation.can_pass:
        return Pace.CANNOT_REACH
    if situation.has_passed:
        return Pace.PASSED
    if situation.missed_days >= silent_after_days:
        return Pace.SILENT
    if situation.counted * 100 < situation.elapsed * situation.pass_percent:
        return Pace.BEHIND
    return Pace.ON_PACE
