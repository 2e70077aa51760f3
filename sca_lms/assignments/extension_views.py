"""Give learners more time: choose several or paste a list, look at the difference, then save."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assignments import extensions, people, queries
from sca_lms.assignments.extensions import Plan, Wish
from sca_lms.assignments.forms import ExtensionForm, ListForm
from sca_lms.assignments.list_fields import pasted
from sca_lms.assignments.models import Assignment
from sca_lms.assignments.words import list_fault_lines
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.web.i18n import page_zone
from sca_lms.web.incoming import read_ids
from sca_lms.web.paging import page_number

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
    return _page(_assignment(assignment_id), ExtensionForm(), ListForm())


@bp.post("/preview")
@allow(*STAFF)
def preview(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Show what a new due date for the chosen learners would change."""
    assignment, form = _assignment(assignment_id), ExtensionForm(request.form)
    chosen = people.learners_among(course_id, read_ids(request.form.getlist("learner")))
    if request.form.get("group"):
        chosen = [*chosen, *people.everybody(course_id, group=request.form["group"])]
    takes_back = request.form.get("action") == "take-back"
    if not chosen:
        flash(_("Choose at least one learner, or a group."), "alert")
        return _page(assignment, form, ListForm()), 400
    if not takes_back and not form.validate():
        return _page(assignment, form, ListForm()), 400
    until = None if takes_back else form.until.data
    by_id = {learner.id: learner for learner in chosen}
    plan = extensions.plan(
        assignment, [Wish(learner, until, form.reason.data or "") for learner in by_id.values()]
    )
    if plan.faults:
        form.until.errors = [_("This is not later than everybody's due date.")]
        return _page(assignment, form, ListForm()), 400
    return _difference(assignment, plan)


@bp.post("/list")
@allow(*STAFF)
def read(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Show what a pasted list would change, or everything that is wrong with it."""
    assignment, form = _assignment(assignment_id), ListForm(request.form)
    text = pasted(form)
    if text is None:
        return _page(assignment, ExtensionForm(), form), 400
    plan = extensions.plan_list(assignment, text, zone=page_zone())
    if plan.faults:
        return _page(assignment, ExtensionForm(), form, faults=list_fault_lines(plan.faults)), 400
    return _difference(assignment, plan)


@bp.post("/save")
@allow(*STAFF)
def save(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Save the difference that was shown; a repeat changes nothing."""
    assignment = _assignment(assignment_id)
    ids = read_ids(request.form.getlist("learner"))
    wishes = []
    for learner in people.learners_among(course_id, ids):
        form = ExtensionForm(request.form, prefix=f"e{learner.id}-")
        is_taken_back = request.form.get(f"e{learner.id}-until", "") == ""
        if not is_taken_back and not form.validate():
            abort(400)
        wishes.append(Wish(learner, None if is_taken_back else form.until.data, form.reason.data or ""))
    plan = extensions.plan(assignment, wishes)
    if plan.faults:
        flash(_("The due date has changed meanwhile. Look at the difference again."), "alert")
        return redirect(_address(assignment), 303)
    with transaction():
        count = extensions.apply(
            assignment, current_course(), plan.changes, person_id=actor().person_id, at=clock.now()
        )
    flash(ngettext("%(num)d extension is saved.", "%(num)d extensions are saved.", count))
    return redirect(_address(assignment), 303)


def _difference(assignment: Assignment, plan: Plan) -> ResponseReturnValue:
    if not plan.changes:
        flash(_("Nothing changes: everybody has this due date already."))
        return redirect(_address(assignment), 303)
    return render_template(
        "assignments/extensions_preview.html",
        course_id=assignment.course_id,
        assignment=assignment,
        plan=plan,
        zone=page_zone(),
    )


def _page(
    assignment: Assignment, form: ExtensionForm, list_form: ListForm, *, faults: Sequence[str] = ()
) -> str:
    course_id = assignment.course_id
    search = request.args.get("q", "").strip()[:100]
    learners = courses.learners(actor(), search=search, number=page_number(request.args))
    return render_template(
        "assignments/extensions.html",
        course_id=course_id,
        assignment=assignment,
        form=form,
        list_form=list_form,
        faults=faults,
        search_text=search,
        page=learners,
        groups=people.groups_of(course_id),
        stored=extensions.current(assignment, [learner.id for learner in learners.items]),
        extended=extensions.extensions_page(assignment, number=page_number(request.args, "extended")),
        chosen=read_ids(request.form.getlist("learner")),
        chosen_group=request.form.get("group", ""),
    )


def _assignment(assignment_id: int) -> Assignment:
    return queries.find_assignment(actor(), assignment_id) or abort(404)


def _address(assignment: Assignment) -> str:
    return url_for(
        "assignments_extensions.index", course_id=assignment.course_id, assignment_id=assignment.id
    )
