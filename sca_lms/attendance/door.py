"""Let people in and out of sessions, and put right afterwards what went wrong at the door."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from sca_lms.attendance import crediting, queries
from sca_lms.attendance.models import (
    AttendanceSession,
    PresenceRecord,
    Scan,
    SessionState,
    Source,
)
from sca_lms.attendance.rules import Presence
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.errors import Refused

DOORS_BEFORE = dt.timedelta(minutes=15)
DOORS_AFTER = dt.timedelta(minutes=60)
"""How long after the end a check-out is still taken; what lies after the end is not paid."""
LATEST_REPORT = dt.timedelta(hours=18)
"""How old an act may be that a client without network reports when it is back."""
CLOCK_AHEAD = dt.timedelta(minutes=2)


class DoorsClosed(Refused):
    """Nobody is let in before the doors open or after the session."""

    code = "doors-closed"


class TooEarly(DoorsClosed):
    """The doors are not open yet; `opens_at` says from when on they are."""

    def __init__(self, opens_at: dt.datetime) -> None:
        super().__init__(_l("The doors are not open yet."))
        self.opens_at = opens_at


class NotExpected(Refused):
    """The session is for other groups."""

    code = "not-expected"


class NotThere(Refused):
    """Who has not come in cannot leave."""

    code = "not-there"


class NotPlausible(Refused):
    """The time that was given cannot be."""

    code = "not-plausible"


@dataclass(frozen=True, slots=True)
class Act:
    """One act at the door: when it counts from, how it became known, and the key that makes it count once."""

    at: dt.datetime
    source: Source
    key: str
    received_at: dt.datetime
    client_at: dt.datetime | None = None
    device: str = ""
    by_id: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an act: the stay, and whether nothing new was recorded."""

    presence: PresenceRecord
    repeated: bool
    left: AttendanceSession | None = None
    """The other session that was left by coming in here."""


def check_in(session: AttendanceSession, learner: Enrolment, act: Act) -> Answer:
    """Let a learner in; the same act again, or coming in twice, records nothing new.

    Whoever is still in another session leaves it at the same instant; when that session is over, nobody knows
    when it was left, and the stay there remains pending.
    Raise `DoorsClosed`, `NotExpected` or `NotPlausible`.
    """
    _wait_for_turn(session, learner)
    if (known := _earlier(learner, act)) is not None:
        return Answer(known, repeated=True)
    _refuse_unlikely(act)
    if not session.expects(learner.group):
        raise NotExpected(_l("This session is for other groups."))
    _refuse_closed_doors(session, act.at, until=session.ends_at)
    there = queries.open_presence(learner.id)
    if there is not None and there.session_id == session.id:
        _remember(session, learner, there, act, is_arrival=True)
        return Answer(there, repeated=True)
    left = None
    if there is not None:
        left = there.session
        _leave(there, act)
    stay = _begin(session, learner, act)
    if stay is None:
        # The same person came in through another device at this very moment; the database let one stay.
        winner = queries.open_presence(learner.id)
        if winner is None or winner.session_id != session.id:
            raise NotPlausible(_l("You came into two rooms at once. Check in again where you are."))
        return Answer(winner, repeated=True)
    _remember(session, learner, stay, act, is_arrival=True)
    return Answer(stay, repeated=False, left=left)


def check_out(session: AttendanceSession, learner: Enrolment, act: Act) -> Answer:
    """Let a learner out; the same act again records nothing new.

    Raise `NotThere`, `DoorsClosed` or `NotPlausible`.
    """
    _wait_for_turn(session, learner)
    if (known := _earlier(learner, act)) is not None:
        return Answer(known, repeated=True)
    _refuse_unlikely(act)
    there = queries.open_presence(learner.id)
    if there is None or there.session_id != session.id:
        raise NotThere(_l("You are not checked in to this session."))
    _refuse_closed_doors(session, act.at, until=session.ends_at + DOORS_AFTER)
    if act.at < there.in_at:
        raise NotPlausible(_l("The check-out lies before the check-in."))
    _end(there, act.at, act.source, act.by_id)
    _remember(session, learner, there, act, is_arrival=False)
    return Answer(there, repeated=False)


def record_stay(session: AttendanceSession, learner: Enrolment, stay: Presence, act: Act) -> PresenceRecord:
    """Record a whole stay that staff, a file or a signed sheet vouches for, and settle a closed session.

    A stay that is recorded already is returned as it is. Raise `NotPlausible`.
    """
    record = put_stay(session, learner, stay, act)
    settle(session, [learner.id], act)
    return record


