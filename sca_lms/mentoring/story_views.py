"""Tell one pair's story: who led it, every meeting with what it brought, what is agreed."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, allow
from sca_lms.courses.rules import STAFF, Role
from sca_lms.mentoring import action_queries, credit, meeting_pages, story_queries, terms_queries
from sca_lms.projects import queries as projects
from sca_lms.web.i18n import wall_time

bp = Blueprint(
    "mentoring_stories",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/mentoring/pairs",
)


@bp.get("/<int:pair_id>/story")
@allow(Role.MENTOR, Role.LEARNER, *STAFF)
def page(course_id: int, pair_id: int) -> ResponseReturnValue:
    """Show staff any pair, captains theirs, and ambassadors their own."""
    pair = projects.find_pair(actor(), pair_id) or abort(404)
    at = clock.now()
    person_id = pair.ambassador_id
    return render_template(
        "mentoring/story.html",
        course_id=course_id,
        pair=pair,
        captaincies=projects.captaincies([pair.id]),
        standing=credit.standings(course_id, [person_id], at=at)[person_id],
        topics=terms_queries.topics(course_id),
        places=story_queries.places_of(course_id, person_id),
        counted=credit.counted_of_places(course_id, person_id),
        open_items=action_queries.open_items([pair.id]),
        today=wall_time(at).date(),
        at=at,
        may_look_up=actor().has(*STAFF),
        **meeting_pages.words(),
    )
