"""Write everything that is kept about one person into a ZIP archive; memory does not grow with it."""

import datetime as dt
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import IO

import sqlalchemy as sa
from flask import render_template
from flask_babel import force_locale
from sqlalchemy.engine import Connection

from sca_lms.assignments.archives import safe_name
from sca_lms.courses.models import Person
from sca_lms.database import db
from sca_lms.errors import Text
from sca_lms.privacy.holdings import Holding, dated_by
from sca_lms.privacy.kinds import GROUPS, KINDS, NOBODY, PURPOSES
from sca_lms.privacy.registry import about_people, written_by_people
from sca_lms.texts import Bilingual
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import CHUNK, FileStore
from sca_lms.web.reader_choice import LOCALES

ROWS_AT_ONCE = 200
Progress = Callable[[int, int], None]
"""Told how many kinds are written, and of how many; may raise to stop."""


def write(
    target: IO[bytes], person: Person, place: FileStore, *, at: dt.datetime, progress: Progress | None = None
) -> None:
    """Write the archive of a person: one JSON file a kind, their files, and a page that explains it."""
    kinds = _by_kind()
    written: list[dict[str, object]] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as packed:
        with db.engine.connect() as connection:
            for done, (code, holdings) in enumerate(kinds.items()):
                if progress is not None:
                    progress(done, len(kinds))
                counts = _write_kind(packed, connection, code, holdings, person.id, at=at)
                written.append({"code": code, "kind": KINDS[code], "rows": sum(counts.values())})
        lost = _write_files(packed, person.id, place)
        facts = {"person": person, "written": written, "lost": lost, "at": at}
        packed.writestr("index.html", render_template("privacy/archive.html", **facts, **_words()))
        packed.writestr("README.txt", render_template("privacy/archive_readme.txt", **facts, **_words()))
    if progress is not None:
        progress(len(kinds), len(kinds))


def in_both(text: Text) -> dict[str, str]:
    """Return a text in every language of the tool."""
    found = {}
    for locale in LOCALES:
        with force_locale(locale):
            found[locale] = str(text)
    return found


def plain(value: object) -> object:
    """Return a value of a column as JSON can hold it."""
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | str():
            return value
        case dt.datetime():
            return value.astimezone(dt.UTC).isoformat()
        case dt.date():
            return value.isoformat()
        case Decimal():
            return f"{value.normalize():f}"
        case Bilingual():
            return {"th": value.th, "en": value.en}
        case frozenset():
            return sorted(str(plain(each)) for each in value)
        case list():
            return [plain(each) for each in value]
        case dict():
            return {str(key): plain(each) for key, each in value.items()}
        case _:
            return str(value)


def _by_kind() -> Mapping[str, Sequence[tuple[Holding, bool]]]:
    """Return what each file holds: rows about the person, and last what they did as staff."""
    found: dict[str, list[tuple[Holding, bool]]] = {code: [] for code in KINDS}
    for holding in about_people():
        if holding.exported:
            found[holding.kind].append((holding, False))
    for holding in written_by_people():
        own = not holding.about and holding.kind != NOBODY
        found[holding.kind if own else NOBODY].append((holding, not own))
    return {code: holdings for code, holdings in found.items() if holdings}


def _write_kind(
    packed: zipfile.ZipFile, connection: Connection, code: str, holdings: Sequence[tuple[Holding, bool]],
    person_id: int, *, at: dt.datetime,
) -> dict[str, int]:  # fmt: skip
    head = {"kind": code, "what": in_both(KINDS[code].what), "why": in_both(PURPOSES[KINDS[code].why])}
    counts = {}
    with packed.open(f"{code}.json", "w", force_zip64=True) as entry:
        entry.write(json.dumps(head, ensure_ascii=False, indent=1)[:-2].encode() + b',\n "tables": {')
        for position, (holding, is_act) in enumerate(holdings):
            comma = "," if position else ""
            entry.write(f"{comma}\n  {json.dumps(holding.table)}: [".encode())
            number = 0
            for row in _rows(connection, holding, person_id, is_act=is_act, at=at):
                text = json.dumps(row, ensure_ascii=False)
                entry.write(("," if number else "").encode() + f"\n   {text}".encode())
                number += 1
            entry.write(b"\n  ]" if number else b"]")
            counts[holding.table] = number
        entry.write(b"\n }\n}\n")
    return counts


def _rows(
    connection: Connection, holding: Holding, person_id: int, *, is_act: bool, at: dt.datetime
) -> Iterator[dict[str, object]]:
    """Read rows one after the other; of what somebody did for others only that they did it, and when."""
    table = holding.source
    if is_act:
        columns = [column for column in table.columns if column.primary_key or column.name in holding.by]
        moment = dated_by(holding)
        columns += [moment] if moment is not None and moment not in columns else []
        where = holding.is_by(person_id)
    else:
        columns = [column for column in table.columns if column.name not in holding.hidden]
        where = sa.and_(
            holding.is_about(person_id) if holding.about else holding.is_by(person_id),
            holding.may_be_shown(at),
        )
    found = connection.execute(
        sa.select(*columns).where(where).order_by(*table.primary_key.columns),
        execution_options={"yield_per": ROWS_AT_ONCE},
    )
    for row in found:
        yield {column.name: plain(value) for column, value in zip(columns, row, strict=True)}


def _write_files(packed: zipfile.ZipFile, person_id: int, place: FileStore) -> list[str]:
    """Copy the person's own files in blocks; return the names of those that the store has lost."""
    lost = []
    files = db.session.execute(
        sa.select(StoredFile.id, StoredFile.key, StoredFile.name, StoredFile.size)
        .where(StoredFile.person_id == person_id, StoredFile.sha256 != "")
        .order_by(StoredFile.id)
    ).all()
    for stored in files:
        name = f"files/{stored.id}-{safe_name(stored.name, longest=120)}"
        opened = place.open(stored.key)
        if opened is None:
            lost.append(name)
            continue
        with opened, packed.open(zipfile.ZipInfo(name), "w", force_zip64=True) as target:
            while block := opened.read(CHUNK):
                target.write(block)
    return lost


def _words() -> dict[str, object]:
    return {"in_both": in_both, "GROUPS": GROUPS, "PURPOSES": PURPOSES, "LOCALES": LOCALES}
