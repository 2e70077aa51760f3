"""Scores reach the host's gradebook, whatever kind of host it is and whatever goes wrong on the way."""

import datetime as dt
import json
from decimal import Decimal

import pytest
import sqlalchemy as sa
import time_machine

from sca_lms import clock
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db
from sca_lms.demo.faults import Fault
from sca_lms.demo.site import SCOPE_LINE_ITEM, SCOPE_RESULT, SCOPE_SCORE, SiteRole
from sca_lms.grades import operations
from sca_lms.grades.models import Score
from sca_lms.grades.rules import Reason, State
from sca_lms.lti.models import AccessToken, LtiUser, Platform, PlatformState
from tests.grades.world import HOST_COURSE, World


def later(seconds: int) -> time_machine.travel:
    """Let time have passed."""
    return time_machine.travel(clock.now() + dt.timedelta(seconds=seconds), tick=True)


def test_a_score_reaches_the_gradebook_of_every_kind_of_host(anywhere: World) -> None:
    anywhere.mark("31", "66.67")
    anywhere.mark("32", "0")
    assert anywhere.work() == 0
    assert anywhere.shown("31") == Decimal("66.67")
    assert anywhere.shown("32") == 0
    assert anywhere.cell("33") is None
    assert anywhere.state("31") == (State.DELIVERED, None)
    assert anywhere.state("33") == (State.NOTHING, None)


def test_a_better_score_replaces_the_first(anywhere: World) -> None:
    anywhere.mark("31", "50")
    anywhere.work()
    anywhere.mark("31", "75.5")
    assert anywhere.work() == 0
    assert anywhere.shown("31") == Decimal("75.5")
    scores, stamps = zip(*anywhere.arrived("31"), strict=True)
    assert scores == (50, Decimal("75.5"))
    assert stamps[1] - stamps[0] >= dt.timedelta(seconds=1)


def test_what_has_not_changed_is_not_sent_again(anywhere: World) -> None:
    anywhere.mark("31", "50")
    anywhere.work()
    anywhere.mark("31", "50.00")
    assert anywhere.work() == 0
    assert len(anywhere.arrived("31")) == 1


def test_many_changes_before_the_worker_comes_are_one_score(moodle: World) -> None:
    for value in ("10", "20", "30"):
        moodle.mark("31", value)
        moodle.recompute()
    moodle.work()
    assert [score for score, _ in moodle.arrived("31")] == [30]


def test_the_column_is_made_once_with_our_identity_and_title(moodle: World) -> None:
    for subject in ("31", "32", "33"):
        moodle.mark(subject, "40")
    moodle.work()
    column = moodle.column()
    assert (column.resource_id, column.tag) == ("sca-lms:PRE", "PRE")
    assert column.maximum == 100
    assert column.label == "ก่อนเข้าค่าย"
    assert moodle.wire.count("lineitems", "POST") == 1


def test_no_column_is_made_before_there_is_a_score(moodle: World) -> None:
    moodle.mark("31", None)
    assert moodle.work() == 0
    assert moodle.lms.gradebook(HOST_COURSE).columns == ()
    assert moodle.wire.requests == []


def test_a_column_of_deep_linking_is_found_by_its_link(moodle: World) -> None:
    item = moodle.add_activity("pre")
    moodle.mark("31", "40")
    moodle.work()
    assert moodle.column().id == item.id
    assert moodle.shown("31") == 40
    assert moodle.wire.count("lineitems") == 0


def test_a_column_that_is_there_already_is_found_by_resource_id_and_tag(anywhere: World) -> None:
    with anywhere.changing():
        anywhere.context().lineitems_url = str(anywhere.context().lineitems_url)
    item = anywhere.add_activity("an activity of another name", tag="PRE")
    anywhere.mark("31", "40")
    anywhere.work()
    assert anywhere.column().id == item.id
    assert anywhere.shown("31") == 40


def test_a_score_is_put_on_the_scale_of_the_hosts_column(moodle: World) -> None:
    moodle.add_activity("pre", maximum=10)
    moodle.mark("31", "66.67")
    moodle.work()
    assert moodle.shown("31") == Decimal("6.667")
    moodle.mark("31", "70")
    assert moodle.work() == 0
    assert moodle.shown("31") == 7


def test_where_the_course_makes_its_columns_by_hand_none_is_made(moodle: World) -> None:
    with moodle.changing():
        moodle.our_column().may_create = False
    moodle.mark("31", "40")
    assert moodle.work() == 0
    assert moodle.state("31") == (State.REFUSED, Reason.NO_COLUMN)
    moodle.add_activity("PRE")
    assert moodle.work() == 0
    assert moodle.shown("31") == 40


