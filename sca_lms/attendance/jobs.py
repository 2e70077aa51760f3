"""What the worker does for sessions: close those that everybody forgot."""

import datetime as dt

from sca_lms.attendance import queries, timetable
from sca_lms.attendance.models import SessionState
from sca_lms.database import db, transaction

CLOSED_AFTER = dt.timedelta(minutes=90)
"""A console closes earlier; until then check-outs are still taken."""


def close_forgotten_sessions(at: dt.datetime) -> None:
    """Close every open session whose end is long past, each in its own transaction."""
    for session_id in queries.overdue_sessions(after=CLOSED_AFTER, at=at):
        with transaction():
            session = queries.session_by_id(session_id)
            if session is not None and session.state is SessionState.OPEN:
                timetable.close(session, person_id=None, at=at)
        db.session.expunge_all()
