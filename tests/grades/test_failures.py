"""Whatever a host answers, nothing is lost, nothing is repeated wrongly, and words say what to do."""

import datetime as dt

import pytest
import sqlalchemy as sa
import time_machine

from sca_lms import clock
from sca_lms.database import db
from sca_lms.demo.faults import Fault
from sca_lms.demo.site import SCOPE_LINE_ITEM, SCOPE_RESULT, SCOPE_SCORE, SiteRole
from sca_lms.grades.rules import Reason, State
from sca_lms.lti.models import AccessToken
from tests.grades.world import HOST_COURSE, World, later


@pytest.mark.parametrize("after", [False, True], ids=["lost on the way", "answer lost"])
@pytest.mark.parametrize("status", [408, 500, 502, 503])
def test_what_may_have_arrived_is_read_back_before_it_is_sent_again(
    moodle: World, status: int, after: bool
) -> None:
    moodle.mark("31", "40")
    moodle.lms.faults.plan("scores", Fault(status, after=after))
    assert moodle.work() == 3
    assert moodle.state("31") == (State.WAITING, Reason.HOST_ERROR)
    with later(60):
        assert moodle.work() == 0
    assert [score for score, _ in moodle.arrived("31")] == [40]
    assert moodle.wire.count("results") == 1
    assert moodle.state("31") == (State.DELIVERED, None)


