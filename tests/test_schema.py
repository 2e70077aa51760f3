"""The migrations lead to exactly the tables that the models describe, and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from sca_lms import schema
from sca_lms.attendance import append_only
from sca_lms.database import Base
from tests.postgresql import Cluster, fresh_database


@pytest.fixture
def empty(cluster: Cluster | None, tmp_path: Path) -> Iterator[sa.Engine]:
    """An engine on a database without a single table."""
    if cluster is None:
        engine = sa.create_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
        yield engine
        engine.dispose()
        return
    with fresh_database(cluster, "sca_migrations") as url:
        engine = sa.create_engine(url)
        yield engine
        engine.dispose()


def differences(engine: sa.Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "target_metadata": Base.metadata}
        )
        return list(compare_metadata(context, Base.metadata))


def test_upgrading_an_empty_database_makes_the_tables_of_the_models(empty: sa.Engine) -> None:
    schema.upgrade(empty)
    assert differences(empty) == []
    assert schema.problem(empty) is None


def test_upgrading_twice_changes_nothing(empty: sa.Engine) -> None:
    schema.upgrade(empty)
    schema.upgrade(empty)
    assert schema.problem(empty) is None


def test_downgrading_to_the_beginning_leaves_no_table(empty: sa.Engine) -> None:
    schema.upgrade(empty)
    schema.downgrade(empty, "base")
    assert set(sa.inspect(empty).get_table_names()) <= {"alembic_version"}
    schema.upgrade(empty)
    assert differences(empty) == []


def test_check_constraints_and_partial_indexes_are_migrated_too(empty: sa.Engine) -> None:
    """Alembic's comparison does not look at these, so they are compared by name."""
    schema.upgrade(empty)
    inspector = sa.inspect(empty)
    for table in Base.metadata.sorted_tables:
        wanted = {str(c.name) for c in table.constraints if isinstance(c, sa.CheckConstraint) and c.name}
        found = {str(c["name"]) for c in inspector.get_check_constraints(table.name)}
        assert wanted <= found, table.name
        indexes = {str(index.name): index for index in table.indexes}
        assert set(indexes) <= {str(i["name"]) for i in inspector.get_indexes(table.name)}, table.name


def test_there_is_one_line_of_readable_revisions() -> None:
    script = ScriptDirectory.from_config(schema.alembic_config())
    assert len(script.get_heads()) == 1
    numbers = sorted(revision.revision for revision in script.walk_revisions())
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]


def test_an_empty_database_is_told_what_to_do(empty: sa.Engine) -> None:
    assert schema.problem(empty) == "The database is empty: run `sca-lms db upgrade`."


def test_the_ledger_is_guarded_in_a_migrated_database_as_in_the_models(empty: sa.Engine) -> None:
    schema.upgrade(empty)
    if empty.dialect.name == "sqlite":
        listed, wanted = "SELECT sql FROM sqlite_master WHERE type = 'trigger'", set(append_only.SQLITE)
        with empty.connect() as connection:
            assert set(connection.scalars(sa.text(listed))) == wanted
    else:
        listed = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
        with empty.connect() as connection:
            assert list(connection.scalars(sa.text(listed))) == [
                "ledger_entry_is_not_changed",
                "ledger_entry_is_sound",
            ]
