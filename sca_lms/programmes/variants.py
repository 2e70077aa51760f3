"""Shapes made of others: texts in both languages, and groups whose fields depend on their type."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sca_lms.programmes.faults import did_you_mean, shown
from sca_lms.programmes.shapes import Field, Group, Shape, Spot, Text, must_be, quotes_hint
from sca_lms.texts import worded

LANGUAGES = ("th", "en")
_LANGUAGE_NAMES = {"th": worded("Thai text"), "en": worded("English text")}


@dataclass(frozen=True)
class Words(Shape):
    """A text as {th, en}, in every language of programme.locales, or one text that serves all languages.

    Fields named in `also` stand beside the languages; such a text is always written as a group.
    """

    longest: int = 500
    also: Mapping[str, Field] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Describe the group."""
        return worded("words {%(fields)s}", fields=", ".join([*LANGUAGES, *self.also]))

    def check(self, value: object, at: Spot) -> object:
        """Refuse an empty text and one that lacks a language of the programme."""
        if isinstance(value, str) and not self.also:
            return Text(self.longest).check(value, at)
        if not isinstance(value, dict):
            return at.refuse(must_be(self.label, value, quotes_hint(value)))
        languages = {
            language: Field(Text(self.longest, _LANGUAGE_NAMES[language]), required=language in at.languages)
            for language in LANGUAGES
        }
        if not value:
            return at.refuse(worded("must be %(label)s, not an empty group", label=self.label))
        return Group({**languages, **self.also}, worded("text in two languages")).check(value, at)


@dataclass(frozen=True)
class Variants(Shape):
    """A group with a field (`tag`) that says which other fields it has."""

    called: str
    common: Mapping[str, Field]
    cases: Mapping[str, Mapping[str, Field]]
    tag: str = "type"

    def case(self, name: str) -> Group:
        """Return the group for one value of the tag, with all its fields."""
        foreign = {other for fields in self.cases.values() for other in fields}
        fields = {**self.common, **self.cases[name]}
        return Group(fields, _named(name, self.label), frozenset(foreign - fields.keys()))

    def check(self, value: object, at: Spot) -> object:
        """Check the group as its tag says; without a known tag check what all variants share."""
        if not isinstance(value, dict):
            return at.refuse(
                worded(
                    "must be a group of fields for a %(label)s, not %(value)s",
                    label=self.label,
                    value=shown(value),
                )
            )
        kind = value.get(self.tag)
        if isinstance(kind, str) and kind in self.cases:
            return self.case(kind).check(value, at)
        choices = ", ".join(self.cases)
        if self.tag in value:
            hint = did_you_mean(kind, self.cases) if isinstance(kind, str) else ""
            at.under(self.tag).refuse(must_be(worded("one of %(choices)s", choices=choices), kind, hint))
        shared = {name: member for name, member in value.items() if name in self.common and name != self.tag}
        # The tag is the first of the common fields; when it is missing, this reports it as such.
        fields = {
            name: known for name, known in self.common.items() if name != self.tag or self.tag not in value
        }
        return Group(fields, self.label).check(shared, at)

    def shift(self, value: object, days: int) -> object:
        """Move the fields of its case."""
        kind = value.get(self.tag) if isinstance(value, dict) else None
        return self.case(kind).shift(value, days) if isinstance(kind, str) and kind in self.cases else value


def _named(kind: str, label: str) -> str:
    return worded("%(kind)s %(label)s", kind=kind, label=label)
