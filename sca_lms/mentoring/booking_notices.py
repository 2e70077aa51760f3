"""Tell people what became of an appointment; the words are made where they are read."""

import datetime as dt
from collections.abc import Collection

from flask_babel import lazy_gettext as _l

from sca_lms.courses.rules import Role
from sca_lms.errors import Text
from sca_lms.inbox import operations as inbox
from sca_lms.inbox.rules import Fact, Kind, Subject, Urgency
from sca_lms.mentoring.models import Appointment
from sca_lms.mentoring.report_notices import BOTH, meeting_path


def _kind(name: str, label: Text, title: Text, body: Text, concerns: frozenset[Role] = BOTH) -> Kind:
    return Kind(f"mentoring.{name}", label, title, body, Urgency.AT_ONCE, Subject.MENTORING, concerns)


KINDS = (
    _kind(
        "requested",
        _l("Requests for a meeting"),
        _l("%(who)s asks for a meeting"),
        _l("%(topic)s, %(starts_at)s. Confirm it, decline it or propose another time."),
    ),
    _kind(
        "booked",
        _l("Meetings that staff booked"),
        _l("A meeting was booked for you"),
        _l("%(topic)s with %(other)s, %(starts_at)s. %(where)s"),
    ),
    _kind(
        "confirmed",
        _l("Confirmed meetings"),
        _l("%(who)s has confirmed the meeting"),
        _l("%(topic)s, %(starts_at)s. %(where)s"),
    ),
    _kind(
        "declined",
        _l("Declined meetings"),
        _l("%(who)s has declined the meeting"),
        _l("%(topic)s, %(starts_at)s. Reason: %(reason)s"),
    ),
    _kind(
        "proposed",
        _l("Other times proposed for a meeting"),
        _l("%(who)s proposes another time"),
        _l("%(topic)s: %(starts_at)s instead of %(before_at)s. Confirm it or propose another time."),
    ),
    _kind(
        "moved",
        _l("Moved meetings"),
        _l("%(who)s has moved the meeting"),
        _l("%(topic)s: %(starts_at)s instead of %(before_at)s. %(where)s"),
    ),
    _kind(
        "cancelled",
        _l("Cancelled meetings"),
        _l("%(who)s has cancelled the meeting"),
        _l("%(topic)s, %(starts_at)s. Reason: %(reason)s"),
    ),
    _kind(
        "captain-replaced",
        _l("Meetings that end with a change of captain"),
        _l("A meeting was cancelled because the captain has changed"),
        _l("%(topic)s, %(starts_at)s. Book a new time with the new captain."),
        frozenset({Role.LEARNER}),
    ),
    _kind(
        "person-left",
        _l("Meetings whose other side takes part no more"),
        _l("A meeting was cancelled because somebody takes part no more"),
        _l("%(topic)s, %(starts_at)s. Your time is free again; ask the programme's staff how it goes on."),
    ),
    _kind(
        "place-given-up",
        _l("Free places in my group slots"),
        _l("A place in your group slot is free again"),
        _l("%(topic)s, %(starts_at)s: somebody takes part no more. Who waits moves up by itself."),
        frozenset({Role.MENTOR}),
    ),
    _kind(
        "joined",
        _l("People who join a group slot"),
        _l("%(who)s joins your group slot"),
        _l("%(topic)s, %(starts_at)s."),
        frozenset({Role.MENTOR}),
    ),
    _kind(
        "place",
        _l("Places from the waiting list"),
        _l("You have got a place"),
        _l("%(topic)s, %(starts_at)s: somebody has left, so the place is yours. %(where)s"),
        frozenset({Role.LEARNER}),
    ),
    _kind(
        "tomorrow",
        _l("Meetings within a day"),
        _l("You have a meeting soon"),
        _l("%(topic)s with %(other)s, %(starts_at)s. %(where)s"),
    ),
    _kind(
        "lapsed",
        _l("Requests that nobody answered"),
        _l("A request was not answered in time"),
        _l("%(topic)s, %(starts_at)s. Ask for another time."),
    ),
)
"""The kinds of notices about bookings."""


def tell(
    kind: str,
    appointment: Appointment,
    to: Collection[int],
    *,
    at: dt.datetime,
    key: str = "",
    **more: Fact,
) -> None:
    """Tell people (enrolment ids) of an appointment whose topic and people are loaded.

    The version in the key makes it a new notice when the same happens again.
    """
    facts: dict[str, Fact] = {
        "topic": appointment.title or appointment.topic.title,
        "starts_at": appointment.starts_at,
        "where": appointment.place or appointment.join_url,
        **more,
    }
    inbox.tell(
        to,
        f"mentoring.{kind}",
        key=f"appointment:{appointment.id}:{kind}:{key or appointment.row_version}",
        facts=facts,
        path=meeting_path(appointment.course_id, appointment.id),
        at=at,
    )
