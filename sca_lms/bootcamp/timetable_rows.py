"""Read and write one session as a row of texts, the way tables and calendars carry it; pure.

Times are wall times of the course's zone, as `timetable_clock` reads and writes them.
"""

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from sca_lms.attendance.rules import SessionTimes
from sca_lms.bootcamp.timetable_clock import (
    UnreadableError,
    break_problem,
    length_problem,
    read_breaks,
    read_moment,
    write_breaks,
    write_moment,
)
from sca_lms.bootcamp.timetable_rules import PlannedSession
from sca_lms.errors import Text
from sca_lms.texts import Bilingual
from sca_lms.web.forms import clean_text
from sca_lms.web.links import is_web_address

FIELDS = (
    "code", "category", "title_th", "title_en", "start", "end", "breaks", "groups", "mode",
    "venue_th", "venue_en", "room", "join_url", "capacity",
)  # fmt: skip
"""The columns of a table, in order; code, category, a title, start and end must be there."""
MODES = ("onsite", "field", "online")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
LONGEST_TEXT = 500
LARGEST_CAPACITY = 100_000

_BETWEEN_GROUPS = re.compile(r"[;,|\n]")


@dataclass(frozen=True, slots=True)
class FileFault:
    """One thing to put right in a file: where, and what; lines count from 1."""

    line: int
    field: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Course:
    """What the rows of a course may refer to: categories and groups by code, with their titles."""

    zone: ZoneInfo
    categories: Mapping[str, Bilingual]
    groups: Mapping[str, Bilingual]


@dataclass(frozen=True, slots=True)
class Row:
    """The texts of one session and the line of each; a field that the file lacks is empty."""

    values: Mapping[str, str]
    line: int
    lines: Mapping[str, int]

    def text(self, field: str) -> str:
        """Return the text of a field."""
        return self.values.get(field, "")

    def line_of(self, field: str) -> int:
        """Return the line of a field, or of the row."""
        return self.lines.get(field, self.line)


class _FieldError(ValueError):
    def __init__(self, field: str, reason: Text) -> None:
        super().__init__(str(field))
        self.field, self.reason = field, reason


Reader = Callable[[Row, Course], object]


def read_row(row: Row, course: Course) -> tuple[PlannedSession | None, list[FileFault]]:
    """Return the session of a row, or None and every fault of it."""
    faults: list[FileFault] = []
    found: dict[str, object] = {}
    for name, read in _READERS.items():
        try:
            found[name] = read(row, course)
        except _FieldError as error:
            faults.append(FileFault(row.line_of(error.field), error.field, error.reason))
    times: SessionTimes | None = None
    start, end = found.get("start"), found.get("end")
    if isinstance(start, dt.datetime) and isinstance(end, dt.datetime):
        try:
            times = _times(row, start, end, course.zone)
        except _FieldError as error:
            faults.append(FileFault(row.line_of(error.field), error.field, error.reason))
    if faults or times is None:
        return None, faults
    groups, capacity = found["groups"], found["capacity"]
    return (
        PlannedSession(
            code=str(found["code"]),
            category=str(found["category"]),
            title=Bilingual.of(found["title"]),
            times=times,
            groups=groups if isinstance(groups, tuple) else (),
            mode=str(found["mode"]),
            venue=Bilingual.of(found["venue"]),
            room=str(found["room"]),
            join_url=str(found["join_url"]),
            capacity=capacity if isinstance(capacity, int) else None,
        ),
        [],
    )


def write_row(session: PlannedSession, zone: ZoneInfo) -> dict[str, str]:
    """Return the texts of a session; `read_row` gives the same session back."""
    return {
        "code": session.code,
        "category": session.category,
        "title_th": session.title.th,
        "title_en": session.title.en,
        "start": write_moment(session.times.starts_at, zone),
        "end": write_moment(session.times.ends_at, zone),
        "breaks": write_breaks(session.times, zone),
        "groups": "; ".join(session.groups),
        "mode": session.mode,
        "venue_th": session.venue.th,
        "venue_en": session.venue.en,
        "room": session.room,
        "join_url": session.join_url,
        "capacity": "" if session.capacity is None else str(session.capacity),
    }


def _times(row: Row, start: dt.datetime, end: dt.datetime, zone: ZoneInfo) -> SessionTimes:
    problem = length_problem(start, end)
    if problem is not None:
        raise _FieldError("end", problem)
    try:
        breaks = read_breaks(row.text("breaks"), start, zone)
    except UnreadableError as error:
        raise _FieldError("breaks", error.reason) from error
    times = SessionTimes(start, end, tuple(sorted(breaks)))
    if (fault := break_problem(times)) is not None:
        raise _FieldError("breaks", fault)
    return times


# ---------------------------------------------------------------- one field after the other


def _clean(row: Row, field: str, longest: int = LONGEST_TEXT) -> str:
    try:
        text = clean_text(row.text(field).replace("\r\n", " ").replace("\n", " ").replace("\t", " "))
    except ValueError as error:
        raise _FieldError(field, _l("holds characters that cannot be seen")) from error
    if len(text) > longest:
        raise _FieldError(field, _l("is longer than %(number)d characters", number=longest))
    return text


