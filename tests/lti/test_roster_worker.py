"""A worker that is told to finish finishes rosters too, and says when one has to wait."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from sca_lms import clock
from sca_lms.app import refresh_rosters
from sca_lms.demo.faults import Fault
from sca_lms.demo.personalities import MOODLE
from sca_lms.grades import duties
from sca_lms.lti import nrps, roster_queries, roster_sync
from sca_lms.lti.roster_rules import Trouble
from tests.lti.roster_world import RosterWorld, roster_of


@pytest.fixture
def world(app: Flask) -> Iterator[RosterWorld]:
    with roster_of(app, MOODLE) as found:
        app.extensions[duties.JOBS] = [refresh_rosters]
        yield found


def test_draining_reads_a_long_roster_to_its_end(world: RosterWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nrps, "PAGE_SIZE", 2)
    # A turn is over as soon as it has begun, as it would be with a list of a hundred thousand.
    monkeypatch.setattr(roster_sync, "TURN", roster_sync.TURN / 10_000)
    for number in range(40, 60):
        world.lists(str(number), "คน", str(number))
    world.wants()
    assert world.work() == duties.NOTHING_LEFT
    assert world.sync().finished_count == 24
    assert world.wire.count("memberships") == 12


def test_a_roster_that_fails_is_something_that_waits(world: RosterWorld) -> None:
    world.lms.faults.plan("memberships", Fault(503))
    world.wants()
    assert world.work() == duties.SOMETHING_WAITS
    assert world.sync().trouble is Trouble.BUSY
    with time_machine.travel(clock.now() + roster_sync.LONGEST_WAIT, tick=True):
        assert world.work() == duties.NOTHING_LEFT


def test_a_roster_that_another_worker_reads_is_something_that_waits(world: RosterWorld) -> None:
    world.wants()
    with world.changing():
        assert roster_sync.claim(at=clock.now()) is not None
    assert world.work() == duties.SOMETHING_WAITS
    with world.app.app_context():
        assert roster_queries.left(at=clock.now()) == (0, 1)
        assert roster_queries.left(at=clock.now() + roster_sync.LEASE) == (1, 0)
