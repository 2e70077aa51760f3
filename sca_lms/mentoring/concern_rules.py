"""Decide which pairs somebody should look at; pure."""

import datetime as dt
import enum

NOT_MET = dt.timedelta(days=30)
"""A pair that has not met for so long is overdue."""


class Concern(enum.StrEnum):
    """Why a pair needs somebody."""

    DISPUTE = "dispute"
    REPORT = "report"
    """A meeting is over and not reported by both."""
    REQUEST = "request"
    """Somebody waits for an answer."""
    NOT_MET = "not-met"


def overdue(last_met_at: dt.datetime | None, began_at: dt.datetime, *, at: dt.datetime) -> bool:
    """Tell whether a pair has not met for 30 days, counted from its beginning while it has never met."""
    return at >= (last_met_at or began_at) + NOT_MET


def concerns(*, disputes: int, reports: int, requests: int, is_overdue: bool) -> tuple[Concern, ...]:
    """Return what is wrong with a pair, the most urgent first."""
    found = (
        (Concern.DISPUTE, disputes > 0),
        (Concern.REPORT, reports > 0),
        (Concern.REQUEST, requests > 0),
        (Concern.NOT_MET, is_overdue),
    )
    return tuple(concern for concern, applies in found if applies)
