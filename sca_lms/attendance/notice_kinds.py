"""The notices that the timetable sends."""

from flask_babel import lazy_gettext as _l

from sca_lms.courses.rules import Role
from sca_lms.inbox.rules import Kind, Subject, Urgency

TOMORROW = Kind(
    "attendance.tomorrow",
    _l("Tomorrow's sessions"),
    _l("Tomorrow: %(title)s"),
    _l("Begins %(begins_at)s, %(place)s. Sessions on this day: %(count)s."),
    Urgency.DIGEST,
    Subject.HOURS,
    frozenset({Role.LEARNER}),
)
KINDS = (TOMORROW,)
