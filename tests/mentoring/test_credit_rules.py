"""Quotas: what is beyond them is shown and does not count, and what counted once goes on counting."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.mentoring import credit_rules
from sca_lms.mentoring.credit_rules import Credit, Quota, TopicSum

BEGAN = dt.datetime(2022, 10, 3, 6, 0, tzinfo=dt.UTC)
WG, DT, PD, PR = (
    Quota(1, 4, 360), Quota(2, 2, 180), Quota(3, 3, 270), Quota(4, 3, 270),
)  # fmt: skip
QUOTAS = [WG, DT, PD, PR]


def credit(place: int, topic: int, minutes: int, day: int) -> Credit:
    at = BEGAN + dt.timedelta(days=day)
    return Credit(place, topic, minutes, at, at)


@pytest.mark.parametrize(
    ("minutes", "counted", "surplus", "sessions"),
    [
        ([], 0, 0, 0),
        ([90, 90, 90, 90], 360, 0, 4),
        ([90, 90, 90, 90, 90], 360, 90, 4),
        ([85, 85, 85, 85], 340, 0, 4),
        ([85, 85, 85, 85, 60], 360, 40, 4),
        ([400], 360, 40, 1),
    ],
)
def test_golden_numbers_of_work_guidance(
    minutes: list[int], counted: int, surplus: int, sessions: int
) -> None:
    found = TopicSum(WG, sum(minutes), len(minutes))
    assert (found.counted, found.surplus, found.sessions) == (counted, surplus, sessions)


def test_the_oldest_credit_counts_first_and_the_rest_is_surplus() -> None:
    found = [credit(5, 2, 90, day=9), credit(1, 2, 90, day=1), credit(3, 2, 60, day=3)]
    assert credit_rules.counted_minutes(found, QUOTAS) == {1: 90, 3: 60, 5: 30}


@pytest.mark.parametrize(
    ("counted", "score"),
    [
        (0, "0.00"),
        (90, "1.00"),
        (540, "6.00"),
        (1079, "11.99"),
        (1080, "12.00"),
        (2000, "12.00"),
        (100, "1.11"),
    ],
)
def test_the_score_is_the_share_of_the_required_minutes(counted: int, score: str) -> None:
    found = credit_rules.score(counted, required_minutes=1080, maximum=Decimal(12))
    assert str(found) == score


meetings = st.lists(
    st.builds(credit, st.integers(1, 10_000), st.integers(1, 4), st.integers(1, 300), st.integers(0, 300)),
    unique_by=lambda each: each.place_id,
    max_size=30,
)


@given(meetings)
def test_places_and_sums_tell_the_same(found: list[Credit]) -> None:
    counted = credit_rules.counted_minutes(found, QUOTAS)
    for quota in QUOTAS:
        mine = [each for each in found if each.topic_id == quota.topic_id]
        whole = TopicSum(quota, sum(each.minutes for each in mine), len(mine))
        assert sum(counted[each.place_id] for each in mine) == whole.counted
        assert whole.counted + whole.surplus == whole.credited
        assert 0 <= whole.counted <= quota.minutes
        assert whole.sessions <= quota.sessions


@given(meetings, st.integers(1, 4), st.integers(1, 300))
def test_what_counted_goes_on_counting_whatever_is_credited_later(
    found: list[Credit], topic: int, minutes: int
) -> None:
    before = credit_rules.counted_minutes(found, QUOTAS)
    after = credit_rules.counted_minutes([*found, credit(20_000, topic, minutes, day=400)], QUOTAS)
    assert {place: after[place] for place in before} == before


@given(meetings)
def test_the_order_in_which_rows_come_does_not_matter(found: list[Credit]) -> None:
    assert credit_rules.counted_minutes(found, QUOTAS) == credit_rules.counted_minutes(found[::-1], QUOTAS)
