"""Decide what a mark is worth, who may mark what, and in which order works are read; pure."""

from enum import StrEnum


class MarkPart(StrEnum):
    """Whose judgement a mark is."""

    FIRST = "first"
    SECOND = "second"
    """A second marker's, where two mark; nobody gives both the first and the second."""
    AGREED = "agreed"
    """What counts where two have marked."""


class RegradeState(StrEnum):
    """Where a request to mark again stands."""

    OPEN = "open"
    CHANGED = "changed"
    KEPT = "kept"
