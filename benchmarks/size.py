"""Compare the pages of hours for a cohort of 150 with those for one of 10,000, over 61 sessions.

    python -m benchmarks.size [--database sqlite|postgresql] [--learners 150 10000] [--rounds 15]

Both cohorts have a database of their own, with every stay and every entry of the ledger. Their pages are
asked for in turns within this process, so that both meet the same load. A page must send the same
statements for both and take at most twice as long; a transcript as PDF must take at most 100 ms.
A whole export grows with the cohort: for it the statements must be the same, and the time is per learner.
"""

import argparse
import gc
import os
import resource
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from benchmarks.cohorts import Cohort, make
from benchmarks.storm import POSTGRESQL, SQLITE
from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.database import db
from sca_lms.gradebook.queries import ROWS_AT_ONCE
from sca_lms.web.paging import PAGE_SIZE
from tests import builders
from tests.postgresql import Cluster, fresh_database
from tests.statements import counted

SMALL, LARGE = 150, 10_000
MOST_TIMES = 2.0
MOST_PDF_MS = 100.0
WARM_UP = 3
EXPORT_ROUNDS = 3
OK = 200


@dataclass(frozen=True)
class Page:
    """One address that is measured, and what is asked of it."""

    name: str
    path: str
    grows: bool = False
    """A file with a line for everybody: it cannot take the same time."""
    most_ms: float | None = None
    batch: int | None = None
    """A file that is read so many learners at a time, to bound the memory: its statements grow by batches."""


PAGES = (
    Page("attendance grid", "attendance?week=2022-09-05"),
    Page("attendance grid, last page", "attendance?week=2022-09-05&page=9999"),
    Page("attendance grid, typing", "attendance?week=2022-09-05&edit=1"),
    Page("pace", "pace"),
    Page("pace, middle page", "pace?page={middle}"),
    Page("pace, last page", "pace?page=9999"),
    Page("learners", "learners"),
    Page("learners, last page", "learners?page=9999"),
    Page("control room", "control"),
    Page("heat map", "heat"),
    Page("heat map, last page", "heat?page=9999"),
    Page("heat map of areas", "heat/areas"),
    Page("rules and who is noticed", "risk-rules"),
    Page("gradebook", "gradebook"),
    Page("gradebook, last page", "gradebook?page=9999"),
    Page("gradebook export, CSV", "gradebook/export.csv", grows=True, batch=ROWS_AT_ONCE),
    Page("heat map export, CSV", "heat/export.csv", grows=True, batch=500),
    Page("report of the cohort, CSV", "reports/cohort.csv", grows=True, batch=500),
    Page("transcript, PDF", "hours/{learner}/transcript.pdf", most_ms=MOST_PDF_MS),
    Page("hours export (grid), CSV", "attendance/export.csv", grows=True),
    Page("hours export (pace), CSV", "pace/export.csv", grows=True),
)


@dataclass(frozen=True)
class House:
    """A tool with one cohort, and the browser of its manager."""

    app: Flask
    cohort: Cohort
    learners: int
    browser: FlaskClient

    def ask(self, page: Page) -> float:
        """Return how many seconds the whole answer takes; raises for what is no answer."""
        middle = self.learners // PAGE_SIZE // 2
        path = page.path.format(learner=self.cohort.learner_id, middle=middle)
        began = time.perf_counter()
        answer = self.browser.get(f"/courses/{self.cohort.course_id}/{path}")
        length = len(answer.get_data())
        seconds = time.perf_counter() - began
        if answer.status_code != OK or not length:
            raise RuntimeError(f"{path} was answered with {answer.status_code}")
        return seconds

    def statements(self, page: Page) -> int:
        """Return how many SQL statements a page sends."""
        with counted(self.app) as seen:
            self.ask(page)
        return len(seen)


