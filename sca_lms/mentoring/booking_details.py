"""Change what an appointment is about and where it is, and its files; both sides may."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.mentoring import booking_groups, booking_history
from sca_lms.mentoring.booking import lock
from sca_lms.mentoring.booking_rules import Act, Party
from sca_lms.mentoring.models import (
    Appointment,
    AppointmentFile,
    MentoringTerms,
    MentoringTopic,
    PlannedMeeting,
)
from sca_lms.uploads.models import StoredFile

MOST_FILES = 10


class TooManyFiles(Refused):
    """An appointment holds only so many files."""

    code = "too-many-files"


@dataclass(frozen=True, slots=True)
class Details:
    """What both sides may write about an appointment."""

    topic: MentoringTopic
    planned_meeting: PlannedMeeting | None
    agenda: str
    place: str
    join_url: str
    capacity: int | None = None
    """Of a group slot."""


def change(
    appointment: Appointment,
    terms: MentoringTerms,
    party: Party,
    details: Details,
    *,
    seen: int,
    at: dt.datetime,
) -> None:
    """Write topic, agenda and place of an appointment anew; raise `NotNow` when it has changed meanwhile."""
    places = lock(appointment, terms, party, Act.EDIT, seen=seen, at=at)
    before = _facts(appointment)
    appointment.topic, appointment.topic_id = details.topic, details.topic.id
    appointment.planned_meeting = details.planned_meeting
    appointment.planned_meeting_id = details.planned_meeting.id if details.planned_meeting else None
    appointment.agenda = details.agenda
    appointment.place, appointment.join_url = details.place, details.join_url
    if details.capacity is not None and appointment.pair_id is None:
        booking_groups.set_capacity(appointment, details.capacity, places, at=at)
    after = _facts(appointment)
    if after == before:
        return
    appointment.row_version += 1
    appointment.sequence += 1
    appointment.changed_at = at
    booking_history.note(appointment, "details", person_id=party.person_id, at=at, before=before, after=after)
    db.session.flush()


def add_file(appointment: Appointment, party: Party, stored: StoredFile, *, at: dt.datetime) -> None:
    """Put a file to an appointment, for both sides; raise `TooManyFiles`."""
    # Whoever sends files at the same moment is counted one after the other.
    _hold(appointment)
    of_it = AppointmentFile.appointment_id == appointment.id
    already = db.session.scalar(sa.select(sa.func.count()).select_from(AppointmentFile).where(of_it)) or 0
    if party.enrolment_id is None or already >= MOST_FILES:
        raise TooManyFiles(_l("An appointment holds at most %(most)s files.", most=MOST_FILES))
    db.session.add(
        AppointmentFile(
            appointment_id=appointment.id, file=stored, file_id=stored.id, added_by_id=party.enrolment_id,
            added_at=at,
        )
    )  # fmt: skip
    booking_history.note(
        appointment, "file-added", person_id=party.person_id, at=at, after={"name": stored.name}
    )
    db.session.flush()


def remove_file(appointment: Appointment, party: Party, row: AppointmentFile, *, at: dt.datetime) -> None:
    """Take a file away; the bytes follow when the worker finds that nobody has them any more."""
    _hold(appointment)
    if db.session.scalar(sa.select(AppointmentFile.id).where(AppointmentFile.id == row.id)) is None:
        # Another window of the same person was faster.
        return
    stored = row.file
    booking_history.note(
        appointment, "file-removed", person_id=party.person_id, at=at, before={"name": stored.name}
    )
    db.session.delete(row)
    db.session.flush()
    db.session.delete(stored)
    db.session.flush()


def _hold(appointment: Appointment) -> None:
    """Let nobody else change an appointment's files until the transaction ends."""
    db.session.scalar(sa.select(Appointment.id).where(Appointment.id == appointment.id).with_for_update())


def _facts(appointment: Appointment) -> dict[str, object]:
    return {
        "topic": appointment.topic_id,
        "planned_meeting": appointment.planned_meeting_id,
        "agenda": appointment.agenda,
        "place": appointment.place,
        "join_url": appointment.join_url,
        "capacity": appointment.capacity,
    }
