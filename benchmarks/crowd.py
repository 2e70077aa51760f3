"""What measurements of a crowd have in common: the tool with two processes, and browsers that cost little.

All browsers live in one thread and speak HTTP as bytes: on the same machine they must leave the processors to
the tool. Each keeps its connection and opens another one when the server has let go of it.
"""

import argparse
import asyncio
import datetime as dt
import os
import re
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask

from benchmarks.browsers import part_of
from benchmarks.servers import Server, free_port, gunicorn, running
from benchmarks.storm import POSTGRESQL, PROCESSES, SQLITE
from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.courses import sessions
from sca_lms.courses.models import Enrolment
from sca_lms.database import Base, db
from tests.postgresql import Cluster, fresh_database

OK, FOUND, SEE_OTHER = 200, 302, 303
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
PATIENCE_SECONDS = 60
WARM_UP = 3
TOKEN = re.compile(r"""hx-headers='\{"X-CSRF-Token": "([^"]+)"\}'""")
FAULTS = (OSError, RuntimeError, ValueError, asyncio.IncompleteReadError, TimeoutError)
"""What a browser may meet; it is counted, and the others go on."""


@dataclass(frozen=True)
class Tool:
    """A tool that is measured, with a database of its own."""

    told: Mapping[str, str]
    port: int

    @contextmanager
    def in_database(self) -> Iterator[Flask]:
        """Look into the database from outside, before or after it is served."""
        app = create_app(Settings.from_environment(self.told))
        with app.app_context():
            try:
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()

    @contextmanager
    def served(self) -> Iterator[Server]:
        """Serve it with two processes until the block ends."""
        command = gunicorn(Path(sys.executable), "sca_lms.app:create_app()", self.port)
        command += ["--workers", str(PROCESSES)]
        log = Path(self.told["SCA_LMS_DATA_DIR"]) / "server.log"
        with running(command, self.port, log=log, environ=self.told) as server:
            yield server


@contextmanager
def tool_with(database: str) -> Iterator[Tool]:
    """Give a tool with empty tables in a new database of this kind, for as long as it is measured."""
    with tempfile.TemporaryDirectory(prefix="sca-bench-") as name, _url(database, Path(name)) as url:
        port = free_port()
        told = {
            "SCA_LMS_DATA_DIR": name,
            "SCA_LMS_DATABASE_URL": url,
            "SCA_LMS_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SCA_LMS_SECRET_KEY": secrets.token_urlsafe(48),
        }
        tool = Tool(told, port)
        with tool.in_database():
            Base.metadata.create_all(db.engine)
        yield tool


@contextmanager
def _url(database: str, directory: Path) -> Iterator[str]:
    if database == SQLITE:
        yield f"sqlite:///{directory / 'crowd.sqlite3'}"
        return
    with Cluster.running() as cluster, fresh_database(cluster, f"crowd_{secrets.token_hex(4)}") as url:
        yield url


def launched(enrolment: Enrolment, *, at: dt.datetime) -> str:
    """Open a session for somebody, as a launch does, and return what the browser shows for it."""
    opened = sessions.open_session(None, at=at)
    sessions.grant(opened.session_id, enrolment.course_id, enrolment, at=at)
    return opened.token


@dataclass
class Browser:
    """One browser with one session and one connection."""

    port: int
    token: str
    csrf: str = ""
    """What a page has said that changes must be sent with."""
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, times: list[float]) -> str:
        """Open a page and return it; its seconds are noted."""
        page = await self._ask("GET", path, b"", "", times)
        found = TOKEN.search(page)
        if found:
            self.csrf = found[1]
        return page

    async def post(self, path: str, form: Mapping[str, str] | str, times: list[float]) -> str:
        """Send a form, or a text of JSON; return the answer, or where it sends the browser on to."""
        if isinstance(form, str):
            return await self._ask("POST", path, form.encode(), JSON, times)
        return await self._ask("POST", path, urlencode(form).encode(), FORM, times)

    def close(self) -> None:
        """Let go of the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _ask(self, method: str, path: str, body: bytes, kind: str, times: list[float]) -> str:
        head = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Cookie: sca_lms={self.token}"]
        head += ["Accept-Language: th", f"Content-Length: {len(body)}"]
        head += [f"Content-Type: {kind}", f"X-CSRF-Token: {self.csrf}"] if kind else []
        request = "\r\n".join([*head, "", ""]).encode() + body
        began = time.perf_counter()
        async with asyncio.timeout(PATIENCE_SECONDS):
            status, location, content = await self._exchange(request)
        times.append(time.perf_counter() - began)
        if status in {FOUND, SEE_OTHER}:
            return location
        if status != OK:
            raise RuntimeError(f"{method} {path} was answered with {status}")
        return content.decode()

    async def _exchange(self, request: bytes) -> tuple[int, str, bytes]:
        if self._streams is not None:
            try:
                return await self._send(request, *self._streams)
            except (ConnectionError, asyncio.IncompleteReadError):
                # The server lets go of a connection that was idle; a browser opens another one as well.
                self.close()
        self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        return await self._send(request, *self._streams)

    async def _send(
        self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[int, str, bytes]:
        writer.write(request)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        content = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return int(lines[0].split(" ")[1]), headers.get("location", ""), content


async def warm_up(port: int, token: str, path: str) -> None:
    """Wait until every process has loaded the application: a server listens before."""
    browsers = [Browser(port, token) for _number in range(PROCESSES * 4)]
    for _time in range(WARM_UP):
        await asyncio.gather(*(each.get(path, []) for each in browsers))
    for each in browsers:
        each.close()


async def wait_for(moment: float) -> None:
    """Wait until a moment of `time.perf_counter`."""
    await asyncio.sleep(max(0, moment - time.perf_counter()))


@dataclass
class Faults:
    """What went wrong for somebody."""

    said: list[str] = field(default_factory=list)

    async def of(self, browser: Browser, visit: Coroutine[None, None, None]) -> None:
        """Let somebody visit to the end; what they meet is noted, and their connection closed."""
        try:
            await visit
        except FAULTS as error:
            self.said.append(repr(error))
        finally:
            browser.close()


@dataclass(frozen=True)
class Outcome:
    """What one measurement found: its table cells, and what went wrong or was lost."""

    cells: Sequence[str]
    faults: Sequence[str]


def percentiles(times: list[float], *shares: float) -> list[str]:
    """Return within how many milliseconds these shares of everything were done, as they are shown."""
    return [f"{part_of(times, share) * 1000:.0f}" for share in shares]


def compare_databases(
    parser: argparse.ArgumentParser,
    measure: Callable[[str, argparse.Namespace], Outcome],
    *,
    heading: Callable[[argparse.Namespace], str],
    columns: Sequence[str],
) -> int:
    """Measure each database that is asked for, print a table, and return 1 when anything went wrong."""
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL), nargs="+", default=[SQLITE, POSTGRESQL])
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    found = {database: measure(database, asked) for database in asked.database}
    print(
        f"\n{os.cpu_count()} cores, load {load:.1f} before; {heading(asked)}, {PROCESSES} server processes\n"
    )
    print(f"| database | {' | '.join([*columns, 'errors'])} |\n{'|---' * (len(columns) + 2)}|")
    for database, outcome in found.items():
        print(f"| {' | '.join([database, *outcome.cells, str(len(outcome.faults))])} |")
        for fault in sorted(set(outcome.faults)):
            print(f"{database}: {fault}", file=sys.stderr)
    return 1 if any(outcome.faults for outcome in found.values()) else 0
