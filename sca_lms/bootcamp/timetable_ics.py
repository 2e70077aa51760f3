"""Read and write a timetable as an iCalendar file; pure.

A session keeps its UID for ever and counts its SEQUENCE up with every change, so that a calendar that takes
the file in again moves the event instead of showing it twice. What iCalendar has no words for stands in
properties of our own (`X-SCA-…`), which other calendars carry along.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from icalendar import Calendar, Component, Event

from sca_lms.attendance.rules import SessionTimes
from sca_lms.bootcamp.timetable_clock import write_breaks, write_moment
from sca_lms.bootcamp.timetable_rows import (
    Course,
    FileFault,
    Reading,
    Row,
    read_rows,
    unreadable,
    write_row,
)
from sca_lms.bootcamp.timetable_rules import PlannedSession

PRODUCT = "-//SCA LMS//Timetable//EN"
MOST_EVENTS = 2_000
BREAKS = "X-SCA-BREAKS"
OWN = {
    name: f"X-SCA-{name.upper().replace('_', '-')}"
    for name in (
        "code", "category", "title_th", "title_en", "groups", "mode", "venue_th", "venue_en", "room",
        "join_url", "capacity",
    )
}  # fmt: skip
STANDARD = {
    "start": "DTSTART",
    "end": "DTEND",
    "title_th": "SUMMARY",
    "title_en": "SUMMARY",
    "room": "LOCATION",
    "category": "CATEGORIES",
    "join_url": "URL",
    "breaks": BREAKS,
    "code": "UID",
}
"""Where the fields stand in a file that another calendar wrote."""
FIRST_YEAR, LAST_YEAR = 1900, 3000
"""Years of the Buddhist Era are among them, so that the reader is asked about them."""
REPEATING = ("RRULE", "RDATE", "RECURRENCE-ID")

_CONTENT_LINE = re.compile(r"([A-Za-z0-9-]+)[;:]")
_OWN_UID = re.compile(r"(?P<course>\d+)-(?P<code>[A-Za-z0-9][A-Za-z0-9._-]{0,39})@.+")
_ESCAPED = re.compile(r"\\([\\;,nN])")


@dataclass(frozen=True, slots=True)
class Entry:
    """A session as a calendar shows it, in the words of whoever asked."""

    session: PlannedSession
    sequence: int
    summary: str
    location: str
    category: str
    description: str
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Whose sessions a calendar holds; both stand in every UID."""

    course_id: int
    host: str
    name: str
    zone: ZoneInfo

    def uid(self, code: str) -> str:
        """Return what a session is called in every calendar, for ever."""
        return f"{self.course_id}-{code}@{self.host}"


def write(entries: Sequence[Entry], source: Source, *, at: dt.datetime, with_own: bool = False) -> bytes:
    """Return a calendar; `with_own` adds what `read` needs to give the very same sessions back."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", source.name)
    calendar.add("x-wr-timezone", source.zone.key)
    for entry in entries:
        calendar.add_component(_event(entry, source, at=at, with_own=with_own))
    starts = [entry.session.times.starts_at for entry in entries]
    if starts:
        first, last = min(starts).date(), max(entry.session.times.ends_at for entry in entries).date()
        calendar.add_missing_timezones(dt.date(first.year, 1, 1), dt.date(last.year + 2, 1, 1))
    return bytes(calendar.to_ical())


def _event(entry: Entry, source: Source, *, at: dt.datetime, with_own: bool) -> Event:
    session, event = entry.session, Event()
    event.add("uid", source.uid(session.code))
    event.add("sequence", entry.sequence)
    event.add("dtstamp", at.replace(microsecond=0))
    event.add("dtstart", _for_calendar(session.times.starts_at, source.zone))
    event.add("dtend", _for_calendar(session.times.ends_at, source.zone))
    event.add("summary", entry.summary)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    for name, text in (
        ("location", entry.location), ("description", entry.description), ("url", session.join_url),
    ):  # fmt: skip
        if text:
            event.add(name, text)
    event.add("categories", [entry.category])
    if with_own:
        row = write_row(session, source.zone)
        for name, own in OWN.items():
            event.add(own, _escaped(row[name]))
        event.add(BREAKS, _escaped(_breaks_after_start(session.times)))
    return event


def _for_calendar(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return a wall time with its zone; in UTC where the clock shows that time twice."""
    wall = moment.astimezone(zone)
    is_twice = wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()
    return moment.astimezone(dt.UTC) if is_twice else wall


