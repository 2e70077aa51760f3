"""Know for every table of the database how it relates to people; a table without an entry fails a test.

A new table gets one line in the `holdings_…` module of its packages: the table, the kind of data (`kinds`),
`about` with the paths (`paths`) from a row to the person it is about, `by` with the columns that name who did
something, and what erasure does with the row.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import sqlalchemy as sa

from sca_lms.database import Base
from sca_lms.errors import Text
from sca_lms.privacy.kinds import NOBODY
from sca_lms.privacy.paths import any_of, belongs

ERASED = "[ลบแล้ว · erased]"
"""What stands in the place of a text whose author or subject was erased."""


class Erase(StrEnum):
    """What erasure does with the rows about a person."""

    KEEP = "keep"
    BLANK = "blank"
    DELETE = "delete"
    OWN = "own"
    """`erasing` has a step of its own for it."""


@dataclass(frozen=True, slots=True)
class Holding:
    """How the rows of one table relate to people."""

    table: str
    kind: str = NOBODY
    about: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    erase: Erase = Erase.KEEP
    blank: Mapping[str, object] = field(default_factory=dict)
    """For `Erase.BLANK`: what each column holds afterwards."""
    wash: tuple[str, ...] = ()
    """Documents in which erasure replaces every text of people, and leaves figures, dates and states."""
    stays: tuple[str, ...] = ()
    """Texts and documents that erasure leaves as they are, because they say nothing about the person."""
    alone: tuple[str, ...] | None = None
    """Those paths of `about` by which a row is nobody else's as well; erasure follows only these."""
    hidden: tuple[str, ...] = ()
    """Columns that are left out of an export: secrets, and what would give away other people's work."""
    released: str = ""
    """A path to the release of marks that must be out before the row is exported."""
    moment: str = ""
    """The column that dates a row."""
    exported: bool = True
    noted: tuple[str, ...] = ()
    """Paths to people whom somebody's note is about: they learn that there is one, never what it says."""
    stated: tuple[str, ...] = ()
    """Columns of such a note that its subject is told besides its date."""
    held_by: Text = ""
    """Who has such a note, in words for its subject."""

    @property
    def source(self) -> sa.Table:
        """The table itself."""
        return Base.metadata.tables[self.table]

    @property
    def is_about_somebody(self) -> bool:
        """Whether there are people whom a row is about, whatever they are told of it."""
        return bool(self.about or self.noted)

    @property
    def is_the_doers(self) -> bool:
        """Whether a row belongs to whoever did it, as a line of the audit log does, and to nobody else."""
        return not self.is_about_somebody and self.kind != NOBODY

    @property
    def erased_by(self) -> tuple[str, ...]:
        """The paths that erasure follows."""
        return (*self.about, *self.noted) if self.alone is None else self.alone

    def is_about(self, person_id: int) -> sa.ColumnElement[bool]:
        """Return the condition that a row is about this person."""
        return any_of(self.source, self.about, person_id)

    def is_noted_of(self, person_id: int) -> sa.ColumnElement[bool]:
        """Return the condition that a row is somebody else's note about this person."""
        return sa.and_(any_of(self.source, self.noted, person_id), sa.not_(self.is_about(person_id)))

    def concerns(self, person_id: int) -> sa.ColumnElement[bool]:
        """Return the condition that a row is about this person, to be handed out or only to be stated."""
        return any_of(self.source, (*self.about, *self.noted), person_id)

    def is_by(self, person_id: int) -> sa.ColumnElement[bool]:
        """Return the condition that this person did what a row says, about somebody else or nobody."""
        mine = any_of(self.source, self.by, person_id)
        return sa.and_(mine, sa.not_(self.concerns(person_id))) if self.is_about_somebody else mine

    def may_be_shown(self, at: dt.datetime) -> sa.ColumnElement[bool]:
        """Return the condition that a row holds no mark that was not released yet."""
        if not self.released:
            return sa.true()
        releases = Base.metadata.tables["mark_release"]
        out = sa.select(releases.c.id).where(releases.c.takes_effect_at <= at, releases.c.undone_at.is_(None))
        return belongs(self.source, self.released, out, to="mark_release")


def dated_by(holding: Holding) -> sa.Column[dt.datetime] | None:
    """Return the column that dates the rows: the one that is named, else the first moment."""
    table = holding.source
    if holding.moment:
        return table.c[holding.moment]
    return next((column for column in table.c if column.type.__class__.__name__ == "Moment"), None)
