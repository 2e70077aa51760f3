"""Statements that are compiled once for each kind of database, then given to its driver as they are.

Only what every launch does goes this way: from a statement to its driver, SQLAlchemy's own way spends several
times what the database does. The statements are still SQLAlchemy's, and so are the types of their values.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

# What goes to a driver and comes from it depends on the statement.
Row = tuple[Any, ...]
Statement = sa.Select[Any] | sa.Insert | sa.Update | sa.Delete
Convert = Callable[[Any], Any]


class Direct(NamedTuple):
    """A driver's connection of its own, in a transaction that whoever opened it will end."""

    dialect: Dialect
    connection: PoolProxiedConnection


class Prepared:
    """One statement for tables; its values are named as its bind parameters, or as the columns it inserts."""

    def __init__(self, statement: Statement, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = columns
        self._compiled: dict[str, _Compiled] = {}

    def run(self, on: Connection | Direct, values: Mapping[str, object]) -> Row | None:
        """Run the statement and return its first row, if it has any.

        Raises SQLAlchemy's `IntegrityError` when a constraint says no.
        """
        dialect = on.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self._statement, self._columns, dialect)
        cursor = on.connection.cursor()
        try:
            cursor.execute(compiled.text, compiled.to_driver(values))
            return compiled.from_driver(cursor.fetchone()) if compiled.results else None
        except dialect.loaded_dbapi.IntegrityError as error:
            raise IntegrityError(compiled.text, None, error, hide_parameters=True) from error
        finally:
            cursor.close()


class _Compiled:
    """A statement in the words of one kind of database."""

    def __init__(self, statement: Statement, columns: Sequence[str] | None, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("only statements for tables can be prepared")
        self.text = compiled.string
        self._order = compiled.positiontup if compiled.positional else None
        binds = compiled.binds.items()
        self._asked = [(name, _to_driver(bind.type, dialect)) for name, bind in binds if bind.required]
        self._fixed = {
            name: _to_driver(bind.type, dialect)(bind.effective_value)
            for name, bind in binds
            if not bind.required
        }
        self.results = [_from_driver(column.type, dialect) for column in _returned(statement)]

    def to_driver(self, values: Mapping[str, object]) -> Sequence[object] | Mapping[str, object]:
        given = {name: convert(values[name]) for name, convert in self._asked}
        given.update(self._fixed)
        return given if self._order is None else [given[name] for name in self._order]

    def from_driver(self, row: Row | None) -> Row | None:
        if row is None:
            return None
        return tuple(convert(value) for convert, value in zip(self.results, row, strict=True))


def _returned(statement: Statement) -> Sequence[sa.ColumnElement[Any]]:
    if isinstance(statement, sa.Select):
        return list(statement.selected_columns)
    return list(statement.exported_columns)


def _to_driver(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    return kind.dialect_impl(dialect).bind_processor(dialect) or _as_it_is


def _from_driver(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    return kind.dialect_impl(dialect).result_processor(dialect, None) or _as_it_is


def _as_it_is(value: object) -> object:
    return value
