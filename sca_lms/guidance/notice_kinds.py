"""The notices that staff write to learners themselves."""

from flask_babel import lazy_gettext as _l

from sca_lms.courses.rules import Role
from sca_lms.inbox.rules import Kind, Subject, Urgency

MESSAGE = Kind(
    "guidance.message",
    _l("Messages from those who run the course"),
    _l("Message from %(who)s"),
    _l("%(text)s"),
    Urgency.AT_ONCE,
    Subject.RUNNING,
    frozenset({Role.LEARNER}),
)
KINDS = (MESSAGE,)
