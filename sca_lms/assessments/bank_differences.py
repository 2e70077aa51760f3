"""Tell in what two versions of a question differ, field by field."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_WORDS = re.compile(r"\s+|[^\s]+")
_SHORT = 400


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: `same`, `gone` or `new`."""

    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One field that reads otherwise: its path, such as `options.2.th`, and its text in pieces."""

    path: str
    pieces: tuple[Piece, ...]

    @property
    def field(self) -> str:
        """Return the first part of the path."""
        return self.path.split(".", 1)[0]

    @property
    def number(self) -> int | None:
        """Return which entry of a list it is, counted from 1."""
        return next((int(part) for part in self.path.split(".") if part.isdigit()), None)

    @property
    def last(self) -> str:
        """Return the last part of the path, such as `th`."""
        return self.path.rsplit(".", 1)[-1]


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[Change]:
    """Return every field in which two documents differ, in the order of the later one."""
    old, new = dict(_fields(before, "")), dict(_fields(after, ""))
    paths = [*new, *(path for path in old if path not in new)]
    return [
        Change(path, tuple(_pieces(old.get(path, ""), new.get(path, ""))))
        for path in paths
        if old.get(path, "") != new.get(path, "")
    ]


def _fields(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _fields(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, inner in enumerate(value, start=1):
            yield from _fields(inner, f"{path}.{number}")
    else:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


def _pieces(before: str, after: str) -> Iterator[Piece]:
    """Cut two texts where they differ; short ones by letter, because Thai has no spaces between words."""
    by_letter = max(len(before), len(after)) <= _SHORT
    old = list(before) if by_letter else _WORDS.findall(before)
    new = list(after) if by_letter else _WORDS.findall(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if by_letter and matcher.ratio() < 0.5:
        old, new = [before], [after]
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(old[a:b]))
            continue
        if b > a and "".join(old[a:b]):
            yield Piece("gone", "".join(old[a:b]))
        if d > c and "".join(new[c:d]):
            yield Piece("new", "".join(new[c:d]))
