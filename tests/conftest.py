"""An application on a fresh database for every test, embedded or PostgreSQL."""

import gc
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.app import create_app
from sca_lms.attendance import append_only
from sca_lms.config import Settings
from sca_lms.database import Base, db
from tests import done_once
from tests.postgresql import Cluster, Emptying, fresh_database

done_once.share()
append_only.guard()
# A busy machine is slow, and slowness is measured in `benchmarks/`, never here.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

# Thousands of applications are built and thrown away: looking often through what stays takes a tenth of all
# time.
gc.set_threshold(50_000, 20, 20)

PUBLIC_URL = "https://tool.example.org"

DATABASE_FIXTURES = frozenset({"cluster", "database_url", "empty", "postgresql_url", "settings"})


def _is_on_postgresql() -> bool:
    return os.environ.get("SCA_LMS_TEST_DATABASE", "sqlite") == "postgresql"


LONGEST = ("test_hostile_requests.py", "test_weather.py", "test_crash.py", "test_serving.py")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process does it alone in the end.

    On PostgreSQL run what touches a database; the rest has run on SQLite and would do the same again.
    """
    items.sort(key=lambda item: item.path.name not in LONGEST)
    if not _is_on_postgresql():
        return
    chosen: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        uses = DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))
        (chosen if uses else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = chosen


def pytest_collection_finish() -> None:
    """Let the collector pass over the modules, which stay until the end."""
    gc.collect()
    gc.freeze()


@sa.event.listens_for(sa.Engine, "connect")
def _forget_at_power_failure(dbapi_connection: object, _record: object) -> None:
    """Let SQLite not wait for the disk: what a test wrote need not survive the machine."""
    if isinstance(dbapi_connection, sqlite3.Connection):
        dbapi_connection.execute("PRAGMA synchronous=OFF").close()


@pytest.fixture(scope="session")
def on_postgresql() -> bool:
    return _is_on_postgresql()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with every table and no row, to be copied for each test."""
    path = tmp_path_factory.mktemp("template") / "empty.sqlite3"
    app = create_app(_settings(f"sqlite:///{path}", path.parent))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return path


@pytest.fixture(scope="session")
def cluster(on_postgresql: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster | None]:
    """A throw-away PostgreSQL cluster on a Unix socket, only when the suite runs on it."""
    if not on_postgresql:
        yield None
        return
    with Cluster.running() as running:
        yield running


@pytest.fixture(scope="session")
def postgresql_url(cluster: Cluster | None) -> Iterator[str | None]:
    """One database for this test process, with every table."""
    if cluster is None:
        yield None
        return
    with fresh_database(cluster, f"sca_{secrets.token_hex(4)}") as url:
        engine = sa.create_engine(url)
        Base.metadata.create_all(engine)
        engine.dispose()
        yield url


@pytest.fixture(scope="session")
def emptying(postgresql_url: str | None) -> Iterator[Emptying | None]:
    """What empties the database of this test process."""
    if postgresql_url is None:
        yield None
        return
    emptying = Emptying(postgresql_url)
    yield emptying
    emptying.close()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, on_postgresql: bool, tmp_path: Path) -> str:
    if on_postgresql:
        url = request.getfixturevalue("postgresql_url")
        assert isinstance(url, str)
        request.getfixturevalue("emptying")()
        return url
    path = tmp_path / "sca-lms.sqlite3"
    shutil.copyfile(request.getfixturevalue("empty_sqlite"), path)
    return f"sqlite:///{path}"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return _settings(database_url, tmp_path)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    application = create_app(settings)
    application.testing = True
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def _settings(database_url: str, data_dir: Path) -> Settings:
    return Settings(
        database_url=database_url,
        data_dir=data_dir,
        public_url=PUBLIC_URL,
        secret_key="a-test-key-that-is-long-enough-0123456789",
        allow_private_platforms=True,
        log_level="error",
    )
