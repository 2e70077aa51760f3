"""A period is cut into the quarters of an hour that it touches."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.calendar.rules import CELL, cell_of, cells_of, is_expected, window_of
from tests.calendar.desk import clock_time

MOMENTS = st.datetimes(
    min_value=dt.datetime.fromisoformat("1960-01-01"),
    max_value=dt.datetime.fromisoformat("2200-01-01"),
    timezones=st.just(dt.UTC),
)
LENGTHS = st.timedeltas(min_value=dt.timedelta(microseconds=1), max_value=dt.timedelta(days=3))


def test_an_hour_has_four_quarters() -> None:
    assert cells_of(clock_time(9), clock_time(10)) == [clock_time(9, minute) for minute in (0, 15, 30, 45)]


def test_what_is_only_touched_is_taken_whole() -> None:
    assert cells_of(clock_time(9, 14), clock_time(9, 31)) == [
        clock_time(9), clock_time(9, 15), clock_time(9, 30)
    ]  # fmt: skip


def test_a_buffer_lies_behind_the_end() -> None:
    assert cells_of(clock_time(9), clock_time(9, 30), 10)[-1] == clock_time(9, 30)
    assert cells_of(clock_time(9), clock_time(9, 30), 0)[-1] == clock_time(9, 15)


def test_a_period_that_ends_as_it_begins_is_none() -> None:
    with pytest.raises(ValueError, match="ends after it begins"):
        cells_of(clock_time(9), clock_time(9))


def test_a_wall_time_is_cut_in_utc() -> None:
    kathmandu = dt.timezone(dt.timedelta(hours=5, minutes=45))
    assert cell_of(dt.datetime(2026, 12, 7, 9, 50, tzinfo=kathmandu)) == clock_time(4)


@given(start=MOMENTS, length=LENGTHS, buffer=st.integers(0, 1440))
def test_the_quarters_hold_the_period_and_nothing_that_it_does_not_touch(
    start: dt.datetime, length: dt.timedelta, buffer: int
) -> None:
    end = start + length + dt.timedelta(minutes=buffer)
    cells = cells_of(start, start + length, buffer)
    assert cells[0] <= start < cells[0] + CELL
    assert cells[-1] < end <= cells[-1] + CELL
    assert cells == [cells[0] + number * CELL for number in range(len(cells))]
    assert all(cell_of(cell) == cell for cell in cells)
    assert window_of([(start, end)]) == (cells[0], cells[-1] + CELL)


@given(start=MOMENTS, first=LENGTHS, second=LENGTHS)
def test_two_periods_share_a_quarter_when_they_overlap(
    start: dt.datetime, first: dt.timedelta, second: dt.timedelta
) -> None:
    overlapping = set(cells_of(start, start + first)) & set(cells_of(start, start + second))
    assert overlapping
    behind = cells_of(start + first, start + first + second)
    assert set(cells_of(start, start + first)) & set(behind) <= {behind[0]}


def test_a_class_without_groups_expects_everybody() -> None:
    assert is_expected("A", ())
    assert is_expected("A", ["A", "B"])
    assert not is_expected("", ["A", "B"])
