"""Say in words where works stand, and what is wrong with a list or a rubric."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from sca_lms.assignments.name_lists import ListFault, ListFaultKind
from sca_lms.assignments.rubric_rules import RubricFault, RubricFaultKind
from sca_lms.assignments.rules import WorkState
from sca_lms.errors import Text

STATE_WORDS: Mapping[WorkState, Text] = {
    WorkState.NOT_YET: _l("not open yet"),
    WorkState.TO_DO: _l("to do"),
    WorkState.STARTED: _l("draft"),
    WorkState.OVERDUE: _l("overdue"),
    WorkState.MISSED: _l("not handed in"),
    WorkState.HANDED_IN: _l("handed in on time"),
    WorkState.HANDED_IN_LATE: _l("handed in late"),
    WorkState.MARKED: _l("marked"),
}
STATE_MARKS: Mapping[WorkState, str] = {
    WorkState.NOT_YET: "silent",
    WorkState.TO_DO: "wait",
    WorkState.STARTED: "wait",
    WorkState.OVERDUE: "behind",
    WorkState.MISSED: "never",
    WorkState.HANDED_IN: "ok",
    WorkState.HANDED_IN_LATE: "behind",
    WorkState.MARKED: "ok",
}
LIST_FAULTS: Mapping[ListFaultKind, Text] = {
    ListFaultKind.NO_TEXT: _l("There is nothing to read. Paste the lines, or choose a CSV file."),
    ListFaultKind.NO_COLUMNS: _l("The first line must name these columns"),
    ListFaultKind.TOO_LONG: _l("There are more than 5,000 lines. Send the list in parts."),
    ListFaultKind.NO_PERSON: _l("Nobody is named here."),
    ListFaultKind.UNKNOWN_PERSON: _l("No learner of this course has this name, e-mail address or id."),
    ListFaultKind.SEVERAL_PEOPLE: _l("Several learners fit. Write the e-mail address."),
    ListFaultKind.TWICE: _l("This learner stands in the list twice."),
    ListFaultKind.NO_VALUE: _l("Something is missing in this line."),
    ListFaultKind.BAD_DATE: _l("Write the day as 2022-09-29 or the time as 2022-09-29 13:15."),
    ListFaultKind.BUDDHIST_YEAR: _l("This is a year of the Buddhist Era. In the Common Era it would be"),
    ListFaultKind.NOT_LATER: _l("This is not later than everybody's due date."),
    ListFaultKind.TEAM_HANDED_IN: _l("This team has handed in."),
}
RUBRIC_FAULTS: Mapping[RubricFaultKind, Text] = {
    RubricFaultKind.NOT_A_RUBRIC: _l("This is not a rubric."),
    RubricFaultKind.NO_CRITERIA: _l("Add a criterion."),
    RubricFaultKind.TOO_MANY_CRITERIA: _l("At most 20 criteria."),
    RubricFaultKind.BAD_CODE: _l(
        "Use at most 32 letters A-Z, digits, dots, hyphens and underscores as code."
    ),
    RubricFaultKind.CODE_TWICE: _l("Another criterion has this code."),
    RubricFaultKind.NO_TITLE: _l("Write a title in one language at least."),
    RubricFaultKind.TOO_LONG: _l("A text has more than 2,000 letters."),
    RubricFaultKind.BAD_WEIGHT: _l(
        "The weight is a number above 0 and at most 1,000, with two decimals at most."
    ),
    RubricFaultKind.TOO_FEW_LEVELS: _l("A criterion needs two levels at least."),
    RubricFaultKind.TOO_MANY_LEVELS: _l("A criterion has at most 10 levels."),
    RubricFaultKind.BAD_VALUE: _l("Points are a number from 0 to 1,000, with two decimals at most."),
    RubricFaultKind.VALUE_TWICE: _l("Another level of this criterion has the same points."),
    RubricFaultKind.NO_POINTS: _l("One level must be worth more than 0."),
    RubricFaultKind.NO_LEVEL_TEXT: _l("Write a name or a description of the level."),
}


def list_fault_lines(faults: Sequence[ListFault]) -> list[str]:
    """Return one sentence for each fault of a list, with its line."""
    return [
        _("Line %(line)s: %(problem)s", line=fault.line, problem=LIST_FAULTS[fault.kind])
        + (f" {fault.given}" if fault.given else "")
        for fault in faults
    ]


def rubric_fault_lines(
    faults: Sequence[RubricFault], lines: Mapping[tuple[int | None, int | None], int] | None = None
) -> list[str]:
    """Return one sentence for each fault of a rubric, with its place or its line in the file."""
    return [" ".join(filter(None, (_place(fault, lines or {}), _said(fault)))) for fault in faults]


def _said(fault: RubricFault) -> str:
    return f"{RUBRIC_FAULTS[fault.kind]}{f' ({fault.given})' if fault.given else ''}"


def _place(fault: RubricFault, lines: Mapping[tuple[int | None, int | None], int]) -> str:
    line = lines.get((fault.criterion, fault.level))
    if line is not None:
        return _("Line %(line)s:", line=line)
    if fault.criterion is None:
        return ""
    if fault.level is None:
        return _("Criterion %(criterion)s:", criterion=fault.criterion)
    return _("Criterion %(criterion)s, level %(level)s:", criterion=fault.criterion, level=fault.level)
