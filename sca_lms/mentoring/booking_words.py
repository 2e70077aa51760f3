"""Say in words what happened to an appointment, and what can be done with it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text
from sca_lms.mentoring import report_words
from sca_lms.mentoring.models import AppointmentEvent
from sca_lms.web.formats import own_period

VERBS: Mapping[str, Text] = {
    "requested": _l("asked for this meeting"),
    "booked": _l("booked this meeting for both"),
    "confirmed": _l("confirmed"),
    "declined": _l("declined"),
    "proposed": _l("proposed another time"),
    "moved": _l("moved it"),
    "cancelled": _l("cancelled it"),
    "captain-replaced": _l("The captain changed, so it was cancelled"),
    "person-left": _l("Somebody takes part no more, so it was cancelled"),
    "place-given-up": _l("Somebody takes part no more, so a place is free"),
    "opened": _l("opened this group slot"),
    "joined": _l("joined"),
    "waits": _l("joined the waiting list"),
    "got-place": _l("got a place from the waiting list"),
    "left": _l("left"),
    "details": _l("changed what it is about or where it is"),
    "file-added": _l("added a file"),
    "file-removed": _l("took a file away"),
    "reminded-ahead": _l("Both sides were reminded"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an appointment's history."""

    at: dt.datetime
    who: str
    what: str
    reason: str
    times: str
    """From when to when it was moved, where it was."""


def story(events: Sequence[AppointmentEvent]) -> list[Line]:
    """Tell the history of an appointment, the oldest first."""
    words = {**report_words.VERBS, **VERBS}
    return [
        Line(
            each.at,
            (each.person.full_name or _("(no name)")) if each.person else "",
            _what(each, words),
            each.reason,
            _times(each),
        )
        for each in events
    ]


def _what(event: AppointmentEvent, words: Mapping[str, Text]) -> str:
    if event.verb == "lapsed" and event.after is not None and "starts_at" in event.after:
        return _("Lapsed: nobody answered before it would have begun")
    return str(words.get(event.verb, event.verb))


def _times(event: AppointmentEvent) -> str:
    before, after = _period(event.before), _period(event.after)
    return f"{before} → {after}" if before and after and before != after else ""


def _period(facts: Mapping[str, object] | None) -> str:
    if not facts or "starts_at" not in facts or "ends_at" not in facts:
        return ""
    start, end = (dt.datetime.fromisoformat(str(facts[name])) for name in ("starts_at", "ends_at"))
    return own_period(start, end, "short")
