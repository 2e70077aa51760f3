"""Pages on which modules are written, looked at as a learner would, and published."""

import re
from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.modules import draft_faults, drafts, editing, editing_queries, editor_choices, translation_gaps
from sca_lms.modules.editing_queries import Written
from sca_lms.modules.editor_forms import (
    COMMON,
    ConditionForm,
    ModuleForm,
    NewUnitForm,
    TitledForm,
    UnitForm,
    condition_forms,
    module_fields,
    shown_fields,
    unit_fields,
)
from sca_lms.modules.editor_words import FAULTS, UNIT_TYPES
from sca_lms.modules.file_views import AUTHORS, FILES
from sca_lms.web.paging import Page, page_number

bp = Blueprint(
    "module_editor",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/module-editor",
)
MODULE = "/<int:module_id>"
UNIT = f"{MODULE}/units/<unit_code>"
_DO = re.compile(r"(up|down|remove|copy)-([A-Za-z0-9._-]{1,64})", re.ASCII)
_STEPS = {"up": -1, "down": 1}
GAPS_PAGE = 50


@bp.context_processor
def _words() -> dict[str, object]:
    return {"FAULTS": FAULTS, "UNIT_TYPES": UNIT_TYPES}


# ---------------------------------------------------------------- all modules


@bp.get("")
@allow(*AUTHORS)
def index(course_id: int) -> ResponseReturnValue:
    """List all modules with what is published, what is only written, and what is in the archive."""
    return _index(course_id, TitledForm())


@bp.post("/new")
@allow(*AUTHORS)
def new(course_id: int) -> ResponseReturnValue:
    """Make a module."""
    form = TitledForm(request.form)
    if not form.validate():
        return _index(course_id, form), 400
    with transaction():
        made = editing.create_module(current_course(), form.title(), by=actor().person_id, at=clock.now())
    flash(_("The module is there. Only those who write modules see it."))
    return redirect(url_for(".edit", course_id=course_id, module_id=made.id), 303)


@bp.post("/order")
@allow(*AUTHORS)
def order(course_id: int) -> ResponseReturnValue:
    """Put the modules into another order; learners see it at once."""
    ids = [str(each.module.id) for each in editing_queries.all_written(course_id)]
    wanted = _wanted_order(ids)
    if wanted != ids:
        with transaction():
            editing.order_modules(
                current_course(), [int(each) for each in wanted], by=actor().person_id, at=clock.now()
            )
    return redirect(url_for(".index", course_id=course_id, _anchor="places"), 303)


