"""Let 150 learners check in within one minute, by the code that the room shows, with two server processes.

    python -m benchmarks.check_in [--database sqlite|postgresql] [--seconds 60]

Each learner opens the page at a moment of their own and sends the code a little later, as the page's script
does. Meanwhile a console is open, which asks for a new code and for the live list.
"""

import argparse
import datetime as dt
import http.client
import json
import os
import random
import re
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from benchmarks.browsers import LEARNERS, part_of
from benchmarks.servers import Server, free_port, gunicorn, running
from benchmarks.storm import POSTGRESQL, PROCESSES, SQLITE
from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.attendance import room_codes
from sca_lms.attendance.models import PresenceRecord
from sca_lms.config import Settings
from sca_lms.courses import sessions
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import Base, db, transaction
from tests import builders
from tests.attendance.camp import a_camp, session_of
from tests.postgresql import Cluster, fresh_database

READS_THE_PAGE_SECONDS = 2
WARM_UP = 3
LIVE_EVERY_SECONDS = 4
PATIENCE_SECONDS = 60
TOKEN = re.compile(r"""hx-headers='\{"X-CSRF-Token": "([^"]+)"\}'""")
OK = 200


@dataclass(frozen=True)
class Camp:
    """What the browsers know: the course, the room's secret, and a session for everybody."""

    course_id: int
    code_seed: str
    session_id: int
    session_code: str
    learners: list[str]
    staff: str


