"""Read a file of scores as the gradebook exports it: a row for each learner, a column for each score; pure.

The first row names the columns. A column of scores has the code in brackets, or is called by the code alone.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from sca_lms.assignments.name_lists import PERSON
from sca_lms.web.tables import rows_of_file

MOST_ROWS = 10_000
ID_HEADS = frozenset({"id", "learner id", "รหัส", "รหัสผู้เรียน"})
INFORMATION = "*"
"""Heads of columns that an export has for people to read begin with this."""
LONGEST_GIVEN = 60
_CODE = re.compile(r"\[([^\[\]]+)\].*", re.DOTALL)
_NUMBER = re.compile(r"\d{1,9}(\.\d{0,20})?|\.\d{1,20}")
_NOISE = Decimal("0.000000001")
"""Workbooks keep binary fractions, which are off by less than this."""


class FaultKind(StrEnum):
    """What can be wrong with a file of scores."""

    UNREADABLE = "unreadable"
    EMPTY = "empty"
    TOO_LONG = "too-long"
    NO_PERSON_COLUMN = "no-person-column"
    NO_SCORE_COLUMN = "no-score-column"
    UNKNOWN_COLUMN = "unknown-column"
    COLUMN_TWICE = "column-twice"
    NO_PERSON = "no-person"
    UNKNOWN_PERSON = "unknown-person"
    SEVERAL_PEOPLE = "several-people"
    PERSON_TWICE = "person-twice"
    NO_NUMBER = "no-number"
    TOO_PRECISE = "too-precise"
    OUT_OF_RANGE = "out-of-range"
    OWN_SCORE = "own-score"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the row as a spreadsheet counts them, and what was written there."""

    line: int
    kind: FaultKind
    given: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """The scores of one learner as they stand in a file; empty cells are left out."""

    line: int
    enrolment_id: int | None
    person: str
    values: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class MarkFile:
    """What a file says, and everything that is wrong with it as far as the file alone tells."""

    rows: Sequence[Row]
    faults: Sequence[Fault]


def read_marks(content: bytes, maxima: Mapping[str, Decimal]) -> MarkFile:
    """Read a CSV or XLSX file; `maxima` has the columns that there are, and the most in each."""
    lines = rows_of_file(content, most=MOST_ROWS + 1)
    if lines is None:
        return MarkFile([], [Fault(1, FaultKind.UNREADABLE)])
    if len(lines) < 2:
        return MarkFile([], [Fault(1, FaultKind.EMPTY)])
    if len(lines) > MOST_ROWS + 1:
        return MarkFile([], [Fault(lines[MOST_ROWS + 1][0], FaultKind.TOO_LONG)])
    number, head = lines[0]
    places, faults = _places(number, head, maxima)
    id_place, person_place = _place(head, ID_HEADS), _place(head, PERSON)
    if id_place is None and person_place is None:
        faults.append(Fault(number, FaultKind.NO_PERSON_COLUMN))
    if not places and not faults:
        faults.append(Fault(number, FaultKind.NO_SCORE_COLUMN))
    if faults:
        return MarkFile([], faults)
    rows: list[Row] = []
    for line, cells in lines[1:]:
        row = _row(line, (_cell(cells, id_place), _cell(cells, person_place)))
        if isinstance(row, Fault):
            faults.append(row)
            continue
        values, wrong = _values(line, cells, places, maxima)
        rows.append(replace(row, values=values))
        faults += wrong
    return MarkFile(rows, faults)


def _row(line: int, given: tuple[str, str]) -> Row | Fault:
    given_id, person = given
    enrolment_id = _id(given_id)
    if given_id and enrolment_id is None:
        return Fault(line, FaultKind.UNKNOWN_PERSON, given_id[:LONGEST_GIVEN])
    if not given_id and not person:
        return Fault(line, FaultKind.NO_PERSON)
    return Row(line, enrolment_id, person, {})


def _values(
    line: int, cells: Sequence[str], places: Mapping[str, int], maxima: Mapping[str, Decimal]
) -> tuple[dict[str, Decimal], list[Fault]]:
    values: dict[str, Decimal] = {}
    faults: list[Fault] = []
    for code, place in places.items():
        typed = _cell(cells, place)
        if not typed:
            continue
        value = _number(typed, maxima[code])
        if isinstance(value, FaultKind):
            faults.append(Fault(line, value, typed[:LONGEST_GIVEN], code))
        else:
            values[code] = value
    return values, faults


def _places(number: int, head: Sequence[str], codes: Collection[str]) -> tuple[dict[str, int], list[Fault]]:
    places: dict[str, int] = {}
    faults: list[Fault] = []
    for place, cell in enumerate(head):
        word = _clean(cell)
        bracketed = _CODE.fullmatch(word)
        code = bracketed[1].strip() if bracketed else word
        if code in codes:
            if code in places:
                faults.append(Fault(number, FaultKind.COLUMN_TWICE, code[:LONGEST_GIVEN]))
            places[code] = place
        elif word and not word.startswith(INFORMATION) and word.casefold() not in ID_HEADS | PERSON:
            faults.append(Fault(number, FaultKind.UNKNOWN_COLUMN, word[:LONGEST_GIVEN]))
    return places, faults


def _place(head: Sequence[str], names: Collection[str]) -> int | None:
    return next((place for place, cell in enumerate(head) if _clean(cell).casefold() in names), None)


def _cell(cells: Sequence[str], place: int | None) -> str:
    return _clean(cells[place]) if place is not None and place < len(cells) else ""


def _clean(cell: str) -> str:
    # Exports put an apostrophe before what a spreadsheet would take for a formula.
    return cell.strip().removeprefix("'").strip()


def _id(text: str) -> int | None:
    whole = text.removesuffix(".0")
    return int(whole) if whole.isascii() and whole.isdigit() and len(whole) <= 9 else None


def _number(typed: str, maximum: Decimal) -> Decimal | FaultKind:
    text = typed.removeprefix("+")
    if not text.isascii() or not _NUMBER.fullmatch(text):
        negative = text.removeprefix("-").removeprefix("−")
        is_negative = negative != text and _NUMBER.fullmatch(negative) is not None
        return FaultKind.OUT_OF_RANGE if is_negative else FaultKind.NO_NUMBER
    value = Decimal(text)
    rounded = value.quantize(Decimal("0.0001"))
    if rounded > maximum:
        return FaultKind.OUT_OF_RANGE
    return rounded if abs(rounded - value) < _NOISE else FaultKind.TOO_PRECISE
