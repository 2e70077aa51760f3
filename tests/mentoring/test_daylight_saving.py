"""Weekly hours and meetings on both sides of the night in which the clocks change."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.mentoring import availability, booking
from sca_lms.mentoring.availability import Habit
from sca_lms.mentoring.availability_rules import Span
from tests.mentoring.bookings import HOUR, NOW, Booking

QUARTER = dt.timedelta(minutes=15)
BERLIN = ZoneInfo("Europe/Berlin")


def in_berlin(month: int, day: int, hour: int, *, fold: int = 0, year: int = 2022) -> dt.datetime:
    return dt.datetime(year, month, day, hour, tzinfo=BERLIN, fold=fold).astimezone(dt.UTC)


def keeps(case: Booking, **hours: tuple[int, int]) -> None:
    """Let the captain keep hours of a week in Berlin: `sunday=(1, 4)`."""
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    week = {days.index(day): [Span(first * 60, last * 60)] for day, (first, last) in hours.items()}
    availability.set_habit(case.course, case.captain, Habit(week, "Europe/Berlin", "", ""), at=NOW)


def test_the_hour_that_autumn_repeats_is_booked_twice_by_two_requests(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            case.terms.buffer_minutes = 0
            keeps(case, sunday=(2, 3))
        first, second = in_berlin(10, 30, 2), in_berlin(10, 30, 2, fold=1)
        assert second - first == HOUR
        with transaction():
            early = case.ask(start=first, minutes=60)
            late = case.ask(start=second, minutes=60)
        assert (early.ends_at, late.starts_at) == (second, second)
        with pytest.raises(Refused), transaction():
            case.ask(start=first + QUARTER, minutes=30)


def test_the_hour_that_spring_skips_cannot_be_booked(app: Flask) -> None:
    spring = dt.datetime(2023, 3, 20, tzinfo=dt.UTC)
    with app.app_context():
        with transaction():
            case = Booking()
            keeps(case, sunday=(2, 4))
        # Two o'clock does not exist on that Sunday: the clock goes from 01:59 to 03:00.
        with transaction():
            asked = case.ask(start=in_berlin(3, 26, 3, year=2023), minutes=60, at=spring)
        assert asked.starts_at == dt.datetime(2023, 3, 26, 1, tzinfo=dt.UTC)
        with pytest.raises(booking.SlotNotFree), transaction():
            case.ask(start=asked.starts_at - HOUR, minutes=60, at=spring)


def test_nine_in_berlin_is_nine_before_and_after_the_clocks_change(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            keeps(case, thursday=(9, 12))
        with transaction():
            before = case.ask(start=in_berlin(10, 27, 9))
            after = case.ask(start=in_berlin(11, 3, 9))
        assert [each.starts_at.hour for each in (before, after)] == [7, 8]
        with transaction():
            case.cancel(after, case.ambassador)
        with pytest.raises(booking.SlotNotFree), transaction():
            case.ask(start=dt.datetime(2022, 11, 3, 7, tzinfo=dt.UTC))