def _breaks_after_start(times: SessionTimes) -> str:
    """Write breaks as seconds after the start, so that they move along when a calendar moves the event."""
    second = dt.timedelta(seconds=1)
    return ";".join(
        f"{(start - times.starts_at) // second}-{(end - times.starts_at) // second}"
        for start, end in times.breaks
    )


# ---------------------------------------------------------------- reading


@dataclass(slots=True)
class _Place:
    """Where an event stands in the file, and on which line each of its properties."""

    line: int
    lines: dict[str, int] = field(default_factory=dict)


def read(text: str, course: Course) -> Reading:
    """Return the sessions of a calendar, or every fault of it with line and property.

    Cancelled events are not there. A time without a zone is the course's wall time.
    """
    places, faults = _scan(text)
    if faults:
        return unreadable(*faults)
    try:
        calendars = Calendar.from_ical(text, multiple=True)
    except (ValueError, OverflowError, IndexError, KeyError):
        # The library has no one way to say that it cannot read a file.
        return unreadable(FileFault(1, "file", _l("is not an iCalendar file that can be read")))
    events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    if len(events) != len(places) or not events:
        return unreadable(FileFault(1, "file", _l("holds no event")))
    if len(events) > MOST_EVENTS:
        return unreadable(FileFault(1, "file", _l("holds more than %(number)d sessions", number=MOST_EVENTS)))
    rows = []
    for event, place in zip(events, places, strict=True):
        if _text(event, "STATUS").upper() == "CANCELLED":
            continue
        found = list(_event_faults(event, place))
        if not found:
            row, found = _row(event, place, course)
            rows.append(row)
        faults += found
    reading = read_rows(rows, course)
    return unreadable(*faults, *reading.faults) if faults else reading


def _scan(text: str) -> tuple[list[_Place], list[FileFault]]:
    """Find where events and their properties stand, and every line that is none of a calendar."""
    places: list[_Place] = []
    faults: list[FileFault] = []
    opened: list[tuple[str, int]] = []
    for number, line in _content_lines(text):
        match = _CONTENT_LINE.match(line)
        if match is None:
            faults.append(FileFault(number, "file", _l("this line has no place in a calendar")))
            continue
        name, value = match[1].upper(), line[match.end() :].strip().upper()
        if name == "BEGIN":
            opened.append((value, number))
            places += [_Place(number)] if value == "VEVENT" else []
        elif name == "END" and (not opened or opened.pop()[0] != value):
            return places, [*faults, FileFault(number, "END", _l("ends what has not begun"))]
        elif opened and opened[-1][0] == "VEVENT":
            places[-1].lines.setdefault(name, number)
    if opened:
        faults.append(FileFault(opened[-1][1], opened[-1][0][:40], _l("is never ended")))
    if not places and not faults:
        faults.append(FileFault(1, "file", _l("holds no event")))
    return places, faults


def _content_lines(text: str) -> Iterator[tuple[int, str]]:
    """Return the lines that begin something, without those that only go on, numbered from 1."""
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return ((number, line) for number, line in enumerate(lines, 1) if line and line[0] not in " \t")


def _event_faults(event: Component, place: _Place) -> Iterator[FileFault]:
    for name, _message in event.errors:
        where = str(name or "VEVENT")
        yield FileFault(place.lines.get(where, place.line), where, _l("cannot be read"))
    for name in REPEATING:
        if name in event:
            reason = _l("repeats; write each session as an event of its own")
            yield FileFault(place.lines.get(name, place.line), name, reason)


