"""Decide what is complete, what is open, and what is still missing; pure.

Completion is worked out from the plan and the evidence each time somebody looks, and is never stored: so it
cannot go stale. Progress (how much is done), grade (how good the quiz was) and passed are kept apart.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from sca_lms.assessments.rules import Standing as QuizStanding
from sca_lms.modules import discussing
from sca_lms.modules.live_classes import LivePhase, live_phase
from sca_lms.modules.plan import ATTENDED, Evidence, EvidenceKind, ModulePlan, Playback, UnitPlan, UnitType
from sca_lms.modules.prerequisites import Circumstances
from sca_lms.modules.reasons import locks, missing_of
from sca_lms.modules.standing import (
    CourseStanding,
    ModuleStanding,
    ModuleState,
    Reason,
    ReasonKind,
    UnitStanding,
    UnitState,
)
from sca_lms.modules.watching import WatchReport, watched_enough_at, watched_percent

NOTHING_TO_DO = frozenset({ReasonKind.NO_QUIZ, ReasonKind.QUIZ_WAITING})
"""What is missing without the learner being able to do anything about it now."""


def course_standing(
    outline: Sequence[ModulePlan],
    *,
    evidence: Iterable[Evidence],
    quizzes: Mapping[int, QuizStanding],
    at: dt.datetime,
    handed_in: Mapping[int, dt.datetime] | None = None,
    circumstances: Circumstances | None = None,
    extended_to: Mapping[int, dt.datetime] | None = None,
) -> CourseStanding:
    """Work out where a learner stands from everything they did; the order of the evidence does not matter.

    `handed_in` says by assignment when the first version came, `extended_to` by module until when the learner
    has more time.
    """
    around = circumstances or Circumstances()
    outline = [with_own_time(module, (extended_to or {}).get(module.id)) for module in outline]
    by_unit = _by_unit(evidence)
    satisfied = _satisfied(outline, by_unit, quizzes, handed_in or {})
    incomplete = {
        module.code: module
        for module in outline
        if any(satisfied[unit.id] is None for unit in module.units if unit.required)
    }
    titles = {module.code: module.title for module in outline}
    complete = {module.code: module.code not in incomplete for module in outline}
    modules = tuple(
        _module_standing(
            module, locks(module, complete, titles, around, at=at), satisfied, by_unit, quizzes, at=at
        )
        for module in outline
    )
    units = [unit for module in modules for unit in module.units if unit.plan.required]
    done = [unit.satisfied_at for unit in units if unit.satisfied_at is not None]
    return CourseStanding(
        modules=modules,
        next=next_step(unit for module in modules for unit in module.units),
        modules_done=sum(module.completed for module in modules),
        units_done=len(done),
        units_total=len(units),
        progress_percent=progress_percent(len(done), len(units)) if modules else 0,
        completed=bool(modules) and not incomplete,
        satisfied_at=max(done, default=None) if modules and not incomplete else None,
    )


def units_left(
    modules: Sequence[ModulePlan],
    *,
    evidence: Iterable[Evidence],
    quizzes: Mapping[int, QuizStanding],
    handed_in: Mapping[int, dt.datetime],
) -> Mapping[int, int]:
    """Return by module how many required units a learner has still to complete, as `course_standing` says it.

    A module is complete when none is left, whatever locks it; so nothing else has to be known.
    """
    satisfied = _satisfied(modules, _by_unit(evidence), quizzes, handed_in)
    return {
        module.id: sum(unit.required and satisfied[unit.id] is None for unit in module.units)
        for module in modules
    }


def satisfied_at(
    unit: UnitPlan,
    evidence: Sequence[Evidence],
    quiz: QuizStanding | None,
    handed_in_at: dt.datetime | None = None,
) -> dt.datetime | None:
    """Return when the unit was completed, None while it is not.

    A join is only recorded while the doors are open (`may_join`), so it stays valid when a class is moved.
    """
    if unit.type is UnitType.QUIZ:
        return quiz.passed_at if quiz is not None else None
    if unit.type is UnitType.TASK and unit.assignment_id is not None:
        return handed_in_at
    counting = accepted_kinds(unit) | (ATTENDED if unit.type is UnitType.LIVE else frozenset())
    measured = {EvidenceKind.WATCHED, EvidenceKind.POSTED}
    moments = [entry.at for entry in evidence if entry.kind in counting - measured]
    if EvidenceKind.WATCHED in counting:
        reports = [(entry.at, report) for entry, report in _reports(evidence)]
        watched = watched_enough_at(reports, length=unit.video_seconds)
        moments += [watched] if watched is not None else []
    if EvidenceKind.POSTED in counting:
        written = discussing.written_enough_at(evidence, discussing.rule_of(unit))
        moments += [written] if written is not None else []
    return min(moments, default=None)


def accepted_kinds(unit: UnitPlan) -> frozenset[EvidenceKind]:
    """Return what a learner can do in a unit to complete it.

    A quiz is completed by its attempts, and a task with an assignment by handing that in.
    """
    match unit.type:
        case UnitType.READING:
            return frozenset({EvidenceKind.READ})
        case UnitType.VIDEO:
            # Another site's player tells us nothing, so the learner's word counts there, as in a task.
            shown = EvidenceKind.WATCHED if unit.playback is Playback.FILE else EvidenceKind.DECLARED
            return frozenset({shown, EvidenceKind.READ} if unit.has_transcript else {shown})
        case UnitType.LIVE:
            return frozenset({EvidenceKind.JOINED})
        case UnitType.TASK if unit.assignment_id is not None:
            return frozenset()
        case UnitType.TASK:
            return frozenset({EvidenceKind.DECLARED})
        case UnitType.DISCUSSION if unit.discussion is None:
            # It may take place elsewhere, where nobody can count.
            return frozenset({EvidenceKind.POSTED, EvidenceKind.DECLARED})
        case UnitType.DISCUSSION:
            return frozenset({EvidenceKind.POSTED})
        case UnitType.QUIZ:
            return frozenset()


def progress_percent(done: int, total: int) -> int:
    """Return the share of required units that are done, rounded half up; 100 only when nothing is left."""
    if done >= total:
        return 100
    exact = Decimal(done * 100) / total
    return min(99, int(exact.quantize(Decimal(1), ROUND_HALF_UP)))


def rule_of(module: ModulePlan) -> tuple[object, ...]:
    """Return all that decides when a module is complete; its version grows when this changes."""
    units = sorted(
        (
            *(unit.code, unit.type, unit.required, sorted(accepted_kinds(unit))),
            *(unit.quiz_id is not None, unit.video_seconds or 0, unit.assignment_id or 0),
            *(
                (unit.discussion.posts, unit.discussion.characters, unit.discussion.replies)
                if unit.discussion
                else ()
            ),
        )
        for unit in module.units
    )
    conditions = tuple(sorted(map(repr, module.prerequisites.conditions)))
    return (
        *(module.prerequisites.any_of, conditions),
        *(module.quiz_pass_percent, tuple(map(repr, units))),
    )


def next_step(units: Iterable[UnitStanding]) -> UnitStanding | None:
    """Return what to go on with: a class that is on now, else the first open unit, else the next class."""
    waiting = [unit for unit in units if unit.plan.required and not unit.done]
    for states in ({UnitState.NOW}, {UnitState.OPEN, UnitState.LATE}):
        for unit in waiting:
            if unit.state in states and unit.missing and unit.missing.kind not in NOTHING_TO_DO:
                return unit
    upcoming = {
        unit.plan.starts_at: unit
        for unit in reversed(waiting)
        if unit.state is UnitState.UPCOMING and unit.plan.starts_at is not None
    }
    return upcoming[min(upcoming)] if upcoming else None


def _by_unit(evidence: Iterable[Evidence]) -> Mapping[int, Sequence[Evidence]]:
    found: dict[int, list[Evidence]] = defaultdict(list)
    for entry in evidence:
        found[entry.unit_id].append(entry)
    return found


def _satisfied(
    modules: Iterable[ModulePlan],
    by_unit: Mapping[int, Sequence[Evidence]],
    quizzes: Mapping[int, QuizStanding],
    handed_in: Mapping[int, dt.datetime],
) -> Mapping[int, dt.datetime | None]:
    """Return for every unit when it was completed."""
    return {
        unit.id: satisfied_at(
            unit,
            by_unit.get(unit.id, ()),
            quizzes.get(unit.quiz_id or 0),
            handed_in.get(unit.assignment_id or 0),
        )
        for module in modules
        for unit in module.units
    }


def _module_standing(
    module: ModulePlan,
    locked_by: tuple[Reason, ...],
    satisfied: Mapping[int, dt.datetime | None],
    by_unit: Mapping[int, Sequence[Evidence]],
    quizzes: Mapping[int, QuizStanding],
    *,
    at: dt.datetime,
) -> ModuleStanding:
    units = tuple(
        _unit_standing(
            module, unit, satisfied[unit.id], by_unit.get(unit.id, ()), quizzes.get(unit.quiz_id or 0),
            locked=bool(locked_by), at=at,
        )
        for unit in module.units
    )  # fmt: skip
    required = [unit for unit in units if unit.plan.required]
    done = [unit.satisfied_at for unit in required if unit.satisfied_at is not None]
    completed = len(done) == len(required)
    finished_at = max(done, default=None) if completed else None
    grade, passed = _grade(units)
    late = module.due_at is not None and (finished_at or at) > module.due_at and (not completed or bool(done))
    return ModuleStanding(
        plan=module,
        state=_module_state(completed=completed, locked=bool(locked_by), late=late, begun=_begun(units)),
        progress_percent=progress_percent(len(done), len(required)),
        units_done=len(done),
        units_total=len(required),
        grade=grade,
        passed=passed,
        completed=completed,
        satisfied_at=finished_at,
        late=late,
        locked_by=locked_by,
        missing=(*locked_by, *(unit.missing for unit in required if unit.missing is not None)),
        units=units,
        next_unit=next_step(units),
        any_opens=module.prerequisites.any_of and len(locked_by) > 1,
    )


def with_own_time(module: ModulePlan, until: dt.datetime | None) -> ModulePlan:
    """Let a learner's own due date stand for everybody's; it never takes time away."""
    if until is None or module.due_at is None or until <= module.due_at:
        return module
    return replace(module, due_at=until, is_extended=True)


def _module_state(*, completed: bool, locked: bool, late: bool, begun: bool) -> ModuleState:
    if completed:
        return ModuleState.DONE
    if locked:
        return ModuleState.LOCKED
    if late:
        return ModuleState.LATE
    return ModuleState.STARTED if begun else ModuleState.OPEN


def _begun(units: Iterable[UnitStanding]) -> bool:
    return any(unit.done or unit.percent for unit in units)


def _grade(units: Iterable[UnitStanding]) -> tuple[Decimal | None, bool | None]:
    """Return the best grade of the module's quizzes, and whether every one of them is passed.

    While one waits to be marked nothing is said: it is neither passed nor failed.
    """
    graded = [unit for unit in units if unit.plan.quiz_id is not None]
    if not graded:
        return None, None
    percents = [unit.percent for unit in graded if unit.percent is not None]
    waits = any(unit.missing and unit.missing.kind is ReasonKind.QUIZ_WAITING for unit in graded)
    return max(percents, default=None), None if waits else all(unit.done for unit in graded)


def _unit_standing(
    module: ModulePlan,
    unit: UnitPlan,
    finished_at: dt.datetime | None,
    evidence: Sequence[Evidence],
    quiz: QuizStanding | None,
    *,
    locked: bool,
    at: dt.datetime,
) -> UnitStanding:
    percent = _percent(unit, evidence, quiz)
    late = module.due_at is not None and (finished_at or at) > module.due_at
    done = finished_at is not None
    shut = locked or (unit.opens_at is not None and at < unit.opens_at)
    return UnitStanding(
        module_code=module.code,
        plan=unit,
        state=UnitState.DONE if done else UnitState.LOCKED if shut else _open_state(unit, late=late, at=at),
        satisfied_at=finished_at,
        late=late,
        percent=percent,
        missing=None if done else missing_of(module, unit, percent, quiz, at=at, evidence=evidence),
    )


def _open_state(unit: UnitPlan, *, late: bool, at: dt.datetime) -> UnitState:
    if unit.type is UnitType.LIVE:
        match live_phase(unit.starts_at, minutes=unit.minutes, at=at):
            case LivePhase.BEFORE:
                return UnitState.UPCOMING
            case LivePhase.DOORS_OPEN | LivePhase.NOW:
                return UnitState.NOW
            case LivePhase.OVER:
                return UnitState.MISSED
    return UnitState.LATE if late else UnitState.OPEN


def _percent(unit: UnitPlan, evidence: Sequence[Evidence], quiz: QuizStanding | None) -> Decimal | None:
    if unit.type is UnitType.QUIZ:
        return quiz.percent if quiz is not None else None
    if unit.type is UnitType.VIDEO and unit.playback is Playback.FILE:
        reports = [report for _entry, report in _reports(evidence)]
        return Decimal(watched_percent(reports, length=unit.video_seconds))
    return None


def _reports(evidence: Iterable[Evidence]) -> Iterator[tuple[Evidence, WatchReport]]:
    for entry in evidence:
        if entry.kind is EvidenceKind.WATCHED:
            yield entry, WatchReport(entry.watched, entry.duration_seconds)
