"""The notices about what is to be handed in."""

from flask_babel import lazy_gettext as _l

from sca_lms.inbox.rules import Kind, Urgency

DUE_SOON = Kind(
    "assignments.due-soon",
    _l("Work that is due soon"),
    _l("Due soon: %(title)s"),
    _l("It is due %(due_at)s, and nothing was handed in yet."),
    Urgency.DIGEST,
)
KINDS = (DUE_SOON,)
