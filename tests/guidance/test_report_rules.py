"""Reports are due at six in the morning where the course is, also over midnight and the ends of months."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.guidance.report_rules import next_monthly, next_weekly

BANGKOK = ZoneInfo("Asia/Bangkok")
MONDAY, SUNDAY = 0, 6


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("after", "due"),
    [
        # 22:59 UTC on Sunday is 05:59 on Monday in Bangkok: the same morning.
        ("2022-09-04T22:59", "2022-09-04T23:00"),
        ("2022-09-04T23:00", "2022-09-11T23:00"),
        # Sunday evening there, still before midnight.
        ("2022-09-04T16:59", "2022-09-04T23:00"),
        # Over the end of a year.
        ("2022-12-27T00:00", "2023-01-01T23:00"),
    ],
)
def test_a_weekly_report_is_due_on_its_next_morning(after: str, due: str) -> None:
    assert next_weekly(MONDAY, after=utc(after), zone=BANGKOK) == utc(due)


@pytest.mark.parametrize(
    ("day", "after", "due"),
    [
        (28, "2023-01-29T00:00", "2023-02-27T23:00"),
        (1, "2022-12-31T22:59", "2022-12-31T23:00"),
        (1, "2022-12-31T23:00", "2023-01-31T23:00"),
        (15, "2022-11-30T18:00", "2022-12-14T23:00"),
        (28, "2024-02-28T00:00", "2024-03-27T23:00"),
    ],
)
def test_a_monthly_report_is_due_on_its_day_of_every_month(day: int, after: str, due: str) -> None:
    assert next_monthly(day, after=utc(after), zone=BANGKOK) == utc(due)


def test_summer_time_does_not_move_the_hour_on_the_wall() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = next_weekly(SUNDAY, after=utc("2023-03-20T12:00"), zone=berlin)
    assert before.astimezone(berlin).time() == dt.time(6, 0)
    assert before == utc("2023-03-26T04:00")
    assert next_weekly(SUNDAY, after=utc("2023-03-13T12:00"), zone=berlin) == utc("2023-03-19T05:00")


MOMENTS = st.datetimes(
    dt.datetime(2022, 1, 1),  # noqa: DTZ001 - The strategy adds the zone.
    dt.datetime(2030, 1, 1),  # noqa: DTZ001 - As above.
    timezones=st.just(dt.UTC),
)


@given(st.integers(0, 6), st.integers(1, 28), MOMENTS)
def test_what_is_next_is_later_and_not_too_late(weekday: int, day: int, after: dt.datetime) -> None:
    weekly = next_weekly(weekday, after=after, zone=BANGKOK)
    monthly = next_monthly(day, after=after, zone=BANGKOK)
    assert after < weekly <= after + dt.timedelta(days=7)
    assert after < monthly <= after + dt.timedelta(days=31)
    assert weekly.astimezone(BANGKOK).weekday() == weekday
    assert monthly.astimezone(BANGKOK).day == day