def test_a_score_that_changed_while_the_old_one_was_in_doubt_is_the_one_that_stays(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.lms.faults.plan("scores", Fault(503, after=True))
    moodle.work()
    moodle.mark("31", "55")
    with later(60):
        assert moodle.work() == 0
    assert [score for score, _ in moodle.arrived("31")] == [40, 55]
    assert moodle.shown("31") == 55


def test_too_many_requests_hold_up_the_whole_platform_for_as_long_as_it_asks(moodle: World) -> None:
    for subject in ("31", "32", "33"):
        moodle.mark(subject, "40")
    moodle.lms.faults.plan("line_items", Fault(429, headers={"Retry-After": "120"}))
    assert moodle.work() == 3
    assert moodle.wire.count("lineitems") == 1
    for subject in ("31", "32", "33"):
        assert moodle.state(subject) == (State.WAITING, Reason.BUSY)
        waits = (moodle.delivery(subject).next_try_at or clock.now()) - clock.now()
        assert dt.timedelta(seconds=100) < waits <= dt.timedelta(seconds=120)
    with later(121):
        assert moodle.work() == 0
    assert moodle.shown("33") == 40


def test_retry_after_may_be_a_date(moodle: World) -> None:
    moodle.mark("31", "40")
    until = clock.now() + dt.timedelta(minutes=10)
    date = until.strftime("%a, %d %b %Y %H:%M:%S GMT")
    moodle.lms.faults.plan("scores", Fault(503, headers={"Retry-After": date}))
    moodle.work()
    waits = (moodle.delivery("31").next_try_at or clock.now()) - clock.now()
    assert dt.timedelta(minutes=9) < waits <= dt.timedelta(minutes=10)


def test_a_throttled_403_is_no_refusal(canvas: World) -> None:
    canvas.mark("31", "40")
    canvas.lms.faults.plan("scores", Fault(403, body="403 Forbidden (Rate Limit Exceeded)"))
    assert canvas.work() == 3
    assert canvas.state("31") == (State.WAITING, Reason.BUSY)
    with later(60):
        assert canvas.work() == 0
    assert canvas.shown("31") == 40


def test_a_host_that_does_not_answer_is_not_asked_for_every_learner(moodle: World) -> None:
    with moodle.changing():
        context = moodle.context()
        context.lineitems_url = str(context.lineitems_url).replace(moodle.host.url, "http://127.0.0.1:9")
    for subject in ("31", "32", "33"):
        moodle.mark(subject, "40")
    assert moodle.work() == 3
    assert {moodle.state(subject) for subject in ("31", "32", "33")} == {(State.WAITING, Reason.UNREACHABLE)}
    assert moodle.delivery("31").next_try_at is not None


def test_the_wait_grows_while_the_host_stays_away(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.lms.faults.plan("scores", Fault(500), times=3)
    at, waits = clock.now(), []
    for _ in range(3):
        with time_machine.travel(at, tick=False):
            assert moodle.work() == 3
            due = moodle.delivery("31").next_try_at
        assert due is not None
        waits.append(due - at)
        at = due + dt.timedelta(seconds=1)
    assert waits[0] < dt.timedelta(seconds=4.1) < dt.timedelta(seconds=8) <= waits[2]
    assert moodle.delivery("31").failures == 3


@pytest.mark.parametrize("kind", ["moodle", "canvas", "openedx"])
def test_somebody_who_is_no_learner_there_is_refused_for_good_in_words(
    request: pytest.FixtureRequest, kind: str
) -> None:
    world: World = request.getfixturevalue(kind)
    with world.lms.changing() as site:
        site.courses[HOST_COURSE].members["31"] = SiteRole.INSTRUCTOR
    world.mark("31", "40")
    world.mark("32", "50")
    assert world.work() == 0
    assert world.state("31") == (State.REFUSED, Reason.NOT_ENROLLED)
    assert world.shown("32") == 50
    with later(7200):
        assert world.work() == 0
    assert sum(b'"31"' in each.body for each in world.wire.requests if each.service == "scores") == 1


def test_a_refused_score_goes_out_when_it_changes_or_somebody_asks(moodle: World) -> None:
    with moodle.lms.changing() as site:
        site.courses[HOST_COURSE].members["31"] = SiteRole.INSTRUCTOR
    moodle.mark("31", "40")
    moodle.work()
    with moodle.lms.changing() as site:
        site.courses[HOST_COURSE].members["31"] = SiteRole.LEARNER
    moodle.send_all_again()
    assert moodle.work() == 0
    assert moodle.shown("31") == 40


def test_a_locked_grade_is_not_tried_for_ever(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.work()
    moodle.teacher_sets("31", "40", locked=True, ahead=-30)
    moodle.mark("31", "50")
    assert moodle.work() == 0
    assert moodle.state("31") == (State.REFUSED, Reason.LOCKED)


def test_a_host_whose_clock_is_ahead_gets_the_score_later(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.work()
    moodle.teacher_sets("31", "40", ahead=30)
    moodle.mark("31", "50")
    assert moodle.work() == 3
    assert moodle.state("31") == (State.WAITING, Reason.CLOCKS)
    with later(60):
        assert moodle.work() == 0
    assert moodle.shown("31") == 50


def test_a_platform_that_gives_no_token_ends_it_for_all_after_one_question(moodle: World) -> None:
    for subject in ("31", "32", "33"):
        moodle.mark(subject, "40")
    with moodle.lms.changing() as site:
        site.tools.clear()
    assert moodle.work() == 0
    assert moodle.wire.count("token") == 1
    assert {moodle.state(subject) for subject in ("31", "32", "33")} == {(State.REFUSED, Reason.TOKEN)}


def test_trap_03_one_token_for_each_scope_serves_all_scores(moodle: World) -> None:
    for subject in ("31", "32", "33"):
        moodle.mark(subject, "40")
    moodle.work()
    for subject in ("31", "32", "33"):
        moodle.mark(subject, "50")
    moodle.work()
    assert moodle.wire.count("scores") == 6
    asked = [each for each in moodle.wire.requests if each.service == "token"]
    with moodle.app.app_context():
        kept = db.session.scalars(sa.select(AccessToken.scopes)).all()
    assert sorted(kept) == sorted({SCOPE_SCORE, SCOPE_RESULT, SCOPE_LINE_ITEM, SCOPE_LINE_ITEM + ".readonly"})
    assert len(asked) == 4


def test_trap_03_a_token_that_the_host_forgot_is_replaced_once(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.work()
    moodle.lms.tokens.revoke_all()
    before = moodle.wire.count("token")
    moodle.mark("32", "50")
    assert moodle.work() == 0
    assert moodle.shown("32") == 50
    assert moodle.wire.count("token") == before + 1
    assert [each.status for each in moodle.wire.requests if each.service == "scores"] == [200, 401, 200]


def test_of_two_attempts_that_failed_in_a_row_the_first_may_have_landed_and_is_no_teachers_change(
    moodle: World,
) -> None:
    moodle.mark("31", "40")
    moodle.lms.faults.plan("scores", Fault(503, after=True))
    assert moodle.work() == 3
    moodle.mark("31", "55")
    with later(60):
        moodle.lms.faults.plan("scores", Fault(503))
        assert moodle.work() == 3
    moodle.mark("31", "70")
    with later(120):
        assert moodle.work() == 0
    assert [score for score, _ in moodle.arrived("31")] == [40, 70]
    assert moodle.state("31") == (State.DELIVERED, None)
