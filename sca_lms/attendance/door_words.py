"""Say in words what became of an act at the door, for the learner and for staff."""

import datetime as dt
from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from sca_lms.attendance.door import TooEarly
from sca_lms.attendance.door_phases import Phase
from sca_lms.attendance.models import AttendanceSession, PresenceRecord, Source
from sca_lms.attendance.self_check_in import Told, TooManyMisses
from sca_lms.attendance.staff_scans import StaffTold, Way
from sca_lms.errors import Refused, Text
from sca_lms.web.formats import moment, plain

ALMOST_A_MINUTE = dt.timedelta(seconds=59, microseconds=999_999)

SOURCE_WORDS: Mapping[Source, Text] = {
    Source.ROOM_CODE: _l("room code"),
    Source.STAFF_SCAN: _l("scanned by staff"),
    Source.LIST: _l("entered by staff"),
    Source.IMPORT: _l("imported file"),
    Source.PAPER: _l("sign-in sheet"),
    Source.ELSEWHERE: _l("checked in elsewhere"),
    Source.RESOLVED: _l("decided by staff"),
    Source.SAMPLE: _l("sample data"),
}

PHASE_WORDS: Mapping[Phase, Text] = {
    Phase.DRAFT: _l("Draft"),
    Phase.CANCELLED: _l("Cancelled"),
    Phase.BEFORE: _l("Doors not open yet"),
    Phase.ENTERING: _l("Check-in is open"),
    Phase.LEAVING: _l("Check-out is open"),
    Phase.OVER: _l("Over, not closed yet"),
    Phase.CLOSED: _l("Closed"),
}
PHASE_STATES: Mapping[Phase, tuple[str, str]] = {
    Phase.DRAFT: ("silent", "pen"),
    Phase.CANCELLED: ("silent", "close"),
    Phase.BEFORE: ("silent", "clock"),
    Phase.ENTERING: ("ok", "in"),
    Phase.LEAVING: ("ok", "out"),
    Phase.OVER: ("behind", "alert"),
    Phase.CLOSED: ("silent", "lock"),
}
"""The colour and the icon of each phase."""


def told_learner(told: Told) -> str:
    """Say to a learner what became of a report."""
    if told.refusal is not None or told.presence is None or told.session is None:
        return refusal_words(told.refusal)
    title = plain(told.session.title)
    if told.is_leaving:
        return _(
            "You are checked out. You were in “%(session)s” from %(came)s to %(left)s.",
            session=title,
            came=moment(told.presence.in_at, "time"),
            left=moment(told.presence.out_at, "time"),
        )
    if told.presence.out_at is not None:
        return _("Recorded in “%(session)s”: %(stay)s.", session=title, stay=stay_words(told.presence))
    came = moment(told.presence.in_at, "time")
    if told.is_repeated:
        return _(
            "You are in “%(session)s” since %(came)s. Nothing new was recorded.", session=title, came=came
        )
    sentence = _("You are in “%(session)s” since %(came)s.", session=title, came=came)
    return " ".join([sentence, *_about_left(told.left, told.presence.in_at)])


def told_staff(told: StaffTold) -> str:
    """Say to staff what became of an act; the name stands beside it."""
    if told.refusal is not None or told.presence is None:
        return refusal_words(told.refusal)
    if told.way is Way.SHEET:
        return _("Sheet: %(stay)s", stay=stay_words(told.presence))
    if told.way is Way.OUT:
        return _("Out at %(time)s", time=moment(told.presence.out_at, "time"))
    if told.presence.out_at is not None:
        return stay_words(told.presence)
    came = moment(told.presence.in_at, "time")
    if told.is_repeated:
        return _("In since %(time)s already", time=came)
    return " ".join([_("In at %(time)s", time=came), *_about_left(told.left, told.presence.in_at)])


def refusal_words(refusal: Refused | None) -> str:
    """Say why not, with the time from which on it will do."""
    if isinstance(refusal, TooEarly):
        return _("The doors open at %(time)s.", time=moment(refusal.opens_at, "time"))
    if isinstance(refusal, TooManyMisses):
        next_minute = (refusal.until + ALMOST_A_MINUTE).replace(second=0, microsecond=0)
        return _("Too many wrong codes. Try again from %(time)s on.", time=moment(next_minute, "time"))
    return str(refusal) if refusal is not None else ""


def stay_words(stay: PresenceRecord) -> str:
    """Write a stay: from when to when, or that the check-out is missing."""
    came = moment(stay.in_at, "time")
    if stay.out_at is None:
        return _("%(came)s – no check-out", came=came)
    return _("%(came)s to %(left)s", came=came, left=moment(stay.out_at, "time"))


def _about_left(left: AttendanceSession | None, at: dt.datetime) -> list[str]:
    if left is None:
        return []
    title = plain(left.title)
    if at >= left.ends_at:
        return [_("Your check-out from “%(session)s” is missing; staff will ask you.", session=title)]
    return [_("You left “%(session)s” at %(time)s.", session=title, time=moment(at, "time"))]
