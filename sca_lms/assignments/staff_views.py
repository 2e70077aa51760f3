"""Let those who teach write assignments, see who has handed in, and take everything away as one archive."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assignments import hooks, queries, rubrics, terms, work_lists
from sca_lms.assignments.archives import archive
from sca_lms.assignments.forms import AssignmentForm, beginning, filled_in
from sca_lms.assignments.models import Assignment
from sca_lms.assignments.pages import learner_page
from sca_lms.assignments.rubric_models import RubricVersion
from sca_lms.assignments.words import STATE_MARKS, STATE_WORDS
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.uploads.storage import store
from sca_lms.web.exports import attachment
from sca_lms.web.incoming import read_ids
from sca_lms.web.paging import page_number

bp = Blueprint(
    "assignments_staff",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/assignments",
)
AUTHORS = (Role.AUTHOR, *STAFF)
PLACE = "/<int:assignment_id>"


@bp.context_processor
def _words() -> dict[str, object]:
    return {"STATE_WORDS": STATE_WORDS, "STATE_MARKS": STATE_MARKS}


@bp.route("/new", methods=["GET", "POST"])
@allow(*AUTHORS)
def new(course_id: int) -> ResponseReturnValue:
    """Write a new assignment; it is a draft until it is published."""
    form = AssignmentForm(request.form if request.method == "POST" else None, data=beginning())
    form.offer(rubrics.choices(course_id), None)
    if request.method == "POST" and form.validate():
        at, course, person_id = clock.now(), current_course(), actor().person_id
        version = _chosen(form)
        try:
            with transaction():
                made = terms.create(course, str(form.code.data), form.terms(), person_id=person_id, at=at)
                rubrics.use_version(made, course, version, person_id=person_id, at=at)
        except terms.CodeTaken as refusal:
            form.reject(refusal, "code")
        else:
            flash(_("The assignment is a draft. Publish it when learners may see it."))
            return redirect(_to("edit", made), 303)
    status = 400 if request.method == "POST" else 200
    return render_template("assignments/edit.html", course_id=course_id, form=form, assignment=None), status


@bp.route(f"{PLACE}/edit", methods=["GET", "POST"])
@allow(*AUTHORS)
def edit(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Change an assignment; somebody else's change meanwhile is shown, not overwritten unseen."""
    assignment = _assignment(assignment_id)
    stored = filled_in(assignment)
    form = AssignmentForm(request.form if request.method == "POST" else None, data=stored)
    del form.code
    form.offer(rubrics.choices(course_id), assignment.rubric_version)
    differs: list[tuple[str, object]] = []
    if request.method == "POST" and form.validate():
        sent = form.row_version.data or ""
        based_on = int(sent) if sent.isascii() and sent.isdigit() and len(sent) <= 9 else 0
        try:
            with transaction():
                terms.change(
                    assignment, current_course(), form.terms(), based_on=based_on,
                    person_id=actor().person_id, at=clock.now(),
                )  # fmt: skip
        except terms.ChangedMeanwhile as refusal:
            form.reject(refusal)
            stored = filled_in(assignment)
            differs = [
                (str(field.label.text), stored[field.name])
                for field in form
                if field.name in stored and field.name != "row_version" and field.data != stored[field.name]
            ]
        except terms.AlreadyBegun as refusal:
            form.reject(refusal, "who")
        else:
            return _after_edit(assignment, _chosen(form))
    # Sending again is then a decision.
    form.row_version.raw_data, form.row_version.data = None, str(assignment.row_version)
    status = 400 if request.method == "POST" else 200
    return (
        render_template(
            "assignments/edit.html", course_id=course_id, form=form, assignment=assignment, differs=differs
        ),
        status,
    )


def _after_edit(assignment: Assignment, version: RubricVersion | None) -> ResponseReturnValue:
    """Go on to the preview of changed scores when another rubric was chosen and somebody has marked."""
    if (version.id if version else None) == assignment.rubric_version_id:
        flash(_("The assignment is saved."))
        return redirect(_to("edit", assignment), 303)
    if version is not None and assignment.rubric_version_id is not None:
        flash(_("The assignment is saved. Look at what the other rubric changes, then confirm it."))
        return redirect(_to("rubric", assignment, version=version.id), 303)
    at, person_id = clock.now(), actor().person_id
    if version is None and _is_marked(assignment):
        flash(_("Somebody has marked with this rubric, so the assignment keeps it."), "alert")
        return redirect(_to("edit", assignment), 303)
    with transaction():
        rubrics.use_version(assignment, current_course(), version, person_id=person_id, at=at)
    flash(_("The assignment is saved."))
    return redirect(_to("edit", assignment), 303)


