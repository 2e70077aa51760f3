"""Bring paths of shelves, tags and codes into one spelling, and know what the texts of a question lack."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence

LONGEST_CODE = 64
LONGEST_PATH = 300
LONGEST_TAG = 64
MOST_TAGS = 20
DEEPEST = 6
_NUMBERED = re.compile(r"^(?P<stem>.*?)(?:-(?P<number>[0-9]{1,6}))?$", re.DOTALL)


def tidy_path(typed: str) -> str:
    """Return the path of a shelf without empty parts and space around them, empty when nothing is left."""
    parts = [" ".join(_visible(part).split()) for part in typed.split("/")]
    return "/".join(part for part in parts if part)


def path_fault(path: str) -> str | None:
    """Tell what is wrong with a tidy path: `empty`, `long` or `deep`; None when nothing is."""
    if not path:
        return "empty"
    if len(path) > LONGEST_PATH:
        return "long"
    return "deep" if path.count("/") >= DEEPEST else None


def tidy_tags(typed: str) -> list[str]:
    """Return the tags of a line with commas between them, each once, in the order typed."""
    tags: dict[str, str] = {}
    for part in typed.replace("#", " ").split(","):
        tag = " ".join(_visible(part).split())
        if tag:
            tags.setdefault(tag.casefold(), tag)
    return list(tags.values())


def free_code(wanted: str, taken: Collection[str]) -> str:
    """Return the code wanted, or the next free one with a number behind it."""
    if wanted not in taken:
        return wanted
    found = _NUMBERED.match(wanted)
    stem = (found["stem"] if found else wanted)[: LONGEST_CODE - 8]
    number = int(found["number"]) if found and found["number"] else 1
    while f"{stem}-{number}" in taken or f"{stem}-{number}" == wanted:
        number += 1
    return f"{stem}-{number}"


def search_words(document: Mapping[str, object]) -> str:
    """Return all texts of a question in small letters, each on its own line."""
    return "\n".join(dict.fromkeys(text.casefold() for text in _texts(document) if text))


def lacking(document: Mapping[str, object]) -> frozenset[str]:
    """Return the languages, `th` and `en`, in which some text of a question is missing."""
    missing: set[str] = set()
    for pair in _pairs(document):
        thai, english = bool(pair.get("th")), bool(pair.get("en"))
        if thai != english:
            missing.add("en" if thai else "th")
    return frozenset(missing)


def _visible(text: str) -> str:
    normal = unicodedata.normalize("NFC", text)
    return "".join(" " if unicodedata.category(each)[0] == "C" else each for each in normal)


def _pairs(value: object) -> Iterator[Mapping[str, object]]:
    if isinstance(value, Mapping):
        if "th" in value and "en" in value:
            yield value
        for inner in value.values():
            yield from _pairs(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _pairs(inner)


def _texts(document: Mapping[str, object]) -> Iterator[str]:
    for pair in _pairs(document):
        yield from (str(pair["th"]), str(pair["en"]))
    for answer in _answers(document):
        accepted = answer.get("accepted")
        if isinstance(accepted, Sequence) and not isinstance(accepted, str):
            yield from map(str, accepted)


def _answers(document: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    answer, gaps = document.get("answer"), document.get("gaps")
    if isinstance(answer, Mapping):
        yield answer
    if isinstance(gaps, Sequence) and not isinstance(gaps, str):
        yield from (gap for gap in gaps if isinstance(gap, Mapping))
