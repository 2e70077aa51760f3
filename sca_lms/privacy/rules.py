"""The clock of a request, and what may be asked and answered; pure.

Thailand's Personal Data Protection Act B.E. 2562 gives thirty days for an answer to a request (section 30)
and wants a refusal recorded with its reason (sections 30 and 36).
"""

import datetime as dt
from enum import StrEnum

ANSWER_WITHIN = dt.timedelta(days=30)
EXPORT_KEPT = dt.timedelta(days=7)
SOON = 7
"""So many days before the end a request stands out in the list."""
REMINDED = (1, 3, SOON)
"""So many days before the end those who have to answer are reminded."""
LAST_WORDS_WITHIN = dt.timedelta(hours=2)
"""So long an erasure waits at most until the e-mail that announces it was sent."""


class RequestKind(StrEnum):
    """What somebody may ask for."""

    ACCESS = "access"
    CORRECTION = "correction"
    ERASURE = "erasure"


class RequestState(StrEnum):
    """Where a request stands; an erasure that was granted waits for the worker before it is done."""

    OPEN = "open"
    GRANTED = "granted"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ExportState(StrEnum):
    """Where an archive of somebody's data stands."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    DELETED = "deleted"


UNANSWERED = frozenset({RequestState.OPEN, RequestState.GRANTED})
"""States in which the clock still runs."""


def due_at(asked_at: dt.datetime) -> dt.datetime:
    """Return until when a request has to be answered."""
    return asked_at + ANSWER_WITHIN


def days_left(due: dt.datetime, *, at: dt.datetime) -> int:
    """Return how many days are left, begun ones counted whole; negative once they are over."""
    seconds, day = (due - at).total_seconds(), dt.timedelta(days=1).total_seconds()
    return -int(-seconds // day) if seconds >= 0 else -max(1, int(-seconds // day))


def reminder_of(due: dt.datetime, *, at: dt.datetime) -> int | None:
    """Return which reminder is due: so many days before the end, 0 once it is over; None before the first."""
    left = (due - at).total_seconds() / dt.timedelta(days=1).total_seconds()
    if left < 0:
        return 0
    return next((days for days in REMINDED if left <= days), None)


def urgency(due: dt.datetime, *, at: dt.datetime) -> str:
    """Return how a request stands out: `never` when overdue, `behind` when it is soon, otherwise `wait`."""
    left = days_left(due, at=at)
    if due < at:
        return "never"
    return "behind" if left <= SOON else "wait"
