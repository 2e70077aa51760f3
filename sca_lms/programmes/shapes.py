"""The vocabulary that describes a programme file: what a value must look like, and how it moves in time.

Each shape answers three questions: what it is called in the documentation (`label`), whether a value has
it (`check`, which reports every fault it finds and returns the value in its canonical form), and what becomes
of a value when the programme is held some days later (`shift`).
"""

import dataclasses
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sca_lms.programmes.faults import Fault, Locate, Path, did_you_mean, shown

INVALID: Final = object()

# Guessing what was meant is slow; beyond so many faults the author has other worries.
_MOST_GUESSES = 300

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a check stands, what it reports to, and the languages in which every text must be given."""

    path: Path
    locate: Locate
    faults: list[Fault]
    languages: tuple[str, ...]

    def under(self, step: str | int) -> "Spot":
        """Step into a field of a group or an element of a list."""
        return dataclasses.replace(self, path=(*self.path, step))

    def refuse(self, reason: str) -> object:
        """Report a fault here and return INVALID."""
        self.faults.append(self.locate(*self.path).fault(reason))
        return INVALID


class Shape(ABC):
    """What a value must look like."""

    called: str

    @property
    def label(self) -> str:
        """Name the shape for the documentation and for messages about a missing field."""
        return self.called

    @abstractmethod
    def check(self, value: object, at: Spot) -> object:
        """Return the value in canonical form, or INVALID after reporting why it is not of this shape."""

    def shift(self, value: object, days: int) -> object:
        """Return the value for a programme held so many days later; most values do not depend on time."""
        return value


@dataclass(frozen=True)
class Text(Shape):
    """A text in one language or none; it may not be empty."""

    longest: int = 2000
    called: str = "text"

    def check(self, value: object, at: Spot) -> object:
        """Refuse anything but a text, and say when quotes were forgotten."""
        if not isinstance(value, str):
            return at.refuse(_not_text(self.label, value))
        if not value.strip():
            return at.refuse(f"must be a {self.label}, not an empty one")
        if len(value) > self.longest:
            return at.refuse(f"has {len(value)} characters; at most {self.longest} are allowed")
        return value


@dataclass(frozen=True)
class Code(Shape):
    """A short name by which other parts of the file refer to something."""

    called: str = "code"

    def check(self, value: object, at: Spot) -> object:
        """Refuse what could not be part of an address or a file name."""
        if not isinstance(value, str):
            return at.refuse(_not_text(self.label, value))
        if not _CODE.fullmatch(value):
            return at.refuse(
                "must be a code of at most 40 letters A-Z, digits, dots, hyphens and underscores, "
                f"starting with a letter or a digit, not {shown(value)}"
            )
        return value


@dataclass(frozen=True)
class Choice(Shape):
    """One of a few words."""

    choices: tuple[str, ...]

    @property
    def label(self) -> str:
        """List the words."""
        return "one of " + ", ".join(self.choices)

    def check(self, value: object, at: Spot) -> object:
        """Refuse any other word, suggesting the nearest."""
        if value in self.choices:
            return value
        hint = did_you_mean(value, self.choices) if isinstance(value, str) else ""
        return at.refuse(f"must be {self.label}, not {shown(value)}{hint}")


@dataclass(frozen=True)
class Flag(Shape):
    """True or false."""

    called: str = "true or false"

    def check(self, value: object, at: Spot) -> object:
        """Refuse other ways to say yes, which YAML readers do not agree on."""
        if isinstance(value, bool):
            return value
        meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(str(value).lower())
        hint = f"; did you mean {meant}?" if meant else ""
        return at.refuse(f"must be true or false, not {shown(value)}{hint}")


@dataclass(frozen=True)
class Number(Shape):
    """A number between two limits, both included (`above` excludes the lower one); None means no limit."""

    lowest: float | None = None
    highest: float | None = None
    above: bool = False
    whole: bool = False

    @property
    def label(self) -> str:
        """Describe kind and limits."""
        kind = "whole number" if self.whole else "number"
        if self.lowest is not None and self.lowest == self.highest:
            return f"number {self.lowest}"
        if self.lowest is not None and self.highest is not None:
            if self.above:
                return f"{kind} above {self.lowest}, at most {self.highest}"
            return f"{kind} from {self.lowest} to {self.highest}"
        if self.lowest is not None:
            return f"{kind} above {self.lowest}" if self.above else f"{kind}, at least {self.lowest}"
        return kind

    def check(self, value: object, at: Spot) -> object:
        """Refuse texts, fractions where a whole number is due, and numbers beyond the limits."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or (self.whole and not isinstance(value, int)):
            quoted = isinstance(value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value)
            return at.refuse(
                f"must be a {self.label}, not {shown(value)}{'; leave out the quotes' if quoted else ''}"
            )
        return value if self._in_range(value) else at.refuse(f"must be a {self.label}, not {shown(value)}")

    def _in_range(self, value: object) -> bool:
        if not isinstance(value, int | float):
            return False
        too_low = self.lowest is not None and (value <= self.lowest if self.above else value < self.lowest)
        return not too_low and (self.highest is None or value <= self.highest)


