"""Say what filters and faults of the gradebook mean."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text
from sca_lms.gradebook.mark_files import Fault, FaultKind
from sca_lms.gradebook.rules import Kind, Shown

KINDS: Mapping[Kind, Text] = {
    Kind.PROGRAMME: _l("Programme"),
    Kind.QUIZ: _l("Quizzes"),
    Kind.ASSIGNMENT: _l("Assignments"),
}
SHOWN: Mapping[Shown, Text] = {
    Shown.DUE: _l("Not sent yet"),
    Shown.REFUSED: _l("Refused by the LMS"),
    Shown.CHANGED: _l("Changed in the LMS"),
    Shown.MISSING: _l("Missing in the LMS"),
    Shown.NOT_GRADED: _l("Without a score"),
    Shown.BELOW_PASS: _l("Pass mark not reached yet"),
    Shown.OVERRIDDEN: _l("Set by an instructor"),
}
FAULTS: Mapping[FaultKind, Text] = {
    FaultKind.UNREADABLE: _l("This is no CSV or XLSX file that can be read."),
    FaultKind.EMPTY: _l("The file has no row below its first one."),
    FaultKind.TOO_LONG: _l("The file has more than 10,000 learners. Bring it in several parts."),
    FaultKind.NO_PERSON_COLUMN: _l("No column is called “ID”, “E-mail” or “Name”."),
    FaultKind.NO_SCORE_COLUMN: _l("No column is called by the code of a gradebook column."),
    FaultKind.UNKNOWN_COLUMN: _l("The gradebook has no such column."),
    FaultKind.COLUMN_TWICE: _l("This column stands here twice."),
    FaultKind.NO_PERSON: _l("This row does not say whose scores these are."),
    FaultKind.UNKNOWN_PERSON: _l("No learner of this course is called that."),
    FaultKind.SEVERAL_PEOPLE: _l("Several learners are called that. Use the ID or the e-mail address."),
    FaultKind.PERSON_TWICE: _l("This learner has a row already."),
    FaultKind.NO_NUMBER: _l("This is no number."),
    FaultKind.TOO_PRECISE: _l("Use at most four decimal places."),
    FaultKind.OUT_OF_RANGE: _l("This is below 0 or above the maximum of the column."),
    FaultKind.OWN_SCORE: _l("Nobody sets a score of their own."),
}


def fault_line(fault: Fault) -> str:
    """Return one fault as a line: where, what is wrong, and what was written."""
    place = _("Row %(row)d", row=fault.line)
    column = f", {fault.column}" if fault.column else ""
    given = f" ({fault.given})" if fault.given else ""
    return f"{place}{column}: {FAULTS[fault.kind]}{given}"
