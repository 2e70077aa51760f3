"""Bring lists of pairs in after showing what they change, and hand the list out so that it can come back."""

import csv
import io
from collections.abc import Sequence
from typing import cast

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import dimensions_in
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.lti.matching import own_id
from sca_lms.projects import importing, list_deeds, queries, undoing
from sca_lms.projects.forms import LARGEST_FILE_BYTES, LONGEST_LIST, ListForm
from sca_lms.projects.importing import Kind, Plan
from sca_lms.projects.models import Captaincy, Pair, PairList
from sca_lms.projects.pair_files import COLUMNS, MOST_LINES, read_pairs
from sca_lms.projects.views import hooks
from sca_lms.projects.words import CHANGE_WORDS, KIND_MARKS, KIND_WORDS, ROLE_NAMES, STAYS_WORDS, fault_lines
from sca_lms.web.exports import Cell, table_file
from sca_lms.web.incoming import takes_files
from sca_lms.web.tables import cells_of, rows_of_file
from sca_lms.web.workbooks import Rows

bp = Blueprint(
    "project_lists", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/pairs/list"
)

PAIR_MEETINGS = "sca_pair_meetings"
"""`app.extensions[PAIR_MEETINGS]`: who tells whether meetings were made since a pair or captain was new."""
MOST_FAULTS_SHOWN = 200
EXPORTED = tuple(column for column in COLUMNS if column != "judge")


@bp.route("", methods=["GET", "POST"])
@allow(Role.MANAGER)
@takes_files(LARGEST_FILE_BYTES)
def index(course_id: int) -> ResponseReturnValue:
    """Ask for a list, show what it changes, and, once that is confirmed, store exactly that."""
    if request.method == "GET":
        return _page(ListForm(formdata=None))
    form = ListForm(request.form)
    if not form.validate():
        return _page(form), 400
    rows = _rows(form)
    if rows is None and form.errors:
        return _page(form), 400
    at = clock.now()
    from_at = form.begins_at.data or at
    course = current_course()
    lines, faults = read_pairs(rows)
    codes = {each.code for each in dimensions_in(course_id)}
    plan = importing.plan(course, lines, dimensions=codes, from_at=from_at)
    faults = [*faults, *plan.faults]
    if faults:
        return _page(form, faults=fault_lines(faults)), 400
    if not plan.changes_something:
        flash(_("Nothing changes: everything in the list is so already."))
        return redirect(url_for("projects.index", course_id=course_id), 303)
    if "confirmed" not in request.form:
        return _difference(form, plan, rows or [])
    try:
        importing.check_unmoved(plan, request.form["confirmed"])
        with transaction():
            seen = list_deeds.seen_before(course, plan)
            count = importing.store(
                course, plan, person_id=actor().person_id, from_at=from_at, at=at, hooks=hooks()
            )
            row = list_deeds.write_down(course, plan, seen, person_id=actor().person_id, at=at)
    except Refused as refusal:
        form.reject(refusal)
        return _difference(form, plan, rows or []), 409
    flash(ngettext("%(num)d pair is stored.", "%(num)d pairs are stored.", count), "success")
    return redirect(url_for(".stored", course_id=course_id, list_id=row.id), 303)


@bp.get("/<int:list_id>")
@allow(Role.MANAGER)
def stored(course_id: int, list_id: int) -> ResponseReturnValue:
    """Show what a stored list did, what taking it back would do, and what would stay and why."""
    row = list_deeds.find_list(actor(), list_id) or abort(404)
    can_undo = list_deeds.can_still(row, at=clock.now())
    return render_template(
        "projects/stored.html",
        course_id=course_id,
        row=row,
        count=list_deeds.count(row),
        can_undo=can_undo,
        until=row.stored_at + list_deeds.UNDO_TIME,
        undo=undoing.plan_undo(row, _meetings()) if can_undo else None,
        stays_words=STAYS_WORDS,
        role_names=ROLE_NAMES,
    )


@bp.post("/<int:list_id>/undo")
@allow(Role.MANAGER)
def undo(course_id: int, list_id: int) -> ResponseReturnValue:
    """Take a stored list back as far as it goes; again is fine."""
    row = list_deeds.find_list(actor(), list_id) or abort(404)
    try:
        with transaction():
            done = undoing.undo(
                current_course(), row, person_id=actor().person_id, at=clock.now(), meetings=_meetings()
            )
    except undoing.TooLate as refusal:
        flash(str(refusal), "alert")
        return redirect(url_for(".stored", course_id=course_id, list_id=list_id), 303)
    if done is None:
        flash(_("This list was taken back already."))
    else:
        number = len(done.removed) + len(done.restored)
        flash(
            ngettext("%(num)d pair is as it was before.", "%(num)d pairs are as they were before.", number)
            + (" " + _stayed(len(done.kept)) if done.kept else ""),
            "success",
        )
    return redirect(url_for(".stored", course_id=course_id, list_id=list_id), 303)


