"""Write rubrics, see them as a marker does, and carry them between courses."""

import json
from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assignments import rubric_files, rubric_forms, rubrics
from sca_lms.assignments.forms import ListForm
from sca_lms.assignments.list_fields import pasted
from sca_lms.assignments.rubric_files import RubricFile
from sca_lms.assignments.rubric_forms import RubricDraft
from sca_lms.assignments.rubric_models import Rubric, RubricVersion
from sca_lms.assignments.rubric_rules import (
    RubricFault,
    RubricFaulty,
    document_of,
    read_rubric,
    untranslated,
)
from sca_lms.assignments.words import rubric_fault_lines
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.queries import find_programme
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.texts import Bilingual
from sca_lms.web.exports import attachment, table_file
from sca_lms.web.paging import page_number

bp = Blueprint(
    "rubrics", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/rubrics"
)
AUTHORS = (Role.AUTHOR, *STAFF)
PLACE = "/<int:rubric_id>"


@bp.get("")
@allow(*AUTHORS)
def index(course_id: int) -> ResponseReturnValue:
    """List the rubrics of the course, or those in the archive."""
    search, archived = request.args.get("q", "").strip()[:100], request.args.get("archived") == "yes"
    return _list(ListForm(), search=search, archived=archived)


@bp.route("/new", methods=["GET", "POST"])
@allow(*AUTHORS)
def new(course_id: int) -> ResponseReturnValue:
    """Write a new rubric."""
    if request.method == "GET":
        return _editor(rubric_forms.empty_draft(), None)
    draft = rubric_forms.read_draft(request.form)
    if rubric_forms.act(draft, request.form.get("action", "")):
        return _editor(draft, None)
    problems, faults = _problems(draft, with_code=True)
    if problems or faults:
        return _editor(draft, None, problems=problems, faults=faults), 400
    try:
        with transaction():
            made = rubrics.create(
                current_course(), draft.code, draft.title, document_of(read_rubric(draft.document)),
                person_id=actor().person_id, at=clock.now(),
            )  # fmt: skip
    except Refused as refusal:
        return _editor(draft, None, problems=[str(refusal)]), 409
    flash(_("The rubric is saved."))
    return redirect(_to("edit", made), 303)


@bp.route(PLACE, methods=["GET", "POST"])
@allow(*AUTHORS)
def edit(course_id: int, rubric_id: int) -> ResponseReturnValue:
    """Change a rubric; a version that somebody has marked with stays, and the change makes the next."""
    rubric = _rubric(rubric_id)
    newest = rubrics.newest_version(rubric)
    if request.method == "GET":
        draft = rubric_forms.draft_of(rubric.code, rubric.title, read_rubric(newest.document))
        return _editor(draft, newest)
    draft = rubric_forms.read_draft(request.form)
    draft.code = rubric.code
    if rubric_forms.act(draft, request.form.get("action", "")):
        return _editor(draft, newest, based_on=request.form.get("based_on", ""))
    problems, faults = _problems(draft, with_code=False)
    if problems or faults:
        based_on = request.form.get("based_on", "")
        return _editor(draft, newest, problems=problems, faults=faults, based_on=based_on), 400
    try:
        with transaction():
            saved = rubrics.save(
                rubric, current_course(), draft.title, document_of(read_rubric(draft.document)),
                based_on=request.form.get("based_on", ""), person_id=actor().person_id, at=clock.now(),
            )  # fmt: skip
    except rubrics.RubricMoved as refusal:
        return _editor(draft, rubrics.newest_version(rubric), problems=[str(refusal)], moved=True), 409
    if saved.number > newest.number:
        flash(_("Version %(number)s is saved. Marks keep theirs until you switch.", number=saved.number))
    else:
        flash(_("The rubric is saved."))
    return redirect(_to("edit", rubric), 303)


@bp.get(f"{PLACE}/preview")
@allow(*AUTHORS)
def preview(course_id: int, rubric_id: int) -> ResponseReturnValue:
    """Show a version as the one who marks sees it, in both languages."""
    rubric = _rubric(rubric_id)
    versions = rubrics.versions_of(rubric)
    wanted = request.args.get("version", "")
    shown = next((each for each in versions if str(each.number) == wanted), versions[0])
    return render_template(
        "assignments/rubric_preview.html",
        course_id=course_id,
        rubric=rubric,
        versions=versions,
        shown=shown,
        read=read_rubric(shown.document),
    )


@bp.post(f"{PLACE}/duplicate")
@allow(*AUTHORS)
def duplicate(course_id: int, rubric_id: int) -> ResponseReturnValue:
    """Copy the newest version of a rubric into a rubric of its own."""
    rubric = _rubric(rubric_id)
    newest = rubrics.newest_version(rubric)
    file = RubricFile(rubric.code, rubric.title, newest.document)
    return _add(file, _("This is a copy; the other rubric stays as it is."))


@bp.post(f"{PLACE}/archive")
@allow(*AUTHORS)
def archive(course_id: int, rubric_id: int) -> ResponseReturnValue:
    """Take a rubric out of the choices, or bring it back."""
    rubric, archived = _rubric(rubric_id), request.form.get("archived") == "yes"
    with transaction():
        rubrics.archive(
            rubric, current_course(), archived=archived, person_id=actor().person_id, at=clock.now()
        )
    flash(_("The rubric is in the archive.") if archived else _("The rubric can be chosen again."))
    return redirect(url_for(".index", course_id=course_id), 303)


