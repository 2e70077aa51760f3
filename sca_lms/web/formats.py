"""Jinja filters: moments, days, periods, durations, numbers and bilingual texts for the reader."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from flask import Flask
from flask_babel import gettext
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from sca_lms.texts import Bilingual, Worded
from sca_lms.web import calendar_text, number_text
from sca_lms.web.calendar_text import NOTHING, Style
from sca_lms.web.collation import initial
from sca_lms.web.i18n import page_locale, reader_zone, wall_time


def init_app(app: Flask) -> None:
    """Register every filter of this module under its own name."""
    for write in (
        moment,
        own_moment,
        own_period,
        day,
        period,
        minutes,
        clock,
        number,
        percent,
        bilingual,
        plain,
        iso,
        initial,
        spoken,
    ):
        app.jinja_env.filters[write.__name__] = _for_this_reader(write)
    app.jinja_env.globals["reader_zone_name"] = reader_zone_name


def _for_this_reader(write: Callable[..., str]) -> Callable[..., str]:
    """Keep Jinja from writing `{{ 60 | percent }}` once, when the template is compiled, for every reader."""

    @pass_context
    def apply(_context: Context, *values: object, **options: object) -> str:
        return write(*values, **options)

    return apply


def spoken(text: str) -> str:
    """Say a text in the reader's language where it is `Worded`; any other stays as it is."""
    if not isinstance(text, Worded):
        return text
    template = gettext(text.template)
    values = {name: spoken(each) if isinstance(each, str) else each for name, each in text.values.items()}
    return template % values if values else template


def moment(value: dt.datetime | None, style: Style = "long") -> str:
    """Write a moment as the course's wall time: long, short, time, day, short-day, day-month or month."""
    return NOTHING if value is None else calendar_text.moment_text(wall_time(value), page_locale(), style)


def own_moment(value: dt.datetime | None, style: Style = "long", *, zone: bool = True) -> str:
    """Write a moment in the zone that the reader chose, and name the zone unless something above does."""
    if value is None:
        return NOTHING
    text = calendar_text.moment_text(value.astimezone(reader_zone()), page_locale(), style)
    return _with_zone(text, value) if zone else text


def own_period(
    start: dt.datetime, end: dt.datetime | None, style: Style = "long", *, zone: bool = True
) -> str:
    """Write a half-open period in the zone that the reader chose, and name the zone as `own_moment` does."""
    if end is None:
        return own_moment(start, style, zone=zone)
    own = reader_zone()
    walls = start.astimezone(own), end.astimezone(own)
    text = calendar_text.period_text(*walls, page_locale(), style)
    return _with_zone(text, start) if zone else text


def _with_zone(text: str, at: dt.datetime) -> str:
    return f"{text} ({reader_zone_name(at)})"


def reader_zone_name(at: dt.datetime | None = None) -> str:
    """Name the zone that the reader chose, for a heading above times."""
    return calendar_text.zone_text(reader_zone(), page_locale(), at)


def day(value: dt.date | None, style: Style = "long") -> str:
    """Write a day, or the day on which a moment falls in the course."""
    if value is None:
        return NOTHING
    on = wall_time(value).date() if isinstance(value, dt.datetime) else value
    return calendar_text.day_text(on, page_locale(), style)


def period(start: dt.date, end: dt.date | None, style: Style = "long") -> str:
    """Write a period between two moments (half-open), or a run of days (both included)."""
    if end is None:
        return moment(start, style) if isinstance(start, dt.datetime) else day(start, style)
    if isinstance(start, dt.datetime) and isinstance(end, dt.datetime):
        return calendar_text.period_text(wall_time(start), wall_time(end), page_locale(), style)
    return calendar_text.days_text(start, end, page_locale(), style)


def minutes(value: int | None) -> str:
    """Write a duration given in whole minutes: `2 ชม. 30 นาที`, `2 h 30 min`."""
    return NOTHING if value is None else calendar_text.minutes_text(value, page_locale())


def clock(value: int | None) -> str:
    """Write a duration given in whole minutes for a narrow place: `32:25`."""
    return NOTHING if value is None else calendar_text.clock_text(value)


def number(value: Decimal | int | None, places: int | None = None) -> str:
    """Write a number with grouped thousands: 12,500,000; `places` fixes the decimals."""
    return NOTHING if value is None else number_text.number_text(value, places)


def percent(value: Decimal | int | None, places: int | None = None, *, sign: bool = False) -> str:
    """Write a percentage given in points: 60 is `ร้อยละ 60` in Thai prose, `60%` in English or with `sign`."""
    if value is None:
        return NOTHING
    return number_text.percent_text(value, page_locale(), places, sign=sign)


def bilingual(value: Bilingual | str | None) -> Markup:
    """Write a text in the reader's language; what is in the other language says so to screen readers."""
    text, language = Bilingual.of(value).pick(page_locale())
    if language == page_locale() or not text or not isinstance(value, Bilingual):
        return Markup("{}").format(text)
    return Markup('<span lang="{}">{}</span>').format(language, text)


def plain(value: Bilingual | str | None) -> str:
    """Return a text in the reader's language without markup, for attributes and titles."""
    return Bilingual.of(value).pick(page_locale())[0]


def iso(value: dt.date) -> str:
    """Return a day or a moment (in UTC) for machines, as in `<time datetime>`."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat()