def _stored_lately() -> list[tuple[PairList, int, bool]]:
    at = clock.now()
    return [
        (row, list_deeds.count(row), list_deeds.can_still(row, at=at))
        for row in list_deeds.lists(current_course().id)
    ]


def _stayed(number: int) -> str:
    return ngettext(
        "%(num)d stays, because something was built upon it.",
        "%(num)d stay, because something was built upon them.",
        number,
    )


def _meetings() -> Sequence[undoing.Meetings]:
    return cast("Sequence[undoing.Meetings]", current_app.extensions.get(PAIR_MEETINGS, ()))


@bp.get("/pairs.<kind>")
@allow(*STAFF)
def export(course_id: int, kind: str) -> ResponseReturnValue:
    """Hand out all living pairs with their captains and places, as a list that can be brought back."""
    if kind not in {"csv", "xlsx"}:
        abort(404)
    pairs = queries.living_pairs(course_id, clock.now())
    captains = queries.current_captaincies([each.id for each in pairs])
    names = [COLUMNS[column][0] for column in EXPORTED]
    head = [*names, "* " + _("Ambassador"), "* " + _("Captain")]
    return table_file(kind, _("pairs"), head, [_line(each, captains.get(each.id)) for each in pairs])


def _line(pair: Pair, captaincy: Captaincy | None) -> list[Cell]:
    area, agency = pair.area, pair.agency
    said: dict[str, str] = {
        "code": pair.code,
        # Our own id means exactly one person; addresses and names may be missing or shared.
        "ambassador": own_id(pair.ambassador),
        "captain": own_id(captaincy.captain) if captaincy else "",
        "dimension": pair.dimension,
    }
    if area is not None:
        said |= {
            "area": area.code, "area_th": area.title.th, "area_en": area.title.en,
            "province_th": area.province.th, "province_en": area.province.en, "group": area.group,
        }  # fmt: skip
    if agency is not None:
        said |= {
            "agency": agency.code, "agency_th": agency.title.th, "agency_en": agency.title.en,
            "kind": str(agency.kind),
        }  # fmt: skip
    people = (_name(pair.ambassador), _name(captaincy.captain) if captaincy else "")
    return [*(said.get(column, "") for column in EXPORTED), *people]


def _name(enrolment: Enrolment) -> str:
    return enrolment.person.full_name


def _rows(form: ListForm) -> Rows | None:
    """Return the rows of the file that was chosen, else of what was pasted; None is no table."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return cells_of(form.text.data or "", most=MOST_LINES + 1)
    content = sent.stream.read(LARGEST_FILE_BYTES + 1)
    if len(content) > LARGEST_FILE_BYTES:
        form.file.errors = [_("The file is larger than 2 MB.")]
        return None
    rows = rows_of_file(content, most=MOST_LINES + 1)
    if rows is not None and len(_as_text(rows)) > LONGEST_LIST:
        form.file.errors = [_("The list is too long. Bring it in parts.")]
        return None
    return rows


def _as_text(rows: Rows) -> str:
    """Return rows as text, every line where it stood, for the form that confirms them."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    last = 0
    for number, cells in rows:
        buffer.write("\n" * (number - last - 1))
        writer.writerow([" ".join(cell.split()) for cell in cells])
        last = number
    return buffer.getvalue()


def _difference(form: ListForm, plan: Plan, rows: Rows) -> str:
    return render_template(
        "projects/difference.html",
        course_id=current_course().id,
        form=form,
        plan=plan,
        text=_as_text(rows),
        begins_at=request.form.get("begins_at", ""),
        kinds=[(kind, KIND_WORDS[kind], plan.count(kind)) for kind in Kind],
        shown=[each for each in plan.pairs if each.kind is not Kind.UNCHANGED],
        kind_words=KIND_WORDS,
        kind_marks=KIND_MARKS,
        change_words=CHANGE_WORDS,
    )


def _page(form: ListForm, *, faults: list[str] | None = None) -> str:
    faults = faults or []
    return render_template(
        "projects/import.html",
        course_id=current_course().id,
        form=form,
        faults=faults[:MOST_FAULTS_SHOWN],
        more_faults=max(0, len(faults) - MOST_FAULTS_SHOWN),
        columns=[names[0] for names in COLUMNS.values()],
        lists=_stored_lately() if request.method == "GET" else [],
    )
