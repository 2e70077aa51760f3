"""What a host may have taken is remembered until it is known: our own score is never a teacher's change."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
import sqlalchemy as sa
import time_machine

from sca_lms import clock
from sca_lms.database import db
from sca_lms.demo.faults import Fault
from sca_lms.demo.site import SiteRole
from sca_lms.grades import operations, reconcile
from sca_lms.grades.models import Score
from sca_lms.grades.rules import Reason, State
from tests.grades.world import HOST_COURSE, World, later

DELIVERED = (State.DELIVERED, None)
ANSWER_LOST = Fault(500, after=True)


@pytest.fixture
def doubtful(moodle: World) -> World:
    """A host that shows 20 without our knowing it, where 10 was the last that we know it took."""
    moodle.mark("31", "10")
    assert moodle.work() == 0
    with later(10):
        moodle.mark("31", "20")
        moodle.lms.faults.plan("scores", ANSWER_LOST)
        assert moodle.work() == 3
    assert moodle.shown("31") == 20
    return moodle


@pytest.mark.parametrize("answer", [Fault(429), Fault(403, body="Rate Limit Exceeded")], ids=["429", "403"])
def test_a_host_that_is_busy_does_not_make_us_forget_what_it_may_have_taken_before(
    doubtful: World, answer: Fault
) -> None:
    with later(600):
        doubtful.mark("31", "30")
        doubtful.lms.faults.plan("scores", answer)
        assert doubtful.work() == 3
    with later(8000):
        assert doubtful.work() == 0
    assert doubtful.shown("31") == 30
    assert doubtful.state("31") == DELIVERED
    assert [score for score, _ in doubtful.arrived("31")] == [10, 20, 30]


def test_a_refused_token_does_not_make_us_forget_it_either(doubtful: World) -> None:
    with later(600):
        doubtful.mark("31", "30")
        doubtful.lms.tokens.revoke_all()
        doubtful.lms.faults.plan("scores", Fault(401))
        doubtful.lms.faults.plan("token", Fault(503))
        assert doubtful.work() == 3
    with later(8000):
        assert doubtful.work() == 0
    assert doubtful.shown("31") == 30
    assert doubtful.state("31") == DELIVERED


def test_a_refusal_for_good_does_not_make_us_forget_it_either(doubtful: World) -> None:
    with later(600):
        doubtful.mark("31", "30")
        doubtful.lms.faults.plan("scores", Fault(400, body="User is not enrolled"))
        assert doubtful.work() == 0
        assert doubtful.state("31") == (State.REFUSED, Reason.NOT_ENROLLED)
    with later(8000):
        doubtful.mark("31", "40")
        assert doubtful.work() == 0
    assert doubtful.shown("31") == 40
    assert doubtful.state("31") == DELIVERED


def test_a_course_that_has_ended_for_a_while_does_not_make_us_forget_it_either(doubtful: World) -> None:
    with doubtful.lms.changing() as site:
        site.courses[HOST_COURSE].members["31"] = SiteRole.INSTRUCTOR
    with later(600):
        doubtful.mark("31", "30")
        assert doubtful.work() == 0
        assert doubtful.state("31")[0] is State.REFUSED
    with doubtful.lms.changing() as site:
        site.courses[HOST_COURSE].members["31"] = SiteRole.LEARNER
    with later(8000):
        assert doubtful.send_all_again() == 1
        assert doubtful.work() == 0
    assert doubtful.shown("31") == 30
    assert doubtful.state("31") == DELIVERED


def test_several_scores_may_be_in_doubt_one_after_the_other(doubtful: World) -> None:
    for seconds, value, answer in (
        (600, "30", Fault(503)),
        (9000, "40", Fault(429)),
        (18000, "50", Fault(503)),
    ):
        with later(seconds):
            doubtful.mark("31", value)
            doubtful.lms.faults.plan("scores", answer)
            assert doubtful.work() == 3
    assert doubtful.shown("31") == 20
    with later(27000):
        assert doubtful.work() == 0
    assert doubtful.shown("31") == 50
    assert doubtful.state("31") == DELIVERED


def test_a_teachers_change_is_found_although_an_attempt_was_in_doubt(doubtful: World) -> None:
    doubtful.teacher_sets("31", "77")
    with later(600):
        doubtful.mark("31", "30")
        assert doubtful.work() == 0
        assert doubtful.state("31") == (State.CHANGED, Reason.CHANGED)
    assert doubtful.shown("31") == 77


def test_a_new_comment_whose_fate_is_not_known_is_not_taken_for_the_score_without_it(moodle: World) -> None:
    moodle.mark("31", "40")
    assert moodle.work() == 0
    with later(10):
        with moodle.changing():
            operations.put_comment(db.session.scalars(sa.select(Score)).one(), "seen")
        moodle.lms.faults.plan("scores", Fault(503))
        assert moodle.work() == 3
    with later(600):
        assert moodle.work() == 0
    cell = moodle.cell("31")
    assert cell is not None
    assert (cell.score, cell.comment) == (Decimal(40), "seen")


def test_a_score_that_differs_by_a_hundredth_is_not_taken_for_the_one_before(moodle: World) -> None:
    moodle.mark("31", "50.00")
    assert moodle.work() == 0
    with later(10):
        moodle.mark("31", "50.01")
        moodle.lms.faults.plan("scores", Fault(503))
        assert moodle.work() == 3
    with later(600):
        assert moodle.work() == 0
    assert moodle.shown("31") == Decimal("50.01")


@pytest.mark.parametrize("slow", ["results", "scores"])
def test_what_was_held_up_until_somebody_else_may_send_does_not_leave_any_more(
    moodle: World, slow: str
) -> None:
    """The host takes its time over what comes before a score: no score is on its way when the lease ends."""
    moodle.mark("31", "40")
    assert moodle.work() == 0
    left_at: list[dt.datetime] = []
    leases: list[dt.datetime] = []
    once = threading.Lock()
    with time_machine.travel(clock.now() + dt.timedelta(seconds=60), tick=True) as hands:

        def take_time(_method: str, path: str) -> None:
            if path.endswith("/scores"):
                left_at.append(clock.now())
                leases.append(moodle.delivery("31").lease_until or clock.now())
            if path.endswith(f"/{slow}") and once.acquire(blocking=False):
                hands.shift(dt.timedelta(seconds=35))

        moodle.mark("31", "50")
        moodle.wire.before = take_time
        if slow == "scores":
            moodle.lms.faults.plan("scores", Fault(401))
        moodle.work()
        moodle.wire.before = lambda _method, _path: None
        hands.shift(dt.timedelta(hours=2))
        assert moodle.work() == 0
    assert left_at
    assert all(lease - at > dt.timedelta(seconds=10) for at, lease in zip(left_at, leases, strict=True))
    assert moodle.shown("31") == 50
    assert moodle.state("31") == DELIVERED


def test_a_comparison_leaves_alone_what_was_sent_while_it_read_whatever_the_clocks_say(
    moodle: World,
) -> None:
    """Another machine, whose clock is behind, sends between the host's answer and our reading of it."""
    moodle.mark("31", "40")
    assert moodle.work() == 0
    begun = clock.now()
    once = threading.Lock()

    def overtake(_method: str, path: str) -> None:
        if path.endswith("/results") and once.acquire(blocking=False):
            with time_machine.travel(begun + dt.timedelta(seconds=30), tick=True):
                moodle.mark("31", "55")
                assert moodle.work() == 0

    moodle.wire.after = overtake
    with time_machine.travel(begun + dt.timedelta(hours=1), tick=True), moodle.app.app_context():
        (found,) = reconcile.reconcile(moodle.course_id, now=clock.now)
    assert State.CHANGED not in found.counts
    assert moodle.shown("31") == 55
    assert moodle.state("31") == DELIVERED
