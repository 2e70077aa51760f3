"""What the worker does about meetings that are over: ask, remind, settle silence, let lapse, recall work."""

import datetime as dt
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager, joinedload

from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db, transaction
from sca_lms.mentoring import booking_history, report_queries, report_rules, reports
from sca_lms.mentoring.models import (
    ActionItem,
    Appointment,
    AppointmentEvent,
    AppointmentPlace,
    AppointmentState,
    MeetingReport,
    MentoringTerms,
    PlaceState,
    Side,
)
from sca_lms.mentoring.report_notices import tell_of_action, tell_of_meeting
from sca_lms.mentoring.reports import Meeting
from sca_lms.projects.models import Captaincy, Pair

CHUNK = 100
"""So many meetings are settled in one transaction."""
ASKED = "report-asked"
OTHER_ROUNDS = 50
"""After so many chunks the rest waits for the next round, so that other work has its turn."""


def settle_reports(at: dt.datetime) -> None:
    """Do what time has decided about reports, in small transactions; doing it again changes nothing."""
    for step in (ask, remind, settle_silence, let_lapse, recall_actions):
        for _round in range(OTHER_ROUNDS):
            with transaction():
                done = step(at)
            db.session.expunge_all()
            if done < CHUNK:
                break


def ask(at: dt.datetime) -> int:
    """Ask both sides of meetings that have just ended how long they were; returns how many meetings."""
    asked = _has_event(ASKED)
    found = _due(at, ~asked, Appointment.ends_at <= at)
    for meeting in found:
        _tell_silent(meeting, "meeting-report-asked", ASKED, at=at)
    _note_once(found, ASKED, at=at)
    return len(found)


def remind(at: dt.datetime) -> int:
    """Remind those who have not reported, on the days of `report_rules.REMINDER_DAYS`."""
    count = 0
    for days in reversed(report_rules.REMINDER_DAYS):
        verb = f"reminded-{days}"
        later = [each for each in report_rules.REMINDER_DAYS if each >= days]
        sent = [_has_event(f"reminded-{each}") for each in later]
        found = _due(at, ~sa.or_(*sent), Appointment.ends_at <= at - days * report_rules.DAY)
        for meeting in found:
            within = meeting.terms.report_within_days
            if report_rules.reminder_due(meeting.appointment.ends_at, within_days=within, at=at) is None:
                continue
            lapses_at = report_rules.last_moment(meeting.appointment.ends_at, within_days=within)
            _tell_silent(meeting, "meeting-report-reminder", verb, at=at, lapses_at=lapses_at)
        _note_once(found, verb, at=at)
        count = max(count, len(found))
    return count


def settle_silence(at: dt.datetime) -> int:
    """Settle as not come where the other side has not answered in time."""
    said = sa.select(MeetingReport.place_id).where(
        MeetingReport.began_at.is_(None), MeetingReport.at <= at - report_rules.NO_SHOW_SILENCE
    )
    return _apply(
        _meetings(AppointmentPlace.outcome == AppointmentState.REPORTED, AppointmentPlace.id.in_(said)),
        reports.settle_silence, at=at,
    )  # fmt: skip


def let_lapse(at: dt.datetime) -> int:
    """Let meetings lapse of which a report is missing when their time is over."""
    waits = sa.select(MeetingReport.place_id).where(MeetingReport.began_at.is_(None))
    # The shortest and the longest time differ between courses: the rule decides, this only narrows.
    shortest = db.session.scalar(sa.select(sa.func.min(MentoringTerms.report_within_days)))
    if shortest is None:
        return 0
    found = [
        meeting
        for meeting in _meetings(
            *report_queries.unsettled(),
            Appointment.ends_at <= at - shortest * report_rules.DAY,
            AppointmentPlace.id.not_in(waits),
        )
        if report_rules.lapses(
            meeting.appointment.ends_at, within_days=meeting.terms.report_within_days, at=at
        )
    ]
    done = _apply(found, reports.lapse, at=at)
    for meeting in found:
        people = [meeting.appointment.captain_id, meeting.place.enrolment_id]
        tell_of_meeting("meeting-lapsed", meeting.appointment, meeting.place, to=people, key="lapsed", at=at)
    return done


