"""Deadlines, grades and what may be shown follow the programme's rules."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.assessments.rules import (
    Grading,
    Opening,
    Result,
    as_points,
    attempt_deadline,
    attempt_percent,
    attempt_score,
    attempts_left,
    has_passed,
    is_overdue,
    may_see_answers,
    opening,
    passed_at,
    quiz_grade,
    seconds_left,
)
from tests.assessments.samples import MATCH, MULTI, ORDER

NINE = dt.datetime(2022, 9, 1, 9, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def minutes(count: int) -> dt.timedelta:
    return dt.timedelta(minutes=count)


def result(number: int, score: str, max_score: str = "3") -> Result:
    return Result(number, Decimal(score), Decimal(max_score), NINE + minutes(number))


results = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 12)).map(lambda pair: (min(pair), max(pair))),
    min_size=1,
    max_size=6,
).map(lambda pairs: [result(index, str(low), str(high)) for index, (low, high) in enumerate(pairs, start=1)])


@pytest.mark.parametrize(
    ("limit", "closes_after", "factor", "extension", "expected_after"),
    [
        (15, None, "1", 0, 15),
        (None, 60, "1", 0, 60),
        (15, 10, "1", 0, 10),
        (15, 60, "1.5", 0, 22.5),
        (60, 30, "2", 45, 120),
        (60, 30, "2", 5, 95),
        (None, 30, "2", 0, 30),
        (60, 30, "1", 45, 60),
    ],
)
def test_an_attempt_ends_at_the_limit_or_at_the_close_whichever_comes_first(
    limit: int | None, closes_after: int | None, factor: str, extension: int, expected_after: float
) -> None:
    deadline = attempt_deadline(
        NINE,
        limit_minutes=limit,
        closes_at=None if closes_after is None else NINE + minutes(closes_after),
        time_factor=Decimal(factor),
        extension_minutes=extension,
    )
    assert deadline == NINE + dt.timedelta(minutes=expected_after)


def test_without_a_limit_and_a_close_there_is_no_deadline() -> None:
    deadline = attempt_deadline(NINE, limit_minutes=None, closes_at=None)
    assert deadline is None
    assert seconds_left(deadline, at=NINE) is None
    assert not is_overdue(deadline, at=NINE + dt.timedelta(days=400))


@given(st.integers(1, 300), st.integers(0, 600), st.integers(100, 300), st.integers(0, 120))
def test_more_time_for_one_person_never_ends_an_attempt_earlier(
    limit: int, closes_after: int, percent: int, extension: int
) -> None:
    closes_at = NINE + minutes(closes_after)
    usual = attempt_deadline(NINE, limit_minutes=limit, closes_at=closes_at)
    own = attempt_deadline(
        NINE,
        limit_minutes=limit,
        closes_at=closes_at,
        time_factor=Decimal(percent) / 100,
        extension_minutes=extension,
    )
    assert usual is not None
    assert own is not None
    assert own >= usual


def test_an_answer_ten_seconds_late_still_counts() -> None:
    assert not is_overdue(NINE, at=NINE + 10 * SECOND)
    assert is_overdue(NINE, at=NINE + 11 * SECOND)


def test_the_time_left_is_never_negative() -> None:
    assert seconds_left(NINE, at=NINE - minutes(2)) == 120
    assert seconds_left(NINE, at=NINE + minutes(2)) == 0


def test_a_quiz_is_open_from_its_opening_until_just_before_its_close() -> None:
    ten = NINE + minutes(60)
    assert opening(NINE, ten, at=NINE - SECOND) is Opening.NOT_YET
    assert opening(NINE, ten, at=NINE) is Opening.OPEN
    assert opening(NINE, ten, at=ten - SECOND) is Opening.OPEN
    assert opening(NINE, ten, at=ten) is Opening.CLOSED
    assert opening(None, None, at=NINE) is Opening.OPEN


def test_attempts_run_out_but_not_below_zero() -> None:
    assert attempts_left(3, used=1) == 2
    assert attempts_left(1, used=2) == 0
    assert attempts_left(None, used=99) is None


def test_thirds_of_points_add_up_to_whole_ones() -> None:
    assert attempt_score([(MULTI, [0]), (MATCH, [0, 2, 1]), (ORDER, None)]) == 2
    assert as_points(Decimal(1) / 3) == Decimal("0.3333")


@pytest.mark.parametrize(
    ("grading", "expected"),
    [(Grading.HIGHEST, "100"), (Grading.AVERAGE, "55.56"), (Grading.FIRST, "33.33"), (Grading.LAST, "33.33")],
)
def test_the_policy_says_which_attempt_counts(grading: Grading, expected: str) -> None:
    attempts = [result(2, "3"), result(3, "1"), result(1, "1")]
    assert quiz_grade(grading, attempts) == Decimal(expected)


def test_before_any_submission_there_is_no_grade_rather_than_a_zero() -> None:
    assert quiz_grade(Grading.HIGHEST, []) is None


def test_an_average_is_rounded_once_at_the_end() -> None:
    # 33.333… and 33.33 differ after the second decimal; rounding each attempt first would give 66.67.
    assert quiz_grade(
        Grading.AVERAGE, [result(1, "2"), result(2, "2"), result(3, "2"), result(4, "2")]
    ) == Decimal("66.67")
    assert quiz_grade(Grading.AVERAGE, [result(1, "1", "6"), result(2, "1", "6"), result(3, "0")]) == Decimal(
        "11.11"
    )


def test_half_a_hundredth_is_rounded_up() -> None:
    assert attempt_percent(Decimal("0.00125"), Decimal(1)) == Decimal("0.13")


@given(results)
def test_every_policy_stays_between_the_worst_and_the_best_attempt(attempts: list[Result]) -> None:
    best = quiz_grade(Grading.HIGHEST, attempts)
    assert best is not None
    worst = min(attempt_percent(attempt.score, attempt.max_score) for attempt in attempts)
    for grading in Grading:
        grade = quiz_grade(grading, attempts)
        assert grade is not None
        assert 0 <= worst <= grade <= best <= 100


@given(results)
def test_the_grade_does_not_hang_on_the_order_of_the_rows(attempts: list[Result]) -> None:
    backwards = list(reversed(attempts))
    for grading in Grading:
        assert quiz_grade(grading, attempts) == quiz_grade(grading, backwards)


@given(results, st.integers(0, 100))
def test_a_further_attempt_never_takes_away_a_pass_by_the_highest(attempts: list[Result], mark: int) -> None:
    before = quiz_grade(Grading.HIGHEST, attempts[:-1])
    if has_passed(before, pass_percent=mark):
        assert has_passed(quiz_grade(Grading.HIGHEST, attempts), pass_percent=mark)


def test_the_pass_mark_itself_passes() -> None:
    assert has_passed(Decimal("70.00"), pass_percent=70)
    assert not has_passed(Decimal("69.99"), pass_percent=70)
    assert not has_passed(None, pass_percent=None)
    assert has_passed(Decimal(0), pass_percent=None)


def test_the_moment_of_passing_is_that_of_the_attempt_that_reached_the_mark() -> None:
    attempts = [result(1, "1"), result(2, "3"), result(3, "3")]
    assert passed_at(Grading.HIGHEST, attempts, pass_percent=70) == NINE + minutes(2)


def test_a_pass_that_was_lost_and_won_again_counts_from_the_second_time() -> None:
    attempts = [result(1, "3"), result(2, "0"), result(3, "3")]
    assert passed_at(Grading.LAST, attempts, pass_percent=70) == NINE + minutes(3)
    assert passed_at(Grading.LAST, attempts[:2], pass_percent=70) is None


@pytest.mark.parametrize(
    ("percent", "mark", "left", "in_progress", "closed", "shown"),
    [
        (None, 70, 3, False, False, False),
        ("60", 70, 2, False, False, False),
        ("80", 70, 2, False, False, True),
        ("60", 70, 0, False, False, True),
        ("60", 70, 2, False, True, True),
        ("80", 70, 0, True, False, False),
        ("80", None, None, False, False, False),
        ("100", None, None, False, False, True),
    ],
)
def test_right_answers_are_shown_only_when_nothing_is_given_away(
    percent: str | None, mark: int | None, left: int | None, in_progress: bool, closed: bool, shown: bool
) -> None:
    grade = None if percent is None else Decimal(percent)
    assert (
        may_see_answers(grade, pass_percent=mark, left=left, in_progress=in_progress, closed=closed) is shown
    )


def test_a_begun_second_counts_whole_so_that_a_page_never_hands_in_early() -> None:
    assert seconds_left(NINE, at=NINE - dt.timedelta(milliseconds=1)) == 1