@dataclass(frozen=True)
class Link(Shape):
    """An address; `judge` raises ValueError with what is wrong."""

    called: str
    judge: Callable[[str], None]

    def check(self, value: object, at: Spot) -> object:
        """Refuse an address that the judge refuses."""
        if not isinstance(value, str):
            return at.refuse(f"must be a {self.label}, not {shown(value)}")
        try:
            self.judge(value)
        except ValueError as error:
            return at.refuse(f"{error} (given: {shown(value)})")
        return value


@dataclass(frozen=True)
class Field:
    """A field of a group: its shape, and whether it may be left out."""

    shape: Shape
    required: bool = True


@dataclass(frozen=True)
class Group(Shape):
    """A group of named fields; any other name is a fault."""

    fields: Mapping[str, Field]
    called: str = "group"
    elsewhere: frozenset[str] = frozenset()
    open_prefix: str | None = None

    def check(self, value: object, at: Spot) -> object:
        """Check all fields, report unknown and missing ones, and return the sound rest in order."""
        if not isinstance(value, dict):
            names = _first_names(self.fields)
            return at.refuse(f"must be a group of fields ({names}), not {shown(value)}")
        clean: dict[str, object] = {}
        misspelt: set[str] = set()
        for name, member in value.items():
            known = self.fields.get(name)
            if known is not None:
                checked = known.shape.check(member, at.under(name))
                if checked is not INVALID:
                    clean[name] = checked
            elif self.open_prefix and name.startswith(self.open_prefix):
                clean[name] = member
            else:
                at.under(name).refuse(
                    self._unknown(name, misspelt, value, guess=len(at.faults) < _MOST_GUESSES)
                )
        for name, known in self.fields.items():
            if known.required and name not in value and name not in misspelt:
                at.under(name).refuse(f"is missing (needed: {known.shape.label})")
        return clean

    def shift(self, value: object, days: int) -> object:
        """Move every field that has a place in time."""
        if not isinstance(value, dict):
            return value
        return {
            name: self.fields[name].shape.shift(member, days) if name in self.fields else member
            for name, member in value.items()
        }

    def _unknown(self, name: str, misspelt: set[str], value: Mapping[str, object], *, guess: bool) -> str:
        if name in self.elsewhere:
            return f"does not belong to a {self.label}; its fields are {', '.join(self.fields)}"
        if not guess:
            return "is not a known field"
        absent = [field for field in self.fields if field not in value]
        hint = did_you_mean(name, absent) or did_you_mean(name, self.fields)
        misspelt.update(field for field in absent if f"'{field}'" in hint)
        return "is not a known field" + (hint or f"; known are {', '.join(self.fields)}")


@dataclass(frozen=True)
class ListOf(Shape):
    """A list of values of one shape; `fewest` is how many there must be at least."""

    each: Shape
    fewest: int = 0
    most: int = 5000

    @property
    def label(self) -> str:
        """Describe list and elements."""
        return f"list of {self.each.label}" + (f", at least {self.fewest}" if self.fewest else "")

    def check(self, value: object, at: Spot) -> object:
        """Check each element; one of another shape leaves None in its place, so that positions stay true."""
        if not isinstance(value, list):
            return at.refuse(f"must be a {self.label}, not {shown(value)}")
        if not self.fewest <= len(value) <= self.most:
            limits = f"at least {self.fewest}" if len(value) < self.fewest else f"at most {self.most}"
            at.refuse(f"has {len(value)} elements; it must have {limits}")
        checked = [
            self.each.check(element, at.under(index)) for index, element in enumerate(value[: self.most])
        ]
        return [None if element is INVALID else element for element in checked]

    def shift(self, value: object, days: int) -> object:
        """Move each element."""
        return [self.each.shift(element, days) for element in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class NamedValues(Shape):
    """A group with names of the author's choice and values of one shape."""

    each: Shape

    @property
    def label(self) -> str:
        """Describe the values."""
        return f"group of names, each a {self.each.label}"

    def check(self, value: object, at: Spot) -> object:
        """Check each value."""
        if not isinstance(value, dict):
            return at.refuse(f"must be a {self.label}, not {shown(value)}")
        checked = {name: self.each.check(member, at.under(name)) for name, member in value.items()}
        return {name: member for name, member in checked.items() if member is not INVALID}

    def shift(self, value: object, days: int) -> object:
        """Move each value."""
        if not isinstance(value, dict):
            return value
        return {name: self.each.shift(member, days) for name, member in value.items()}


def _not_text(label: str, value: object) -> str:
    hint = f'; put it in quotes: "{shown(value)}"' if isinstance(value, bool | int | float) else ""
    return f"must be a {label}, not {shown(value)}{hint}"


def _first_names(fields: Mapping[str, Field]) -> str:
    names = list(fields)
    return ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
