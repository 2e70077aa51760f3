"""What minutes count for: caps, floors, passing, and what can still be reached."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.bootcamp.pace import Pace, Situation, pace_of
from sca_lms.bootcamp.rules import Ahead, CategoryRule, PassRule, hours, outlook, standing

KNO = CategoryRule(1, minutes=600, cap_minutes=600, floor_percent=Decimal(60))
TEC = CategoryRule(2, minutes=400, cap_minutes=500, floor_percent=Decimal(60))
RULE = PassRule(required_minutes=1000, pass_percent=Decimal(80), makeup_cap_minutes=100)
NOTHING = Ahead({}, {}, 0)


@pytest.mark.parametrize(
    ("credited", "total", "passed"),
    [
        ({1: 600, 2: 400}, 1000, True),
        ({1: 900, 2: 100}, 700, False),
        ({1: 600, 2: 500}, 1000, True),
        ({1: 560, 2: 240}, 800, True),
        ({1: 560, 2: 239}, 799, False),
        ({1: 600, 2: 239}, 839, False),
        ({}, 0, False),
        ({1: -5, 2: 0}, 0, False),
    ],
)
def test_minutes_count_up_to_the_cap_and_every_category_has_its_floor(
    credited: dict[int, int], total: int, passed: bool
) -> None:
    now = standing(credited, [KNO, TEC], RULE)
    assert (now.total, now.has_passed) == (total, passed)


def test_shares_are_rounded_up_to_whole_minutes() -> None:
    assert CategoryRule(1, 101, 101, Decimal("33.3")).floor_minutes == 34
    assert PassRule(10080, Decimal(80), 0).pass_minutes == 8064


@pytest.mark.parametrize(
    ("credited", "ahead", "reachable", "can_pass", "may_miss"),
    [
        ({1: 300, 2: 200}, Ahead({1: 300, 2: 200}, {}, 0), 1000, True, 200),
        ({1: 300, 2: 200}, Ahead({1: 100, 2: 200}, {1: 200}, 0), 900, True, 0),
        ({1: 300, 2: 200}, Ahead({1: 100, 2: 200}, {1: 200}, 60), 840, True, 0),
        ({1: 300, 2: 100}, Ahead({1: 300}, {2: 300}, 0), 800, False, 0),
        ({1: 600, 2: 100}, Ahead({}, {2: 300}, 0), 800, False, 0),
        ({1: 600, 2: 150}, Ahead({}, {2: 250}, 0), 850, True, 0),
        ({1: 600, 2: 400}, NOTHING, 1000, True, 0),
    ],
)
def test_what_can_still_be_reached_counts_sessions_to_come_and_make_up(
    credited: dict[int, int], ahead: Ahead, reachable: int, can_pass: bool, may_miss: int
) -> None:
    found = outlook(standing(credited, [KNO, TEC], RULE), ahead)
    assert (found.reachable, found.can_pass, found.may_miss) == (reachable, can_pass, may_miss)


minutes = st.integers(min_value=0, max_value=700)


@given(minutes, minutes, minutes, minutes, minutes, minutes, st.integers(0, 150))
def test_nobody_reaches_less_than_they_have_and_passing_stays_possible_for_who_passed(
    one: int, two: int, come_one: int, come_two: int, missed_one: int, missed_two: int, made_up: int
) -> None:
    now = standing({1: one, 2: two}, [KNO, TEC], RULE)
    found = outlook(now, Ahead({1: come_one, 2: come_two}, {1: missed_one, 2: missed_two}, made_up))
    assert now.total <= found.reachable <= RULE.required_minutes
    assert found.can_pass or not now.has_passed
    assert 0 <= found.may_miss <= come_one + come_two


@given(minutes, minutes, minutes, minutes)
def test_who_misses_no_more_than_allowed_still_reaches_the_pass_mark(
    one: int, two: int, come_one: int, come_two: int
) -> None:
    now = standing({1: one, 2: two}, [KNO, TEC], RULE)
    found = outlook(now, Ahead({1: come_one, 2: come_two}, {}, RULE.makeup_cap_minutes))
    if found.can_pass and found.may_miss < come_one:
        left = outlook(now, Ahead({1: come_one - found.may_miss, 2: come_two}, {}, RULE.makeup_cap_minutes))
        assert left.reachable >= RULE.pass_minutes


def test_hours_are_rounded_down_to_one_decimal() -> None:
    assert [hours(each) for each in (9090, 8064, 8063, 0)] == [
        Decimal("151.5"), Decimal("134.4"), Decimal("134.3"), Decimal("0.0"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        (Situation(False, False, 0, 600, Decimal(80), 5), Pace.CANNOT_REACH),
        (Situation(True, True, 600, 600, Decimal(80), 5), Pace.PASSED),
        (Situation(False, True, 600, 600, Decimal(80), 2), Pace.SILENT),
        (Situation(False, True, 479, 600, Decimal(80), 1), Pace.BEHIND),
        (Situation(False, True, 480, 600, Decimal(80), 1), Pace.ON_PACE),
        (Situation(False, True, 0, 0, Decimal(80), 0), Pace.ON_PACE),
    ],
)
def test_the_pace_says_the_worst_that_is_true(situation: Situation, expected: Pace) -> None:
    assert pace_of(situation, silent_after_days=2) is expected
