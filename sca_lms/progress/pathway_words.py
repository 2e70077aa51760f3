"""Name the stages of the programme and where somebody stands in them."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text
from sca_lms.progress.pathway import StageKey, StageState

STAGES: Mapping[StageKey, Text] = {
    StageKey.PRE: _l("Pre-bootcamp"),
    StageKey.BOOTCAMP: _l("Bootcamp"),
    StageKey.MENTORING: _l("Mentoring"),
    StageKey.UPDATES: _l("Monthly updates"),
    StageKey.PITCHING: _l("Project pitching"),
}
STAGE_STATES: Mapping[StageState, Text] = {
    StageState.DONE: _l("done"),
    StageState.NOW: _l("going on now"),
    StageState.AHEAD: _l("still ahead"),
    StageState.LOCKED: _l("locked"),
    StageState.SHORT: _l("over, not complete"),
}
STAGE_MARKS: Mapping[StageState, str] = {
    StageState.DONE: "ok",
    StageState.NOW: "now",
    StageState.AHEAD: "silent",
    StageState.LOCKED: "silent",
    StageState.SHORT: "behind",
}
STAGE_ICONS: Mapping[StageState, str] = {
    StageState.DONE: "ok",
    StageState.NOW: "clock",
    StageState.AHEAD: "calendar",
    StageState.LOCKED: "lock",
    StageState.SHORT: "alert",
}
