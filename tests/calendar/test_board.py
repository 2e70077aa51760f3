"""Entries stand on the day on which they begin for the reader, wherever clocks are changed."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from sca_lms.calendar.board import DAY, OffTime, board, midnights, span
from tests.calendar.test_ics import ENTRY

BANGKOK = ZoneInfo("Asia/Bangkok")


def test_a_month_is_shown_in_whole_weeks() -> None:
    assert span(dt.date(2026, 12, 15), whole_month=True) == (dt.date(2026, 11, 30), dt.date(2027, 1, 4))
    shown = board(dt.date(2026, 12, 15), [], [], BANGKOK, whole_month=True)
    assert [len(week) for week in shown.weeks] == [7] * 5
    assert [day.date for day in shown.days if day.in_focus] == [
        dt.date(2026, 12, 1) + number * DAY for number in range(31)
    ]
    assert (shown.earlier, shown.later) == (dt.date(2026, 11, 1), dt.date(2027, 1, 1))
    assert shown.is_empty


def test_a_week_begins_on_monday() -> None:
    shown = board(dt.date(2026, 12, 9), [], [], BANGKOK, whole_month=False)
    assert [shown.days[0].date, shown.days[-1].date] == [dt.date(2026, 12, 7), dt.date(2026, 12, 13)]
    assert (shown.earlier, shown.later) == (dt.date(2026, 11, 30), dt.date(2026, 12, 14))


def test_the_same_entry_stands_on_another_day_elsewhere() -> None:
    late = replace(
        ENTRY,
        starts_at=dt.datetime(2026, 12, 7, 18, tzinfo=dt.UTC),
        ends_at=dt.datetime(2026, 12, 7, 19, tzinfo=dt.UTC),
    )
    for zone, day in (("Asia/Bangkok", 8), ("Europe/Berlin", 7)):
        shown = board(late.starts_at.date(), [late], [], ZoneInfo(zone), whole_month=True)
        assert [each.date.day for each in shown.days if each.entries] == [day]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", dt.date(2027, 3, 14), 23),
        ("America/New_York", dt.date(2027, 11, 7), 25),
        ("Europe/Berlin", dt.date(2027, 3, 28), 23),
        ("Europe/Berlin", dt.date(2027, 10, 31), 25),
    ],
)
def test_a_day_on_which_clocks_are_changed_is_whole(zone: str, day: dt.date, hours: int) -> None:
    place = ZoneInfo(zone)
    start, end = midnights(day, day + DAY, place)
    assert end - start == dt.timedelta(hours=hours)
    entries = [
        replace(ENTRY, uid=f"e{number}", starts_at=start + number * dt.timedelta(hours=1),
                ends_at=start + (number + 1) * dt.timedelta(hours=1))
        for number in range(-1, hours + 1)
    ]  # fmt: skip
    shown = board(day, entries, [], place, whole_month=False)
    (found,) = [each for each in shown.days if each.date == day]
    assert len(found.entries) == hours


def test_a_time_off_stands_on_each_of_its_days() -> None:
    off = OffTime(
        dt.datetime(2026, 12, 7, 17, tzinfo=dt.UTC), dt.datetime(2026, 12, 9, 17, tzinfo=dt.UTC), "ลาพัก"
    )
    shown = board(dt.date(2026, 12, 7), [], [off], BANGKOK, whole_month=False)
    assert [each.date.day for each in shown.days if each.off] == [8, 9]
