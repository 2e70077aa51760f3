"""An appointment, a group slot and a file for tests that try every address."""

import datetime as dt
from collections.abc import Sequence

from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.mentoring import terms_queries
from sca_lms.mentoring.models import (
    Appointment,
    AppointmentFile,
    AppointmentPlace,
    AppointmentState,
    Audience,
    PlaceState,
    Side,
)
from sca_lms.projects.models import Pair
from sca_lms.uploads.models import StoredFile

AHEAD = dt.timedelta(days=3)


def appointments(
    course: Course, pair: Pair, captain: Enrolment, people: Sequence[Enrolment], *, at: dt.datetime
) -> dict[str, Sequence[object]]:
    """Make one request of a pair and one group slot, and return the words of their addresses."""
    topic = terms_queries.topics(course.id)[0]
    made = []
    for number, state in enumerate((AppointmentState.REQUESTED, AppointmentState.OPEN)):
        group = state is AppointmentState.OPEN
        appointment = Appointment(
            course_id=course.id, captain_id=captain.id, pair_id=None if group else pair.id,
            topic_id=topic.id, starts_at=at + AHEAD + number * AHEAD,
            ends_at=at + AHEAD * (number + 1) + AHEAD / 48,
            state=state, awaits=None if group else Side.CAPTAIN, capacity=1, audience=Audience.COURSE,
            created_at=at, changed_at=at,
        )  # fmt: skip
        db.session.add(appointment)
        db.session.flush()
        made.append(appointment)
    db.session.add_all(
        AppointmentPlace(
            appointment_id=each.id, enrolment_id=pair.ambassador_id, state=PlaceState.IN, asked_at=at
        )
        for each in made
    )
    files = [_file(course, each, owner, at=at) for owner in people for each in made[:1]]
    return {"appointment_id": [each.id for each in made], "appointment_file_id": [each.id for each in files]}


def _file(course: Course, appointment: Appointment, owner: Enrolment, *, at: dt.datetime) -> AppointmentFile:
    stored = StoredFile(
        course_id=course.id, key=f"{owner.id:032x}", name="plan.pdf", media_type="application/pdf", size=1,
        sha256="0" * 64, person_id=owner.person_id, created_at=at,
    )  # fmt: skip
    db.session.add(stored)
    db.session.flush()
    row = AppointmentFile(appointment_id=appointment.id, file_id=stored.id, added_by_id=owner.id, added_at=at)
    db.session.add(row)
    db.session.flush()
    return row
