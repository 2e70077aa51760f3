"""A timetable adds up for every group, puts nobody into two places, and moves on the wall clock."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.attendance.rules import CountingMode, SessionTimes, counted_periods
from sca_lms.bootcamp.timetable_board import board
from sca_lms.bootcamp.timetable_rules import (
    Clash,
    NotMovableError,
    PlannedSession,
    SumFault,
    Unfit,
    as_mapping,
    clashes,
    digest_of,
    from_mapping,
    minutes_by_day,
    new_clashes,
    publication_faults,
    shifted,
    sum_faults,
    sums,
    weeks_of,
)
from sca_lms.texts import Bilingual

BANGKOK, BERLIN = ZoneInfo("Asia/Bangkok"), ZoneInfo("Europe/Berlin")
MINUTE = dt.timedelta(minutes=1)
MONDAY = dt.datetime(2022, 9, 5, 1, 30, tzinfo=dt.UTC)
GROUPS = ("N", "S", "C")


def a_session(
    code: str = "A",
    start: dt.datetime = MONDAY,
    minutes: int = 120,
    *,
    category: str = "KNO",
    groups: Sequence[str] = (),
    breaks: Sequence[tuple[int, int]] = (),
    room: str = "",
    mode: str = "onsite",
) -> PlannedSession:
    times = SessionTimes(
        start,
        start + minutes * MINUTE,
        tuple((start + first * MINUTE, start + last * MINUTE) for first, last in breaks),
    )
    return PlannedSession(
        code=code, category=category, title=Bilingual("ก", "a"), times=times, groups=tuple(groups), mode=mode,
        venue=Bilingual("", ""), room=room, join_url="", capacity=None,
        counted=tuple(counted_periods(times, counting_mode=CountingMode.NET_CONTACT)),
    )  # fmt: skip


@st.composite
def plans(draw: st.DrawFn) -> list[PlannedSession]:
    """Draw a few sessions on one day, in minutes, for some groups, in a few rooms."""
    found = []
    for number in range(draw(st.integers(1, 7))):
        start = MONDAY + draw(st.integers(0, 300)) * MINUTE
        minutes = draw(st.integers(1, 120))
        first = draw(st.integers(0, minutes))
        last = draw(st.integers(first, minutes))
        found.append(
            a_session(
                f"S{number}",
                start,
                minutes,
                category=draw(st.sampled_from(("KNO", "TEC"))),
                groups=[group for group in GROUPS if draw(st.booleans())],
                breaks=[(first, last)] if first < last else [],
                room=draw(st.sampled_from(("", "1", "2"))),
            )
        )
    return found


def by_the_minute(sessions: Sequence[PlannedSession]) -> set[tuple[frozenset[str], str]]:
    """Tell minute by minute which pairs share people or a room."""
    found: set[tuple[frozenset[str], str]] = set()
    for minute in range(500):
        now = MONDAY + minute * MINUTE
        running = [each for each in sessions if each.times.starts_at <= now < each.times.ends_at]
        for place, first in enumerate(running):
            for second in running[place + 1 :]:
                pair = frozenset({first.code, second.code})
                if any(first.expects(group) and second.expects(group) for group in (*GROUPS, "other")):
                    found.add((pair, "people"))
                if first.room and first.room == second.room:
                    found.add((pair, "room"))
    return found


@given(plans())
def test_clashes_are_those_that_somebody_would_find_minute_by_minute(sessions: list[PlannedSession]) -> None:
    found = {
        (frozenset({each.first, each.second}), "room" if each.is_room else "people")
        for each in clashes(sessions)
    }
    assert found == by_the_minute(sessions)


@given(plans())
def test_sums_are_the_minutes_that_each_group_could_sit_through(sessions: list[PlannedSession]) -> None:
    found = sums(sessions, GROUPS)
    for group in GROUPS:
        for category in ("KNO", "TEC"):
            own = [each for each in sessions if each.category == category and each.expects(group)]
            minutes = sum(
                1
                for each in own
                for minute in range((each.times.ends_at - each.times.starts_at) // MINUTE)
                if not any(
                    start <= each.times.starts_at + minute * MINUTE < end for start, end in each.times.breaks
                )
            )
            assert found[group].get(category, 0) == minutes


@given(plans())
def test_the_order_of_sessions_makes_no_difference(sessions: list[PlannedSession]) -> None:
    turned = list(reversed(sessions))
    assert {(c.first, c.second, c.is_room) for c in clashes(turned)} == {
        (c.first, c.second, c.is_room) for c in clashes(sessions)
    }
    required = {"KNO": 60, "TEC": 60}
    assert sum_faults(turned, required=required, groups=GROUPS) == sum_faults(
        sessions, required=required, groups=GROUPS
    )


@given(plans())
def test_what_adds_up_without_a_clash_may_be_published_and_nothing_else(
    sessions: list[PlannedSession],
) -> None:
    planned = sums(sessions, GROUPS)
    required = {category: planned["N"].get(category, 0) for category in ("KNO", "TEC")}
    adds_up = all(
        planned[group].get(category, 0) == minutes
        for group in GROUPS
        for category, minutes in required.items()
    )
    fine = adds_up and not by_the_minute(sessions) and all(each.minutes for each in sessions)
    assert (publication_faults(sessions, required=required, groups=GROUPS) == []) is fine


def test_every_fault_is_named_at_once() -> None:
    sessions = [
        a_session("A", category="KNO", groups=("N",), room="1"),
        a_session("B", MONDAY + 60 * MINUTE, category="KNO", room="1"),
        a_session("C", MONDAY + 600 * MINUTE, 30, breaks=[(0, 30)]),
        a_session("D", MONDAY + 700 * MINUTE, category="XXX"),
        a_session("E", MONDAY + 900 * MINUTE, groups=("Z",)),
    ]
    found = publication_faults(sessions, required={"KNO": 120, "TEC": 60}, groups=GROUPS)
    assert found == [
        Unfit("C"),
        Unfit("D", category="XXX"),
        Unfit("E", groups=("Z",)),
        SumFault("KNO", 240, 120, ("N",)),
        SumFault("TEC", 0, 60),
        Clash("A", "B", (MONDAY + 60 * MINUTE, MONDAY + 120 * MINUTE), ("N",)),
        Clash("A", "B", (MONDAY + 60 * MINUTE, MONDAY + 120 * MINUTE), is_room=True),
    ]


def test_sessions_that_touch_do_not_clash_and_rooms_have_one_spelling() -> None:
    first, second = a_session("A", room="ห้อง 1"), a_session("B", MONDAY + 120 * MINUTE, room="ห้อง 1")
    assert clashes([first, second]) == []
    beside = replace(a_session("B", groups=("S",), room=" ห้อง  1 "))
    assert [clash.is_room for clash in clashes([replace(first, groups=("N",)), beside])] == [True]
    online = [a_session(code, groups=(group,), mode="online") for code, group in (("A", "N"), ("B", "S"))]
    assert clashes(online) == []


def test_a_change_is_not_blamed_for_clashes_that_were_there_before() -> None:
    first, second, third = a_session("A"), a_session("B"), a_session("C", MONDAY + 600 * MINUTE)
    assert new_clashes([first, second, third], [first, second, third]) == []
    moved = replace(third, times=first.times)
    brought = new_clashes([first, second, third], [first, second, moved])
    assert {(each.first, each.second) for each in brought} == {("A", "C"), ("B", "C")}


# ---------------------------------------------------------------- the wall clock


@given(st.integers(-40, 40), st.integers(-1440, 1440))
def test_moving_forth_and_back_on_a_clock_without_summer_time_is_staying(days: int, minutes: int) -> None:
    times = a_session(breaks=[(30, 45)]).times
    there = shifted(times, BANGKOK, days=days, minutes=minutes)
    assert there.starts_at - times.starts_at == dt.timedelta(days=days, minutes=minutes)
    assert shifted(there, BANGKOK, days=-days, minutes=-minutes) == times


def test_a_session_keeps_its_time_of_day_when_it_moves_past_a_change_of_the_clocks() -> None:
    start = dt.datetime(2022, 10, 28, 9, tzinfo=BERLIN).astimezone(dt.UTC)
    later = shifted(a_session(start=start, breaks=[(30, 45)]).times, BERLIN, days=3)
    assert f"{later.starts_at.astimezone(BERLIN):%Y-%m-%d %H:%M}" == "2022-10-31 09:00"
    assert later.ends_at.astimezone(BERLIN).hour == 11
    assert later.starts_at - start == dt.timedelta(days=3, hours=1)
    assert later.breaks[0][0] - later.starts_at == 30 * MINUTE


def test_a_time_that_the_clocks_skip_becomes_the_one_they_show() -> None:
    start = dt.datetime(2022, 3, 26, 2, 15, tzinfo=BERLIN).astimezone(dt.UTC)
    moved = shifted(a_session(start=start).times, BERLIN, days=1)
    assert f"{moved.starts_at.astimezone(BERLIN):%Y-%m-%d %H:%M}" == "2022-03-27 03:15"
    assert moved.starts_at < moved.ends_at


def test_nothing_is_moved_out_of_the_calendar_or_inside_out() -> None:
    early = a_session(start=dt.datetime(1, 1, 2, tzinfo=dt.UTC)).times
    with pytest.raises(NotMovableError):
        shifted(early, BANGKOK, days=-366)
    start = dt.datetime(2022, 3, 26, 1, 30, tzinfo=BERLIN).astimezone(dt.UTC)
    short = a_session(start=start, minutes=90).times
    moved = shifted(short, BERLIN, days=1)
    assert (moved.ends_at - moved.starts_at) == 30 * MINUTE


def test_a_session_over_midnight_counts_on_both_days_and_begins_a_week_once() -> None:
    start = dt.datetime(2022, 9, 11, 22, tzinfo=BANGKOK).astimezone(dt.UTC)
    session = a_session(start=start, minutes=240, breaks=[(90, 150)])
    assert minutes_by_day([session], BANGKOK) == {dt.date(2022, 9, 11): 90, dt.date(2022, 9, 12): 90}
    assert weeks_of([start], BANGKOK) == [dt.date(2022, 9, 5)]


@given(plans())
def test_the_minutes_of_all_days_are_the_minutes_of_all_sessions(sessions: list[PlannedSession]) -> None:
    assert sum(minutes_by_day(sessions, BERLIN).values()) == sum(each.minutes for each in sessions)


@given(plans())
def test_on_the_grid_no_session_lies_on_another_and_each_is_there_once(
    sessions: list[PlannedSession],
) -> None:
    grid = board(sessions, BANGKOK, dt.date(2022, 9, 5), whole_week=True)
    slots = [slot for column in grid.columns for slot in column.slots]
    assert sorted(slot.session.code for slot in slots) == sorted(each.code for each in sessions)
    cells: set[tuple[int, int]] = set()
    for slot in slots:
        own = {(slot.lane, row) for row in range(slot.row, slot.row + slot.rows)}
        assert not own & cells
        assert 1 <= slot.row <= grid.rows - slot.rows + 1
        cells |= own
    assert grid.rows % 4 == 0
    assert len(grid.columns) == 7


def test_the_grid_ends_a_session_at_midnight_and_leaves_an_empty_weekend_out() -> None:
    late = a_session(start=dt.datetime(2022, 9, 5, 22, tzinfo=BANGKOK).astimezone(dt.UTC), minutes=300)
    grid = board([late], BANGKOK, dt.date(2022, 9, 5), whole_week=False)
    (slot,) = grid.columns[0].slots
    assert (slot.row, slot.rows, grid.rows) == (57, 8, 64)
    assert len(grid.columns) == 5
    saturday = a_session(start=MONDAY + dt.timedelta(days=5))
    assert len(board([saturday], BANGKOK, dt.date(2022, 9, 5), whole_week=False).columns) == 6


# ---------------------------------------------------------------- values that travel


@given(plans())
def test_a_session_as_values_is_the_session_again(sessions: list[PlannedSession]) -> None:
    for session in sessions:
        assert from_mapping(as_mapping(session)) == session


def test_a_digest_differs_as_soon_as_anything_does() -> None:
    session = a_session()
    other = replace(session, room="2")
    assert digest_of(as_mapping(session)) == digest_of(as_mapping(a_session()))
    assert digest_of(as_mapping(session)) != digest_of(as_mapping(other))
