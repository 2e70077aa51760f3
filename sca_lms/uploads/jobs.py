"""What the worker does for uploaded files: remove bytes of which the database knows nothing."""

import datetime as dt

import sqlalchemy as sa
import structlog

from sca_lms.database import db, release
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import SHELVES, FileStore, store

GRACE = dt.timedelta(days=1)
"""Bytes are written before their row is kept, so what is young may still get one."""
ROUND = dt.timedelta(minutes=1)
CHUNK = 500

log = structlog.get_logger(__name__)


def forget_unknown_files(at: dt.datetime) -> None:
    """Clear one shelf of the store; asked every minute, all have had their turn within five hours.

    Bytes without a row are those of transactions that failed, and of people whose rows were deleted.
    """
    shelf = SHELVES[int(at.timestamp() // ROUND.total_seconds()) % len(SHELVES)]
    forgotten = clear(store(), shelf, at=at)
    if forgotten:
        log.info("files_forgotten", number=forgotten)


def clear(place: FileStore, shelf: str, *, at: dt.datetime) -> int:
    """Delete what lies on a shelf without a row for longer than the grace; return how many files."""
    names = place.names_on(shelf)
    known: set[str] = set()
    for start in range(0, len(names), CHUNK):
        wanted = sa.select(StoredFile.key).where(StoredFile.key.in_(names[start : start + CHUNK]))
        known.update(db.session.scalars(wanted))
    # A store beyond this machine may be slow; nothing is held open meanwhile.
    release()
    return sum(place.forget_if_older(name, at - GRACE) for name in names if name not in known)
