"""Periods are half-open and merge; dates of a file are read strictly."""

import datetime as dt

import pytest

from sca_lms.programmes import periods
from sca_lms.programmes.links import PAGE_LINK, VIDEO_LINK
from sca_lms.programmes.shapes import INVALID, Spot
from sca_lms.programmes.yaml_lines import Reading


def period(start: str, end: str) -> periods.Period:
    return periods.read_moment(f"2022-09-05T{start}"), periods.read_moment(f"2022-09-05T{end}")


def test_periods_that_overlap_or_touch_are_one_and_empty_ones_vanish() -> None:
    given = [
        period("10:00", "11:00"),
        period("08:00", "09:00"),
        period("09:00", "09:30"),
        period("10:30", "10:30"),
    ]
    assert periods.united(given) == [period("08:00", "09:30"), period("10:00", "11:00")]


def test_what_remains_without_holes_and_what_two_lists_share() -> None:
    day = [period("08:00", "12:00")]
    holes = [period("07:00", "08:30"), period("10:00", "10:15"), period("11:30", "13:00")]
    assert periods.without(day, holes) == [period("08:30", "10:00"), period("10:15", "11:30")]
    assert periods.common(day, holes) == [
        period("08:00", "08:30"),
        period("10:00", "10:15"),
        period("11:30", "12:00"),
    ]
    assert periods.length(periods.without(day, day)) == dt.timedelta()


def test_a_break_after_midnight_belongs_to_the_next_day() -> None:
    start = periods.read_moment("2022-09-05T22:00")
    begins, ends = periods.read_break("23:45", "00:15", session_start=start)
    assert (begins.day, ends.day) == (5, 6)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2565-09-05T08:30", "2022-09-05T08:30"),
        ("1022-09-05T08:30", "1900"),
        ("2022-09-05T08:30Z", "offset"),
        ("2022-09-05T08:30:00+07:00", "offset"),
        ("2022-09-05", "like 2022-09-05T08:30"),
        ("2022-09-05T25:00", "clock"),
        ("๒๐๒๒-09-05T08:30", "like 2022-09-05T08:30"),
    ],
)
def test_a_local_time_is_read_strictly(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        periods.read_moment(text)


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("https://example.org/a.mp4", True),
        ("https://example.org/a.webm?token=1", True),
        ("https://www.youtube-nocookie.com/embed/x", True),
        ("https://player.vimeo.com/video/1", True),
        ("/static/samples/a-day-with-an-ambassador.webm", True),
        ("https://example.org/page", False),
        ("http://example.org/a.mp4", False),
        ("https://www.youtube.com.example.org/x", False),
        ("https://user:secret@example.org/a.mp4", False),
        ("/static/../secret.mp4", False),
        ("/static/a.html", False),
        ("//example.org/a.mp4", False),
        ("/courses/1.mp4", False),
        ("javascript:alert(1)//.mp4", False),
        ("https://[bad/a.mp4", False),
        ("https://example.org:99999/a.mp4", False),
        ('https://example.org/"a.mp4', False),
        ("https://", False),
    ],
)
def test_only_harmless_video_addresses_pass(address: str, fine: bool) -> None:
    spot = Spot(("url",), Reading(None, []).locate, [], ("th",))
    assert (VIDEO_LINK.check(address, spot) is not INVALID) is fine
    assert bool(spot.faults) is not fine


def test_a_page_may_be_on_any_https_host() -> None:
    spot = Spot(("join_url",), Reading(None, []).locate, [], ("th",))
    assert PAGE_LINK.check("https://meet.example.org/room?x=1", spot) is not INVALID
    assert PAGE_LINK.check("ftp://meet.example.org", spot) is INVALID
