"""Give learners more time for a module: choose several or paste a list, look, then save."""

from functools import partial

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assignments import extension_desk
from sca_lms.assignments.extension_desk import ExtensionDesk
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.modules import editing_queries, extending
from sca_lms.web.i18n import page_zone

bp = Blueprint(
    "module_extensions",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/module-extensions/<int:module_id>",
)


@bp.get("")
@allow(*STAFF)
def index(course_id: int, module_id: int) -> ResponseReturnValue:
    """Show who has more time, and whom it can be given to."""
    return extension_desk.show(_desk(course_id, module_id))


@bp.post("/preview")
@allow(*STAFF)
def preview(course_id: int, module_id: int) -> ResponseReturnValue:
    """Show what a new due date for the chosen learners would change."""
    return extension_desk.preview(_desk(course_id, module_id))


@bp.post("/list")
@allow(*STAFF)
def read(course_id: int, module_id: int) -> ResponseReturnValue:
    """Show what a pasted list would change, or everything that is wrong with it."""
    return extension_desk.read(_desk(course_id, module_id))


@bp.post("/save")
@allow(*STAFF)
def save(course_id: int, module_id: int) -> ResponseReturnValue:
    """Save the difference that was shown; a repeat changes nothing."""
    return extension_desk.save(_desk(course_id, module_id))


def _desk(course_id: int, module_id: int) -> ExtensionDesk:
    found = editing_queries.find_written(actor(), module_id)
    module = found.module if found is not None and found.module.published else abort(404)
    return ExtensionDesk(
        course_id=course_id,
        template="modules/extensions.html",
        due_at=module.due_at,
        address=lambda view: url_for(f".{view}", course_id=course_id, module_id=module_id),
        plan=partial(extending.plan, module),
        plan_list=partial(extending.plan_list, module, zone=page_zone()),
        apply=lambda changes: extending.apply(
            module, current_course(), changes, person_id=actor().person_id, at=clock.now()
        ),
        current=partial(extending.current, module),
        extended=lambda number: extending.extensions_page(module, number=number),
        about={"module": module},
    )
