"""What the worker does for the pictures of a cohort: add it up whenever snapshots have changed."""

import datetime as dt

from sca_lms.database import db, transaction
from sca_lms.guidance import cohort_figures, snapshots


def work_out_figures(at: dt.datetime) -> None:
    """Add up every cohort whose snapshots have changed, each in a transaction of its own."""
    for course in snapshots.courses_with_learners():
        if cohort_figures.is_stale(course, at=at):
            with transaction():
                cohort_figures.work_out(course, at=at)
            db.session.expunge_all()
