"""Say what keeps a module shut, and what is missing in a unit; pure."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from sca_lms.assessments.rules import Standing as QuizStanding
from sca_lms.modules.discussing import lack_of, rule_of
from sca_lms.modules.live_classes import LivePhase, live_phase
from sca_lms.modules.plan import Evidence, ModulePlan, Playback, UnitPlan, UnitType
from sca_lms.modules.prerequisites import Circumstances, Condition, ConditionKind, missing
from sca_lms.modules.standing import Reason, ReasonKind
from sca_lms.modules.watching import NEEDED_PERCENT
from sca_lms.texts import Bilingual


def locks(
    module: ModulePlan,
    complete: Mapping[str, bool],
    titles: Mapping[str, Bilingual],
    circumstances: Circumstances,
    *,
    at: dt.datetime,
) -> tuple[Reason, ...]:
    """Return what keeps a module shut: its release, else what has to come before it."""
    if module.opens_at is not None and at < module.opens_at:
        return (Reason(ReasonKind.OPENS_LATER, module.code, module.title, starts_at=module.opens_at),)
    return tuple(
        _lock(module, condition, titles, circumstances)
        for condition in missing(module.prerequisites, complete, circumstances, at=at)
    )


def _lock(
    module: ModulePlan, condition: Condition, titles: Mapping[str, Bilingual], circumstances: Circumstances
) -> Reason:
    match condition.kind:
        case ConditionKind.MODULE:
            return Reason(ReasonKind.PREREQUISITE, condition.code, titles[condition.code])
        case ConditionKind.DATE:
            return Reason(ReasonKind.WAIT_UNTIL, module.code, module.title, starts_at=condition.at)
        case ConditionKind.GROUP:
            return Reason(ReasonKind.GROUP_ONLY, module.code, module.title, group=condition.code)
        case ConditionKind.QUIZ | ConditionKind.ASSIGNMENT:
            activity = circumstances.activities[condition.kind, condition.code]
            is_quiz = condition.kind is ConditionKind.QUIZ
            return Reason(
                ReasonKind.QUIZ_FIRST if is_quiz else ReasonKind.ASSIGNMENT_FIRST,
                module.code,
                activity.title,
                have=activity.percent,
                needed=condition.percent,
                target_id=activity.id,
            )


def missing_of(
    module: ModulePlan,
    unit: UnitPlan,
    percent: Decimal | None,
    quiz: QuizStanding | None,
    *,
    at: dt.datetime,
    evidence: Sequence[Evidence] = (),
) -> Reason:
    """Return what is still missing in a unit that is not done."""
    if unit.opens_at is not None and at < unit.opens_at:
        return Reason(ReasonKind.OPENS_LATER, module.code, unit.title, unit.code, starts_at=unit.opens_at)
    if unit.type is UnitType.QUIZ:
        return _missing_quiz(module, unit, percent, quiz)
    if unit.type is UnitType.DISCUSSION:
        lack = lack_of(evidence, rule_of(unit))
        return Reason(
            ReasonKind.DISCUSS, module.code, unit.title, unit.code,
            posts=lack.posts, replies=lack.replies, characters=lack.characters,
        )  # fmt: skip
    needed: int | None = None
    match unit.type:
        case UnitType.READING:
            kind = ReasonKind.READ
        case UnitType.VIDEO if unit.playback is Playback.FILE:
            kind, needed = ReasonKind.WATCH, NEEDED_PERCENT
        case UnitType.VIDEO:
            kind = ReasonKind.WATCH_ELSEWHERE
        case UnitType.TASK if unit.assignment_id is not None:
            kind = ReasonKind.HAND_IN
        case UnitType.TASK:
            kind = ReasonKind.DECLARE
        case UnitType.LIVE:
            kind = _missing_class(live_phase(unit.starts_at, minutes=unit.minutes, at=at))
    return Reason(
        kind,
        module.code,
        unit.title,
        unit.code,
        percent,
        needed,
        unit.starts_at,
        has_transcript=unit.has_transcript,
        target_id=unit.assignment_id,
    )


def _missing_quiz(
    module: ModulePlan, unit: UnitPlan, percent: Decimal | None, quiz: QuizStanding | None
) -> Reason:
    needed: int | None = None
    if unit.quiz_id is None:
        kind = ReasonKind.NO_QUIZ
    elif quiz is not None and quiz.waiting:
        # What waits to be marked is neither passed nor failed: there is nothing to do but wait.
        kind = ReasonKind.QUIZ_WAITING
    else:
        kind = ReasonKind.TAKE_QUIZ if percent is None else ReasonKind.QUIZ_TOO_LOW
        needed = module.quiz_pass_percent
    return Reason(kind, module.code, unit.title, unit.code, percent, needed)


def _missing_class(phase: LivePhase) -> ReasonKind:
    match phase:
        case LivePhase.BEFORE:
            return ReasonKind.JOIN_LATER
        case LivePhase.OVER:
            return ReasonKind.MISSED_CLASS
        case LivePhase.DOORS_OPEN | LivePhase.NOW:
            return ReasonKind.JOIN_NOW
