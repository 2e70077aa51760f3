"""Read a sign-in sheet that came back: as a CSV file, or pasted from a spreadsheet; pure.

Columns are found by their names in the first line, in English or Thai: code, name, in, out.
"""

import csv
import datetime as dt
import enum
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_LINES = 5_000
LONGEST_CELL = 200
_NAMES: Mapping[str, str] = {
    "code": "code", "รหัส": "code",
    "name": "name", "ชื่อ": "name", "ชื่อ-นามสกุล": "name",
    "in": "in", "เข้า": "in", "เวลาเข้า": "in",
    "out": "out", "ออก": "out", "เวลาออก": "out",
}  # fmt: skip
_NEEDED = ("code", "in", "out")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.]\d{2})?(?:\s*น\.?)?")
_NOTHING = frozenset({"", "-", "–", "—"})
_THAI_WINDOWS = "cp874"


class FaultKind(enum.StrEnum):
    """What can be wrong with a line of a sheet."""

    NO_TEXT = "no-text"
    NO_COLUMNS = "no-columns"
    TOO_LONG = "too-long"
    NO_CODE = "no-code"
    UNKNOWN_CODE = "unknown-code"
    TWICE = "twice"
    BAD_TIME = "bad-time"
    OUT_WITHOUT_IN = "out-without-in"
    OUT_BEFORE_IN = "out-before-in"
    OUTSIDE = "outside"
    IN_ANOTHER_ROOM = "in-another-room"


@dataclass(frozen=True, slots=True)
class SheetFault:
    """One fault: the line as a spreadsheet counts them, and what was written there."""

    line: int
    kind: FaultKind
    given: str = ""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One person's line, with wall times; both are missing for somebody who did not come."""

    line: int
    code: str
    name: str
    came: dt.time | None
    left: dt.time | None


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


def read_sheet(text: str) -> tuple[list[SheetRow], list[SheetFault]]:
    """Return the lines of a sheet and every fault that can be seen without knowing the people."""
    lines = _lines(text)
    if not lines:
        return [], [SheetFault(1, FaultKind.NO_TEXT)]
    if len(lines) > MOST_LINES:
        return [], [SheetFault(MOST_LINES + 1, FaultKind.TOO_LONG)]
    first_line, header = lines[0]
    columns = {_NAMES[cell.strip().casefold()]: at for at, cell in enumerate(header) if _is_name(cell)}
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        return [], [SheetFault(first_line, FaultKind.NO_COLUMNS, ", ".join(missing))]
    rows: list[SheetRow] = []
    faults: list[SheetFault] = []
    for line, cells in lines[1:]:
        found = {name: _cell(cells, at) for name, at in columns.items()}
        own = _faults_of(line, found)
        faults += own
        if not own:
            rows.append(
                SheetRow(line, found["code"], found.get("name", ""), _time(found["in"]), _time(found["out"]))
            )
    return rows, faults


def _lines(text: str) -> list[tuple[int, list[str]]]:
    """Return the lines that hold something, with their numbers, cut at tabs, semicolons or commas."""
    head = text.lstrip("\ufeff\r\n").partition("\n")[0]
    delimiter = max("\t;,", key=head.count)
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter)
    found: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((reader.line_num, cells))
            if len(found) > MOST_LINES:
                break
    except csv.Error:
        # A cell longer than the csv module takes: nothing that a spreadsheet writes for a sheet of ours.
        return []
    return found


def _is_name(cell: str) -> bool:
    return cell.strip().casefold() in _NAMES


def _cell(cells: Sequence[str], at: int) -> str:
    # Our own export puts an apostrophe before what a spreadsheet would take for a formula.
    return cells[at].strip().removeprefix("'")[:LONGEST_CELL] if at < len(cells) else ""


def _faults_of(line: int, found: Mapping[str, str]) -> list[SheetFault]:
    faults = [] if found["code"] else [SheetFault(line, FaultKind.NO_CODE, found.get("name", ""))]
    times = {name: found[name] for name in ("in", "out") if found[name] not in _NOTHING}
    faults += [
        SheetFault(line, FaultKind.BAD_TIME, given) for given in times.values() if _time(given) is None
    ]
    if "out" in times and "in" not in times:
        faults.append(SheetFault(line, FaultKind.OUT_WITHOUT_IN, times["out"]))
    return faults


def _time(given: str) -> dt.time | None:
    """Return the time of day written as 08:31, 8.31 or ๐๘.๓๑ น., None for anything else."""
    found = _TIME.fullmatch(given)
    if found is None:
        return None
    try:
        return dt.time(int(found[1]), int(found[2]))
    except ValueError:
        return None
