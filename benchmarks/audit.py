"""Compare the audit log with 10,000 lines and with 1,000,000 lines: its pages, its search, and its export.

    python -m benchmarks.audit [--database sqlite|postgresql] [--lines 10000 1000000] [--rounds 15]

Both logs have a database of their own and are asked for in turns within this process, so that both meet the
same load. A page must send the same statements for both and take at most twice as long. The export must take
at most twice as long for a line, and must not need more memory for the long log than for the short one.
"""

import argparse
import datetime as dt
import gc
import os
import resource
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from benchmarks.size import MOST_TIMES, OK, WARM_UP, database_url
from benchmarks.storm import POSTGRESQL, SQLITE
from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.courses.models import AuditEvent
from sca_lms.courses.rules import Role
from sca_lms.database import Base, db, transaction
from tests import builders
from tests.statements import counted

SHORT, LONG = 10_000, 1_000_000
CHUNK = 20_000
MANAGERS = 8
FIRST = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
YEARS = dt.timedelta(days=3 * 365)
RARE_EVERY = 2_500
"""Of every so many lines one has the rare verb and the rare person; both are in either log."""
OFTEN, RARE = "award-hours", "replace-captain"
VERBS = (OFTEN, "decide-hours-request", "set-score", "change-released-mark", "quiz-changed")
MOST_MORE_MB = 64


@dataclass(frozen=True)
class Page:
    """One address of the log that is measured."""

    name: str
    query: str = ""


PAGES = (
    Page("first page"),
    Page("one kind of change, often", f"verb={OFTEN}"),
    Page("one kind of change, rare", f"verb={RARE}"),
    Page("one kind of change, never", "verb=erase-person"),
    Page("by a person, often", f"who={quote('ผู้จัดการ 1')}"),
    Page("by a person, rare", f"who={quote('ผู้ช่วย')}"),
    Page("by a person who never did", f"who={quote('ผู้เรียน')}"),
    Page("person and kind, rare", f"who={quote('ผู้ช่วย')}&verb={RARE}"),
    Page("days in the middle", "start=2025-06-01&end=2025-06-07"),
    Page("days, person, kind", f"start=2025-06-01&end=2025-06-30&who={quote('ผู้จัดการ 1')}&verb={OFTEN}"),
    Page("page in the middle", "before={middle}"),
    Page("last page", "before={last}"),
    Page("subject, often", "subject=enrolment"),
)


@dataclass(frozen=True)
class Log:
    """A tool with a log of so many lines, and the browser of a manager."""

    app: Flask
    browser: FlaskClient
    course_id: int
    lines: int
    keys: dict[str, str]

    def ask(self, page: Page) -> float:
        """Return how many seconds the whole answer takes; raise for what is no answer."""
        path = f"/courses/{self.course_id}/audit?{page.query.format(**self.keys)}"
        began = time.perf_counter()
        answer = self.browser.get(path)
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

    def export(self, kind: str) -> tuple[float, int]:
        """Read the export as it comes and forget it; return the seconds and how many lines it has."""
        began, ends = time.perf_counter(), 0
        answer = self.browser.get(f"/courses/{self.course_id}/audit/log.{kind}", buffered=False)
        for block in answer.iter_encoded():
            ends += block.count(b"\r\n")
        answer.close()
        return time.perf_counter() - began, ends


