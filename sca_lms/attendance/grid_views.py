"""Show the attendance grid, let staff type into it, and store what they saw as a difference."""

import datetime as dt
from collections.abc import Iterator, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from sca_lms import clock
from sca_lms.attendance import grid_queries, grid_taking, queries
from sca_lms.attendance.door_words import stay_words
from sca_lms.attendance.grid_queries import PaidLine
from sca_lms.attendance.grid_taking import CellFault, Key, Plan
from sca_lms.courses.access import actor, allow
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused, Text
from sca_lms.web.exports import Cell, table_file
from sca_lms.web.i18n import page_zone
from sca_lms.web.paging import page_number

bp = Blueprint(
    "grid", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/attendance"
)

EXPORTS = ("csv", "xlsx")
CELL_FIELD = "c"
LONGEST_CELL = 200
FAULT_WORDS: Mapping[CellFault, Text] = {
    CellFault.UNREADABLE: _l("Write f for the whole session, 0 for absent, or times such as 08:45-12:15."),
    CellFault.UNKNOWN: _l("This person or session is not in this course any more."),
    CellFault.NOT_EXPECTED: _l("This session is for other groups."),
    CellFault.OUT_BEFORE_IN: _l("The time of leaving does not lie after the time of coming."),
    CellFault.OUTSIDE: _l("These times lie outside the session."),
}


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show learners by sessions of a week in minutes; with `edit` every cell can be typed into."""
    found = _grid()
    return render_template(
        "attendance/grid.html",
        course_id=course_id,
        grid=found,
        search_text=request.args.get("q", "").strip(),
        edits="edit" in request.args,
        typed={},
        exports=[
            (
                url_for(".export", course_id=course_id, kind=kind, q=request.args.get("q") or None),
                kind.upper(),
            )
            for kind in EXPORTS
        ],
    )


@bp.post("/preview")
@allow(*STAFF)
def preview(course_id: int) -> ResponseReturnValue:
    """Show what the typed cells would change; nothing is stored yet."""
    typed = _typed()
    plan = grid_taking.plan(actor(), typed, zone=page_zone())
    if not plan.changes and not plan.faults:
        flash(_("Nothing was changed."))
        return redirect(_back(course_id), 303)
    return _preview_page(course_id, plan, typed), 400 if plan.faults else 200


@bp.post("/save")
@allow(*STAFF)
def save(course_id: int) -> ResponseReturnValue:
    """Store all typed cells together, or none."""
    typed = _typed()
    plan = grid_taking.plan(actor(), typed, zone=page_zone())
    if plan.faults:
        return _preview_page(course_id, plan, typed), 400
    try:
        with transaction():
            count = grid_taking.take_over(plan.changes, by_id=actor().person_id, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
        return _preview_page(course_id, grid_taking.plan(actor(), typed, zone=page_zone()), typed), 409
    flash(ngettext("%(num)d cell was stored.", "%(num)d cells were stored.", count), "success")
    return redirect(_back(course_id), 303)


@bp.get("/export.<any(csv, xlsx):kind>")
@allow(*STAFF)
def export(course_id: int, kind: str) -> ResponseReturnValue:
    """Hand out the whole grid, every learner by every session, in minutes."""
    sessions = queries.timetable(course_id)
    header = [_("Name"), _("Group"), _("Area"), *(each.code for each in sessions), _("Minutes in all")]
    lines = grid_queries.every_paid_line(actor(), sessions, search=request.args.get("q", "").strip())
    return table_file(kind, _("attendance"), header, _rows(lines))


def _rows(lines: Iterator[PaidLine]) -> Iterator[list[Cell]]:
    for line in lines:
        person = line.learner.person
        yield [
            person.full_name or _("(no name)"),
            line.learner.group,
            line.learner.area,
            *line.minutes,
            line.total,
        ]


def _grid() -> grid_queries.Grid:
    return grid_queries.grid(
        actor(),
        zone=page_zone(),
        week=_day(request.args.get("week", "")),
        today=clock.now().astimezone(page_zone()).date(),
        search=request.args.get("q", "").strip(),
        number=page_number(request.args),
    )


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _typed() -> dict[Key, str]:
    """Return the cells that were typed into; fields that are no cells are passed over."""
    found: dict[Key, str] = {}
    for name, value in request.form.items():
        parts = name.split(".")
        if len(parts) != 3 or parts[0] != CELL_FIELD or not value.strip():
            continue
        if all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts[1:]):
            found[int(parts[1]), int(parts[2])] = value.strip()[:LONGEST_CELL]
    return found


def _back(course_id: int) -> str:
    return url_for(
        ".index",
        course_id=course_id,
        week=_day(request.form.get("week", "")),
        q=request.form.get("q") or None,
        page=request.form.get("page") or None,
    )


def _preview_page(course_id: int, plan: Plan, typed: Mapping[Key, str]) -> str:
    return render_template(
        "attendance/grid_preview.html",
        course_id=course_id,
        plan=plan,
        typed=typed,
        back_address=_back(course_id),
        fault_words=FAULT_WORDS,
        stay_words=stay_words,
        kept={name: request.form.get(name, "") for name in ("week", "q", "page")},
    )
