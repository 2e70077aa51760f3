"""Show people what is kept about them, and let them take it along, correct it, or ask to be erased."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, current_course, current_person, current_session, own_data
from sca_lms.courses.models import Course, Person
from sca_lms.database import db, transaction
from sca_lms.errors import Refused
from sca_lms.privacy import exporting, overview, queries, requesting
from sca_lms.privacy.forms import CorrectionForm, ErasureForm, ProfileForm
from sca_lms.privacy.keeping import days_of
from sca_lms.privacy.kinds import GROUPS, PURPOSES
from sca_lms.privacy.rules import RequestKind, days_left
from sca_lms.privacy.words import CORRECTABLE, REQUEST_KINDS, REQUEST_STATES, STATE_MARKS
from sca_lms.uploads import answers

bp = Blueprint(
    "my_data", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/my-data"
)


@bp.context_processor
def _words() -> dict[str, object]:
    return {
        "GROUPS": GROUPS, "PURPOSES": PURPOSES, "REQUEST_KINDS": REQUEST_KINDS,
        "REQUEST_STATES": REQUEST_STATES, "STATE_MARKS": STATE_MARKS, "days_left": days_left,
    }  # fmt: skip


@bp.get("")
@own_data
def index(course_id: int) -> ResponseReturnValue:
    """Say what is kept about the person who asks, why, how long and how much of it."""
    return _page(ProfileForm(obj=_me()))


@bp.post("/profile")
@own_data
def profile(course_id: int) -> ResponseReturnValue:
    """Change what the tool itself owns: nickname and language."""
    form, session = ProfileForm(request.form), current_session()
    if not form.validate():
        return _page(form), 400
    locale = str(form.locale.data or "") or None
    with transaction():
        person = db.session.get_one(Person, _me().id, populate_existing=True)
        requesting.change_own(
            person, _course(), nickname=form.nickname.data or "", locale=locale, at=clock.now()
        )
        if session is not None and locale is not None:
            session.locale_choice = locale
    flash(_("Saved."))
    return redirect(url_for(".index", course_id=course_id), 303)


@bp.post("/archive")
@own_data
def archive(course_id: int) -> ResponseReturnValue:
    """Ask for an archive of everything."""
    try:
        with transaction():
            exporting.ask(_course(), _me().id, by=_me().id, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(_("Your archive is being made. It appears here in a few minutes."))
    return redirect(url_for(".index", course_id=course_id, _anchor="archive"), 303)


@bp.get("/archive/<int:export_id>")
@own_data
def fetch(course_id: int, export_id: int) -> ResponseReturnValue:
    """Hand out an archive to the person whose data it holds."""
    found = queries.find_export(export_id, at=clock.now())
    if found is None or found.person_id != _me().id or found.file is None:
        abort(404)
    return answers.attachment(found.file)


@bp.route("/correction", methods=["GET", "POST"])
@own_data
def correction(course_id: int) -> ResponseReturnValue:
    """Ask for something to be put right."""
    if request.method == "GET":
        return render_template("privacy/correction.html", course_id=course_id, form=CorrectionForm())
    form = CorrectionForm(request.form)
    if not form.validate():
        return render_template("privacy/correction.html", course_id=course_id, form=form), 400
    field = str(CORRECTABLE[str(form.field.data)])
    subject = f"{field}: {form.record.data}" if form.record.data else field
    try:
        with transaction():
            requesting.ask(
                _course(), _me().id, RequestKind.CORRECTION, by=_me().id, at=clock.now(),
                subject=subject, text=form.text.data or "",
            )  # fmt: skip
    except Refused as refusal:
        form.reject(refusal)
        return render_template("privacy/correction.html", course_id=course_id, form=form), 409
    flash(_("Your request was entered. The answer appears here within 30 days."))
    return redirect(url_for(".index", course_id=course_id, _anchor="requests"), 303)


@bp.route("/erasure", methods=["GET", "POST"])
@own_data
def erasure(course_id: int) -> ResponseReturnValue:
    """Show what erasure takes away and what it leaves, and take the request."""
    form, status = ErasureForm(request.form if request.method == "POST" else None), 200
    if request.method == "POST" and not form.validate():
        status = 400
    elif request.method == "POST":
        try:
            with transaction():
                requesting.ask(
                    _course(), _me().id, RequestKind.ERASURE, by=_me().id, at=clock.now(),
                    text=form.text.data or "",
                )  # fmt: skip
        except Refused as refusal:
            form.reject(refusal)
            status = 409
        else:
            flash(_("Your request was entered. The answer appears here within 30 days."))
            return redirect(url_for(".index", course_id=course_id, _anchor="requests"), 303)
    kept = [each for each in overview.kept_about(_me().id) if each.number]
    return render_template("privacy/erasure.html", course_id=course_id, form=form, kept=kept), status


@bp.post("/requests/<int:request_id>/withdraw")
@own_data
def withdraw(course_id: int, request_id: int) -> ResponseReturnValue:
    """Take one's own request back while nobody has answered it."""
    found = queries.find_own_request(_me().id, request_id) or abort(404)
    try:
        with transaction():
            course = db.session.get_one(Course, found.course_id)
            requesting.withdraw(found, course, by=_me().id, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(_("The request was taken back."))
    return redirect(url_for(".index", course_id=course_id, _anchor="requests"), 303)


def _me() -> Person:
    return current_person() or abort(403)


def _course() -> Course:
    return current_course()


def _page(form: ProfileForm) -> str:
    person, at = _me(), clock.now()
    kept = overview.kept_about(person.id)
    return render_template(
        "privacy/my_data.html",
        course_id=actor().course_id,
        person=person,
        groups=overview.grouped(kept),
        days=days_of(actor().course_id),
        exports=queries.own_exports(person.id),
        requests=queries.own_requests(person.id),
        form=form,
        at=at,
    )
