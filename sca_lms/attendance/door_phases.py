"""Tell where a session's doors stand at a moment: not open yet, open, only for leaving, or shut; pure."""

import datetime as dt
import enum
from typing import Protocol

from sca_lms.attendance.door import DOORS_AFTER, DOORS_BEFORE
from sca_lms.attendance.models import SessionState


class Phase(enum.StrEnum):
    """What can be done at the doors of a session."""

    DRAFT = "draft"
    CANCELLED = "cancelled"
    BEFORE = "before"
    ENTERING = "entering"
    """People may come and go."""
    LEAVING = "leaving"
    """The session is over; people are only let out."""
    OVER = "over"
    """Nobody is let in or out any more, but the session has not been closed."""
    CLOSED = "closed"


class Timed(Protocol):
    """What a session must tell."""

    state: SessionState
    starts_at: dt.datetime
    ends_at: dt.datetime


SHOWS_CODE = frozenset({Phase.ENTERING, Phase.LEAVING})
IS_OVER = frozenset({Phase.LEAVING, Phase.OVER, Phase.CLOSED})


def opens_at(session: Timed) -> dt.datetime:
    """Return from when on a session lets people in."""
    return session.starts_at - DOORS_BEFORE


def phase_of(session: Timed, at: dt.datetime) -> Phase:
    """Return where the doors of a session stand."""
    settled = {
        SessionState.DRAFT: Phase.DRAFT,
        SessionState.CANCELLED: Phase.CANCELLED,
        SessionState.CLOSED: Phase.CLOSED,
    }
    if session.state in settled:
        return settled[session.state]
    if at < opens_at(session):
        return Phase.BEFORE
    if at < session.ends_at:
        return Phase.ENTERING
    return Phase.LEAVING if at < session.ends_at + DOORS_AFTER else Phase.OVER
