"""Keep right answers from those who have to find them in another course."""

from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import abort

from sca_lms.courses.access import actor, current_course
from sca_lms.courses.queries import learns_elsewhere
from sca_lms.courses.rules import STAFF, Role

AUTHORS = (*STAFF, Role.AUTHOR)
"""Those who write questions and quizzes; authors see nothing of any learner."""


def refuse_keys() -> None:
    """Refuse the right answers to somebody who has to find them in another course.

    Any instructor may choose the same programme for a course of their own, and learn from its pages.
    """
    if learns_elsewhere(actor(), current_course()):
        reason = _l(
            "You learn in this programme in another course, so its right answers are not shown to you."
        )
        abort(403, description=reason)
