"""Decide whether a timetable may be published, and reckon with sessions on the wall clock; pure.

Moments are aware and in UTC; a zone is only looked at where people would look at a clock or a calendar.
"""

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from sca_lms.attendance.rules import SessionTimes
from sca_lms.programmes.periods import MINUTE, Period, length, within
from sca_lms.texts import Bilingual

STEP_MINUTES = 15
"""By so much a session is moved with the mouse or an arrow key."""
LONGEST = dt.timedelta(days=14)
"""A camp that is counted round the clock may be one session; nothing is longer."""
EVERYBODY: tuple[str, ...] = ()
NO_GROUP = ""
"""Stands for the learners who are in no cohort group."""


class NotMovableError(ValueError):
    """The session would end before it begins, or lie outside the calendar."""


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """A session as it is planned, whether it is published or not."""

    code: str
    category: str
    title: Bilingual
    times: SessionTimes
    groups: tuple[str, ...]
    """The cohort groups that are expected, in order; empty: everybody."""
    mode: str
    venue: Bilingual
    room: str
    join_url: str
    capacity: int | None
    counted: tuple[Period, ...] = field(default=(), compare=False)
    """The parts of it that count by the hours policy in force."""
    published: bool = field(default=False, compare=False)

    @property
    def minutes(self) -> int:
        """What it is worth to somebody who is there from start to end."""
        return length(self.counted) // MINUTE

    @property
    def frame(self) -> Period:
        """When it takes place."""
        return self.times.starts_at, self.times.ends_at

    @property
    def place(self) -> tuple[str, ...] | None:
        """The room that it fills; None when it fills none, as online without a room's name.

        A venue without a room is one room, as in a programme file.
        """
        is_nowhere = self.mode == "online" and not self.room
        if is_nowhere or not (self.room or self.venue):
            return None
        return tuple(" ".join(text.casefold().split()) for text in (self.venue.th, self.venue.en, self.room))

    def expects(self, group: str) -> bool:
        """Tell whether somebody of this cohort group is expected."""
        return not self.groups or group in self.groups


@dataclass(frozen=True, slots=True)
class SumFault:
    """A category does not get exactly the minutes it asks for; `groups` is empty when that is so for all."""

    category: str
    planned: int
    required: int
    groups: tuple[str, ...] = EVERYBODY


@dataclass(frozen=True, slots=True)
class Clash:
    """Two sessions at one time want the same people (`groups`; empty: everybody) or the same room."""

    first: str
    second: str
    frame: Period
    groups: tuple[str, ...] = EVERYBODY
    is_room: bool = False


@dataclass(frozen=True, slots=True)
class Unfit:
    """A session alone cannot be published: it is worth nothing, or its category or a group is unknown."""

    code: str
    category: str | None = None
    groups: tuple[str, ...] = EVERYBODY


PlanFault = SumFault | Clash | Unfit


def publication_faults(
    sessions: Sequence[PlannedSession], *, required: Mapping[str, int], groups: Sequence[str]
) -> list[PlanFault]:
    """Return all that keeps these sessions from being the timetable; nothing when they may be published.

    Every group gets exactly the minutes required in each category, nobody is in two places, a room holds one
    session at a time. `required` holds minutes by category, `groups` every group that people can be in.
    """
    unfit = list(_unfit(sessions, required=required, groups=groups))
    return [*unfit, *sum_faults(sessions, required=required, groups=groups), *clashes(sessions)]


def _unfit(
    sessions: Iterable[PlannedSession], *, required: Mapping[str, int], groups: Collection[str]
) -> Iterator[Unfit]:
    for session in sessions:
        if session.category not in required:
            yield Unfit(session.code, category=session.category)
        elif session.minutes == 0:
            yield Unfit(session.code)
        if unknown := tuple(group for group in session.groups if group not in groups):
            yield Unfit(session.code, groups=unknown)


