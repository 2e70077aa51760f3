"""Days that somebody typed are read, or come back with a suggestion."""

import datetime as dt

import pytest

from sca_lms.web.day_input import (
    BuddhistYearError,
    UnclearDayError,
    UnclearTimeError,
    read_day,
    read_time,
    read_wall_time,
)


def test_a_day_of_the_common_era_is_read() -> None:
    assert read_day(" 2022-9-5 ") == dt.date(2022, 9, 5)
    assert read_day("2024-02-29") == dt.date(2024, 2, 29)


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("2565-09-29", dt.date(2022, 9, 29)),
        ("29/09/2565", dt.date(2022, 9, 29)),
        ("2567-02-29", dt.date(2024, 2, 29)),
        ("2566-02-29", None),
        ("9999-01-01", None),
    ],
)
def test_a_buddhist_year_is_recognised(typed: str, suggestion: dt.date | None) -> None:
    with pytest.raises(BuddhistYearError) as caught:
        read_day(typed)
    assert caught.value.suggestion == suggestion


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("29/09/2022", dt.date(2022, 9, 29)),
        ("29.9.2022", dt.date(2022, 9, 29)),
        ("2023-02-29", None),
        ("0001-01-01", None),
        ("พรุ่งนี้", None),
        ("", None),
        ("2022-09", None),
    ],
)
def test_what_is_no_day_is_refused(typed: str, suggestion: dt.date | None) -> None:
    with pytest.raises(UnclearDayError) as caught:
        read_day(typed)
    assert not isinstance(caught.value, BuddhistYearError)
    assert caught.value.suggestion == suggestion


def test_a_wall_time_is_read_with_or_without_seconds() -> None:
    expected = dt.datetime.fromisoformat("2022-09-29T13:15")
    assert read_wall_time("2022-09-29T13:15") == expected
    assert read_wall_time("2022-09-29 13.15") == expected
    assert read_wall_time("2022-09-29T13:15:30.123") == expected.replace(second=30)


@pytest.mark.parametrize("typed", ["2022-09-29", "2022-09-29T25:00", "2022-09-29T13", "2022-09-29T24:00"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(UnclearTimeError):
        read_wall_time(typed)


def test_the_time_is_kept_for_the_suggestion() -> None:
    assert [read_time("2565-09-29T9:05"), read_time("29/09/2565 13:15"), read_time("2565-09-29")] == [
        "09:05",
        "13:15",
        "00:00",
    ]
