"""Days, times and periods read the way Thai and English readers expect."""

import datetime as dt

import pytest

from sca_lms.web.calendar_text import (
    clock_text,
    day_text,
    days_text,
    minutes_text,
    moment_text,
    period_text,
    shown_year,
    time_text,
)

CAMP_DAY = dt.date(2022, 9, 29)


@pytest.mark.parametrize(
    ("day", "locale", "style", "text"),
    [
        (CAMP_DAY, "th", "long", "พฤหัสบดี 29 กันยายน 2565"),
        (CAMP_DAY, "en", "long", "Thursday 29 September 2022"),
        (CAMP_DAY, "th", "short", "29 ก.ย. 2565"),
        (CAMP_DAY, "en", "short", "29 Sep 2022"),
        (CAMP_DAY, "th", "day-month", "29 ก.ย."),
        (CAMP_DAY, "th", "month", "กันยายน 2565"),
        # 2567 B.E. is a leap year because 2024 is one; 2567 C.E. is none.
        (dt.date(2024, 2, 29), "th", "long", "พฤหัสบดี 29 กุมภาพันธ์ 2567"),
        (dt.date(2024, 2, 29), "en", "short", "29 Feb 2024"),
        (dt.date(2022, 12, 31), "th", "short", "31 ธ.ค. 2565"),
        (dt.date(2023, 1, 1), "th", "long", "อาทิตย์ 1 มกราคม 2566"),
    ],
)
def test_a_day_is_written(day: dt.date, locale: str, style: str, text: str) -> None:
    assert day_text(day, locale, style) == text  # type: ignore[arg-type]  # The table names the styles as text.


def test_the_buddhist_year_exists_only_in_thai() -> None:
    assert (shown_year(CAMP_DAY, "th"), shown_year(CAMP_DAY, "en")) == (2565, 2022)


def test_every_month_and_weekday_has_a_name_of_its_own() -> None:
    for locale in ("th", "en"):
        months = {day_text(dt.date(2022, month, 1), locale, "month") for month in range(1, 13)}
        short = {day_text(dt.date(2022, month, 1), locale, "day-month") for month in range(1, 13)}
        weekdays = {day_text(dt.date(2022, 5, day), locale).split()[0] for day in range(1, 8)}
        assert (len(months), len(short), len(weekdays)) == (12, 12, 7)


def test_only_thai_says_oclock() -> None:
    assert time_text(dt.time(13, 5), "th") == "13:05 น."
    assert time_text(dt.time(13, 5), "en") == "13:05"


def test_a_moment_is_written_in_full_or_in_part() -> None:
    wall = dt.datetime(2022, 9, 29, 0, 0)  # noqa: DTZ001 - Wall time is what the function takes.
    assert moment_text(wall, "th") == "พฤหัสบดี 29 กันยายน 2565 00:00 น."
    assert moment_text(wall, "en", "short") == "29 Sep 2022, 00:00"
    assert moment_text(wall, "th", "time") == "00:00 น."
    assert moment_text(wall, "th", "short-day") == "29 ก.ย. 2565"


def wall(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "end", "locale", "style", "text"),
    [
        ("2022-09-29T13:15", "2022-09-29T15:15", "th", "time", "13:15–15:15 น."),
        ("2022-09-29T13:15", "2022-09-29T15:15", "en", "time", "13:15–15:15"),
        ("2022-09-29T13:15", "2022-09-29T15:15", "th", "long", "พฤหัสบดี 29 กันยายน 2565 13:15–15:15 น."),
        ("2022-09-29T13:15", "2022-09-29T15:15", "en", "short", "29 Sep 2022, 13:15–15:15"),
        # A session that ends at midnight still belongs to its day.
        ("2022-09-29T22:00", "2022-09-30T00:00", "th", "short", "29 ก.ย. 2565 22:00–24:00 น."),
        (
            "2022-09-29T22:00",
            "2022-09-30T00:01",
            "th",
            "time",
            "22:00–00:01 น. (+1)",
        ),
        ("2022-09-29T22:00", "2022-10-01T08:00", "en", "time", "29 Sep 2022, 22:00 – 1 Oct 2022, 08:00"),
        ("2022-09-29T00:00", "2022-09-30T00:00", "en", "time", "00:00–24:00"),
        ("2022-09-29T00:00", "2022-09-29T00:00", "en", "time", "00:00–00:00"),
        ("2022-12-31T23:00", "2023-01-01T01:00", "en", "short", "31 Dec 2022, 23:00 – 1 Jan 2023, 01:00"),
    ],
)
def test_a_period_is_written_without_saying_anything_twice(
    start: str, end: str, locale: str, style: str, text: str
) -> None:
    assert period_text(wall(start), wall(end), locale, style) == text  # type: ignore[arg-type]  # As above.


@pytest.mark.parametrize(
    ("first", "last", "locale", "style", "text"),
    [
        ("2022-09-08", "2022-09-28", "th", "long", "8–28 กันยายน 2565"),
        ("2022-09-29", "2022-10-03", "th", "long", "29 กันยายน – 3 ตุลาคม 2565"),
        ("2022-12-30", "2023-01-02", "th", "short", "30 ธ.ค. 2565 – 2 ม.ค. 2566"),
        ("2022-09-08", "2022-09-28", "en", "short", "8–28 Sep 2022"),
        ("2022-09-08", "2022-09-08", "en", "short", "8 Sep 2022"),
        ("2022-09-08", "2022-09-28", "th", "day-month", "8–28 ก.ย."),
    ],
)
def test_a_run_of_days_says_month_and_year_once(
    first: str, last: str, locale: str, style: str, text: str
) -> None:
    days = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    assert days_text(*days, locale, style) == text  # type: ignore[arg-type]  # As above.


@pytest.mark.parametrize(
    ("minutes", "thai", "english"),
    [
        (0, "0 นาที", "0 min"),
        (45, "45 นาที", "45 min"),
        (120, "2 ชม.", "2 h"),
        (9090, "151 ชม. 30 นาที", "151 h 30 min"),
        (-75, "−1 ชม. 15 นาที", "−1 h 15 min"),
        (60 * 25200, "25,200 ชม.", "25,200 h"),
    ],
)
def test_a_duration_is_written(minutes: int, thai: str, english: str) -> None:
    assert (minutes_text(minutes, "th"), minutes_text(minutes, "en")) == (thai, english)


def test_a_narrow_place_gets_hours_and_minutes_with_a_colon() -> None:
    assert [clock_text(1945), clock_text(1380), clock_text(0), clock_text(-65)] == [
        "32:25",
        "23",
        "0",
        "−1:05",
    ]
