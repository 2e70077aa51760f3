"""What was watched of a video is the union of the parts that were played."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.modules.watching import (
    WatchReport,
    WatchReportError,
    parse_length,
    parse_report,
    total_seconds,
    united,
    watched_enough_at,
    watched_percent,
    within,
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


@given(st.lists(reports, max_size=6), reports, st.integers(min_value=1, max_value=300))
def test_one_more_report_never_takes_anything_away(
    known: list[WatchReport], more: WatchReport, length: int
) -> None:
    assert watched_percent([*known, more], length=length) >= watched_percent(known, length=length)


@given(st.lists(reports, max_size=8), st.integers(min_value=1, max_value=300) | st.none())
def test_it_was_enough_at_the_first_report_that_reached_the_share(
    known: list[WatchReport], length: int | None
) -> None:
    timed = [(START + dt.timedelta(minutes=minute), report) for minute, report in enumerate(known)]
    whole = length or max((report.duration_seconds for report in known), default=1)
    expected = next(
        (
            at
            for count, (at, _report) in enumerate(timed, 1)
            if watched_percent(known[:count], length=whole) >= 90
        ),
        None,
    )
    assert (
        watched_enough_at(timed, length=length) == watched_enough_at(timed[::-1], length=length) == expected
    )


def test_a_browser_cannot_make_the_video_shorter_than_it_said_before() -> None:
    assert watched_percent([WatchReport(((0, 5),), 900), WatchReport(((0, 95),), 100)]) == 10


def test_a_known_length_is_believed_before_any_browser() -> None:
    claims = [WatchReport(((0, 10),), 10), WatchReport(((0, 10),), 40_000)]
    assert watched_percent(claims, length=100) == 10
    assert watched_enough_at([(START, claims[0])], length=11) == START


@given(intervals, intervals, st.integers(min_value=0, max_value=300))
def test_what_is_cut_adds_no_more_than_allowed_and_nothing_that_was_not_played(
    played: list[tuple[int, int]], known: list[tuple[int, int]], seconds: int
) -> None:
    kept = within(played, known, seconds=seconds)
    growth = total_seconds([*known, *kept]) - total_seconds(known)
    possible = total_seconds([*known, *played]) - total_seconds(known)
    assert growth == min(seconds, possible)
    assert total_seconds([*played, *kept]) == total_seconds(played)


@pytest.mark.parametrize("sent", [None, [], {}, {"duration": 0}, {"duration": "9"}, {"duration": 10**6}])
def test_a_length_that_no_video_has_is_refused(sent: object) -> None:
    with pytest.raises(WatchReportError):
        parse_length(sent)


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
