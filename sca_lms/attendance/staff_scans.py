"""Take what staff report from the door: a learner's code scanned, a name tapped, a row of a signed sheet."""

import datetime as dt
import enum
from dataclasses import dataclass

from sca_lms.attendance import door
from sca_lms.attendance.door import Act
from sca_lms.attendance.models import AttendanceSession, PresenceRecord, Source
from sca_lms.attendance.rules import Presence
from sca_lms.attendance.self_check_in import let_through
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.errors import Refused


class Way(enum.StrEnum):
    """What staff do for a learner."""

    IN = "in"
    OUT = "out"
    SHEET = "sheet"
    """The learner has signed the sheet: a whole stay."""


@dataclass(frozen=True, slots=True)
class StaffScan:
    """One act of staff: for whom, when, and for a sheet the whole stay."""

    key: str
    way: Way
    code: str
    is_tapped: bool
    """Chosen from a list, not scanned."""
    client_at: dt.datetime | None = None
    stay: Presence | None = None


@dataclass(frozen=True, slots=True)
class StaffTold:
    """What became of an act of staff; exactly one of `presence` and `refusal` is there."""

    key: str
    way: Way
    learner: Enrolment | None
    presence: PresenceRecord | None = None
    is_repeated: bool = False
    left: AttendanceSession | None = None
    refusal: Refused | None = None


def take_scan(
    session: AttendanceSession,
    learner: Enrolment,
    scan: StaffScan,
    *,
    at: dt.datetime,
    received_at: dt.datetime,
    by_id: int | None,
) -> StaffTold:
    """Let a learner in or out, or record the stay of a sheet; a refusal is told, so this never raises one."""
    source = Source.PAPER if scan.way is Way.SHEET else Source.LIST if scan.is_tapped else Source.STAFF_SCAN
    act = Act(at, source, scan.key, received_at, scan.client_at, by_id=by_id)
    try:
        with db.session.begin_nested():
            if scan.way is Way.SHEET:
                stay = scan.stay or Presence(session.starts_at, session.ends_at)
                return StaffTold(scan.key, scan.way, learner, door.record_stay(session, learner, stay, act))
            answer = let_through(session, learner, act, is_leaving=scan.way is Way.OUT)
    except Refused as refusal:
        return StaffTold(scan.key, scan.way, learner, refusal=refusal)
    return StaffTold(
        scan.key, scan.way, learner, answer.presence, is_repeated=answer.repeated, left=answer.left
    )
