"""Measure how a worker sends many due scores to a host that takes its time.

Run it as `python -m benchmarks.grades [--scores 10000] [--latency 0.05] [--postgresql URL]`. The worker is
the real one, `sca-lms worker --drain`, in a process of its own; so is the host.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import Base, db, transaction
from sca_lms.grades.models import Delivery, GradeColumn, GradedEvidence, Score
from sca_lms.grades.rules import State
from sca_lms.lti import keys, scopes
from sca_lms.lti.models import LtiContext, LtiUser, Platform, PlatformState
from sca_lms.lti.profiles import profile_named
from sca_lms.texts import Bilingual

ROWS_AT_ONCE = 2_000
SAMPLE_SECONDS = 0.5
PROFILE = "generic"
REQUESTS_ALONE = 60
MIB = 1024


@contextmanager
def gradebook(directory: Path, latency: float) -> Iterator[str]:
    """Run the host and return its address."""
    port_file = directory / "port"
    command = [sys.executable, "-m", "benchmarks.grades_host", str(port_file), str(latency)]
    process = subprocess.Popen(command)
    try:
        while not port_file.exists() or not port_file.read_text(encoding="ascii"):
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port_file.read_text(encoding='ascii')}"
    finally:
        process.terminate()
        process.wait()


def host_alone(host: str, at_once: int) -> float:
    """Return how many requests a second the host answers to clients that do nothing else."""

    def ask() -> None:
        connection = http.client.HTTPConnection(urlsplit(host).netloc)
        for _number in range(REQUESTS_ALONE):
            connection.request("POST", "/alone", b"{}")
            connection.getresponse().read()
        connection.close()

    began = time.perf_counter()
    clients = [threading.Thread(target=ask) for _number in range(at_once)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return at_once * REQUESTS_ALONE / (time.perf_counter() - began)


def fill(app: Flask, host: str, count: int) -> None:
    """Store a course whose learners all have a score that nobody has sent."""
    at = clock.now()
    with app.app_context(), transaction():
        course = courses.create_course(title="Benchmark", label="B", at=at)
        keys.rotate(at=at, at_once=True)
        platform = Platform(
            name="Gradebook", issuer=host, client_id="benchmark", auth_login_url=f"{host}/login",
            auth_token_url=f"{host}/token", jwks_url=f"{host}/keys", profile=PROFILE,
            state=PlatformState.ACTIVE, created_at=at,
        )  # fmt: skip
        context = LtiContext(
            platform=platform, tenant="", context_id="2", course=course, deployment_id="1",
            lineitems_url=f"{host}/2/lineitems", ags_scopes=list(scopes.WANTED), history=[], updated_at=at,
        )  # fmt: skip
        column = GradeColumn(
            course=course, code="PRE", title=Bilingual.of("PRE"), position=0, score_maximum=Decimal(100),
            resource_id="sca-lms:PRE", tag="PRE", is_active=True, created_at=at,
        )  # fmt: skip
        db.session.add_all([context, column])
        db.session.flush()
        for first in range(1, count + 1, ROWS_AT_ONCE):
            numbers = range(first, min(first + ROWS_AT_ONCE, count + 1))
            _insert(Person, [{"id": n, "name": f"Learner {n}", "created_at": at} for n in numbers])
            _insert(LtiUser, [
                {"platform_id": platform.id, "tenant": "", "subject": str(n), "person_id": n} for n in numbers
            ])  # fmt: skip
            _insert(Enrolment, [
                {
                    "id": n, "course_id": course.id, "person_id": n, "roles": frozenset({Role.LEARNER}),
                    "state": EnrolmentState.ACTIVE, "joined_at": at,
                }
                for n in numbers
            ])  # fmt: skip
            _insert(GradedEvidence, [{"enrolment_id": n, "revision": 0} for n in numbers])
            _insert(Score, [
                {
                    "id": n, "column_id": column.id, "enrolment_id": n, "value": Decimal(n % 101),
                    "evidence_revision": 0, "computed_at": at,
                }
                for n in numbers
            ])  # fmt: skip
            _insert(Delivery, [{"score_id": n, "state": State.DUE, "next_try_at": at} for n in numbers])


def _insert(table: type[Base], rows: list[dict[str, object]]) -> None:
    db.session.execute(sa.insert(table), rows)


def drain(settings: Settings) -> tuple[int, list[int], float]:
    """Run the worker; returns its exit code, its memory in MiB every half second, and its processor time."""
    environment = {
        **os.environ,
        "SCA_LMS_DATABASE_URL": settings.database_url,
        "SCA_LMS_DATA_DIR": str(settings.data_dir),
        "SCA_LMS_SECRET_KEY": settings.secret_key,
        "SCA_LMS_ALLOW_PRIVATE_PLATFORMS": "on",
        "SCA_LMS_LOG_LEVEL": "error",
    }
    worker = subprocess.Popen([sys.executable, "-m", "sca_lms", "worker", "--drain"], env=environment)
    memory: list[int] = []
    ticks = 0
    while worker.poll() is None:
        try:
            status = Path(f"/proc/{worker.pid}/status").read_text(encoding="ascii")
            numbers = Path(f"/proc/{worker.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        except OSError:
            break
        found = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")]
        memory += [each // MIB for each in found]
        ticks = int(numbers[11]) + int(numbers[12])
        time.sleep(SAMPLE_SECONDS)
    return worker.wait(), memory, ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the figures as one table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scores", type=int, default=10_000)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--postgresql", default="")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        settings = Settings(
            database_url=wanted.postgresql or f"sqlite:///{directory / 'benchmark.sqlite3'}",
            data_dir=directory,
            public_url="http://127.0.0.1:8000",
            secret_key="a-key-for-nothing-but-this-benchmark",
            allow_private_platforms=True,
            log_level="error",
        )
        app = create_app(settings)
        with app.app_context():
            Base.metadata.create_all(db.engine)
        with gradebook(directory, wanted.latency) as host:
            fill(app, host, wanted.scores)
            bound = host_alone(host, profile_named(PROFILE).at_once)
            code, memory, seconds = drain(settings)
            with urllib.request.urlopen(f"{host}/figures") as answer:  # noqa: S310 - Our own host on loopback.
                figures = json.load(answer)
        with app.app_context():
            db.engine.dispose()
    print(f"the host alone       {bound:.0f} a second")
    show(figures, code, memory, seconds, wanted.scores)


def show(figures: dict[str, object], code: int, memory: list[int], seconds: float, scores: int) -> None:
    """Print what was measured."""
    counts = figures["counts"]
    assert isinstance(counts, dict)
    taken = figures["seconds"]
    assert isinstance(taken, float)
    quarter = max(len(memory) // 4, 1)
    print(f"exit code            {code}")
    print(f"scores right         {figures['right']} of {scores}")
    print(f"score requests       {counts['POST scores']}")
    tokens = {
        name.removeprefix("token "): count for name, count in counts.items() if name.startswith("token ")
    }
    print(f"token requests       {tokens}")
    print(f"columns made         {counts.get('POST lineitems', 0)}")
    print(f"most at the same time {figures['most']}")
    print(f"seconds              {taken:.1f}")
    print(f"scores per second    {scores / taken:.0f}")
    print(f"processor ms a score {seconds * 1000 / scores:.1f}")
    shown = ", ".join(str(max(memory[start : start + quarter])) for start in range(0, len(memory), quarter))
    print(f"memory MiB, in turn  {shown}")


if __name__ == "__main__":
    main()