def _code(row: Row, _course: Course) -> str:
    code = _clean(row, "code")
    if not code:
        raise _FieldError("code", _l("is missing; give each session a code that stays the same"))
    if not CODE.fullmatch(code):
        raise _FieldError("code", _l("must be at most 40 letters A-Z, digits, dots, hyphens and underscores"))
    return code


def _category(row: Row, course: Course) -> str:
    typed = _clean(row, "category")
    if not typed:
        raise _FieldError("category", _l("is missing"))
    return _known(typed, course.categories, "category")


def _known(typed: str, known: Mapping[str, Bilingual], field: str) -> str:
    if typed in known:
        return typed
    names = {name.casefold(): code for code, title in known.items() for name in (code, title.th, title.en)}
    names.pop("", None)
    if typed.casefold() in names:
        return names[typed.casefold()]
    close = get_close_matches(typed[:60].casefold(), list(names)[:200], n=1, cutoff=0.6)
    if close:
        raise _FieldError(
            field,
            _l("“%(word)s” is not known; did you mean %(code)s?", word=typed[:60], code=names[close[0]]),
        )
    raise _FieldError(field, _l("“%(word)s” is not known", word=typed[:60]))


def _title(row: Row, _course: Course) -> Bilingual:
    title = Bilingual(_clean(row, "title_th"), _clean(row, "title_en"))
    if not title:
        raise _FieldError("title_th", _l("is missing; write a title in one language at least"))
    return title


def _moment(field: str) -> Reader:
    def read(row: Row, course: Course) -> dt.datetime:
        typed = _clean(row, field)
        if not typed:
            raise _FieldError(field, _l("is missing"))
        try:
            return read_moment(typed, course.zone)
        except UnreadableError as error:
            raise _FieldError(field, error.reason) from error

    return read


def _groups(row: Row, course: Course) -> tuple[str, ...]:
    typed = [part.strip() for part in _BETWEEN_GROUPS.split(row.text("groups")) if part.strip()]
    return ordered({_known(each, course.groups, "groups") for each in typed}, course.groups)


def ordered(groups: Collection[str], known: Mapping[str, object] | Sequence[str]) -> tuple[str, ...]:
    """Return groups in the order of the course."""
    return tuple(group for group in known if group in groups)


def _mode(row: Row, _course: Course) -> str:
    mode = _clean(row, "mode").lower() or MODES[0]
    if mode not in MODES:
        raise _FieldError("mode", _l("must be one of: %(words)s", words=", ".join(MODES)))
    return mode


def _venue(row: Row, _course: Course) -> Bilingual:
    return Bilingual(_clean(row, "venue_th"), _clean(row, "venue_en"))


def _room(row: Row, _course: Course) -> str:
    return _clean(row, "room")


def _join_url(row: Row, _course: Course) -> str:
    address = _clean(row, "join_url")
    if address and not is_web_address(address):
        raise _FieldError("join_url", _l("must be a web address that begins with https://"))
    return address


def _capacity(row: Row, _course: Course) -> int | None:
    typed = _clean(row, "capacity")
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) < 7 and 0 < int(typed) <= LARGEST_CAPACITY):
        raise _FieldError("capacity", _l("must be a number of people, or empty"))
    return int(typed)


_READERS: Mapping[str, Reader] = {
    "code": _code,
    "category": _category,
    "title": _title,
    "start": _moment("start"),
    "end": _moment("end"),
    "groups": _groups,
    "mode": _mode,
    "venue": _venue,
    "room": _room,
    "join_url": _join_url,
    "capacity": _capacity,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: its sessions with the line of each by code, or every fault of it."""

    sessions: Sequence[PlannedSession]
    faults: Sequence[FileFault]
    lines: Mapping[str, int] = field(default_factory=dict)


def unreadable(*faults: FileFault) -> Reading:
    """Return a reading that found nothing but faults, by line."""
    return Reading((), sorted(faults, key=lambda fault: fault.line))


def read_rows(rows: Sequence[Row], course: Course) -> Reading:
    """Return the sessions of all rows, or every fault of all of them; each code is there once."""
    sessions: list[PlannedSession] = []
    faults: list[FileFault] = []
    lines: dict[str, int] = {}
    for row in rows:
        session, found = read_row(row, course)
        faults += found
        if session is not None:
            sessions.append(session)
            lines[session.code] = row.line
    faults += _repeated(rows)
    return unreadable(*faults) if faults else Reading(sessions, (), lines)


def _repeated(rows: Sequence[Row]) -> Iterator[FileFault]:
    first: dict[str, int] = {}
    for row in rows:
        code = row.text("code").strip()
        if code and code in first:
            reason = _l("“%(code)s” is already used on line %(line)d", code=code[:60], line=first[code])
            yield FileFault(row.line_of("code"), "code", reason)
        first.setdefault(code, row.line_of("code"))
