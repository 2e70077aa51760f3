"""Take files of scores in: read, show every fault or the difference, store all of it or nothing, undo."""

from collections.abc import Sequence

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.gradebook import forms, operations, queries
from sca_lms.gradebook.columns import columns
from sca_lms.gradebook.operations import CellChange
from sca_lms.gradebook.words import fault_line
from sca_lms.grades import overrides
from sca_lms.grades.override_models import GradeImport
from sca_lms.grades.overrides import Note
from sca_lms.grades.sources import EXTENSION
from sca_lms.web.incoming import takes_files
from sca_lms.web.paging import Page, fitting, offset, page_number

bp = Blueprint(
    "gradebook_files",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/gradebook/files",
)

CHANGES_SHOWN = 100
MOST_FAULTS_SHOWN = 200


@bp.route("", methods=["GET", "POST"])
@allow(*STAFF)
@takes_files(forms.LARGEST_FILE_BYTES)
def index(course_id: int) -> ResponseReturnValue:
    """Ask for a file, and work out what it would change."""
    if request.method == "GET":
        return _page(forms.FileForm())
    form = forms.FileForm(request.form)
    sent = request.files.get("file")
    content = sent.read(forms.LARGEST_FILE_BYTES + 1) if sent is not None else b""
    valid = form.validate()
    if not content:
        form.file.errors = [_("Choose a file.")]
    elif len(content) > forms.LARGEST_FILE_BYTES:
        form.file.errors = [_("The file is larger than 10 MB.")]
    if not valid or form.file.errors or sent is None:
        return _page(form), 400
    course = current_course()
    try:
        with transaction():
            found = operations.propose(
                course,
                columns(course),
                content,
                file_name=sent.filename or "",
                note=Note(form.reason.data or "", bool(form.visible.data), actor().person_id),
                at=clock.now(),
            )
    except Refused as refusal:
        form.reject(refusal, "file")
        return _page(form), 400
    if isinstance(found, list):
        return _page(form, faults=[fault_line(fault) for fault in found]), 400
    return redirect(url_for(".difference", course_id=course_id, import_id=found.id), 303)


@bp.get("/<int:import_id>")
@allow(*STAFF)
def difference(course_id: int, import_id: int) -> ResponseReturnValue:
    """Show what a file would change, or what it has changed."""
    return _difference(_import(import_id))


@bp.post("/<int:import_id>/take")
@allow(*STAFF)
def take(course_id: int, import_id: int) -> ResponseReturnValue:
    """Store the difference that was shown, all of it or nothing."""
    proposal, course = _import(import_id), current_course()
    try:
        with transaction():
            count = operations.take_in(
                course,
                columns(course),
                proposal,
                by=actor().person_id,
                sources=current_app.extensions[EXTENSION].keys(),
                at=clock.now(),
            )
    except Refused as refusal:
        flash(str(refusal), "alert")
        return _difference(_import(import_id)), 409
    if count:
        flash(ngettext("%(num)d score is set.", "%(num)d scores are set.", count), "success")
    return redirect(url_for(".difference", course_id=course_id, import_id=import_id), 303)


@bp.post("/<int:import_id>/undo")
@allow(*STAFF)
def undo(course_id: int, import_id: int) -> ResponseReturnValue:
    """Put back what stood before a file was taken in."""
    taken = _import(import_id)
    with transaction():
        undone, kept = overrides.undo_import(current_course(), taken, by=actor().person_id, at=clock.now())
    if undone:
        flash(ngettext("%(num)d score is put back.", "%(num)d scores are put back.", undone), "success")
    if kept:
        flash(
            ngettext(
                "%(num)d score was changed by somebody since and stays.",
                "%(num)d scores were changed by somebody since and stay.",
                kept,
            )
        )
    return redirect(url_for(".difference", course_id=course_id, import_id=import_id), 303)


def _import(import_id: int) -> GradeImport:
    return queries.find_import(actor().course_id, import_id) or abort(404)


def _page(form: forms.FileForm, *, faults: Sequence[str] = ()) -> str:
    return render_template(
        "gradebook/files.html",
        course_id=actor().course_id,
        form=form,
        faults=faults[:MOST_FAULTS_SHOWN],
        more_faults=max(0, len(faults) - MOST_FAULTS_SHOWN),
        imports=queries.imports_of(actor().course_id),
    )


def _difference(proposal: GradeImport) -> str:
    course_id = proposal.course_id
    total = len(proposal.changes)
    number = fitting(page_number(request.args), size=CHANGES_SHOWN, total=total)
    start = offset(number, size=CHANGES_SHOWN)
    changes = [CellChange.of(stored) for stored in proposal.changes[start : start + CHANGES_SHOWN]]
    return render_template(
        "gradebook/file_difference.html",
        course_id=course_id,
        proposal=proposal,
        page=Page(changes, number, CHANGES_SHOWN, total),
        people=queries.people_by_id(course_id, [change.enrolment_id for change in changes]),
        columns={column.code: column for column in columns(current_course())},
    )
