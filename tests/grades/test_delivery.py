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
from sca_lms.demo.site import SCOPE_LINE_ITEM, SCOPE_SCORE
from sca_lms.grades import operations
from sca_lms.grades.models import Score
from sca_lms.grades.rules import Reason, State
from sca_lms.lti.models import LtiUser, Platform, PlatformState
from tests.grades.world import World


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
