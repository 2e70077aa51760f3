"""Write modules: everything is changed in a draft, and learners see it when somebody publishes it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from sca_lms.assessments.models import Quiz
from sca_lms.assignments.models import Assignment
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Programme
from sca_lms.database import db, first_version, lock
from sca_lms.errors import Refused
from sca_lms.modules import drafts, editing_queries, module_rows, programme_import, queries, rules
from sca_lms.modules.draft_faults import faults_of
from sca_lms.modules.drafts import ModuleDraft, UnitDraft
from sca_lms.modules.models import Module, ModuleDraftRow, ModuleFile, ModuleVersion, Unit
from sca_lms.modules.plan import UnitType
from sca_lms.texts import Bilingual

MOST_UNITS = 100


class DraftMoved(Refused):
    """Somebody else saved the draft since the page was opened."""

    code = "draft-moved"


class NotReady(Refused):
    """Something has to be mended before the module can be published."""

    code = "module-not-ready"


class TooManyUnits(Refused):
    """No module needs so many units."""

    code = "too-many-units"


class NotInProgramme(Refused):
    """The programme file of the course knows no such module."""

    code = "not-in-programme"


# ---------------------------------------------------------------- the draft


def create_module(course: Course, title: Bilingual, *, by: int | None, at: dt.datetime) -> Module:
    """Make a module that only its authors see."""
    module = Module(
        course=course, course_id=course.id, code=_free_module_code(course), position=_last_position(course),
        title=title, minutes=0, opens_at=None, due_at=None, prerequisites={}, quiz_pass_percent=None,
        rule_version=1, published=False, from_programme=False, archived_at=None,
    )  # fmt: skip
    db.session.add(module)
    db.session.flush()
    change_draft(module, ModuleDraft(title=title), by=by, at=at)
    courses.record_audit(course, by, "create-module", module.code, at=at)
    return module


def change_draft(
    module: Module, draft: ModuleDraft, *, by: int | None, at: dt.datetime, seen: int | None = None
) -> bool:
    """Keep what the module will be; return whether something has changed.

    A draft that says what is published already is dropped. Raise `DraftMoved` when `seen` is not its number,
    `TooManyUnits`.
    """
    db.session.refresh(module, ["published"], with_for_update=True)
    written = editing_queries.written(module)
    if seen is not None and seen != written.row_version:
        raise DraftMoved(
            _l("Somebody else saved this module meanwhile. Compare what you typed with what is there now.")
        )
    if len(draft.units) > MOST_UNITS:
        raise TooManyUnits(_l("A module has at most %(most)s units.", most=MOST_UNITS))
    if draft == written.draft and (written.row is not None or module.published):
        return False
    published = module_rows.as_published(module, editing_queries.units_of(module))
    if written.row is not None and module.published and draft == published:
        db.session.delete(written.row)
    elif written.row is not None:
        written.row.document = drafts.to_document(draft)
        written.row.row_version += 1
        written.row.changed_at, written.row.changed_by_id = at, by
    else:
        document = drafts.to_document(draft)
        db.session.add(
            ModuleDraftRow(
                module_id=module.id,
                document=document,
                row_version=first_version(),
                changed_at=at,
                changed_by_id=by,
            )
        )
    db.session.flush()
    return True


def add_unit(module: Module, kind: UnitType, title: Bilingual, *, by: int | None, at: dt.datetime) -> str:
    """Add an empty unit at the end of the draft and return its code; raise `TooManyUnits`."""
    lock(module)
    draft = editing_queries.written(module).draft
    code = _free_unit_code(module, draft)
    change_draft(module, draft.with_unit(UnitDraft(code, kind, title)), by=by, at=at)
    return code


def duplicate_unit(module: Module, code: str, *, by: int | None, at: dt.datetime) -> str | None:
    """Put a copy of a unit behind it and return its code, None when there is no such unit."""
    lock(module)
    draft = editing_queries.written(module).draft
    unit = draft.unit(code)
    if unit is None:
        return None
    copy = replace(unit, code=_free_unit_code(module, draft))
    order: list[str] = []
    for each in draft.units:
        order += [each.code, copy.code] if each.code == code else [each.code]
    change_draft(module, draft.with_unit(copy).ordered(order), by=by, at=at)
    return copy.code


def discard_draft(module: Module) -> bool:
    """Forget what is not published; a module that never was keeps its draft."""
    row = editing_queries.written(module).row
    if row is None or not module.published:
        return False
    db.session.delete(row)
    db.session.flush()
    return True


# ---------------------------------------------------------------- publishing


def publish(module: Module, course: Course, *, by: int | None, at: dt.datetime) -> int:
    """Let learners see the draft, keep it as a version, and return its number; raise `NotReady`.

    A module that came with the programme becomes the course's own. Without a change nothing happens: 0.
    """
    lock(module)
    written = editing_queries.written(module)
    if written.row is None and module.published:
        return 0
    draft = _with_known_targets(module, written.draft)
    if any(fault.blocks for fault in faults_of(draft, editing_queries.around(module))):
        raise NotReady(_l("Not published: the faults that are marked have to be mended first."))
    rule_before = {plan.code: rules.rule_of(plan) for plan in queries.outline(course.id)}.get(module.code)
    _keep_what_came_before(module, at=at)
    module_rows.put(module, draft)
    module.from_programme, module.published, module.archived_at = False, True, None
    db.session.flush()
    rule_after = {plan.code: rules.rule_of(plan) for plan in queries.outline(course.id)}[module.code]
    if rule_before is not None and rule_before != rule_after:
        module.rule_version += 1
    number = _add_version(module, draft, by=by, at=at)
    if written.row is not None:
        db.session.delete(written.row)
    courses.touch_everybody(course)
    courses.record_audit(course, by, "publish-module", module.code, at=at, after={"version": number})
    db.session.flush()
    return number


def restore(module: Module, version: ModuleVersion, *, by: int | None, at: dt.datetime) -> bool:
    """Put an earlier version into the draft; learners see it when that is published."""
    return change_draft(module, drafts.read_document(version.document), by=by, at=at)


def archive(module: Module, course: Course, *, by: int | None, at: dt.datetime) -> bool:
    """Take a module from the learners' pages; what they did in it is kept."""
    lock(module)
    if module.archived_at is not None:
        return False
    module.published, module.archived_at = False, at
    _note_visibility(module, course, "archive-module", by=by, at=at)
    return True


