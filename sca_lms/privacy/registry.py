"""All holdings in one place, and what is missing from them."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from sca_lms.database import Base
from sca_lms.privacy import holdings_learning, holdings_people, holdings_results
from sca_lms.privacy.holdings import Erase, Holding
from sca_lms.privacy.kinds import KINDS, NOBODY

HOLDINGS: Mapping[str, Holding] = {
    holding.table: holding
    for declared in (holdings_people.HOLDINGS, holdings_learning.HOLDINGS, holdings_results.HOLDINGS)
    for holding in declared
}
PEOPLE = frozenset({"person", "enrolment"})
HOW = (
    'add a line `Holding("{table}", …)` to sca_lms/privacy/holdings_people.py, holdings_learning.py or '
    "holdings_results.py: the kind of data, `about` (paths to the person), `by` (columns of who did it), "
    'and what erasure does; a table about nobody is `Holding("{table}")`'
)  # fmt: skip


def about_people() -> Sequence[Holding]:
    """Return the holdings whose rows are about somebody, tables before those that point to them."""
    ordered = (HOLDINGS.get(table.name) for table in Base.metadata.sorted_tables)
    return [holding for holding in ordered if holding is not None and holding.is_about_somebody]


def written_by_people() -> Sequence[Holding]:
    """Return the holdings whose rows say who did something."""
    ordered = (HOLDINGS.get(table.name) for table in Base.metadata.sorted_tables)
    return [holding for holding in ordered if holding is not None and holding.by]


def faults() -> list[str]:
    """Return what is wrong with the declarations, one sentence for each; empty when all is well."""
    found = [f"{name}: no such table" for name in HOLDINGS if name not in Base.metadata.tables]
    for table in Base.metadata.sorted_tables:
        holding = HOLDINGS.get(table.name)
        if holding is None:
            found.append(f"{table.name} has no entry: {HOW.format(table=table.name)}")
        else:
            found += [f"{table.name}: {fault}" for fault in _faults_of(holding)]
    return found


def _faults_of(holding: Holding) -> list[str]:
    table, found = holding.source, []
    if holding.kind not in KINDS:
        found.append(f"there is no kind {holding.kind}")
    if holding.is_about_somebody and holding.kind == NOBODY:
        found.append("what is about somebody needs a kind of its own")
    named = {path.partition(".")[0].partition("=")[0] for path in _paths(holding)}
    for column in table.columns:
        targets = {foreign.column.table.name for foreign in column.foreign_keys}
        if targets & PEOPLE and column.name not in named:
            found.append(f"{column.name} names somebody, so it belongs into `about` or `by`")
        elif not holding.is_about_somebody and any(_is_somebodys(name) for name in targets):
            found.append(f"{column.name} leads to rows about people, so `about` needs a path through it")
    for path in (*_paths(holding), *(holding.alone or ())):
        try:
            holding.concerns(0), holding.is_by(0)
        except (KeyError, ValueError) as error:
            found.append(f"the path {path} does not lead to a person: {error}")
            break
    columns = {*holding.blank, *holding.wash, *holding.stays, *holding.hidden, *holding.stated}
    found += [f"there is no column {name}" for name in sorted(columns - set(table.columns.keys()))]
    if bool(holding.noted) != bool(holding.held_by):
        found.append("whoever is only told of a note is told who has it: `noted` and `held_by` go together")
    if holding.is_about_somebody and holding.erase in {Erase.KEEP, Erase.BLANK}:
        decided = {*holding.blank, *holding.wash, *holding.stays}
        found += [
            f"{column.name} holds text: say in `blank`, `wash` or `stays` what erasure does with it"
            for column in table.columns
            if isinstance(column.type, sa.Text | sa.JSON) and column.name not in decided
        ]
    return found


def _paths(holding: Holding) -> tuple[str, ...]:
    return (*holding.about, *holding.noted, *holding.by)


def _is_somebodys(table: str) -> bool:
    holding = HOLDINGS.get(table)
    return holding is not None and holding.is_about_somebody and table not in PEOPLE and table not in _SHARED


_SHARED = frozenset({"stored_file", "web_session"})
"""Rows that people have, but whose neighbours are not about them: a picture of a module is a file as well."""