def test_without_grade_services_the_score_waits_for_a_launch_that_brings_them(moodle: World) -> None:
    with moodle.changing():
        moodle.context().ags_scopes = []
    moodle.mark("31", "40")
    assert moodle.work() == 0
    assert moodle.state("31") == (State.REFUSED, Reason.NO_SERVICE)
    with moodle.changing():
        moodle.context().ags_scopes = [SCOPE_SCORE, SCOPE_LINE_ITEM]
        moodle.context().updated_at = clock.now()
    assert moodle.work() == 0
    assert moodle.state("31") == (State.DELIVERED, None)


def test_a_host_that_gives_scores_only_gets_them_through_the_link(moodle: World) -> None:
    with moodle.changing():
        moodle.context().ags_scopes = [SCOPE_SCORE]
    moodle.add_activity("pre")
    moodle.mark("31", "40")
    moodle.work()
    moodle.mark("31", "50")
    assert moodle.work() == 0
    assert [score for score, _ in moodle.arrived("31")] == [40, 50]


def test_a_person_without_an_account_in_the_host_is_said_to_have_none(moodle: World) -> None:
    with moodle.changing():
        db.session.execute(sa.delete(LtiUser))
    moodle.mark("31", "40")
    assert moodle.work() == 0
    assert moodle.state("31") == (State.REFUSED, Reason.NO_ACCOUNT)


def test_nothing_goes_to_a_disabled_platform(moodle: World) -> None:
    with moodle.changing():
        db.session.scalars(sa.select(Platform)).one().state = PlatformState.DISABLED
    moodle.mark("31", "40")
    assert moodle.work() == 0
    assert moodle.wire.requests == []


@pytest.mark.parametrize("why", ["withdrawn", "test user", "mentor"])
def test_scores_of_those_who_do_not_count_are_never_sent(moodle: World, why: str) -> None:
    moodle.mark("31", "40")
    moodle.recompute()
    with moodle.changing():
        enrolment = db.session.get_one(Enrolment, moodle.enrolments["31"])
        if why == "withdrawn":
            enrolment.state = EnrolmentState.WITHDRAWN
        elif why == "mentor":
            enrolment.roles = frozenset({Role.MENTOR})
        else:
            db.session.get_one(Person, enrolment.person_id).is_test = True
    assert moodle.work() == 0
    assert moodle.wire.requests == []


def test_who_comes_back_gets_the_score_of_today(moodle: World) -> None:
    with moodle.changing():
        db.session.get_one(Enrolment, moodle.enrolments["31"]).state = EnrolmentState.WITHDRAWN
    moodle.mark("31", "40")
    moodle.work()
    with moodle.changing():
        db.session.get_one(Enrolment, moodle.enrolments["31"]).state = EnrolmentState.ACTIVE
    moodle.work()
    assert moodle.shown("31") == 40


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
    with moodle.changing():
        operations.send_again(moodle.course_id, at=clock.now())
    assert moodle.work() == 0
    assert moodle.shown("31") == 40


def test_a_deleted_column_ends_it_for_everybody_and_comes_back_on_request_only(anywhere: World) -> None:
    anywhere.mark("31", "40")
    anywhere.work()
    with anywhere.lms.changing() as site:
        site.line_items.clear()
    anywhere.mark("31", "41")
    anywhere.mark("32", "50")
    assert anywhere.work() == 0
    assert anywhere.state("31") == (State.REFUSED, Reason.COLUMN_GONE)
    anywhere.mark("33", "60")
    assert anywhere.work() == 0
    assert anywhere.state("33") == (State.REFUSED, Reason.COLUMN_GONE)
    assert anywhere.lms.gradebook(HOST_COURSE).columns == ()
    with anywhere.changing():
        operations.recreate_column(anywhere.our_column(), at=clock.now())
    assert anywhere.work() == 0
    assert [anywhere.shown(subject) for subject in ("31", "32", "33")] == [41, 50, 60]


def test_a_deleted_column_of_an_activity_is_replaced_by_the_one_of_a_new_link(moodle: World) -> None:
    moodle.add_activity("pre")
    moodle.mark("31", "40")
    moodle.work()
    with moodle.lms.changing() as site:
        site.line_items.clear()
    moodle.mark("31", "41")
    moodle.work()
    assert moodle.state("31") == (State.REFUSED, Reason.COLUMN_GONE)
    moodle.add_activity("pre")
    assert moodle.work() == 0
    assert moodle.shown("31") == 41


