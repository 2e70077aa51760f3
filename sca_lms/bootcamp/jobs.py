"""What the worker does for hours: keep every learner's outlook fresh."""

import datetime as dt
import time

from sca_lms.bootcamp import outlooks
from sca_lms.database import db, transaction

LONGEST_SECONDS = 20.0
"""After so long the rest waits for the next round, so that other work has its turn."""


def refresh_outlooks(at: dt.datetime) -> None:
    """Work out what is stale, in small transactions, for a while."""
    until = time.monotonic() + LONGEST_SECONDS
    for course in outlooks.courses_with_hours():
        while learners := outlooks.stale(course, at=at):
            with transaction():
                outlooks.refresh(course, learners, at=at)
            db.session.expunge_all()
            if time.monotonic() > until:
                return
