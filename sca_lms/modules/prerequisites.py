"""Say what opens a module: all, or any, of some conditions; pure."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from sca_lms.texts import Bilingual

ALL, ANY = "all", "any"
MOST_CONDITIONS = 20


class ConditionKind(StrEnum):
    """What a module can wait for."""

    MODULE = "module"
    DATE = "date"
    QUIZ = "quiz"
    ASSIGNMENT = "assignment"
    GROUP = "group"


SCORED = frozenset({ConditionKind.QUIZ, ConditionKind.ASSIGNMENT})


class PrerequisitesFaulty(ValueError):
    """A document that says nothing that can be waited for."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing to wait for: a module, quiz, assignment or group by its code, or a moment."""

    kind: ConditionKind
    code: str = ""
    percent: int | None = None
    """The score that is needed in a quiz or an assignment, of 100."""
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Prerequisites:
    """What opens a module: every one of the conditions, or any of them; without conditions it is open."""

    conditions: tuple[Condition, ...] = ()
    any_of: bool = False

    def codes(self, kind: ConditionKind) -> tuple[str, ...]:
        """Return what is named of one kind."""
        return tuple(condition.code for condition in self.conditions if condition.kind is kind)


@dataclass(frozen=True, slots=True)
class Activity:
    """A quiz or an assignment that a module waits for, and how good one learner was in it."""

    id: int
    title: Bilingual
    percent: Decimal | None = None


Activities = Mapping[tuple[ConditionKind, str], Activity]
"""Quizzes and assignments by kind and code."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decides about one learner's prerequisites beside what they did in the units."""

    group: str = ""
    activities: Activities = field(default_factory=dict)


def all_modules(codes: Sequence[str]) -> Prerequisites:
    """Return what a programme file means by a list of codes: all of these modules."""
    return Prerequisites(tuple(Condition(ConditionKind.MODULE, code) for code in codes))


def read_prerequisites(document: object) -> Prerequisites:
    """Read what `document_of` wrote, or the plain list of a programme file; raise `PrerequisitesFaulty`."""
    if isinstance(document, list):
        return all_modules([str(code) for code in document])
    if not isinstance(document, Mapping) or len(document) > 1:
        raise PrerequisitesFaulty("expected either all or any")
    if not document:
        return Prerequisites()
    word, rows = next(iter(document.items()))
    if word not in {ALL, ANY} or not isinstance(rows, list) or len(rows) > MOST_CONDITIONS:
        raise PrerequisitesFaulty("expected a list of all or any conditions")
    return Prerequisites(tuple(_condition(row) for row in rows), any_of=word == ANY)


def document_of(prerequisites: Prerequisites) -> dict[str, object]:
    """Return the small document that is stored."""
    rows = [_row(condition) for condition in prerequisites.conditions]
    return {ANY if prerequisites.any_of else ALL: rows}


def missing(
    prerequisites: Prerequisites,
    completed: Mapping[str, bool],
    circumstances: Circumstances,
    *,
    at: dt.datetime,
) -> tuple[Condition, ...]:
    """Return the conditions that are not met, none when the module is open.

    `completed` says for each published module whether it is complete. What is not there any more locks
    nothing: nobody could ever meet it.
    """
    answers = [
        (condition, _is_met(condition, completed, circumstances, at=at))
        for condition in prerequisites.conditions
    ]
    unmet = tuple(condition for condition, met in answers if met is False)
    if prerequisites.any_of and any(met for _condition, met in answers):
        return ()
    return unmet


def stuck_modules(
    wanted: Mapping[str, Prerequisites], homes: Mapping[tuple[ConditionKind, str], str] | None = None
) -> frozenset[str]:
    """Return the modules that wait for each other in a circle, or for one that does: they never open.

    `homes` says in which module a quiz is taken or an assignment is handed in.
    """
    known = dict(homes or {})
    waiting = {code: _needs(rule, wanted, known) for code, rule in wanted.items()}
    open_now: set[str] = set()
    while free := {code for code, needs in waiting.items() if needs(open_now)} - open_now:
        open_now |= free
    return frozenset(waiting) - open_now


@dataclass(frozen=True, slots=True)
class _Needs:
    """What one module needs of the others; `free` says that something else can open it."""

    codes: frozenset[str]
    any_of: bool
    free: bool

    def __call__(self, open_now: set[str]) -> bool:
        if self.any_of:
            return self.free or not self.codes or bool(self.codes & open_now)
        return self.codes <= open_now


def _needs(
    rule: Prerequisites,
    wanted: Mapping[str, Prerequisites],
    homes: Mapping[tuple[ConditionKind, str], str],
) -> _Needs:
    needed: set[str] = set()
    free = False
    for condition in rule.conditions:
        home = (
            condition.code
            if condition.kind is ConditionKind.MODULE
            else homes.get((condition.kind, condition.code))
        )
        if home is not None and home in wanted:
            needed.add(home)
        elif condition.kind is not ConditionKind.MODULE:
            free = True
    return _Needs(frozenset(needed), rule.any_of, free)


def _is_met(
    condition: Condition, completed: Mapping[str, bool], circumstances: Circumstances, *, at: dt.datetime
) -> bool | None:
    """Tell whether a condition is met, None when there is nothing any more that could meet it."""
    match condition.kind:
        case ConditionKind.MODULE:
            return completed.get(condition.code)
        case ConditionKind.DATE:
            return condition.at is None or at >= condition.at
        case ConditionKind.GROUP:
            return circumstances.group == condition.code
        case ConditionKind.QUIZ | ConditionKind.ASSIGNMENT:
            activity = circumstances.activities.get((condition.kind, condition.code))
            if activity is None:
                return None
            return activity.percent is not None and activity.percent >= (condition.percent or 0)


def _condition(row: object) -> Condition:
    if not isinstance(row, Mapping):
        raise PrerequisitesFaulty("a condition is a mapping")
    kinds = [kind for kind in ConditionKind if kind in row]
    if len(kinds) != 1 or not isinstance(row[kinds[0]], str) or not row[kinds[0]]:
        raise PrerequisitesFaulty("a condition names one thing")
    kind, value = kinds[0], str(row[kinds[0]])
    if kind is ConditionKind.DATE:
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError as error:
            raise PrerequisitesFaulty("no such date") from error
        if moment.tzinfo is None:
            raise PrerequisitesFaulty("a date needs its zone")
        return Condition(kind, at=moment.astimezone(dt.UTC))
    percent = row.get("percent")
    if kind in SCORED and (
        isinstance(percent, bool) or not isinstance(percent, int) or not 1 <= percent <= 100
    ):
        raise PrerequisitesFaulty("a score is 1 to 100 percent")
    return Condition(kind, value, percent)


def _row(condition: Condition) -> dict[str, object]:
    if condition.kind is ConditionKind.DATE:
        return {condition.kind.value: condition.at.isoformat() if condition.at else ""}
    row: dict[str, object] = {condition.kind.value: condition.code}
    return {**row, "percent": condition.percent} if condition.kind in SCORED else row
