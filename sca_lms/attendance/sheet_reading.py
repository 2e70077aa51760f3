"""Read a sign-in sheet that came back: as a CSV file, or pasted from a spreadsheet; pure.

Columns are found by their names in the first line, in English or Thai: code, name, in, out.
"""

import datetime as dt
import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sca_lms.web.tables import cell_of, cells_of

MOST_LINES = 5_000
_NAMES: Mapping[str, str] = {
    "code": "code", "รหัส": "code",
    "name": "name", "ชื่อ": "name", "ชื่อ-นามสกุล": "name",
    "in": "in", "เข้า": "in", "เวลาเข้า": "in",
    "out": "out", "ออก": "out", "เวลาออก": "out",
}  # fmt: skip
_NEEDED = ("code", "in", "out")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.]\d{2})?(?:\s*น\.?)?")
_NOTHING = frozenset({"", "-", "–", "—"})


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


def read_sheet(text: str) -> tuple[list[SheetRow], list[SheetFault]]:
    """Return the lines of a sheet and every fault that can be seen without knowing the people."""
    lines = cells_of(text, most=MOST_LINES)
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
        found = {name: cell_of(cells, at) for name, at in columns.items()}
        own = _faults_of(line, found)
        faults += own
        if not own:
            rows.append(
                SheetRow(line, found["code"], found.get("name", ""), _time(found["in"]), _time(found["out"]))
            )
    return rows, faults


def _is_name(cell: str) -> bool:
    return cell.strip().casefold() in _NAMES


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
