"""Call what is marked by a name that may be shown, and its states by words."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text
from sca_lms.marking.queue import Step, What
from sca_lms.marking.rules import MarkPart, RegradeState
from sca_lms.marking.subjects import Subject
from sca_lms.uploads.content import ending_of
from sca_lms.uploads.models import StoredFile

STEPS: Mapping[Step, Text] = {
    Step.FIRST: _l("waits for a mark"),
    Step.SECOND: _l("waits for the second marker"),
    Step.AGREE: _l("waits to be agreed"),
}
WHATS: Mapping[What, Text] = {
    What.ALL: _l("All that waits"),
    What.MINE: _l("I can go on with"),
    What.SECOND: _l("Second marker"),
    What.AGREE: _l("To be agreed"),
    What.DRAFTS: _l("My drafts"),
}
PARTS: Mapping[MarkPart, Text] = {
    MarkPart.FIRST: _l("First mark"),
    MarkPart.SECOND: _l("Second mark"),
    MarkPart.AGREED: _l("Agreed mark"),
}
REQUESTS: Mapping[RegradeState, tuple[str, Text]] = {
    RegradeState.OPEN: ("wait", _l("waits for an answer")),
    RegradeState.CHANGED: ("ok", _l("mark changed")),
    RegradeState.KEPT: ("silent", _l("mark kept")),
}


def who(subject: Subject) -> str:
    """Return whose it is: the team and its people, or a number while names are hidden."""
    if subject.is_hidden:
        return _("Work %(number)s", number=subject.alias)
    names = ", ".join(each.person.full_name or _("(no name)") for each in subject.people)
    team = subject.work.team.name if subject.work and subject.work.team else ""
    return f"{team}: {names}" if team else names


def file_name(subject: Subject, stored: StoredFile) -> str:
    """Return under which name a file is shown: while names are hidden, one that says nothing."""
    if not subject.is_hidden:
        return stored.name
    return f"{_('work')}-{subject.alias}-{stored.id}.{ending_of(stored.name)}"
