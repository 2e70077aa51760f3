"""The notices about what is to be handed in."""

from flask_babel import lazy_gettext as _l

from sca_lms.courses.rules import Role
from sca_lms.inbox.rules import Kind, Subject, Urgency

DUE_SOON = Kind(
    "assignments.due-soon",
    _l("Work that is due soon"),
    _l("Due soon: %(title)s"),
    _l("It is due %(due_at)s, and nothing was handed in yet."),
    Urgency.DIGEST,
    Subject.WORK,
    frozenset({Role.LEARNER}),
)
KINDS = (DUE_SOON,)
