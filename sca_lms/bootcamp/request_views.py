"""Let learners ask for a make-up or a second look, and staff answer; every answer is a sentence."""

import datetime as dt
from collections.abc import Mapping

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.attendance import queries as attendance
from sca_lms.attendance.models import AttendanceSession, Series
from sca_lms.bootcamp import request_queries, requests
from sca_lms.bootcamp.request_forms import EVIDENCE, AnswerForm, AskForm, MakeUpForm
from sca_lms.bootcamp.request_models import HoursRequest, RequestKind, RequestState
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Refused, Text
from sca_lms.uploads import answers
from sca_lms.uploads import operations as uploads
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import store
from sca_lms.web.incoming import takes_files
from sca_lms.web.paging import page_number

bp = Blueprint(
    "requests", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/requests"
)

KINDS: Mapping[RequestKind, Text] = {
    RequestKind.MAKE_UP: _l("Make-up"),
    RequestKind.DISPUTE: _l("Second look"),
}
STATES: Mapping[RequestState, Text] = {
    RequestState.SUBMITTED: _l("waits for an answer"),
    RequestState.GRANTED: _l("granted"),
    RequestState.REFUSED: _l("not granted"),
    RequestState.WITHDRAWN: _l("taken back"),
}
MARKS: Mapping[RequestState, str] = {
    RequestState.SUBMITTED: "wait",
    RequestState.GRANTED: "ok",
    RequestState.REFUSED: "never",
    RequestState.WITHDRAWN: "silent",
}


@bp.context_processor
def _words() -> dict[str, object]:
    return {"KINDS": KINDS, "STATES": STATES, "MARKS": MARKS}


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show what waits for an answer, the oldest first, or what was decided."""
    named, search = request.args.get("state", RequestState.SUBMITTED), request.args.get("q", "").strip()
    if named not in set(RequestState):
        abort(404)
    state = RequestState(named)
    return render_template(
        "bootcamp/requests.html",
        course_id=course_id,
        state=state,
        search_text=search,
        counts=request_queries.queue_counts(actor(), search=search),
        page=request_queries.queue(actor(), state, search=search, number=page_number(request.args)),
    )


@bp.get("/mine")
@allow(Role.LEARNER)
def mine(course_id: int) -> ResponseReturnValue:
    """Show a learner what they asked for and what was answered."""
    return render_template(
        "bootcamp/requests_mine.html", course_id=course_id, requests=request_queries.own_requests(actor())
    )


@bp.get("/make-up/<code>")
@allow(Role.LEARNER)
def make_up(course_id: int, code: str) -> ResponseReturnValue:
    """Ask how a missed session was made up for."""
    session, learner = _session_and_learner(code)
    left = requests.left_to_make_up(session, learner)
    return _ask_page(session, MakeUpForm(data={"minutes": left or None}), left=left)


@bp.post("/make-up/<code>")
@allow(Role.LEARNER)
@takes_files(EVIDENCE.largest)
def ask_make_up(course_id: int, code: str) -> ResponseReturnValue:
    """Hand a make-up in, with its evidence."""
    session, learner = _session_and_learner(code)
    form = MakeUpForm(request.form)
    if not form.validate():
        return _ask_page(session, form, left=requests.left_to_make_up(session, learner)), 400
    at = clock.now()
    try:
        with transaction():
            requests.ask_make_up(
                session, learner, form.minutes.data or 0, form.text.data or "", file=_evidence(at), at=at
            )
    except uploads.FileRefused as refusal:
        form.reject(refusal, "file")
    except Refused as refusal:
        form.reject(refusal)
    else:
        flash(_("Your request was handed in. The answer appears here."))
        return redirect(url_for(".mine", course_id=course_id))
    return _ask_page(session, form, left=requests.left_to_make_up(session, learner)), 409


@bp.get("/second-look/<code>")
@allow(Role.LEARNER)
def dispute(course_id: int, code: str) -> ResponseReturnValue:
    """Ask what is wrong about the minutes of a session."""
    session, _learner = _session_and_learner(code)
    return _ask_page(session, AskForm())


@bp.post("/second-look/<code>")
@allow(Role.LEARNER)
@takes_files(EVIDENCE.largest)
def ask_dispute(course_id: int, code: str) -> ResponseReturnValue:
    """Hand a question about one's minutes in."""
    session, learner = _session_and_learner(code)
    form = AskForm(request.form)
    if not form.validate():
        return _ask_page(session, form), 400
    at = clock.now()
    try:
        with transaction():
            requests.ask_second_look(session, learner, form.text.data or "", file=_evidence(at), at=at)
    except uploads.FileRefused as refusal:
        form.reject(refusal, "file")
    except Refused as refusal:
        form.reject(refusal)
    else:
        flash(_("Your request was handed in. The answer appears here."))
        return redirect(url_for(".mine", course_id=course_id))
    return _ask_page(session, form), 409