def put_stay(session: AttendanceSession, learner: Enrolment, stay: Presence, act: Act) -> PresenceRecord:
    """Record a whole stay as `record_stay` does, but leave it to the caller to `settle` many at once."""
    if stay.out_at is not None and stay.out_at <= stay.in_at:
        raise NotPlausible(_l("The check-out lies before the check-in."))
    if stay.in_at >= session.ends_at or (stay.out_at is not None and stay.out_at <= session.starts_at):
        raise NotPlausible(_l("This stay lies outside the session."))
    same = db.session.scalar(
        sa.select(PresenceRecord).where(
            PresenceRecord.session_id == session.id,
            PresenceRecord.enrolment_id == learner.id,
            PresenceRecord.in_at == stay.in_at,
            PresenceRecord.out_at.is_(None) if stay.out_at is None else PresenceRecord.out_at == stay.out_at,
            PresenceRecord.voided_at.is_(None),
        )
    )
    if same is not None:
        return same
    record = PresenceRecord(
        session_id=session.id, enrolment_id=learner.id, in_at=stay.in_at, out_at=stay.out_at,
        in_source=act.source, out_source=act.source if stay.out_at is not None else None,
        in_by_id=act.by_id, out_by_id=act.by_id if stay.out_at is not None else None,
        left_open=stay.out_at is None and session.state is SessionState.CLOSED, void_reason="",
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(record)
    except IntegrityError as error:
        raise NotPlausible(
            _l("This person is in another session now. Give the time of leaving as well.")
        ) from error
    return record


def resolve_check_out(
    record: PresenceRecord,
    session: AttendanceSession,
    learner: Enrolment,
    out_at: dt.datetime,
    *,
    by_id: int | None,
    at: dt.datetime,
) -> None:
    """Say when somebody left whose check-out is missing, and settle a closed session.

    Raise `NotPlausible`.
    """
    db.session.refresh(record, ["out_at", "voided_at"], with_for_update=True)
    if record.out_at is not None or record.voided_at is not None:
        raise NotPlausible(_l("This check-out is known already."))
    if out_at <= record.in_at:
        raise NotPlausible(_l("The check-out lies before the check-in."))
    _end(record, out_at, Source.RESOLVED, by_id)
    act = Act(at, Source.RESOLVED, "", at, by_id=by_id)
    settle(session, [learner.id], act)


def void_stay(
    record: PresenceRecord,
    session: AttendanceSession,
    learner: Enrolment,
    *,
    reason: str,
    by_id: int | None,
    at: dt.datetime,
) -> None:
    """Declare a stay void, with a reason, and settle a closed session; a void one stays void."""
    if set_aside(record, reason=reason, by_id=by_id, at=at):
        settle(session, [learner.id], Act(at, Source.RESOLVED, "", at, by_id=by_id), reason=reason)


def set_aside(record: PresenceRecord, *, reason: str, by_id: int | None, at: dt.datetime) -> bool:
    """Void a stay, but leave it to the caller to `settle`; return False for one that was void before."""
    db.session.refresh(record, ["out_at", "voided_at"], with_for_update=True)
    if record.voided_at is not None:
        return False
    record.voided_at, record.voided_by_id, record.void_reason = at, by_id, reason
    db.session.flush()
    return True


def settle(session: AttendanceSession, enrolment_ids: Collection[int], act: Act, *, reason: str = "") -> None:
    """Bring the ledger up to date for people whose stays have changed; an open session pays later."""
    if session.state is SessionState.CLOSED and enrolment_ids:
        crediting.settle(
            session.course_id,
            [session],
            enrolment_ids,
            reason=reason,
            person_id=act.by_id,
            at=act.received_at,
        )


def _refuse_unlikely(act: Act) -> None:
    if act.at > act.received_at + CLOCK_AHEAD:
        raise NotPlausible(_l("The clock of this device is ahead. Set it and try again."))
    if act.at < act.received_at - LATEST_REPORT:
        raise NotPlausible(_l("This was too long ago. Ask your instructor to record it."))


def _refuse_closed_doors(session: AttendanceSession, at: dt.datetime, *, until: dt.datetime) -> None:
    if session.state is not SessionState.OPEN:
        raise DoorsClosed(_l("This session is closed. Ask your instructor to record it."))
    if at < session.starts_at - DOORS_BEFORE:
        raise TooEarly(session.starts_at - DOORS_BEFORE)
    if at >= until:
        raise DoorsClosed(_l("This session is over. Ask your instructor to record it."))


def _wait_for_turn(session: AttendanceSession, learner: Enrolment) -> None:
    """Let two acts of one person follow each other, and none slip in while the session is being closed.

    The session comes first, as in closing: whoever took them in another order could block the other for good.
    """
    db.session.refresh(session, ["state"], with_for_update={"read": True})
    db.session.refresh(learner, ["state"], with_for_update={"key_share": True})


def _earlier(learner: Enrolment, act: Act) -> PresenceRecord | None:
    scan = db.session.scalar(
        sa.select(Scan)
        .where(Scan.enrolment_id == learner.id, Scan.key == act.key)
        .options(joinedload(Scan.presence))
    )
    return scan.presence if scan is not None else None


def _begin(session: AttendanceSession, learner: Enrolment, act: Act) -> PresenceRecord | None:
    stay = PresenceRecord(
        session_id=session.id, enrolment_id=learner.id, in_at=act.at, in_source=act.source,
        in_by_id=act.by_id, left_open=False, void_reason="",
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(stay)
    except IntegrityError:
        return None
    return stay


def _end(stay: PresenceRecord, at: dt.datetime, source: Source, by_id: int | None) -> None:
    stay.out_at, stay.out_source, stay.out_by_id = at, source, by_id
    db.session.flush()


def _leave(there: PresenceRecord, act: Act) -> None:
    if act.at < there.session.ends_at:
        _end(there, max(act.at, there.in_at), Source.ELSEWHERE, act.by_id)
    else:
        there.left_open = True
        db.session.flush()


def _remember(
    session: AttendanceSession, learner: Enrolment, stay: PresenceRecord, act: Act, *, is_arrival: bool
) -> None:
    scan = Scan(
        session_id=session.id, enrolment_id=learner.id, presence_id=stay.id, key=act.key,
        is_arrival=is_arrival, client_at=act.client_at, server_at=act.received_at, source=act.source,
        device=act.device, by_id=act.by_id,
    )  # fmt: skip
    db.session.add(scan)
    db.session.flush()