@dataclass
class Measured:
    """How long answers took, in seconds, and what went wrong."""

    pages: list[float] = field(default_factory=list)
    acts: list[float] = field(default_factory=list)
    console: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def main() -> int:
    """Measure both databases, print a table, and return 1 when anybody did not get in."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL), nargs="+", default=[SQLITE, POSTGRESQL])
    parser.add_argument("--seconds", type=int, default=60, help="within which time everybody comes")
    asked = parser.parse_args()
    cores, load = os.cpu_count(), os.getloadavg()
    lines, errors = [], 0
    for database in asked.database:
        measured, inside = _measure(database, seconds=asked.seconds)
        errors += len(measured.faults) + (LEARNERS - inside)
        for fault in sorted(set(measured.faults)):
            print(f"{database}: {fault}", file=sys.stderr)
        figures = [
            f"{part_of(times, share) * 1000:.0f}"
            for times, shares in (
                (measured.acts, (0.5, 0.95, 1)),
                (measured.pages, (0.5, 0.95)),
                (measured.console, (0.5, 0.95)),
            )
            for share in shares
        ]
        lines.append(f"| {database} | {' | '.join(figures)} | {inside} | {len(measured.faults)} |")
    print(
        f"\n{cores} cores, load {load[0]:.1f} before; {LEARNERS} learners within {asked.seconds} s, "
        f"{PROCESSES} server processes\n"
    )
    print(
        "| database | check-in p50 ms | p95 ms | longest ms | page p50 ms | p95 ms | console p50 ms | p95 ms "
        "| in | errors |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    print("\n".join(lines))
    return 1 if errors else 0


def _measure(database: str, *, seconds: int) -> tuple[Measured, int]:
    """Return the times, and how many learners the database has in the room afterwards."""
    with tempfile.TemporaryDirectory(prefix="sca-bench-") as name, database_url(database, Path(name)) as url:
        port = free_port()
        told = {
            "SCA_LMS_DATA_DIR": name,
            "SCA_LMS_DATABASE_URL": url,
            "SCA_LMS_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SCA_LMS_SECRET_KEY": secrets.token_urlsafe(48),
        }
        camp = _prepare(told)
        command = gunicorn(Path(sys.executable), "sca_lms.app:create_app()", port)
        command += ["--workers", str(PROCESSES)]
        with running(command, port, log=Path(name) / "server.log", environ=told) as server:
            measured = _come_in(camp, server, seconds=seconds)
        return measured, _inside(told)


@contextmanager
def database_url(database: str, directory: Path) -> Iterator[str]:
    """Give the address of a new database of this kind, for as long as it is measured."""
    if database == SQLITE:
        yield f"sqlite:///{directory / 'camp.sqlite3'}"
        return
    with Cluster.running() as cluster, fresh_database(cluster, f"doors_{secrets.token_hex(4)}") as url:
        yield url


def _prepare(told: Mapping[str, str]) -> Camp:
    """Make a camp whose first session begins in ten minutes, and let everybody launch."""
    app = create_app(Settings.from_environment(told))
    at = clock.now()
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with transaction():
            course = a_camp()
            session = session_of(course, "D01A")
            session.starts_at, session.ends_at = at + dt.timedelta(minutes=10), at + dt.timedelta(hours=4)
            learners = [
                builders.an_enrolment(course, builders.a_person("ผู้เรียน", f"ลำดับที่ {number}"))
                for number in range(LEARNERS)
            ]
            staff = builders.an_enrolment(course, builders.a_person("วิทยากร"), roles={Role.INSTRUCTOR})
            camp = Camp(
                course.id, session.code_seed, session.id, session.code,
                [launched(each, at=at) for each in learners], launched(staff, at=at),
            )  # fmt: skip
        db.engine.dispose()
    return camp


def launched(enrolment: Enrolment, *, at: dt.datetime) -> str:
    """Open a session for somebody, as a launch does, and return what the browser shows for it."""
    opened = sessions.open_session(None, at=at)
    sessions.grant(opened.session_id, enrolment.course_id, enrolment, at=at)
    return opened.token


def _inside(told: Mapping[str, str]) -> int:
    app = create_app(Settings.from_environment(told))
    with app.app_context():
        people = sa.func.count(sa.distinct(PresenceRecord.enrolment_id))
        counted = db.session.scalar(sa.select(people).where(PresenceRecord.out_at.is_(None))) or 0
        db.engine.dispose()
    return counted


def _come_in(camp: Camp, server: Server, *, seconds: int) -> Measured:
    measured = Measured()
    _warm_up(camp, server)
    draw = random.Random(168)  # noqa: S311 - The same moments in every run; nothing is secret.
    begins = time.perf_counter() + 1
    moments = [begins + draw.random() * (seconds - READS_THE_PAGE_SECONDS) for _each in camp.learners]
    everybody_in = threading.Event()
    console = threading.Thread(target=_watch, args=[camp, server, measured, everybody_in])
    console.start()
    people = [
        threading.Thread(target=_learner, args=[camp, server, measured, token, moment])
        for token, moment in zip(camp.learners, moments, strict=True)
    ]
    for each in people:
        each.start()
    for each in people:
        each.join()
    everybody_in.set()
    console.join()
    return measured


def _warm_up(camp: Camp, server: Server) -> None:
    """Wait until every process has loaded the application: a server listens before."""
    browsers = [Browser(server.port, camp.course_id, camp.staff) for _number in range(PROCESSES * 4)]
    for _time in range(WARM_UP):
        for each in browsers:
            each.timed([], "GET", f"/sessions/{camp.session_code}/room")
    for each in browsers:
        each.close()


def _learner(camp: Camp, server: Server, measured: Measured, token: str, moment: float) -> None:
    """Open the page, look up at the screen, send the code, and see the page again."""
    browser = Browser(server.port, camp.course_id, token)
    time.sleep(max(0, moment - time.perf_counter()))
    try:
        page = browser.timed(measured.pages, "GET", "/check-in")
        time.sleep(READS_THE_PAGE_SECONDS / 2)
        found = TOKEN.search(page)
        at = clock.now()
        typed = room_codes.digits(camp.code_seed, camp.session_id, room_codes.step_at(at))
        now = int(at.timestamp() * 1000)
        act = {"key": secrets.token_hex(16), "act": "in", "code": typed, "session": "", "at": now}
        body = {"sent_at": now, "device": secrets.token_hex(16), "acts": [act]}
        answer = browser.timed(
            measured.acts, "POST", "/check-in/acts", json.dumps(body), found[1] if found else ""
        )
        told = json.loads(answer)["answers"][0]
        if told["state"] != "recorded":
            measured.faults.append(f"{told['state']}: {told['message']}")
        browser.timed(measured.pages, "GET", "/check-in")
    except (OSError, RuntimeError, http.client.HTTPException, ValueError) as error:
        measured.faults.append(repr(error))
    finally:
        browser.close()


def _watch(camp: Camp, server: Server, measured: Measured, everybody_in: threading.Event) -> None:
    browser = Browser(server.port, camp.course_id, camp.staff)
    room = f"/sessions/{camp.session_code}/room"
    try:
        while not everybody_in.wait(LIVE_EVERY_SECONDS):
            browser.timed(measured.console, "GET", f"{room}/live")
            browser.timed(measured.console, "GET", f"{room}/code")
    except (OSError, RuntimeError, http.client.HTTPException) as error:
        measured.faults.append(f"console: {error!r}")
    finally:
        browser.close()


@dataclass
class Browser:
    """One browser that keeps its connection."""

    port: int
    course_id: int
    token: str

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)

    def timed(self, times: list[float], method: str, path: str, body: str = "", csrf: str = "") -> str:
        """Send a request, note how long the answer took, and return it; raises for what is no answer."""
        headers = {"Cookie": f"sca_lms={self.token}", "Accept-Language": "th"}
        if body:
            headers |= {"Content-Type": "application/json", "X-CSRF-Token": csrf}
        began = time.perf_counter()
        try:
            self._connection.request(method, f"/courses/{self.course_id}{path}", body or None, headers)
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # The server lets go of a connection that was idle; a browser opens another one as well.
            self._connection.close()
            self._connection.request(method, f"/courses/{self.course_id}{path}", body or None, headers)
            answer = self._connection.getresponse()
        text = answer.read().decode()
        times.append(time.perf_counter() - began)
        if answer.status != OK:
            raise RuntimeError(f"{method} {path} was answered with {answer.status}")
        return text

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


if __name__ == "__main__":
    sys.exit(main())
