"""What the kinds of occasions are called."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from sca_lms.calendar.models import OccasionKind
from sca_lms.errors import Text

KIND_WORDS: Mapping[OccasionKind, Text] = {
    OccasionKind.CLASS: _l("Bootcamp"),
    OccasionKind.UPDATE: _l("Knowledge update"),
    OccasionKind.MENTORING: _l("Mentoring"),
    OccasionKind.JUDGING: _l("Judging"),
}
