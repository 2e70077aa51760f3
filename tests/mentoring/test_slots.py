"""Free slots are what the week leaves free on the wall clock of the captain's zone, whatever it does."""

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.calendar.rules import CELL, cells_of
from sca_lms.mentoring import availability_rules, slots
from sca_lms.mentoring.availability_rules import Span, SpanFault, Spot, clashing, copied, merged, span_of
from sca_lms.mentoring.slots import Hours, Misfit, Slot, Taken, Terms

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
ZONES = ("Asia/Bangkok", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
TERMS = Terms(slot_minutes=90, buffer_minutes=15, notice_hours=0)
FREE = Taken(frozenset())


def wall(zone: str, year: int, month: int, day: int, hour: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


def on_day(zone: str, first: int, last: int, day: dt.date) -> list[Slot]:
    hours = [Hours(day.weekday(), first, last, zone)]
    begins = dt.datetime.combine(day, dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)
    opened = slots.open_cells(hours, begins - DAY, begins + 2 * DAY)
    return slots.slots(opened, FREE, Terms(30, 0, 0), at=begins - 7 * DAY)


def shown(found: list[Slot], zone: str) -> list[str]:
    return [f"{each.starts_at.astimezone(ZoneInfo(zone)):%H:%M}" for each in found]


def test_slots_lie_behind_each_other_with_the_buffer_between() -> None:
    monday = wall("Asia/Bangkok", 2022, 10, 3)
    opened = slots.open_cells([Hours(0, 540, 780, "Asia/Bangkok")], monday, monday + DAY)
    found = slots.slots(opened, FREE, TERMS, at=wall("Asia/Bangkok", 2022, 10, 1))
    assert shown(found, "Asia/Bangkok") == ["09:00", "10:45"]


def test_an_hour_that_summer_time_skips_is_not_offered() -> None:
    found = on_day("Europe/Berlin", 60, 240, dt.date(2023, 3, 26))
    assert shown(found, "Europe/Berlin") == ["01:00", "01:30", "03:00", "03:30"]


def test_an_hour_that_comes_twice_can_be_booked_twice() -> None:
    found = on_day("Europe/Berlin", 120, 180, dt.date(2023, 10, 29))
    assert shown(found, "Europe/Berlin") == ["02:00", "02:30", "02:00", "02:30"]
    assert len({each.starts_at for each in found}) == 4


def test_a_clock_that_turns_by_half_an_hour_is_followed() -> None:
    found = on_day("Australia/Lord_Howe", 60, 210, dt.date(2023, 10, 1))
    assert shown(found, "Australia/Lord_Howe") == ["01:00", "01:30", "02:30", "03:00"]


def test_nine_stays_nine_on_both_sides_of_a_change() -> None:
    hours = [Hours(day, 540, 600, "Europe/Berlin") for day in range(7)]
    opened = slots.open_cells(hours, wall("Europe/Berlin", 2023, 3, 20), wall("Europe/Berlin", 2023, 4, 2))
    found = slots.slots(opened, FREE, Terms(60, 0, 0), at=wall("Europe/Berlin", 2023, 3, 1))
    assert set(shown(found, "Europe/Berlin")) == {"09:00"}
    assert {each.starts_at.hour for each in found} == {8, 7}


def test_the_reader_s_day_decides_where_a_slot_stands() -> None:
    slot = Slot(wall("Asia/Bangkok", 2022, 10, 4, 2), wall("Asia/Bangkok", 2022, 10, 4, 3))
    assert list(slots.by_day([slot], ZoneInfo("Asia/Bangkok"))) == [dt.date(2022, 10, 4)]
    assert list(slots.by_day([slot], ZoneInfo("Europe/Berlin"))) == [dt.date(2022, 10, 3)]


def test_instead_of_a_taken_slot_the_next_three_are_offered_or_the_last_before() -> None:
    start = wall("Asia/Bangkok", 2022, 10, 3, 9)
    found = [Slot(start + number * HOUR, start + (number + 1) * HOUR) for number in range(6)]
    assert slots.next_slots(found, start + 2 * HOUR) == found[2:5]
    assert slots.next_slots(found, start + 9 * HOUR) == found[3:]
    assert slots.next_slots([], start) == []


MOMENTS = st.integers(0, 330 * 96).map(lambda number: dt.datetime(2023, 1, 1, tzinfo=dt.UTC) + number * CELL)


@st.composite
def weeks(draw: st.DrawFn) -> list[Hours]:
    zone = draw(st.sampled_from(ZONES))
    quarters = draw(
        st.lists(st.tuples(st.integers(0, 6), st.integers(0, 95), st.integers(1, 40)), min_size=1, max_size=6)
    )
    return [Hours(day, first * 15, min(96, first + length) * 15, zone) for day, first, length in quarters]


@st.composite
def takings(draw: st.DrawFn, first: dt.datetime) -> frozenset[dt.datetime]:
    numbers = draw(st.sets(st.integers(0, 96 * 5), max_size=30))
    return frozenset(first + number * CELL for number in numbers)


@given(weeks(), MOMENTS, st.data(), st.integers(1, 8), st.integers(0, 45), st.integers(0, 48))
def test_whatever_is_offered_is_free_within_the_hours_and_fits(
    hours: list[Hours], first: dt.datetime, data: st.DataObject, quarters: int, buffer: int, notice: int
) -> None:
    taken = Taken(data.draw(takings(first)), data.draw(takings(first)))
    terms = Terms(quarters * 15, buffer, notice)
    opened = slots.open_cells(hours, first, first + 4 * DAY)
    found = slots.slots(opened, taken, terms, at=first)
    for each in found:
        assert each.ends_at - each.starts_at == terms.slot_minutes * MINUTE
        assert each.starts_at >= first + notice * HOUR
        for cell in cells_of(each.starts_at, each.ends_at):
            local = cell.astimezone(ZoneInfo(hours[0].zone))
            minute = local.hour * 60 + local.minute
            assert any(
                one.weekday == local.weekday() and one.begins_minute <= minute < one.ends_minute
                for one in hours
            )
            assert cell not in taken.others
        assert not set(cells_of(each.starts_at, each.ends_at, buffer)) & set(taken.captain)
        assert slots.misfit(each.starts_at, terms.slot_minutes, opened, taken, terms, at=first) is None
    for one, next_one in pairwise(found):
        assert one.ends_at + buffer * MINUTE <= next_one.starts_at


@given(weeks(), MOMENTS, st.data(), st.integers(1, 8))
def test_a_stretch_in_which_a_slot_fits_offers_one(
    hours: list[Hours], first: dt.datetime, data: st.DataObject, quarters: int
) -> None:
    taken = Taken(data.draw(takings(first)))
    opened = slots.open_cells(hours, first, first + 4 * DAY)
    found = slots.slots(opened, taken, Terms(quarters * 15, 0, 0), at=first)
    free = {cell for cell in opened if cell not in taken.captain}
    for cell in free:
        behind = [cell + number * CELL for number in range(quarters)]
        if all(each in free for each in behind):
            assert any(each.starts_at < behind[-1] + CELL and each.ends_at > cell for each in found), (
                "something near it can be booked"
            )


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param(dt.timedelta(minutes=7), Misfit.UNEVEN, id="between quarters"),
        pytest.param(-2 * HOUR, Misfit.OUTSIDE, id="before the hours"),
        pytest.param(HOUR, Misfit.TAKEN, id="taken"),
        pytest.param(2 * HOUR, Misfit.TAKEN, id="its buffer is taken"),
        pytest.param(-3 * DAY, Misfit.TOO_SOON, id="too soon"),
        pytest.param(70 * DAY, Misfit.TOO_FAR, id="too far"),
        pytest.param(5 * HOUR, None, id="free"),
    ],
)
def test_why_a_time_cannot_be_booked(start: dt.timedelta, expected: Misfit | None) -> None:
    nine = wall("Asia/Bangkok", 2022, 10, 3, 9)
    opened = slots.open_cells([Hours(0, 540, 1080, "Asia/Bangkok")], nine - 4 * DAY, nine + DAY)
    taken = Taken({nine + HOUR, nine + 3 * HOUR + 30 * MINUTE})
    terms = Terms(90, 15, 24)
    assert slots.misfit(nine + start, 90, opened, taken, terms, at=nine - 2 * DAY) is expected


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        (None, None, None),
        ("09:00", None, SpanFault.HALF),
        (None, "09:00", SpanFault.HALF),
        ("09:00", "12:00", Span(540, 720)),
        ("09:00", "09:00", SpanFault.BACKWARDS),
        ("12:00", "09:00", SpanFault.BACKWARDS),
        ("09:10", "12:00", SpanFault.UNEVEN),
        ("22:00", "00:00", Span(1320, 1440)),
        ("00:00", "00:00", Span(0, 1440)),
    ],
)
def test_a_line_of_the_week(begins: str | None, ends: str | None, expected: Span | SpanFault | None) -> None:
    times = [dt.time.fromisoformat(each) if each else None for each in (begins, ends)]
    assert span_of(times[0], times[1]) == expected


