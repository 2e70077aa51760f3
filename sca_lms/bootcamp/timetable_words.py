"""Say in the reader's language what keeps a timetable from being published, and where to put it right."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from sca_lms.attendance.class_time import key_of
from sca_lms.attendance.models import SessionState
from sca_lms.bootcamp.timetable_queries import Workbench
from sca_lms.bootcamp.timetable_rules import (
    EVERYBODY,
    NO_GROUP,
    Clash,
    PlanFault,
    PlannedSession,
    SumFault,
    Unfit,
)
from sca_lms.calendar.queries import InTheWay
from sca_lms.errors import Text
from sca_lms.texts import Bilingual
from sca_lms.web import formats
from sca_lms.web.i18n import wall_time

FIELD_WORDS: Mapping[str, Text] = {
    "code": _l("Code"),
    "title": _l("Title"),
    "category": _l("Category"),
    "times": _l("Times and breaks"),
    "starts_at": _l("Begins"),
    "ends_at": _l("Ends"),
    "breaks": _l("Breaks"),
    "groups": _l("Groups"),
    "mode": _l("How"),
    "venue": _l("Venue"),
    "room": _l("Room"),
    "join_url": _l("Link to join"),
    "capacity": _l("Places"),
    "credit_minutes": _l("Minutes"),
    "state": _l("State"),
}
STEP_WORDS: Mapping[str, Text] = {
    "add": _l("a session was added"),
    "edit": _l("a session was changed"),
    "move": _l("a session was moved"),
    "duplicate": _l("a session was duplicated"),
    "delete": _l("a session was deleted"),
    "import": _l("sessions were imported"),
}
STATE_WORDS: Mapping[SessionState, Text] = {
    SessionState.DRAFT: _l("draft"),
    SessionState.OPEN: _l("published"),
    SessionState.CLOSED: _l("held"),
    SessionState.CANCELLED: _l("cancelled"),
}


@dataclass(frozen=True, slots=True)
class FaultLine:
    """One fault in words, and the pages (address, words) on which it is put right."""

    text: str
    links: tuple[tuple[str, str], ...]


def fault_lines(course_id: int, bench: Workbench, faults: Sequence[PlanFault]) -> list[FaultLine]:
    """Return every fault in words."""
    return [_line(course_id, bench, fault) for fault in faults]


def appointment_lines(course_id: int, bench: Workbench, found: Sequence[InTheWay]) -> list[FaultLine]:
    """Say whose appointments are in the way of which sessions."""
    codes = {key_of(row): row.code for row in bench.rows}
    return [
        FaultLine(
            _(
                "%(name)s has an appointment at the time of “%(title)s”: %(when)s",
                name=each.name or _("(no name)"),
                title=title_of(bench, codes.get(each.lesson_key, "")),
                when=formats.period(each.starts_at, each.ends_at, "short"),
            ),
            (_session_link(course_id, bench, codes[each.lesson_key]),) if each.lesson_key in codes else (),
        )
        for each in found
    ]


def _line(course_id: int, bench: Workbench, fault: PlanFault) -> FaultLine:
    match fault:
        case SumFault():
            return _sum_line(course_id, bench, fault)
        case Clash():
            return _clash_line(course_id, bench, fault)
        case Unfit():
            return _unfit_line(course_id, bench, fault)


def _sum_line(course_id: int, bench: Workbench, fault: SumFault) -> FaultLine:
    rest = fault.required - fault.planned
    values = {
        "category": category_words(bench, fault.category),
        "planned": formats.minutes(fault.planned),
        "required": formats.minutes(fault.required),
        "rest": formats.minutes(abs(rest)),
        "who": who_words(bench, fault.groups),
    }
    sentence = (
        _("%(category)s: %(planned)s of %(required)s for %(who)s, %(rest)s too little", **values)
        if rest > 0
        else _("%(category)s: %(planned)s of %(required)s for %(who)s, %(rest)s too much", **values)
    )
    address = url_for(
        "timetable_builder.index",
        course_id=course_id,
        view="list",
        category=fault.category,
        group=fault.groups[0] if fault.groups and fault.groups[0] else None,
    )
    return FaultLine(sentence, ((address, _("Show these sessions")),))


def _clash_line(course_id: int, bench: Workbench, fault: Clash) -> FaultLine:
    values = {
        "first": title_of(bench, fault.first),
        "second": title_of(bench, fault.second),
        "when": formats.period(*fault.frame, "short"),
    }
    sentence = (
        _("“%(first)s” and “%(second)s” are in one room, %(when)s", **values)
        if fault.is_room
        else _(
            "“%(first)s” and “%(second)s” both expect %(who)s, %(when)s",
            **values, who=who_words(bench, fault.groups),
        )
    )  # fmt: skip
    return FaultLine(
        sentence, tuple(_session_link(course_id, bench, each) for each in (fault.first, fault.second))
    )


def _unfit_line(course_id: int, bench: Workbench, fault: Unfit) -> FaultLine:
    title = title_of(bench, fault.code)
    if fault.category is not None:
        sentence = _("“%(title)s” has a category that the programme does not have (any more)", title=title)
    elif fault.groups:
        sentence = _(
            "“%(title)s” is for groups that do not exist: %(groups)s",
            title=title, groups=", ".join(fault.groups),
        )  # fmt: skip
    else:
        sentence = _("“%(title)s” has no minute that counts", title=title)
    return FaultLine(sentence, (_session_link(course_id, bench, fault.code),))


def _session_link(course_id: int, bench: Workbench, code: str) -> tuple[str, str]:
    return session_address(course_id, bench, code), title_of(bench, code)


def session_address(course_id: int, bench: Workbench, code: str) -> str:
    """Return the page on which a manager changes a session."""
    row = bench.row_of.get(code)
    is_draft = row is None or row.state is SessionState.DRAFT
    endpoint = "timetable_builder.edit" if is_draft else "timetable_changes.change"
    return url_for(endpoint, course_id=course_id, session_code=code)


def title_of(bench: Workbench, code: str) -> str:
    """Return the title of a session for the reader, its code when it has none."""
    plan = bench.plan_by_code.get(code)
    return (formats.plain(plan.title) if plan is not None else "") or code


def category_words(bench: Workbench, code: str) -> str:
    """Return the title of a category for the reader."""
    titles = {each.code: each.title for each in bench.categories}
    return formats.plain(titles[code]) if code in titles else code


def group_words(groups: Mapping[str, Bilingual], code: str) -> str:
    """Return what a cohort group is called for the reader."""
    if code == NO_GROUP:
        return _("people without a group")
    return formats.plain(groups[code]) if code in groups else code


def who_words(bench: Workbench, groups: Sequence[str]) -> str:
    """Return whom some groups are, in words; none means everybody."""
    if tuple(groups) == EVERYBODY:
        return _("everybody")
    return ", ".join(group_words(bench.groups, group) for group in groups)


def place_words(plan: PlannedSession) -> str:
    """Return where a session takes place, in one line; empty when nobody has said so."""
    return ", ".join(filter(None, (plan.room, formats.plain(plan.venue))))


def breaks_words(plan: PlannedSession) -> str:
    """Return the breaks of a session as times of day."""
    return ", ".join(formats.period(start, end, "time") for start, end in plan.times.breaks)


def wall_text(moment: dt.datetime) -> str:
    """Return the course's wall time of a moment for scripts, which move it as a clock's hands."""
    return f"{wall_time(moment):%Y-%m-%dT%H:%M}"
