"""Read who gets how much more from a pasted table, with the line and reason of every fault; pure."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Generic, TypeVar

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text

MOST_LINES = 2_000
MOST_MINUTES = 60 * 24 * 60
MOST_EXTRA_ATTEMPTS = 50
LONGEST_REASON = 1_000
MOST_FACTOR = Decimal(5)
HEADERS = frozenset({"email", "e-mail", "อีเมล"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Extension:
    """What somebody has beyond the rules of a quiz."""

    minutes: int
    extra_attempts: int
    reason: str = ""

    @property
    def is_nothing(self) -> bool:
        """Tell whether it gives nothing, so that nothing has to be kept."""
        return self.minutes == 0 and self.extra_attempts == 0


@dataclass(frozen=True, slots=True)
class MoreTime:
    """By what time limits are stretched for somebody; 1 is no more than others have."""

    factor: Decimal
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who can be named in a table: by e-mail address, or by a name that only one person has."""

    enrolment_id: int
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in one line of a table."""

    line: int
    reason: Text


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """What a table says, by enrolment, and every line that cannot be taken."""

    rows: dict[int, T]
    faults: list[RowFault]


class BadCell(ValueError):
    """A cell that cannot be read; `reason` says what to write."""

    def __init__(self, reason: Text) -> None:
        super().__init__(str(reason))
        self.reason = reason


def read_extensions(text: str, people: Iterable[Known]) -> Table[Extension]:
    """Read lines of who, minutes, further attempts and reason."""
    return _read(text, people, _extension)


def read_more_time(text: str, people: Iterable[Known]) -> Table[MoreTime]:
    """Read lines of who, factor and reason."""
    return _read(text, people, lambda cells: MoreTime(read_factor(_cell(cells, 1)), _reason(cells, 2)))


def read_factor(text: str) -> Decimal:
    """Read by what time is stretched, such as 1.5; raise `BadCell`."""
    wrong = BadCell(_l("Write the factor as a number from 1 to 5 with at most two decimals, such as 1.5."))
    try:
        factor = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise wrong from None
    if not factor.is_finite() or not 1 <= factor <= MOST_FACTOR or factor != round(factor, 2):
        raise wrong
    return factor


def _extension(cells: Sequence[str]) -> Extension:
    minutes = _whole(_cell(cells, 1) or "0", MOST_MINUTES)
    return Extension(minutes, _whole(_cell(cells, 2) or "0", MOST_EXTRA_ATTEMPTS), _reason(cells, 3))


def _read(text: str, people: Iterable[Known], parse: Callable[[Sequence[str]], T]) -> Table[T]:
    by_name = _by_name(people)
    table: Table[T] = Table({}, [])
    lines = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    first = lines.lstrip("\n").partition("\n")[0]
    reader = csv.reader(io.StringIO(lines), delimiter=max("\t;,", key=first.count))
    try:
        for cells in reader:
            if len(table.rows) + len(table.faults) >= MOST_LINES:
                table.faults.append(RowFault(reader.line_num, _l("There are too many lines.")))
                break
            who = _cell(cells, 0).casefold()
            if who and who not in HEADERS:
                _take(table, reader.line_num, by_name.get(who, []), cells, parse)
    except csv.Error:
        table.faults.append(RowFault(reader.line_num, _l("A quotation mark is open or out of place.")))
    return table


def _take(
    table: Table[T],
    line: int,
    found: Sequence[int],
    cells: Sequence[str],
    parse: Callable[[Sequence[str]], T],
) -> None:
    if not found:
        table.faults.append(RowFault(line, _l("Nobody in this course has this e-mail address or name.")))
    elif len(found) > 1:
        table.faults.append(RowFault(line, _l("Several people are called so; write the e-mail address.")))
    elif found[0] in table.rows:
        table.faults.append(RowFault(line, _l("This person stands in the table twice.")))
    else:
        try:
            table.rows[found[0]] = parse(cells)
        except BadCell as fault:
            table.faults.append(RowFault(line, fault.reason))


def _by_name(people: Iterable[Known]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    for person in people:
        for name in {person.email.strip().casefold(), person.name.strip().casefold()} - {""}:
            found.setdefault(name, []).append(person.enrolment_id)
    return found


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def _whole(text: str, most: int) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) > most:
        raise BadCell(_l("Write a whole number from 0 to %(most)s.", most=most))
    return int(text)


def _reason(cells: Sequence[str], place: int) -> str:
    reason = _cell(cells, place)
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise BadCell(_l("Write a shorter reason, in one line."))
    return reason