def test_times_that_touch_become_one() -> None:
    found = merged([Span(600, 660), Span(540, 600), Span(700, 720), Span(650, 660)])
    assert found == [Span(540, 660), Span(700, 720)]


def test_times_at_two_places_stay_two_and_never_overlap() -> None:
    hall = Spot("City hall")
    assert merged([Span(540, 600), Span(600, 660, hall)]) == [Span(540, 600), Span(600, 660, hall)]
    assert merged([Span(540, 630), Span(600, 660, hall), Span(610, 620)]) == [
        Span(540, 630), Span(630, 660, hall)
    ]  # fmt: skip
    assert clashing([Span(540, 600), Span(600, 660, hall)]) is None
    assert clashing([Span(600, 660, hall), Span(540, 630)]) == Span(600, 660, hall)
    assert clashing([Span(540, 720), Span(560, 600), Span(600, 660, hall)]) == Span(600, 660, hall)


def test_no_slot_lies_at_two_places() -> None:
    hours = [Hours(0, 540, 600, "UTC", "A"), Hours(0, 600, 690, "UTC", "B", "https://b.example.org")]
    monday = dt.datetime(2022, 10, 3, tzinfo=dt.UTC)
    opened = slots.open_cells(hours, monday, monday + dt.timedelta(days=1))
    found = slots.slots(opened, FREE, Terms(45, 0, 0), at=monday)
    assert [(each.starts_at.hour * 60 + each.starts_at.minute, each.place) for each in found] == [
        (540, "A"), (600, "B"), (645, "B")
    ]  # fmt: skip


def test_a_day_is_copied_to_others_and_the_rest_stays() -> None:
    hall = Span(540, 600, Spot("City hall"))
    week = copied({0: [hall], 2: [Span(0, 60)], 6: [Span(60, 120)]}, 0, {1, 2})
    assert week[1] == week[2] == week[0] == [hall]
    assert week[6] == [Span(60, 120)]
    assert availability_rules.minutes_of(week) == 240
