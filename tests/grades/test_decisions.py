"""People decide what becomes of a score in the host; nothing is decided twice, all is on record."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms import clock
from sca_lms.courses.models import AuditEvent, Course
from sca_lms.database import db
from sca_lms.demo.faults import Fault
from sca_lms.demo.site import SCOPE_SCORE
from sca_lms.errors import Refused
from sca_lms.grades import decisions, overview, reconcile
from sca_lms.grades.models import GradeColumn
from sca_lms.grades.overview import DeliveryFilter, PlaceState
from sca_lms.grades.rules import Act, Reason, State
from tests.grades.world import World, later


def verbs(world: World) -> list[str]:
    with world.app.app_context():
        return list(db.session.scalars(sa.select(AuditEvent.verb).order_by(AuditEvent.id)))


def sent(world: World, subject: str, value: str) -> None:
    world.mark(subject, value)
    assert world.work() == 0


@pytest.mark.parametrize("kind", ["moodle", "canvas"])
def test_a_score_that_is_taken_back_leaves_the_gradebook_and_stays_out(
    request: pytest.FixtureRequest, kind: str
) -> None:
    world: World = request.getfixturevalue(kind)
    sent(world, "31", "40")
    with later(5):
        assert world.decide("31", decisions.withdraw)
        assert world.state("31") == (State.DUE, None)
        assert world.work() == 0
    assert world.shown("31") is None
    assert world.state("31") == (State.WITHDRAWN, None)
    with later(10):
        sent(world, "31", "60")
    assert world.shown("31") is None
    assert world.state("31") == (State.WITHDRAWN, None)


def test_what_was_taken_back_is_sent_again_when_somebody_says_so(moodle: World) -> None:
    sent(moodle, "31", "40")
    with later(5):
        moodle.decide("31", decisions.withdraw)
        moodle.work()
    with later(10):
        assert moodle.send_all_again() == 0
        assert moodle.decide("31", decisions.send_again)
        assert moodle.work() == 0
    assert moodle.shown("31") == 40
    assert moodle.state("31") == (State.DELIVERED, None)
    with later(15):
        sent(moodle, "31", "50")
    assert moodle.shown("31") == 50


def test_taking_back_twice_is_one_decision(moodle: World) -> None:
    sent(moodle, "31", "40")
    with later(5):
        assert moodle.decide("31", decisions.withdraw)
        assert not moodle.decide("31", decisions.withdraw)
        moodle.work()
        assert not moodle.decide("31", decisions.withdraw)
    assert verbs(moodle) == ["withdraw-grade"]


def test_a_lost_answer_to_taking_back_is_read_from_the_gradebook(moodle: World) -> None:
    sent(moodle, "31", "40")
    with later(5):
        moodle.decide("31", decisions.withdraw)
        moodle.lms.faults.plan("scores", Fault(503, after=True))
        assert moodle.work() == 3
    before = moodle.wire.count("scores")
    with later(60):
        assert moodle.work() == 0
    assert moodle.state("31") == (State.WITHDRAWN, None)
    assert moodle.wire.count("scores") == before


def test_a_teacher_who_was_faster_is_shown_before_anything_is_taken_back(moodle: World) -> None:
    sent(moodle, "31", "40")
    moodle.decide("31", decisions.withdraw)
    moodle.teacher_sets("31", "72")
    with later(5):
        assert moodle.work() == 0
        assert moodle.shown("31") == 72
        assert moodle.state("31") == (State.CHANGED, Reason.CHANGED)
        assert moodle.decide("31", decisions.withdraw)
        assert moodle.work() == 0
    assert moodle.shown("31") is None


def test_a_host_that_clears_nothing_is_found_out(moodle: World) -> None:
    moodle.add_activity("pre")
    sent(moodle, "31", "40")
    # In the column of an activity, what a teacher has written by hand stays, also when it is our score.
    moodle.teacher_sets("31", "40", ahead=-30)
    with later(5):
        assert moodle.decide("31", decisions.withdraw)
        assert moodle.work() == 0
    assert moodle.state("31") == (State.REFUSED, Reason.STILL_SHOWN)


def test_a_host_without_results_is_believed(moodle: World) -> None:
    sent(moodle, "31", "40")
    with moodle.changing():
        moodle.context().ags_scopes = [SCOPE_SCORE]
    with later(5):
        moodle.decide("31", decisions.withdraw)
        assert moodle.work() == 0
    assert moodle.shown("31") is None
    assert moodle.state("31") == (State.WITHDRAWN, None)


def test_open_edx_is_said_to_take_nothing_back(openedx: World) -> None:
    sent(openedx, "31", "40")
    with pytest.raises(decisions.CannotWithdraw, match="Open edX"):
        openedx.decide("31", decisions.withdraw)
    assert openedx.work() == 0
    assert openedx.shown("31") == 40


def test_nothing_can_be_taken_back_that_was_not_sent(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.recompute()
    with pytest.raises(decisions.NothingToWithdraw):
        moodle.decide("31", decisions.withdraw)
    assert verbs(moodle) == []


def test_a_newer_decision_counts_when_a_score_is_in_a_workers_hands(moodle: World) -> None:
    sent(moodle, "31", "40")
    moodle.mark("31", "50")
    once = [lambda: moodle.decide("31", decisions.withdraw)]

    def decide(method: str, path: str) -> None:
        if method == "POST" and path.endswith("/scores") and once:
            once.pop()()

    moodle.wire.before = decide
    with later(5):
        assert moodle.work() == 0
    assert moodle.shown("31") is None
    assert moodle.state("31") == (State.WITHDRAWN, None)


def test_a_teachers_change_may_be_left_for_good(moodle: World) -> None:
    sent(moodle, "31", "40")
    moodle.teacher_sets("31", "72")
    with moodle.app.app_context():
        list(reconcile.reconcile(moodle.course_id, now=clock.now))
    assert moodle.decide("31", decisions.keep_host_change)
    assert not moodle.decide("31", decisions.keep_host_change)
    assert moodle.state("31") == (State.KEPT, None)
    with later(5):
        sent(moodle, "31", "50")
        with moodle.app.app_context():
            (found,) = reconcile.reconcile(moodle.course_id, now=clock.now)
        assert found.counts == {State.KEPT: 1}
    assert moodle.shown("31") == 72
    moodle.teacher_sets("31", "75")
    with moodle.app.app_context():
        list(reconcile.reconcile(moodle.course_id, now=clock.now))
    assert moodle.state("31") == (State.CHANGED, Reason.CHANGED)
    assert verbs(moodle) == ["keep-grade"]


def test_what_was_left_to_the_teacher_may_still_be_overwritten(moodle: World) -> None:
    sent(moodle, "31", "40")
    moodle.teacher_sets("31", "72")
    with moodle.app.app_context():
        list(reconcile.reconcile(moodle.course_id, now=clock.now))
    moodle.decide("31", decisions.keep_host_change)
    with later(5):
        assert moodle.decide("31", decisions.overwrite_host_change)
        assert moodle.work() == 0
    assert moodle.shown("31") == 40


@pytest.mark.parametrize("decision", [decisions.keep_host_change, decisions.overwrite_host_change])
def test_without_a_change_there_is_nothing_to_keep_or_overwrite(
    moodle: World, decision: Callable[..., bool]
) -> None:
    sent(moodle, "31", "40")
    with pytest.raises(decisions.NotChangedInHost):
        moodle.decide("31", decision)


def test_who_waits_is_sent_at_once_when_somebody_asks(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.lms.faults.plan("scores", Fault(500), times=6)
    at = clock.now()
    for _ in range(6):
        with time_machine.travel(at, tick=False):
            moodle.work()
            at = moodle.delivery("31").next_try_at or at
    with time_machine.travel(at, tick=True):
        moodle.decide("31", decisions.send_again)
        assert moodle.delivery("31").failures == 0
        assert moodle.work() == 0
    assert moodle.shown("31") == 40


def test_a_column_that_is_there_cannot_be_asked_for_again(moodle: World) -> None:
    sent(moodle, "31", "40")
    with pytest.raises(decisions.ColumnNotGone), moodle.changing():
        decisions.recreate_column(moodle.our_column(), by=None, at=clock.now())


def test_a_course_may_make_its_columns_by_hand_and_change_its_mind(moodle: World) -> None:
    moodle.allow_columns(False)
    moodle.allow_columns(False)
    moodle.mark("31", "40")
    assert moodle.work() == 0
    assert moodle.state("31") == (State.REFUSED, Reason.NO_COLUMN)
    moodle.allow_columns(True)
    assert moodle.work() == 0
    assert moodle.shown("31") == 40
    assert verbs(moodle) == ["let-create-columns", "let-create-columns"]


def test_a_comparison_that_is_asked_for_comes_with_the_next_turn(moodle: World) -> None:
    sent(moodle, "31", "40")
    moodle.teacher_sets("31", "72")
    with moodle.changing():
        course = db.session.get_one(Course, moodle.course_id)
        assert decisions.compare_now(course, by=None, at=clock.now()) == 1
        assert decisions.compare_now(course, by=None, at=clock.now()) == 0
    assert moodle.work() == 0
    assert moodle.state("31") == (State.CHANGED, Reason.CHANGED)


def test_the_console_sums_up_what_stands_where(moodle: World) -> None:
    for subject in ("31", "32", "33"):
        moodle.mark(subject, "40")
    moodle.work()
    moodle.teacher_sets("32", "72")
    with moodle.app.app_context():
        list(reconcile.reconcile(moodle.course_id, now=clock.now))
        (column,) = overview.console(moodle.course_id)
        assert (column.total, column.needs_attention, column.on_its_way) == (3, 1, 0)
        assert column.counts[State.DELIVERED] == 2
        assert [(each.reason, each.count) for each in column.reasons] == [(Reason.CHANGED, 1)]
        (place,) = column.places
        assert (place.state, place.made_by_tool, place.profile_title) == (PlaceState.THERE, True, "Moodle")
        assert place.compared_at is not None
        assert column.last_success_at is not None
        page = overview.deliveries(moodle.course_id, DeliveryFilter(state=State.CHANGED))
        (row,) = page.items
        assert row.acts == {Act.OVERWRITE, Act.KEEP, Act.WITHDRAW}
        assert row.delivery.host_value == 72
        assert overview.deliveries(moodle.course_id, DeliveryFilter(search="คนที่ 33")).total == 1
        (receipt,) = overview.receipts(moodle.course_id, moodle.enrolments["31"])
        assert str(receipt.words) == "Your score is in the LMS."
        assert receipt.delivery.confirmed_at is not None
        assert [event.state for event in receipt.events] == [State.DELIVERED]


def test_every_refusal_has_a_code_and_a_sentence(app: Flask) -> None:
    refusals = [
        each for each in vars(decisions).values() if isinstance(each, type) and issubclass(each, Refused)
    ]
    codes = {each.code for each in refusals if each is not Refused}
    assert codes == {
        "nothing-to-send", "nothing-to-withdraw", "cannot-withdraw", "not-changed-in-host", "column-not-gone",
    }  # fmt: skip
    with app.app_context():
        assert db.session.scalars(sa.select(GradeColumn)).all() == []