@bp.get(f"{PLACE}/export.<any(json, csv):rubric_kind>")
@allow(*AUTHORS)
def export(course_id: int, rubric_id: int, rubric_kind: str) -> ResponseReturnValue:
    """Hand out the newest version as a file that can be imported again."""
    rubric = _rubric(rubric_id)
    read = read_rubric(rubrics.newest_version(rubric).document)
    if rubric_kind == "csv":
        return table_file("csv", rubric.code, rubric_files.HEADER, rubric_files.table_of(read))
    whole = {
        "code": rubric.code,
        "title": {"th": rubric.title.th, "en": rubric.title.en},
        **document_of(read),
    }
    body = json.dumps(whole, ensure_ascii=False, indent=2).encode()
    return attachment(body, "application/json", rubric.code, "json")


@bp.post("/import")
@allow(*AUTHORS)
def take_in(course_id: int) -> ResponseReturnValue:
    """Read a rubric from a file or from what was pasted; all that is wrong is said at once."""
    form = ListForm(request.form)
    text = pasted(form)
    if text is None:
        return _list(form), 400
    stripped = text.lstrip("\ufeff \r\n\t")
    file = (
        rubric_files.read_json(stripped) if stripped.startswith(("{", "[")) else rubric_files.read_csv(text)
    )
    if file is None:
        form.text.errors = [
            _("This is neither a rubric as JSON nor a table with the columns criterion, weight and points.")
        ]
        return _list(form), 400
    try:
        read_rubric(file.document)
    except RubricFaulty as error:
        return _list(form, faults=rubric_fault_lines(error.faults, file.lines)), 400
    return _add(file, _("The rubric was imported."))


@bp.post("/programme")
@allow(*AUTHORS)
def from_programme(course_id: int) -> ResponseReturnValue:
    """Take over the rubric of the programme's pitching as one that is ready to use."""
    file = _programme_rubric() or abort(404)
    try:
        read_rubric(file.document)
    except RubricFaulty as error:
        return _list(ListForm(), faults=rubric_fault_lines(error.faults)), 400
    return _add(file, _("The rubric of the programme is ready to use."))


# ---------------------------------------------------------------- what several pages need


def _add(file: RubricFile, done: str) -> ResponseReturnValue:
    course = current_course()
    wanted = file.code if rubric_forms.is_code(file.code) else "RUBRIC"
    title = file.title or Bilingual.of(wanted)
    document = document_of(read_rubric(file.document))
    try:
        with transaction():
            made = rubrics.create(
                course, rubrics.free_code(course, wanted), title, document,
                person_id=actor().person_id, at=clock.now(),
            )  # fmt: skip
    except Refused as refusal:
        flash(str(refusal), "alert")
        return redirect(url_for(".index", course_id=course.id), 303)
    flash(done)
    return redirect(_to("edit", made), 303)


def _programme_rubric() -> RubricFile | None:
    programme_id = current_course().programme_id
    programme = None if programme_id is None else find_programme(programme_id)
    titles = {}
    for language in ("th", "en"):
        with force_locale(language):
            titles[language] = _("Pitching")
    return rubric_files.programme_rubric(programme.document, Bilingual(**titles)) if programme else None


def _is_to_take_over(course_id: int) -> bool:
    file = _programme_rubric()
    return file is not None and not rubrics.has_code(course_id, file.code)


def _problems(draft: RubricDraft, *, with_code: bool) -> tuple[list[str], Sequence[RubricFault]]:
    problems = []
    if with_code and not rubric_forms.is_code(draft.code):
        problems.append(_("Give the rubric a code: letters A-Z, digits, dots, hyphens and underscores."))
    if not draft.title:
        problems.append(_("Write a title in one language at least."))
    elif max(len(draft.title.th), len(draft.title.en)) > rubric_forms.LONGEST_TITLE:
        problems.append(_("The title has more than 200 letters."))
    try:
        read_rubric(draft.document)
    except RubricFaulty as error:
        return problems, error.faults
    return problems, ()


def _editor(
    draft: RubricDraft,
    newest: RubricVersion | None,
    *,
    problems: Sequence[str] = (),
    faults: Sequence[RubricFault] = (),
    based_on: str | None = None,
    moved: bool = False,
) -> str:
    return render_template(
        "assignments/rubric_edit.html",
        course_id=actor().course_id,
        draft=draft,
        newest=newest,
        problems=problems,
        faults=list(zip(faults, rubric_fault_lines(faults), strict=True)),
        based_on=rubrics.mark_of(newest) if based_on is None and newest else based_on,
        moved=moved,
        missing=_untranslated(draft),
    )


def _untranslated(draft: RubricDraft) -> int:
    """Return how many texts are written in one language only, as far as the draft can be read."""
    missing = int(bool(draft.title.th) != bool(draft.title.en))
    try:
        return missing + untranslated(read_rubric(draft.document))
    except RubricFaulty:
        return missing


def _list(form: ListForm, *, faults: Sequence[str] = (), search: str = "", archived: bool = False) -> str:
    course_id = actor().course_id
    return render_template(
        "assignments/rubrics.html",
        course_id=course_id,
        form=form,
        faults=faults,
        search_text=search,
        archived=archived,
        page=rubrics.rubrics_page(
            course_id, search=search, archived=archived, number=page_number(request.args)
        ),
        can_import=_is_to_take_over(course_id),
    )


def _rubric(rubric_id: int) -> Rubric:
    return rubrics.find_rubric(actor(), rubric_id) or abort(404)


def _to(endpoint: str, rubric: Rubric) -> str:
    return url_for(f"rubrics.{endpoint}", course_id=rubric.course_id, rubric_id=rubric.id)
