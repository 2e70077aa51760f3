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
from sca_lms.texts import reason_of, worded

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
    called: str = worded("text")

    def check(self, value: object, at: Spot) -> object:
        """Refuse anything but a text, and say when quotes were forgotten."""
        if not isinstance(value, str):
            return at.refuse(_not_text(self.label, value))
        if not value.strip():
            return at.refuse(worded("must be a %(label)s, not an empty one", label=self.label))
        if len(value) > self.longest:
            return at.refuse(
                worded(
                    "has %(count)s characters; at most %(most)s are allowed",
                    count=len(value),
                    most=self.longest,
                )
            )
        return value


@dataclass(frozen=True)
class Code(Shape):
    """A short name by which other parts of the file refer to something."""

    called: str = worded("code")

    def check(self, value: object, at: Spot) -> object:
        """Refuse what could not be part of an address or a file name."""
        if not isinstance(value, str):
            return at.refuse(_not_text(self.label, value))
        if not _CODE.fullmatch(value):
            return at.refuse(
                worded(
                    "must be a code of at most 40 letters A-Z, digits, dots, hyphens and underscores, "
                    "starting with a letter or a digit, not %(value)s",
                    value=shown(value),
                )
            )
        return value


@dataclass(frozen=True)
class Choice(Shape):
    """One of a few words."""

    choices: tuple[str, ...]

    @property
    def label(self) -> str:
        """List the words."""
        return worded("one of %(choices)s", choices=", ".join(self.choices))

    def check(self, value: object, at: Spot) -> object:
        """Refuse any other word, suggesting the nearest."""
        if value in self.choices:
            return value
        hint = did_you_mean(value, self.choices) if isinstance(value, str) else ""
        return at.refuse(must_be(self.label, value, hint))


@dataclass(frozen=True)
class Flag(Shape):
    """True or false."""

    called: str = worded("true or false")

    def check(self, value: object, at: Spot) -> object:
        """Refuse other ways to say yes, which YAML readers do not agree on."""
        if isinstance(value, bool):
            return value
        meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(str(value).lower())
        hint = worded("; did you mean %(word)s?", word=meant) if meant else ""
        return at.refuse(must_be(self.label, value, hint))


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
        kind = worded("whole number") if self.whole else worded("number")
        low, high = self.lowest, self.highest
        if low is not None and low == high:
            return worded("number %(number)s", number=low)
        if low is not None and high is not None:
            if self.above:
                return worded("%(kind)s above %(low)s, at most %(high)s", kind=kind, low=low, high=high)
            return worded("%(kind)s from %(low)s to %(high)s", kind=kind, low=low, high=high)
        if low is not None:
            if self.above:
                return worded("%(kind)s above %(low)s", kind=kind, low=low)
            return worded("%(kind)s, at least %(low)s", kind=kind, low=low)
        return kind

    def check(self, value: object, at: Spot) -> object:
        """Refuse texts, fractions where a whole number is due, and numbers beyond the limits."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or (self.whole and not isinstance(value, int)):
            quoted = isinstance(value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value)
            hint = worded("; leave out the quotes") if quoted else ""
            return at.refuse(must_be_a(self.label, value, hint))
        return value if self._in_range(value) else at.refuse(must_be_a(self.label, value))

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
            return at.refuse(must_be_a(self.label, value))
        try:
            self.judge(value)
        except ValueError as error:
            return at.refuse(given(reason_of(error), value))
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
    called: str = worded("group")
    elsewhere: frozenset[str] = frozenset()
    open_prefix: str | None = None

    def check(self, value: object, at: Spot) -> object:
        """Check all fields, report unknown and missing ones, and return the sound rest in order."""
        if not isinstance(value, dict):
            names = _first_names(self.fields)
            return at.refuse(
                worded(
                    "must be a group of fields (%(names)s), not %(value)s", names=names, value=shown(value)
                )
            )
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
                at.under(name).refuse(worded("is missing (needed: %(label)s)", label=known.shape.label))
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
            return worded(
                "does not belong to a %(label)s; its fields are %(fields)s",
                label=self.label,
                fields=", ".join(self.fields),
            )
        if not guess:
            return worded("is not a known field")
        absent = [field for field in self.fields if field not in value]
        hint = did_you_mean(name, absent) or did_you_mean(name, self.fields)
        misspelt.update(field for field in absent if f"'{field}'" in hint)
        if not hint:
            return worded("is not a known field; known are %(fields)s", fields=", ".join(self.fields))
        return worded("is not a known field%(hint)s", hint=hint)


@dataclass(frozen=True)
class ListOf(Shape):
    """A list of values of one shape; `fewest` is how many there must be at least."""

    each: Shape
    fewest: int = 0
    most: int = 5000

    @property
    def label(self) -> str:
        """Describe list and elements."""
        if self.fewest:
            return worded("list of %(each)s, at least %(low)s", each=self.each.label, low=self.fewest)
        return worded("list of %(each)s", each=self.each.label)

    def check(self, value: object, at: Spot) -> object:
        """Check each element; one of another shape leaves None in its place, so that positions stay true."""
        if not isinstance(value, list):
            return at.refuse(must_be_a(self.label, value))
        if len(value) < self.fewest:
            at.refuse(
                worded(
                    "has %(count)s elements; it must have at least %(low)s",
                    count=len(value),
                    low=self.fewest,
                )
            )
        if len(value) > self.most:
            at.refuse(
                worded(
                    "has %(count)s elements; it must have at most %(high)s", count=len(value), high=self.most
                )
            )
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
        return worded("group of names, each a %(each)s", each=self.each.label)

    def check(self, value: object, at: Spot) -> object:
        """Check each value."""
        if not isinstance(value, dict):
            return at.refuse(must_be_a(self.label, value))
        checked = {name: self.each.check(member, at.under(name)) for name, member in value.items()}
        return {name: member for name, member in checked.items() if member is not INVALID}

    def shift(self, value: object, days: int) -> object:
        """Move each value."""
        if not isinstance(value, dict):
            return value
        return {name: self.each.shift(member, days) for name, member in value.items()}


def must_be_a(label: str, value: object, hint: str = "") -> str:
    """Say which shape a value should have, named without its article."""
    return worded("must be a %(label)s, not %(value)s%(hint)s", label=label, value=shown(value), hint=hint)


def must_be(label: str, value: object, hint: str = "") -> str:
    """Say which shape a value should have where its name takes no article."""
    return worded("must be %(label)s, not %(value)s%(hint)s", label=label, value=shown(value), hint=hint)


def given(reason: str, value: object) -> str:
    """Add to a reason the value that is refused."""
    return worded("%(reason)s (given: %(value)s)", reason=reason, value=shown(value))


def quotes_hint(value: object) -> str:
    """Say how a number or truth becomes a text; nothing for other values."""
    if not isinstance(value, bool | int | float):
        return ""
    return worded('; put it in quotes: "%(value)s"', value=shown(value))


def _not_text(label: str, value: object) -> str:
    return must_be_a(label, value, quotes_hint(value))


def _first_names(fields: Mapping[str, Field]) -> str:
    names = list(fields)
    return ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