@bp.get("/translations")
@allow(*AUTHORS)
def translations(course_id: int) -> ResponseReturnValue:
    """List every text of modules, quizzes and assignments that is written in one language only."""
    language = request.args.get("language", "")
    found = [
        gap
        for gap in translation_gaps.gaps(course_id)
        if language not in {"th", "en"} or language in gap.languages
    ]
    number = min(page_number(request.args), max(1, -(-len(found) // GAPS_PAGE)))
    first = (number - 1) * GAPS_PAGE
    return render_template(
        "modules/editor/translations.html",
        course_id=course_id,
        page=Page(found[first : first + GAPS_PAGE], number, GAPS_PAGE, len(found)),
        language=language,
    )


# ---------------------------------------------------------------- one module


@bp.route(MODULE, methods=["GET", "POST"])
@allow(*AUTHORS)
def edit(course_id: int, module_id: int) -> ResponseReturnValue:
    """Show a module with its units and what is wrong with it, and save its settings in the draft."""
    written = _written(module_id)
    sent = request.form if request.method == "POST" else None
    form = ModuleForm(sent, data=module_fields(written.draft, written.row_version))
    targets = editor_choices.targets(course_id, written.module)
    rows = condition_forms(written.draft.prerequisites, targets, sent)
    if sent is None:
        return _module_page(written, form, rows)
    # Every row says what is wrong with it, not only the first.
    if not all([form.validate(), *(row.validate() for row in rows)]):
        return _module_page(written, form, rows), 400
    conditions = [found for row in rows if (found := row.condition()) is not None]
    try:
        with transaction():
            changed = editing.change_draft(
                written.module, form.applied_to(written.draft, conditions),
                by=actor().person_id, at=clock.now(), seen=form.seen.data,
            )  # fmt: skip
    except Refused as refusal:
        form.reject(refusal)
        return _module_page(written, form, rows), 409
    flash(_("Saved in the draft.") if changed else _("Nothing was changed."))
    return _to_module(course_id, module_id)


@bp.post(f"{MODULE}/units")
@allow(*AUTHORS)
def units(course_id: int, module_id: int) -> ResponseReturnValue:
    """Move, copy or take out a unit of the draft."""
    written, found = _written(module_id), _DO.fullmatch(request.form.get("do", ""))
    by, at, seen = actor().person_id, clock.now(), request.form.get("seen", written.row_version, type=int)
    codes = [unit.code for unit in written.draft.units]
    try:
        with transaction():
            if found is not None and found[1] == "copy":
                editing.duplicate_unit(written.module, found[2], by=by, at=at)
            elif found is not None and found[1] == "remove":
                without = written.draft.without_unit(found[2])
                editing.change_draft(written.module, without, by=by, at=at, seen=seen)
            else:
                ordered = written.draft.ordered(_wanted_order(codes))
                editing.change_draft(written.module, ordered, by=by, at=at, seen=seen)
    except Refused as refusal:
        flash(str(refusal), "alert")
        return _whole_page(_written(module_id), NewUnitForm(prefix="new-")), 409
    return _to_module(course_id, module_id, anchor="places")


@bp.post(f"{MODULE}/units/new")
@allow(*AUTHORS)
def add_unit(course_id: int, module_id: int) -> ResponseReturnValue:
    """Add a unit to the draft and go on to its page."""
    written, form = _written(module_id), NewUnitForm(request.form, prefix="new-")
    if not form.validate():
        return _whole_page(written, form), 400
    try:
        with transaction():
            code = editing.add_unit(
                written.module, form.unit_type(), form.title(), by=actor().person_id, at=clock.now()
            )
    except Refused as refusal:
        flash(str(refusal), "alert")
        return _to_module(course_id, module_id)
    return redirect(url_for(".unit", course_id=course_id, module_id=module_id, unit_code=code), 303)


@bp.post(f"{MODULE}/publish")
@allow(*AUTHORS)
def publish(course_id: int, module_id: int) -> ResponseReturnValue:
    """Let learners see the draft."""
    written = _written(module_id)
    try:
        with transaction():
            number = editing.publish(written.module, current_course(), by=actor().person_id, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(
            _("Published as version %(number)s. Learners see it now.", number=number)
            if number
            else _("Nothing was changed.")
        )
    return _to_module(course_id, module_id)


@bp.post(f"{MODULE}/do/<action>")
@allow(*AUTHORS)
def act(course_id: int, module_id: int, action: str) -> ResponseReturnValue:
    """Discard the draft, copy, archive or bring back the module, or let the programme file decide again."""
    module, course, by, at = _written(module_id).module, current_course(), actor().person_id, clock.now()
    try:
        with transaction():
            match action:
                case "discard":
                    editing.discard_draft(module)
                    words = _("The draft is gone. The module is as learners see it.")
                case "archive":
                    editing.archive(module, course, by=by, at=at)
                    words = _("The module is in the archive. What learners did in it is kept.")
                case "bring-back":
                    editing.bring_back(module, course, by=by, at=at)
                    words = _("The module is a draft again. Publish it to let learners see it.")
                case "copy":
                    module_id = editing.duplicate_module(module, course, by=by, at=at).id
                    words = _("This is the copy. Only those who write modules see it.")
                case "follow":
                    editing.follow_programme(module, course, by=by, at=at)
                    words = _("The module is as the programme says, and the next import changes it again.")
                case _:
                    abort(404)
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(words)
    return _to_module(course_id, module_id)


# ---------------------------------------------------------------- one unit


@bp.route(UNIT, methods=["GET", "POST"])
@allow(*AUTHORS)
def unit(course_id: int, module_id: int, unit_code: str) -> ResponseReturnValue:
    """Show a unit of the draft and save what is typed."""
    written = _written(module_id)
    draft = written.draft.unit(unit_code) or abort(404)
    form = UnitForm(_posted(), data=unit_fields(draft, written.row_version))
    form.offer(editor_choices.targets(course_id, written.module))
    status = 200
    if request.method == "POST":
        status = 400
        if form.validate():
            try:
                with transaction():
                    editing.change_draft(
                        written.module, written.draft.with_unit(form.applied_to(draft)),
                        by=actor().person_id, at=clock.now(), seen=form.seen.data,
                    )  # fmt: skip
            except Refused as refusal:
                form.reject(refusal)
                status = 409
            else:
                flash(_("Saved in the draft."))
                then = ".preview" if request.form.get("then") == "preview" else ".unit"
                address = url_for(then, course_id=course_id, module_id=module_id, unit_code=unit_code)
                return redirect(address, 303)
    around = editing_queries.around(written.module)
    page = render_template(
        "modules/editor/unit.html",
        course_id=course_id,
        written=written,
        unit=draft,
        form=form,
        common=[form[name] for name in COMMON],
        own=list(shown_fields(form, draft.type)),
        faults=[
            fault for fault in draft_faults.faults_of(written.draft, around)
            if fault.unit is not None and fault.unit.code == unit_code
        ],
    )  # fmt: skip
    return page, status


@bp.get(f"{MODULE}/preview/<unit_code>")
@allow(*AUTHORS)
def preview(course_id: int, module_id: int, unit_code: str) -> ResponseReturnValue:
    """Show a unit of the draft as a learner would see it."""
    written = _written(module_id)
    draft = written.draft.unit(unit_code) or abort(404)
    return render_template(
        "modules/editor/preview.html",
        course_id=course_id,
        written=written,
        **editor_choices.preview(written, draft, text=request.args.get("text", "")),
    )


# ---------------------------------------------------------------- history


@bp.get(f"{MODULE}/history")
@allow(*AUTHORS)
def history(course_id: int, module_id: int) -> ResponseReturnValue:
    """List what the module was, the newest first."""
    written = _written(module_id)
    return render_template(
        "modules/editor/history.html",
        course_id=course_id,
        written=written,
        versions=editing_queries.versions_of(written.module),
    )


@bp.get(f"{MODULE}/history/<int:number>")
@allow(*AUTHORS)
def version(course_id: int, module_id: int, number: int) -> ResponseReturnValue:
    """Show what has changed in a version since the one before, or since it until the draft."""
    written = _written(module_id)
    found = editing_queries.find_version(written.module, number) or abort(404)
    document = drafts.read_document(found.document)
    with_draft = request.args.get("with") == "draft"
    earlier = editing_queries.find_version(written.module, number - 1)
    before = drafts.read_document(earlier.document) if earlier is not None else drafts.ModuleDraft()
    pair = (document, written.draft) if with_draft else (before, document)
    return render_template(
        "modules/editor/version.html",
        course_id=course_id,
        written=written,
        version=found,
        with_draft=with_draft,
        changes=editor_choices.shown_differences(course_id, *pair),
    )


@bp.post(f"{MODULE}/history/<int:number>/restore")
@allow(*AUTHORS)
def restore(course_id: int, module_id: int, number: int) -> ResponseReturnValue:
    """Put an earlier version into the draft."""
    written = _written(module_id)
    found = editing_queries.find_version(written.module, number) or abort(404)
    with transaction():
        editing.restore(written.module, found, by=actor().person_id, at=clock.now())
    flash(_("Version %(number)s is in the draft. Publish it to let learners see it.", number=number))
    return _to_module(course_id, module_id)


# ---------------------------------------------------------------- what several pages need


def _index(course_id: int, form: TitledForm) -> str:
    return render_template(
        "modules/editor/index.html",
        course_id=course_id,
        modules=editing_queries.all_written(course_id),
        form=form,
    )


def _whole_page(written: Written, unit_form: NewUnitForm) -> str:
    """Return the page of a module with everything but the new unit as it is stored."""
    form = ModuleForm(data=module_fields(written.draft, written.row_version))
    targets = editor_choices.targets(written.module.course_id, written.module)
    rows = condition_forms(written.draft.prerequisites, targets, None)
    return _module_page(written, form, rows, unit_form)


def _module_page(
    written: Written, form: ModuleForm, rows: Sequence[ConditionForm], unit_form: NewUnitForm | None = None
) -> str:
    return render_template(
        "modules/editor/module.html",
        course_id=written.module.course_id,
        written=written,
        form=form,
        rows=rows,
        unit_form=unit_form or NewUnitForm(prefix="new-"),
        faults=draft_faults.faults_of(written.draft, editing_queries.around(written.module)),
        files=editing_queries.files_of([written.module.id]),
        accept=FILES.accept,
        is_left_alone=editor_choices.is_left_alone(current_course(), written.module),
    )


def _written(module_id: int) -> Written:
    return editing_queries.find_written(actor(), module_id) or abort(404)


def _posted() -> MultiDict[str, str] | None:
    return request.form if request.method == "POST" else None


def _wanted_order(known: Sequence[str]) -> list[str]:
    """Return what was dragged into a new order, or moved by a button; unknown names are left out."""
    found = _DO.fullmatch(request.form.get("do", ""))
    if found is not None and found[1] in _STEPS:
        return drafts.moved(known, found[2], _STEPS[found[1]])
    sent = [each for each in request.form.get("order", "").split(",") if each in known]
    return [*dict.fromkeys(sent), *(each for each in known if each not in sent)]


def _to_module(course_id: int, module_id: int, *, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for(".edit", course_id=course_id, module_id=module_id, _anchor=anchor), 303)
