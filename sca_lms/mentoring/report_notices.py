"""Tell both sides of a meeting what is asked of them and what became of it."""

import datetime as dt
from collections.abc import Collection

from flask_babel import lazy_gettext as _l

from sca_lms.courses.rules import Role
from sca_lms.inbox import operations as inbox
from sca_lms.inbox.rules import Fact, Kind, Subject, Urgency
from sca_lms.mentoring.models import ActionItem, Appointment, AppointmentPlace

BOTH = frozenset({Role.LEARNER, Role.MENTOR})
"""Both sides of a meeting."""
KINDS = (
    Kind(
        "meeting-report-asked",
        _l("Reports of meetings"),
        _l("How long was your meeting?"),
        _l("%(topic)s, %(captain)s and %(ambassador)s, %(starts_at)s: "
           "say when it began and ended. "
           "It counts when both sides agree."),
        Urgency.DIGEST,
        Subject.MENTORING,
        BOTH,
    ),
    Kind(
        "meeting-report-reminder",
        _l("Reminders to report a meeting"),
        _l("A report of your meeting is missing"),
        _l("%(topic)s, %(captain)s and %(ambassador)s, %(starts_at)s: "
           "without both reports it lapses on "
           "%(lapses_at)s and does not count."),
        Urgency.AT_ONCE,
        Subject.MENTORING,
        BOTH,
    ),
    Kind(
        "meeting-no-show",
        _l("Meetings to which somebody did not come"),
        _l("Were you at this meeting?"),
        _l("%(topic)s, %(captain)s and %(ambassador)s, %(starts_at)s: "
           "the other side says that you did not come. "
           "You can answer until %(answer_at)s."),
        Urgency.AT_ONCE,
        Subject.MENTORING,
        BOTH,
    ),
    Kind(
        "meeting-lapsed",
        _l("Meetings that lapsed"),
        _l("A meeting has lapsed"),
        _l("%(topic)s, %(captain)s and %(ambassador)s, %(starts_at)s: "
           "a report was missing, so it does not count."),
        Urgency.DIGEST,
        Subject.MENTORING,
        BOTH,
    ),
    Kind(
        "meeting-disputed",
        _l("Meetings on which both sides differ"),
        _l("Both sides say something else about a meeting"),
        _l("%(topic)s, %(captain)s and %(ambassador)s, %(starts_at)s: "
           "the programme's staff look at it and decide."),
        Urgency.AT_ONCE,
        Subject.MENTORING,
        BOTH,
    ),
    Kind(
        "meeting-decided",
        _l("Decisions about meetings"),
        _l("It was decided about a meeting"),
        _l("%(topic)s, %(captain)s and %(ambassador)s, %(starts_at)s: "
           "%(credited_minutes)s are credited. %(reason)s"),
        Urgency.AT_ONCE,
        Subject.MENTORING,
        BOTH,
    ),
    Kind(
        "action-due",
        _l("Work agreed in mentoring that is due"),
        _l("Due tomorrow: %(text)s"),
        _l("You have agreed on it with %(other)s. It is due on %(due_on)s."),
        Urgency.DIGEST,
        Subject.MENTORING,
        BOTH,
    ),
)  # fmt: skip
"""The kinds of notices about reports and agreed work."""


def meeting_path(course_id: int, appointment_id: int) -> str:
    """Return the address of a meeting's page; the worker, who writes it too, knows no requests."""
    return f"/courses/{course_id}/mentoring/meetings/{appointment_id}"


def tell_of_meeting(
    kind: str,
    appointment: Appointment,
    place: AppointmentPlace,
    *,
    to: Collection[int],
    key: str,
    at: dt.datetime,
    **more: Fact,
) -> None:
    """Tell people of one place in a meeting; topic and people are loaded already."""
    facts: dict[str, Fact] = {
        "topic": appointment.topic.title,
        "captain": appointment.captain.person.full_name,
        "ambassador": place.enrolment.person.full_name,
        "starts_at": appointment.starts_at,
        **more,
    }
    inbox.tell(
        to, kind, key=f"place:{place.id}:{key}", facts=facts, at=at,
        path=meeting_path(appointment.course_id, appointment.id),
    )  # fmt: skip


def tell_of_action(item: ActionItem, other: str, *, at: dt.datetime) -> None:
    """Tell the owner of an agreed piece of work that it is due soon."""
    if item.due_on is None:
        return
    facts: dict[str, Fact] = {"text": item.text, "other": other, "due_on": item.due_on}
    inbox.tell(
        [item.owner_id], "action-due", key=f"action:{item.id}:{item.due_on.isoformat()}", facts=facts, at=at,
        path=f"/courses/{item.pair.course_id}/mentoring/actions",
    )  # fmt: skip