def main() -> int:
    """Measure, print a table for each database, and return 1 when something misses its goal."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL), nargs="+", default=[SQLITE, POSTGRESQL])
    parser.add_argument("--lines", type=int, nargs=2, default=[SHORT, LONG], help="both sizes")
    parser.add_argument("--rounds", type=int, default=15, help="how often each page is asked for")
    parser.add_argument("--no-export", action="store_true", help="only the pages")
    asked = parser.parse_args()
    missed: list[str] = []
    for database in asked.database:
        missed += _measure(database, asked.lines, rounds=asked.rounds, exports=not asked.no_export)
    for goal in missed:
        print(f"missed: {goal}", file=sys.stderr)
    return 1 if missed else 0


def _measure(database: str, sizes: Sequence[int], *, rounds: int, exports: bool) -> list[str]:
    with ExitStack() as stack:
        logs = [stack.enter_context(_log(database, size)) for size in sizes]
        load = os.getloadavg()[0]
        lines, missed = [], []
        for page in PAGES:
            line, fault = _compare(page, logs, rounds=rounds)
            lines.append(line)
            missed += [f"{database}: {page.name}: {fault}"] if fault else []
        if exports:
            line, fault = _export(logs)
            lines.append(line)
            missed += [f"{database}: export: {fault}"] if fault else []
    short, long = sizes
    print(
        f"\n{database}, {os.cpu_count()} cores, load {load:.1f} before; median of {rounds}\n\n"
        f"| page | statements, {short:,} lines | {long:,} | ms, {short:,} | {long:,} | ratio | goal |\n"
        "|---|---|---|---|---|---|---|"
    )
    print("\n".join(lines), flush=True)
    return missed


def _compare(page: Page, logs: Sequence[Log], *, rounds: int) -> tuple[str, str]:
    """Return a line of the table, and which goal is missed, if any."""
    for log in logs:
        for _time in range(WARM_UP):
            log.ask(page)
    statements = [log.statements(page) for log in logs]
    times: list[list[float]] = [[] for _log in logs]
    gc.collect()
    for _round in range(rounds):
        for log, found in zip(logs, times, strict=True):
            found.append(log.ask(page) * 1000)
    short, long = map(statistics.median, times)
    faults = [] if statements[0] == statements[1] else ["not the same statements"]
    if long / short > MOST_TIMES:
        faults.append(f"{long / short:.1f} times as long")
    verdict = "; ".join(faults)
    return (
        f"| {page.name} | {statements[0]} | {statements[1]} | {short:.0f} | {long:.0f} | {long / short:.2f} "
        f"| ≤ {MOST_TIMES:g} ×: {verdict or 'met'} |"
    ), verdict


def _export(logs: Sequence[Log]) -> tuple[str, str]:
    """Export both logs, the short one first, and compare the time of a line and the memory."""
    found, peaks = [], []
    for log in logs:
        seconds, lines = log.export("csv")
        if lines < log.lines:
            raise RuntimeError(f"the export has {lines} of {log.lines} lines")
        found.append(seconds)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    each = [seconds / log.lines for seconds, log in zip(found, logs, strict=True)]
    ratio, more = each[1] / each[0], peaks[1] - peaks[0]
    faults = [f"{ratio:.1f} times as long for a line"] if ratio > MOST_TIMES else []
    faults += [f"{more} MB more"] if more > MOST_MORE_MB else []
    verdict = "; ".join(faults)
    return (
        f"| export, CSV | | | {found[0] * 1000:.0f} | {found[1] * 1000:.0f} | {ratio:.2f} a line "
        f"| ≤ {MOST_TIMES:g} ×, {more} MB more than after the short one: {verdict or 'met'} |"
    ), verdict


@contextmanager
def _log(database: str, lines: int) -> Iterator[Log]:
    with tempfile.TemporaryDirectory(prefix="sca-bench-") as name, database_url(database, Path(name)) as url:
        app = create_app(
            Settings(
                database_url=url, data_dir=Path(name), public_url="https://tool.example.org",
                secret_key=secrets.token_urlsafe(48), allow_private_platforms=True, log_level="error",
            )
        )  # fmt: skip
        began = time.perf_counter()
        with app.app_context():
            course_id, manager_id, keys = _make(lines)
        print(f"{database}: {lines:,} lines made in {time.perf_counter() - began:.0f} s", flush=True)
        yield Log(app, builders.signed_in(app, manager_id), course_id, lines, keys)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def _make(lines: int) -> tuple[int, int, dict[str, str]]:
    """Make the tables, the people and the lines; return the course, a manager and keys of pages."""
    Base.metadata.create_all(db.engine)
    with transaction():
        course = builders.a_course()
        managers = [
            builders.an_enrolment(course, builders.a_person("ผู้จัดการ", str(number)), roles={Role.MANAGER})
            for number in range(MANAGERS)
        ]
        helper = builders.an_enrolment(course, builders.a_person("ผู้ช่วย", "ใจดี"), roles={Role.MANAGER})
        learners = [builders.an_enrolment(course, builders.a_person("ผู้เรียน", str(n))).id for n in range(150)]
        course_id, manager_id = course.id, managers[0].id
        people = [each.person_id for each in managers]
    step = YEARS / lines
    for start in range(0, lines, CHUNK):
        rows = [
            {
                "course_id": course_id,
                "person_id": helper.person_id if not number % RARE_EVERY else people[number % MANAGERS],
                "verb": RARE if not number % RARE_EVERY else VERBS[number * 7 // 3 % len(VERBS)],
                "subject": f"enrolment {learners[number * 31 % len(learners)]}",
                "before": {"minutes": number % 90},
                "after": {"minutes": 90, "reason": "มาสายเพราะฝนตก"},
                "at": FIRST + number * step,
            }
            for number in range(start, min(start + CHUNK, lines))
        ]
        with transaction():
            db.session.execute(sa.insert(AuditEvent), rows)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    middle, last = FIRST + lines // 2 * step, FIRST + 20 * step
    keys = {
        name: quote(f"{at.isoformat()}~{number}")
        for name, at, number in (("middle", middle, lines // 2), ("last", last, 20))
    }
    return course_id, manager_id, keys


if __name__ == "__main__":
    sys.exit(main())
