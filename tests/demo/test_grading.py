"""Scores are taken and results given back with every trap of the real hosts."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from flask import Flask

from sca_lms.demo.lms import LaunchRefused
from sca_lms.demo.personalities import CANVAS, OPENEDX
from sca_lms.demo.service_views import RESULTS
from sca_lms.demo.site import Grade
from tests.demo.conftest import MakePlatform
from tests.demo.counterpart import Tool
from tests.demo.service_calls import Caller, a_score, column_path
from tests.demo.site import CLASSMATE, COLUMN, INSTRUCTOR, LEARNER, MENTOR, STRANGER, TESTER

AT, SAME_SECOND, LATER = "2026-11-22T09:00:00.100Z", "2026-11-22T09:00:00.900Z", "2026-11-22T09:00:01.000Z"
EARLIER = "2026-11-22T08:59:59.000Z"


@pytest.fixture
def on_moodle(moodle_app: Flask, tool: Tool) -> Caller:
    return Caller(moodle_app, tool)


@pytest.fixture
def on_canvas(make_platform: MakePlatform, tool: Tool) -> Caller:
    return Caller(make_platform(CANVAS), tool)


@pytest.fixture
def on_openedx(make_platform: MakePlatform, tool: Tool) -> Caller:
    return Caller(make_platform(OPENEDX), tool)


def cell(caller: Caller) -> Grade:
    return caller.column.grades[LEARNER]


def test_a_score_arrives_with_comment_and_time(on_moodle: Caller) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 22, 10, 0, tzinfo=dt.UTC), tick=False):
        on_moodle = Caller(on_moodle.app, on_moodle.tool)
        answer = on_moodle.score(a_score(AT, comment="84 of 168 h"))
    assert (answer.status_code, answer.text) == (200, "")
    assert (cell(on_moodle).score, cell(on_moodle).comment) == (Decimal(84), "84 of 168 h")
    assert cell(on_moodle).arrived_at == dt.datetime(2026, 11, 22, 10, 0, tzinfo=dt.UTC)
    book = on_moodle.lms.gradebook("2")
    assert book.cell(LEARNER, COLUMN) == cell(on_moodle)
    assert [arrival.score for arrival in on_moodle.lms.state.arrivals] == [Decimal(84)]


def test_moodle_refuses_a_second_score_of_the_same_second(on_moodle: Caller) -> None:
    on_moodle.score(a_score(AT))
    assert on_moodle.score(a_score(SAME_SECOND, scoreGiven=90)).status_code == 409
    assert on_moodle.score(a_score(EARLIER, scoreGiven=90)).status_code == 409
    assert cell(on_moodle).score == 84
    assert on_moodle.score(a_score(LATER, scoreGiven=90)).status_code == 200
    assert len(on_moodle.lms.state.arrivals) == 2


def test_canvas_takes_equal_times_and_refuses_earlier_ones(on_canvas: Caller) -> None:
    answer = on_canvas.score(a_score(AT))
    assert answer.status_code == 200
    assert (answer.json or {})["resultUrl"].endswith(f"{column_path()}/results?user_id={LEARNER}")
    assert on_canvas.score(a_score(AT)).status_code == 200
    assert on_canvas.score(a_score(EARLIER)).status_code == 400


def test_openedx_refuses_equal_and_earlier_times(on_openedx: Caller) -> None:
    answer = on_openedx.score(a_score(AT))
    assert (answer.status_code, (answer.json or {})["scoreGiven"]) == (201, 84)
    assert on_openedx.score(a_score(AT)).status_code == 400
    assert on_openedx.score(a_score(EARLIER)).status_code == 400
    assert on_openedx.score(a_score(SAME_SECOND)).status_code == 201


@pytest.mark.parametrize("user_id", [INSTRUCTOR, MENTOR, STRANGER, "nobody"])
def test_only_learners_have_grades(on_moodle: Caller, on_canvas: Caller, user_id: str) -> None:
    assert on_moodle.score(a_score(AT, userId=user_id)).status_code == 400
    assert on_canvas.score(a_score(AT, userId=user_id)).status_code == 422


def test_the_test_user_can_be_graded(on_moodle: Caller) -> None:
    assert on_moodle.score(a_score(AT, userId=TESTER)).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"userId": None},
        {"userId": 5},
        {"timestamp": None},
        {"timestamp": "2026-11-22T09:00:00"},
        {"timestamp": "2026-11-22 09:00:00Z"},
        {"timestamp": "2026-13-22T09:00:00Z"},
        {"timestamp": "0001-01-01T00:00:00+14:00"},
        {"timestamp": 5},
        {"activityProgress": None},
        {"gradingProgress": None},
        {"scoreMaximum": None},
        {"scoreGiven": "84"},
        {"scoreGiven": True},
        {"scoreMaximum": -1},
        {"comment": 5},
    ],
)
def test_a_malformed_score_is_refused(on_moodle: Caller, change: dict[str, object]) -> None:
    assert on_moodle.score(a_score(AT, **change)).status_code == 400
    assert on_moodle.column.grades == {}


def test_canvas_has_its_own_word_for_a_missing_maximum(on_canvas: Caller) -> None:
    assert on_canvas.score(a_score(AT, scoreMaximum=None)).status_code == 422


def test_the_body_has_its_own_type(on_moodle: Caller) -> None:
    assert on_moodle.score(a_score(AT), media_type="application/json").status_code == 400


@pytest.mark.parametrize("progress", ["Pending", "NotReady", "Failed", "PendingManual", "Anything"])
def test_whatever_is_not_fully_graded_clears_the_grade_in_moodle(on_moodle: Caller, progress: str) -> None:
    on_moodle.score(a_score(AT))
    assert on_moodle.score(a_score(LATER, gradingProgress=progress)).status_code == 200
    assert cell(on_moodle).score is None


def test_a_full_grade_without_a_score_clears_too(on_moodle: Caller) -> None:
    on_moodle.score(a_score(AT))
    on_moodle.score(a_score(LATER, scoreGiven=None, scoreMaximum=None))
    assert cell(on_moodle).score is None


def test_canvas_keeps_a_manual_one_and_openedx_keeps_any(on_canvas: Caller, on_openedx: Caller) -> None:
    on_canvas.score(a_score(AT, gradingProgress="PendingManual"))
    assert cell(on_canvas).score == 84
    on_canvas.score(a_score(LATER, gradingProgress="Pending"))
    assert cell(on_canvas).score is None
    on_openedx.score(a_score(AT, gradingProgress="Pending"))
    assert cell(on_openedx).score == 84


def test_a_score_without_a_comment_wipes_the_feedback(on_moodle: Caller) -> None:
    on_moodle.score(a_score(AT, comment="first"))
    on_moodle.score(a_score(LATER))
    assert cell(on_moodle).comment == ""


def test_comments_pile_up_in_canvas(on_canvas: Caller) -> None:
    on_canvas.score(a_score(AT, comment="first"))
    on_canvas.score(a_score(LATER, comment="second"))
    assert cell(on_canvas).comment == "first\nsecond"


def test_a_comment_without_a_grade_takes_moodles_clock(on_moodle: Caller) -> None:
    now = dt.datetime(2026, 11, 22, 10, 0, tzinfo=dt.UTC)
    with time_machine.travel(now, tick=False):
        caller = Caller(on_moodle.app, on_moodle.tool)
        caller.score(a_score(AT, gradingProgress="Pending", comment="soon"))
        assert cell(caller).modified_at == now
        assert caller.score(a_score("2026-11-22T09:59:59Z")).status_code == 409


def test_moodle_rounds_before_it_scales(on_moodle: Caller) -> None:
    on_moodle.column.maximum = Decimal(40)
    body = (
        '{"userId":"5","timestamp":"2026-11-22T09:00:00Z","activityProgress":"Completed","gradingProgress":'
    )
    third = f'{body}"FullyGraded","scoreGiven":0.3333333333,"scoreMaximum":1}}'
    answer = on_moodle.client.post(
        f"{column_path()}/scores",
        data=third,
        headers=on_moodle.bearer,
        content_type="application/vnd.ims.lis.v1.score+json",
    )
    assert answer.status_code == 200
    assert cell(on_moodle).score == Decimal("13.3332")


@pytest.mark.parametrize(("given", "kept"), [(400, 168), (-5, 0), (0, 0)])
def test_moodle_clips(on_moodle: Caller, given: int, kept: int) -> None:
    on_moodle.score(a_score(AT, scoreGiven=given))
    assert cell(on_moodle).score == kept


def test_others_do_not_clip_above_and_refuse_below(on_canvas: Caller) -> None:
    on_canvas.score(a_score(AT, scoreGiven=200))
    assert cell(on_canvas).score == 200
    assert on_canvas.score(a_score(LATER, scoreGiven=-1)).status_code == 400


def test_a_maximum_of_zero_does_not_scale(on_moodle: Caller) -> None:
    on_moodle.score(a_score(AT, scoreGiven=7, scoreMaximum=0))
    assert cell(on_moodle).score == 7


def test_a_teachers_hand_stays_in_the_column_of_an_activity(on_moodle: Caller) -> None:
    at = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
    hand = Grade(Decimal(150), "by hand", at, at)
    on_moodle.lms.teacher_grades(COLUMN, LEARNER, hand, at=at)
    assert on_moodle.score(a_score(EARLIER)).status_code == 409
    assert on_moodle.score(a_score(LATER)).status_code == 200
    assert cell(on_moodle).score == 150
    assert (on_moodle.results().json or [{}])[0]["resultScore"] == 150


def test_a_teachers_hand_is_overwritten_in_a_column_of_the_tool(on_moodle: Caller) -> None:
    at = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
    on_moodle.column.coupled = False
    on_moodle.lms.teacher_grades(COLUMN, LEARNER, Grade(Decimal(150), "", at, at), at=at)
    on_moodle.score(a_score(LATER))
    assert cell(on_moodle).score == 84


def test_a_locked_grade_fails_without_a_word(on_moodle: Caller) -> None:
    at = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
    on_moodle.lms.teacher_grades(COLUMN, LEARNER, Grade(Decimal(1), "", at, at, locked=True), at=at)
    answer = on_moodle.score(a_score(LATER))
    assert (answer.status_code, answer.text) == (500, "[]")


def test_a_teacher_cannot_grade_a_colleague(on_moodle: Caller) -> None:
    for column_id, user_id in ((COLUMN, INSTRUCTOR), ("99", LEARNER)):
        with pytest.raises(LaunchRefused):
            on_moodle.lms.teacher_grades(column_id, user_id)


def test_results_give_zero_and_leave_out_what_was_cleared(on_moodle: Caller) -> None:
    on_moodle.score(a_score(AT, scoreGiven=0))
    on_moodle.score(a_score(AT, userId=CLASSMATE, gradingProgress="Pending"))
    answer = on_moodle.results()
    assert answer.mimetype == RESULTS
    assert [(each["userId"], each["resultScore"], each["resultMaximum"]) for each in answer.json or []] == [
        (LEARNER, 0, 168)
    ]
    assert (answer.json or [{}])[0]["scoreOf"].endswith(f"{column_path()}?type_id=1")


def test_a_cleared_grade_with_a_comment_is_listed_without_a_score(
    on_moodle: Caller, on_canvas: Caller
) -> None:
    for caller, listed in ((on_moodle, 1), (on_canvas, 0)):
        caller.score(a_score(AT, gradingProgress="Pending", comment="soon"))
        found = caller.results().json or []
        assert len(found) == listed
        assert all("resultScore" not in each for each in found)


def test_results_can_be_asked_for_one_person(on_moodle: Caller) -> None:
    on_moodle.score(a_score(AT))
    on_moodle.score(a_score(AT, userId=CLASSMATE))
    assert [each["userId"] for each in on_moodle.results(user_id=CLASSMATE).json or []] == [CLASSMATE]
    assert on_moodle.results(user_id="nobody").json == []


def test_a_page_of_results_crashes_moodle(on_moodle: Caller) -> None:
    answer = on_moodle.results(limit="10")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_openedx_has_results_by_path_and_ignores_the_filter(on_openedx: Caller, on_moodle: Caller) -> None:
    for user_id in (LEARNER, CLASSMATE):
        on_openedx.score(a_score(AT, userId=user_id))
    assert len(on_openedx.results(user_id=CLASSMATE).json or []) == 2
    found = on_openedx.results(below=f"/{CLASSMATE}").json or []
    assert [each["userId"] for each in found] == [CLASSMATE]
    assert found[0]["id"].endswith(f"/results/{CLASSMATE}")
    assert on_moodle.results(below=f"/{CLASSMATE}").status_code == 404


def test_scores_cannot_be_read(on_moodle: Caller) -> None:
    assert on_moodle.get(f"{column_path()}/scores", RESULTS).status_code == 405


def test_a_deleted_column_takes_no_score(on_moodle: Caller) -> None:
    on_moodle.delete_column()
    assert on_moodle.score(a_score(AT)).status_code == 404
    assert on_moodle.results().status_code == 404
