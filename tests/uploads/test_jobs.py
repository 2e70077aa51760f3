"""Bytes that no row names are removed after a day; everything else stays."""

import datetime as dt
import io
import os
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.database import db, transaction
from sca_lms.uploads import operations
from sca_lms.uploads.content import DOCUMENTS, Allowed
from sca_lms.uploads.jobs import clear, forget_unknown_files
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import SHELVES, store
from tests import builders

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


def take() -> str:
    """Store a file with its row and return its key."""
    with transaction():
        stored = operations.take(
            builders.a_course(), "report.pdf", io.BytesIO(PDF), allowed=Allowed(DOCUMENTS), place=store(),
            person_id=None, at=clock.now(),
        )  # fmt: skip
    return stored.key


def files(app: Flask) -> dict[str, Path]:
    directory = Path(app.extensions["sca_settings"].data_dir) / "files"
    return {path.name: path for path in directory.rglob("*") if path.is_file()}


def age(path: Path, *, by: dt.timedelta) -> None:
    """Let a file have been written so long ago."""
    written = (clock.now() - by).timestamp()
    os.utime(path, (written, written))


def forget_row(key: str) -> None:
    with transaction():
        db.session.execute(sa.delete(StoredFile).where(StoredFile.key == key))


def clear_all() -> int:
    at = clock.now()
    return sum(clear(store(), shelf, at=at) for shelf in SHELVES)


def test_the_bytes_of_a_deleted_row_go_after_a_day_and_no_others(app: Flask) -> None:
    with app.app_context():
        kept, erased, young = take(), take(), take()
        forget_row(erased)
        forget_row(young)
        age(files(app)[kept], by=9 * DAY)
        age(files(app)[erased], by=DAY + MINUTE)
        age(files(app)[young], by=DAY - MINUTE)
        assert clear_all() == 1
        assert files(app).keys() == {kept, young}
        assert clear_all() == 0


def test_a_draft_of_a_broken_upload_goes_as_well(app: Flask) -> None:
    with app.app_context():
        key = take()
        draft = files(app)[key].with_name("ab12.part")
        draft.write_bytes(PDF)
        draft = draft.rename(draft.parent.parent / SHELVES[0xAB] / draft.name) if key[:2] == "ab" else draft
        age(draft, by=2 * DAY)
        shelf = draft.parent.name
        assert store().names_on(shelf).count("ab12.part") == 1
        clear_all()
        assert key in files(app)


def test_a_store_that_was_never_used_has_nothing_to_forget(app: Flask) -> None:
    with app.app_context():
        assert clear_all() == 0


def test_in_as_many_minutes_as_there_are_shelves_every_one_has_had_its_turn(app: Flask) -> None:
    with app.app_context():
        keys = [take() for _number in range(3)]
        for key in keys:
            forget_row(key)
            age(files(app)[key], by=2 * DAY)
        begins = clock.now()
        for number in range(len(SHELVES)):
            forget_unknown_files(begins + number * MINUTE)
        assert files(app) == {}


def test_the_worker_does_it(app: Flask) -> None:
    assert forget_unknown_files in app.extensions["sca_jobs"]
