"""What several pages about bookings need: who asks, free slots, files, and what a refusal shows."""

import datetime as dt
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import abort

from sca_lms.calendar.ics import Renderer
from sca_lms.config import settings
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, current_course, current_person
from sca_lms.courses.models import Enrolment
from sca_lms.mentoring import booking_details, booking_queries, slot_queries, slots, terms_queries
from sca_lms.mentoring.booking_forms import FILES, MOST_AT_ONCE
from sca_lms.mentoring.booking_rules import Party
from sca_lms.mentoring.models import Appointment, AppointmentPlace, MentoringTerms
from sca_lms.mentoring.slots import Slot
from sca_lms.uploads import operations as uploads
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import store
from sca_lms.web.i18n import page_locale, reader_zone


def name_of_reader() -> str:
    """Return the name under which others are told what the reader did."""
    person = current_person()
    return person.full_name if person else ""


def own_enrolment() -> Enrolment:
    """Return the reader's own enrolment with the person; answers 404 for a guest."""
    return courses.own_enrolment(actor()) or abort(404)


def terms_or_404(course_id: int) -> MentoringTerms:
    """Return the terms of the course; answers 404 where its programme has no mentoring."""
    return terms_queries.terms_of(course_id) or abort(404)


def appointment_or_404(appointment_id: int) -> tuple[Appointment, Sequence[AppointmentPlace]]:
    """Return an appointment that the reader may see, with its places."""
    found = booking_queries.find_appointment(actor(), appointment_id) or abort(404)
    return found, booking_queries.places_of([found.id]).get(found.id, [])


def party_or_403(appointment: Appointment, places: Sequence[AppointmentPlace]) -> Party:
    """Return as whom the reader acts; answers 403 to who may only look."""
    return booking_queries.party_of(actor(), appointment, places, name=name_of_reader()) or abort(403)


def free_of(
    captain: Enrolment, ambassador: Enrolment | None, terms: MentoringTerms, *, at: dt.datetime
) -> list[Slot]:
    """Return when a captain can be booked, by an ambassador or by anybody."""
    return slot_queries.free_slots(
        captain.id, captain.person_id, [ambassador.person_id] if ambassador else [], terms,
        first=at, last=at + slots.HORIZON, at=at,
    )  # fmt: skip


def by_reader_day(found: Sequence[Slot]) -> Mapping[dt.date, Sequence[Slot]]:
    """Put slots under the days of the reader's zone."""
    return slots.by_day(found, reader_zone())


def sent_files() -> list[FileStorage]:
    """Return the files that came with the form, as many as one form may bring."""
    return [each for each in request.files.getlist("files") if each.filename][:MOST_AT_ONCE]


def take_files(
    appointment: Appointment, party: Party, sent: Sequence[FileStorage], *, at: dt.datetime
) -> list[StoredFile]:
    """Store files and put them to an appointment; raise `FileRefused` or `TooManyFiles`."""
    taken = []
    for each in sent:
        stored = uploads.take(
            current_course(), each.filename or "", each.stream, allowed=FILES, place=store(),
            scanners=current_app.extensions.get(uploads.SCANNERS, ()), person_id=actor().person_id, at=at,
        )  # fmt: skip
        booking_details.add_file(appointment, party, stored, at=at)
        taken.append(stored)
    return taken


def renderer() -> Renderer:
    """Return how calendar files are written for the reader."""
    host = urlsplit(settings().public_url).hostname or "localhost"
    return Renderer(settings().public_url, host, page_locale())
