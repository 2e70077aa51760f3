"""Give learners more time for a module: choose several or paste a list, look at the difference, then save."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assignments import people
from sca_lms.assignments.extensions import Plan, Wish
from sca_lms.assignments.forms import ExtensionForm, ListForm
from sca_lms.assignments.list_fields import pasted
from sca_lms.assignments.words import list_fault_lines
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.modules import editing_queries, extending
from sca_lms.modules.models import Module
from sca_lms.web.i18n import page_zone
from sca_lms.web.incoming import read_ids
from sca_lms.web.paging import page_number

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
    del course_id
    return _page(_module(module_id), ExtensionForm(), ListForm())


@bp.post("/preview")
@allow(*STAFF)
def preview(course_id: int, module_id: int) -> ResponseReturnValue:
    """Show what a new due date for the chosen learners would change."""
    module, form = _module(module_id), ExtensionForm(request.form)
    chosen = {
        each.id: each for each in people.learners_among(course_id, read_ids(request.form.getlist("learner")))
    }
    if group := request.form.get("group"):
        chosen |= {each.id: each for each in people.everybody(course_id, group=group)}
    takes_back = request.form.get("action") == "take-back"
    if not chosen:
        flash(_("Choose at least one learner, or a group."), "alert")
        return _page(module, form, ListForm()), 400
    if not takes_back and not form.validate():
        return _page(module, form, ListForm()), 400
    until = None if takes_back else form.until.data
    plan = extending.plan(module, [Wish(each, until, form.reason.data or "") for each in chosen.values()])
    if plan.faults:
        form.until.errors = [_("This is not later than everybody's due date.")]
        return _page(module, form, ListForm()), 400
    return _difference(module, plan)


@bp.post("/list")
@allow(*STAFF)
def read(course_id: int, module_id: int) -> ResponseReturnValue:
    """Show what a pasted list would change, or everything that is wrong with it."""
    del course_id
    module, form = _module(module_id), ListForm(request.form)
    text = pasted(form)
    if text is None:
        return _page(module, ExtensionForm(), form), 400
    plan = extending.plan_list(module, text, zone=page_zone())
    if plan.faults:
        return _page(module, ExtensionForm(), form, faults=list_fault_lines(plan.faults)), 400
    return _difference(module, plan)


@bp.post("/save")
@allow(*STAFF)
def save(course_id: int, module_id: int) -> ResponseReturnValue:
    """Save the difference that was shown; a repeat changes nothing."""
    module = _module(module_id)
    wishes = []
    for learner in people.learners_among(course_id, read_ids(request.form.getlist("learner"))):
        form = ExtensionForm(request.form, prefix=f"e{learner.id}-")
        is_taken_back = request.form.get(f"e{learner.id}-until", "") == ""
        if not is_taken_back and not form.validate():
            abort(400)
        wishes.append(Wish(learner, None if is_taken_back else form.until.data, form.reason.data or ""))
    plan = extending.plan(module, wishes)
    if plan.faults:
        flash(_("The due date has changed meanwhile. Look at the difference again."), "alert")
        return redirect(_address(module), 303)
    with transaction():
        count = extending.apply(
            module, current_course(), plan.changes, person_id=actor().person_id, at=clock.now()
        )
    flash(ngettext("%(num)d extension is saved.", "%(num)d extensions are saved.", count))
    return redirect(_address(module), 303)


def _difference(module: Module, plan: Plan) -> ResponseReturnValue:
    if not plan.changes:
        flash(_("Nothing changes: everybody has this due date already."))
        return redirect(_address(module), 303)
    return render_template(
        "modules/extensions_preview.html",
        course_id=module.course_id,
        module=module,
        plan=plan,
        zone=page_zone(),
    )


def _page(module: Module, form: ExtensionForm, list_form: ListForm, *, faults: Sequence[str] = ()) -> str:
    search = request.args.get("q", "").strip()[:100]
    learners = courses.learners(actor(), search=search, number=page_number(request.args))
    return render_template(
        "modules/extensions.html",
        course_id=module.course_id,
        module=module,
        form=form,
        list_form=list_form,
        faults=faults,
        search_text=search,
        page=learners,
        groups=people.groups_of(module.course_id),
        stored=extending.current(module, [learner.id for learner in learners.items]),
        extended=extending.extensions_page(module, number=page_number(request.args, "extended")),
        chosen=read_ids(request.form.getlist("learner")),
        chosen_group=request.form.get("group", ""),
    )


def _module(module_id: int) -> Module:
    found = editing_queries.find_written(actor(), module_id)
    return found.module if found is not None and found.module.published else abort(404)


def _address(module: Module) -> str:
    return url_for("module_extensions.index", course_id=module.course_id, module_id=module.id)