def main() -> int:
    """Measure, print a table for each database, and return 1 when a page misses its goal."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL), nargs="+", default=[SQLITE, POSTGRESQL])
    parser.add_argument("--learners", type=int, nargs=2, default=[SMALL, LARGE], help="both sizes")
    parser.add_argument("--rounds", type=int, default=15, help="how often each page is asked for")
    asked = parser.parse_args()
    missed = [
        goal
        for database in asked.database
        for goal in _measure(database, sizes=asked.learners, rounds=asked.rounds)
    ]
    for goal in missed:
        print(f"missed: {goal}", file=sys.stderr)
    return 1 if missed else 0


def _measure(database: str, *, sizes: list[int], rounds: int) -> list[str]:
    """Print the table of one database; return the goals that were missed."""
    with ExitStack() as stack:
        houses = [stack.enter_context(_house(database, learners)) for learners in sizes]
        load = os.getloadavg()[0]
        lines, missed = [], []
        for page in PAGES:
            line, fault = _compare(page, houses, rounds=rounds)
            lines.append(line)
            missed += [f"{database}: {page.name}: {fault}"] if fault else []
    small, large = sizes
    entries = ", ".join(f"{house.cohort.entries:,}" for house in houses)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"\n{database}, {os.cpu_count()} cores, load {load:.1f} before; "
        f"{houses[0].cohort.sessions} sessions, entries of the ledger: {entries}; median of {rounds}; "
        f"at most {memory} MB\n\n"
        f"| page | statements, {small:,} | {large:,} | ms, {small:,} | {large:,} | ratio | goal |\n"
        "|---|---|---|---|---|---|---|"
    )
    print("\n".join(lines), flush=True)
    return missed


def _compare(page: Page, houses: list[House], *, rounds: int) -> tuple[str, str]:
    """Return a line of the table, and which goal is missed, if any."""
    for house in houses:
        for _time in range(1 if page.grows else WARM_UP):
            house.ask(page)
    statements = [house.statements(page) for house in houses]
    times: list[list[float]] = [[] for _house in houses]
    gc.collect()
    for _round in range(EXPORT_ROUNDS if page.grows else rounds):
        for house, found in zip(houses, times, strict=True):
            found.append(house.ask(page) * 1000)
    small, large = map(statistics.median, times)
    ratio = large / small
    faults = [] if _are_constant(statements, page, houses) else ["not the same statements"]
    if page.grows:
        each = [found / house.learners for found, house in zip((small, large), houses, strict=True)]
        ratio, said = each[1] / each[0], f"per learner {each[0]:.2f} → {each[1]:.2f} ms"
    else:
        said = f"≤ {MOST_TIMES:g} ×"
    if ratio > MOST_TIMES:
        faults.append(f"{ratio:.1f} times as long")
    if page.most_ms is not None:
        said += f", ≤ {page.most_ms:g} ms"
        if max(small, large) > page.most_ms:
            faults.append(f"{max(small, large):.0f} ms")
    verdict = "; ".join(faults)
    line = (
        f"| {page.name} | {statements[0]} | {statements[1]} | {small:.0f} | {large:.0f} | {ratio:.2f} "
        f"| {said}: {verdict or 'met'} |"
    )
    return line, verdict


def _are_constant(statements: list[int], page: Page, houses: list[House]) -> bool:
    """Tell whether a page sends the same statements for both cohorts, or the same ones for every batch."""
    if page.batch is None:
        return statements[0] == statements[1]
    fewer, more = (-(-house.learners // page.batch) for house in houses)
    return (statements[1] - statements[0]) % (more - fewer) == 0


@contextmanager
def _house(database: str, learners: int) -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="sca-bench-") as name, database_url(database, Path(name)) as url:
        app = create_app(
            Settings(
                database_url=url, data_dir=Path(name), public_url="https://tool.example.org",
                secret_key=secrets.token_urlsafe(48), allow_private_platforms=True, log_level="error",
            )
        )  # fmt: skip
        began = time.perf_counter()
        with app.app_context():
            cohort = make(learners)
        print(f"{database}: {learners:,} learners made in {time.perf_counter() - began:.0f} s", flush=True)
        yield House(app, cohort, learners, builders.signed_in(app, cohort.staff_id))
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@contextmanager
def database_url(database: str, directory: Path) -> Iterator[str]:
    """Yield the address of an empty database that is gone afterwards."""
    if database == SQLITE:
        yield f"sqlite:///{directory / 'cohort.sqlite3'}"
        return
    with Cluster.running() as cluster, fresh_database(cluster, f"size_{secrets.token_hex(4)}") as url:
        yield url


if __name__ == "__main__":
    sys.exit(main())
