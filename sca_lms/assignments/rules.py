"""Decide by when a work is due for somebody, how late it came, what that costs, and where it stands; pure."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

DAY = dt.timedelta(days=1)
PERCENT = Decimal(100)


class Opening(StrEnum):
    """Whether something can be handed in at a moment."""

    NOT_YET = "not-yet"
    OPEN = "open"
    LATE = "late"
    """Taken, but after the due date."""
    CLOSED = "closed"


class WorkState(StrEnum):
    """Where one work stands, for the lists of learners and staff."""

    NOT_YET = "not-yet"
    TO_DO = "to-do"
    STARTED = "started"
    """There is a draft."""
    OVERDUE = "overdue"
    """The due date has passed and nothing was handed in, but it still can be."""
    MISSED = "missed"
    """Nothing was handed in, and nothing is taken any more."""
    HANDED_IN = "handed-in"
    HANDED_IN_LATE = "handed-in-late"
    MARKED = "marked"
    """The mark was released."""


@dataclass(frozen=True, slots=True)
class Terms:
    """By when an assignment is due and what being late costs; limits that are empty do not exist."""

    opens_at: dt.datetime | None = None
    due_at: dt.datetime | None = None
    closes_at: dt.datetime | None = None
    late_percent_per_day: Decimal = Decimal(0)
    late_percent_at_most: Decimal = PERCENT
    most_versions: int | None = None


@dataclass(frozen=True, slots=True)
class OwnTimes:
    """The times that hold for one person or team."""

    opens_at: dt.datetime | None
    due_at: dt.datetime | None
    closes_at: dt.datetime | None
    is_extended: bool
    """Whether they differ from everybody else's, so that the learner is told."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What another version of a rubric would make of somebody's score; None is a mark that is a draft."""

    name: str
    before: Decimal | None
    after: Decimal | None


def own_times(terms: Terms, extended_to: dt.datetime | None) -> OwnTimes:
    """Return the times with an extension: it moves the due date, and the close at least as far.

    An extension never takes time away, also when everybody's due date has moved beyond it since.
    """
    due_at, closes_at = terms.due_at, terms.closes_at
    if extended_to is not None:
        due_at = None if due_at is None else max(due_at, extended_to)
        closes_at = None if closes_at is None else max(closes_at, extended_to)
    is_extended = (due_at, closes_at) != (terms.due_at, terms.closes_at)
    return OwnTimes(terms.opens_at, due_at, closes_at, is_extended)


def opening(times: OwnTimes, *, at: dt.datetime) -> Opening:
    """Tell whether something can be handed in; the very moment of a limit still belongs before it."""
    if times.opens_at is not None and at < times.opens_at:
        return Opening.NOT_YET
    if times.closes_at is not None and at > times.closes_at:
        return Opening.CLOSED
    return Opening.LATE if is_late(at, times.due_at) else Opening.OPEN


def is_late(submitted_at: dt.datetime, due_at: dt.datetime | None) -> bool:
    """Tell whether something came after the due date; on the moment is in time."""
    return due_at is not None and submitted_at > due_at


def late_days(submitted_at: dt.datetime, due_at: dt.datetime | None) -> int:
    """Return the begun days of 24 hours after the due date, 0 when in time."""
    if due_at is None or submitted_at <= due_at:
        return 0
    return -((due_at - submitted_at) // DAY)


def late_penalty_percent(submitted_at: dt.datetime, due_at: dt.datetime | None, terms: Terms) -> Decimal:
    """Return how many percent of the maximum a late work loses; `due_at` is the person's own."""
    lost = late_days(submitted_at, due_at) * terms.late_percent_per_day
    return min(lost, terms.late_percent_at_most)


def points_after_penalty(points: Decimal, *, max_score: Decimal, penalty_percent: Decimal) -> Decimal:
    """Return the points that count; a penalty takes away at most all of them."""
    return max(Decimal(0), points - max_score * penalty_percent / PERCENT)


def versions_left(terms: Terms, *, used: int) -> int | None:
    """Return how many more versions are taken, None when there is no limit."""
    return None if terms.most_versions is None else max(0, terms.most_versions - used)


def state(
    times: OwnTimes,
    *,
    has_draft: bool,
    handed_in_at: dt.datetime | None,
    is_marked: bool = False,
    at: dt.datetime,
) -> WorkState:
    """Return where a work stands; `handed_in_at` is when its last version came."""
    if is_marked:
        return WorkState.MARKED
    if handed_in_at is not None:
        return WorkState.HANDED_IN_LATE if is_late(handed_in_at, times.due_at) else WorkState.HANDED_IN
    match opening(times, at=at):
        case Opening.NOT_YET:
            return WorkState.NOT_YET
        case Opening.CLOSED:
            return WorkState.MISSED
        case Opening.LATE:
            return WorkState.OVERDUE
        case Opening.OPEN:
            return WorkState.STARTED if has_draft else WorkState.TO_DO