def recall_actions(at: dt.datetime) -> int:
    """Tell people the day before that a piece of agreed work is due; each is told once for each due date."""
    tomorrow = at + report_rules.DAY
    captain = aliased(Captaincy)
    rows = db.session.execute(
        sa.select(ActionItem, Course.timezone, captain)
        .join(ActionItem.pair)
        .join(Pair.course)
        .outerjoin(captain, sa.and_(captain.pair_id == Pair.id, captain.ended_at.is_(None)))
        .where(
            ActionItem.done_at.is_(None),
            ActionItem.due_on >= at.date() - report_rules.DAY,
            ActionItem.due_on <= tomorrow.date() + report_rules.DAY,
        )
        .options(
            contains_eager(ActionItem.pair).joinedload(Pair.ambassador).joinedload(Enrolment.person),
            joinedload(captain.captain).joinedload(Enrolment.person),
        )
    ).all()
    for item, zone, captaincy in rows:
        if item.due_on != tomorrow.astimezone(ZoneInfo(zone)).date():
            continue
        is_ambassadors = item.owner_id == item.pair.ambassador_id
        other = captaincy.captain if is_ambassadors and captaincy is not None else item.pair.ambassador
        tell_of_action(item, other.person.full_name, at=at)
    return 0


def _due(at: dt.datetime, *conditions: sa.ColumnElement[bool]) -> list[Meeting]:
    """Return places whose reports are wanted and not complete, those of one appointment together."""
    longest = db.session.scalar(sa.select(sa.func.max(MentoringTerms.report_within_days)))
    if longest is None:
        return []
    return _meetings(
        *report_queries.unsettled(), Appointment.ends_at > at - longest * report_rules.DAY, *conditions
    )


def _meetings(*conditions: sa.ColumnElement[bool]) -> list[Meeting]:
    rows = db.session.execute(
        sa.select(AppointmentPlace, MentoringTerms, Course)
        .join(AppointmentPlace.appointment)
        .join(MentoringTerms, MentoringTerms.course_id == Appointment.course_id)
        .join(Course, Course.id == Appointment.course_id)
        .where(AppointmentPlace.state == PlaceState.IN, *conditions)
        .options(
            contains_eager(AppointmentPlace.appointment).options(
                joinedload(Appointment.topic), joinedload(Appointment.captain).joinedload(Enrolment.person)
            ),
            joinedload(AppointmentPlace.enrolment).joinedload(Enrolment.person),
        )
        .order_by(Appointment.ends_at, AppointmentPlace.appointment_id, AppointmentPlace.id)
        .limit(CHUNK)
    )
    return [Meeting(place.appointment, place, terms, course) for place, terms, course in rows]


def _apply(meetings: Sequence[Meeting], change: Callable[..., bool], *, at: dt.datetime) -> int:
    """Apply a change to each meeting, those with the smaller ids first as everywhere; returns how many."""
    in_order = sorted(meetings, key=lambda each: (each.appointment.id, each.place.id))
    return sum(change(meeting, at=at) for meeting in in_order)


def _tell_silent(meeting: Meeting, kind: str, key: str, *, at: dt.datetime, **more: dt.datetime) -> None:
    """Tell the sides that have not reported."""
    said = report_queries.said_of(meeting.place)
    people = {Side.CAPTAIN: meeting.appointment.captain_id, Side.AMBASSADOR: meeting.place.enrolment_id}
    silent = [person for side, person in people.items() if side not in said]
    tell_of_meeting(kind, meeting.appointment, meeting.place, to=silent, key=key, at=at, **more)


def _has_event(verb: str) -> sa.Exists:
    return (
        sa.select(AppointmentEvent.id)
        .where(
            AppointmentEvent.appointment_id == AppointmentPlace.appointment_id,
            AppointmentEvent.verb == verb,
            # In a group slot each ambassador is asked on their own.
            AppointmentEvent.after["place"].as_integer() == AppointmentPlace.id,
        )
        .exists()
    )


def _note_once(meetings: Sequence[Meeting], verb: str, *, at: dt.datetime) -> None:
    for each in meetings:
        booking_history.note(each.appointment, verb, person_id=None, at=at, after={"place": each.place.id})
    db.session.flush()
