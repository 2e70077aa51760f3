"""Give learners more time for something: choose several or paste a list, look at the difference, then save.

What has a due date says how its extensions are found, planned and stored; the pages are the same for all.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import abort

from sca_lms.assignments import people
from sca_lms.assignments.extensions import Plan, Planned, Wish
from sca_lms.assignments.forms import ExtensionForm, ListForm
from sca_lms.assignments.list_fields import pasted
from sca_lms.assignments.words import list_fault_lines
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor
from sca_lms.database import transaction
from sca_lms.web.i18n import page_zone
from sca_lms.web.incoming import read_ids
from sca_lms.web.paging import page_number

LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class ExtensionDesk:
    """How more time is given for one thing; `template` extends `assignments/more_time.html`."""

    course_id: int
    template: str
    due_at: dt.datetime | None
    """Everybody's due date."""
    address: Callable[[str], str]
    """Returns the address of one of the views index, preview, read and save."""
    plan: Callable[[Sequence[Wish]], Plan]
    plan_list: Callable[[str], Plan]
    apply: Callable[[Sequence[Planned]], int]
    """Stores the changes and returns how many there were; called inside of a transaction."""
    current: Callable[[Sequence[int]], Mapping[int, object]]
    """Returns the extensions of these learners, each with `due_at`."""
    extended: Callable[[int], object]
    """Returns one page of all extensions, with `enrolment`, `due_at`, `reason`, `set_by`, `set_at`."""
    about: Mapping[str, object] = field(default_factory=dict)
    """What the template needs beside."""


def show(
    desk: ExtensionDesk,
    form: ExtensionForm | None = None,
    list_form: ListForm | None = None,
    faults: Sequence[str] = (),
) -> str:
    """Show who has more time, and whom it can be given to."""
    search = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    learners = courses.learners(actor(), search=search, number=page_number(request.args))
    return render_template(
        desk.template,
        course_id=desk.course_id,
        desk=desk,
        form=form or ExtensionForm(),
        list_form=list_form or ListForm(),
        faults=faults,
        search_text=search,
        page=learners,
        groups=people.groups_of(desk.course_id),
        stored=desk.current([learner.id for learner in learners.items]),
        extended=desk.extended(page_number(request.args, "extended")),
        chosen=read_ids(request.form.getlist("learner")),
        chosen_group=request.form.get("group", ""),
        **desk.about,
    )


def preview(desk: ExtensionDesk) -> ResponseReturnValue:
    """Show what a new due date for the chosen learners would change."""
    form = ExtensionForm(request.form)
    learners = list(people.learners_among(desk.course_id, read_ids(request.form.getlist("learner"))))
    if group := request.form.get("group"):
        learners += people.everybody(desk.course_id, group=group)
    chosen = {learner.id: learner for learner in learners}
    takes_back = request.form.get("action") == "take-back"
    if not chosen:
        flash(_("Choose at least one learner, or a group."), "alert")
        return show(desk, form), 400
    if not takes_back and not form.validate():
        return show(desk, form), 400
    until = None if takes_back else form.until.data
    plan = desk.plan([Wish(learner, until, form.reason.data or "") for learner in chosen.values()])
    if plan.faults:
        form.until.errors = [_("This is not later than everybody's due date.")]
        return show(desk, form), 400
    return _difference(desk, plan)


def read(desk: ExtensionDesk) -> ResponseReturnValue:
    """Show what a pasted list would change, or everything that is wrong with it."""
    form = ListForm(request.form)
    text = pasted(form)
    if text is None:
        return show(desk, list_form=form), 400
    plan = desk.plan_list(text)
    if plan.faults:
        return show(desk, list_form=form, faults=list_fault_lines(plan.faults)), 400
    return _difference(desk, plan)


def save(desk: ExtensionDesk) -> ResponseReturnValue:
    """Save the difference that was shown; a repeat changes nothing."""
    wishes = []
    for learner in people.learners_among(desk.course_id, read_ids(request.form.getlist("learner"))):
        form = ExtensionForm(request.form, prefix=f"e{learner.id}-")
        is_taken_back = request.form.get(f"e{learner.id}-until", "") == ""
        if not is_taken_back and not form.validate():
            abort(400)
        wishes.append(Wish(learner, None if is_taken_back else form.until.data, form.reason.data or ""))
    plan = desk.plan(wishes)
    if plan.faults:
        flash(_("The due date has changed meanwhile. Look at the difference again."), "alert")
        return redirect(desk.address("index"), 303)
    with transaction():
        count = desk.apply(plan.changes)
    flash(ngettext("%(num)d extension is saved.", "%(num)d extensions are saved.", count))
    return redirect(desk.address("index"), 303)


def _difference(desk: ExtensionDesk, plan: Plan) -> ResponseReturnValue:
    if not plan.changes:
        flash(_("Nothing changes: everybody has this due date already."))
        return redirect(desk.address("index"), 303)
    return render_template(
        "assignments/more_time_preview.html",
        course_id=desk.course_id,
        desk=desk,
        plan=plan,
        zone=page_zone(),
    )
