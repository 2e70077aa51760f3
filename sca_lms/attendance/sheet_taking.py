"""Take a signed sheet over: compare it with what is recorded, show the difference, then store all of it."""

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sca_lms.attendance import door, door_queries, queries
from sca_lms.attendance.door import Act
from sca_lms.attendance.models import AttendanceSession, PresenceRecord, SessionState, Source
from sca_lms.attendance.room_queries import open_elsewhere
from sca_lms.attendance.rules import Presence
from sca_lms.attendance.sheet_reading import FaultKind, SheetFault, SheetRow
from sca_lms.attendance.wall_times import nearest
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Actor
from sca_lms.web.collation import fold

REASON = "sign-in sheet"


class Difference(enum.StrEnum):
    """What a line of the sheet means beside what is recorded."""

    NEW = "new"
    SAME = "same"
    OTHER = "other"
    """The recorded stays give way to the one on paper."""
    ABSENT = "absent"
    """The line is empty; what is recorded stays as it is."""


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One line with the person it is about, what is recorded, and what the sheet says."""

    row: SheetRow
    learner: Enrolment
    before: Sequence[PresenceRecord]
    stay: Presence | None
    difference: Difference

    @property
    def has_other_name(self) -> bool:
        """Whether the name on the sheet is not the one that belongs to the code."""
        return bool(self.row.name) and fold(self.row.name) != fold(self.learner.person.full_name)


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """What taking the sheet over would do, or every fault that forbids it."""

    lines: Sequence[PlannedLine]
    faults: Sequence[SheetFault]

    def count(self, difference: Difference) -> int:
        """Return how many lines have this meaning."""
        return sum(line.difference is difference for line in self.lines)


def planned(
    actor: Actor,
    session: AttendanceSession,
    rows: Sequence[SheetRow],
    *,
    whose: Callable[[str], int | None],
    zone: ZoneInfo,
) -> SheetPlan:
    """Compare lines with what is recorded; `whose` tells the enrolment id of a learner's code."""
    ids = {row.line: whose(row.code) for row in rows}
    learners = door_queries.learners_by_id(actor, {each for each in ids.values() if each is not None})
    recorded: dict[int, list[PresenceRecord]] = defaultdict(list)
    for record in queries.presences([session.id], learners):
        recorded[record.enrolment_id].append(record)
    elsewhere = open_elsewhere(session, learners) if session.state is SessionState.OPEN else frozenset()
    lines: list[PlannedLine] = []
    faults: list[SheetFault] = []
    seen: set[int] = set()
    for row in rows:
        learner = learners.get(ids[row.line] or 0)
        fault = _fault(session, row, learner, seen, elsewhere, zone)
        if fault is not None or learner is None:
            faults.append(SheetFault(row.line, fault or FaultKind.UNKNOWN_CODE, row.code))
            continue
        seen.add(learner.id)
        lines.append(_line(session, row, learner, recorded[learner.id], zone))
    return SheetPlan(lines, faults)


def take_over(
    session: AttendanceSession,
    lines: Sequence[PlannedLine],
    chosen: Collection[int],
    *,
    by_id: int | None,
    at: dt.datetime,
) -> int:
    """Store the chosen lines, given by their numbers, and settle once; return how many changed something.

    Raise `door.NotPlausible`, after which nothing may be kept.
    """
    act = Act(at, Source.PAPER, "", at, by_id=by_id)
    changed: list[int] = []
    for line in lines:
        if line.row.line not in chosen or line.stay is None or line.difference is Difference.SAME:
            continue
        for record in line.before:
            door.set_aside(record, reason=REASON, by_id=by_id, at=at)
        door.put_stay(session, line.learner, line.stay, act)
        changed.append(line.learner.id)
    door.settle(session, changed, act, reason=REASON)
    return len(changed)


def _line(
    session: AttendanceSession,
    row: SheetRow,
    learner: Enrolment,
    before: Sequence[PresenceRecord],
    zone: ZoneInfo,
) -> PlannedLine:
    stay = _stay(session, row, zone)
    if stay is None:
        return PlannedLine(row, learner, before, None, Difference.ABSENT)
    if not before:
        return PlannedLine(row, learner, before, stay, Difference.NEW)
    same = len(before) == 1 and _to_the_minute(Presence(before[0].in_at, before[0].out_at)) == stay
    return PlannedLine(row, learner, before, stay, Difference.SAME if same else Difference.OTHER)


def _fault(
    session: AttendanceSession,
    row: SheetRow,
    learner: Enrolment | None,
    seen: Collection[int],
    elsewhere: Collection[int],
    zone: ZoneInfo,
) -> FaultKind | None:
    if learner is None:
        return FaultKind.UNKNOWN_CODE
    if learner.id in seen:
        return FaultKind.TWICE
    stay = _stay(session, row, zone)
    if stay is None:
        return None
    if stay.out_at is None:
        is_outside = stay.in_at >= session.ends_at
        return (
            FaultKind.OUTSIDE
            if is_outside
            else FaultKind.IN_ANOTHER_ROOM
            if learner.id in elsewhere
            else None
        )
    if stay.out_at <= stay.in_at:
        return FaultKind.OUT_BEFORE_IN
    is_outside = stay.in_at >= session.ends_at or stay.out_at <= session.starts_at
    return FaultKind.OUTSIDE if is_outside else None


def _stay(session: AttendanceSession, row: SheetRow, zone: ZoneInfo) -> Presence | None:
    if row.came is None:
        return None
    left = nearest(row.left, session.times, zone) if row.left is not None else None
    return Presence(nearest(row.came, session.times, zone), left)


def _to_the_minute(stay: Presence) -> Presence:
    came, left = stay.in_at.replace(second=0, microsecond=0), stay.out_at
    return Presence(came, left.replace(second=0, microsecond=0) if left is not None else None)
