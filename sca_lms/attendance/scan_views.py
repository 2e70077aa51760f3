"""The page with which staff scan learners' own codes and rows of signed sheets, also without a network."""

import datetime as dt
import secrets

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.attendance import door_forms, door_queries, learner_codes, staff_scans
from sca_lms.attendance.door_forms import UnreadableReport
from sca_lms.attendance.door_phases import IS_OVER, phase_of
from sca_lms.attendance.door_words import told_staff
from sca_lms.attendance.models import AttendanceSession
from sca_lms.attendance.room_pages import PLACE, find_room
from sca_lms.attendance.staff_scans import StaffScan, StaffTold, Way
from sca_lms.config import settings
from sca_lms.courses.access import actor, allow
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.web.i18n import wall_time
from sca_lms.web.incoming import is_key, json_sent

bp = Blueprint("rooms_scan", __name__, template_folder="templates")


class UnknownCode(Refused):
    """The code belongs to nobody in this course."""

    code = "unknown-code"


@bp.get(f"{PLACE}/scan")
@allow(*STAFF)
def page(course_id: int, session_code: str) -> ResponseReturnValue:
    """Show the scanner of a session."""
    session, at = find_room(session_code), clock.now()
    phase = phase_of(session, at)
    return render_template(
        "attendance/scan.html",
        course_id=course_id,
        session=session,
        phase=phase,
        person_id=actor().person_id,
        starts_clock=f"{wall_time(session.starts_at):%H:%M}",
        ends_clock=f"{wall_time(session.ends_at):%H:%M}",
        way=_way(request.args.get("way", ""), Way.OUT if phase in IS_OVER else Way.IN),
        key=secrets.token_urlsafe(16),
    )


@bp.post(f"{PLACE}/scan")
@allow(*STAFF)
def report(course_id: int, session_code: str) -> ResponseReturnValue:
    """Take one typed code, as a browser without scripts sends it."""
    session, at = find_room(session_code), clock.now()
    way, key = _way(request.form.get("act", ""), Way.IN), request.form.get("key", "")
    if not is_key(key):
        abort(400)
    scan = StaffScan(key, way, request.form.get("code", "")[:40], is_tapped=False)
    told = _take_all(session, [scan], sent_at=None, at=at)[0]
    name = f"{told.learner.person.full_name}: " if told.learner else ""
    flash(name + told_staff(told), "alert" if told.refusal is not None else "success")
    return redirect(url_for(".page", course_id=course_id, session_code=session.code, way=way.value), 303)


@bp.get(f"{PLACE}/scan/people")
@allow(*STAFF)
def people(course_id: int, session_code: str) -> ResponseReturnValue:
    """Give the scanner everybody's name, nickname and code, so that it works without a network."""
    session, secret = find_room(session_code), settings().secret_key
    return jsonify(
        people=[
            {
                "code": learner_codes.code_of(secret, course_id, each.id),
                "name": each.person.full_name or _("No name"),
                "nickname": each.person.nickname,
                "about": " · ".join(part for part in (each.group, each.area) if part),
                "key": each.person.search_key,
                "expected": session.expects(each.group),
            }
            for each in door_queries.all_learners(course_id)
        ]
    )


@bp.post(f"{PLACE}/scan/acts")
@allow(*STAFF)
def acts(course_id: int, session_code: str) -> ResponseReturnValue:
    """Take the acts that waited on a staff member's phone, and answer each of them."""
    session, at = find_room(session_code), clock.now()
    try:
        scans, sent_at = door_forms.read_scans(json_sent(door_forms.LARGEST_BODY))
    except UnreadableReport as error:
        return jsonify(message=str(error)), 400
    told = _take_all(session, scans, sent_at=sent_at, at=at)
    return jsonify(answers=[_answer(each) for each in told])


def _take_all(
    session: AttendanceSession, scans: list[StaffScan], *, sent_at: dt.datetime | None, at: dt.datetime
) -> list[StaffTold]:
    """Do what staff report in the order in which it happened; one transaction for all."""
    ids = {scan.key: _whose(session, scan) for scan in scans}
    learners = door_queries.learners_by_id(actor(), {each for each in ids.values() if each is not None})
    told = []
    with transaction():
        for scan in sorted(scans, key=lambda each: each.client_at or at):
            learner = learners.get(ids[scan.key] or 0)
            if learner is None:
                unknown = UnknownCode(_("This code belongs to nobody in this course."))
                told.append(StaffTold(scan.key, scan.way, None, refusal=unknown))
                continue
            happened = at if scan.client_at is None or sent_at is None else at - _age(scan, sent_at)
            told.append(
                staff_scans.take_scan(
                    session, learner, scan, at=happened, received_at=at, by_id=actor().person_id
                )
            )
    return told


def _age(scan: StaffScan, sent_at: dt.datetime) -> dt.timedelta:
    """Return how long an act had waited when it was sent, by the phone's own clock, however wrong that is."""
    return max(sent_at - (scan.client_at or sent_at), dt.timedelta())


def _whose(session: AttendanceSession, scan: StaffScan) -> int | None:
    return learner_codes.enrolment_of(scan.code, settings().secret_key, session.course_id)


def _answer(told: StaffTold) -> dict[str, object]:
    learner: Enrolment | None = told.learner
    return {
        "key": told.key,
        "state": told.refusal.code if told.refusal else "repeated" if told.is_repeated else "recorded",
        "ok": told.refusal is None,
        "final": True,
        "name": learner.person.full_name if learner else "",
        "nickname": learner.person.nickname if learner else "",
        "message": told_staff(told),
    }


def _way(wanted: str, otherwise: Way) -> Way:
    return Way(wanted) if wanted in set(Way) else otherwise
