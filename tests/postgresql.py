"""Start a throw-away PostgreSQL cluster on a Unix socket; it never touches one that was there before."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

SERVER_USER = "postgres"


@dataclass(frozen=True)
class Cluster:
    """A running cluster, reached by the directory of its socket."""

    socket_dir: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{SERVER_USER}@/{database}?host={self.socket_dir}"

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["Cluster"]:
        """Make a cluster, start it, and remove every trace at the end."""
        directory = Path(tempfile.mkdtemp(prefix="sca-pg-"))
        if os.geteuid() == 0:
            account = pwd.getpwnam(SERVER_USER)
            os.chown(directory, account.pw_uid, account.pw_gid)
        try:
            _as_server(
                "initdb",
                "-D",
                directory / "data",
                "-U",
                SERVER_USER,
                "--auth=trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            )
            # What was written need not survive the machine.
            careless = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
            options = f"-k {directory} -c listen_addresses='' -c max_connections=200 {careless}"
            _as_server(
                "pg_ctl", "-D", directory / "data", "-w", "-l", directory / "log", "-o", options, "start"
            )
            try:
                yield cls(directory)
            finally:
                _as_server("pg_ctl", "-D", directory / "data", "-m", "immediate", "stop")
        finally:
            shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def fresh_database(cluster: Cluster, name: str) -> Iterator[str]:
    """Create a database of its own and drop it again."""
    server = sa.create_engine(cluster.url("postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    try:
        yield cluster.url(name)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
        server.dispose()


# As a replica no trigger runs: neither those of foreign keys nor those that guard what is never changed.
EMPTYING = """
    CREATE SCHEMA of_tests;
    DO $$ BEGIN
        EXECUTE 'CREATE VIEW of_tests.written_table AS ' || (
            SELECT string_agg(format('SELECT %1$L AS name WHERE EXISTS (SELECT 1 FROM %1$s)', oid::regclass),
                              ' UNION ALL ')
            FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        );
    END $$;
    CREATE FUNCTION of_tests.empty() RETURNS void LANGUAGE plpgsql
    SET session_replication_role = replica AS $$
    DECLARE
        written text;
        counter oid;
    BEGIN
        FOR written IN SELECT name FROM of_tests.written_table LOOP
            EXECUTE 'DELETE FROM ' || written;
        END LOOP;
        FOR counter IN SELECT seqrelid FROM pg_sequence
            WHERE pg_sequence_last_value(seqrelid) IS NOT NULL
        LOOP
            PERFORM setval(counter::regclass, 1, false);
        END LOOP;
    END $$;
"""


class Emptying:
    """Make a database as if nobody had ever written into it.

    `TRUNCATE` makes new files for a hundred tables and all of their indexes; here only those tables are
    touched in which there is something, and only those numbers begin anew that were ever given out.
    """

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        self._connection = self._engine.connect()
        self._connection.exec_driver_sql(EMPTYING.replace("%", "%%"))

    def __call__(self) -> None:
        """Empty the database."""
        self._connection.exec_driver_sql("SELECT of_tests.empty()")

    def close(self) -> None:
        """Let the database go."""
        self._connection.close()
        self._engine.dispose()


def _as_server(program: str, *arguments: object) -> None:
    command = [_program(program), *map(str, arguments)]
    if os.geteuid() == 0:
        command = ["runuser", "-u", SERVER_USER, "--", *command]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found:
        return found
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not versions:
        raise RuntimeError(f"{name} is not installed: apt-get install postgresql")
    return str(versions[-1])
