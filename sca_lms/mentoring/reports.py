"""Take what both sides report of a meeting, credit what they agree on, and let staff decide the rest.

Every change locks the appointment first, so that two who report at the same moment see each other.
"""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.errors import Refused, Text
from sca_lms.inbox.rules import Fact
from sca_lms.mentoring import booking, booking_history, report_queries, report_rules
from sca_lms.mentoring.models import (
    Appointment,
    AppointmentPlace,
    AppointmentState,
    MeetingReport,
    MentoringTerms,
    PlaceState,
    Side,
)
from sca_lms.mentoring.report_notices import tell_of_meeting
from sca_lms.mentoring.report_rules import Fault, Said, Settled

PLACE_COLUMNS = [column.key for column in sa.inspect(AppointmentPlace).column_attrs]
REPORTABLE = (
    AppointmentState.OPEN,
    AppointmentState.CONFIRMED,
    AppointmentState.REPORTED,
    # In a group slot the others' places go on after one of them is settled.
    AppointmentState.CREDITED,
    AppointmentState.DISPUTED,
    AppointmentState.NO_SHOW,
)
DISPUTABLE = (AppointmentState.CREDITED, AppointmentState.NO_SHOW)
DECIDABLE = (
    AppointmentState.DISPUTED,
    AppointmentState.CREDITED,
    AppointmentState.NO_SHOW,
    AppointmentState.LAPSED,
)
UNSETTLED = (None, AppointmentState.REPORTED)
FAULTS: dict[Fault, Text] = {
    Fault.BACKWARDS: _l("The meeting has to end after it began."),
    Fault.FUTURE: _l("The end lies in the future. Report the meeting when it is over."),
    Fault.OTHER_DAY: _l("Both times have to lie on the day of the meeting."),
}


class CannotReport(Refused):
    """This meeting cannot be reported, or not by this person."""

    code = "cannot-report"


class WrongTimes(CannotReport):
    """The times reported cannot be right."""

    code = "wrong-times"


class TooLate(CannotReport):
    """The time in which it could be reported or disputed is over."""

    code = "too-late"


class AlreadySettled(CannotReport):
    """Both sides have reported; what is wrong now is a dispute."""

    code = "already-settled"


class CannotDecide(Refused):
    """There is nothing to decide, or not so many minutes."""

    code = "cannot-decide"


class NotYours(Refused):
    """Nobody decides on a meeting of their own."""

    code = "own-meeting"


@dataclass(frozen=True, slots=True)
class Meeting:
    """One ambassador's place in an appointment with what its rules need."""

    appointment: Appointment
    place: AppointmentPlace
    terms: MentoringTerms
    course: Course

    @property
    def planned(self) -> tuple[dt.datetime, dt.datetime]:
        """Return the planned beginning and end."""
        return self.appointment.starts_at, self.appointment.ends_at


@dataclass(frozen=True, slots=True)
class Words:
    """What one side says; without times, that the other side did not come."""

    began_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    remark: str = ""


def report(meeting: Meeting, side: Side, by: Enrolment, words: Words, *, at: dt.datetime) -> AppointmentState:
    """Take one side's report, or correct it while the other side has not reported.

    Returns where the place stands then. Raise `AlreadySettled`, `TooLate`, `WrongTimes` or `CannotReport`.
    """
    place = meeting.place
    _lock(meeting)
    said = report_queries.said_of(place)
    mine, theirs = said.get(side), said.get(_other(side))
    _refuse_unless_open(meeting, theirs, at=at)
    _check(meeting, words, at=at)
    before = _facts(mine)
    row = mine or MeetingReport(place_id=place.id, side=side, by_id=by.id, at=at)
    row.by_id, row.at, row.remark = by.id, at, words.remark
    row.began_at, row.ended_at = words.began_at, words.ended_at
    if mine is None:
        db.session.add(row)
    db.session.flush()
    verb = "no-show-said" if words.began_at is None else "reported" if mine is None else "corrected"
    _note(meeting, verb, by.person_id, at=at, before=before, after=_facts(row))
    verdict = report_rules.settle(
        _said(row), _said(theirs) if theirs else None, tolerance_minutes=meeting.terms.tolerance_minutes
    )
    _settle(meeting, AppointmentState(verdict.outcome), verdict.minutes, person_id=None, at=at)
    if verdict.outcome is Settled.REPORTED and words.began_at is None:
        answer_at = report_rules.answer_until(_said(row))
        other = place.enrolment_id if side is Side.CAPTAIN else meeting.appointment.captain_id
        _tell(meeting, "meeting-no-show", [other], at=at, answer_at=answer_at)
    elif verdict.outcome is Settled.DISPUTED:
        _tell(meeting, "meeting-disputed", _both(meeting), at=at)
    return AppointmentState(verdict.outcome)


