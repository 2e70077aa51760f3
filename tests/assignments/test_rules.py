"""Due dates with extensions, begun days, penalties and states."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.assignments import rules
from sca_lms.assignments.rules import Opening, OwnTimes, Terms, WorkState
from tests.assignments.builders import CLOSE, DAY, DUE, HOUR, NINE

SECOND = dt.timedelta(seconds=1)
TERMS = Terms(
    opens_at=NINE, due_at=DUE, closes_at=CLOSE,
    late_percent_per_day=Decimal(10), late_percent_at_most=Decimal(25),
)  # fmt: skip
# Hypothesis adds the zone itself.
EARLIEST, LATEST = (moment.replace(tzinfo=None) for moment in (NINE, NINE + 3000 * DAY))
moments = st.datetimes(min_value=EARLIEST, max_value=LATEST, timezones=st.just(dt.UTC))
percents = st.decimals(min_value=0, max_value=100, places=2)


@pytest.mark.parametrize(
    ("after", "days", "lost"),
    [
        (-HOUR, 0, "0"), (dt.timedelta(0), 0, "0"), (SECOND, 1, "10"), (DAY, 1, "10"),
        (DAY + SECOND, 2, "20"), (2 * DAY + SECOND, 3, "25"), (30 * DAY, 30, "25"),
    ],
)  # fmt: skip
def test_every_begun_day_costs_up_to_the_most(after: dt.timedelta, days: int, lost: str) -> None:
    assert rules.late_days(DUE + after, DUE) == days
    assert rules.late_penalty_percent(DUE + after, DUE, TERMS) == Decimal(lost)


def test_without_a_due_date_nothing_is_late() -> None:
    assert rules.late_days(CLOSE, None) == 0
    assert not rules.is_late(CLOSE, None)


@pytest.mark.parametrize(
    ("points", "lost", "left"),
    [("80", "0", "80"), ("80", "20", "60"), ("10", "20", "0"), ("100", "100", "0")],
)
def test_a_penalty_is_a_share_of_the_maximum_and_never_goes_below_nothing(
    points: str, lost: str, left: str
) -> None:
    found = rules.points_after_penalty(Decimal(points), max_score=Decimal(100), penalty_percent=Decimal(lost))
    assert found == Decimal(left)


@pytest.mark.parametrize(
    ("until", "due", "close", "extended"),
    [
        (None, DUE, CLOSE, False),
        (DUE + DAY, DUE + DAY, CLOSE, True),
        (CLOSE + DAY, CLOSE + DAY, CLOSE + DAY, True),
        (DUE - HOUR, DUE, CLOSE, False),
    ],
)
def test_an_extension_moves_the_due_date_and_the_close_at_least_as_far(
    until: dt.datetime | None, due: dt.datetime, close: dt.datetime, extended: bool
) -> None:
    assert rules.own_times(TERMS, until) == OwnTimes(NINE, due, close, extended)


def test_an_extension_of_what_is_never_due_moves_the_close_alone() -> None:
    times = rules.own_times(Terms(closes_at=CLOSE), CLOSE + DAY)
    assert (times.due_at, times.closes_at) == (None, CLOSE + DAY)


@given(due=st.none() | moments, close=st.none() | moments, until=st.none() | moments)
def test_an_extension_never_takes_time_away(
    due: dt.datetime | None, close: dt.datetime | None, until: dt.datetime | None
) -> None:
    times = rules.own_times(Terms(due_at=due, closes_at=close), until)
    assert (times.due_at is None) == (due is None)
    assert (times.closes_at is None) == (close is None)
    assert due is None or times.due_at is None or times.due_at >= due
    assert close is None or times.closes_at is None or times.closes_at >= close
    if until is not None and times.closes_at is not None:
        assert times.closes_at >= until


@given(earlier=moments, later=moments, due=moments, per_day=percents, most=percents)
def test_who_comes_later_never_loses_less(
    earlier: dt.datetime, later: dt.datetime, due: dt.datetime, per_day: Decimal, most: Decimal
) -> None:
    terms = Terms(due_at=due, late_percent_per_day=per_day, late_percent_at_most=most)
    first, last = sorted((earlier, later))
    lost = [rules.late_penalty_percent(moment, due, terms) for moment in (first, last)]
    assert 0 <= lost[0] <= lost[1] <= most


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        (NINE - SECOND, Opening.NOT_YET), (NINE, Opening.OPEN), (DUE, Opening.OPEN),
        (DUE + SECOND, Opening.LATE), (CLOSE, Opening.LATE), (CLOSE + SECOND, Opening.CLOSED),
    ],
)  # fmt: skip
def test_the_moment_of_a_limit_still_belongs_before_it(at: dt.datetime, opening: Opening) -> None:
    assert rules.opening(rules.own_times(TERMS, None), at=at) is opening


@pytest.mark.parametrize(
    ("at", "has_draft", "handed_in_at", "is_marked", "state"),
    [
        (NINE - SECOND, False, None, False, WorkState.NOT_YET),
        (NINE, False, None, False, WorkState.TO_DO),
        (NINE, True, None, False, WorkState.STARTED),
        (DUE + HOUR, True, None, False, WorkState.OVERDUE),
        (CLOSE + HOUR, True, None, False, WorkState.MISSED),
        (CLOSE + HOUR, True, DUE, False, WorkState.HANDED_IN),
        (CLOSE + HOUR, True, DUE + SECOND, False, WorkState.HANDED_IN_LATE),
        (CLOSE + HOUR, True, DUE + SECOND, True, WorkState.MARKED),
    ],
)
def test_a_work_stands_where_its_times_and_its_last_version_put_it(
    at: dt.datetime, has_draft: bool, handed_in_at: dt.datetime | None, is_marked: bool, state: WorkState
) -> None:
    times = rules.own_times(TERMS, None)
    found = rules.state(times, has_draft=has_draft, handed_in_at=handed_in_at, is_marked=is_marked, at=at)
    assert found is state


def test_versions_run_out_only_where_there_is_a_limit() -> None:
    assert rules.versions_left(Terms(), used=50) is None
    assert [rules.versions_left(Terms(most_versions=2), used=used) for used in (0, 2, 3)] == [2, 0, 0]
