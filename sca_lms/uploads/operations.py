"""Take files in: measured, looked into, scanned, and only then stored."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable, Sequence
from typing import IO

from flask_babel import lazy_gettext as _l

from sca_lms.courses.models import Course
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.uploads.content import (
    HEAD_BYTES,
    MEBIBYTE,
    TYPES,
    Allowed,
    ending_of,
    is_what_it_says,
    shown_name,
)
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import CHUNK, FileStore, spooled

Scanner = Callable[[IO[bytes]], str | None]
"""Looks through a file and returns what is wrong with it, or None."""
SCANNERS = "sca_upload_scanners"
"""`app.extensions[SCANNERS]` is a sequence of scanners; whoever runs a virus scanner adds one there."""


class FileRefused(Refused):
    """The file is too large, of another kind than accepted, or not what its name says."""

    code = "file-refused"


def take(
    course: Course,
    name: str,
    source: IO[bytes],
    *,
    allowed: Allowed,
    place: FileStore,
    scanners: Sequence[Scanner] = (),
    person_id: int | None,
    at: dt.datetime,
) -> StoredFile:
    """Check and store one file and return its row; the bytes are stored before the row is kept.

    If the transaction fails afterwards, bytes without a row remain; `jobs.forget_unknown_files` removes them.
    Raise `FileRefused`, with a sentence that says what would be right.
    """
    ending = ending_of(name)
    if ending not in allowed.endings:
        kinds = ", ".join(sorted(allowed.endings))
        raise FileRefused(_l("This kind of file is not accepted. Hand in one of: %(kinds)s.", kinds=kinds))
    digest = hashlib.sha256()
    with spooled() as scratch:
        size = 0
        while block := source.read(CHUNK):
            size += len(block)
            if size > allowed.largest:
                limit = allowed.largest // MEBIBYTE
                raise FileRefused(_l("The file is larger than %(limit)s MB.", limit=limit))
            digest.update(block)
            scratch.write(block)
        if size == 0:
            raise FileRefused(_l("The file is empty."))
        scratch.seek(0)
        if not is_what_it_says(name, scratch.read(HEAD_BYTES)):
            raise FileRefused(
                _l(
                    "The content of the file is not what its name says. Save it anew as %(kind)s.",
                    kind=ending,
                )
            )
        for scan in scanners:
            scratch.seek(0)
            if (found := scan(scratch)) is not None:
                raise FileRefused(_l("The file was refused: %(reason)s.", reason=found))
        scratch.seek(0)
        key = secrets.token_hex(16)
        place.put(key, scratch)
    stored = StoredFile(
        course_id=course.id, key=key, name=shown_name(name), media_type=TYPES[ending], size=size,
        sha256=digest.hexdigest(), person_id=person_id, created_at=at,
    )  # fmt: skip
    db.session.add(stored)
    db.session.flush()
    return stored