def bring_back(module: Module, course: Course, *, by: int | None, at: dt.datetime) -> bool:
    """Bring an archived module back as a draft that has to be published again."""
    lock(module)
    if module.published or (module.archived_at is None and not module.from_programme):
        return False
    draft = editing_queries.written(module).draft
    module.archived_at, module.from_programme = None, False
    change_draft(module, draft, by=by, at=at)
    _note_visibility(module, course, "bring-module-back", by=by, at=at)
    return True


def duplicate_module(module: Module, course: Course, *, by: int | None, at: dt.datetime) -> Module:
    """Make a copy of a module's draft, with units and files, that only authors see."""
    draft = editing_queries.written(module).draft
    copy = create_module(course, draft.title, by=by, at=at)
    units = tuple(replace(unit, code=f"{copy.code}.{number}") for number, unit in enumerate(draft.units, 1))
    change_draft(copy, replace(draft, units=units), by=by, at=at)
    for each in editing_queries.files_of([module.id]):
        db.session.add(ModuleFile(module_id=copy.id, name=each.name, file_id=each.file_id, added_at=at))
    db.session.flush()
    return copy


def order_modules(course: Course, ids: Sequence[int], *, by: int | None, at: dt.datetime) -> bool:
    """Put the modules of a course into this order; those that are not named come last."""
    modules = [written.module for written in editing_queries.all_written(course.id)]
    place = {module_id: index for index, module_id in enumerate(ids)}
    ordered = sorted(modules, key=lambda module: place.get(module.id, len(place)))
    if ordered == modules:
        return False
    for position, module in enumerate(ordered):
        module.position = position
    courses.record_audit(
        course, by, "order-modules", "modules", at=at, after={"order": [module.code for module in ordered]}
    )
    db.session.flush()
    return True


