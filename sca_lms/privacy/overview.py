"""Count what is kept about one person, table by table, in one statement."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sca_lms.database import Moment, db
from sca_lms.privacy.holdings import Erase, Holding, dated_by
from sca_lms.privacy.kinds import GROUPS, KINDS, NOBODY, Group, Kind
from sca_lms.privacy.paths import any_of
from sca_lms.privacy.registry import about_people, written_by_people

Counts = sa.Select[str, int, int, dt.datetime | None, dt.datetime | None, int]
Row = sa.Row[str, int, int, dt.datetime | None, dt.datetime | None, int]


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of one kind is kept, of which age, and what erasure would do with it."""

    code: str
    kind: Kind
    tables: tuple[str, ...]
    number: int
    first_at: dt.datetime | None
    last_at: dt.datetime | None
    blanked: int = 0
    deleted: int = 0

    @property
    def stays(self) -> int:
        """How many rows erasure leaves as they are: figures without a name."""
        return self.number - self.blanked - self.deleted


def kept_about(person_id: int) -> list[Kept]:
    """Return every kind that the tool knows, counted for this person over all courses."""
    about, acts = about_people(), written_by_people()
    counts = [_count(holding, person_id) for holding in about]
    counts += [_acts(holding, person_id) for holding in acts]
    rows = {(row.name, row.is_act): row for row in db.session.execute(sa.union_all(*counts))}
    by_kind: dict[str, list[tuple[Holding, Row]]] = {code: [] for code in KINDS}
    for holding in about:
        by_kind[holding.kind].append((holding, rows[holding.table, 0]))
    for holding in acts:
        code = holding.kind if holding.is_the_doers else NOBODY
        by_kind[code].append((holding, rows[holding.table, 1]))
    return [_kept(code, found) for code, found in by_kind.items()]


def grouped(kept: Sequence[Kept]) -> Mapping[Group, Sequence[Kept]]:
    """Return what is kept under its headings, the kinds that hold something first."""
    return {
        group: sorted((each for each in kept if each.kind.group is group), key=lambda each: not each.number)
        for group in GROUPS
    }


def _count(holding: Holding, person_id: int) -> Counts:
    table, moment = holding.source, dated_by(holding)
    touched: sa.ColumnElement[int] = sa.literal(0)
    if holding.erase is not Erase.KEEP:
        touched = sa.func.count().filter(any_of(table, holding.erased_by, person_id))
    return sa.select(
        sa.literal(holding.table).label("name"),
        sa.literal(0).label("is_act"),
        sa.func.count().label("number"),
        _or_nothing(sa.func.min(moment) if moment is not None else None).label("first_at"),
        _or_nothing(sa.func.max(moment) if moment is not None else None).label("last_at"),
        touched.label("touched"),
    ).select_from(table).where(holding.concerns(person_id))  # fmt: skip


def _acts(holding: Holding, person_id: int) -> Counts:
    table, moment = holding.source, dated_by(holding)
    return sa.select(
        sa.literal(holding.table).label("name"),
        sa.literal(1).label("is_act"),
        sa.func.count().label("number"),
        _or_nothing(sa.func.min(moment) if moment is not None else None).label("first_at"),
        _or_nothing(sa.func.max(moment) if moment is not None else None).label("last_at"),
        sa.literal(0).label("touched"),
    ).select_from(table).where(holding.is_by(person_id))  # fmt: skip


def _or_nothing(moment: sa.ColumnElement[dt.datetime] | None) -> sa.ColumnElement[dt.datetime | None]:
    if moment is None:
        return sa.type_coerce(sa.cast(sa.null(), Moment()), Moment())
    return sa.type_coerce(moment, Moment())


def _kept(code: str, found: Sequence[tuple[Holding, Row]]) -> Kept:
    firsts = [row.first_at for _, row in found if row.first_at is not None]
    lasts = [row.last_at for _, row in found if row.last_at is not None]
    deletes = {Erase.DELETE}
    return Kept(
        code,
        KINDS[code],
        tuple(sorted({holding.table for holding, _ in found})),
        sum(row.number for _, row in found),
        min(firsts, default=None),
        max(lasts, default=None),
        blanked=sum(row.touched for holding, row in found if holding.erase not in deletes),
        deleted=sum(row.touched for holding, row in found if holding.erase in deletes),
    )
