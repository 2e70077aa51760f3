"""The notices about marks."""

from flask_babel import lazy_gettext as _l

from sca_lms.courses.rules import Role
from sca_lms.inbox.rules import Kind, Subject, Urgency

RELEASED = Kind(
    "marking.released",
    _l("My marks"),
    _l("Your mark is there: %(title)s"),
    _l("Read the mark and what was written to your work."),
    Urgency.AT_ONCE,
    Subject.WORK,
    frozenset({Role.LEARNER}),
)
KINDS = (RELEASED,)
