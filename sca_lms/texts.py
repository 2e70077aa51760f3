"""One text in Thai and English, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass


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
