"""What the buttons of the delivery console do: send again, keep, overwrite, take back, make columns."""

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.courses.models import Course
from sca_lms.database import db
from sca_lms.demo.personalities import CANVAS, MOODLE, OPENEDX
from sca_lms.grades.models import GradeColumn
from sca_lms.grades.rules import Reason, State
from tests.assessments.builders import a_quiz
from tests.grades.console_desk import a_browser, a_changed_score, audited, leave, page, post, score_id, words
from tests.grades.world import HOST_COURSE, World, later, running

# ---------------------------------------------------------------- sending again


def test_one_score_is_sent_again_when_the_reason_is_gone(moodle: World, staff: FlaskClient) -> None:
    leave(moodle, "33")
    moodle.mark("33", "60")
    moodle.work()
    assert moodle.state("33") == (State.REFUSED, Reason.NOT_ENROLLED)
    with moodle.lms.changing() as site:
        site.courses[HOST_COURSE].members["33"] = site.courses[HOST_COURSE].members["31"]
    answer = post(moodle, staff, f"/scores/{score_id(moodle, '33')}", {"act": "send-again"})
    assert "The score is sent again within a minute." in answer.text
    assert moodle.state("33") == (State.DUE, None)
    assert moodle.work() == 0
    assert moodle.shown("33") == 60
    assert "send-grade-again" in audited(moodle)
    assert "1 of 1 score is in the LMS" in words(page(moodle, staff))


def test_the_ticked_ones_are_sent_again_and_the_list_comes_back_as_it_was(
    moodle: World, staff: FlaskClient
) -> None:
    for subject in ("31", "32", "33"):
        moodle.mark(subject, "60")
        leave(moodle, subject)
    moodle.work()
    listed = page(moodle, staff, "/deliveries?state=refused")
    assert listed.count('name="score"') == 3
    ticked = [str(score_id(moodle, subject)) for subject in ("31", "32")]
    answer = post(
        moodle, staff, "/send-again",
        {"which": "chosen", "score": [*ticked, "0", "x", "99999999999"], "from": "list", "state": "refused"},
    )  # fmt: skip
    assert "2 scores are sent again within a minute." in answer.text
    assert answer.request.path.endswith("/deliveries")
    assert answer.request.args["state"] == "refused"
    assert moodle.state("31") == moodle.state("32") == (State.DUE, None)
    assert moodle.state("33")[0] is State.REFUSED


def test_ticking_nothing_says_what_to_do(moodle: World, staff: FlaskClient) -> None:
    answer = post(moodle, staff, "/send-again", {"which": "chosen", "from": "list"})
    assert "Tick the scores that are to be sent again." in answer.text


def test_all_of_a_column_are_sent_again_by_one_click(moodle: World, staff: FlaskClient) -> None:
    for subject in ("31", "32"):
        moodle.mark(subject, "60")
        leave(moodle, subject)
    moodle.work()
    answer = post(moodle, staff, "/send-again", {"column": "PRE"})
    assert "2 scores are sent again within a minute." in answer.text
    assert "There is nothing to send again." in post(moodle, staff, "/send-again", {"column": "PRE"}).text
    assert post(moodle, staff, "/send-again", {"column": "XXX"}).status_code == 404


# ---------------------------------------------------------------- what a teacher changed


def test_a_teachers_change_is_shown_with_both_scores_and_can_be_kept(
    moodle: World, staff: FlaskClient
) -> None:
    a_changed_score(moodle)
    shown = words(page(moodle, staff))
    assert "To look at 1" in shown
    assert "1 score differs." in shown
    story = words(page(moodle, staff, f"/people/{moodle.enrolments['31']}"))
    assert "Score here 40 / 100" in story
    assert "Seen in the LMS 72 / 100" in story
    answer = post(moodle, staff, f"/scores/{score_id(moodle, '31')}", {"act": "keep"})
    assert "The score of the LMS is kept; ours is not sent over it." in answer.text
    assert moodle.state("31")[0] is State.KEPT
    with later(10):
        moodle.mark("31", "44")
        assert moodle.work() == 0
    assert moodle.shown("31") == 72
    assert "What is on its way arrives by itself." in page(moodle, staff)


def test_a_teachers_change_is_overwritten_when_somebody_says_so(moodle: World, staff: FlaskClient) -> None:
    a_changed_score(moodle)
    with later(10):
        answer = post(moodle, staff, f"/scores/{score_id(moodle, '31')}", {"act": "overwrite"})
        assert "Our score is sent over the one in the LMS" in answer.text
        assert moodle.work() == 0
    assert moodle.shown("31") == 40
    assert moodle.state("31") == (State.DELIVERED, None)


def test_nothing_is_kept_or_overwritten_where_nothing_was_changed(moodle: World, staff: FlaskClient) -> None:
    moodle.mark("31", "40")
    moodle.work()
    for act in ("keep", "overwrite"):
        answer = post(moodle, staff, f"/scores/{score_id(moodle, '31')}", {"act": act})
        assert "No change of this score in the LMS is known here." in answer.text
    assert moodle.state("31") == (State.DELIVERED, None)