def follow_programme(module: Module, course: Course, *, by: int | None, at: dt.datetime) -> None:
    """Let the programme file say again what a module is; its own changes stay in the history.

    Raise `NotInProgramme` and `ModulesNotUsable`.
    """
    programme = db.session.get(Programme, course.programme_id) if course.programme_id else None
    if programme is None or not programme_import.names_module(programme.document, module.code):
        raise NotInProgramme(_l("The programme of this course has no module with this code."))
    row = editing_queries.written(module).row
    if row is not None:
        db.session.delete(row)
    module.from_programme = True
    db.session.flush()
    programme_import.apply_programme(course, programme.document, at=at)
    db.session.refresh(module)
    _add_version(module, module_rows.as_published(module, editing_queries.units_of(module)), by=by, at=at)
    _note_visibility(module, course, "follow-programme", by=by, at=at)


# ---------------------------------------------------------------- what several of them need


def _with_known_targets(module: Module, draft: ModuleDraft) -> ModuleDraft:
    """Forget quizzes and assignments that are not there any more; an old version may still name them."""
    quizzes = set(db.session.scalars(sa.select(Quiz.id).where(Quiz.course_id == module.course_id)))
    tasks = set(db.session.scalars(sa.select(Assignment.id).where(Assignment.course_id == module.course_id)))
    units = tuple(
        replace(
            unit,
            quiz_id=unit.quiz_id if unit.quiz_id in quizzes else None,
            assignment_id=unit.assignment_id if unit.assignment_id in tasks else None,
        )
        for unit in draft.units
    )
    return replace(draft, units=units)


def _keep_what_came_before(module: Module, *, at: dt.datetime) -> None:
    """Keep what the programme file brought as the first version, so that it can be compared and restored."""
    if module.from_programme and _newest_number(module) == 0:
        published = module_rows.as_published(module, editing_queries.units_of(module))
        _add_version(module, published, by=None, at=at)


def _add_version(module: Module, draft: ModuleDraft, *, by: int | None, at: dt.datetime) -> int:
    number = _newest_number(module) + 1
    db.session.add(
        ModuleVersion(
            module_id=module.id, number=number, document=drafts.to_document(draft),
            published_at=at, published_by_id=by,
        )
    )  # fmt: skip
    db.session.flush()
    return number


def _newest_number(module: Module) -> int:
    newest = sa.select(sa.func.max(ModuleVersion.number)).where(ModuleVersion.module_id == module.id)
    return db.session.scalar(newest) or 0


def _note_visibility(module: Module, course: Course, verb: str, *, by: int | None, at: dt.datetime) -> None:
    courses.touch_everybody(course)
    courses.record_audit(course, by, verb, module.code, at=at)
    db.session.flush()


def _last_position(course: Course) -> int:
    last = sa.select(sa.func.max(Module.position)).where(Module.course_id == course.id)
    found = db.session.scalar(last)
    return 0 if found is None else found + 1


def _free_module_code(course: Course) -> str:
    taken = set(db.session.scalars(sa.select(Module.code).where(Module.course_id == course.id)))
    number = 1
    while f"M{number}" in taken:
        number += 1
    return f"M{number}"


def _free_unit_code(module: Module, draft: ModuleDraft) -> str:
    taken = {unit.code for unit in draft.units}
    taken |= set(db.session.scalars(sa.select(Unit.code).where(Unit.course_id == module.course_id)))
    number = 1
    while f"{module.code}.{number}" in taken:
        number += 1
    return f"{module.code}.{number}"
