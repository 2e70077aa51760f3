"""A real Redis as the queue of several machines: it may be emptied, stopped or away, nothing is lost."""

import dataclasses
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
import redis
import time_machine
from flask import Flask

from sca_lms import clock
from sca_lms.config import Settings
from sca_lms.grades import duties, outbox, worker
from sca_lms.grades.rules import State
from tests.grades.redis_server import PROGRAM, free_port, is_installed, redis_server
from tests.grades.test_crash import KILLED, Assassin, start_worker
from tests.grades.test_worker import at_work, when_arrived
from tests.grades.world import World

PATIENCE = 60
QUEUE = f"huey.redis.{worker.NAME.replace('-', '')}"
FINISHED = 0

pytestmark = pytest.mark.skipif(not is_installed(), reason=f"{PROGRAM} is not installed")


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a Redis that runs as long as the test."""
    with redis_server() as found:
        yield found


def with_queue(app: Flask, port: int) -> Settings:
    """Let an application have its queue in the Redis at a port."""
    settings = app.extensions["sca_settings"]
    assert isinstance(settings, Settings)
    changed = dataclasses.replace(settings, queue_url=f"redis://127.0.0.1:{port}/0")
    app.extensions["sca_settings"] = changed
    return changed


@contextmanager
def worker_process(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `sca-lms worker` as a process of its own, which does not outlive the block."""
    with start_worker(settings, drain=False) as process:
        try:
            yield process
        finally:
            process.kill()


def calls_made(port: int) -> int:
    """Return how many calls have been put into the queue of a Redis."""
    with redis.Redis(port=port) as client:
        said = client.info("commandstats")
    assert isinstance(said, dict)
    return int(said.get("cmdstat_lpush", {"calls": 0})["calls"])


def test_a_worker_is_called_through_redis(moodle: World, port: int) -> None:
    with_queue(moodle.app, port)
    done = threading.Event()
    moodle.app.extensions[duties.JOBS] = [lambda _at: done.set()]
    moodle.mark("31", "40")
    arrived = when_arrived(moodle, 1)
    with at_work(moodle.app):
        assert arrived.wait(PATIENCE)
        assert done.wait(PATIENCE)
    assert moodle.shown("31") == 40
    assert calls_made(port) >= len(["scores", "put-right", "compare", "job"])


def test_a_killed_worker_and_an_emptied_redis_lose_nothing(moodle: World, port: int) -> None:
    settings = with_queue(moodle.app, port)
    for subject in ("31", "32", "33"):
        moodle.mark(subject, "66.67")
    moodle.recompute()
    assassin = Assassin(moodle, service="scores", method="POST", after=True)
    with worker_process(settings) as victim:
        assassin.watch(victim)
        assert victim.wait(PATIENCE) == KILLED
    with redis.Redis(port=port) as client:
        client.flushall()
    moodle.mark("31", "70")
    # What the dead worker had in hand is free again when its lease is over.
    with time_machine.travel(clock.now() + outbox.LEASE, tick=True):
        everything = when_shown(moodle, {"31": "70", "32": "66.67", "33": "66.67"})
        with at_work(moodle.app):
            assert everything.wait(PATIENCE)
        assert moodle.work() == FINISHED
    for subject in ("31", "32", "33"):
        assert moodle.state(subject) == (State.DELIVERED, None)
        scores = [score for score, _stamp in moodle.arrived(subject)]
        assert len(scores) == len(set(scores)), "a score came twice"
    assert moodle.arrived("31")[-1][0] == 70


def test_a_worker_of_its_own_ends_gracefully(moodle: World, port: int) -> None:
    settings = with_queue(moodle.app, port)
    moodle.mark("31", "40")
    moodle.recompute()
    arrived = when_arrived(moodle, 1)
    with worker_process(settings) as process:
        assert arrived.wait(PATIENCE)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == FINISHED
    assert moodle.state("31") == (State.DELIVERED, None)


def test_draining_needs_no_redis(moodle: World) -> None:
    settings = with_queue(moodle.app, free_port())
    moodle.mark("31", "40")
    moodle.recompute()
    assert start_worker(settings).wait(PATIENCE) == FINISHED
    assert moodle.shown("31") == 40


def test_a_worker_does_without_a_redis_that_is_away(
    moodle: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "OVERDUE_SECONDS", 0.5)
    monkeypatch.setattr(worker, "SHIFT_SECONDS", 0.5)
    monkeypatch.setattr(duties, "LONGEST_REST_SECONDS", 0.5)
    with_queue(moodle.app, free_port())
    done = threading.Event()
    moodle.app.extensions[duties.JOBS] = [lambda _at: done.set()]
    moodle.mark("31", "40")
    arrived = when_arrived(moodle, 1)
    with at_work(moodle.app):
        assert arrived.wait(PATIENCE)
        assert done.wait(PATIENCE)
    assert moodle.shown("31") == 40
    said = [each.message for each in caplog.records if each.name.startswith("huey")]
    assert said.count("Error reading from queue") == 1, "every thread repeats it"


def when_shown(world: World, wanted: dict[str, str]) -> threading.Event:
    """Return what is set as soon as the gradebook has these scores."""
    there = threading.Event()

    def look(_method: str, path: str) -> None:
        if path.endswith("/scores") and all(world.shown(who) == Decimal(is_) for who, is_ in wanted.items()):
            there.set()

    world.wire.after = look
    return there
