"""Read lists of pairs, places and judges as spreadsheets write or paste them; pure.

The first row names the columns, in English or Thai, in any order. An empty cell says nothing: what is known
stays. Nothing here knows the people; they are looked for afterwards.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sca_lms.web.workbooks import Rows

MOST_LINES = 2_000
LONGEST_CELL = 300
LONGEST_GIVEN = 60
INFORMATION = "*"
"""Heads of columns that an export has for people to read begin with this."""
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")

COLUMNS: Mapping[str, Sequence[str]] = {
    "code": ("code", "pair", "รหัสคู่", "คู่"),
    "ambassador": ("ambassador", "นักดิจิทัลพัฒนาเมือง", "ผู้เรียน"),
    "captain": ("captain", "mentor", "พี่เลี้ยง"),
    "area": ("area", "area code", "พื้นที่", "รหัสพื้นที่"),
    "area_th": ("area name (th)", "ชื่อพื้นที่", "ชื่อพื้นที่ (ไทย)"),
    "area_en": ("area name (en)", "ชื่อพื้นที่ (อังกฤษ)"),
    "province_th": ("province", "province (th)", "จังหวัด", "จังหวัด (ไทย)"),
    "province_en": ("province (en)", "จังหวัด (อังกฤษ)"),
    "group": ("group", "กลุ่ม", "ภาค"),
    "agency": ("agency code", "รหัสหน่วยงาน"),
    "agency_th": ("agency", "agency (th)", "หน่วยงาน", "หน่วยงาน (ไทย)"),
    "agency_en": ("agency (en)", "หน่วยงาน (อังกฤษ)"),
    "kind": ("agency kind", "ประเภทหน่วยงาน"),
    "dimension": ("dimension", "ด้าน"),
    "judge": ("judge", "กรรมการ"),
}
"""What a column may be called; the first name is the one that an export writes."""
KINDS: Mapping[str, str] = {
    "public": "public", "รัฐ": "public", "ภาครัฐ": "public",
    "private": "private", "เอกชน": "private", "ภาคเอกชน": "private",
}  # fmt: skip


class FaultKind(StrEnum):
    """What can be wrong with a list of pairs."""

    UNREADABLE = "unreadable"
    EMPTY = "empty"
    TOO_LONG = "too-long"
    NO_COLUMNS = "no-columns"
    UNKNOWN_COLUMN = "unknown-column"
    COLUMN_TWICE = "column-twice"
    LONG_CELL = "long-cell"
    NO_CODE = "no-code"
    BAD_CODE = "bad-code"
    CODE_TWICE = "code-twice"
    NO_AMBASSADOR = "no-ambassador"
    BAD_KIND = "bad-kind"
    UNKNOWN_PERSON = "unknown-person"
    SEVERAL_PEOPLE = "several-people"
    NO_LEARNER = "no-learner"
    SAME_PERSON = "same-person"
    AMBASSADOR_TWICE = "ambassador-twice"
    OTHER_AMBASSADOR = "other-ambassador"
    HAS_PAIR = "has-pair"
    ENDED = "ended"
    TOO_EARLY = "too-early"
    UNKNOWN_DIMENSION = "unknown-dimension"
    NO_AREA_NAME = "no-area-name"
    NO_AGENCY_NAME = "no-agency-name"
    CONTRADICTION = "contradiction"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the line as a spreadsheet counts them, and what was written there."""

    line: int
    kind: FaultKind
    given: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what stands under each column that has something."""

    number: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """Return what stands under a column, empty when nothing does."""
        return self.cells.get(column, "")

    @property
    def is_pair(self) -> bool:
        """Tell whether the line is about a pair; one may name a judge alone."""
        return bool(self.cells.keys() - {"judge"})


def read_pairs(rows: Rows | None) -> tuple[list[Line], list[Fault]]:
    """Return the lines of a list and everything that is wrong with it as far as the list alone tells."""
    if rows is None:
        return [], [Fault(1, FaultKind.UNREADABLE)]
    if len(rows) < 2:
        return [], [Fault(1, FaultKind.EMPTY)]
    if len(rows) > MOST_LINES + 1:
        return [], [Fault(rows[MOST_LINES + 1][0], FaultKind.TOO_LONG)]
    number, head = rows[0]
    places, faults = _places(number, head)
    if not {"code", "ambassador"} <= places.keys() and "judge" not in places:
        faults.append(Fault(number, FaultKind.NO_COLUMNS))
    if faults:
        return [], faults
    lines: list[Line] = []
    codes: set[str] = set()
    for number, cells in rows[1:]:
        line = Line(number, {name: said for name, place in places.items() if (said := _cell(cells, place))})
        if not line.cells:
            continue
        wrong = list(_faults_of(line, codes))
        faults += wrong
        if not wrong:
            lines.append(line)
    return lines, faults


def _faults_of(line: Line, codes: set[str]) -> Sequence[Fault]:
    long = next((said for said in line.cells.values() if len(said) > LONGEST_CELL), None)
    if long is not None:
        return [Fault(line.number, FaultKind.LONG_CELL, long[:LONGEST_GIVEN])]
    if not line.is_pair:
        return []
    faults: list[Fault] = []
    code = line.get("code")
    if not code:
        faults.append(Fault(line.number, FaultKind.NO_CODE))
    elif not CODE.fullmatch(code):
        faults.append(Fault(line.number, FaultKind.BAD_CODE, code[:LONGEST_GIVEN]))
    elif code in codes:
        faults.append(Fault(line.number, FaultKind.CODE_TWICE, code))
    codes.add(code)
    if not line.get("ambassador"):
        faults.append(Fault(line.number, FaultKind.NO_AMBASSADOR))
    faults += [
        Fault(line.number, FaultKind.BAD_CODE, said[:LONGEST_GIVEN])
        for column in ("area", "agency")
        if (said := line.get(column)) and not CODE.fullmatch(said)
    ]
    kind = line.get("kind")
    if kind and kind.casefold() not in KINDS:
        faults.append(Fault(line.number, FaultKind.BAD_KIND, kind[:LONGEST_GIVEN]))
    return faults


def _places(number: int, head: Sequence[str]) -> tuple[dict[str, int], list[Fault]]:
    names = {name: column for column, known in COLUMNS.items() for name in known}
    places: dict[str, int] = {}
    faults: list[Fault] = []
    for place, cell in enumerate(head):
        word = _clean(cell)
        if not word or word.startswith(INFORMATION):
            continue
        column = names.get(" ".join(word.casefold().replace("_", " ").split()))
        if column is None:
            faults.append(Fault(number, FaultKind.UNKNOWN_COLUMN, word[:LONGEST_GIVEN]))
        elif column in places:
            faults.append(Fault(number, FaultKind.COLUMN_TWICE, word[:LONGEST_GIVEN]))
        else:
            places[column] = place
    return places, faults


def _cell(cells: Sequence[str], place: int) -> str:
    return _clean(cells[place]) if place < len(cells) else ""


def _clean(cell: str) -> str:
    # Exports put an apostrophe before what a spreadsheet would take for a formula.
    return " ".join(cell.replace("\0", "").strip().removeprefix("'").split())
