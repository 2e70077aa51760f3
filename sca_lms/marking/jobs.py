"""What the worker does for marks: let scores follow releases whose undo time is over."""

import datetime as dt

from sca_lms.database import db, transaction
from sca_lms.marking import releasing


def settle_releases(at: dt.datetime) -> None:
    """Settle every due release, each in its own transaction."""
    for release_id in releasing.due(at=at):
        with transaction():
            releasing.settle(release_id, at=at)
        db.session.expunge_all()
