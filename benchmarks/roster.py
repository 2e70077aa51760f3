"""Read a huge roster into an empty course, then again, and see what it costs and whom it holds up.

    python -m benchmarks.roster [--members 100000] [--database sqlite|postgresql]

The host answers inside the process, page by page, so that what is measured is the tool: asking,
understanding, writing. Meanwhile another process writes one row again and again and notes how long it waits.
"""

import argparse
import datetime as dt
import json
import os
import resource
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Enrolment
from sca_lms.database import Base, db, transaction
from sca_lms.lti import outbound, roster_sync
from sca_lms.lti.models import LtiContext, Platform, PlatformState
from sca_lms.lti.outbound import Answer, Outbound
from sca_lms.lti.roster_models import RosterMember, RosterSync
from sca_lms.lti.roster_rules import Presence
from tests.postgresql import Cluster, fresh_database

HOST = "https://host.example.org"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
MEMBERS = 100_000
SHARE = 100
"""One of so many joins, leaves and is renamed before the last reading."""
CONTEXT = 1
SQLITE, POSTGRESQL = "sqlite", "postgresql"
NEIGHBOUR = """
import json, select, sys, time
import sqlalchemy as sa
engine = sa.create_engine(sys.argv[1], isolation_level="AUTOCOMMIT")
waits = []
with engine.connect() as connection:
    if engine.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA busy_timeout=60000")
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0.02)[0]:
        began = time.monotonic()
        connection.exec_driver_sql("UPDATE course SET label = 'x' WHERE id = 1")
        waits.append(time.monotonic() - began)
print(json.dumps(waits))
"""
"""Another process that writes one row until its input ends."""


class Crowd(Outbound):
    """A host with very many members, at the other end of the wire; nobody is kept in memory."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__(allow_private=True)
        self.first, self.last, self.family = first, last, "เดิม"

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = 0,
    ) -> Answer:
        """Give a token, or one page of the list."""
        if method == "POST":
            return Answer(200, {}, b'{"access_token": "good", "expires_in": 3600}', url)
        query = parse_qs(urlsplit(url).query)
        size, start = int(query["limit"][0]), int(query.get("from", [str(self.first)])[0])
        end = min(start + size, self.last)
        members = [
            {
                "user_id": str(number), "roles": [LEARNER], "status": "Active", "given_name": f"คนที่ {number}",
                "family_name": self.family if number % SHARE == 0 else "เดิม",
                "email": f"person-{number}@example.org",
            }
            for number in range(start, end)
        ]  # fmt: skip
        told = {"Link": f'<{HOST}/m?limit={size}&from={end}>; rel="next"'} if end < self.last else {}
        return Answer(200, told, json.dumps({"members": members}).encode(), url)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of the whole roster."""

    title: str
    seconds: float
    processor_seconds: float
    waits: tuple[float, ...]
    """How long another writer waited, each time."""


def main() -> int:
    """Measure, print a table, and return 1 when somebody of the roster is missing."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--members", type=int, default=MEMBERS)
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL), default=SQLITE)
    asked = parser.parse_args()
    cores, load = os.cpu_count(), os.getloadavg()
    before = _peak_mebibytes()
    with _application(asked.database) as app:
        readings = list(_measure(app, asked.members))
        whole = _is_whole(app, asked.members)
    print(
        f"\n{asked.members} members, {asked.database}; {cores} cores, load {load[0]:.1f} before; "
        f"peak RSS {before:.0f} MB before, {_peak_mebibytes():.0f} MB after\n"
    )
    print("| reading | s | CPU s | another writer waits: p50 ms | p99 ms | longest ms |")
    print("|---|---|---|---|---|---|")
    for each in readings:
        ordered = sorted(each.waits)
        p50, p99 = statistics.median(ordered), ordered[int(0.99 * (len(ordered) - 1))]
        print(
            f"| {each.title} | {each.seconds:.1f} | {each.processor_seconds:.1f} "
            f"| {p50 * 1000:.1f} | {p99 * 1000:.0f} | {ordered[-1] * 1000:.0f} |"
        )
    return 0 if whole else 1


def _measure(app: Flask, members: int) -> Iterator[Reading]:
    crowd = Crowd(0, members)
    app.extensions[outbound.EXTENSION] = crowd
    yield _read(app, "everybody is new")
    yield _read(app, "nothing has changed")
    moved = members // SHARE
    crowd.first, crowd.last, crowd.family = moved, members + moved, "ใหม่"
    yield _read(app, "1 % join, 1 % leave, 1 % are renamed")


def _read(app: Flask, title: str) -> Reading:
    """Read the roster to the end, turn after turn as a worker does."""
    with app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
        with transaction():
            roster_sync.want(CONTEXT, at=clock.now())
        db.engine.dispose()
        with _neighbour(url) as waits:
            began, processor = time.monotonic(), time.process_time()
            while _is_wanted():
                roster_sync.refresh_due(clock.now())
            seconds, processor = time.monotonic() - began, time.process_time() - processor
    return Reading(title, seconds, processor, tuple(waits))


@contextmanager
def _neighbour(url: str) -> Iterator[list[float]]:
    """Let another process write meanwhile; the list is filled with its waits when the block ends."""
    waits: list[float] = []
    with subprocess.Popen(
        [sys.executable, "-c", NEIGHBOUR, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise RuntimeError("the other writer could not begin")
        yield waits
        told, _nothing = process.communicate("\n")
        waits += json.loads(told)


def _is_wanted() -> bool:
    return (
        db.session.scalar(sa.select(RosterSync.wanted_at).where(RosterSync.context_id == CONTEXT)) is not None
    )


def _is_whole(app: Flask, members: int) -> bool:
    """Tell whether everybody is there who should be, and gone who should be."""
    with app.app_context():
        enrolled = db.session.scalar(sa.select(sa.func.count(Enrolment.id)))
        gone = db.session.scalar(
            sa.select(sa.func.count(RosterMember.id)).where(RosterMember.presence == Presence.GONE)
        )
    return (enrolled, gone) == (members + members // SHARE, members // SHARE)


@contextmanager
def _application(database: str) -> Iterator[Flask]:
    with tempfile.TemporaryDirectory(prefix="sca-bench-") as directory:
        if database == SQLITE:
            yield _made(Path(directory), f"sqlite:///{directory}/roster.sqlite3")
            return
        with Cluster.running() as cluster, fresh_database(cluster, f"roster_{secrets.token_hex(4)}") as url:
            yield _made(Path(directory), url)


def _made(directory: Path, url: str) -> Flask:
    app = create_app(
        Settings(
            database_url=url,
            data_dir=directory,
            public_url="http://127.0.0.1:8000",
            secret_key=secrets.token_hex(32),
            allow_private_platforms=True,
            log_level="warning",
        )
    )
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with transaction():
            _settle(at=clock.now())
    return app


def _settle(*, at: dt.datetime) -> None:
    """Make the course whose roster is read, and its host."""
    platform = Platform(
        name="Host", issuer=HOST, client_id="client", auth_login_url=f"{HOST}/auth",
        auth_token_url=f"{HOST}/token", jwks_url=f"{HOST}/keys", token_audience=None, profile="generic",
        state=PlatformState.ACTIVE, created_at=at,
    )  # fmt: skip
    course = courses.create_course(title="Course", label="C", at=at)
    db.session.add(
        LtiContext(
            id=CONTEXT, platform=platform, context_id="2", course=course, title="Course", label="C",
            deployment_id="1", memberships_url=f"{HOST}/m", ags_scopes=[], history=[], updated_at=at,
        )
    )  # fmt: skip


def _peak_mebibytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