def test_a_locked_grade_is_not_tried_for_ever(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.work()
    moodle.teacher_sets("31", "40", locked=True, ahead=-30)
    moodle.mark("31", "50")
    assert moodle.work() == 0
    assert moodle.state("31") == (State.REFUSED, Reason.LOCKED)


def test_a_teachers_change_is_never_overwritten_until_somebody_asks(anywhere: World) -> None:
    anywhere.mark("31", "40")
    anywhere.work()
    anywhere.teacher_sets("31", "72")
    anywhere.mark("31", "50")
    assert anywhere.work() == 0
    assert anywhere.shown("31") == 72
    assert anywhere.state("31") == (State.CHANGED, Reason.CHANGED)
    assert anywhere.delivery("31").host_value == 72
    anywhere.mark("31", "51")
    assert anywhere.work() == 0
    assert anywhere.shown("31") == 72
    with later(5):
        with anywhere.changing():
            operations.send_again(anywhere.course_id, at=clock.now())
        assert anywhere.work() == 0
    assert anywhere.shown("31") == 51
    assert anywhere.state("31") == (State.DELIVERED, None)


def test_a_teacher_who_was_faster_than_our_first_score_keeps_the_grade(moodle: World) -> None:
    moodle.add_activity("pre")
    moodle.teacher_sets("31", "72", ahead=30)
    moodle.mark("31", "50")
    assert moodle.work() == 0
    assert moodle.shown("31") == 72
    assert moodle.state("31") == (State.CHANGED, Reason.CHANGED)


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


def test_a_comment_goes_with_every_score(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.recompute()
    with moodle.changing():
        operations.put_comment(db.session.scalars(sa.select(Score)).one(), "ดีมาก\nGood")
    moodle.work()
    cell = moodle.cell("31")
    assert cell is not None
    assert cell.comment == "ดีมาก\nGood"
    moodle.mark("31", "45")
    moodle.work()
    cell = moodle.cell("31")
    assert cell is not None
    assert (cell.score, cell.comment) == (Decimal(45), "ดีมาก\nGood")


def test_a_new_comment_alone_is_sent_as_well(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.work()
    with moodle.changing():
        operations.put_comment(db.session.scalars(sa.select(Score)).one(), "seen")
    assert moodle.work() == 0
    cell = moodle.cell("31")
    assert cell is not None
    assert cell.comment == "seen"


def test_only_finished_scores_are_sent(anywhere: World) -> None:
    anywhere.mark("31", "40")
    anywhere.work()
    anywhere.mark("31", None)
    assert anywhere.work() == 0
    assert anywhere.shown("31") == 40
    bodies = [json.loads(each.body) for each in anywhere.wire.requests if each.service == "scores"]
    assert [body["gradingProgress"] for body in bodies] == ["FullyGraded"]
    assert [body["activityProgress"] for body in bodies] == ["Completed"]
    assert all(body["scoreGiven"] == 40 and body["scoreMaximum"] == 100 for body in bodies)


def test_canvas_is_told_not_to_make_a_new_submission_of_each_score(canvas: World) -> None:
    canvas.mark("31", "40")
    canvas.work()
    (body,) = [json.loads(each.body) for each in canvas.wire.requests if each.service == "scores"]
    assert body["https://canvas.instructure.com/lti/submission"] == {"new_submission": False}


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


def test_trap_06_a_column_whose_making_got_no_answer_is_looked_for_before_it_is_made_again(
    anywhere: World,
) -> None:
    anywhere.mark("31", "40")
    # The first request asks whether there is one; the second makes it.
    requests: list[str] = []

    def lose_the_answer(method: str, path: str) -> None:
        requests.append(method)
        if method == "POST" and path.endswith("/lineitems") and requests.count("POST") <= 3:
            anywhere.lms.faults.plan("line_items", Fault(504, after=True))

    anywhere.wire.before = lose_the_answer
    assert anywhere.work() == 3
    anywhere.wire.before = lambda _method, _path: None
    with later(60):
        assert anywhere.work() == 0
    assert anywhere.shown("31") == 40
    assert len(anywhere.lms.gradebook(HOST_COURSE).columns) == 1


def test_trap_25_the_time_of_a_score_is_utc_with_milliseconds_and_zone(anywhere: World) -> None:
    anywhere.mark("31", "40")
    with time_machine.travel(dt.datetime(2026, 11, 22, 9, 0, 0, 999_999, tzinfo=dt.UTC), tick=False):
        anywhere.work()
    (body,) = [json.loads(each.body) for each in anywhere.wire.requests if each.service == "scores"]
    assert body["timestamp"] == "2026-11-22T09:00:00.999Z"


def test_a_host_that_refuses_times_ahead_of_its_clock_gets_them_a_minute_late(moodle: World) -> None:
    with moodle.changing():
        db.session.scalars(sa.select(Platform)).one().profile = "d2l"
    moodle.mark("31", "40")
    before = clock.now()
    with moodle.changing():
        platform = db.session.scalars(sa.select(Platform)).one()
        platform.token_audience = platform.auth_token_url
    assert moodle.work() == 0
    ((_score, timestamp),) = moodle.arrived("31")
    assert dt.timedelta(seconds=55) < before - timestamp <= dt.timedelta(seconds=60)
