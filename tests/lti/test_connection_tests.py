"""A page asks for a test of the connection; a worker makes it, and what it says is kept in both languages."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.database import db
from sca_lms.demo.personalities import CANVAS, MOODLE
from sca_lms.lti import connection_tests, scopes
from sca_lms.lti.connection_advice import ADVICE, UNKNOWN, advice_for
from sca_lms.lti.connection_models import ConnectionTest
from sca_lms.lti.connection_tests import Report
from sca_lms.lti.self_test import SERVICES, Outcome
from tests.grades.world import running
from tests.lti.roster_world import RosterWorld


@pytest.fixture(params=[MOODLE, CANVAS], ids=["moodle", "canvas"])
def world(request: pytest.FixtureRequest, app: Flask) -> Iterator[RosterWorld]:
    with running(request.param) as host:
        yield RosterWorld(app, host)


def ask(world: RosterWorld) -> None:
    with world.changing():
        connection_tests.ask(world.context().id, at=clock.now())


def run(world: RosterWorld) -> int:
    with world.app.app_context():
        return connection_tests.run_due(clock.now())


def report(world: RosterWorld) -> Report:
    with world.app.app_context():
        (found,) = connection_tests.reports_of(world.course_id)
        return found


def outcomes(world: RosterWorld) -> dict[str, Outcome]:
    return {step.name: step.outcome for step in report(world).steps}


def test_nothing_is_known_before_the_first_test(world: RosterWorld) -> None:
    found = report(world)
    assert (found.asked_at, found.done_at, found.steps) == (None, None, ())
    assert run(world) == 0
    assert world.wire.requests == []


def test_asking_asks_no_host(world: RosterWorld) -> None:
    ask(world)
    assert report(world).asked_at is not None
    assert world.wire.requests == []


def test_a_healthy_course_passes_and_the_answer_is_kept_in_both_languages(world: RosterWorld) -> None:
    world.offer()
    ask(world)
    assert run(world) == 1
    found = report(world)
    assert {name: each for name, each in outcomes(world).items() if each is not Outcome.OK} == {}
    assert found.asked_at is None
    assert found.done_at is not None
    clocks = next(step for step in found.steps if step.name == "clock")
    assert clocks.sentence.en.startswith("The clocks agree")
    assert clocks.sentence.th
    assert clocks.sentence.th != clocks.sentence.en
    assert run(world) == 0


def test_clocks_that_differ_are_noticed(world: RosterWorld) -> None:
    ask(world)
    with world.app.app_context():
        connection_tests.run_due(clock.now() + dt.timedelta(seconds=40))
    clocks = next(step for step in report(world).steps if step.name == "clock")
    assert clocks.outcome is Outcome.WARNING
    assert "seconds behind ours. Launches are refused" in clocks.sentence.en


def test_a_course_that_offers_nothing_is_told_apart_from_a_host_that_is_down(world: RosterWorld) -> None:
    with world.changing():
        world.context().ags_scopes = []
        world.context().lineitems_url = None
    ask(world)
    run(world)
    found = outcomes(world)
    assert found["course-gradebook"] is Outcome.FAULT
    assert found["course-columns"] is Outcome.SKIPPED
    assert found["course-participants"] is Outcome.WARNING
    assert found["token-score"] is Outcome.OK


def test_services_that_are_not_offered_are_named(world: RosterWorld) -> None:
    with world.changing():
        world.context().ags_scopes = [scopes.SCORE, scopes.LINE_ITEM_READ]
    ask(world)
    run(world)
    step = next(step for step in report(world).steps if step.name == "course-gradebook")
    assert step.outcome is Outcome.WARNING
    assert "Make columns, Read scores back" in step.sentence.en
    assert "Make columns" not in step.sentence.th


def test_lists_that_cannot_be_read_are_faults(world: RosterWorld) -> None:
    world.offer()
    with world.changing():
        world.context().lineitems_url = f"{world.host.url}/nowhere"
        world.context().memberships_url = f"{world.host.url}/nowhere"
    ask(world)
    run(world)
    found = outcomes(world)
    assert found["course-columns"] is Outcome.FAULT
    assert found["course-participants"] is Outcome.FAULT


def test_whoever_asks_during_a_test_gets_another_one(world: RosterWorld) -> None:
    ask(world)

    def ask_again(_method: str, _path: str) -> None:
        world.wire.after = lambda _method, _path: None
        with world.changing():
            connection_tests.ask(world.context().id, at=clock.now())

    world.wire.after = ask_again
    assert run(world) == 2
    assert report(world).asked_at is None


def test_of_two_workers_one_makes_the_test_and_a_dead_one_holds_it_up_for_minutes_only(app: Flask) -> None:
    with running(MOODLE) as host:
        world = RosterWorld(app, host)
        ask(world)
        with world.changing():
            test = db.session.scalars(sa.select(ConnectionTest)).one()
            test.lease_until = clock.now() + connection_tests.LEASE
        assert run(world) == 0
        with world.app.app_context():
            assert connection_tests.run_due(clock.now() + connection_tests.LEASE) == 1


def test_asking_twice_is_asking_once(world: RosterWorld) -> None:
    ask(world)
    ask(world)
    assert run(world) == 1


def test_there_is_advice_for_every_step(world: RosterWorld) -> None:
    ask(world)
    run(world)
    names = [step.name for step in report(world).steps]
    assert UNKNOWN not in [advice_for(name) for name in names]
    assert advice_for("address-jwks_url") is ADVICE["address"]
    assert advice_for("something else") is UNKNOWN
    assert {f"token-{scope.rsplit('/', 1)[-1]}" for scope in SERVICES} <= set(ADVICE)
