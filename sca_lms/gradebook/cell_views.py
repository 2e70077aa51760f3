"""Tell the whole story of one score, and let an instructor set it by hand or take that back."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.gradebook import forms, operations, queries
from sca_lms.gradebook.columns import columns
from sca_lms.gradebook.facts import Cell
from sca_lms.gradebook.queries import Line
from sca_lms.grades import overrides
from sca_lms.grades.overrides import Note, OutOfRange
from sca_lms.grades.sources import EXTENSION
from sca_lms.grades.words import REASONS, STATES

bp = Blueprint(
    "gradebook_cells",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/gradebook/people/<int:enrolment_id>/scores/<column_code>",
)


@bp.get("")
@allow(*STAFF)
def page(course_id: int, enrolment_id: int, column_code: str) -> ResponseReturnValue:
    """Show one score: what counts, what was worked out, what was set, and what the host has."""
    line, cell = _cell(enrolment_id, column_code)
    return _page(line, cell, forms.ScoreForm(), forms.RemovalForm())


@bp.post("/set")
@allow(*STAFF)
def set_score(course_id: int, enrolment_id: int, column_code: str) -> ResponseReturnValue:
    """Set the score by hand."""
    line, cell = _cell(enrolment_id, column_code)
    form = forms.ScoreForm(request.form)
    if not form.validate() or form.value.data is None:
        return _page(line, cell, form, forms.RemovalForm()), 400
    note = Note(form.reason.data or "", bool(form.visible.data), actor().person_id)
    try:
        with transaction():
            operations.set_score(
                current_course(),
                line.enrolment,
                cell.column,
                form.value.data,
                note,
                seen=forms.read_seen(request.form),
                sources=current_app.extensions[EXTENSION].keys(),
                at=clock.now(),
            )
    except OutOfRange as refusal:
        form.reject(refusal, "value")
        return _page(line, cell, form, forms.RemovalForm()), 400
    except Refused as refusal:
        form.reject(refusal)
        line, cell = _cell(enrolment_id, column_code)
        return _page(line, cell, form, forms.RemovalForm()), 409
    flash(_("The score is set. It counts from now on, and is sent to the LMS by itself."), "success")
    return redirect(_address(course_id, enrolment_id, column_code), 303)


@bp.post("/remove")
@allow(*STAFF)
def remove_score(course_id: int, enrolment_id: int, column_code: str) -> ResponseReturnValue:
    """Take back a score that was set by hand."""
    line, cell = _cell(enrolment_id, column_code)
    form = forms.RemovalForm(request.form)
    if not form.validate():
        return _page(line, cell, forms.ScoreForm(), form), 400
    note = Note(form.reason.data or "", False, actor().person_id)
    try:
        with transaction():
            overrides.remove_score(
                current_course(),
                line.enrolment,
                column_code,
                note,
                seen=forms.read_seen(request.form),
                at=clock.now(),
            )
    except Refused as refusal:
        form.reject(refusal)
        line, cell = _cell(enrolment_id, column_code)
        return _page(line, cell, forms.ScoreForm(), form), 409
    flash(_("The score of the instructor is removed. What was worked out counts again."), "success")
    return redirect(_address(course_id, enrolment_id, column_code), 303)


def _cell(enrolment_id: int, code: str) -> tuple[Line, Cell]:
    course = current_course()
    line = queries.line_of(course, columns(course), enrolment_id) or abort(404)
    cell = next((cell for cell in line.cells if cell.column.code == code), None)
    return line, cell or abort(404)


def _page(line: Line, cell: Cell, form: forms.ScoreForm, removal: forms.RemovalForm) -> str:
    override = queries.find_override(line.enrolment.id, cell.column.code)
    if form.value.raw_data is None and cell.override is not None:
        form.value.data, form.reason.data = cell.override.value, cell.override.reason
        form.visible.data = cell.override.visible
    return render_template(
        "gradebook/cell.html",
        course_id=line.enrolment.course_id,
        line=line,
        enrolment=line.enrolment,
        cell=cell,
        column=cell.column,
        form=form,
        removal=removal,
        override=override,
        changes=overrides.story_of(override) if override is not None else (),
        receipts=queries.receipts_of(line.enrolment.id, cell.column.code),
        score=queries.find_score(line.enrolment.id, cell.column.code),
        is_own=line.enrolment.person_id == actor().person_id,
        STATES=STATES,
        REASONS=REASONS,
    )


def _address(course_id: int, enrolment_id: int, code: str) -> str:
    return url_for(".page", course_id=course_id, enrolment_id=enrolment_id, column_code=code)
