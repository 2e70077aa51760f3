"""Decide what a monthly update counts, where a learner stands with it, and what a year covers; pure."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

ATTENDED_PERCENT = 75
"""So much of an update's minutes somebody has to be there; programme field notes, line item UPD."""
JOIN_BEFORE = dt.timedelta(minutes=15)
"""The join link opens so long before an update begins."""
SCORE_STEP = Decimal("0.01")


class ReflectionState(StrEnum):
    """Where a reflection stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    """To be written again; the answer says what is missing."""
    ACCEPTED = "accepted"


class Standing(StrEnum):
    """Where a learner stands with one update."""

    COMING = "coming"
    NOW = "now"
    """It can be joined."""
    SETTLING = "settling"
    """It is over, and who was there is still being settled."""
    TO_REFLECT = "to-reflect"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    COUNTED = "counted"
    MISSED = "missed"
    """Somebody was there too short, or not at all."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Timing:
    """When an update takes place and how far it is."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    closed: bool
    """Everybody's minutes have been credited."""
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Attendance:
    """What somebody was credited for an update, of how many minutes."""

    minutes: int
    of_minutes: int
    pending: bool = False
    """Something about the stay is not settled yet, such as a missing check-out."""

    @property
    def suffices(self) -> bool:
        """Tell whether somebody was there for long enough."""
        return self.of_minutes > 0 and self.minutes * 100 >= ATTENDED_PERCENT * self.of_minutes

    @property
    def needed(self) -> int:
        """Return how many minutes are asked for."""
        return -(-ATTENDED_PERCENT * self.of_minutes // 100)


def may_join(timing: Timing, at: dt.datetime) -> bool:
    """Tell whether the join link is shown: from a quarter of an hour before until the end."""
    return not timing.cancelled and timing.starts_at - JOIN_BEFORE <= at < timing.ends_at


def may_write(timing: Timing, at: dt.datetime) -> bool:
    """Tell whether a reflection can be written: from the beginning on."""
    return not timing.cancelled and at >= timing.starts_at


def may_hand_in(
    timing: Timing, state: ReflectionState | None, due_at: dt.datetime | None, at: dt.datetime
) -> bool:
    """Tell whether a reflection can be handed in: after the end and until it is due; returned ones always."""
    if (
        timing.cancelled
        or at < timing.ends_at
        or state in {ReflectionState.SUBMITTED, ReflectionState.ACCEPTED}
    ):
        return False
    return state is ReflectionState.RETURNED or due_at is None or at <= due_at


def counts(timing: Timing, attendance: Attendance, state: ReflectionState | None) -> bool:
    """Tell whether an update counts: attended for long enough, and the reflection accepted."""
    return (
        timing.closed and not timing.cancelled and attendance.suffices and state is ReflectionState.ACCEPTED
    )


def standing(
    timing: Timing, attendance: Attendance, state: ReflectionState | None, at: dt.datetime
) -> Standing:
    """Return where a learner stands with an update."""
    if timing.cancelled:
        return Standing.CANCELLED
    if at < timing.ends_at:
        return Standing.NOW if may_join(timing, at) else Standing.COMING
    if counts(timing, attendance, state):
        return Standing.COUNTED
    if not timing.closed or attendance.pending:
        return Standing.SETTLING if state is None else _of_reflection(state)
    if not attendance.suffices:
        return Standing.MISSED
    return Standing.TO_REFLECT if state is None else _of_reflection(state)


def _of_reflection(state: ReflectionState) -> Standing:
    return {
        ReflectionState.DRAFT: Standing.DRAFT,
        ReflectionState.SUBMITTED: Standing.SUBMITTED,
        ReflectionState.RETURNED: Standing.RETURNED,
        # Accepted, and the minutes are not settled.
        ReflectionState.ACCEPTED: Standing.SETTLING,
    }[state]


def score(counted: int, *, updates: int, maximum: Decimal) -> Decimal:
    """Return the share of a year's updates that count, on the scale of the column, to two places."""
    if updates == 0:
        return Decimal(0)
    return (Decimal(counted) * maximum / Decimal(updates)).quantize(SCORE_STEP, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many updates of a year touch one dimension, and which."""

    code: str
    first: tuple[int, ...]
    """Numbers of the updates whose first dimension it is."""
    beside: tuple[int, ...]
    """Numbers of those that touch it as well."""

    @property
    def is_covered(self) -> bool:
        """Tell whether any update touches it."""
        return bool(self.first or self.beside)


def coverage(codes: Iterable[str], updates: Mapping[int, Sequence[str]]) -> list[Coverage]:
    """Return for each dimension which updates touch it; cancelled ones are not handed over."""
    return [
        Coverage(
            code,
            tuple(number for number, tags in sorted(updates.items()) if tags and tags[0] == code),
            tuple(number for number, tags in sorted(updates.items()) if code in tags[1:]),
        )
        for code in codes
    ]
