"""The database: typed base class, column types, and the one way to change something."""

import datetime as dt
import itertools
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from enum import StrEnum
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator, TypeEngine

from sca_lms.errors import Refused
from sca_lms.prepared import Direct
from sca_lms.texts import Bilingual

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_TIMEOUT_MS = 15_000
CHECKPOINT_PAGES = 4_000
"""SQLite's log of changes is folded into the database file after so many pages of 4 KB."""
SCORE_DIGITS, SCORE_PLACES = 9, 4
LONGEST_WORD = 32
FIRST_VERSIONS = 2**30
WRITES = "sca_writes"
# A read that later writes cannot wait for its turn: it fails at once, whatever busy_timeout says.
BEGIN_WRITING = "BEGIN IMMEDIATE"


class Moment(TypeDecorator[dt.datetime]):
    """A moment in UTC; a value without a zone is refused rather than guessed."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        in_utc = value.astimezone(dt.UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class BilingualText(TypeDecorator[Bilingual]):
    """A text in Thai and English, kept as a small JSON object."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Bilingual | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps({"th": value.th, "en": value.en}, ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Bilingual | None:
        return None if value is None else Bilingual.of(json.loads(value))


class Exact(TypeDecorator[Decimal]):
    """A score, exact to four places: SQLite has no decimals, so it counts ten-thousandths there."""

    impl = sa.Numeric(SCORE_DIGITS, SCORE_PLACES)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:  # SQLAlchemy's own signature uses Any.
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.Numeric(SCORE_DIGITS, SCORE_PLACES))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | int | None:
        if value is None:
            return None
        rounded = value.quantize(Decimal(1).scaleb(-SCORE_PLACES))
        return int(rounded.scaleb(SCORE_PLACES)) if dialect.name == "sqlite" else rounded

    def process_result_value(
        self, value: Any, dialect: Dialect
    ) -> Decimal | None:  # Drivers return int or Decimal.
        if value is None:
            return None
        return Decimal(value).scaleb(-SCORE_PLACES) if dialect.name == "sqlite" else Decimal(value)


def words_of(words: type[StrEnum]) -> sa.Enum:
    """Return the column type for words of ours, stored as they are written and not as the code names them."""
    return sa.Enum(
        words,
        native_enum=False,
        length=LONGEST_WORD,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """The base of every table; `db.Model` is not used because strict typing cannot see through it."""

    # On the registry, not on the class: Flask-SQLAlchemy 3.1 trips over the latter (its issue 1361).
    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMING),
        type_annotation_map={
            dt.datetime: Moment(),
            Bilingual: BilingualText(),
            Decimal: Exact(),
            dict[str, object]: sa.JSON(none_as_null=True),
            list[object]: sa.JSON(none_as_null=True),
            list[str]: sa.JSON(none_as_null=True),
            list[int]: sa.JSON(none_as_null=True),
        },
    )


db = SQLAlchemy(
    metadata=Base.metadata,
    session_options={"expire_on_commit": False},
    disable_autonaming=True,
)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(dbapi_connection: object, _record: object) -> None:
    if isinstance(dbapi_connection, sqlite3.Connection):
        # Autocommit mode, so that `_begin` alone decides how a transaction starts.
        dbapi_connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            # What was committed survives a killed process. A machine that loses its power may lose the last
            # commits, but never the order of things.
            "synchronous=NORMAL",
            # Pages that many launches write, such as the end of an index, reach the database file once.
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        ):
            dbapi_connection.execute(f"PRAGMA {pragma}").close()


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        writes = connection.get_execution_options().get(WRITES, False)
        connection.connection.cursor().execute(BEGIN_WRITING if writes else "BEGIN")


def release() -> None:
    """End the reading transaction before something slow, so that nothing is held open; rows stay usable."""
    session = db.session()
    if session.info.get(WRITES) or session.new or session.dirty or session.deleted:
        raise RuntimeError("a change is under way: finish it before something slow")
    session.commit()


@contextmanager
def transaction(*, rows_survive: bool = True) -> Iterator[None]:
    """Make one change to the database: all of it is kept at the end, or nothing.

    What was read before stays usable but may be stale; the writing starts in a fresh transaction. When a rule
    refuses, only what was changed is forgotten, and the page can still be shown with the rows that were read
    before; a hot path that shows none of them saves the savepoint with `rows_survive=False`.
    """
    session = db.session()
    if session.info.get(WRITES):
        raise RuntimeError("a change is already under way: views and commands open one transaction")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("something was changed outside of transaction()")
    session.commit()
    with _turn_to_write(db.engine):
        session.info[WRITES] = True
        try:
            session.connection(execution_options={WRITES: True})
            change = session.begin_nested() if rows_survive else None
            try:
                yield
            except Refused:
                if change is not None:
                    change.rollback()
                    session.commit()
                raise
            if change is not None:
                change.commit()
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info.pop(WRITES, None)
            _note_change()


def lock(row: Base) -> None:
    """Read the columns of a row anew and let nobody else change it before the transaction ends.

    What was loaded with the row stays. SQLAlchemy's own `refresh` without names joins it once more, and
    PostgreSQL refuses to lock a row that may be absent from an outer join.
    """
    db.session.refresh(row, sa.inspect(type(row)).column_attrs.keys(), with_for_update=True)


def first_version() -> int:
    """Return the number from which the saves of a row are counted that may be deleted and made anew.

    It begins anywhere: a window that knows a save of the deleted row does not take the new one for it.
    """
    return 1 + secrets.randbelow(FIRST_VERSIONS)


@contextmanager
def direct_transaction() -> Iterator[Direct]:
    """Make one small change with prepared statements, past the session, for what every launch does.

    All of it is kept at the end, or nothing; the block may roll the connection back when it finds that there
    is nothing to change after all. It costs a tenth of what `transaction()` does.
    """
    if db.session.registry.has():
        # What was read is let go first: a thread that holds two connections could wait for itself.
        release()
    engine = db.engine
    with _turn_to_write(engine):
        connection = engine.raw_connection()
        try:
            if engine.dialect.name == "sqlite":
                connection.cursor().execute(BEGIN_WRITING)
            yield Direct(engine.dialect, connection)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        finally:
            connection.close()


_turns: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()


@contextmanager
def _turn_to_write(engine: Engine) -> Iterator[None]:
    """Let the threads of this process write one after the other where the database has one writer anyway.

    SQLite turns a second writer away, who then sleeps and asks again and again. Nothing is decided here:
    other processes do not know of it, and whoever has waited as long as SQLite would goes on to ask it.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    turn = _turns.setdefault(engine, threading.Lock())
    mine = turn.acquire(timeout=BUSY_TIMEOUT_MS / 1000)
    try:
        yield
    finally:
        if mine:
            turn.release()


_changes = itertools.count(1)
_last_change = [0]


def changes() -> int:
    """Return a number that is another one whenever this process may have changed something.

    Only what goes through `transaction()` counts. It throws away what is kept in memory for a moment, so
    that one's own changes are seen at once.
    """
    return _last_change[0]


def _note_change() -> None:
    _last_change[0] = next(_changes)
