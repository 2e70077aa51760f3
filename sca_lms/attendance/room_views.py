"""The rooms of a day and the console of one room: its code, who is in, and what staff do with one tap."""

import datetime as dt
import secrets

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.attendance import room_days, room_keeping, room_queries, staff_scans
from sca_lms.attendance.door_phases import IS_OVER, Phase, opens_at, phase_of
from sca_lms.attendance.door_words import PHASE_STATES, PHASE_WORDS, told_staff
from sca_lms.attendance.models import AttendanceSession
from sca_lms.attendance.room_pages import (
    PLACE,
    find_learner,
    find_room,
    is_leaving_wanted,
    late_after,
    shown_code,
)
from sca_lms.attendance.room_queries import RoomView, Show
from sca_lms.attendance.staff_scans import StaffScan, Way
from sca_lms.courses.access import actor, allow
from sca_lms.courses.models import Person
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.web.i18n import page_zone, wall_time
from sca_lms.web.incoming import is_key
from sca_lms.web.paging import page_number

bp = Blueprint("rooms", __name__, template_folder="templates")

NO_CONTENT = 204


@bp.app_template_global()
def phase_word(phase: Phase) -> str:
    """Return what a phase of a session's doors is called."""
    return str(PHASE_WORDS[phase])


@bp.app_template_global()
def phase_state(phase: Phase) -> tuple[str, str]:
    """Return the colour and the icon of a phase."""
    return PHASE_STATES[phase]


bp.add_app_template_global(phase_of)
bp.add_app_template_global(opens_at, "doors_open_at")


@bp.get("/courses/<int:course_id>/rooms")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show the rooms of today, or of the day asked for, with their figures, and the other days."""
    at = clock.now()
    return render_template(
        "attendance/rooms.html",
        course_id=course_id,
        at=at,
        today=wall_time(at).date(),
        view=room_days.rooms_of_day(
            actor(),
            page_zone(),
            wanted=request.args.get("day", ""),
            number=page_number(request.args) if "page" in request.args else None,
            today=wall_time(at).date(),
        ),
    )


@bp.get(f"{PLACE}/room")
@allow(*STAFF)
def room(course_id: int, session_code: str) -> ResponseReturnValue:
    """Show a room's console: the code, and live who is in."""
    session, at = find_room(session_code), clock.now()
    return render_template("attendance/room.html", **(_code(session, at) | _live(session, at)))


@bp.get(f"{PLACE}/room/live")
@allow(*STAFF)
def live(course_id: int, session_code: str) -> ResponseReturnValue:
    """Answer with the live part of the console, or with nothing while nothing has changed."""
    session, at = find_room(session_code), clock.now()
    if request.args.get("known") == _version(session, at):
        return "", NO_CONTENT
    return render_template("attendance/room_live.html", **_live(session, at))


@bp.get(f"{PLACE}/room/code")
@allow(*STAFF)
def code(course_id: int, session_code: str) -> ResponseReturnValue:
    """Answer with the code of this moment."""
    return _code_page("attendance/room_code.html", session_code)


@bp.get(f"{PLACE}/room/stage")
@allow(*STAFF)
def stage(course_id: int, session_code: str) -> ResponseReturnValue:
    """Show nothing but the code, for a screen that everybody sees."""
    return _code_page("attendance/room_stage.html", session_code)


@bp.post(f"{PLACE}/room/people/<int:enrolment_id>")
@allow(*STAFF)
def let(course_id: int, session_code: str, enrolment_id: int) -> ResponseReturnValue:
    """Let somebody in or out with one tap in the list."""
    session, learner, at = find_room(session_code), find_learner(enrolment_id), clock.now()
    way, key = request.form.get("act"), request.form.get("key", "")
    if way not in {Way.IN, Way.OUT} or not is_key(key):
        abort(400)
    scan = StaffScan(key, Way(way), "", is_tapped=True)
    with transaction():
        told = staff_scans.take_scan(session, learner, scan, at=at, received_at=at, by_id=actor().person_id)
    name = name_of(learner.person)
    return _after(session, f"{name}: {told_staff(told)}", is_refused=told.refusal is not None)


@bp.post(f"{PLACE}/room/devices")
@allow(*STAFF)
def review(course_id: int, session_code: str) -> ResponseReturnValue:
    """Remember that somebody looked at people who share a phone, and that it is fine."""
    session = find_room(session_code)
    device = request.form.get("device", "")
    found = next((each for each in room_queries.shared_devices(session) if each.device == device), None)
    if found is None:
        abort(404)
    with transaction():
        room_keeping.find_fine(session, found, person_id=actor().person_id, at=clock.now())
    return _after(session, _("Noted: looked at, and fine."))


def name_of(person: Person) -> str:
    """Return the name by which staff know somebody."""
    return person.full_name or _("No name")


def _after(session: AttendanceSession, said: str, *, is_refused: bool = False) -> ResponseReturnValue:
    """Answer a tap: the live part alone to the page's script, else the whole page anew."""
    at = clock.now()
    if request.headers.get("HX-Request"):
        return render_template(
            "attendance/room_live.html", said=said, is_refused=is_refused, **_live(session, at)
        )
    flash(said, "alert" if is_refused else "success")
    return _to_room(session)


def _to_room(session: AttendanceSession) -> ResponseReturnValue:
    sent = request.form
    address = url_for(
        ".room",
        course_id=session.course_id,
        session_code=session.code,
        show=sent.get("show") or None,
        q=sent.get("q") or None,
        page=sent.get("page") or None,
        mode=sent.get("mode") or None,
    )
    return redirect(address, 303)


def _code_page(template: str, session_code: str) -> str:
    return render_template(template, **_code(find_room(session_code), clock.now()))


def _code(session: AttendanceSession, at: dt.datetime) -> dict[str, object]:
    """Return what shows the code of a room at this moment."""
    is_leaving = is_leaving_wanted(session, request.args.get("mode", ""), at=at)
    return {
        "course_id": session.course_id,
        "session": session,
        "at": at,
        "is_leaving": is_leaving,
        "shown": shown_code(session, is_leaving=is_leaving, at=at),
    }


def _live(session: AttendanceSession, at: dt.datetime) -> dict[str, object]:
    """Return what the live part of the console shows."""
    asked = request.form if request.method == "POST" else request.args
    wanted = asked.get("show", "")
    show = Show(wanted) if wanted in set(Show) else Show.ALL
    search = asked.get("q", "").strip()[:100]
    phase = phase_of(session, at)
    view: RoomView = room_queries.room_view(
        session,
        show=show,
        search=search,
        number=page_number(asked),
        late_after=late_after(session),
        is_over=phase in IS_OVER,
    )
    return {
        "course_id": session.course_id,
        "session": session,
        "at": at,
        "phase": phase,
        "view": view,
        "show": show,
        "search": search,
        "mode": asked.get("mode", ""),
        "version": _version(session, at),
        "day": wall_time(session.starts_at).date().isoformat(),
        "new_key": lambda: secrets.token_urlsafe(12),
    }


def _version(session: AttendanceSession, at: dt.datetime) -> str:
    return f"{room_queries.version_of(session)}-{phase_of(session, at)}"
