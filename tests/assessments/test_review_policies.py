"""When learners see the right answers: at once, once they give nothing away, after the close, or never."""

import datetime as dt

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.assessments.models import Quiz
from sca_lms.assessments.rules import Review
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests.assessments.builders import LAW, NINE, YEARS
from tests.assessments.places import Place, open_place, text_of

RIGHT = "PDPA"
CLOSE = NINE + dt.timedelta(hours=1)
WRONG_TWICE, WRONG_ONCE, PASSED = ["wrong", "wrong"], ["wrong"], ["wrong", "right"]


def a_place(app: Flask, review: Review) -> Place:
    place = open_place(app, questions=(("Q1", YEARS), ("Q2", LAW)), closes_at=CLOSE)
    with app.app_context(), transaction():
        db.session.execute(sa.update(Quiz).values(review=review))
    return place


def answer(place: Place, how: str) -> str:
    """Take the quiz once and return the address of the attempt."""
    attempt = place.begin()
    law = RIGHT if how == "right" else "PDPB"
    done = place.post(attempt, a0="4" if how == "right" else "9", a1=law, action="submit-anyway")
    assert done.location.endswith("/review")
    return attempt


def shown(place: Place, attempt: str) -> bool:
    page = place.learner.get(f"{attempt}/review")
    assert page.status_code == 200
    return RIGHT in text_of(page)


@pytest.mark.parametrize(
    ("review", "tried", "before", "after"),
    [
        (Review.AT_ONCE, WRONG_ONCE, True, True),
        (Review.WHEN_SETTLED, WRONG_ONCE, False, True),
        (Review.WHEN_SETTLED, WRONG_TWICE, True, True),
        (Review.WHEN_SETTLED, PASSED, True, True),
        (Review.AFTER_CLOSE, WRONG_TWICE, False, True),
        (Review.AFTER_CLOSE, PASSED, False, True),
        (Review.NEVER, WRONG_TWICE, False, False),
        (Review.NEVER, PASSED, False, False),
    ],
)
def test_right_answers_are_shown_when_the_quiz_says_so(
    app: Flask, clock: time_machine.Traveller, review: Review, tried: list[str], before: bool, after: bool
) -> None:
    place = a_place(app, review)
    first, *_others = [answer(place, how) for how in tried]
    assert shown(place, first) is before
    clock.move_to(CLOSE + dt.timedelta(minutes=1))
    assert shown(place, first) is after


@pytest.mark.parametrize("review", list(Review))
def test_a_second_attempt_under_way_hides_them_whatever_the_quiz_says(
    app: Flask, clock: time_machine.Traveller, review: Review
) -> None:
    place = a_place(app, review)
    first = answer(place, "wrong")
    place.begin()
    assert shown(place, first) is False


@pytest.mark.parametrize("review", list(Review))
def test_a_classmate_never_sees_the_review_of_somebody_else(
    app: Flask, clock: time_machine.Traveller, review: Review
) -> None:
    place = a_place(app, review)
    first = answer(place, "wrong")
    assert place.somebody(Role.LEARNER).get(f"{first}/review").status_code == 404
    assert place.somebody(Role.AUTHOR).get(f"{first}/review").status_code == 403


@pytest.mark.parametrize("review", list(Review))
def test_the_rules_tell_beforehand_when_the_answers_are_shown(
    app: Flask, clock: time_machine.Traveller, review: Review
) -> None:
    words = {
        Review.AT_ONCE: "You see how each question went, with the right answers.",
        Review.WHEN_SETTLED: "once you have passed or used all attempts",
        Review.AFTER_CLOSE: "after the quiz has closed",
        Review.NEVER: "are not shown",
    }
    place = a_place(app, review)
    page = text_of(place.learner.get(place.quiz, headers={"Accept-Language": "en"}))
    assert [each for each, sentence in words.items() if sentence in page] == [review]
