"""Workers die at the worst moment and meet each other; the gradebook stays right."""

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
import time_machine
from flask import Flask

from sca_lms import clock
from sca_lms.config import Settings
from sca_lms.demo.manners import Personality
from sca_lms.demo.personalities import CANVAS, MOODLE, OPENEDX
from sca_lms.demo.site import ALL_SCOPES
from sca_lms.grades.rules import State
from tests.grades.world import HOST_COURSE, World, running

PATIENCE = 60
KILLED = -signal.SIGKILL


def start_worker(settings: Settings, *, drain: bool = True) -> "subprocess.Popen[bytes]":
    """Start a worker of its own process on the same database and queue."""
    environment = {
        "PATH": os.environ["PATH"],
        "SCA_LMS_DATABASE_URL": settings.database_url,
        "SCA_LMS_DATA_DIR": str(settings.data_dir),
        "SCA_LMS_PUBLIC_URL": settings.public_url,
        "SCA_LMS_SECRET_KEY": settings.secret_key,
        "SCA_LMS_ALLOW_PRIVATE_PLATFORMS": "on",
        "SCA_LMS_LOG_LEVEL": "error",
        "SCA_LMS_QUEUE_URL": settings.queue_url,
    }
    command = [sys.executable, "-m", "sca_lms", "worker", *(["--drain"] if drain else [])]
    return subprocess.Popen(command, env=environment)


class Assassin:
    """Kills the worker that makes a certain request, before or after the host has done its work."""

    def __init__(self, world: World, *, service: str, method: str, after: bool) -> None:
        self.victim: subprocess.Popen[bytes] | None = None
        self._aim = (method, service)
        self._once = threading.Lock()
        self._ready = threading.Event()
        if after:
            world.wire.after = self._strike
        else:
            world.wire.before = self._strike

    def watch(self, victim: "subprocess.Popen[bytes]") -> None:
        """Say whom to kill."""
        self.victim = victim
        self._ready.set()

    def _strike(self, method: str, path: str) -> None:
        if (method, path.rsplit("/", 1)[-1]) != self._aim:
            return
        assert self._ready.wait(PATIENCE)
        if self.victim is not None and self._once.acquire(blocking=False):
            self.victim.send_signal(signal.SIGKILL)
            self.victim.wait(PATIENCE)


@pytest.mark.parametrize(
    ("kind", "method", "service", "after"),
    [
        pytest.param(MOODLE, "POST", "token", False, id="asking for a token"),
        pytest.param(MOODLE, "POST", "lineitems", True, id="column made"),
        pytest.param(MOODLE, "POST", "scores", False, id="score on its way"),
        pytest.param(MOODLE, "POST", "scores", True, id="score arrived"),
        pytest.param(CANVAS, "POST", "scores", True, id="score arrived at Canvas"),
        pytest.param(OPENEDX, "POST", "scores", True, id="score arrived at Open edX"),
    ],
)
def test_a_worker_that_is_killed_loses_nothing_and_repeats_nothing_wrongly(
    app: Flask, settings: Settings, kind: Personality, method: str, service: str, after: bool
) -> None:
    with running(kind) as host:
        world = World(app, host)
        for subject in ("31", "32", "33"):
            world.mark(subject, "66.67")
        world.recompute()
        assassin = Assassin(world, service=service, method=method, after=after)
        worker = start_worker(settings)
        assassin.watch(worker)
        assert worker.wait(PATIENCE) == KILLED
        world.wire.before = world.wire.after = lambda _method, _path: None
        with time_machine.travel(clock.now() + dt.timedelta(minutes=1), tick=True):
            assert world.work() == 0
        assert len(world.lms.gradebook(HOST_COURSE).columns) == 1
        for subject in ("31", "32", "33"):
            assert world.state(subject) == (State.DELIVERED, None)
            assert [score for score, _ in world.arrived(subject)] == [Decimal("66.67")]


def test_a_score_that_changed_after_the_crash_arrives_after_the_old_one(
    app: Flask, settings: Settings
) -> None:
    with running(MOODLE) as host:
        world = World(app, host)
        world.mark("31", "40")
        world.recompute()
        assassin = Assassin(world, service="scores", method="POST", after=True)
        worker = start_worker(settings)
        assassin.watch(worker)
        assert worker.wait(PATIENCE) == KILLED
        world.wire.after = lambda _method, _path: None
        world.mark("31", "55")
        with time_machine.travel(clock.now() + dt.timedelta(minutes=1), tick=True):
            assert world.work() == 0
        scores, stamps = zip(*world.arrived("31"), strict=True)
        assert scores == (40, 55)
        assert stamps[1] - stamps[0] >= dt.timedelta(seconds=1)
        assert world.shown("31") == 55


def test_two_workers_make_one_column_and_send_each_score_once(app: Flask, settings: Settings) -> None:
    learners = [str(number) for number in range(101, 141)]
    with running(MOODLE, learners) as host:
        world = World(app, host, learners)
        for subject in learners:
            world.mark(subject, "40")
        world.recompute()
        workers = [start_worker(settings), start_worker(settings)]
        assert [worker.wait(PATIENCE) for worker in workers] == [0, 0]
        assert world.wire.count("lineitems", "POST") == 1
        assert world.wire.count("scores") == len(learners)
        assert {len(world.arrived(subject)) for subject in learners} == {1}
        assert world.wire.count("token") <= len(ALL_SCOPES)


def test_a_worker_that_wakes_up_too_late_changes_nothing(app: Flask, settings: Settings) -> None:
    """While one worker waits a minute for the host, another one sends a newer score."""
    with running(MOODLE) as host:
        world = World(app, host)
        world.mark("31", "40")
        world.recompute()
        meanwhile: list[Callable[[], None]] = []

        def overtake(method: str, path: str) -> None:
            if path.endswith("/scores") and meanwhile:
                meanwhile.pop()()

        def second_worker() -> None:
            world.mark("31", "55")
            with time_machine.travel(clock.now() + dt.timedelta(minutes=1), tick=True):
                assert world.work() == 0

        meanwhile.append(second_worker)
        world.wire.before = overtake
        assert world.work() == 0
        assert world.shown("31") == 55
        assert world.state("31") == (State.DELIVERED, None)
        assert world.delivery("31").delivered_value == 55
