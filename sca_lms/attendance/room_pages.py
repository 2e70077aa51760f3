"""What several pages of a room need: the session in the address, its rules, and the code on show."""

import datetime as dt
from dataclasses import dataclass

from flask import current_app
from werkzeug.exceptions import abort

from sca_lms.attendance import crediting, queries, room_codes
from sca_lms.attendance.door_phases import SHOWS_CODE, Phase, phase_of
from sca_lms.attendance.models import AttendanceSession
from sca_lms.config import settings
from sca_lms.courses.access import actor
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import find_enrolment
from sca_lms.courses.rules import Role
from sca_lms.web.qr_pictures import QrPicture, draw

PLACE = "/courses/<int:course_id>/sessions/<session_code>"


@dataclass(frozen=True, slots=True)
class ShownCode:
    """The code that a room shows now: six digits in two groups, the same as a QR code, and for how long."""

    digits: str
    picture: QrPicture
    seconds_left: int
    step_seconds: int


def find_room(session_code: str) -> AttendanceSession:
    """Return the session in the address, or answer 404."""
    return queries.find_session(actor(), session_code) or abort(404)


def find_learner(enrolment_id: int) -> Enrolment:
    """Return a learner in the address, or answer 404."""
    found = find_enrolment(actor(), enrolment_id)
    return found if found is not None and Role.LEARNER in found.roles else abort(404)


def late_after(session: AttendanceSession) -> dt.datetime:
    """Return after which moment an arrival is late under the policy of the session."""
    versions = queries.policy_versions(session.course_id)
    return session.starts_at + crediting.policy_of(versions, session.starts_at).grace_in


def shown_code(session: AttendanceSession, *, is_leaving: bool, at: dt.datetime) -> ShownCode | None:
    """Return the code of this moment, None while the doors are shut."""
    if phase_of(session, at) not in SHOWS_CODE:
        return None
    step = room_codes.step_at(at)
    typed = room_codes.digits(session.code_seed, session.id, step)
    token = room_codes.token(session.code_seed, session.id, step)
    half = room_codes.DIGITS // 2
    return ShownCode(
        f"{typed[:half]} {typed[half:]}",
        draw(check_in_address(session, token, is_leaving=is_leaving)),
        room_codes.seconds_left(at),
        room_codes.STEP_SECONDS,
    )


def check_in_address(session: AttendanceSession, token: str, *, is_leaving: bool) -> str:
    """Return the whole address that the QR code of a room leads to.

    It is built without the address of this request, which may hold the session of one browser tab.
    """
    values = {"course_id": session.course_id, "session": session.code, "code": token}
    if is_leaving:
        values["act"] = "out"
    path = current_app.url_map.bind("", script_name="/").build("check_in.page", values)
    return settings().public_url + path


def is_leaving_wanted(session: AttendanceSession, wanted: str, *, at: dt.datetime) -> bool:
    """Tell whether the doors are used for leaving: as asked for, else once the session is over."""
    return wanted == "out" if wanted in {"in", "out"} else phase_of(session, at) is Phase.LEAVING