def _row(event: Component, place: _Place, course: Course) -> tuple[Row, list[FileFault]]:
    values = {name: _unescaped(_text(event, own)) for name, own in OWN.items()}
    faults: list[FileFault] = []
    moments: dict[str, dt.datetime | None] = {}
    for name in ("start", "end"):
        try:
            moments[name] = _moment(event, name, course.zone)
        except ValueError:
            prop = STANDARD[name]
            reason = _l("must be a day with a time of day")
            faults.append(FileFault(place.lines.get(prop, place.line), prop, reason))
        else:
            found = moments[name]
            values[name] = write_moment(found, course.zone) if found is not None else ""
    if not values["code"]:
        values["code"] = _code(_text(event, "UID"))
    values["category"] = values["category"] or _category(event)
    _take_summary(values, _text(event, "SUMMARY"))
    values["room"] = values["room"] or (
        "" if values["venue_th"] or values["venue_en"] else _text(event, "LOCATION")
    )
    values["join_url"] = values["join_url"] or _text(event, "URL")
    start = moments.get("start")
    if start is not None:
        values["breaks"] = _breaks(_unescaped(_text(event, BREAKS)), start, course.zone)
    lines = {
        name: place.lines[prop]
        for names in (STANDARD, OWN)
        for name, prop in names.items()
        if prop in place.lines
    }
    return Row(values, place.line, lines), faults


def _moment(event: Component, name: str, zone: ZoneInfo) -> dt.datetime | None:
    """Return when an event begins or ends; raise `ValueError` for what is no moment."""
    found = event.get(STANDARD[name])
    if found is None and name == "end" and "DURATION" in event:
        start, duration = _moment(event, "start", zone), getattr(event["DURATION"], "dt", None)
        if start is not None and isinstance(duration, dt.timedelta):
            return _in_calendar(start, duration)
    value = getattr(found, "dt", None)
    if isinstance(value, dt.datetime):
        aware = value if value.tzinfo is not None else value.replace(tzinfo=zone)
        return _in_calendar(aware, dt.timedelta())
    if found is None and "DURATION" not in event:
        return None
    raise ValueError("no moment")


def _in_calendar(moment: dt.datetime, duration: dt.timedelta) -> dt.datetime:
    try:
        found = moment.astimezone(dt.UTC) + duration
    except OverflowError as error:
        raise ValueError("outside the calendar") from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError("outside the calendar")
    return found


def _breaks(text: str, starts_at: dt.datetime, zone: ZoneInfo) -> str:
    """Return the breaks as a row has them; what is no pair of seconds stays as it is, to be refused."""
    periods = []
    for part in filter(None, text.split(";")):
        first, _hyphen, last = part.partition("-")
        if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
            return text
        if max(len(first), len(last)) > 8:
            return text
        periods.append(
            (starts_at + dt.timedelta(seconds=int(first)), starts_at + dt.timedelta(seconds=int(last)))
        )
    return write_breaks(SessionTimes(starts_at, starts_at, tuple(periods)), zone)


def _take_summary(values: dict[str, str], summary: str) -> None:
    """Take the title from the summary, unless it is only one of the two titles that we wrote ourselves."""
    if summary and summary not in (values["title_th"], values["title_en"]):
        is_thai = re.search(r"[\u0e00-\u0e7f]", summary) is not None
        values["title_th" if is_thai else "title_en"] = summary


def _code(uid: str) -> str:
    """Return the code in a UID of ours, and for any other one that is the same each time."""
    own = _OWN_UID.fullmatch(uid)
    if own is not None:
        return own["code"]
    return f"E-{hashlib.sha256(uid.encode()).hexdigest()[:10]}" if uid else ""


def _category(event: Component) -> str:
    found = event.get("CATEGORIES")
    names = [str(name) for each in (found if isinstance(found, list) else [found]) if each is not None
             for name in getattr(each, "cats", [])]  # fmt: skip
    return _unescaped(names[0]) if names else ""


def _text(event: Mapping[str, object], name: str) -> str:
    found = event.get(name)
    first: object = found[0] if isinstance(found, list) and found else found
    return "" if first is None else str(first)


def _escaped(text: str) -> str:
    """Write a text the way iCalendar does; the library leaves properties that it does not know alone."""
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], text)


def is_calendar(text: str) -> bool:
    """Tell whether a text looks like an iCalendar file rather than a table."""
    return text.lstrip("\ufeff \r\n\t")[:15].upper() == "BEGIN:VCALENDAR"
