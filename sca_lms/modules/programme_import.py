"""Take modules, units and quizzes over from a programme file."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from sca_lms.assessments import authoring as assessments
from sca_lms.assessments.models import Quiz
from sca_lms.assessments.quiz_specification import Fault, FaultyQuiz
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course
from sca_lms.database import Base, db
from sca_lms.errors import Refused, Text
from sca_lms.modules import queries, rules
from sca_lms.modules.models import Module, Unit
from sca_lms.modules.prerequisites import document_of, stuck_modules
from sca_lms.modules.programme_section import ModuleSpec, UnitSpec, read_modules
from sca_lms.web.formats import spoken


class ModulesNotUsable(Refused):
    """A checked file whose modules could still never be completed."""

    code = "modules-not-usable"


@dataclass(frozen=True, slots=True)
class Changes:
    """What a programme changed in the modules of a course."""

    added: int
    changed: int
    unpublished: int
    rules_changed: int
    kept: tuple[str, ...] = ()
    """Modules that were edited here and therefore left as they are."""

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.unpublished or self.rules_changed)


def apply_programme(course: Course, document: Mapping[str, object], *, at: dt.datetime) -> Changes:
    """Make the modules, units and quizzes of a course equal to a checked programme file.

    Importing the same file again changes nothing. What the file leaves out is unpublished, never deleted.
    Modules that were edited here are left alone.
    Raise `ModulesNotUsable`.
    """
    specs = _specs(document)
    before = {plan.code: rules.rule_of(plan) for plan in queries.outline(course.id)}
    modules = {
        module.code: module
        for module in db.session.scalars(sa.select(Module).where(Module.course_id == course.id))
    }
    units = {
        unit.code: unit for unit in db.session.scalars(sa.select(Unit).where(Unit.course_id == course.id))
    }
    outcomes: list[str] = []
    kept = {code for code, module in modules.items() if not module.from_programme}
    for position, spec in enumerate(specs):
        if spec.code in kept:
            continue
        module, outcome = _put_module(course, modules.get(spec.code), spec, position)
        outcomes.append(outcome)
        quiz = assessments.put_quiz(course, spec.quiz, at=at) if spec.quiz is not None else None
        for place, unit_spec in enumerate(spec.units):
            mine = quiz if quiz is not None and quiz.code == unit_spec.code else None
            outcomes.append(_put_unit(module, units.get(unit_spec.code), unit_spec, place, mine))
    gone = _unpublish(modules, kept | {spec.code for spec in specs})
    own_ids = {modules[code].id for code in kept}
    own_units = {code for code, unit in units.items() if unit.module_id in own_ids}
    gone += _unpublish(
        units, own_units | {unit.code for spec in specs if spec.code not in kept for unit in spec.units}
    )
    quizzes = {spec.quiz.code for spec in specs if spec.quiz is not None}
    assessments.unpublish_quizzes(course, kept=quizzes | _quizzes_of(own_ids))
    db.session.flush()
    changed_rules = _raise_versions(course, modules, before)
    if changed_rules or gone or "added" in outcomes:
        courses.touch_everybody(course)
    left_alone = tuple(spec.code for spec in specs if spec.code in kept)
    return Changes(outcomes.count("added"), outcomes.count("changed"), gone, changed_rules, left_alone)


def notes_of(changes: Changes) -> tuple[Text, ...]:
    """Say what people are to know about an import: which modules it left alone."""
    if not changes.kept:
        return ()
    return (
        _l(
            "These modules were edited here, so they stay as they are: %(codes)s. “Follow the programme "
            "again” on the page of a module takes the programme's over.",
            codes=", ".join(changes.kept),
        ),
    )


def _quizzes_of(module_ids: Collection[int]) -> set[str]:
    """Return the codes of the quizzes that published units of these modules show."""
    wanted = (
        sa.select(Quiz.code)
        .join(Unit, Unit.quiz_id == Quiz.id)
        .where(Unit.module_id.in_(module_ids), Unit.published)
    )
    return set(db.session.scalars(wanted))


def names_module(document: Mapping[str, object], code: str) -> bool:
    """Tell whether a programme file has a module of this code."""
    return any(spec.code == code for spec in read_modules(document))


def _specs(document: Mapping[str, object]) -> tuple[ModuleSpec, ...]:
    try:
        specs = read_modules(document)
    except FaultyQuiz as fault:
        said = LazyString(_said, fault.faults)  # type: ignore[no-untyped-call]  # Flask-Babel has no types.
        raise ModulesNotUsable(
            _l("A quiz of this programme cannot be used: %(fault)s", fault=said)
        ) from fault
    if stuck := stuck_modules({spec.code: spec.prerequisites for spec in specs}):
        codes = ", ".join(sorted(stuck))
        raise ModulesNotUsable(
            _l("These modules wait for each other and could never open: %(codes)s", codes=codes)
        )
    return specs


def _said(faults: Sequence[Fault]) -> str:
    return "; ".join(f"{fault.field}: {spoken(fault.reason)}" for fault in faults)


def _put_module(course: Course, module: Module | None, spec: ModuleSpec, position: int) -> tuple[Module, str]:
    wanted: dict[str, object] = {
        "position": position,
        "title": spec.title,
        "minutes": spec.minutes,
        "due_at": spec.due_at,
        "prerequisites": document_of(spec.prerequisites),
        "quiz_pass_percent": spec.quiz_pass_percent,
        "opens_at": None,
        "published": True,
        "archived_at": None,
    }
    if module is not None:
        return module, _change(module, wanted)
    module = Module(course=course, code=spec.code, rule_version=1, **wanted)
    db.session.add(module)
    db.session.flush()
    return module, "added"


def _put_unit(module: Module, unit: Unit | None, spec: UnitSpec, position: int, quiz: Quiz | None) -> str:
    wanted: dict[str, object] = {
        "module_id": module.id,
        "position": position,
        "type": spec.type,
        "title": spec.title,
        "minutes": spec.minutes,
        "required": spec.required,
        "published": True,
        "starts_at": spec.starts_at,
        "body": spec.body,
        "video_url": spec.video_url,
        "transcript": spec.transcript,
        "join_url": spec.join_url,
        "room": spec.room,
        "least_posts": spec.least_posts,
        "least_characters": spec.least_characters,
        "least_replies": spec.least_replies,
        "quiz_id": quiz.id if quiz is not None else None,
        "opens_at": None,
        "assignment_id": None,
    }
    if unit is None or spec.video_seconds is not None or unit.video_url != spec.video_url:
        # What was measured of the same video stays, until the file knows better.
        wanted["video_seconds"] = spec.video_seconds
    if unit is None:
        db.session.add(Unit(course_id=module.course_id, code=spec.code, **wanted))
        return "added"
    return _change(unit, wanted)


def _change(row: Base, wanted: Mapping[str, object]) -> str:
    different = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return "changed" if different else "same"


def _unpublish(rows: Mapping[str, Module] | Mapping[str, Unit], kept: Collection[str]) -> int:
    gone = [row for code, row in rows.items() if code not in kept and row.published]
    for row in gone:
        row.published = False
    return len(gone)


def _raise_versions(
    course: Course, modules: Mapping[str, Module], before: Mapping[str, tuple[object, ...]]
) -> int:
    changed = 0
    for plan in queries.outline(course.id):
        if plan.code in modules and before.get(plan.code) != rules.rule_of(plan):
            modules[plan.code].rule_version += 1
            changed += 1
    db.session.flush()
    return changed
