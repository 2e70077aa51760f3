"""Follow foreign keys from a row to the person (or course) that it belongs to.

A path names columns from table to table: `attempt_id.enrolment_id` of an answer leads through the attempt
to the enrolment, and from there to its person by itself. Where the way leads through a table that points
here, `team_id=assignment_team_member:team_id.enrolment_id` says so: equal values, then on from that table.
"""

import sqlalchemy as sa

from sca_lms.database import Base

PERSON, COURSE = "person", "course"
_ON_FROM_ENROLMENT = {PERSON: "person_id", COURSE: "course_id"}


Value = sa.ColumnElement[int] | sa.Select[int] | int


def belongs(table: sa.FromClause, path: str, value: Value, *, to: str = PERSON) -> sa.ColumnElement[bool]:
    """Return the condition that a row leads to this row of the table `to`, or to one of those selected.

    Raise `KeyError` for a column or table that there is not, `ValueError` for a path that ends elsewhere.
    """
    step, _, rest = path.partition(".")
    if "=" in step:
        mine, _, theirs = step.partition("=")
        name, _, column_name = theirs.partition(":")
        between = Base.metadata.tables[name].alias()
        return table.c[mine].in_(
            sa.select(between.c[column_name]).where(belongs(between, rest, value, to=to))
        )
    column = table.c[step]
    if path == "id" and isinstance(table, sa.Table) and table.name == to:
        return _is(column, value)
    foreign = next(iter(column.foreign_keys), None)
    if foreign is None:
        raise ValueError(f"{step} of {path} points to no table")
    target = foreign.column.table
    if not isinstance(target, sa.Table):
        raise TypeError(f"{step} of {path} points to no table")
    if target.name == to and not rest:
        return _is(column, value)
    if target.name == "enrolment" and not rest:
        rest = _ON_FROM_ENROLMENT.get(to, "")
    if not rest:
        raise ValueError(f"{path} ends at {target.name} and not at {to}")
    beyond = target.alias()
    return column.in_(sa.select(beyond.c[foreign.column.name]).where(belongs(beyond, rest, value, to=to)))


def any_of(
    table: sa.Table, paths: tuple[str, ...], value: Value, *, to: str = PERSON
) -> sa.ColumnElement[bool]:
    """Return the condition that a row leads to this person by one of the paths; never, without a path."""
    return sa.or_(sa.false(), *(belongs(table, path, value, to=to) for path in paths))


def _is(column: sa.ColumnElement[int], value: Value) -> sa.ColumnElement[bool]:
    return column.in_(value) if isinstance(value, sa.Select) else column == value