def agree_not_there(meeting: Meeting, side: Side, by: Enrolment, *, at: dt.datetime) -> None:
    """Let one side say that it really did not come; raise `CannotReport` when nobody says so."""
    _lock(meeting)
    theirs = report_queries.said_of(meeting.place).get(_other(side))
    if meeting.place.outcome is not AppointmentState.REPORTED or theirs is None or theirs.began_at:
        raise CannotReport(_l("Nobody says that you did not come."))
    _note(meeting, "no-show-agreed", by.person_id, at=at)
    _settle(meeting, AppointmentState.NO_SHOW, None, person_id=by.person_id, at=at)


def dispute(meeting: Meeting, by: Enrolment, reason: str, *, at: dt.datetime) -> None:
    """Ask staff to look at a settled meeting; until then nothing of it counts.

    Raise `CannotReport` when it is not settled, `TooLate` when that is too long ago.
    """
    _lock(meeting)
    place = meeting.place
    if place.outcome not in DISPUTABLE:
        raise CannotReport(_l("Only a meeting that is settled can be disputed."))
    if not may_dispute(meeting, at=at):
        raise TooLate(_l("The time in which this meeting could be disputed is over."))
    _note(meeting, "dispute-opened", by.person_id, at=at, reason=reason)
    _settle(meeting, AppointmentState.DISPUTED, None, person_id=by.person_id, at=at)
    _tell(meeting, "meeting-disputed", _both(meeting), at=at)


def may_dispute(meeting: Meeting, *, at: dt.datetime) -> bool:
    """Tell whether a settled place may still be disputed."""
    place = meeting.place
    credited = place.outcome is AppointmentState.CREDITED
    settled_at = place.credited_at if credited and place.credited_at else meeting.appointment.changed_at
    within = meeting.terms.report_within_days
    return place.outcome in DISPUTABLE and report_rules.may_dispute(settled_at, within_days=within, at=at)


def decide(
    meeting: Meeting, minutes: int, reason: str, *, person_id: int, own: bool, at: dt.datetime
) -> None:
    """Let staff say how many minutes a meeting is worth, with a reason; 0 credits nothing.

    Never more than was planned or than one of the sides has said. `own` tells that the person was at the
    meeting. Raise `NotYours` or `CannotDecide`.
    """
    if own:
        raise NotYours(_l("Nobody decides on a meeting of their own. Ask somebody else of the staff."))
    _lock(meeting)
    place = meeting.place
    if place.outcome not in DECIDABLE:
        raise CannotDecide(
            _l("There is nothing to decide yet: a report is missing, or it was decided already.")
        )
    most = most_minutes(meeting)
    if not 0 <= minutes <= most:
        raise CannotDecide(_l("At most %(minutes)s minutes: nobody says that it took longer.", minutes=most))
    before: dict[str, object] = {"outcome": place.outcome.value, "minutes": place.credited_minutes}
    _note(meeting, "decided", person_id, at=at, reason=reason, before=before, after={"minutes": minutes})
    _settle(meeting, AppointmentState.CREDITED, minutes, person_id=person_id, at=at)
    _tell(meeting, "meeting-decided", _both(meeting), at=at, credited_minutes=minutes, reason=reason)
    courses.record_audit(
        meeting.course, person_id, "decide-meeting", f"place {place.id}", at=at,
        before=before,
        after={"outcome": AppointmentState.CREDITED.value, "minutes": minutes, "reason": reason},
    )  # fmt: skip