@bp.get("/<int:request_id>")
@allow(*STAFF)
def one(course_id: int, request_id: int) -> ResponseReturnValue:
    """Show one request with its evidence, the stays it is about, and the fields of the answer."""
    found = request_queries.find_request(actor(), request_id) or abort(404)
    return _one_page(found, _empty_answer(found))


@bp.post("/<int:request_id>")
@allow(*STAFF)
def decide(course_id: int, request_id: int) -> ResponseReturnValue:
    """Grant or refuse a request, with an answer in words."""
    found = request_queries.find_request(actor(), request_id) or abort(404)
    granted = request.form.get("decision") == "grant"
    form = AnswerForm(request.form)
    if not form.validate():
        return _one_page(found, form), 400
    try:
        with transaction():
            _decide(found, form, granted=granted, at=clock.now())
    except Refused as refusal:
        form.reject(refusal, "minutes" if isinstance(refusal, requests.CannotAsk) else None)
        return _one_page(found, form), 409
    name = found.enrolment.person.full_name or _("(no name)")
    flash(_("%(name)s is told the answer.", name=name))
    return redirect(url_for(".index", course_id=course_id))


@bp.post("/<int:request_id>/withdraw")
@allow(Role.LEARNER)
def withdraw(course_id: int, request_id: int) -> ResponseReturnValue:
    """Take one's own request back while nobody has decided it."""
    found = request_queries.find_request(actor(), request_id)
    if found is None or found.enrolment_id != actor().enrolment_id:
        abort(404)
    try:
        with transaction():
            requests.withdraw(found, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "error")
    else:
        flash(_("The request was taken back."))
    return redirect(url_for(".mine", course_id=course_id))


@bp.get("/<int:request_id>/evidence")
@allow(*STAFF, Role.LEARNER)
def evidence(course_id: int, request_id: int) -> ResponseReturnValue:
    """Hand out the file of a request as an attachment."""
    found = request_queries.find_request(actor(), request_id)
    if found is None or found.file is None:
        abort(404)
    return answers.attachment(found.file)


def _decide(found: HoursRequest, form: AnswerForm, *, granted: bool, at: dt.datetime) -> None:
    answer, person_id = form.answer.data or "", actor().person_id
    if person_id is None:
        abort(403)
    if granted and found.kind is RequestKind.MAKE_UP:
        requests.grant_make_up(
            found, found.session, found.enrolment, minutes=form.minutes.data or 0, answer=answer,
            course=current_course(), person_id=person_id, at=at,
        )  # fmt: skip
    else:
        requests.answer_request(
            found, found.enrolment, granted=granted, answer=answer, course=current_course(),
            person_id=person_id, at=at,
        )  # fmt: skip


def _empty_answer(found: HoursRequest) -> AnswerForm:
    if found.kind is not RequestKind.MAKE_UP:
        return AnswerForm()
    left = requests.left_to_make_up(found.session, found.enrolment)
    return AnswerForm(data={"minutes": min(found.minutes or 0, left) or None})


def _one_page(found: HoursRequest, form: AnswerForm) -> str:
    credits_now = attendance.credits_of([found.session_id], [found.enrolment_id])
    return render_template(
        "bootcamp/request.html",
        course_id=found.course_id,
        request=found,
        form=form,
        left=requests.left_to_make_up(found.session, found.enrolment),
        credit=credits_now.get((found.enrolment_id, found.session_id)),
        stays=attendance.presences([found.session_id], [found.enrolment_id]),
        is_own=found.enrolment.person_id == actor().person_id,
    )


def _session_and_learner(code: str) -> tuple[AttendanceSession, Enrolment]:
    session = attendance.find_session(actor(), code) or abort(404)
    if session.category.series is not Series.BOOTCAMP:
        abort(404)
    learner = courses.own_enrolment(actor()) or abort(404)
    return session, learner


def _evidence(at: dt.datetime) -> StoredFile | None:
    """Take the file in that came with the form, if one did."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    return uploads.take(
        current_course(), sent.filename, sent.stream, allowed=EVIDENCE, place=store(),
        scanners=current_app.extensions.get(uploads.SCANNERS, ()), person_id=actor().person_id, at=at,
    )  # fmt: skip


def _ask_page(session: AttendanceSession, form: AskForm, *, left: int | None = None) -> str:
    return render_template(
        "bootcamp/request_ask.html",
        course_id=session.course_id,
        session=session,
        form=form,
        left=left,
        accept=EVIDENCE.accept,
    )
