"""Read lists of people with something beside each name, as spreadsheets write or paste them; pure.

The first line names the columns, in English or Thai, in any order.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_LINES = 5_000
LONGEST_CELL = 200
PERSON = frozenset({"name", "e-mail", "email", "sub", "person", "ชื่อ", "ชื่อ-นามสกุล", "อีเมล", "ผู้เรียน"})
DATE = frozenset({"due", "date", "until", "วันที่", "กำหนดส่ง", "ถึง"})
REASON = frozenset({"reason", "เหตุผล"})
TEAM = frozenset({"team", "ทีม", "กลุ่ม", "group"})
_THAI_WINDOWS = "cp874"


class ListFaultKind(StrEnum):
    """What can be wrong with a line of a list."""

    NO_TEXT = "no-text"
    NO_COLUMNS = "no-columns"
    TOO_LONG = "too-long"
    NO_PERSON = "no-person"
    UNKNOWN_PERSON = "unknown-person"
    SEVERAL_PEOPLE = "several-people"
    TWICE = "twice"
    NO_VALUE = "no-value"
    BAD_DATE = "bad-date"
    BUDDHIST_YEAR = "buddhist-year"
    NOT_LATER = "not-later"
    TEAM_HANDED_IN = "team-handed-in"


@dataclass(frozen=True, slots=True)
class ListFault:
    """One fault: the line as a spreadsheet counts them, and what was written there."""

    line: int
    kind: ListFaultKind
    given: str = ""


@dataclass(frozen=True, slots=True)
class ListLine:
    """One line: whom it is about, and what stands beside."""

    line: int
    person: str
    values: Mapping[str, str]


def read_list(
    text: str, columns: Mapping[str, frozenset[str]], *, needed: Sequence[str]
) -> tuple[list[ListLine], list[ListFault]]:
    """Return the lines of a list and every fault that can be seen without knowing the people.

    `columns` gives for each value the names its column may have; those in `needed` must be there and filled.
    """
    rows = _rows(text)
    if not rows:
        return [], [ListFault(1, ListFaultKind.NO_TEXT)]
    if len(rows) > MOST_LINES:
        return [], [ListFault(MOST_LINES + 1, ListFaultKind.TOO_LONG)]
    first, header = rows[0]
    words = {"person": PERSON, **columns}
    places = {
        name: place
        for place, cell in reversed(list(enumerate(header)))
        for name, known in words.items()
        if cell.strip().casefold() in known
    }
    absent = [name for name in ("person", *needed) if name not in places]
    if absent:
        return [], [ListFault(first, ListFaultKind.NO_COLUMNS, ", ".join(absent))]
    lines: list[ListLine] = []
    faults: list[ListFault] = []
    for number, cells in rows[1:]:
        person = _cell(cells, places["person"])
        values = {name: _cell(cells, places[name]) for name in columns if name in places}
        if not person:
            faults.append(ListFault(number, ListFaultKind.NO_PERSON))
        elif any(not values[name] for name in needed):
            faults.append(ListFault(number, ListFaultKind.NO_VALUE, person))
        else:
            lines.append(ListLine(number, person, values))
    return lines, faults


def decoded(raw: bytes) -> str | None:
    """Return the text of a file that a spreadsheet has written, None for what is no text."""
    is_utf_16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_utf_16 else ("utf-8-sig", _THAI_WINDOWS):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def cells_of(text: str, *, most: int = MOST_LINES) -> list[tuple[int, list[str]]]:
    """Return the lines that hold something, with their numbers, cut at tabs, semicolons or commas.

    One line more than `most` tells that there are more.
    """
    return _rows(text, most)


def _rows(text: str, most: int = MOST_LINES) -> list[tuple[int, list[str]]]:
    clean = text.lstrip("\ufeff")
    head = clean.lstrip("\r\n").partition("\n")[0]
    delimiter = max("\t;,", key=head.count)
    reader = csv.reader(io.StringIO(clean, newline=""), delimiter=delimiter)
    found: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((reader.line_num, cells))
            if len(found) > most:
                break
    except csv.Error:
        # A cell longer than the csv module takes: nothing that a spreadsheet writes for such a list.
        return []
    return found


def _cell(cells: Sequence[str], place: int) -> str:
    # Our own export puts an apostrophe before what a spreadsheet would take for a formula.
    return cells[place].strip().removeprefix("'")[:LONGEST_CELL] if place < len(cells) else ""
