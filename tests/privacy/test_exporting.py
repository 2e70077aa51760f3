"""An archive holds everything about one person and nothing about others."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.courses.models import Course, Person
from sca_lms.database import db, transaction
from sca_lms.privacy import archive, exporting, registry
from sca_lms.privacy.kinds import KINDS
from sca_lms.privacy.models import PersonExport
from sca_lms.privacy.rules import ExportState
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import store
from tests.privacy.conftest import EMAIL, SECRET, Lived


def _asked(app: Flask, lived: Lived) -> None:
    with app.app_context(), transaction():
        exporting.ask(db.session.get_one(Course, lived.course_id), lived.person_id, by=None, at=clock.now())


def _made(app: Flask) -> PersonExport:
    with app.app_context():
        assert exporting.make_next(store(), now=clock.now)
        return db.session.scalars(sa.select(PersonExport)).one()


def _opened(app: Flask, export: PersonExport) -> zipfile.ZipFile:
    with app.app_context():
        stored = db.session.get_one(StoredFile, export.file_id)
        opened = store().open(stored.key)
        assert opened is not None
        with opened:
            return zipfile.ZipFile(io.BytesIO(opened.read()))


def test_an_archive_holds_every_kind_and_the_own_files(app: Flask, lived: Lived) -> None:
    _asked(app, lived)
    export = _made(app)
    assert (export.state, export.done, export.total) == (ExportState.READY, export.total, export.total)
    packed = _opened(app, export)
    names = set(packed.namelist())
    exported = {holding.kind for holding in registry.HOLDINGS.values() if holding.exported}
    assert {f"{code}.json" for code in KINDS if code in exported} <= names
    assert {"index.html", "README.txt"} <= names
    (own,) = [name for name in names if name.startswith("files/")]
    assert packed.read(own) == b"my own file"
    person = json.loads(packed.read("person.json"))
    assert person["what"]["en"] == "Your names, nickname, e-mail address and language"
    assert person["tables"]["person"][0]["email"] == EMAIL
    hours = json.loads(packed.read("hours.json"))["tables"]
    assert [entry["minutes"] for entry in hours["ledger_entry"]] == [60, 90]
    assert json.loads(packed.read("work.json"))["tables"]["assignment_submission"][0]["text"] == SECRET


def test_an_archive_names_nobody_else_and_holds_no_secret(app: Flask, lived: Lived) -> None:
    _asked(app, lived)
    packed = _opened(app, _made(app))
    text = "".join(packed.read(name).decode() for name in packed.namelist() if name.endswith(".json"))
    for hidden in ("กนก", "มาลี", "token_hash", "form_secret", "feed_digest"):
        assert hidden not in text


def test_of_staff_work_only_that_it_was_done_is_told(app: Flask, lived: Lived) -> None:
    with app.app_context():
        manager = db.session.scalars(sa.select(Person).where(Person.given_name == "มาลี")).one()
        target = io.BytesIO()
        archive.write(target, manager, store(), at=clock.now())
    entries = json.loads(zipfile.ZipFile(target).read("nobody.json"))["tables"]["ledger_entry"]
    assert [sorted(entry) for entry in entries] == [["at", "id", "person_id"]] * 2
    assert (
        json.loads(zipfile.ZipFile(target).read("audit.json"))["tables"]["audit_event"][0]["verb"]
        == "award-hours"
    )


def test_one_archive_at_a_time_is_made_for_a_person(app: Flask, lived: Lived) -> None:
    _asked(app, lived)
    with pytest.raises(exporting.ExportUnderWay):
        _asked(app, lived)


def test_after_a_week_an_archive_is_deleted_with_its_bytes(app: Flask, lived: Lived) -> None:
    _asked(app, lived)
    export = _made(app)
    with app.app_context():
        key = db.session.get_one(StoredFile, export.file_id).key
        at = clock.now()
        assert exporting.forget_expired(store(), at=at + timedelta(days=6)) == 0
        assert exporting.forget_expired(store(), at=at + timedelta(days=7, minutes=1)) == 1
        assert store().open(key) is None
        assert db.session.scalars(sa.select(PersonExport)).one().state is ExportState.DELETED


def test_a_worker_that_died_is_followed_by_another(app: Flask, lived: Lived) -> None:
    _asked(app, lived)
    with app.app_context():
        taken = exporting._take(clock.now())
        assert taken is not None
        assert exporting.make_next(store(), now=clock.now) is False, "the first one has its lease"
        assert exporting.make_next(store(), now=lambda: clock.now() + exporting.LEASE) is True
        assert db.session.scalars(sa.select(PersonExport)).one().state is ExportState.READY
        with pytest.raises(exporting.Lost):
            exporting._go_on(taken[0], taken[1], 1, 2, at=clock.now())


def test_what_fails_again_and_again_is_given_up(app: Flask, lived: Lived) -> None:
    _asked(app, lived)
    with app.app_context():
        for turn in range(exporting.MOST_TRIES + 1):
            exporting._take(clock.now() + turn * exporting.LEASE)
        assert db.session.scalars(sa.select(PersonExport)).one().state is ExportState.FAILED


def test_a_long_file_does_not_fill_the_memory(app: Flask, lived: Lived) -> None:
    with app.app_context():
        person = db.session.get_one(Person, lived.person_id)
        stored = db.session.get_one(StoredFile, lived.file_id)
        store().put(stored.key, io.BytesIO(b"\0" * 30_000_000))
        target = _Counting()
        archive.write(target, person, store(), at=clock.now())
    assert target.largest < 1_000_000


class _Counting(io.BytesIO):
    largest = 0

    def write(self, block: object, /) -> int:
        self.largest = max(self.largest, len(block))  # type: ignore[arg-type]  # Bytes of any kind.
        return super().write(block)  # type: ignore[arg-type]  # As above.
