"""Show captains the people they accompany: who needs them, where everybody stands, and what is next."""

from collections.abc import Mapping

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from sca_lms import clock
from sca_lms.courses.access import actor, allow
from sca_lms.courses.rules import Role
from sca_lms.errors import Text
from sca_lms.mentoring import captain_queries, terms_queries
from sca_lms.mentoring.concern_rules import Concern
from sca_lms.web.i18n import wall_time

bp = Blueprint(
    "mentoring_mentees",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/mentoring/mentees",
)

CONCERNS: Mapping[Concern, Text] = {
    Concern.DISPUTE: _l("a meeting is disputed"),
    Concern.REPORT: _l("a report is missing"),
    Concern.REQUEST: _l("a request waits"),
    Concern.NOT_MET: _l("not met for 30 days"),
}
CONCERN_MARKS: Mapping[Concern, str] = {
    Concern.DISPUTE: "behind",
    Concern.REPORT: "behind",
    Concern.REQUEST: "wait",
    Concern.NOT_MET: "never",
}


@bp.get("")
@allow(Role.MENTOR)
def index(course_id: int) -> ResponseReturnValue:
    """Show all pairs that the captain leads."""
    at = clock.now()
    return render_template(
        "mentoring/mentees.html",
        course_id=course_id,
        mentees=captain_queries.mentees(actor(), at=at),
        topics=terms_queries.topics(course_id),
        today=wall_time(at).date(),
        me=actor().enrolment_id,
        CONCERNS=CONCERNS,
        CONCERN_MARKS=CONCERN_MARKS,
    )
