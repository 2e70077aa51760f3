"""Read from a request whom staff have chosen, and show it on the pages that act on them."""

from collections.abc import Mapping, Sequence

from flask import current_app, request
from flask_babel import lazy_gettext as _l

from sca_lms.courses.access import actor
from sca_lms.errors import Text
from sca_lms.guidance.receivers import COHORT, Chooser, LeftOut, Receivers, parsed, receivers

NAMES_SHOWN = 12
"""So many names stand on the page; the rest is counted."""
WHYS: Mapping[LeftOut, Text] = {
    LeftOut.TEST: _l("is a test user"),
    LeftOut.WITHDRAWN: _l("has left the course"),
    LeftOut.NO_LEARNER: _l("is no learner"),
}


def chosen() -> Receivers:
    """Return whom the address names: `people` as a list of ids, else what the list of learners has chosen."""
    ids: Sequence[int] = parsed(request.args.get("people", ""))
    if not ids:
        chooser: Chooser | None = current_app.extensions.get(COHORT)
        ids = chooser(actor(), request.args) if chooser else ()
    return receivers(actor().course_id, ids)