def _is_marked(assignment: Assignment) -> bool:
    return assignment.rubric_version is not None and assignment.rubric_version.frozen_at is not None


@bp.post(f"{PLACE}/publish")
@allow(*AUTHORS)
def publish(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Show an assignment to learners, or make it a draft again."""
    assignment, published = _assignment(assignment_id), request.form.get("published") == "yes"
    with transaction():
        terms.publish(
            assignment, current_course(), published=published, person_id=actor().person_id, at=clock.now()
        )
    flash(_("Learners see it now.") if published else _("It is a draft; learners no longer see it."))
    return redirect(_to("edit", assignment), 303)


@bp.post(f"{PLACE}/duplicate")
@allow(*AUTHORS)
def duplicate(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Copy an assignment as a draft without dates."""
    assignment = _assignment(assignment_id)
    try:
        with transaction():
            copy = terms.duplicate(assignment, current_course(), person_id=actor().person_id, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
        return redirect(_to("edit", assignment), 303)
    flash(_("This is a copy without dates. It is a draft."))
    return redirect(_to("edit", copy), 303)


@bp.get(f"{PLACE}/preview")
@allow(*AUTHORS)
def preview(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Show an assignment as its learners will see it; nothing can be sent here."""
    return learner_page(_assignment(assignment_id), None, None, at=clock.now())


@bp.get(f"{PLACE}/overview")
@allow(*STAFF)
def overview(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Show who has handed in and who has not, a page at a time, found by name."""
    assignment, at = _assignment(assignment_id), clock.now()
    search = request.args.get("q", "").strip()[:100]
    known = hooks.marks()
    version = assignment.rubric_version
    newest = rubrics.newest_version(version.rubric) if version else None
    return render_template(
        "assignments/overview.html",
        course_id=course_id,
        assignment=assignment,
        search_text=search,
        page=work_lists.works_of(actor(), assignment, search=search, number=page_number(request.args), at=at),
        tally=queries.tallies(course_id).get(assignment.id, queries.Tally()),
        without_team=len(work_lists.without_team(assignment)) if assignment.by_team else 0,
        queue_url=known.queue_url(course_id, assignment.id) if known else None,
        newer=newest if newest and version and newest.number > version.number else None,
    )


@bp.route(f"{PLACE}/rubric", methods=["GET", "POST"])
@allow(*STAFF)
def rubric(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Show every score that another version of the rubric changes, and switch when that is confirmed."""
    assignment, at = _assignment(assignment_id), clock.now()
    wanted = read_ids([request.values.get("version", "")])
    version = rubrics.find_version(actor(), wanted.pop()) if wanted else None
    if version is None:
        abort(404)
    marking = hooks.recompute()
    if request.method == "POST":
        with transaction():
            rubrics.use_version(assignment, current_course(), version, person_id=actor().person_id, at=at)
            if marking is not None:
                marking.apply(assignment, version, by=actor().person_id, at=at)
        flash(_("The assignment is marked with version %(number)s now.", number=version.number))
        return redirect(_to("overview", assignment), 303)
    return render_template(
        "assignments/switch.html",
        course_id=course_id,
        assignment=assignment,
        version=version,
        changed=marking.preview(assignment, version) if marking else [],
    )


@bp.get(f"{PLACE}/download")
@allow(*STAFF)
def download(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Hand out the newest version of every work as one ZIP archive."""
    assignment = _assignment(assignment_id)
    works = work_lists.handed_in(assignment)
    if not works:
        flash(_("Nobody has handed in yet."), "alert")
        return redirect(_to("overview", assignment), 303)
    blocks = archive(works, store(), anonymous=assignment.anonymous)
    response = attachment(blocks, "application/zip", assignment.code, "zip")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _assignment(assignment_id: int) -> Assignment:
    return queries.find_assignment(actor(), assignment_id) or abort(404)


def _chosen(form: AssignmentForm) -> RubricVersion | None:
    ids = read_ids([str(form.rubric.data or "")])
    return rubrics.find_version(actor(), ids.pop()) if ids else None


def _to(endpoint: str, assignment: Assignment, version: int | None = None) -> str:
    return url_for(
        f"assignments_staff.{endpoint}",
        course_id=assignment.course_id,
        assignment_id=assignment.id,
        version=version,
    )
