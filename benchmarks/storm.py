"""Let 150 learners open a new course in the same moment, with two server processes.

    python -m benchmarks.storm [--database sqlite|postgresql] [--storms 3]

Everybody logs in and launches at once; whoever is late finds what the first one made. What counts is that
nobody is turned away, and how long the slowest ones wait.
"""

import argparse
import os
import secrets
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.browsers import LEARNERS, launch_at_once, launch_many, part_of
from benchmarks.contestants import Running, sca_lms
from benchmarks.host import Host, running_host
from tests.postgresql import Cluster, fresh_database

PROCESSES = 2
WARM_UP = 40
SQLITE, POSTGRESQL = "sqlite", "postgresql"


def main() -> int:
    """Measure both databases, print a table, and return 1 when anybody was turned away."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL), nargs="+", default=[SQLITE, POSTGRESQL])
    parser.add_argument("--storms", type=int, default=3, help="how often, each time into another course")
    asked = parser.parse_args()
    cores, load = os.cpu_count(), os.getloadavg()
    lines, turned_away = [], 0
    for database in asked.database:
        times, seconds, faults = _measure(database, storms=asked.storms)
        turned_away += len(faults)
        for fault in sorted(set(faults)):
            print(f"{database}: {fault}", file=sys.stderr)
        p50, p95, most = (f"{part_of(times, share) * 1000:.0f}" for share in (0.5, 0.95, 1))
        lines.append(
            f"| {database} | {p50} | {p95} | {most} | {statistics.median(seconds):.1f} | {len(faults)} |"
        )
    print(
        f"\n{cores} cores, load {load[0]:.1f} before; {asked.storms} × {LEARNERS} learners at once "
        f"into a new course, {PROCESSES} server processes\n"
    )
    print("| database | p50 ms | p95 ms | longest ms | all in, s | errors |\n|---|---|---|---|---|---|")
    print("\n".join(lines))
    return 1 if turned_away else 0


def _measure(database: str, *, storms: int) -> tuple[list[float], list[float], list[str]]:
    """Return the seconds of each launch, the seconds of each storm, and what went wrong."""
    times: list[float] = []
    seconds: list[float] = []
    faults: list[str] = []
    with running_host() as host, _tool(host, database) as tool:
        launch_many(host, tool.server.port, tool.doors, count=WARM_UP, browsers=8)
        for number in range(storms):
            timing, wrong = launch_at_once(
                host, tool.server.port, tool.doors, learners=LEARNERS, course=f"new-course-{number}"
            )
            times += timing.each
            seconds.append(timing.seconds)
            faults += wrong
    return times, seconds, faults


@contextmanager
def _tool(host: Host, database: str) -> Iterator[Running]:
    with tempfile.TemporaryDirectory(prefix="sca-bench-") as directory:
        if database == SQLITE:
            with sca_lms(host, Path(directory), workers=PROCESSES) as running:
                yield running
            return
        with (
            Cluster.running() as cluster,
            fresh_database(cluster, f"storm_{secrets.token_hex(4)}") as url,
            sca_lms(host, Path(directory), workers=PROCESSES, database_url=url) as running,
        ):
            yield running


if __name__ == "__main__":
    sys.exit(main())