def sums(sessions: Iterable[PlannedSession], groups: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return the minutes planned for each group by category."""
    found: dict[str, dict[str, int]] = {group: defaultdict(int) for group in groups}
    for session in sessions:
        for group, by_category in found.items():
            if session.expects(group):
                by_category[session.category] += session.minutes
    return {group: dict(by_category) for group, by_category in found.items()}


def sum_faults(
    sessions: Sequence[PlannedSession], *, required: Mapping[str, int], groups: Sequence[str]
) -> list[SumFault]:
    """Return the categories that do not add up, once for all groups that have the same sum."""
    planned = sums(sessions, groups)
    faults = []
    for category, wanted in required.items():
        by_sum: dict[int, list[str]] = defaultdict(list)
        for group in groups:
            by_sum[planned[group].get(category, 0)].append(group)
        faults += [
            SumFault(category, minutes, wanted, EVERYBODY if len(short) == len(groups) else tuple(short))
            for minutes, short in sorted(by_sum.items())
            if minutes != wanted
        ]
    return faults


def clashes(sessions: Iterable[PlannedSession]) -> list[Clash]:
    """Return every pair of sessions at one time that shares people or a room, by time."""
    found: list[Clash] = []
    running: list[PlannedSession] = []
    for session in sorted(sessions, key=lambda each: (each.frame, each.code)):
        starts_at, ends_at = session.frame
        running = [each for each in running if each.times.ends_at > starts_at]
        for other in running:
            frame = (starts_at, min(ends_at, other.times.ends_at))
            shared = shared_groups(other.groups, session.groups)
            if shared is not None:
                found.append(Clash(other.code, session.code, frame, shared))
            if session.place is not None and session.place == other.place:
                found.append(Clash(other.code, session.code, frame, is_room=True))
        running.append(session)
    return found


def shared_groups(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...] | None:
    """Return the groups that two sessions both expect, empty for everybody; None when they share nobody."""
    if not first or not second:
        return tuple(first or second)
    return tuple(group for group in first if group in second) or None


def new_clashes(before: Iterable[PlannedSession], after: Iterable[PlannedSession]) -> list[Clash]:
    """Return the clashes that a change would bring; those that were there already are not its fault."""
    known = {(clash.first, clash.second, clash.is_room) for clash in clashes(before)}
    known |= {(second, first, is_room) for first, second, is_room in known}
    return [clash for clash in clashes(after) if (clash.first, clash.second, clash.is_room) not in known]


# ---------------------------------------------------------------- the wall clock


def shifted(times: SessionTimes, zone: ZoneInfo, *, days: int = 0, minutes: int = 0) -> SessionTimes:
    """Move a session on the wall clock, breaks and end with it; raise `NotMovableError` when it cannot be.

    A time that the clocks skip becomes the one they show instead.
    """
    offset = dt.timedelta(days=days, minutes=minutes)

    def moved(moment: dt.datetime) -> dt.datetime:
        wall = moment.astimezone(zone).replace(tzinfo=None) + offset
        return wall.replace(tzinfo=zone, fold=moment.astimezone(zone).fold).astimezone(dt.UTC)

    try:
        start, end = moved(times.starts_at), moved(times.ends_at)
        breaks = [(moved(begins), moved(ends)) for begins, ends in times.breaks]
    except OverflowError as error:
        raise NotMovableError("outside the calendar") from error
    if not start < end:
        raise NotMovableError("ends before it begins")
    return SessionTimes(start, end, tuple(within(breaks, frame=(start, end))))


def day_of(moment: dt.datetime, zone: ZoneInfo) -> dt.date:
    """Return the calendar day of a moment."""
    return moment.astimezone(zone).date()


def monday_of(day: dt.date) -> dt.date:
    """Return the first day of a week."""
    return day - dt.timedelta(days=day.weekday())


def weeks_of(starts: Iterable[dt.datetime], zone: ZoneInfo) -> list[dt.date]:
    """Return the Mondays of the weeks in which something begins, in order."""
    return sorted({monday_of(day_of(moment, zone)) for moment in starts})


def minutes_by_day(sessions: Iterable[PlannedSession], zone: ZoneInfo) -> dict[dt.date, int]:
    """Return the minutes that count on each day; what runs past midnight is split there."""
    found: dict[dt.date, dt.timedelta] = defaultdict(dt.timedelta)
    for session in sessions:
        for start, end in session.counted:
            begins = start
            while begins < end:
                day = day_of(begins, zone)
                midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=zone)
                ends = min(end, midnight.astimezone(dt.UTC))
                found[day] += ends - begins
                begins = ends
    return {day: spent // MINUTE for day, spent in sorted(found.items())}


# ---------------------------------------------------------------- values that travel


def as_mapping(session: PlannedSession) -> dict[str, object]:
    """Return a session as values that JSON holds; `from_mapping` is its inverse."""
    return {
        "code": session.code,
        "category": session.category,
        "title": {"th": session.title.th, "en": session.title.en},
        "starts_at": session.times.starts_at.isoformat(),
        "ends_at": session.times.ends_at.isoformat(),
        "breaks": [[start.isoformat(), end.isoformat()] for start, end in session.times.breaks],
        "groups": list(session.groups),
        "mode": session.mode,
        "venue": {"th": session.venue.th, "en": session.venue.en},
        "room": session.room,
        "join_url": session.join_url,
        "capacity": session.capacity,
    }


def from_mapping(values: Mapping[str, object]) -> PlannedSession:
    """Return the session that `as_mapping` wrote; what counts of it is not kept."""
    breaks, groups, capacity = values["breaks"], values["groups"], values["capacity"]
    if not isinstance(breaks, list) or not isinstance(groups, list):
        raise TypeError("not written by as_mapping")
    return PlannedSession(
        code=str(values["code"]),
        category=str(values["category"]),
        title=Bilingual.of(values["title"]),
        times=SessionTimes(
            dt.datetime.fromisoformat(str(values["starts_at"])),
            dt.datetime.fromisoformat(str(values["ends_at"])),
            tuple(
                (dt.datetime.fromisoformat(start), dt.datetime.fromisoformat(end)) for start, end in breaks
            ),
        ),
        groups=tuple(map(str, groups)),
        mode=str(values["mode"]),
        venue=Bilingual.of(values["venue"]),
        room=str(values["room"]),
        join_url=str(values["join_url"]),
        capacity=None if capacity is None else int(str(capacity)),
    )


def as_draft(session: PlannedSession) -> PlannedSession:
    """Return the same session, not published."""
    return replace(session, published=False)


def digest_of(*values: object) -> str:
    """Return a short fingerprint of values that JSON holds, to see later whether they are still the same."""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
