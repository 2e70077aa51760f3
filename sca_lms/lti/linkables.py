"""What a course offers to be placed in its host: each package lists its own, deep linking sends them.

A package appends a function to `app.extensions["sca_linkables"]`; it gets the id of a course and returns what
an instructor may choose there, in the order of the programme.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask import current_app

from sca_lms.texts import Bilingual

EXTENSION = "sca_linkables"
NO_TEXT = Bilingual(th="", en="")
COLUMN_NAMESPACE = "sca-lms"
HOME = "home"
"""The activity that opens the programme as a whole; it stands first and carries the shared column."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the host's gradebook: its code in the programme, its title, and its scale."""

    code: str
    label: Bilingual
    score_maximum: Decimal
    present_in: frozenset[int] = frozenset()
    """The courses of hosts (ids of their contexts) whose gradebooks have the column already."""

    @property
    def resource_id(self) -> str:
        """Return what the column is known by in the host, however often it is renamed or copied there."""
        return resource_id_of(self.code)

    @property
    def tag(self) -> str:
        """Return the second half of the column's identity."""
        return tag_of(self.code)


def resource_id_of(code: str) -> str:
    """Return the `resource_id` of a column of the programme; it holds no course, so that copies keep it."""
    return f"{COLUMN_NAMESPACE}:{code}"


def tag_of(code: str) -> str:
    """Return the `tag` of a column of the programme."""
    return code


@dataclass(frozen=True, slots=True)
class Linkable:
    """One thing that can become an activity of the host's course."""

    activity: str
    title: Bilingual
    text: Bilingual = NO_TEXT
    kind: str = "module"
    """The name of an icon of the sprite."""
    column: Column | None = None
    available_from: dt.datetime | None = None
    available_until: dt.datetime | None = None
    due: dt.datetime | None = None


Lister = Callable[[int], Sequence[Linkable]]


def linkables_of(course_id: int) -> list[Linkable]:
    """Return what a course offers, the home first, each activity once."""
    listers: Sequence[Lister] = current_app.extensions.get(EXTENSION, ())
    found: dict[str, Linkable] = {}
    for lister in listers:
        for linkable in lister(course_id):
            found.setdefault(linkable.activity, linkable)
    return sorted(found.values(), key=lambda each: each.activity != HOME)
