"""Words for requests, their states and the fields that can be corrected."""

from collections.abc import Mapping

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text
from sca_lms.privacy.rules import RequestKind, RequestState
from sca_lms.web.reader_choice import LOCALES

REQUEST_KINDS: Mapping[RequestKind, Text] = {
    RequestKind.ACCESS: _l("Copy of all data"),
    RequestKind.CORRECTION: _l("Correction"),
    RequestKind.ERASURE: _l("Erasure"),
}
REQUEST_STATES: Mapping[RequestState, Text] = {
    RequestState.OPEN: _l("waits for an answer"),
    RequestState.GRANTED: _l("granted, being done"),
    RequestState.DONE: _l("done"),
    RequestState.REFUSED: _l("refused"),
    RequestState.WITHDRAWN: _l("taken back by the person"),
}
STATE_MARKS: Mapping[RequestState, str] = {
    RequestState.OPEN: "wait",
    RequestState.GRANTED: "wait",
    RequestState.DONE: "ok",
    RequestState.REFUSED: "never",
    RequestState.WITHDRAWN: "silent",
}
CORRECTABLE: Mapping[str, Text] = {
    "name": _l("Name"),
    "email": _l("E-mail address"),
    "group": _l("Group or area"),
    "attendance": _l("Attendance or hours"),
    "mark": _l("Mark or grade"),
    "work": _l("Handed-in work or quiz"),
    "mentoring": _l("Pair, appointment or report"),
    "other": _l("Something else"),
}
LANGUAGES: Mapping[str, Text] = {"": _l("as the learning platform says"), "th": "ไทย", "en": "English"}


def in_both(text: Text) -> dict[str, str]:
    """Return a text in every language of the tool."""
    found = {}
    for locale in LOCALES:
        with force_locale(locale):
            found[locale] = str(text)
    return found
