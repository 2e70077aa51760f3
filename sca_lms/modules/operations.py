"""Take over modules from a programme and record what people do in them."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.assessments import operations as assessments
from sca_lms.assessments.models import Quiz
from sca_lms.assessments.quiz_specification import FaultyQuiz
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import Base, db
from sca_lms.errors import Refused
from sca_lms.modules import queries, rules
from sca_lms.modules.models import Module, Unit, UnitEvidence
from sca_lms.modules.plan import ATTENDED, EvidenceKind, UnitType
from sca_lms.modules.programme_section import ModuleSpec, UnitSpec, read_modules
from sca_lms.modules.rules import LivePhase
from sca_lms.modules.standing import UnitState
from sca_lms.modules.watching import NEEDED_PERCENT, WatchReport, total_seconds, watched_percent

# A report that adds less is not worth a row; the player repeats what it played in the next one.
LEAST_GROWTH_SECONDS = 5

OWN_WORD = frozenset({EvidenceKind.READ, EvidenceKind.DECLARED})
"""What learners say themselves, and may take back themselves."""


class ModulesNotUsable(Refused):
    """A checked file whose modules could still never be completed."""

    code = "modules-not-usable"


class UnitLocked(Refused):
    """Another module has to be completed first."""

    code = "unit-locked"


class NotDoneThisWay(Refused):
    """This unit is completed by something else."""

    code = "not-done-this-way"


class ClassNotOpen(Refused):
    """The live class has not opened its doors, or is over."""

    code = "class-not-open"


@dataclass(frozen=True, slots=True)
class Changes:
    """What a programme changed in the modules of a course."""

    added: int
    changed: int
    unpublished: int
    rules_changed: int

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.unpublished or self.rules_changed)


def apply_programme(course: Course, document: Mapping[str, object], *, at: dt.datetime) -> Changes:
    """Make the modules, units and quizzes of a course equal to a checked programme file.

    Importing the same file again changes nothing. What the file leaves out is unpublished, never deleted.
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
    for position, spec in enumerate(specs):
        module, outcome = _put_module(course, modules.get(spec.code), spec, position)
        outcomes.append(outcome)
        quiz = assessments.put_quiz(course, spec.quiz, at=at) if spec.quiz is not None else None
        for place, unit_spec in enumerate(spec.units):
            mine = quiz if quiz is not None and quiz.code == unit_spec.code else None
            outcomes.append(_put_unit(module, units.get(unit_spec.code), unit_spec, place, mine))
    gone = _unpublish(modules, {spec.code for spec in specs})
    gone += _unpublish(units, {unit.code for spec in specs for unit in spec.units})
    db.session.flush()
    changed_rules = _raise_versions(course, modules, before)
    if changed_rules or gone or "added" in outcomes:
        courses.touch_everybody(course)
    return Changes(outcomes.count("added"), outcomes.count("changed"), gone, changed_rules)


def record_evidence(unit: Unit, learner: Enrolment, kind: EvidenceKind, *, key: str, at: dt.datetime) -> bool:
    """Record that a learner read, declared or joined; the same again, under any key, adds nothing.

    Return whether something was added. Raise `UnitLocked`, `NotDoneThisWay` or `ClassNotOpen`.
    """
    _refuse_unless_open(unit, learner, kind, at=at)
    if kind is EvidenceKind.JOINED and not rules.may_join(unit.starts_at, minutes=unit.minutes, at=at):
        raise ClassNotOpen(_l("The class can be entered from 15 minutes before it begins until it ends."))
    if queries.standing_entries(unit, learner.id, {kind}):
        return False
    return _add(unit, learner, kind, key=f"{unit.code}:{kind}:{key}", at=at, recorded_at=at)


def record_watching(unit: Unit, learner: Enrolment, report: WatchReport, *, key: str, at: dt.datetime) -> int:
    """Record which parts of a video were played and return the percent watched so far.

    A report that adds nothing to speak of, or comes when enough was watched, is not stored.
    Raise `UnitLocked` or `NotDoneThisWay`.
    """
    _refuse_unless_open(unit, learner, EvidenceKind.WATCHED, at=at)
    known = queries.watch_reports(unit, learner.id)
    percent = watched_percent(known)
    if percent >= NEEDED_PERCENT:
        return percent
    with_this = watched_percent([*known, report])
    seen = [interval for earlier in known for interval in earlier.intervals]
    growth = total_seconds([*seen, *report.intervals]) - total_seconds(seen)
    if growth < LEAST_GROWTH_SECONDS and with_this < NEEDED_PERCENT:
        return percent
    value: dict[str, object] = {
        "intervals": [list(interval) for interval in report.intervals],
        "duration": report.duration_seconds,
        "position": report.position_seconds,
    }
    whole_key = f"{unit.code}:{EvidenceKind.WATCHED}:{key}"
    _add(unit, learner, EvidenceKind.WATCHED, key=whole_key, at=at, recorded_at=at, value=value)
    return with_this


def refuse_locked_quiz(quiz: Quiz, learner: Enrolment, *, at: dt.datetime) -> None:
    """Raise `UnitLocked` when the quiz belongs to a unit that this learner cannot open yet."""
    standing = queries.standings(quiz.course_id, [learner.id], at=at)[learner.id]
    for module in standing.modules:
        for unit in module.units:
            if unit.plan.quiz_id == quiz.id and unit.state is UnitState.LOCKED:
                raise _locked()


def take_back(unit: Unit, learner: Enrolment, *, at: dt.datetime) -> bool:
    """Take back what a learner said themselves about a unit; return whether there was something."""
    entries = queries.standing_entries(unit, learner.id, OWN_WORD)
    return sum(_withdraw(entry, learner, by_id=None, batch="own", at=at) for entry in entries) > 0


