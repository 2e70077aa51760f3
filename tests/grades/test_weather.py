"""Whatever happens on the way, in the end every score is in the gradebook, and no old one after a new one."""

import datetime as dt
import itertools
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from functools import partial

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from sca_lms.config import Settings
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.demo.faults import Fault
from sca_lms.demo.personalities import MOODLE
from sca_lms.grades import operations
from sca_lms.grades.rules import STEP, State
from sca_lms.grades.sources import EXTENSION
from tests.grades.weather import Weather
from tests.grades.world import HOST_COURSE, LEARNERS, World, running

SCORES = int(os.environ.get("SCA_LMS_TEST_SCORES", "1000"))
CHANGES = 5
"""So often everybody's score changes."""
SHARE = 0.25
STEP_SECONDS, DRAINS = 25, 8
"""A worker tries so often, and so long is between two tries by its clock."""
HOST_AHEAD_SECONDS = 220
"""The host's clock is ahead of all that: it refuses what is dated in its future, not what is a little old."""
LAST_STRIKE = 80
"""Lightning strikes at one of so many first requests of a round, or of as many as half the people cause."""
CALM = frozenset({"requests", "fair", "late"})
MOST_ROUNDS = 40
PATIENCE = 120
KILLED = -signal.SIGKILL


class Story:
    """Who got which scores, in which order; no score comes twice to the same person."""

    def __init__(self, world: World, learners: Sequence[str], chance: random.Random) -> None:
        self.world = world
        self.values: dict[str, list[Decimal]] = {learner: [] for learner in learners}
        self._chance = chance

    def change(self, learners: Sequence[str]) -> None:
        """Let people reach another score, in one transaction with its being worked out."""
        world = self.world
        for learner in learners:
            value = Decimal(self._chance.randrange(10_000)) / 100
            while value in self.values[learner]:
                value = Decimal(self._chance.randrange(10_000)) / 100
            self.values[learner].append(value)
            world.marks[world.enrolments[learner]] = value
        with world.changing():
            for learner in learners:
                courses.touch(db.session.get_one(Enrolment, world.enrolments[learner]))
            at = dt.datetime.now(dt.UTC)
            operations.recompute_moved(world.app.extensions[EXTENSION], at=at, limit=len(self.values))

    def change_some(self) -> None:
        """Let a tenth of them reach another score."""
        everybody = list(self.values)
        self.change(self._chance.sample(everybody, max(len(everybody) // 10, 1)))

    def check(self) -> int:
        """Assert that all is well, and return how many scores arrived a second time."""
        world, repeated = self.world, 0
        assert len(world.lms.gradebook(HOST_COURSE).columns) == 1
        for learner, values in self.values.items():
            if not values:
                continue
            assert (world.shown(learner), world.state(learner)) == (values[-1], (State.DELIVERED, None)), (
                learner
            )
            arrived = world.arrived(learner)
            order = [values.index(score) for score, _ in arrived if score is not None]
            assert order == sorted(order), (learner, "an old score came after a newer one")
            repeated += len(order) - len(set(order))
            stamps = [stamp for _, stamp in arrived]
            assert all(later - sooner >= STEP for sooner, later in itertools.pairwise(stamps))
        return repeated


def start_worker(settings: Settings, ahead: float, *, drains: int = DRAINS) -> "subprocess.Popen[bytes]":
    """Start a worker of its own process whose clock is ahead as ours is."""
    environment = {
        "PATH": os.environ["PATH"],
        "SCA_LMS_DATABASE_URL": settings.database_url,
        "SCA_LMS_DATA_DIR": str(settings.data_dir),
        "SCA_LMS_PUBLIC_URL": settings.public_url,
        "SCA_LMS_SECRET_KEY": settings.secret_key,
        "SCA_LMS_ALLOW_PRIVATE_PLATFORMS": "on",
        "SCA_LMS_LOG_LEVEL": "error",
    }
    command = [
        sys.executable,
        "-m",
        "tests.grades.shifted_worker",
        str(ahead),
        str(STEP_SECONDS),
        str(drains),
    ]
    return subprocess.Popen(command, env=environment)


def strike(story: Story, workers: "Sequence[subprocess.Popen[bytes]]") -> None:
    """Let some people reach another score while the workers have theirs in hand, and kill them all."""
    story.change_some()
    for worker in workers:
        worker.send_signal(signal.SIGKILL)


def test_a_thousand_scores_arrive_through_bad_weather_and_dying_workers(
    app: Flask, settings: Settings, *, on_postgresql: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("SCA_LMS_TEST_SEED", "0")) or secrets.randbelow(10**9)
    chance = random.Random(seed)
    began, kills, rounds = time.monotonic(), 0, 0
    learners = [str(number) for number in range(1001, 1001 + max(SCORES // CHANGES, 1))]
    workers_at_once = 3 if on_postgresql else 1
    with running(MOODLE, learners) as host:
        world = World(app, host, learners)
        story = Story(world, learners, chance)
        weather = Weather(host.app.wsgi_app, host.lms, chance, SHARE)
        host.app.wsgi_app = weather  # type: ignore[method-assign]  # Flask's documented way.
        codes, ahead = [3], 0.0
        while set(codes) != {0} or rounds <= CHANGES:
            rounds += 1
            assert rounds < MOST_ROUNDS, f"seed {seed}: something never arrives"
            # Later than every lease and, once the weather is fair, than every wait.
            ahead += 7200.0 if rounds > CHANGES else 600.0
            host_clock = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=ahead + HOST_AHEAD_SECONDS)
            with time_machine.travel(host_clock, tick=True):
                # The clock only begins to go when it is first looked at.
                dt.datetime.now(dt.UTC)
                if rounds <= CHANGES:
                    story.change(learners)
                elif rounds == CHANGES + 3:
                    weather.clear_up()
                # Leases compare clocks: workers that share the work have the same time.
                drains = DRAINS if workers_at_once == 1 else 1
                workers = [start_worker(settings, ahead, drains=drains) for _ in range(workers_at_once)]
                if rounds <= CHANGES:
                    struck = chance.randint(1, max(min(LAST_STRIKE, len(learners) // 2), 1))
                    weather.strike(partial(strike, story, workers), requests=struck)
                codes = [worker.wait(PATIENCE) for worker in workers]
                kills += codes.count(KILLED)
        repeated = story.check()
        requests, tokens = weather.counts["requests"], world.wire.count("token")
    total = sum(map(len, story.values.values()))
    faults = {name: count for name, count in sorted(weather.counts.items()) if name not in CALM}
    assert total >= SCORES
    assert kills > 0
    assert sum(faults.values()) > 0
    figures = (
        f"{total} scores of {len(learners)} people, {workers_at_once} worker(s) at once, {kills} killed in "
        f"{rounds} rounds; {requests} requests, {tokens} for tokens; faults {faults}. Every score is as it "
        f"should be, none is old after new, {repeated} arrived twice with the same value. "
        f"{time.monotonic() - began:.0f} s, seed {seed}"
    )
    with capsys.disabled():
        sys.stdout.write(f"\n{figures}\n")


STEPS = st.one_of(
    st.tuples(st.just("mark"), st.sampled_from(LEARNERS), st.integers(0, 100)),
    st.tuples(
        st.just("fault"),
        st.sampled_from(["scores", "results", "token", "line_items"]),
        st.sampled_from([408, 425, 429, 500, 502, 503, 504]),
        st.booleans(),
        st.sampled_from(["", "1", "100", "100000"]),
    ),
    st.tuples(st.just("forget tokens")),
    st.tuples(st.just("time"), st.integers(0, 10_000)),
    st.tuples(st.just("work")),
)


@examples(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=st.lists(STEPS, max_size=20))
def test_after_any_story_of_marks_and_faults_the_gradebook_is_right(
    moodle: World, script: list[tuple[object, ...]]
) -> None:
    """The stories go on where the last one ended, so the gradebook is seldom an empty one."""
    began = max([dt.datetime.now(dt.UTC), *(stamp for who in LEARNERS for stamp in stamps(moodle, who))])
    wanted: dict[str, Decimal] = {}
    with time_machine.travel(began + dt.timedelta(days=2), tick=True) as clock:
        for step in script:
            match step:
                case ("mark", str(who), int(value)):
                    wanted[who] = Decimal(value)
                    moodle.mark(who, str(value))
                case ("fault", str(service), int(status), bool(after), str(wish)):
                    headers = {"Retry-After": wish} if wish else {}
                    moodle.lms.faults.plan(service, Fault(status, headers, after=after))
                case ("forget tokens",):
                    moodle.lms.tokens.revoke_all()
                case ("time", int(seconds)):
                    clock.shift(dt.timedelta(seconds=seconds))
                case _:
                    moodle.work()
        for _ in range(MOST_ROUNDS):
            clock.shift(dt.timedelta(days=1, hours=1))
            if moodle.work() == 0:
                break
        for who, score in wanted.items():
            assert moodle.shown(who) == score
            assert moodle.state(who) == (State.DELIVERED, None)
            times = stamps(moodle, who)
            assert all(later - sooner >= STEP for sooner, later in itertools.pairwise(times))


def stamps(world: World, who: str) -> list[dt.datetime]:
    return [stamp for _score, stamp in world.arrived(who)]
