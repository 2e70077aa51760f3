"""Write down what happened to an appointment, beside the change itself."""

import datetime as dt

from sca_lms.database import db
from sca_lms.mentoring.models import Appointment, AppointmentEvent


def note(
    appointment: Appointment,
    verb: str,
    *,
    person_id: int | None,
    at: dt.datetime,
    reason: str = "",
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> AppointmentEvent:
    """Add one event; `person_id` is None when time alone did it. Nothing is ever changed or removed here."""
    event = AppointmentEvent(
        appointment_id=appointment.id, verb=verb, person_id=person_id, at=at, reason=reason,
        before=before, after=after,
    )  # fmt: skip
    db.session.add(event)
    return event


def times_of(appointment: Appointment) -> dict[str, object]:
    """Return when an appointment is and where it stands, as events keep it."""
    return {
        "starts_at": appointment.starts_at.isoformat(),
        "ends_at": appointment.ends_at.isoformat(),
        "state": str(appointment.state),
        "awaits": str(appointment.awaits) if appointment.awaits else None,
    }
