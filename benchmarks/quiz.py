"""Let 150 learners answer a quiz at once, ten answers each within a minute, with two server processes.

    python -m benchmarks.quiz [--database sqlite|postgresql] [--seconds 60]

Everybody begins within the first five seconds, saves each answer as the page's script does, and submits
the whole form at the end.
"""

import argparse
import http.client
import os
import random
import re
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import sqlalchemy as sa

from benchmarks.browsers import LEARNERS, part_of
from benchmarks.check_in import PATIENCE_SECONDS, database_url, launched
from benchmarks.servers import Server, free_port, gunicorn, running
from benchmarks.storm import POSTGRESQL, PROCESSES, SQLITE
from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.assessments.models import Attempt, Response
from sca_lms.assessments.question_types import Numeric, Question
from sca_lms.assessments.rules import AttemptState
from sca_lms.config import Settings
from sca_lms.database import Base, db, transaction
from sca_lms.texts import Bilingual
from tests import builders
from tests.assessments.builders import a_quiz

ANSWERS = 10
BEGIN_WITHIN_SECONDS = 5
WARM_UP = 3
TOKEN = re.compile(r"""hx-headers='\{"X-CSRF-Token": "([^"]+)"\}'""")
WAS = re.compile(r'name="(a\d+-was)" value="([0-9a-f]+)"')
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Room:
    """What the browsers know: the quiz, and a session for everybody."""

    quiz: str
    learners: list[str]


@dataclass
class Measured:
    """How long answers took, in seconds, and what went wrong."""

    pages: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    saves: list[float] = field(default_factory=list)
    submits: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Kept:
    """What the database has afterwards."""

    submitted: int
    answers: int


