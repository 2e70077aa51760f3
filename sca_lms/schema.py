"""Bring the database's tables to where this version of the code expects them, and tell whether they are."""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

from sca_lms.database import WRITES

# A source checkout has them beside the package; a wheel installs them below the environment's prefix.
PLACES = (
    Path(__file__).resolve().parent.parent / "migrations",
    Path(sys.prefix) / "share" / "sca-lms" / "migrations",
)


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration without a file, working on one open connection."""
    config = Config()
    config.set_main_option(
        "script_location", str(next((path for path in PLACES if path.is_dir()), PLACES[0]))
    )
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def newest_revision() -> str | None:
    """Return the revision that this version of the code was written for."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def current_revision(connection: Connection) -> str | None:
    """Return the revision of the database, None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate up to a revision; a failure leaves the database as it was."""
    _migrate(engine, revision, downward=False)


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate down to a revision."""
    _migrate(engine, revision, downward=True)


def problem(engine: Engine) -> str | None:
    """Say in one sentence why the schema does not fit this version, or None when it does."""
    with engine.connect() as connection:
        current = current_revision(connection)
    newest = newest_revision()
    if current == newest:
        return None
    if current is None:
        return "The database is empty: run `sca-lms db upgrade`."
    return f"The database is at revision {current}, this version needs {newest}: run `sca-lms db upgrade`."


def _migrate(engine: Engine, revision: str, *, downward: bool) -> None:
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            # Rebuilding a table drops the old one, and with foreign keys on that deletes the rows below it.
            # The switch only works outside of a transaction.
            raw = connection.connection.cursor()
            raw.execute("PRAGMA foreign_keys=OFF")
            raw.close()
        writing = connection.execution_options(**{WRITES: True})
        try:
            with writing.begin():
                move = command.downgrade if downward else command.upgrade
                move(alembic_config(writing), revision)
                if sqlite and (broken := writing.exec_driver_sql("PRAGMA foreign_key_check").all()):
                    raise RuntimeError(f"the migration would leave {len(broken)} rows without their parent")
        finally:
            if sqlite:
                writing.connection.invalidate()
