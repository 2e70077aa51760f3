"""Answer where everyone stands: the learner's home and grades, the instructor's table and pages."""

from collections.abc import Iterator

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.bootcamp import overview as bootcamp
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF, Role
from sca_lms.gradebook import queries as gradebook
from sca_lms.grades import overview
from sca_lms.grades.queries import columns_of
from sca_lms.grades.words import STATES
from sca_lms.modules import queries as modules
from sca_lms.progress import queries
from sca_lms.web.exports import Cell, table_file
from sca_lms.web.paging import page_number

bp = Blueprint("progress", __name__, template_folder="templates")

EXPORTS = ("csv", "xlsx")


@bp.get("/courses/<int:course_id>/")
@allow(*Role)
def home(course_id: int) -> ResponseReturnValue:
    """Show a learner where they stand; send everybody else to the first page of their role."""
    enrolment = courses.own_enrolment(actor())
    if actor().has(*STAFF):
        if current_course().programme_id is None:
            return redirect(url_for("courses.programme", course_id=course_id))
        return redirect(url_for(".learners", course_id=course_id))
    if enrolment is None or not actor().has(Role.LEARNER):
        return redirect(url_for("modules.index", course_id=course_id))
    at = clock.now()
    return render_template(
        "progress/home.html",
        row=queries.learner_row(enrolment, at=at),
        camp=bootcamp.overview_of(current_course(), enrolment, at=at),
        at=at,
    )


@bp.get("/courses/<int:course_id>/grades/mine")
@allow(Role.LEARNER)
def grades(course_id: int) -> ResponseReturnValue:
    """Show a learner a receipt for every grade: what it is, and whether the host has it."""
    enrolment = courses.own_enrolment(actor()) or abort(404)
    total, cells = gradebook.total_of(current_course(), enrolment.id)
    return render_template(
        "progress/grades.html",
        row=queries.learner_row(enrolment, at=clock.now()),
        receipts=overview.receipts(course_id, enrolment.id),
        total=total,
        cells=cells,
        STATES=STATES,
        is_test=actor().is_test,
    )


@bp.get("/courses/<int:course_id>/learners")
@allow(*STAFF)
def learners(course_id: int) -> ResponseReturnValue:
    """Show all learners with state and grade, a page at a time."""
    search = request.args.get("q", "").strip()
    page = queries.learners(actor(), search=search, number=page_number(request.args), at=clock.now())
    return render_template(
        "progress/learners.html",
        page=page,
        search_text=search,
        columns=columns_of(course_id),
        exports=[
            (url_for(".learners_export", course_id=course_id, kind=kind, q=search or None), kind.upper())
            for kind in EXPORTS
        ],
    )


@bp.get("/courses/<int:course_id>/learners.<any(csv, xlsx):kind>")
@allow(*STAFF)
def learners_export(course_id: int, kind: str) -> ResponseReturnValue:
    """Hand out the same table as a file, whole, limited to what was searched for."""
    outline = modules.outline(course_id)
    header = [
        _("Name"),
        _("Group"),
        _("Area"),
        _("Modules complete"),
        _("Units complete"),
        _("Progress, percent"),
    ]
    for module in outline:
        header += [
            _("%(module)s progress, percent", module=module.code),
            _("%(module)s grade, percent", module=module.code),
        ]
    for column in columns_of(course_id):
        header += [column.code, _("%(column)s in the host's gradebook", column=column.code)]
    search = request.args.get("q", "").strip()
    found = queries.all_learners(actor(), search=search, at=clock.now())
    return table_file(kind, _("learners"), header, _export_rows(found))


@bp.get("/courses/<int:course_id>/learners/<int:enrolment_id>")
@allow(*STAFF, Role.LEARNER)
def learner(course_id: int, enrolment_id: int) -> ResponseReturnValue:
    """Show one learner's story to staff; learners reach their own, and nobody else's exists for them."""
    if not actor().has(*STAFF):
        if enrolment_id != actor().enrolment_id:
            abort(404)
        return redirect(url_for(".grades", course_id=course_id))
    enrolment = courses.find_enrolment(actor(), enrolment_id) or abort(404)
    return render_template("progress/learner.html", row=queries.learner_row(enrolment, at=clock.now()))


def _export_rows(rows: Iterator[queries.LearnerRow]) -> Iterator[list[Cell]]:
    for row in rows:
        person, standing = row.enrolment.person, row.standing
        cells: list[Cell] = [
            person.full_name or _("(no name)"),
            row.enrolment.group,
            row.enrolment.area,
            standing.modules_done,
            standing.units_done,
            standing.progress_percent,
        ]
        for module in standing.modules:
            cells += [module.progress_percent, module.grade]
        for line in row.scores:
            cells += [line.delivery.value, str(line.delivery.words)]
        yield cells
