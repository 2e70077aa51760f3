"""Save the notes of a meeting; nothing that was typed is lost, and nobody's own note reaches anybody else."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from sca_lms.mentoring import meeting_queries, note_queries, notes
from sca_lms.mentoring.meeting_pages import meeting_address
from sca_lms.mentoring.models import Appointment
from sca_lms.mentoring.note_forms import NoteForm
from sca_lms.web.formats import moment, plain

bp = Blueprint(
    "mentoring_notes",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/mentoring/meetings/<int:appointment_id>",
)


@bp.post("/note")
@allow(Role.LEARNER, Role.MENTOR)
def shared(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Save the shared note; when somebody else was faster, show both versions and keep this one."""
    appointment, form = _own(appointment_id), NoteForm(request.form)
    template_id = request.form.get("template", "")
    if request.form.get("action") == "insert" and template_id.isascii() and template_id.isdigit():
        return _with_template(course_id, appointment, form, int(template_id[:9]))
    if not form.validate():
        flash(" ".join(map(str, form.text.errors)) or _("The note was not saved."), "alert")
        return _note_page(course_id, appointment, form), 400
    text, at = form.text.data or "", clock.now()
    try:
        with transaction():
            notes.save_shared(appointment, _me(), text, based_on=form.version, at=at)
    except notes.NoteChanged as refusal:
        with transaction():
            notes.keep_draft(appointment, _me(), text, based_on=form.version, at=at)
        form.reject(refusal)
        return _note_page(course_id, appointment, form, theirs=appointment.shared_note), 409
    flash(_("The shared note is saved."))
    return redirect(meeting_address(course_id, appointment_id, "note"), 303)


@bp.get("/note")
@allow(Role.LEARNER, Role.MENTOR)
def edit(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Write the shared note, beginning with what was typed here before and not saved."""
    appointment = _own(appointment_id)
    draft = note_queries.draft_of(appointment, actor().enrolment_id or 0)
    theirs = None
    if draft is not None and draft.based_on != appointment.note_version:
        theirs = appointment.shared_note
    form = NoteForm(
        data={
            "text": draft.text if draft else appointment.shared_note,
            "based_on": appointment.note_version,
        }
    )
    return _note_page(course_id, appointment, form, theirs=theirs, has_draft=draft is not None)


@bp.post("/note/draft")
@allow(Role.LEARNER, Role.MENTOR)
def draft(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Keep what is being typed, for the page's script."""
    appointment, form, at = _own(appointment_id), NoteForm(request.form), clock.now()
    if not form.validate():
        return jsonify(message=_("This text cannot be kept.")), 422
    with transaction():
        notes.keep_draft(appointment, _me(), form.text.data or "", based_on=form.version, at=at)
    return jsonify(saved_at=moment(at, "time"), moved=appointment.note_version != form.version)


@bp.post("/note/forget")
@allow(Role.LEARNER, Role.MENTOR)
def forget(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Throw one's own unsaved text away and go on with the saved note."""
    appointment = _own(appointment_id)
    with transaction():
        notes.forget_draft(appointment, _me())
    return redirect(meeting_address(course_id, appointment_id, "note"), 303)


@bp.route("/private-note", methods=["GET", "POST"])
@allow(Role.LEARNER, Role.MENTOR)
def private(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Write one's own note on a meeting, which nobody else can read."""
    appointment = _own(appointment_id)
    own = note_queries.private_note(appointment, actor().enrolment_id or 0)
    form = NoteForm(
        request.form,
        data={"text": own.text if own else "", "based_on": own.row_version if own else 0},
    )
    status, theirs = 200, None
    if request.method == "POST":
        status = 400
        if form.validate():
            try:
                with transaction():
                    notes.save_private(
                        appointment, _me(), form.text.data or "", based_on=form.version, at=clock.now()
                    )
            except notes.NoteChanged as refusal:
                form.reject(refusal)
                saved = note_queries.private_note(appointment, actor().enrolment_id or 0)
                theirs, status = saved.text if saved else "", 409
                form.based_on.data = saved.row_version if saved else 0
                form.based_on.raw_data = None
            else:
                flash(_("Your private note is saved."))
                return redirect(meeting_address(course_id, appointment_id, "private"), 303)
    page = render_template(
        "mentoring/private_note.html", course_id=course_id, appointment=appointment, form=form, theirs=theirs
    )
    return page, status


@bp.post("/private-note/draft")
@allow(Role.LEARNER, Role.MENTOR)
def keep_private(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Save the private note while it is being typed, for the page's script."""
    appointment, form, at = _own(appointment_id), NoteForm(request.form), clock.now()
    if not form.validate():
        return jsonify(message=_("This text cannot be kept.")), 422
    try:
        with transaction():
            version = notes.save_private(
                appointment, _me(), form.text.data or "", based_on=form.version, at=at
            )
    except notes.NoteChanged as refusal:
        return jsonify(message=str(refusal), moved=True), 409
    return jsonify(saved_at=moment(at, "time"), version=version, moved=False)


def _with_template(
    course_id: int, appointment: Appointment, form: NoteForm, template_id: int
) -> ResponseReturnValue:
    """Put a template's text behind what is typed, and keep both as a draft."""
    template = note_queries.find_template(actor(), template_id) or abort(404)
    typed = (form.text.data or "").rstrip()
    form.text.data = f"{typed}\n\n{plain(template.body)}" if typed else plain(template.body)
    form.text.raw_data = None
    with transaction():
        notes.keep_draft(appointment, _me(), form.text.data, based_on=form.version, at=clock.now())
    theirs = appointment.shared_note if appointment.note_version != form.version else None
    return _note_page(course_id, appointment, form, theirs=theirs, has_draft=True)


def _note_page(
    course_id: int,
    appointment: Appointment,
    form: NoteForm,
    *,
    theirs: str | None = None,
    has_draft: bool = False,
) -> str:
    # Who has seen the other version on this page may save over it.
    form.based_on.data, form.based_on.raw_data = appointment.note_version, None
    return render_template(
        "mentoring/note.html",
        course_id=course_id,
        appointment=appointment,
        form=form,
        theirs=theirs,
        has_draft=has_draft,
        templates=note_queries.fitting_templates(appointment),
    )


def _own(appointment_id: int) -> Appointment:
    """Return an appointment of which the actor is a side; answers 404 for everybody else."""
    seat = meeting_queries.find_seat(actor(), appointment_id)
    if seat is None or seat.side is None:
        abort(404)
    return seat.appointment


def _me() -> Enrolment:
    return courses.own_enrolment(actor()) or abort(404)