def main() -> int:
    """Measure both databases, print a table, and return 1 when anything was refused or lost."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL), nargs="+", default=[SQLITE, POSTGRESQL])
    parser.add_argument("--seconds", type=int, default=60, help="within which time everybody answers")
    asked = parser.parse_args()
    cores, load = os.cpu_count(), os.getloadavg()
    lines, errors = [], 0
    for database in asked.database:
        measured, kept = _measure(database, seconds=asked.seconds)
        errors += len(measured.faults) + (LEARNERS - kept.submitted) + (LEARNERS * ANSWERS - kept.answers)
        for fault in sorted(set(measured.faults)):
            print(f"{database}: {fault}", file=sys.stderr)
        figures = [
            f"{part_of(times, share) * 1000:.0f}"
            for times, shares in (
                (measured.saves, (0.5, 0.95, 1)),
                (measured.starts, (0.5, 0.95)),
                (measured.submits, (0.5, 0.95)),
            )
            for share in shares
        ]
        counts = f"{kept.submitted} | {kept.answers} | {len(measured.faults)}"
        lines.append(f"| {database} | {' | '.join(figures)} | {counts} |")
    print(
        f"\n{cores} cores, load {load[0]:.1f} before; {LEARNERS} learners, {ANSWERS} answers each within "
        f"{asked.seconds} s, {PROCESSES} server processes\n"
    )
    print(
        "| database | save p50 ms | p95 ms | longest ms | begin p50 ms | p95 ms | submit p50 ms | p95 ms "
        "| submitted | answers kept | errors |\n|---|---|---|---|---|---|---|---|---|---|---|"
    )
    print("\n".join(lines))
    return 1 if errors else 0


def _measure(database: str, *, seconds: int) -> tuple[Measured, Kept]:
    with tempfile.TemporaryDirectory(prefix="sca-bench-") as name, database_url(database, Path(name)) as url:
        port = free_port()
        told = {
            "SCA_LMS_DATA_DIR": name,
            "SCA_LMS_DATABASE_URL": url,
            "SCA_LMS_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SCA_LMS_SECRET_KEY": secrets.token_urlsafe(48),
        }
        room = _prepare(told)
        command = gunicorn(Path(sys.executable), "sca_lms.app:create_app()", port)
        command += ["--workers", str(PROCESSES)]
        with running(command, port, log=Path(name) / "server.log", environ=told) as server:
            measured = _answer(room, server, seconds=seconds)
        return measured, _kept(told)


def _prepare(told: Mapping[str, str]) -> Room:
    """Make a quiz of ten questions, and let everybody launch."""
    app = create_app(Settings.from_environment(told))
    at = clock.now()
    questions: list[tuple[str, Question]] = [
        (
            f"Q{number}",
            Numeric(
                Bilingual(f"ข้อที่ {number}", f"Number {number}"), Decimal(1),
                value=Decimal(number), tolerance=Decimal(0),
            ),
        )
        for number in range(ANSWERS)
    ]  # fmt: skip
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with transaction():
            course = builders.a_course()
            quiz = a_quiz(course, at=at, questions=tuple(questions), shuffle=True, time_limit_minutes=15)
            learners = [
                builders.an_enrolment(course, builders.a_person("ผู้เรียน", f"ลำดับที่ {number}"))
                for number in range(LEARNERS)
            ]
            room = Room(
                f"/courses/{course.id}/quizzes/{quiz.id}", [launched(each, at=at) for each in learners]
            )
        db.engine.dispose()
    return room


def _kept(told: Mapping[str, str]) -> Kept:
    app = create_app(Settings.from_environment(told))
    with app.app_context():
        count = sa.select(sa.func.count())
        kept = Kept(
            db.session.scalar(
                count.select_from(Attempt).where(
                    Attempt.state == AttemptState.SUBMITTED, Attempt.score.is_not(None)
                )
            )
            or 0,
            db.session.scalar(count.select_from(Response).where(Response.saved_at.is_not(None))) or 0,
        )
        db.session.remove()
        db.engine.dispose()
    return kept


def _answer(room: Room, server: Server, *, seconds: int) -> Measured:
    measured = Measured()
    _warm_up(room, server)
    draw = random.Random(168)  # noqa: S311 - The same moments in every run; nothing is secret.
    begins = time.perf_counter() + 1
    people = []
    for token in room.learners:
        first_answer = begins + BEGIN_WITHIN_SECONDS
        answers = sorted(first_answer + draw.random() * seconds for _each in range(ANSWERS))
        moments = [begins + draw.random() * BEGIN_WITHIN_SECONDS, *answers]
        browser = Browser(server.port, token)
        people.append(threading.Thread(target=_learner, args=[browser, room, measured, moments]))
    for each in people:
        each.start()
    for each in people:
        each.join()
    return measured


def _warm_up(room: Room, server: Server) -> None:
    """Wait until every process has loaded the application: a server listens before."""
    browsers = [Browser(server.port, room.learners[0]) for _number in range(PROCESSES * 4)]
    for _time in range(WARM_UP):
        for each in browsers:
            each.timed([], "GET", room.quiz)
    for each in browsers:
        each.close()


def _learner(browser: "Browser", room: Room, measured: Measured, moments: list[float]) -> None:
    """Begin, save each answer at its moment, and hand the whole form in."""
    _wait_for(moments[0])
    try:
        page = browser.timed(measured.pages, "GET", room.quiz)
        found = TOKEN.search(page)
        token = found[1] if found else ""
        attempt = browser.timed(measured.starts, "POST", f"{room.quiz}/attempts", {}, token)
        was = dict(WAS.findall(browser.timed(measured.pages, "GET", attempt)))
        answers = {}
        for position, moment in enumerate(moments[1:]):
            _wait_for(moment)
            answers[f"a{position}"] = str(position)
            browser.timed(
                measured.saves,
                "POST",
                f"{attempt}/answers/{position}",
                {f"a{position}": str(position)},
                token,
            )
        form = {**was, **answers, "action": "submit"}
        told = browser.timed(measured.submits, "POST", attempt, form, token)
        if not told.endswith("/review"):
            measured.faults.append(f"handed in, and sent on to {told}")
        browser.timed(measured.pages, "GET", told)
    except (OSError, RuntimeError, http.client.HTTPException, ValueError) as error:
        measured.faults.append(repr(error))
    finally:
        browser.close()


def _wait_for(moment: float) -> None:
    time.sleep(max(0, moment - time.perf_counter()))


@dataclass
class Browser:
    """One browser that keeps its connection."""

    port: int
    token: str

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)

    def timed(
        self,
        times: list[float],
        method: str,
        path: str,
        form: Mapping[str, str] | None = None,
        csrf: str = "",
    ) -> str:
        """Send a request, note how long it took, and return the answer, or where it sends one on to."""
        headers = {"Cookie": f"sca_lms={self.token}", "Accept-Language": "th"}
        body = None if form is None else urlencode(form)
        if body is not None:
            headers |= {"Content-Type": FORM, "X-CSRF-Token": csrf}
        began = time.perf_counter()
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # The server lets go of a connection that was idle; a browser opens another one as well.
            self._connection.close()
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        text = answer.read().decode()
        times.append(time.perf_counter() - began)
        if answer.status in {http.client.FOUND, http.client.SEE_OTHER}:
            return answer.headers["Location"] or ""
        if answer.status != http.client.OK:
            raise RuntimeError(f"{method} {path} was answered with {answer.status}")
        return text

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


if __name__ == "__main__":
    sys.exit(main())
