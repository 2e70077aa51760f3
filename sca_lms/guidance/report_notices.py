"""The notice that a report has been made."""

from flask_babel import lazy_gettext as _l

from sca_lms.courses.rules import STAFF
from sca_lms.guidance.report_operations import NOTICE
from sca_lms.inbox.rules import Kind, Subject, Urgency

MADE = Kind(
    NOTICE,
    _l("Reports that come by themselves"),
    _l("The report “%(report)s” is ready"),
    _l("Open the page of reports to fetch it. It stays there for ninety days."),
    Urgency.DIGEST,
    Subject.RUNNING,
    frozenset(STAFF),
)
KINDS = (MADE,)
