"""Take typed cells of the grid over: read them all, compare with what is recorded, then store all or none."""

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sca_lms.attendance import door, door_queries, queries
from sca_lms.attendance.door import Act
from sca_lms.attendance.grid_cells import Typed, read_cell
from sca_lms.attendance.models import AttendanceSession, PresenceRecord, SessionState, Source
from sca_lms.attendance.rules import Presence
from sca_lms.attendance.wall_times import nearest
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Actor

REASON = "attendance grid"
Key = tuple[int, int]
"""Enrolment id and session id."""


class CellFault(enum.StrEnum):
    """What can be wrong with a typed cell."""

    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    NOT_EXPECTED = "not-expected"
    OUT_BEFORE_IN = "out-before-in"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that cannot be taken over, as it was typed."""

    kind: CellFault
    typed: str
    learner: Enrolment | None
    session: AttendanceSession | None


@dataclass(frozen=True, slots=True)
class Planned:
    """A cell that changes something: the stays recorded, and those typed."""

    key: Key
    typed: str
    learner: Enrolment
    session: AttendanceSession
    before: Sequence[PresenceRecord]
    after: Sequence[Presence]


@dataclass(frozen=True, slots=True)
class Plan:
    """What saving would do, or every fault that forbids it."""

    changes: Sequence[Planned]
    faults: Sequence[Fault]
    unchanged: int


def plan(actor: Actor, typed: Mapping[Key, str], *, zone: ZoneInfo) -> Plan:
    """Read every typed cell of the actor's course and compare it with what is recorded."""
    sessions = {each.id: each for each in queries.timetable(actor.course_id)}
    learners = door_queries.learners_by_id(actor, {key[0] for key in typed})
    recorded: dict[Key, list[PresenceRecord]] = defaultdict(list)
    for record in queries.presences({key[1] for key in typed} & sessions.keys(), learners):
        recorded[record.enrolment_id, record.session_id].append(record)
    changes: list[Planned] = []
    faults: list[Fault] = []
    unchanged = 0
    for key, text in typed.items():
        learner, session = learners.get(key[0]), sessions.get(key[1])
        if learner is None or session is None:
            faults.append(Fault(CellFault.UNKNOWN, text, learner, session))
            continue
        stays = _stays(text, session, learner, zone)
        if isinstance(stays, CellFault):
            faults.append(Fault(stays, text, learner, session))
        elif stays is None or _same(recorded[key], stays):
            unchanged += 1
        else:
            changes.append(Planned(key, text, learner, session, recorded[key], stays))
    return Plan(changes, faults, unchanged)


def take_over(changes: Sequence[Planned], *, by_id: int | None, at: dt.datetime) -> int:
    """Store the changes and settle each session once; return how many cells changed.

    Stays that give way become void and stay visible. Raise `door.NotPlausible`, after which nothing is kept.
    """
    act = Act(at, Source.LIST, "", at, by_id=by_id)
    people: dict[int, list[int]] = defaultdict(list)
    by_session: dict[int, AttendanceSession] = {}
    for change in changes:
        for record in change.before:
            door.set_aside(record, reason=REASON, by_id=by_id, at=at)
        for stay in change.after:
            door.put_stay(change.session, change.learner, stay, act)
        people[change.session.id].append(change.learner.id)
        by_session[change.session.id] = change.session
    for session_id, session in by_session.items():
        door.settle(session, people[session_id], act, reason=REASON)
    return len(changes)


def _stays(
    text: str, session: AttendanceSession, learner: Enrolment, zone: ZoneInfo
) -> list[Presence] | CellFault | None:
    try:
        typed = read_cell(text)
    except ValueError:
        return CellFault.UNREADABLE
    if typed is None:
        return None
    if not session.expects(learner.group):
        return CellFault.NOT_EXPECTED
    stays = _presences(typed, session, zone)
    for stay in stays:
        if stay.out_at is not None and stay.out_at <= stay.in_at:
            return CellFault.OUT_BEFORE_IN
        if stay.in_at >= session.ends_at or (stay.out_at or session.ends_at) <= session.starts_at:
            return CellFault.OUTSIDE
    open_ones = [stay for stay in stays if stay.out_at is None]
    return CellFault.UNREADABLE if len(open_ones) > 1 else stays


def _presences(typed: Typed, session: AttendanceSession, zone: ZoneInfo) -> list[Presence]:
    if typed.whole:
        # Who is there in a session that is going on has not left yet.
        is_over = session.state is SessionState.CLOSED
        return [Presence(session.starts_at, session.ends_at if is_over else None)]
    return [
        Presence(
            nearest(came, session.times, zone),
            nearest(left, session.times, zone) if left is not None else None,
        )
        for came, left in typed.stays
    ]


def _same(recorded: Sequence[PresenceRecord], stays: Sequence[Presence]) -> bool:
    before = [(_minute(each.in_at), _minute(each.out_at)) for each in recorded]
    return sorted(before, key=str) == sorted(((each.in_at, each.out_at) for each in stays), key=str)


def _minute(at: dt.datetime | None) -> dt.datetime | None:
    return at.replace(second=0, microsecond=0) if at is not None else None
