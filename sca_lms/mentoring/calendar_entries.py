"""Put appointments into people's calendars: the page, the feed and the invitations read the same lines."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.calendar.entries import CalendarEntry
from sca_lms.calendar.models import OccasionKind
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import EnrolmentState
from sca_lms.database import db
from sca_lms.mentoring.models import Appointment, AppointmentPlace, AppointmentState, PlaceState
from sca_lms.mentoring.report_notices import meeting_path
from sca_lms.projects.models import Pair
from sca_lms.texts import Bilingual

REMEMBERED = dt.timedelta(days=60)
"""So long after it was called off, calendars are told that a meeting is cancelled."""
OFF = (AppointmentState.DECLINED, AppointmentState.CANCELLED)


def entries(person_id: int, start: dt.datetime, end: dt.datetime) -> Sequence[CalendarEntry]:
    """Return the appointments of a person in every course that overlap a period; two statements."""
    mine = sa.select(Enrolment.id).where(
        Enrolment.person_id == person_id, Enrolment.state != EnrolmentState.WITHDRAWN
    )
    own = list(db.session.scalars(mine))
    placed = sa.select(AppointmentPlace.appointment_id).where(
        AppointmentPlace.enrolment_id.in_(own), AppointmentPlace.state == PlaceState.IN
    )
    rows = db.session.scalars(
        sa.select(Appointment)
        .where(
            sa.or_(Appointment.captain_id.in_(own), Appointment.id.in_(placed)),
            Appointment.starts_at < end,
            Appointment.ends_at > start,
            sa.or_(
                sa.and_(Appointment.state.not_in(OFF), Appointment.occasion_id.is_not(None)),
                sa.and_(Appointment.state.in_(OFF), Appointment.changed_at > start - REMEMBERED),
            ),
        )
        .options(
            joinedload(Appointment.topic, innerjoin=True),
            joinedload(Appointment.captain, innerjoin=True).joinedload(Enrolment.person, innerjoin=True),
            joinedload(Appointment.pair).joinedload(Pair.ambassador).joinedload(Enrolment.person),
        )
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return [entry_of(each, is_captain=each.captain_id in own) for each in rows]


def entry_of(appointment: Appointment, *, is_captain: bool) -> CalendarEntry:
    """Return the line of an appointment as its captain, or as the others see it; people and topic loaded."""
    return CalendarEntry(
        uid=f"appointment-{appointment.id}",
        sequence=appointment.sequence,
        title=_title(appointment, is_captain=is_captain),
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        kind=OccasionKind.MENTORING,
        course_id=appointment.course_id,
        changed_at=appointment.changed_at,
        place=appointment.place,
        url=meeting_path(appointment.course_id, appointment.id),
        cancelled=appointment.state in OFF or appointment.occasion_id is None,
        tentative=appointment.state is AppointmentState.REQUESTED,
        about=appointment.agenda,
        join_url=appointment.join_url,
    )


def _title(appointment: Appointment, *, is_captain: bool) -> Bilingual:
    topic = appointment.topic.title
    if appointment.pair is None:
        what = appointment.title
    elif is_captain:
        what = appointment.pair.ambassador.person.full_name
    else:
        what = appointment.captain.person.full_name
    if not what:
        return topic
    return Bilingual(*(f"{text} · {what}" if text else "" for text in (topic.th, topic.en)))
