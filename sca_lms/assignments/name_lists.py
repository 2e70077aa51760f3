"""Read lists of people with something beside each name, as spreadsheets write or paste them; pure.

The first line names the columns, in English or Thai, in any order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sca_lms.web.tables import cell_of, cells_of

MOST_LINES = 5_000
PERSON = frozenset({"name", "e-mail", "email", "sub", "person", "ชื่อ", "ชื่อ-นามสกุล", "อีเมล", "ผู้เรียน"})
DATE = frozenset({"due", "date", "until", "วันที่", "กำหนดส่ง", "ถึง"})
REASON = frozenset({"reason", "เหตุผล"})
TEAM = frozenset({"team", "ทีม", "กลุ่ม", "group"})


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
    rows = cells_of(text, most=MOST_LINES)
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
        person = cell_of(cells, places["person"])
        values = {name: cell_of(cells, places[name]) for name in columns if name in places}
        if not person:
            faults.append(ListFault(number, ListFaultKind.NO_PERSON))
        elif any(not values[name] for name in needed):
            faults.append(ListFault(number, ListFaultKind.NO_VALUE, person))
        else:
            lines.append(ListLine(number, person, values))
    return lines, faults
