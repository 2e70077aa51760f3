"""Learners take and review quizzes; pages are judged by what they show, save and refuse."""

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.assessments.attempt_merge import mark_of
from sca_lms.assessments.models import Attempt
from sca_lms.assessments.rules import AttemptState
from sca_lms.courses.rules import Role
from sca_lms.database import db
from tests.assessments.builders import FIFTEEN_MINUTES, LAW, NINE
from tests.assessments.places import Place, open_place, text_of
from tests.assessments.samples import EVERY_TYPE, MATCH, ORDER, SINGLE

Clock = time_machine.Traveller
SECOND = dt.timedelta(seconds=1)


# ---------------------------------------------------------------- before


def test_the_first_page_tells_the_rules_in_words(place: Place) -> None:
    page = text_of(place.learner.get(place.quiz, headers={"Accept-Language": "en"}))
    for words in (
        "Module quiz",
        "2 questions",
        "15 min",
        "2 attempts",
        "Your best attempt counts.",
        "Pass mark 70%",
    ):
        assert words in page
    assert "Begin attempt 1" in page


def test_a_quiz_that_is_not_open_cannot_be_begun(app: Flask, clock: Clock) -> None:
    place = open_place(app, opens_at=NINE + dt.timedelta(hours=1))
    assert "Begin attempt" not in text_of(place.learner.get(place.quiz, headers={"Accept-Language": "en"}))
    assert place.learner.post(f"{place.quiz}/attempts").status_code == 400
    clock.shift(dt.timedelta(hours=1))
    token = place.token()
    clock.shift(-SECOND)
    refused = place.learner.post(f"{place.quiz}/attempts", data={"csrf_token": token})
    assert refused.location == place.quiz


def test_beginning_twice_leads_to_the_same_attempt(place: Place) -> None:
    token = place.token()
    both = [
        place.learner.post(f"{place.quiz}/attempts", data={"csrf_token": token}).location for _ in range(2)
    ]
    assert both[0] == both[1]
    assert "attempts/" in text_of(place.learner.get(place.quiz))


# ---------------------------------------------------------------- taking it without a script


def test_a_plain_form_saves_everything(place: Place) -> None:
    attempt = place.begin()
    saved = place.post(attempt, a0="4", a1="กฎหมาย", action="save")
    assert saved.location == attempt
    page = text_of(place.learner.get(attempt))
    assert 'value="4"' in page
    assert "กฎหมาย" in page


def test_a_finished_attempt_goes_to_its_review(place: Place) -> None:
    attempt = place.begin()
    assert place.post(attempt, a0="4", a1="pdpa", action="submit").location == f"{attempt}/review"
    review = text_of(place.learner.get(f"{attempt}/review", headers={"Accept-Language": "en"}))
    assert "100%" in review
    assert "Passed." in review
    assert place.learner.get(attempt).location == f"{attempt}/review"


def test_unanswered_questions_are_named_before_submitting(place: Place) -> None:
    attempt = place.begin()
    asked = text_of(place.post(attempt, a0="4", a1="", action="submit"))
    assert 'href="#q2"' in asked
    assert "submit-anyway" in asked
    assert place.newest_attempt().state is AttemptState.IN_PROGRESS
    assert place.answers() == ["4", None]
    assert place.post(attempt, a0="4", a1="", action="submit-anyway").location == f"{attempt}/review"


def test_an_answer_that_is_no_number_is_explained_beside_its_field_and_kept_on_the_page(place: Place) -> None:
    attempt = place.begin()
    for action in ("save", "submit", "submit-anyway"):
        page = text_of(place.post(attempt, a0="four", a1="PDPA", action=action))
        assert 'value="four"' in page
        assert 'aria-invalid="true"' in page
        assert 'href="#q1"' in page
    assert place.answers() == [None, "PDPA"]
    assert place.newest_attempt().state is AttemptState.IN_PROGRESS


def test_a_double_click_on_submit_is_harmless(place: Place) -> None:
    attempt = place.begin()
    first = place.post(attempt, a0="4", a1="PDPA", action="submit")
    second = place.post(attempt, a0="5", a1="", action="submit")
    assert first.location == second.location
    assert place.newest_attempt().score == 2


def test_when_time_is_up_everything_is_handed_in_whatever_is_missing(place: Place, clock: Clock) -> None:
    attempt = place.begin()
    clock.shift(FIFTEEN_MINUTES + SECOND)
    assert place.post(attempt, a0="4", a1="", action="time-up").location == f"{attempt}/review"
    found = place.newest_attempt()
    assert (found.state, found.score) == (AttemptState.AUTO_SUBMITTED, Decimal(1))


def test_the_next_view_hands_in_an_attempt_whose_time_is_over(place: Place, clock: Clock) -> None:
    attempt = place.begin()
    place.post(attempt, a0="4", a1="", action="save")
    clock.shift(dt.timedelta(hours=1))
    late = place.learner.post(attempt, data={"csrf_token": place.token(), "a1": "PDPA"})
    assert late.location == f"{attempt}/review"
    found = place.newest_attempt()
    assert (found.state, found.score) == (AttemptState.AUTO_SUBMITTED, Decimal(1))
    assert found.submitted_at == NINE + FIFTEEN_MINUTES


