"""Write days, times and periods the way Thai and English readers expect them; pure.

Thai dates show the Buddhist year, 543 more than the Common Era year; nothing is ever calculated with it.
"""

import datetime as dt
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location

Style = Literal["long", "short", "time", "day", "short-day", "day-month", "month"]

BUDDHIST_ERA_OFFSET = 543
EN_DASH = "–"
MINUS = "−"
NOTHING = "–"

_DAYS = {
    "th": ("จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "ศุกร์", "เสาร์", "อาทิตย์"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "th": (
        "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
        "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
_SHORT_MONTHS = {
    "th": ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_UNITS = {"th": ("ชม.", "นาที"), "en": ("h", "min")}


def shown_year(day: dt.date, locale: str) -> int:
    """Return the year as the reader counts it: B.E. in Thai, C.E. in English."""
    return day.year + BUDDHIST_ERA_OFFSET if locale == "th" else day.year


def day_text(day: dt.date, locale: str, style: Style = "long") -> str:
    """Write one day: `พฤหัสบดี 29 กันยายน 2565`, short `29 ก.ย. 2565`; `time` has no meaning here."""
    year = shown_year(day, locale)
    month = _MONTHS[locale][day.month - 1]
    short_month = _SHORT_MONTHS[locale][day.month - 1]
    if style in {"short", "short-day"}:
        return f"{day.day} {short_month} {year}"
    if style == "day-month":
        return f"{day.day} {short_month}"
    if style == "month":
        return f"{month} {year}"
    return f"{_DAYS[locale][day.weekday()]} {day.day} {month} {year}"


def time_text(time: dt.time, locale: str) -> str:
    """Write a wall time: `13:15 น.` or `13:15`."""
    return _with_oclock(f"{time:%H:%M}", locale)


def moment_text(wall: dt.datetime, locale: str, style: Style = "long") -> str:
    """Write a wall date and time; `time`, `day`, `short-day`, `day-month` and `month` leave the rest out."""
    if style == "time":
        return time_text(wall.time(), locale)
    if style in {"day", "short-day", "day-month", "month"}:
        return day_text(wall.date(), locale, style)
    comma = "" if locale == "th" else ","
    return f"{day_text(wall.date(), locale, style)}{comma} {time_text(wall.time(), locale)}"


def period_text(start: dt.datetime, end: dt.datetime, locale: str, style: Style = "long") -> str:
    """Write a half-open period of wall times; one that ends at midnight ends at 24:00 of its day.

    Where only times are wanted, a period through one night says that it ends a day later: 20:50–00:35 (+1).
    """
    if _last_day(start, end) == start.date():
        closing = "24:00" if end.date() > start.date() else f"{end:%H:%M}"
        times = _with_oclock(f"{start:%H:%M}{EN_DASH}{closing}", locale)
        if style == "time":
            return times
        comma = "" if locale == "th" else ","
        return f"{day_text(start.date(), locale, style)}{comma} {times}"
    if style == "time" and end - start < dt.timedelta(days=1):
        return f"{_with_oclock(f'{start:%H:%M}{EN_DASH}{end:%H:%M}', locale)} (+1)"
    shown: Style = "short" if style == "time" else style
    return f"{moment_text(start, locale, shown)} {EN_DASH} {moment_text(end, locale, shown)}"


def days_text(first: dt.date, last: dt.date, locale: str, style: Style = "long") -> str:
    """Write a run of days, both included, without saying the month or the year twice."""
    if first == last:
        return day_text(first, locale, style)
    names = _SHORT_MONTHS if style in {"short", "short-day", "day-month"} else _MONTHS
    year = "" if style == "day-month" else f" {shown_year(last, locale)}"
    closing = f"{last.day} {names[locale][last.month - 1]}{year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}{EN_DASH}{closing}"
    opening = f"{first.day} {names[locale][first.month - 1]}"
    if first.year != last.year:
        opening += f" {shown_year(first, locale)}"
    return f"{opening} {EN_DASH} {closing}"


def minutes_text(minutes: int, locale: str) -> str:
    """Write a duration: `151 ชม. 30 นาที`, `2 h`, `45 min`; a negative one with a real minus sign."""
    hours, rest = divmod(abs(minutes), 60)
    hour_unit, minute_unit = _UNITS[locale]
    parts = [f"{hours:,} {hour_unit}"] if hours else []
    if rest or not hours:
        parts.append(f"{rest} {minute_unit}")
    return (MINUS if minutes < 0 else "") + " ".join(parts)


def clock_text(minutes: int) -> str:
    """Write a duration for a narrow place: `32:25`, or `23` when the hours are full."""
    hours, rest = divmod(abs(minutes), 60)
    sign = MINUS if minutes < 0 else ""
    return f"{sign}{hours:,}:{rest:02d}" if rest else f"{sign}{hours:,}"


def zone_text(zone: ZoneInfo, locale: str, at: dt.datetime | None = None) -> str:
    """Name a zone by its city: `เวลาไทย`, `Berlin time`; in an hour that comes twice, with how far UTC is."""
    if zone.key == "Asia/Bangkok":
        name = "เวลาไทย" if locale == "th" else "Bangkok time"
    else:
        city = get_timezone_location(zone, locale=locale, return_city=True) or zone.key
        gap = " " if city.isascii() else ""
        name = f"เวลา{gap}{city}" if locale == "th" else f"{city} time"
    if at is None:
        return name
    wall = at.astimezone(zone)
    if wall.replace(fold=0).utcoffset() == wall.replace(fold=1).utcoffset():
        return name
    return f"{name}, {utc_text(wall)}"


def utc_text(wall: dt.datetime) -> str:
    """Write how far a wall time is ahead of UTC: `UTC+7`, `UTC−3:30`."""
    minutes = (wall.utcoffset() or dt.timedelta()) // dt.timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    sign = MINUS if minutes < 0 else "+"
    return f"UTC{sign}{hours}:{rest:02d}" if rest else f"UTC{sign}{hours}"


def _with_oclock(times: str, locale: str) -> str:
    return f"{times} น." if locale == "th" else times


def _last_day(start: dt.datetime, end: dt.datetime) -> dt.date:
    """Return the last day a half-open period touches."""
    if end > start and end.time() == dt.time(0):
        return end.date() - dt.timedelta(days=1)
    return end.date()
