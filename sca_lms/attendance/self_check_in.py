"""Take what learners report from their own phones: check the room's code, limit guesses, let them in or out.

A report may come much later than the act, from a phone that had no network. The code that was on show proves
when the act took place; the phone's clock only says where to look for it.
"""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from sca_lms.attendance import door, door_queries, room_codes
from sca_lms.attendance.door import Act, Answer
from sca_lms.attendance.door_models import CodeMiss
from sca_lms.attendance.models import AttendanceSession, PresenceRecord, Source
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.errors import Refused

MOST_MISSES = 8
MISSES_WITHIN = dt.timedelta(minutes=2)


class WrongCode(Refused):
    """No room showed this code at that time."""

    code = "wrong-code"


class TooManyMisses(Refused):
    """So many wrong codes in a short time look like guessing; `until` says when the next one is taken."""

    code = "too-many-misses"

    def __init__(self, until: dt.datetime) -> None:
        super().__init__(_l("Too many wrong codes. Wait a moment and try again."))
        self.until = until


@dataclass(frozen=True, slots=True)
class Report:
    """One act as a client reports it: when it happened by its clock, and the key by which it counts once."""

    key: str
    is_leaving: bool
    code: str
    session_code: str = ""
    client_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose browser sent reports, what its clock said when it sent them, and when they arrived."""

    device: str
    sent_at: dt.datetime | None
    received_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a report; exactly one of `presence` and `refusal` is there."""

    key: str
    is_leaving: bool
    session: AttendanceSession | None = None
    presence: PresenceRecord | None = None
    is_repeated: bool = False
    left: AttendanceSession | None = None
    """The other room that was left by coming in here."""
    refusal: Refused | None = None

    @property
    def is_final(self) -> bool:
        """Whether sending the same again would be answered in the same way."""
        return not isinstance(self.refusal, TooManyMisses)


def take_report(actor: Actor, learner: Enrolment, report: Report, sender: Sender) -> Told:
    """Do what a learner reports, or tell why not; a wrong code is remembered, so nothing is raised."""
    known = door_queries.scan_of(learner.id, report.key)
    if known is not None:
        return Told(report.key, not known.is_arrival, known.session, known.presence, is_repeated=True)
    try:
        session, at = _where_and_when(actor, learner, report, sender)
        act = Act(at, Source.ROOM_CODE, report.key, sender.received_at, report.client_at, sender.device)
        with db.session.begin_nested():
            answer = let_through(session, learner, act, is_leaving=report.is_leaving)
    except Refused as refusal:
        return Told(report.key, report.is_leaving, refusal=refusal)
    return Told(
        report.key, report.is_leaving, session, answer.presence, is_repeated=answer.repeated, left=answer.left
    )


def let_through(session: AttendanceSession, learner: Enrolment, act: Act, *, is_leaving: bool) -> Answer:
    """Let somebody out or in. Raise what `door.check_in` and `door.check_out` raise."""
    step = door.check_out if is_leaving else door.check_in
    return step(session, learner, act)


def moments_of(report: Report, sender: Sender) -> list[dt.datetime]:
    """Return when an act may have happened: by the client's clock, then by how long ago it says it was.

    The second one helps a phone whose clock is wrong, however much.
    """
    if report.client_at is None:
        return [sender.received_at]
    moments = [min(report.client_at, sender.received_at)]
    if sender.sent_at is not None and sender.sent_at >= report.client_at:
        moments.append(sender.received_at - (sender.sent_at - report.client_at))
    return moments


def _where_and_when(
    actor: Actor, learner: Enrolment, report: Report, sender: Sender
) -> tuple[AttendanceSession, dt.datetime]:
    """Return the session that showed the code, and when; raise `WrongCode` or `TooManyMisses`."""
    misses = door_queries.misses_since(learner.id, sender.received_at - MISSES_WITHIN)
    if len(misses) >= MOST_MISSES:
        raise TooManyMisses(misses[-MOST_MISSES] + MISSES_WITHIN)
    for at in moments_of(report, sender):
        for session in door_queries.code_candidates(actor, report.session_code, at):
            if room_codes.is_valid(report.code, session.code_seed, session.id, at=at):
                return session, at
    _remember_miss(learner, at=sender.received_at)
    raise WrongCode(_l("This code is wrong or no longer valid. Use the one that the room shows now."))


def _remember_miss(learner: Enrolment, *, at: dt.datetime) -> None:
    db.session.execute(
        sa.delete(CodeMiss).where(CodeMiss.enrolment_id == learner.id, CodeMiss.at <= at - MISSES_WITHIN)
    )
    db.session.add(CodeMiss(enrolment_id=learner.id, at=at))
    db.session.flush()
