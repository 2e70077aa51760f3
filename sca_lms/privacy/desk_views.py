"""The desk of the managers: requests with their thirty days, answers in words, the register as a file."""

from collections.abc import Iterator

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.privacy import overview, queries, requesting
from sca_lms.privacy.forms import AnswerForm, DeskForm
from sca_lms.privacy.models import PrivacyRequest
from sca_lms.privacy.queries import Wanted
from sca_lms.privacy.rules import RequestKind, RequestState, days_left, urgency
from sca_lms.privacy.words import REQUEST_KINDS, REQUEST_STATES, STATE_MARKS
from sca_lms.uploads import answers
from sca_lms.web.exports import Cell, streamed_file
from sca_lms.web.formats import moment
from sca_lms.web.paging import page_number

bp = Blueprint(
    "privacy_desk", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/privacy"
)


@bp.context_processor
def _words() -> dict[str, object]:
    return {
        "REQUEST_KINDS": REQUEST_KINDS, "REQUEST_STATES": REQUEST_STATES, "STATE_MARKS": STATE_MARKS,
        "days_left": days_left, "urgency": urgency,
    }  # fmt: skip


@bp.get("")
@allow(Role.MANAGER)
def index(course_id: int) -> ResponseReturnValue:
    """Show the requests that wait, what is due first at the top, or those of another state."""
    wanted = _wanted()
    return render_template(
        "privacy/desk.html",
        course_id=course_id,
        wanted=wanted,
        counts=queries.counts(course_id),
        page=queries.requests(course_id, wanted, number=page_number(request.args)),
        at=clock.now(),
    )


@bp.get("/register.<any(csv,xlsx):file_type>")
@allow(Role.MANAGER)
def register(course_id: int, file_type: str) -> ResponseReturnValue:
    """Hand out the register of requests as a file, with the filters of the page."""
    header = [
        _("Request number"), _("Name"), _("What is asked for"), _("About"), _("In their words"),
        _("Asked on"), _("Due on"), _("State"), _("Answer"), _("Answered on"), _("Answered by"), _("Done on"),
    ]  # fmt: skip
    lines = _lines(course_id, _wanted())
    return streamed_file(file_type, _("Register of requests about data"), header, lines)


@bp.get("/people")
@allow(Role.MANAGER)
def people(course_id: int) -> ResponseReturnValue:
    """Find the person who asks at the desk."""
    search = request.args.get("q", "").strip()
    found = queries.people_found(actor(), search) if search else []
    return render_template("privacy/desk_people.html", course_id=course_id, search_text=search, people=found)


@bp.route("/people/<int:enrolment_id>", methods=["GET", "POST"])
@allow(Role.MANAGER)
def enter(course_id: int, enrolment_id: int) -> ResponseReturnValue:
    """Enter a request for somebody who asks by telephone, by letter or in person."""
    enrolment = courses.find_enrolment(actor(), enrolment_id) or abort(404)
    form, status = DeskForm(request.form if request.method == "POST" else None), 200
    if request.method == "POST" and not form.validate():
        status = 400
    elif request.method == "POST":
        try:
            with transaction():
                made = requesting.ask(
                    current_course(), enrolment.person_id, form.wanted(), by=actor().person_id,
                    at=clock.now(),
                    subject=form.subject.data or "", text=form.text.data or "",
                )  # fmt: skip
        except Refused as refusal:
            form.reject(refusal)
            status = 409
        else:
            return redirect(url_for(".one", course_id=course_id, request_id=made.id), 303)
    return render_template(
        "privacy/desk_enter.html", course_id=course_id, enrolment=enrolment, form=form
    ), status


@bp.get("/requests/<int:request_id>")
@allow(Role.MANAGER)
def one(course_id: int, request_id: int) -> ResponseReturnValue:
    """Show one request; of an erasure also exactly what goes and what stays."""
    return _one_page(_find(request_id), AnswerForm())


@bp.post("/requests/<int:request_id>")
@allow(Role.MANAGER)
def answer(course_id: int, request_id: int) -> ResponseReturnValue:
    """Answer a request in words."""
    found, form = _find(request_id), AnswerForm(request.form)
    if not form.validate():
        return _one_page(found, form), 400
    try:
        with transaction():
            requesting.answer(
                found, current_course(), granted=request.form.get("decision") == "grant",
                text=form.answer.data or "", by=actor().person_id, at=clock.now(),
            )  # fmt: skip
    except Refused as refusal:
        form.reject(refusal)
        return _one_page(_find(request_id), form), 409
    flash(_("The answer is in the register, and the person reads it on their page."))
    return redirect(url_for(".one", course_id=course_id, request_id=request_id), 303)


@bp.get("/requests/<int:request_id>/archive")
@allow(Role.MANAGER)
def fetch(course_id: int, request_id: int) -> ResponseReturnValue:
    """Hand out the archive that was made for a request at the desk."""
    made = queries.export_of(_find(request_id).id)
    found = queries.find_export(made.id, at=clock.now()) if made is not None else None
    if found is None or found.file is None:
        abort(404)
    try:
        requesting.require_whole_say(found.person_id, actor().person_id)
    except Refused as refusal:
        abort(403, description=str(refusal))
    return answers.attachment(found.file)


def _find(request_id: int) -> PrivacyRequest:
    return queries.find_request(actor().course_id, request_id) or abort(404)


def _one_page(found: PrivacyRequest, form: AnswerForm) -> str:
    shows_kept = found.kind is RequestKind.ERASURE and found.state is RequestState.OPEN
    kept = overview.kept_about(found.person_id) if shows_kept else []
    return render_template(
        "privacy/desk_request.html",
        course_id=found.course_id,
        asked=found,
        form=form,
        kept=[each for each in kept if each.number],
        export=queries.export_of(found.id),
        elsewhere=queries.elsewhere(found.person_id, actor().person_id or 0),
        is_own=found.person_id == actor().person_id,
        at=clock.now(),
    )


def _wanted() -> Wanted:
    kind, state = request.args.get("kind", ""), request.args.get("state", "")
    if (kind and kind not in set(RequestKind)) or (state and state not in set(RequestState)):
        abort(404)
    return Wanted(
        RequestKind(kind) if kind else None,
        RequestState(state) if state else None,
        request.args.get("q", "").strip(),
    )


def _lines(course_id: int, wanted: Wanted) -> Iterator[list[Cell]]:
    for each in queries.register(course_id, wanted):
        yield [
            each.id, each.person.full_name, str(REQUEST_KINDS[each.kind]), each.subject, each.text,
            moment(each.asked_at, "short"), moment(each.due_at, "short"), str(REQUEST_STATES[each.state]),
            each.answer, moment(each.decided_at, "short"),
            each.decided_by.full_name if each.decided_by else "", moment(each.done_at, "short"),
        ]  # fmt: skip
