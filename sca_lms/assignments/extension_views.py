"""Give learners more time for an assignment: choose several or paste a list, look, then save."""

from functools import partial

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assignments import extension_desk, extensions, queries
from sca_lms.assignments.extension_desk import ExtensionDesk
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.web.i18n import page_zone

bp = Blueprint(
    "assignments_extensions",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/assignments/<int:assignment_id>/extensions",
)


@bp.get("")
@allow(*STAFF)
def index(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Show who has more time, and whom it can be given to."""
    return extension_desk.show(_desk(course_id, assignment_id))


@bp.post("/preview")
@allow(*STAFF)
def preview(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Show what a new due date for the chosen learners would change."""
    return extension_desk.preview(_desk(course_id, assignment_id))


@bp.post("/list")
@allow(*STAFF)
def read(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Show what a pasted list would change, or everything that is wrong with it."""
    return extension_desk.read(_desk(course_id, assignment_id))


@bp.post("/save")
@allow(*STAFF)
def save(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Save the difference that was shown; a repeat changes nothing."""
    return extension_desk.save(_desk(course_id, assignment_id))


def _desk(course_id: int, assignment_id: int) -> ExtensionDesk:
    assignment = queries.find_assignment(actor(), assignment_id) or abort(404)
    return ExtensionDesk(
        course_id=course_id,
        template="assignments/extensions.html",
        due_at=assignment.due_at,
        address=lambda view: url_for(f".{view}", course_id=course_id, assignment_id=assignment_id),
        plan=partial(extensions.plan, assignment),
        plan_list=partial(extensions.plan_list, assignment, zone=page_zone()),
        apply=lambda changes: extensions.apply(
            assignment, current_course(), changes, person_id=actor().person_id, at=clock.now()
        ),
        current=partial(extensions.current, assignment),
        extended=lambda number: extensions.extensions_page(assignment, number=number),
        about={"assignment": assignment},
    )
