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
from sqlalchemy.engine import Connection

from sca_lms.assignments.archives import safe_name
from sca_lms.courses.models import Person
from sca_lms.database import db
from sca_lms.privacy.holdings import Holding, dated_by
from sca_lms.privacy.kinds import GROUPS, KINDS, NOBODY, PURPOSES
from sca_lms.privacy.registry import about_people, written_by_people
from sca_lms.privacy.words import in_both
from sca_lms.texts import Bilingual
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import CHUNK, FileStore
from sca_lms.web.reader_choice import LOCALES

ROWS_AT_ONCE = 200


class Part(Enum):
    """Which rows of a table are written, and what of them."""

    WHOLE = "whole"
    """What is about the person, or theirs alone."""
    NOTE = "note"
    """Notes of others about the person: that there are some, since when, and who has them."""
    DEED = "deed"
    """What the person did for others: that they did it, and when."""


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


def _by_kind() -> Mapping[str, Sequence[tuple[Holding, Part]]]:
    """Return what each file holds: rows about the person, and last what they did as staff."""
    found: dict[str, list[tuple[Holding, Part]]] = {code: [] for code in KINDS}
    for holding in about_people():
        if holding.exported and holding.about:
            found[holding.kind].append((holding, Part.WHOLE))
        if holding.noted:
            found[holding.kind].append((holding, Part.NOTE))
    for holding in written_by_people():
        own = holding.is_the_doers
        found[holding.kind if own else NOBODY].append((holding, Part.WHOLE if own else Part.DEED))
    return {code: holdings for code, holdings in found.items() if holdings}


def _write_kind(
    packed: zipfile.ZipFile, connection: Connection, code: str, holdings: Sequence[tuple[Holding, Part]],
    person_id: int, *, at: dt.datetime,
) -> dict[str, int]:  # fmt: skip
    head = {"kind": code, "what": in_both(KINDS[code].what), "why": in_both(PURPOSES[KINDS[code].why])}
    counts: dict[str, int] = {}
    notes = [holding for holding, part in holdings if part is Part.NOTE]
    rows = [(holding, part) for holding, part in holdings if part is not Part.NOTE]
    with packed.open(f"{code}.json", "w", force_zip64=True) as entry:
        entry.write(json.dumps(head, ensure_ascii=False, indent=1)[:-2].encode() + b',\n "tables": {')
        for position, (holding, part) in enumerate(rows):
            entry.write(f"{',' if position else ''}\n  {json.dumps(holding.table)}: ".encode())
            found = _rows(connection, holding, person_id, part, at=at)
            counts[holding.table] = _write_list(entry, found)
        entry.write(b"\n }" + (b',\n "notes_of_others": {' if notes else b""))
        for position, holding in enumerate(notes):
            held_by = json.dumps(in_both(holding.held_by), ensure_ascii=False)
            entry.write(f"{',' if position else ''}\n  {json.dumps(holding.table)}: {{".encode())
            entry.write(f'"held_by": {held_by}, "notes": '.encode())
            number = _write_list(entry, _rows(connection, holding, person_id, Part.NOTE, at=at))
            entry.write(f', "number": {number}}}'.encode())
            counts[holding.table] = counts.get(holding.table, 0) + number
        entry.write(b"\n }\n}\n" if notes else b"\n}\n")
    return counts


def _write_list(entry: IO[bytes], rows: Iterator[dict[str, object]]) -> int:
    """Write rows as a JSON list, one a line; return how many there were."""
    number = 0
    entry.write(b"[")
    for row in rows:
        text = json.dumps(row, ensure_ascii=False)
        entry.write(("," if number else "").encode() + f"\n   {text}".encode())
        number += 1
    entry.write(b"\n  ]" if number else b"]")
    return number


def _rows(
    connection: Connection, holding: Holding, person_id: int, part: Part, *, at: dt.datetime
) -> Iterator[dict[str, object]]:
    """Read rows one after the other, those columns of them that the person may have."""
    table, moment = holding.source, dated_by(holding)
    dated = [moment] if moment is not None else []
    if part is Part.NOTE:
        columns = [*dated, *(table.c[name] for name in holding.stated)]
        where = holding.is_noted_of(person_id)
    elif part is Part.DEED:
        columns = [column for column in table.columns if column.primary_key or column.name in holding.by]
        columns += [each for each in dated if each not in columns]
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