def test_questions_of_every_type_can_be_taken_and_reviewed(app: Flask, clock: Clock) -> None:
    questions = tuple((f"Q{number}", question) for number, question in enumerate(EVERY_TYPE))
    place = open_place(app, questions=questions, shuffle=True, attempts_allowed=1)
    attempt = place.begin()
    page = text_of(place.learner.get(attempt))
    assert page.count('data-question="') == len(EVERY_TYPE)
    review = place.post(attempt, action="submit-anyway")
    assert place.newest_attempt().score == 0
    shown = text_of(place.learner.get(review.location, headers={"Accept-Language": "en"}))
    assert shown.count("No answer") >= len(EVERY_TYPE)
    assert "Smart Governance" in shown


def test_the_page_gives_nothing_away_about_the_right_order_or_match(app: Flask, clock: Clock) -> None:
    place = open_place(app, questions=(("Q1", ORDER), ("Q2", MATCH)))
    page = text_of(place.learner.get(place.begin(), headers={"Accept-Language": "en"}))
    shown = [page.index(f'<span class="grow">{item.en}') for item in ORDER.items]
    assert shown != sorted(shown)
    with app.app_context():
        seed = db.session.scalars(sa.select(Attempt.seed)).one()
    assert seed not in page


# ---------------------------------------------------------------- saving one answer for the script


def test_the_script_saves_one_answer_and_hears_what_stands(place: Place) -> None:
    attempt = place.begin()
    told = place.post(f"{attempt}/answers/1", a1="PDPA")
    assert told.get_json() == {
        "saved_at": "16:00 น.",
        "answered": 1,
        "file": None,
        "seconds_left": 15 * 60,
        "was": mark_of("PDPA"),
    }
    assert place.answers() == [None, "PDPA"]


def test_the_token_may_stand_in_the_header(place: Place) -> None:
    attempt = place.begin()
    token = place.token()
    saved = place.learner.post(f"{attempt}/answers/0", data={"a0": "4"}, headers={"X-CSRF-Token": token})
    assert saved.status_code == 200
    assert place.learner.post(f"{attempt}/answers/0", data={"a0": "5"}).status_code == 400
    assert place.answers() == ["4", None]


def test_the_script_hears_what_is_wrong_with_an_answer(place: Place) -> None:
    attempt = place.begin()
    refused = place.post(f"{attempt}/answers/0", a0="four")
    assert refused.status_code == 422
    assert refused.get_json()["message"]


def test_the_script_is_sent_to_the_review_when_the_attempt_is_over(place: Place, clock: Clock) -> None:
    attempt = place.begin()
    clock.shift(FIFTEEN_MINUTES + 11 * SECOND)
    refused = place.post(f"{attempt}/answers/0", a0="4")
    assert refused.status_code == 409
    assert refused.get_json()["next"] == f"{attempt}/review"
    assert place.answers() == [None, None]


@pytest.mark.parametrize("position", ["7", "-1", "x", "99999999999999999999"])
def test_a_place_that_the_attempt_does_not_have_is_not_found(place: Place, position: str) -> None:
    assert place.post(f"{place.begin()}/answers/{position}", a0="4").status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"a0": ["0", "1"]},
        {"a0": "\ud800".encode("utf-8", "surrogatepass")},
        {"a0": "\x00"},
        {"a0": "9" * 4000},
        {"a0-0": "1", "a0-1": "1", "a0-2": "99", "a0-3": "-4"},
        {"action": "\x00", "a1": "x" * 100_000},
    ],
)
@pytest.mark.parametrize("question", EVERY_TYPE, ids=lambda question: question.type)
def test_whatever_is_posted_is_never_a_defect(
    app: Flask, clock: Clock, question: object, fields: dict[str, object]
) -> None:
    place = open_place(app, questions=(("Q1", question), ("Q2", LAW)))
    attempt = place.begin()
    assert place.post_as(place.learner, attempt, fields).status_code in {200, 302}
    assert place.post_as(place.learner, f"{attempt}/answers/0", fields).status_code in {200, 422}


# ---------------------------------------------------------------- afterwards


def test_right_answers_stay_hidden_until_passed_or_used_up(app: Flask, clock: Clock) -> None:
    place = open_place(app, questions=(("Q1", SINGLE), ("Q2", LAW)), attempts_allowed=2)
    first = place.begin()
    place.post(first, action="submit-anyway")
    assert "PDPA" not in text_of(place.learner.get(f"{first}/review"))
    second = place.begin()
    assert "PDPA" not in text_of(place.learner.get(f"{first}/review"))
    place.post(second, action="submit-anyway")
    assert "PDPA" in text_of(place.learner.get(f"{first}/review"))


def test_an_attempt_under_way_has_no_review_yet(place: Place) -> None:
    attempt = place.begin()
    assert place.learner.get(f"{attempt}/review").location == attempt


def test_when_all_attempts_are_used_the_page_says_so_and_a_click_is_refused(place: Place) -> None:
    for _ in range(2):
        place.post(place.begin(), action="submit-anyway")
    page = text_of(place.learner.get(place.quiz, headers={"Accept-Language": "en"}))
    assert "You have used all attempts." in page
    assert place.post(f"{place.quiz}/attempts").location == place.quiz


def test_a_page_tells_the_way_back_when_the_application_knows_it(place: Place) -> None:
    place.app.extensions["sca_quiz_home"] = lambda quiz: f"/courses/{quiz.course_id}/modules/{quiz.code}"
    assert f"/courses/{place.course_id}/modules/PB1.4" in text_of(place.learner.get(place.quiz))


def test_a_test_user_may_take_the_quiz(place: Place) -> None:
    tester = place.somebody(Role.LEARNER, is_test=True)
    assert place.post_as(tester, f"{place.quiz}/attempts", {}).status_code == 302
