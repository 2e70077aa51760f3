"""Texts as values: one in Thai and English, and one that pages say in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One text in both languages of the programme; either may be empty."""

    th: str
    en: str

    @classmethod
    def of(cls, value: object) -> "Bilingual":
        """Read a text from a plain string (the same in both languages) or a `{th, en}` mapping."""
        if isinstance(value, Bilingual):
            return value
        if isinstance(value, Mapping):
            return cls(th=str(value.get("th") or ""), en=str(value.get("en") or ""))
        plain = "" if value is None else str(value)
        return cls(th=plain, en=plain)

    def pick(self, locale: str) -> tuple[str, str]:
        """Return the text for a reader and the language it is really in."""
        wanted, other = ("en", "th") if locale.startswith("en") else ("th", "en")
        texts = {"th": self.th, "en": self.en}
        return (texts[wanted], wanted) if texts[wanted] else (texts[other], other)

    def __bool__(self) -> bool:
        return bool(self.th or self.en)


class Worded(str):
    """An English text that knows how it was made, so that a page can say it in the reader's language.

    To everything else it is its English text: it is sorted, compared, hashed and written to JSON as such,
    and commands print it. What is joined to it with `+` or an f-string becomes plain English.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, values: Mapping[str, object] | None = None) -> Self:
        """Fill the template's `%(name)s`; without values a `%` in it stands for itself."""
        made = super().__new__(cls, template % values if values else template)
        made.template, made.values = template, values or {}
        return made


def worded(template: str, /, **values: object) -> Worded:
    """Say something in English that the catalogues hold in Thai; a value may be worded itself."""
    return Worded(template, values)


def reason_of(error: Exception) -> str:
    """Return what an error was raised with; `str(error)` would forget how it was worded."""
    reason: object = error.args[0] if error.args else ""
    return reason if isinstance(reason, str) else str(error)
