"""Name what is wrong in a programme file, and where, in words that its author can act on."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import NamedTuple, Protocol

from sca_lms.texts import worded

Path = tuple[str | int, ...]
Document = Mapping[str, object]

_LONGEST_SHOWN = 60
# Comparing spellings is slow; a hostile file must not make it long.
_MOST_COMPARED = 40


@dataclass(frozen=True, order=True, slots=True)
class Fault:
    """One thing to put right: line and column count from 1, the field is a dotted path into the file."""

    line: int
    column: int
    field: str
    reason: str


class Place(NamedTuple):
    """A spot in the file and the path of the field that stands, or should stand, there."""

    line: int
    column: int
    path: Path

    def fault(self, reason: str) -> Fault:
        """Make a fault that points here."""
        return Fault(self.line, self.column, field_name(self.path), reason)


class Locate(Protocol):
    """Find the place of a field; a field that the file lacks is placed at its nearest holder."""

    def __call__(self, *path: str | int) -> Place: ...


class SectionChecker(Protocol):
    """Check what a package knows about its section of the file.

    A checker gets only the values that have the right shape: whatever has none was already reported and is
    absent (in a list: None). So a checker looks values up with `rows`, `find_whole` and the like, and is
    silent about what is not there.
    """

    def __call__(self, document: Document, locate: Locate) -> Iterable[Fault]: ...


def field_name(path: Path) -> str:
    """Write a path the way people write it: pre_bootcamp.modules[2].units[0].minutes."""
    name = ""
    for step in path:
        if isinstance(step, int):
            name += f"[{step}]"
        else:
            name += f".{_printable(step)}" if name else _printable(step)
    return name or worded("file")


def shown(value: object) -> str:
    """Quote a value from the file for a message: short, on one line, without control characters."""
    match value:
        case None:
            return worded("nothing")
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return f"'{_printable(value)}'"
        case list():
            return worded("a list of %(count)s", count=len(value))
        case _:
            return worded("a group of fields")


def did_you_mean(word: str, choices: Iterable[str], *, most: int = _MOST_COMPARED) -> str:
    """Return "; did you mean 'x'?" when a choice is close to the word, otherwise nothing."""
    by_lower_case = {choice.lower(): choice for choice in islice(choices, most)}
    close = get_close_matches(word[:_LONGEST_SHOWN].lower(), by_lower_case, n=1, cutoff=0.6)
    return worded("; did you mean '%(word)s'?", word=by_lower_case[close[0]]) if close else ""


def find(document: object, *path: str | int) -> object:
    """Return the value at a path, or None when anything on the way is absent."""
    value = document
    for step in path:
        if isinstance(step, str) and isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and 0 <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def find_text(document: object, *path: str | int) -> str | None:
    """Return the text at a path, or None."""
    value = find(document, *path)
    return value if isinstance(value, str) else None


def find_whole(document: object, *path: str | int) -> int | None:
    """Return the whole number at a path, or None."""
    value = find(document, *path)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def was_refused(document: Document, locate: Locate, *path: str | int) -> bool:
    """Tell whether the file has a field that is absent from the document because its value is faulty."""
    in_file = locate(*path)[:2] != locate(*path[:-1])[:2]
    holder = find(document, *path[:-1])
    return in_file and isinstance(holder, Mapping) and path[-1] not in holder


def rows(document: object, *path: str | int) -> Iterator[tuple[Path, Document]]:
    """List the groups of fields in the list at a path, each with its own full path."""
    for index, item in enumerate(items(document, *path)):
        if isinstance(item, Mapping):
            yield (*path, index), item


def items(document: object, *path: str | int) -> list[object]:
    """Return the list at a path; an absent one is empty."""
    value = find(document, *path)
    return value if isinstance(value, list) else []


def codes(document: object, *path: str | int) -> dict[str, Path]:
    """Return the codes in the list of groups at a path, each with the path of the first group that has it."""
    found: dict[str, Path] = {}
    for place, row in rows(document, *path):
        code = find_text(row, "code")
        if code is not None:
            found.setdefault(code, place)
    return found


def repeated(locate: Locate, places: Iterable[tuple[Path, object]]) -> Iterator[Fault]:
    """Report each value that an earlier place already has; places are (path of the value, value)."""
    first: dict[object, Path] = {}
    for path, value in places:
        if value is None:
            continue
        if value in first:
            line = locate(*first[value]).line
            yield locate(*path).fault(
                worded(
                    "%(value)s is already used on line %(line)s; each must be different",
                    value=shown(value),
                    line=line,
                )
            )
        else:
            first[value] = path


def unknown_reference(
    locate: Locate, path: Path, code: str | None, *, known: Collection[str], kind: str
) -> Iterator[Fault]:
    """Report a code that no row of the named kind has; an absent code is silent."""
    if code is not None and code not in known:
        hint = did_you_mean(code, known)
        yield locate(*path).fault(
            worded("there is no %(kind)s %(code)s%(hint)s", kind=kind, code=shown(code), hint=hint)
        )


def _printable(text: str) -> str:
    short = text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in short)
