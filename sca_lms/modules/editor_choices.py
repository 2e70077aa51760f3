"""Put together what the pages of the editor offer and show beside the draft itself."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from sca_lms import clock
from sca_lms.assessments.models import Quiz
from sca_lms.assignments.models import Assignment
from sca_lms.assignments.people import groups_of
from sca_lms.courses.models import Course, Programme
from sca_lms.database import db
from sca_lms.errors import Text
from sca_lms.modules import drafts, editing_queries, file_views, live_classes, module_rows, programme_import
from sca_lms.modules.drafts import ModuleDraft, UnitDraft
from sca_lms.modules.editing_queries import Written
from sca_lms.modules.editor_forms import Targets
from sca_lms.modules.editor_words import FIELDS, UNIT_TYPES
from sca_lms.modules.models import Module, Unit
from sca_lms.modules.plan import ModulePlan, Playback, UnitType
from sca_lms.modules.player import reading
from sca_lms.modules.prerequisites import ConditionKind, Prerequisites
from sca_lms.modules.queries import unit_plan
from sca_lms.modules.videos import embed_address
from sca_lms.texts import Bilingual
from sca_lms.uploads.content import ending_of
from sca_lms.web.formats import moment
from sca_lms.web.i18n import page_locale, zone_name


def targets(course_id: int, module: Module) -> Targets:
    """Return what a module can wait for and lead to, with labels in the page's language."""
    quizzes = editing_queries.quizzes_of(course_id)
    assignments = editing_queries.assignments_of(course_id)
    files = editing_queries.files_of([module.id])
    conditions = [(ConditionKind.DATE.value, _("a date"))]
    conditions += [
        (f"module:{each.module.code}", _("module: %(title)s", title=_plain(each.draft.title)))
        for each in editing_queries.all_written(course_id)
        if each.module.published and each.module.id != module.id
    ]
    conditions += [(f"quiz:{each.code}", _("quiz: %(title)s", title=_plain(each.title))) for each in quizzes]
    conditions += [
        (f"assignment:{each.code}", _("assignment: %(title)s", title=_plain(each.title)))
        for each in assignments
    ]
    conditions += [(f"group:{each}", _("group: %(name)s", name=each)) for each in groups_of(course_id)]
    return Targets(
        conditions=conditions,
        quizzes=[(str(each.id), _plain(each.title)) for each in quizzes],
        assignments=[(str(each.id), _plain(each.title)) for each in assignments],
        captions=[(each.name, each.name) for each in files if ending_of(each.name) in file_views.CAPTIONS],
        files=[(each.name, each.name) for each in files if ending_of(each.name) not in file_views.CAPTIONS],
    )


def is_left_alone(course: Course, module: Module) -> bool:
    """Tell whether an import of the course's programme would change the module, had it not been edited."""
    if module.from_programme or course.programme_id is None:
        return False
    programme = db.session.get(Programme, course.programme_id)
    return programme is not None and programme_import.names_module(programme.document, module.code)


# ---------------------------------------------------------------- preview


def preview(written: Written, draft: UnitDraft, *, text: str) -> dict[str, object]:
    """Return what the learner's page of a unit needs, of a unit that need not be published."""
    module = written.module
    unit = Unit(course_id=module.course_id, module_id=module.id, code=draft.code)
    module_rows.put_unit(unit, draft, 0)
    unit.quiz = db.session.get(Quiz, draft.quiz_id) if draft.quiz_id else None
    unit.assignment = db.session.get(Assignment, draft.assignment_id) if draft.assignment_id else None
    files = editing_queries.files_of([module.id])
    pictures = file_views.pictures_of(module, files)
    plan = unit_plan(unit)
    codes = [each.code for each in written.draft.units]
    index = codes.index(draft.code)
    at = clock.now()
    return {
        "unit": unit,
        "plan": plan,
        "kind": draft.type.value,
        "module": _module_plan(written),
        "previous": written.draft.units[index - 1] if index else None,
        "next": written.draft.units[index + 1] if index + 1 < len(codes) else None,
        "body": reading(draft.body, wanted=text, locale=page_locale(), pictures=pictures),
        "transcript": reading(draft.transcript, wanted=text, locale=page_locale(), pictures=pictures),
        "embed": embed_address(draft.video_url) if plan.playback is Playback.EMBED else None,
        "phase": live_classes.live_phase(draft.starts_at, minutes=draft.minutes, at=at),
        "doors_at": draft.starts_at - live_classes.DOORS_OPEN_BEFORE if draft.starts_at else None,
        "offered": file_views.offered(module, files, draft.files),
        "tracks": file_views.tracks(module, files, unit.captions),
        "zone": zone_name(),
    }


def _module_plan(written: Written) -> ModulePlan:
    draft, module = written.draft, written.module
    return ModulePlan(
        id=module.id, code=module.code, title=draft.title, minutes=draft.minutes, due_at=draft.due_at,
        prerequisites=draft.prerequisites, quiz_pass_percent=draft.quiz_pass_percent,
        rule_version=module.rule_version, units=(), opens_at=draft.opens_at,
    )  # fmt: skip


# ---------------------------------------------------------------- differences


@dataclass(frozen=True, slots=True)
class Shown:
    """One difference in words."""

    where: str
    field: Text
    before: str
    after: str


def shown_differences(course_id: int, before: ModuleDraft, after: ModuleDraft) -> list[Shown]:
    """Return all that has changed, in words."""
    titles = {unit.code: _plain(unit.title) for unit in (*before.units, *after.units)}
    names: dict[str, Mapping[int, str]] = {
        "quiz_id": {each.id: _plain(each.title) for each in editing_queries.quizzes_of(course_id)},
        "assignment_id": {each.id: _plain(each.title) for each in editing_queries.assignments_of(course_id)},
    }
    return [
        Shown(
            titles.get(change.unit, ""),
            FIELDS[change.field],
            _words_of(change.before, names.get(change.field, {}), titles),
            _words_of(change.after, names.get(change.field, {}), titles),
        )
        for change in drafts.differences(before, after)
    ]


def _words_of(value: object, names: Mapping[int, str], titles: Mapping[str, str]) -> str:
    match value:
        case None | "":
            return ""
        case bool():
            return _("Yes") if value else _("No")
        case int() if names:
            return names.get(value, str(value))
        case UnitType():
            return str(UNIT_TYPES[value])
        case Bilingual():
            return _plain(value)
        case dt.datetime():
            return str(moment(value))
        case Prerequisites():
            return _conditions(value)
        case list() | tuple():
            return _listed([titles.get(str(each), str(each)) for each in value])
    return str(value)


def _conditions(prerequisites: Prerequisites) -> str:
    words = []
    for condition in prerequisites.conditions:
        score = f" ≥ {condition.percent}%" if condition.percent else ""
        words.append(str(moment(condition.at)) if condition.at else f"{condition.code}{score}")
    return (_(" or ") if prerequisites.any_of else _(" and ")).join(words)


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)


def _plain(text: Bilingual) -> str:
    return text.pick(page_locale())[0] or _("(no title)")
