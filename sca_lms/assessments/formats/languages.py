"""Read and write a text in two languages the way Moodle's multi-language filters keep them.

Read are `<span lang="th" class="multilang">` and `{mlang th}…{mlang}`; written is the second one, which
works in plain text as well. See https://docs.moodle.org/en/Multi-language_content_filter.
"""

import re

from sca_lms.texts import Bilingual

_MLANG = re.compile(r"\{mlang[ \t]+([^}]{1,40})\}(.*?)\{mlang\}", re.DOTALL | re.IGNORECASE)
_SPAN = re.compile(
    r"<span(?=[^>]{0,200}\bclass=[\"']?multilang)(?=[^>]{0,200}\blang=[\"']?([a-z]{2}))[^>]{0,200}>(.*?)</span>",
    re.DOTALL | re.IGNORECASE,
)
MARKER = "{mlang"


def in_both(text: str) -> Bilingual:
    """Return a text in both languages; what is marked as neither stands in each."""
    pattern = _MLANG if MARKER in text.lower() else _SPAN
    if pattern.search(text) is None:
        return Bilingual(text, text)
    return Bilingual(_only(pattern, text, "th"), _only(pattern, text, "en"))


def in_one(text: Bilingual) -> str:
    """Write a text so that `in_both` gives it back."""
    if text.th == text.en:
        return text.th
    parts = (("th", text.th), ("en", text.en))
    return "".join(f"{MARKER} {language}}}{part}{MARKER}}}" for language, part in parts if part)


def can_be_told_apart(text: Bilingual) -> bool:
    """Tell whether the text itself holds no mark of a language."""
    return not any(MARKER in part.lower() or _SPAN.search(part) for part in (text.th, text.en))


def _only(pattern: re.Pattern[str], text: str, language: str) -> str:
    def names(marked: str) -> set[str]:
        return {name.strip().lower()[:5].partition("_")[0] for name in marked.split(",")}

    named = set().union(*(names(found[1]) for found in pattern.finditer(text)))

    def part(found: re.Match[str]) -> str:
        own = names(found[1])
        return found[2] if language in own or ("other" in own and language not in named) else ""

    return pattern.sub(part, text)
