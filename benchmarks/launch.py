"""Measure login and launch of this tool and of other ways to build one.

    python -m benchmarks.launch [--quick] [--only sca-lms bare]

All run at the same time on one machine and take turns in short rounds, so that whatever else the machine does
hits all of them alike. Processor time per flow and the ratios are the figures to trust; rates depend on the
machine and its other work.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.browsers import launch_many
from benchmarks.contestants import CONTESTANTS, Contestant, Running
from benchmarks.host import Host, running_host
from tests.interop.peers import CannotMake

BROWSERS = 8
WARM_UP = 60
MANY = 1000
"""The number of launches for which the fetches of the key set are counted."""
BASELINE, OURS = "bare", "sca-lms"


@dataclass
class Figures:
    """What was measured of one tool, a value for each round."""

    contestant: Contestant
    running: Running
    cpu_ms: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    launches: int = 0
    fetches: int = 0
    rss_mb: float = 0

    def ratios_to(self, other: "Figures") -> list[float]:
        """Return the processor time relative to another tool's, round by round."""
        return [mine / theirs for mine, theirs in zip(self.cpu_ms, other.cpu_ms, strict=True)]


def main() -> int:
    """Measure, print a table, and return 1 when a tool that was asked for could not be measured."""
    names = [contestant.name for contestant in CONTESTANTS]
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="two short rounds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--flows", type=int, default=100, help="launches of each tool in a round")
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    asked = parser.parse_args()
    rounds, flows = (2, 40) if asked.quick else (asked.rounds, asked.flows)
    wanted = [contestant for contestant in CONTESTANTS if contestant.name in asked.only]
    with tempfile.TemporaryDirectory(prefix="sca-bench-") as directory, running_host() as host:
        with started(wanted, host, Path(directory)) as measured:
            measure(measured, host, rounds=rounds, flows=flows)
            ours = next((each for each in measured if each.contestant.name == OURS), None)
            if ours is not None and not asked.quick:
                count_fetches(ours, host)
        show(measured, rounds=rounds, flows=flows)
    return 0 if len(measured) == len(wanted) else 1


@contextmanager
def started(wanted: list[Contestant], host: Host, directory: Path) -> Iterator[list[Figures]]:
    """Run all tools at once; one that cannot run is left out, and why is printed."""
    with ExitStack() as stack:
        measured = []
        for contestant in wanted:
            print(f"starting {contestant.name} …", file=sys.stderr)
            try:
                running = stack.enter_context(contestant.start(host, directory))
            except (CannotMake, RuntimeError, OSError) as error:
                print(f"{contestant.name} is left out: {error}")
                continue
            measured.append(Figures(contestant, running))
        yield measured


def measure(measured: list[Figures], host: Host, *, rounds: int, flows: int) -> None:
    """Warm all up, then let them take turns, each round in another order."""
    for each in measured:
        _launch(each, host, WARM_UP)
    for number in range(rounds):
        print(f"round {number + 1} of {rounds} …", file=sys.stderr)
        for each in measured[number % len(measured) :] + measured[: number % len(measured)]:
            before = each.running.server.cpu_seconds()
            seconds = _launch(each, host, flows)
            each.cpu_ms.append((each.running.server.cpu_seconds() - before) * 1000 / flows)
            each.rate.append(flows / seconds)
    for each in measured:
        each.rss_mb = each.running.server.rss_megabytes()
        each.fetches = host.fetches[each.contestant.name]


def count_fetches(ours: Figures, host: Host) -> None:
    """Go on with our tool until it has had a thousand launches, and count again."""
    _launch(ours, host, max(0, MANY - ours.launches))
    ours.fetches = host.fetches[ours.contestant.name]


def _launch(each: Figures, host: Host, count: int) -> float:
    port, doors = each.running.server.port, each.running.doors
    timing = launch_many(host, port, doors, count=count, browsers=BROWSERS)
    each.launches += count
    return timing.seconds


def show(measured: list[Figures], *, rounds: int, flows: int) -> None:
    """Print the table in Markdown."""
    baseline = next((each for each in measured if each.contestant.name == BASELINE), None)
    cores, load = os.cpu_count(), os.getloadavg()
    print(
        f"\n{platform.system()}, Python {platform.python_version()}, {cores} cores, load {load[0]:.1f}; "
        f"{rounds} rounds × {flows} launches, {BROWSERS} browsers; medians (smallest–largest)\n"
    )
    print("| tool | keeps its state in | CPU ms per flow | ratio to bare | flows/s | key sets | RSS MB |")
    print("|---|---|---|---|---|---|---|")
    for each in measured:
        ratio = _spread(each.ratios_to(baseline), 2) if baseline else "–"
        print(
            f"| {each.contestant.name} | {each.contestant.note} | {_spread(each.cpu_ms, 1)} | {ratio} "
            f"| {_spread(each.rate, 0)} | {each.fetches} for {each.launches} | {each.rss_mb:.0f} |"
        )


def _spread(values: list[float], places: int) -> str:
    middle = statistics.median(values)
    return f"{middle:.{places}f} ({min(values):.{places}f}–{max(values):.{places}f})"


if __name__ == "__main__":
    sys.exit(main())
