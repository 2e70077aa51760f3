"""Ask for archives, make them one worker at a time, and delete them after a week."""

import datetime as dt
import hashlib
import secrets
import tempfile
from collections.abc import Callable
from typing import IO

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Person
from sca_lms.database import db, transaction
from sca_lms.errors import Refused
from sca_lms.privacy import archive, notices
from sca_lms.privacy.models import PersonExport, PrivacyRequest
from sca_lms.privacy.rules import EXPORT_KEPT, ExportState
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import CHUNK, FileStore

LEASE = dt.timedelta(minutes=10)
"""Longer than one kind of one person may take; every kind renews it."""
MOST_TRIES = 3
IN_MEMORY = 4 * 1024 * 1024
UNFINISHED = (ExportState.WAITING, ExportState.READY)


class ExportUnderWay(Refused):
    """One archive at a time is made for a person."""

    code = "export-under-way"


class Lost(Exception):
    """Another worker has taken over, or nobody wants the archive any more."""


def ask(
    course: Course, person_id: int, *, by: int | None, at: dt.datetime, request: PrivacyRequest | None = None
) -> PersonExport:
    """Ask the worker for an archive; raise `ExportUnderWay` while it makes another one of the same person."""
    db.session.scalar(sa.select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))
    waiting = db.session.scalar(
        sa.select(PersonExport).where(
            PersonExport.person_id == person_id, PersonExport.state == ExportState.WAITING
        )
    )
    if waiting is not None:
        raise ExportUnderWay(_l("An archive is being made already; it appears here in a few minutes."))
    export = PersonExport(
        course_id=course.id, person_id=person_id, request_id=request.id if request else None,
        state=ExportState.WAITING, asked_at=at, tries=0, done=0, total=0,
    )  # fmt: skip
    db.session.add(export)
    courses.record_audit(course, by, "privacy-export", f"person {person_id}", at=at)
    db.session.flush()
    return export


def make_next(place: FileStore, *, now: Callable[[], dt.datetime]) -> bool:
    """Make the archive that waits longest; return whether there was one. Call it outside of a transaction."""
    taken = _take(now())
    if taken is None:
        return False
    export_id, token, person = taken
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as scratch:
        try:
            archive.write(
                scratch, person, place, at=now(),
                progress=lambda done, total: _go_on(export_id, token, done, total, at=now()),
            )  # fmt: skip
        except Lost:
            return True
        digest, size = _measured(scratch)
        key = secrets.token_hex(16)
        scratch.seek(0)
        place.put(key, scratch)
    try:
        _finish(export_id, token, key, digest, size, at=now())
    except Lost:
        place.forget(key)
    return True


def forget_expired(place: FileStore, *, at: dt.datetime) -> int:
    """Delete the archives whose week is over; return how many."""
    with transaction():
        exports = db.session.scalars(
            sa.select(PersonExport)
            .where(PersonExport.state == ExportState.READY, PersonExport.expires_at <= at)
            .with_for_update()
        ).all()
        files = [export.file_id for export in exports if export.file_id is not None]
        for export in exports:
            export.state, export.file_id = ExportState.DELETED, None
        db.session.flush()
        keys = db.session.scalars(
            sa.delete(StoredFile).where(StoredFile.id.in_(files)).returning(StoredFile.key)
            .execution_options(synchronize_session=False)
        ).all()  # fmt: skip
    for key in keys:
        place.forget(key)
    return len(exports)


def _take(at: dt.datetime) -> tuple[int, str, Person] | None:
    """Take a lease of the oldest archive that waits, or whose worker has died."""
    with transaction():
        export = db.session.scalar(
            sa.select(PersonExport)
            .where(
                PersonExport.state == ExportState.WAITING,
                sa.or_(PersonExport.lease_until.is_(None), PersonExport.lease_until <= at),
            )
            .order_by(PersonExport.asked_at, PersonExport.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        if export is None:
            return None
        if export.tries >= MOST_TRIES:
            export.state, export.lease_token, export.lease_until = ExportState.FAILED, None, None
            notices.archive_failed(export, at=at)
            return None
        token = secrets.token_hex(16)
        export.tries += 1
        export.lease_token, export.lease_until = token, at + LEASE
        return export.id, token, db.session.get_one(Person, export.person_id)


def _go_on(export_id: int, token: str, done: int, total: int, *, at: dt.datetime) -> None:
    """Note how far the archive is and renew the lease; raise `Lost` when it is somebody else's."""
    with transaction():
        renewed = db.session.execute(
            sa.update(PersonExport)
            .where(PersonExport.id == export_id, PersonExport.lease_token == token)
            .values(done=done, total=total, lease_until=at + LEASE)
            .returning(PersonExport.id)
            .execution_options(synchronize_session=False)
        )
        if renewed.first() is None:
            raise Lost


def _finish(export_id: int, token: str, key: str, digest: str, size: int, *, at: dt.datetime) -> None:
    with transaction():
        export = db.session.scalar(
            sa.select(PersonExport)
            .where(PersonExport.id == export_id, PersonExport.lease_token == token)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if export is None:
            raise Lost
        stored = StoredFile(
            course_id=export.course_id, key=key, name=f"my-data-{at:%Y-%m-%d}.zip",
            media_type="application/zip", size=size, sha256=digest, person_id=None, created_at=at,
        )  # fmt: skip
        db.session.add(stored)
        db.session.flush()
        export.file_id, export.state = stored.id, ExportState.READY
        export.ready_at, export.expires_at = at, at + EXPORT_KEPT
        export.lease_token = export.lease_until = None
        notices.archive_ready(export, at=at)


def _measured(scratch: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    scratch.seek(0)
    while block := scratch.read(CHUNK):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size
