"""Say in words where people stand with the monthly updates."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text
from sca_lms.updates.rules import ReflectionState, Standing

STANDING_WORDS: Mapping[Standing, Text] = {
    Standing.COMING: _l("coming"),
    Standing.NOW: _l("going on"),
    Standing.SETTLING: _l("attendance is being settled"),
    Standing.TO_REFLECT: _l("write your reflection"),
    Standing.DRAFT: _l("draft, not handed in"),
    Standing.SUBMITTED: _l("handed in, waits to be read"),
    Standing.RETURNED: _l("sent back: write on"),
    Standing.COUNTED: _l("counts"),
    Standing.MISSED: _l("does not count: attended too little"),
    Standing.CANCELLED: _l("cancelled"),
}
STANDING_MARKS: Mapping[Standing, str] = {
    Standing.COMING: "silent",
    Standing.NOW: "ok",
    Standing.SETTLING: "wait",
    Standing.TO_REFLECT: "behind",
    Standing.DRAFT: "behind",
    Standing.SUBMITTED: "wait",
    Standing.RETURNED: "behind",
    Standing.COUNTED: "ok",
    Standing.MISSED: "never",
    Standing.CANCELLED: "silent",
}
STAFF_WORDS: Mapping[Standing, Text] = {
    **STANDING_WORDS,
    Standing.TO_REFLECT: _l("no reflection yet"),
    Standing.SUBMITTED: _l("reflection waits to be read"),
    Standing.RETURNED: _l("reflection sent back"),
    Standing.MISSED: _l("attended too little"),
}
REFLECTION_WORDS: Mapping[ReflectionState, Text] = {
    ReflectionState.DRAFT: _l("Draft"),
    ReflectionState.SUBMITTED: _l("Waiting to be read"),
    ReflectionState.RETURNED: _l("Sent back"),
    ReflectionState.ACCEPTED: _l("Accepted"),
}
