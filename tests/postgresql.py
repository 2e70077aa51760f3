"""Start a throw-away PostgreSQL cluster on a Unix socket; it never touches one that was there before."""

import getpass
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
            options = f"-k {directory} -c listen_addresses='' -c fsync=off -c max_connections=200"
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


def _as_server(program: str, *arguments: object) -> None:
    command = [_program(program), *map(str, arguments)]
    if os.geteuid() == 0:
        command = ["runuser", "-u", SERVER_USER, "--", *command]
    elif getpass.getuser() != SERVER_USER:
        command = [*command]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found:
        return found
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not versions:
        raise RuntimeError(f"{name} is not installed: apt-get install postgresql")
    return str(versions[-1])
