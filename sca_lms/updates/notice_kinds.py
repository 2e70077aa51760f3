"""The notices about reflections on the monthly updates."""

from flask_babel import lazy_gettext as _l

from sca_lms.courses.rules import Role
from sca_lms.inbox.rules import Kind, Subject, Urgency

LEARNERS = frozenset({Role.LEARNER})

ACCEPTED = Kind(
    "updates.accepted",
    _l("Accepted reflections"),
    _l("Your reflection was accepted: %(title)s"),
    _l("It counts with your attendance."),
    Urgency.DIGEST,
    Subject.UPDATES,
    LEARNERS,
)
RETURNED = Kind(
    "updates.returned",
    _l("Reflections that came back"),
    _l("Your reflection came back: %(title)s"),
    _l("Read what is missing and hand it in again."),
    Urgency.AT_ONCE,
    Subject.UPDATES,
    LEARNERS,
)
DUE_SOON = Kind(
    "updates.due-soon",
    _l("Reflections that are due soon"),
    _l("A reflection is due soon: %(title)s"),
    _l("You were there. Hand your reflection in until %(due_at)s, so that the update counts."),
    Urgency.DIGEST,
    Subject.UPDATES,
    LEARNERS,
)
KINDS = (ACCEPTED, RETURNED, DUE_SOON)
