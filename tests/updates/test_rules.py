"""An update counts when somebody attended 75 % of its minutes and the reflection is accepted."""

import datetime as dt
from decimal import Decimal

import pytest

from sca_lms.updates.rules import (
    Attendance,
    ReflectionState,
    Standing,
    Timing,
    counts,
    coverage,
    may_hand_in,
    may_join,
    may_write,
    score,
    standing,
)

START = dt.datetime(2022, 10, 27, 6, 30, tzinfo=dt.UTC)
END = START + dt.timedelta(hours=2)
SECOND = dt.timedelta(seconds=1)
OPEN = Timing(START, END, closed=False, cancelled=False)
CLOSED = Timing(START, END, closed=True, cancelled=False)
CANCELLED = Timing(START, END, closed=False, cancelled=True)
LONG = Attendance(90, 120)
SHORT = Attendance(89, 120)
DRAFT, SUBMITTED, RETURNED, ACCEPTED = ReflectionState


@pytest.mark.parametrize(
    ("minutes", "of", "enough"),
    [(90, 120, True), (89, 120, False), (0, 0, False), (68, 90, True), (67, 90, False)],
)
def test_three_quarters_of_the_minutes_are_enough(minutes: int, of: int, *, enough: bool) -> None:
    attendance = Attendance(minutes, of)
    assert attendance.suffices is enough
    assert (minutes >= attendance.needed and of > 0) is enough


def test_it_can_be_joined_from_a_quarter_of_an_hour_before_until_its_end() -> None:
    early = START - dt.timedelta(minutes=15)
    assert [may_join(OPEN, at) for at in (early - SECOND, early, END - SECOND, END)] == [
        False,
        True,
        True,
        False,
    ]
    assert not may_join(CANCELLED, START)


@pytest.mark.parametrize(
    ("timing", "attendance", "state", "expected"),
    [
        (CLOSED, LONG, ACCEPTED, Standing.COUNTED),
        (CLOSED, SHORT, ACCEPTED, Standing.MISSED),
        (CLOSED, SHORT, None, Standing.MISSED),
        (CLOSED, LONG, None, Standing.TO_REFLECT),
        (CLOSED, LONG, DRAFT, Standing.DRAFT),
        (CLOSED, LONG, SUBMITTED, Standing.SUBMITTED),
        (CLOSED, LONG, RETURNED, Standing.RETURNED),
        (OPEN, Attendance(0, 120), None, Standing.SETTLING),
        (OPEN, Attendance(0, 120), ACCEPTED, Standing.SETTLING),
        (OPEN, Attendance(0, 120), SUBMITTED, Standing.SUBMITTED),
        (CLOSED, Attendance(0, 120, pending=True), None, Standing.SETTLING),
        (CANCELLED, LONG, ACCEPTED, Standing.CANCELLED),
    ],
)
def test_where_somebody_stands_after_the_end(
    timing: Timing, attendance: Attendance, state: ReflectionState | None, expected: Standing
) -> None:
    assert standing(timing, attendance, state, END) is expected
    assert counts(timing, attendance, state) is (expected is Standing.COUNTED)


def test_before_the_end_it_comes_or_is_now() -> None:
    nothing = Attendance(0, 120)
    assert standing(OPEN, nothing, None, START - dt.timedelta(days=1)) is Standing.COMING
    assert standing(OPEN, nothing, DRAFT, START) is Standing.NOW


def test_a_reflection_is_written_from_the_beginning_and_handed_in_after_the_end() -> None:
    due = END + dt.timedelta(days=7)
    assert [may_write(OPEN, at) for at in (START - SECOND, START)] == [False, True]
    assert [may_hand_in(OPEN, DRAFT, due, at) for at in (END - SECOND, END, due, due + SECOND)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert may_hand_in(OPEN, RETURNED, due, due + SECOND), "who was asked to write on may"
    assert not may_hand_in(OPEN, SUBMITTED, None, END)
    assert not may_hand_in(CANCELLED, DRAFT, None, END)


@pytest.mark.parametrize(
    ("counted", "updates", "maximum", "expected"),
    [(9, 12, "12", "9"), (1, 11, "12", "1.09"), (11, 11, "12", "12"), (0, 12, "12", "0"), (0, 0, "12", "0")],
)
def test_the_score_is_the_share_that_counts(counted: int, updates: int, maximum: str, expected: str) -> None:
    assert score(counted, updates=updates, maximum=Decimal(maximum)) == Decimal(expected)


def test_the_first_tag_of_an_update_is_its_dimension_and_the_others_stand_beside() -> None:
    found = {
        each.code: each for each in coverage(["ENV", "MOB", "GOV"], {2: ["GOV", "ENV"], 1: ["ENV"], 3: []})
    }
    assert found["ENV"].first == (1,)
    assert found["ENV"].beside == (2,)
    assert not found["MOB"].is_covered
