"""Say what happened to a learner."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from sca_lms.bootcamp.account import LineState
from sca_lms.errors import Text
from sca_lms.progress.story_rules import What

HAPPENED: Mapping[What, tuple[str, Text]] = {
    What.JOINED: ("people", _l("Came into the course")),
    What.MODULE: ("path", _l("Module complete")),
    What.WORK: ("pen", _l("Work handed in")),
    What.MEETING: ("chat", _l("Mentoring meeting")),
    What.UPDATE: ("video", _l("Monthly update counts")),
    What.UPDATE_MISSED: ("video", _l("Monthly update missed")),
    What.SESSION_MISSED: ("clock", _l("Session missed")),
    What.DEED: ("flag", _l("Noted by staff")),
    What.MESSAGE: ("send", _l("Message sent")),
}
"""The picture and the words of everything that can happen."""
TICK_WORDS: Mapping[LineState, Text] = {
    LineState.WHOLE: _l("whole session"),
    LineState.PART: _l("part of the session"),
    LineState.MISSED: _l("not there"),
    LineState.PENDING: _l("no check-out"),
    LineState.RUNNING: _l("going on"),
    LineState.UNCLOSED: _l("not closed yet"),
}
