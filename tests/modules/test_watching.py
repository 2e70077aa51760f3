"""What was watched of a video is the union of the parts that were played."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.modules.watching import (
    WatchReport,
    WatchReportError,
    parse_report,
    total_seconds,
    united,
    watched_enough_at,
    watched_percent,
)

START = dt.datetime(2022, 8, 25, 12, 0, tzinfo=dt.UTC)

edges = st.integers(min_value=0, max_value=300)
intervals = st.lists(st.tuples(edges, edges), max_size=8)
reports = st.builds(
    lambda parts, length: WatchReport(tuple(parts), length),
    intervals,
    st.integers(min_value=1, max_value=300),
)


@pytest.mark.parametrize(
    ("parts", "merged"),
    [
        ([], []),
        ([(5, 5)], []),
        ([(9, 3)], []),
        ([(0, 10), (10, 20)], [(0, 20)]),
        ([(15, 20), (0, 10), (5, 12)], [(0, 12), (15, 20)]),
        ([(0, 30), (10, 20)], [(0, 30)]),
    ],
)
def test_parts_that_overlap_or_touch_become_one(
    parts: list[tuple[int, int]], merged: list[tuple[int, int]]
) -> None:
    assert united(parts) == merged


@given(intervals)
def test_a_second_counts_once_however_often_it_was_played(parts: list[tuple[int, int]]) -> None:
    played = {second for start, end in parts for second in range(start, end)}
    assert total_seconds([*parts, *parts]) == len(played)


def test_watching_the_beginning_ten_times_is_not_watching_the_video() -> None:
    again_and_again = [WatchReport(((0, 30),), 300)] * 10
    assert watched_percent(again_and_again) == 10


def test_the_percentage_is_rounded_down_so_that_89_9_is_not_yet_90() -> None:
    assert watched_percent([WatchReport(((0, 899),), 1000)]) == 89


def test_nothing_reported_is_nothing_watched() -> None:
    assert watched_percent([]) == 0
    assert watched_enough_at([]) is None


@given(st.lists(reports, max_size=6), reports)
def test_one_more_report_never_takes_anything_away(known: list[WatchReport], more: WatchReport) -> None:
    assert watched_percent([*known, more]) >= watched_percent(known)


@given(st.lists(reports, max_size=8))
def test_it_was_enough_at_the_first_report_that_reached_the_share(known: list[WatchReport]) -> None:
    timed = [(START + dt.timedelta(minutes=minute), report) for minute, report in enumerate(known)]
    expected = next(
        (at for count, (at, _report) in enumerate(timed, 1) if watched_percent(known[:count]) >= 90), None
    )
    assert watched_enough_at(timed) == watched_enough_at(timed[::-1]) == expected


def test_a_video_replaced_by_a_longer_one_takes_nothing_away() -> None:
    assert watched_percent([WatchReport(((0, 95),), 100), WatchReport(((0, 5),), 900)]) == 95


def test_a_report_of_our_player_is_read_and_tidied() -> None:
    report = parse_report({"intervals": [[10, 20], [0, 12], [95, 130]], "duration": 100, "position": 120})
    assert report == WatchReport(((0, 20), (95, 100)), 100, 100)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        "watched",
        {},
        {"intervals": [], "duration": 0},
        {"intervals": [], "duration": True},
        {"intervals": [], "duration": 1e9},
        {"intervals": [], "duration": 10**12},
        {"intervals": "0-10", "duration": 100},
        {"intervals": [[0, 10, 20]], "duration": 100},
        {"intervals": [[10, 0]], "duration": 100},
        {"intervals": [[-5, 10]], "duration": 100},
        {"intervals": [["0", "10"]], "duration": 100},
        {"intervals": [[120, 130]], "duration": 100},
        {"intervals": [[0, 1]] * 201, "duration": 100},
        {"intervals": [[0, 10]], "duration": 100, "position": -1},
    ],
)
def test_what_no_player_of_ours_sends_is_refused(sent: object) -> None:
    with pytest.raises(WatchReportError):
        parse_report(sent)