def most_minutes(meeting: Meeting) -> int:
    """Return how many minutes a decision may credit: as planned, or as the longer of the two reports."""
    starts_at, ends_at = meeting.planned
    said = report_queries.said_of(meeting.place).values()
    return max((ends_at - starts_at) // report_rules.MINUTE, *(_said(each).minutes for each in said), 0)


def settle_silence(meeting: Meeting, *, at: dt.datetime) -> bool:
    """Settle that somebody did not come, when they have not answered in time; returns whether it did."""
    _lock(meeting)
    if meeting.place.outcome is not AppointmentState.REPORTED:
        return False
    said = list(report_queries.said_of(meeting.place).values())
    if len(said) != 1 or not report_rules.silence_settles(_said(said[0]), at=at):
        return False
    _note(meeting, "no-show", None, at=at)
    _settle(meeting, AppointmentState.NO_SHOW, None, person_id=None, at=at)
    return True


def lapse(meeting: Meeting, *, at: dt.datetime) -> bool:
    """Let a meeting lapse of which a report is missing after its time; returns whether it did."""
    _lock(meeting)
    if meeting.place.outcome not in UNSETTLED or meeting.appointment.state not in REPORTABLE:
        return False
    said = list(report_queries.said_of(meeting.place).values())
    waits = any(each.began_at is None for each in said)
    within = meeting.terms.report_within_days
    if waits or not report_rules.lapses(meeting.appointment.ends_at, within_days=within, at=at):
        return False
    _note(meeting, "lapsed", None, at=at)
    _settle(meeting, AppointmentState.LAPSED, None, person_id=None, at=at)
    return True


def _lock(meeting: Meeting) -> None:
    db.session.refresh(meeting.appointment, attribute_names=booking.COLUMNS, with_for_update=True)
    db.session.refresh(meeting.place, attribute_names=PLACE_COLUMNS)


def _refuse_unless_open(meeting: Meeting, theirs: MeetingReport | None, *, at: dt.datetime) -> None:
    place, appointment = meeting.place, meeting.appointment
    if place.outcome is AppointmentState.LAPSED:
        raise TooLate(_l("The time in which this meeting could be reported is over."))
    if place.outcome not in UNSETTLED:
        raise AlreadySettled(_l("Both sides have reported. What is wrong now can be disputed."))
    if place.state is not PlaceState.IN or appointment.state not in REPORTABLE:
        raise CannotReport(_l("Only a confirmed meeting can be reported."))
    if theirs is not None and theirs.began_at is None:
        over = at >= report_rules.answer_until(_said(theirs))
    else:
        over = report_rules.lapses(appointment.ends_at, within_days=meeting.terms.report_within_days, at=at)
    if over:
        raise TooLate(_l("The time in which this meeting could be reported is over."))


def _check(meeting: Meeting, words: Words, *, at: dt.datetime) -> None:
    starts_at, ends_at = meeting.planned
    if words.began_at is None or words.ended_at is None:
        if not report_rules.may_say_nobody_came(starts_at, at=at):
            raise WrongTimes(_l("Wait for a quarter of an hour before you say that nobody came."))
        return
    day = report_rules.day_of_meeting(starts_at, ends_at, ZoneInfo(meeting.course.timezone))
    fault = report_rules.fault_of(words.began_at, words.ended_at, day=day, at=at)
    if fault is not None:
        raise WrongTimes(FAULTS[fault])


def _settle(
    meeting: Meeting,
    outcome: AppointmentState,
    minutes: int | None,
    *,
    person_id: int | None,
    at: dt.datetime,
) -> None:
    """Write where the place stands now, and the appointment after its places."""
    place, appointment = meeting.place, meeting.appointment
    before = place.credited_minutes
    place.outcome, place.credited_minutes = outcome, minutes
    if outcome is AppointmentState.CREDITED:
        place.credited_at = at
    db.session.flush()
    if outcome in {AppointmentState.CREDITED, AppointmentState.DISPUTED}:
        _note(meeting, outcome.value, person_id, at=at, after={"minutes": minutes})
    outcomes = db.session.scalars(
        sa.select(AppointmentPlace.outcome).where(
            AppointmentPlace.appointment_id == appointment.id, AppointmentPlace.state == PlaceState.IN
        )
    ).all()
    state = report_rules.meeting_state([Settled(each) if each else None for each in outcomes])
    if state is not None:
        appointment.state = AppointmentState(state)
    appointment.row_version += 1
    appointment.changed_at = at
    db.session.flush()
    if before != minutes:
        courses.touch_all([place.enrolment_id])


def _both(meeting: Meeting) -> list[int]:
    return [meeting.appointment.captain_id, meeting.place.enrolment_id]


def _tell(meeting: Meeting, kind: str, to: list[int], *, at: dt.datetime, **facts: Fact) -> None:
    # The version makes it a new notice when the same thing happens again later.
    key = f"{kind}:{meeting.appointment.row_version}"
    tell_of_meeting(kind, meeting.appointment, meeting.place, to=to, key=key, at=at, **facts)


def _note(
    meeting: Meeting,
    verb: str,
    person_id: int | None,
    *,
    at: dt.datetime,
    reason: str = "",
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    booking_history.note(
        meeting.appointment, verb, person_id=person_id, at=at, reason=reason, before=before,
        after={"place": meeting.place.id, **(after or {})},
    )  # fmt: skip


def _facts(row: MeetingReport | None) -> dict[str, object] | None:
    if row is None:
        return None
    return {
        "side": row.side.value,
        "began_at": row.began_at.isoformat() if row.began_at else None,
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
    }


def _said(row: MeetingReport) -> Said:
    return Said(row.began_at, row.ended_at, row.at)


def _other(side: Side) -> Side:
    return Side.AMBASSADOR if side is Side.CAPTAIN else Side.CAPTAIN
