"""Filters write for the reader of this very page."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask, g, render_template_string
from flask_babel import force_locale

from sca_lms.texts import Bilingual
from sca_lms.web import formats

MOMENT = dt.datetime(2022, 9, 29, 17, 30, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def request_in_thai(house: Flask) -> Iterator[None]:
    with house.test_request_context("/"):
        g.locale_choice = "th"
        yield


def test_a_moment_is_shown_in_the_courses_zone_even_past_midnight() -> None:
    assert formats.moment(MOMENT) == "ศุกร์ 30 กันยายน 2565 00:30 น."
    assert formats.day(MOMENT, "short") == "30 ก.ย. 2565"
    g.timezone = "Europe/London"
    assert formats.moment(MOMENT, "short") == "29 ก.ย. 2565 18:30 น."


def test_an_unknown_zone_falls_back_to_bangkok() -> None:
    g.timezone = "Nowhere/Land"
    assert formats.moment(MOMENT, "time") == "00:30 น."


def test_a_leap_day_follows_the_common_era() -> None:
    assert formats.day(dt.date(2024, 2, 29)) == "พฤหัสบดี 29 กุมภาพันธ์ 2567"


def test_a_moment_without_a_zone_is_a_defect() -> None:
    with pytest.raises(ValueError, match="time zone"):
        formats.moment(MOMENT.replace(tzinfo=None))


def test_periods_take_moments_or_days() -> None:
    assert formats.period(MOMENT, MOMENT + dt.timedelta(hours=2), "time") == "00:30–02:30 น."
    assert formats.period(dt.date(2022, 9, 8), dt.date(2022, 9, 28)) == "8–28 กันยายน 2565"
    assert formats.period(MOMENT, None, "short-day") == "30 ก.ย. 2565"
    assert formats.period(dt.date(2022, 9, 8), None, "short") == "8 ก.ย. 2565"


def test_nothing_is_shown_as_a_dash() -> None:
    assert {formats.moment(None), formats.day(None), formats.minutes(None), formats.clock(None)} == {"–"}
    assert {formats.number(None), formats.percent(None)} == {"–"}


def test_a_text_in_the_other_language_says_so() -> None:
    assert formats.bilingual(Bilingual("เมือง", "City")) == "เมือง"
    assert formats.bilingual(Bilingual("", "<City>")) == '<span lang="en">&lt;City&gt;</span>'
    assert formats.bilingual("<b>") == "&lt;b&gt;"
    assert formats.bilingual(None) == ""
    assert formats.plain(Bilingual("", "City & town")) == "City & town"


def test_machines_get_utc() -> None:
    assert formats.iso(MOMENT) == "2022-09-29T17:30:00Z"
    assert formats.iso(dt.date(2022, 9, 29)) == "2022-09-29"


def test_one_template_serves_readers_of_both_languages() -> None:
    template = "{{ 60 | percent }} {{ 150 | minutes }} {{ score | number }}"
    assert render_template_string(template, score=Decimal("12.50")) == "ร้อยละ 60 2 ชม. 30 นาที 12.5"
    with force_locale("en"):
        assert render_template_string(template, score=Decimal("12.50")) == "60% 2 h 30 min 12.5"
