"""What the worker does for staff who look after learners: keep the snapshots fresh."""

import datetime as dt
import time

from sca_lms.database import db, transaction
from sca_lms.guidance import snapshots

LONGEST_SECONDS = 20.0
"""After so long the rest waits for the next round, so that other work has its turn."""


def refresh_snapshots(at: dt.datetime) -> None:
    """Work out what is stale, in small transactions, for a while."""
    until = time.monotonic() + LONGEST_SECONDS
    for course in snapshots.courses_with_learners():
        with transaction():
            snapshots.forget_others(course)
        while learners := snapshots.stale(course, at=at):
            with transaction():
                snapshots.refresh(course, learners, at=at)
            db.session.expunge_all()
            if time.monotonic() > until:
                return