@pytest.mark.parametrize("act", ["", "withdraw", "everything"])
def test_an_act_that_is_none_is_refused(moodle: World, staff: FlaskClient, act: str) -> None:
    moodle.mark("31", "40")
    moodle.recompute()
    assert post(moodle, staff, f"/scores/{score_id(moodle, '31')}", {"act": act}).status_code == 400


# ---------------------------------------------------------------- taking back


@pytest.mark.parametrize(
    ("kind", "warning"),
    [
        (MOODLE, "Moodle clears the grade and its feedback at once."),
        (CANVAS, "Canvas clears the grade"),
        (OPENEDX, "Open edX takes no grade back from a tool."),
    ],
    ids=["moodle", "canvas", "openedx"],
)
def test_before_a_score_is_taken_back_the_page_says_what_this_host_makes_of_it(
    app: Flask, kind: object, warning: str
) -> None:
    with running(kind) as host:  # type: ignore[arg-type]  # One of the personalities above.
        world = World(app, host)
        browser = a_browser(world)
        world.mark("31", "40")
        world.work()
        asked = page(world, browser, f"/scores/{score_id(world, '31')}/withdraw")
        assert "Take this score back from the LMS?" in asked
        assert warning in words(asked)
        assert world.state("31")[0] is State.DELIVERED


def test_a_score_is_taken_back_after_a_question_and_can_be_sent_again(
    moodle: World, staff: FlaskClient
) -> None:
    moodle.mark("31", "40")
    moodle.work()
    answer = post(moodle, staff, f"/scores/{score_id(moodle, '31')}/withdraw")
    assert "The score is being taken back from the LMS." in answer.text
    with later(5):
        assert moodle.work() == 0
    assert moodle.shown("31") is None
    assert moodle.state("31")[0] is State.WITHDRAWN
    assert "1 score was taken back" in words(page(moodle, staff))
    with later(10):
        post(moodle, staff, f"/scores/{score_id(moodle, '31')}", {"act": "send-again"})
        assert moodle.work() == 0
    assert moodle.shown("31") == 40


def test_what_the_host_never_had_cannot_be_taken_back(moodle: World, staff: FlaskClient) -> None:
    moodle.mark("31", "40")
    moodle.recompute()
    answer = post(moodle, staff, f"/scores/{score_id(moodle, '31')}/withdraw")
    assert "Nothing of this score is in the LMS." in answer.text


# ---------------------------------------------------------------- columns


def test_a_deleted_column_is_made_again_on_request(moodle: World, staff: FlaskClient) -> None:
    moodle.mark("31", "40")
    moodle.work()
    with moodle.lms.changing() as site:
        site.line_items.clear()
    with later(5):
        moodle.mark("31", "41")
        moodle.work()
        shown = words(page(moodle, staff))
        assert "PRE: the column was deleted in the LMS" in shown
        assert "deleted in the LMS" in shown
        answer = post(moodle, staff, "/columns/PRE/recreate")
        assert "The column is made again" in answer.text
        assert moodle.work() == 0
    assert moodle.shown("31") == 41
    again = post(moodle, staff, "/columns/PRE/recreate")
    assert "The LMS still has this column" in again.text
    assert post(moodle, staff, "/columns/XXX/recreate").status_code == 404


def test_the_tool_makes_no_column_where_it_may_not(moodle: World, staff: FlaskClient) -> None:
    assert "The tool makes no more columns." in post(moodle, staff, "/creation", {"may": "no"}).text
    moodle.mark("31", "40")
    moodle.work()
    assert moodle.state("31") == (State.REFUSED, Reason.NO_COLUMN)
    shown = words(page(moodle, staff))
    assert "The tool makes no columns here." in shown
    assert "There is no column for this score in the LMS" in shown
    assert "makes missing columns" in post(moodle, staff, "/creation", {"may": "yes"}).text
    assert moodle.work() == 0
    assert moodle.shown("31") == 40
    assert post(moodle, staff, "/creation", {"may": "perhaps"}).status_code == 400


def test_a_quiz_gets_a_column_of_its_own_and_gives_it_up(moodle: World, staff: FlaskClient) -> None:
    assert "This course has no quizzes yet" in page(moodle, staff, "/quizzes")
    with moodle.changing():
        quiz_id = a_quiz(db.session.get_one(Course, moodle.course_id)).id
    assert "Give it a column" in page(moodle, staff, "/quizzes")
    assert "has a column of its own" in post(moodle, staff, f"/quizzes/{quiz_id}", {"column": "yes"}).text
    with moodle.app.app_context():
        codes = set(db.session.scalars(sa.select(GradeColumn.code).where(GradeColumn.is_active)))
    assert len(codes) == 2
    answer = post(moodle, staff, f"/quizzes/{quiz_id}", {"column": "no"})
    assert "no longer sent" in answer.text
    assert "Give it a column" in answer.text
    assert post(moodle, staff, f"/quizzes/{quiz_id}", {"column": "?"}).status_code == 400
    assert post(moodle, staff, "/quizzes/99999", {"column": "yes"}).status_code == 404
