"""Once a night the hosts' gradebooks are compared with what was sent."""

import datetime as dt

import pytest
import time_machine

from sca_lms import clock
from sca_lms.demo.site import SCOPE_LINE_ITEM, SCOPE_SCORE
from sca_lms.grades import reconcile
from sca_lms.grades.reconcile import Comparison
from sca_lms.grades.rules import Reason, State
from tests.grades.world import World


def compared(world: World) -> Comparison:
    with world.app.app_context():
        (found,) = reconcile.reconcile(world.course_id, now=clock.now)
    return found


@pytest.fixture
def filled(anywhere: World) -> World:
    for subject in ("31", "32", "33"):
        anywhere.mark(subject, "66.67")
    anywhere.work()
    return anywhere


def test_matched_changed_and_missing_are_told_apart(filled: World) -> None:
    filled.teacher_sets("32", "72")
    filled.teacher_sets("33", None)
    assert compared(filled).counts == {State.DELIVERED: 1, State.CHANGED: 1, State.MISSING: 1}
    assert filled.state("31") == (State.DELIVERED, None)
    assert filled.state("32") == (State.CHANGED, Reason.CHANGED)
    assert filled.state("33") == (State.MISSING, Reason.MISSING)
    assert filled.delivery("32").host_value == 72


def test_nothing_is_sent_by_comparing(filled: World) -> None:
    before = filled.wire.count("scores")
    filled.teacher_sets("32", "72")
    compared(filled)
    assert filled.work() == 0
    assert filled.wire.count("scores") == before
    assert filled.shown("32") == 72


def test_what_a_teacher_puts_right_matches_again(filled: World) -> None:
    filled.teacher_sets("32", "72")
    compared(filled)
    filled.teacher_sets("32", "66.67")
    compared(filled)
    assert filled.state("32") == (State.DELIVERED, None)


def test_a_missing_score_is_replaced_by_the_next_change(filled: World) -> None:
    filled.teacher_sets("33", None)
    compared(filled)
    filled.mark("33", "70")
    with time_machine.travel(clock.now() + dt.timedelta(seconds=5), tick=True):
        assert filled.work() == 0
    assert filled.shown("33") == 70


def test_the_worker_compares_once_a_day(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.work()
    moodle.work()
    assert moodle.wire.count("results") == 0
    with time_machine.travel(clock.now() + dt.timedelta(hours=25), tick=True):
        moodle.work()
        moodle.work()
    assert moodle.wire.count("results") == 1


def test_a_column_that_is_gone_is_noticed(filled: World) -> None:
    with filled.lms.changing() as site:
        site.line_items.clear()
    assert compared(filled).failure is Reason.COLUMN_GONE
    assert filled.place().gone_at is not None


def test_a_host_that_shows_no_results_is_said_to_show_none(moodle: World) -> None:
    with moodle.changing():
        moodle.context().ags_scopes = [SCOPE_SCORE, SCOPE_LINE_ITEM]
    moodle.mark("31", "40")
    moodle.work()
    assert compared(moodle).failure is Reason.NO_SERVICE
