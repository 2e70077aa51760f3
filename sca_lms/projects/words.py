"""Say in words what a list of pairs changes and what is wrong with it."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from sca_lms.courses.rules import Role
from sca_lms.errors import Text
from sca_lms.projects.importing import Kind
from sca_lms.projects.overview import Shown
from sca_lms.projects.pair_files import Fault, FaultKind
from sca_lms.projects.undoing import Stays

SHOWN_WORDS: Mapping[Shown, Text] = {
    Shown.LIVING: _l("All pairs"),
    Shown.WITHOUT_CAPTAIN: _l("Without a captain"),
    Shown.ENDED: _l("Ended"),
}
KIND_WORDS: Mapping[Kind, Text] = {
    Kind.NEW: _l("new"),
    Kind.CAPTAIN: _l("another captain"),
    Kind.CHANGED: _l("changed"),
    Kind.UNCHANGED: _l("as it is"),
}
KIND_MARKS: Mapping[Kind, str] = {
    Kind.NEW: "ok",
    Kind.CAPTAIN: "behind",
    Kind.CHANGED: "wait",
    Kind.UNCHANGED: "silent",
}
CHANGE_WORDS: Mapping[str, Text] = {
    "captain": _l("Captain"),
    "area": _l("Area"),
    "agency": _l("Agency"),
    "dimension": _l("Dimension"),
    "area_th": _l("Name in Thai"),
    "area_en": _l("Name in English"),
    "province_th": _l("Province in Thai"),
    "province_en": _l("Province in English"),
    "group": _l("Cohort group"),
    "agency_th": _l("Name in Thai"),
    "agency_en": _l("Name in English"),
    "kind": _l("Kind"),
}
STAYS_WORDS: Mapping[Stays, Text] = {
    Stays.MEETINGS: _l("The two have made a meeting since."),
    Stays.CAPTAIN_SINCE: _l("It has got another captain since."),
    Stays.ENDED_SINCE: _l("It has been ended since."),
    Stays.CHANGED_SINCE: _l("Its area, agency or dimension was changed since."),
    Stays.FORMER_LEFT: _l("The captain before has left the course."),
    Stays.PLACE_USED: _l("Other pairs work there now."),
    Stays.PLACE_CHANGED: _l("It was changed since."),
    Stays.STILL_CAPTAIN: _l("Keeps the role: is or was captain of another pair."),
}
ROLE_NAMES: Mapping[Role, Text] = {Role.MENTOR: _l("Mentor"), Role.JUDGE: _l("Judge")}
"""The roles that a list gives."""
FAULTS: Mapping[FaultKind, Text] = {
    FaultKind.UNREADABLE: _l("This is no CSV or XLSX file that can be read."),
    FaultKind.EMPTY: _l("There is no line below the first one."),
    FaultKind.TOO_LONG: _l("There are more than 2,000 lines. Bring the list in parts."),
    FaultKind.NO_COLUMNS: _l("The first line must name the columns “code” and “ambassador”, or “judge”."),
    FaultKind.UNKNOWN_COLUMN: _l("There is no such column."),
    FaultKind.COLUMN_TWICE: _l("This column stands here twice."),
    FaultKind.LONG_CELL: _l("This text is longer than 300 letters."),
    FaultKind.NO_CODE: _l("The code of the pair is missing."),
    FaultKind.BAD_CODE: _l("A code has letters A-Z, digits, dots, hyphens and underscores, at most 32."),
    FaultKind.CODE_TWICE: _l("This code stands in the list twice."),
    FaultKind.NO_AMBASSADOR: _l("The ambassador is missing."),
    FaultKind.BAD_KIND: _l("Write “public” or “private”."),
    FaultKind.UNKNOWN_PERSON: _l("Nobody in this course has this name, e-mail address or id."),
    FaultKind.SEVERAL_PEOPLE: _l("Several people are called that. Write the e-mail address or the id."),
    FaultKind.NO_LEARNER: _l("This person is not a learner of the course, so no ambassador."),
    FaultKind.SAME_PERSON: _l("Nobody can be their own captain."),
    FaultKind.AMBASSADOR_TWICE: _l("This ambassador stands in the list twice."),
    FaultKind.OTHER_AMBASSADOR: _l(
        "This pair has another ambassador. End it and make a new one with another code."
    ),
    FaultKind.HAS_PAIR: _l("This ambassador is in another pair. End that one first."),
    FaultKind.ENDED: _l("This pair has ended. Use another code."),
    FaultKind.TOO_EARLY: _l("The captain before began later than that."),
    FaultKind.UNKNOWN_DIMENSION: _l("The programme has no dimension with this code."),
    FaultKind.NO_AREA_NAME: _l("A new area needs its province."),
    FaultKind.NO_AGENCY_NAME: _l("A new agency needs its name."),
    FaultKind.CONTRADICTION: _l("Another line says something else about the same place."),
}


def fault_lines(faults: Sequence[Fault]) -> list[str]:
    """Return each fault as a line, in the order of the list: where, what is wrong, what was written."""
    return [
        _("Line %(line)d: %(fault)s", line=each.line, fault=FAULTS[each.kind])
        + (f" ({each.given})" if each.given else "")
        for each in sorted(faults, key=lambda each: each.line)
    ]
