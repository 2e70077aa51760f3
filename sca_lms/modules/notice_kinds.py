"""The notices about modules."""

from flask_babel import lazy_gettext as _l

from sca_lms.courses.rules import Role
from sca_lms.inbox.rules import Kind, Subject, Urgency

DUE_SOON = Kind(
    "modules.due-soon",
    _l("Modules that are due soon"),
    _l("Due soon: %(title)s"),
    _l("The module is due %(due_at)s. Required units that are still open: %(count)s."),
    Urgency.DIGEST,
    Subject.WORK,
    frozenset({Role.LEARNER}),
)
KINDS = (DUE_SOON,)
