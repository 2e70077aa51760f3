"""The notices about hours."""

from flask_babel import lazy_gettext as _l

from sca_lms.courses.rules import Role
from sca_lms.inbox.rules import Kind, Subject, Urgency

ANSWERED = Kind(
    "bootcamp.answered",
    _l("Answers about my hours"),
    _l("Your request about “%(title)s” was answered"),
    _l("%(outcome)s %(answer)s"),
    Urgency.AT_ONCE,
    Subject.HOURS,
    frozenset({Role.LEARNER}),
)
KINDS = (ANSWERED,)
