"""Pages with which learners check in and out themselves, and show their own code to staff."""

import datetime as dt
import hashlib
import hmac
import secrets

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.attendance import door_forms, door_queries, learner_codes, queries, self_check_in
from sca_lms.attendance.door_forms import UnreadableReport
from sca_lms.attendance.door_words import SOURCE_WORDS, told_learner
from sca_lms.attendance.models import AttendanceSession
from sca_lms.attendance.self_check_in import Report, Sender, Told
from sca_lms.config import settings
from sca_lms.courses.access import actor, allow
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import own_enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from sca_lms.web.i18n import page_zone, wall_time
from sca_lms.web.incoming import json_sent
from sca_lms.web.qr_pictures import draw

bp = Blueprint("check_in", __name__, template_folder="templates")

PLACE = "/courses/<int:course_id>/check-in"
ONE_DAY = dt.timedelta(days=1)


@bp.get(PLACE)
@allow(Role.LEARNER)
def page(course_id: int) -> ResponseReturnValue:
    """Show where a learner stands at the doors and take a code; a scanned one waits for a word of consent."""
    learner, at = _learner(), clock.now()
    return render_template(
        "attendance/check_in.html",
        course_id=course_id,
        enrolment_id=learner.id,
        threshold=door_queries.threshold(learner, at=at, day=_today(at)),
        scanned=_scanned(at),
        at=at,
        source_words=SOURCE_WORDS,
        key=secrets.token_urlsafe(16),
    )


@bp.post(PLACE)
@allow(Role.LEARNER)
def report(course_id: int) -> ResponseReturnValue:
    """Take one act from the form, as a browser without scripts sends it."""
    learner, at = _learner(), clock.now()
    try:
        sent = door_forms.read_form(request.form)
    except UnreadableReport:
        abort(400)
    with transaction():
        told = self_check_in.take_report(actor(), learner, sent, Sender("", None, at))
    flash(told_learner(told), "alert" if told.refusal is not None else "success")
    return redirect(url_for(".page", course_id=course_id), 303)


@bp.post(f"{PLACE}/acts")
@allow(Role.LEARNER)
def acts(course_id: int) -> ResponseReturnValue:
    """Take the acts that waited on a phone, and answer each of them; sending one again changes nothing."""
    learner, at = _learner(), clock.now()
    try:
        reports, device, sent_at = door_forms.read_reports(json_sent(door_forms.LARGEST_BODY))
    except UnreadableReport as error:
        return jsonify(message=str(error)), 400
    sender = Sender(_digest(device), sent_at, at)
    with transaction():
        told = [_take(learner, each, sender) for each in sorted(reports, key=_when)]
    return jsonify(answers=[_answer(each) for each in told])


@bp.get("/courses/<int:course_id>/my-code")
@allow(Role.LEARNER)
def my_code(course_id: int) -> ResponseReturnValue:
    """Show a learner's own code, to be scanned or typed by staff."""
    learner = _learner()
    code = learner_codes.code_of(settings().secret_key, course_id, learner.id)
    return render_template(
        "attendance/my_code.html",
        course_id=course_id,
        person=learner.person,
        code=code,
        picture=draw(learner_codes.qr_text(course_id, code)),
    )


def _learner() -> Enrolment:
    return own_enrolment(actor()) or abort(404)


def _take(learner: Enrolment, sent: Report, sender: Sender) -> Told:
    return self_check_in.take_report(actor(), learner, sent, sender)


def _when(sent: Report) -> dt.datetime:
    """Sort acts as they happened: a check-out that arrives with its check-in comes after it."""
    return sent.client_at or dt.datetime.max.replace(tzinfo=dt.UTC)


def _answer(told: Told) -> dict[str, object]:
    presence = told.presence
    return {
        "key": told.key,
        "state": told.refusal.code if told.refusal else "repeated" if told.is_repeated else "recorded",
        "ok": told.refusal is None,
        "final": told.is_final,
        "message": told_learner(told),
        "session": told.session.code if told.session else None,
        "in_at": presence.in_at.isoformat() if presence else None,
        "out_at": presence.out_at.isoformat() if presence and presence.out_at else None,
    }


def _digest(device: str) -> str:
    """Return what is kept of a browser's random number, from which nobody finds the number again."""
    if not device:
        return ""
    return hmac.new(settings().secret_key.encode(), f"device:{device}".encode(), hashlib.sha256).hexdigest()


def _today(at: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    start = dt.datetime.combine(wall_time(at).date(), dt.time(0), page_zone()).astimezone(dt.UTC)
    return start, start + ONE_DAY


def _scanned(at: dt.datetime) -> dict[str, object] | None:
    """Return what the address of a scanned QR code says; reading it changes nothing."""
    code, session_code = request.args.get("code", ""), request.args.get("session", "")
    if not code:
        return None
    session: AttendanceSession | None = queries.find_session(actor(), session_code)
    if session is None:
        return {"session": None}
    return {
        "session": session,
        "code": door_forms.typed_code(code),
        "is_leaving": request.args.get("act") == "out",
        "seen_at": int(at.timestamp() * 1000),
    }
