"""The words for where a meeting and its reports stand."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text
from sca_lms.mentoring.models import AppointmentState, Side

STATES: Mapping[AppointmentState, Text] = {
    AppointmentState.OPEN: _l("open to join"),
    AppointmentState.REQUESTED: _l("waits for an answer"),
    AppointmentState.CONFIRMED: _l("confirmed"),
    AppointmentState.DECLINED: _l("declined"),
    AppointmentState.CANCELLED: _l("cancelled"),
    AppointmentState.LAPSED: _l("lapsed"),
    AppointmentState.REPORTED: _l("one report is missing"),
    AppointmentState.CREDITED: _l("credited"),
    AppointmentState.DISPUTED: _l("disputed"),
    AppointmentState.NO_SHOW: _l("did not take place"),
}
MARKS: Mapping[AppointmentState, str] = {
    AppointmentState.OPEN: "ok",
    AppointmentState.REQUESTED: "wait",
    AppointmentState.CONFIRMED: "ok",
    AppointmentState.DECLINED: "silent",
    AppointmentState.CANCELLED: "silent",
    AppointmentState.LAPSED: "never",
    AppointmentState.REPORTED: "wait",
    AppointmentState.CREDITED: "ok",
    AppointmentState.DISPUTED: "behind",
    AppointmentState.NO_SHOW: "never",
}
SIDES: Mapping[Side, Text] = {Side.CAPTAIN: _l("captain"), Side.AMBASSADOR: _l("ambassador")}
VERBS: Mapping[str, Text] = {
    "reported": _l("reported the meeting"),
    "corrected": _l("corrected the report"),
    "credited": _l("Both sides agree"),
    "disputed": _l("The two reports differ"),
    "dispute-opened": _l("disputed the meeting"),
    "decided": _l("decided"),
    "no-show-said": _l("said that the other side did not come"),
    "no-show-agreed": _l("agreed that they did not come"),
    "no-show": _l("No answer in time: it did not take place"),
    "lapsed": _l("Lapsed: a report was missing"),
    "report-asked": _l("Both sides were asked to report"),
    "reminded-2": _l("Reminded after two days"),
    "reminded-5": _l("Reminded after five days"),
    "note-saved": _l("saved the shared note"),
}
"""What the events about reports and notes are called; bookings bring their own words."""
