"""Take people out of documents: whole texts, or only where somebody is named; pure."""

import re
from collections.abc import Sequence

from sca_lms.privacy.holdings import ERASED

_FIGURE = re.compile(r"[0-9][0-9T:.,+\-Z /%]*", re.ASCII)
HARMLESS = frozenset(
    {
        "state",
        "kind",
        "verb",
        "code",
        "column",
        "category",
        "roles",
        "decision",
        "levels",
        "part",
        "outcome",
        "side",
    }
)
"""What is said under these names are words of ours, never somebody's own."""
SHORTEST_TERM = 4
"""A shorter name stands inside of too many other words."""


def washed(value: object, *, harmless: bool = False) -> object:
    """Return a document without any text of people: figures, dates, states and codes are left."""
    if isinstance(value, str):
        return value if harmless or not value or _FIGURE.fullmatch(value) else ERASED
    if isinstance(value, list):
        return [washed(each, harmless=harmless) for each in value]
    if isinstance(value, dict):
        return {key: washed(each, harmless=harmless or key in HARMLESS) for key, each in value.items()}
    return value


def terms_of(*names: str) -> tuple[str, ...]:
    """Return what of somebody's names and addresses can be looked for, the longest first."""
    found = {
        name.strip() for name in names if len(name.strip()) >= SHORTEST_TERM and not name.strip().isdigit()
    }
    return tuple(sorted(found, key=lambda term: (-len(term), term)))


def without(value: object, terms: Sequence[str]) -> object:
    """Return a document in which no term names anybody any more, neither in keys nor in texts."""
    if isinstance(value, str):
        for term in terms:
            value = value.replace(term, ERASED)
        return value
    if isinstance(value, list):
        return [without(each, terms) for each in value]
    if isinstance(value, dict):
        return {without(key, terms): without(each, terms) for key, each in value.items()}
    return value