def save_attendance(
    unit: Unit,
    learners: Collection[Enrolment],
    present_ids: Collection[int],
    *,
    by_id: int,
    batch: str,
    at: dt.datetime,
) -> int:
    """Mark the learners whose id is given as present, the others as absent; return how many changed.

    Raise `ClassNotOpen` or `NotDoneThisWay`.
    """
    attending = queries.attending(unit, [learner.id for learner in learners])
    changed = 0
    for learner in learners:
        entries = attending.get(learner.id, ())
        if learner.id in present_ids and not entries:
            changed += mark_present(unit, learner, by_id=by_id, batch=batch, at=at)
        elif learner.id not in present_ids and entries:
            changed += (
                sum(_withdraw(entry, learner, by_id=by_id, batch=batch, at=at) for entry in entries) > 0
            )
    return changed


def mark_present(unit: Unit, learner: Enrolment, *, by_id: int, batch: str, at: dt.datetime) -> bool:
    """Record that somebody saw the learner in a live class; a locked module does not matter here.

    Raise `NotDoneThisWay` when the unit is no live class and `ClassNotOpen` before its doors open.
    """
    if unit.type is not UnitType.LIVE:
        raise NotDoneThisWay(_l("Attendance is only kept for live classes."))
    if rules.live_phase(unit.starts_at, minutes=unit.minutes, at=at) is LivePhase.BEFORE:
        raise ClassNotOpen(_l("Attendance can be marked from 15 minutes before the class."))
    ends_at = queries.unit_plan(unit).ends_at
    # Marked days later, the class was still attended on its day, and before a due date that has passed since.
    happened_at = at if ends_at is None else min(at, ends_at)
    key = f"{batch}:{unit.id}"
    return _add(unit, learner, EvidenceKind.PRESENT, key=key, at=happened_at, recorded_at=at, by_id=by_id)


def undo_attendance(unit: Unit, batch: str, *, by_id: int, at: dt.datetime) -> int:
    """Undo what one person saved at once in an attendance list; return how many entries were set right."""
    changed = 0
    for entry in queries.batch_entries(unit, batch, recorded_by_id=by_id):
        learner = entry.enrolment
        if entry.kind is not EvidenceKind.WITHDRAWN:
            changed += _withdraw(entry, learner, by_id=by_id, batch=f"undo-{batch}", at=at)
        elif entry.reverses is not None and entry.reverses.kind in ATTENDED:
            key = f"undo-{batch}:{entry.reverses.id}"
            changed += _add(
                unit,
                learner,
                EvidenceKind.PRESENT,
                key=key,
                at=entry.reverses.at,
                recorded_at=at,
                by_id=by_id,
            )
    return changed


def _specs(document: Mapping[str, object]) -> tuple[ModuleSpec, ...]:
    try:
        specs = read_modules(document)
    except FaultyQuiz as fault:
        raise ModulesNotUsable(
            _l("A quiz of this programme cannot be used: %(fault)s", fault=str(fault))
        ) from fault
    if stuck := rules.stuck_modules({spec.code: spec.prerequisites for spec in specs}):
        codes = ", ".join(sorted(stuck))
        raise ModulesNotUsable(
            _l("These modules wait for each other and could never open: %(codes)s", codes=codes)
        )
    return specs


def _put_module(course: Course, module: Module | None, spec: ModuleSpec, position: int) -> tuple[Module, str]:
    wanted: dict[str, object] = {
        "position": position,
        "title": spec.title,
        "minutes": spec.minutes,
        "due_at": spec.due_at,
        "prerequisites": list(spec.prerequisites),
        "quiz_pass_percent": spec.quiz_pass_percent,
        "published": True,
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
        "quiz_id": quiz.id if quiz is not None else None,
    }
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


def _refuse_unless_open(unit: Unit, learner: Enrolment, kind: EvidenceKind, *, at: dt.datetime) -> None:
    if kind not in rules.accepted_kinds(queries.unit_plan(unit)):
        raise NotDoneThisWay(
            _l("This unit is completed in another way. Open it again and follow what it says.")
        )
    standing = queries.standings(unit.course_id, [learner.id], at=at)[learner.id].unit(unit.code)
    if standing is None or standing.state is UnitState.LOCKED:
        raise _locked()


def _locked() -> UnitLocked:
    return UnitLocked(_l("This unit is still locked. Complete the module that comes before it first."))


def _withdraw(
    entry: UnitEvidence, learner: Enrolment, *, by_id: int | None, batch: str, at: dt.datetime
) -> bool:
    reversal = UnitEvidence(
        enrolment_id=learner.id,
        unit_id=entry.unit_id,
        kind=EvidenceKind.WITHDRAWN,
        at=at,
        recorded_at=at,
        recorded_by_id=by_id,
        value=None,
        key=f"{batch}:withdrawn:{entry.id}",
        reverses_id=entry.id,
    )
    return _insert(reversal, learner)


def _add(
    unit: Unit,
    learner: Enrolment,
    kind: EvidenceKind,
    *,
    key: str,
    at: dt.datetime,
    recorded_at: dt.datetime,
    by_id: int | None = None,
    value: dict[str, object] | None = None,
) -> bool:
    entry = UnitEvidence(
        enrolment_id=learner.id,
        unit_id=unit.id,
        kind=kind,
        at=at,
        recorded_at=recorded_at,
        recorded_by_id=by_id,
        value=value,
        key=key,
        reverses_id=None,
    )
    return _insert(entry, learner)


def _insert(entry: UnitEvidence, learner: Enrolment) -> bool:
    try:
        with db.session.begin_nested():
            db.session.add(entry)
    except IntegrityError:
        # Sent twice: the first one is kept, under the same key or reversing the same entry.
        return False
    courses.touch(learner)
    return True
