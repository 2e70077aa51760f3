"""Say where one learner stands: what is done, what is open, and why something is not complete yet; pure."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sca_lms.modules.plan import ModulePlan, UnitPlan
from sca_lms.texts import Bilingual


class UnitState(StrEnum):
    """Where a unit stands for one learner."""

    LOCKED = "locked"
    UPCOMING = "upcoming"
    OPEN = "open"
    NOW = "now"
    MISSED = "missed"
    LATE = "late"
    DONE = "done"


class ModuleState(StrEnum):
    """Where a module stands for one learner."""

    LOCKED = "locked"
    OPEN = "open"
    STARTED = "started"
    LATE = "late"
    DONE = "done"


class ReasonKind(StrEnum):
    """What is still missing; a template turns it into words with a link."""

    PREREQUISITE = "prerequisite"
    READ = "read"
    WATCH = "watch"
    WATCH_ELSEWHERE = "watch-elsewhere"
    DECLARE = "declare"
    JOIN_LATER = "join-later"
    JOIN_NOW = "join-now"
    MISSED_CLASS = "missed-class"
    TAKE_QUIZ = "take-quiz"
    QUIZ_TOO_LOW = "quiz-too-low"
    QUIZ_WAITING = "quiz-waiting"
    NO_QUIZ = "no-quiz"
    HAND_IN = "hand-in"
    DISCUSS = "discuss"
    OPENS_LATER = "opens-later"
    WAIT_UNTIL = "wait-until"
    QUIZ_FIRST = "quiz-first"
    ASSIGNMENT_FIRST = "assignment-first"
    GROUP_ONLY = "group-only"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is missing: where, how much of it there is and how much there must be (percent)."""

    kind: ReasonKind
    module_code: str
    title: Bilingual
    unit_code: str | None = None
    have: Decimal | None = None
    needed: int | None = None
    starts_at: dt.datetime | None = None
    has_transcript: bool = False
    target_id: int | None = None
    """The quiz or the assignment that the link leads to."""
    group: str = ""
    posts: int = 0
    """How many posts are still to be written in a discussion, `replies` of them in answer to others."""
    replies: int = 0
    characters: int = 0
    """How long each of these has to be, without spaces."""


@dataclass(frozen=True, slots=True)
class UnitStanding:
    """Where one learner stands in one unit; `late` says it was done, or is still open, after the due date."""

    module_code: str
    plan: UnitPlan
    state: UnitState
    satisfied_at: dt.datetime | None
    late: bool
    percent: Decimal | None
    """The grade of a quiz or the watched share of a video."""
    missing: Reason | None

    @property
    def done(self) -> bool:
        """Tell whether nothing is left to do here."""
        return self.satisfied_at is not None


@dataclass(frozen=True, slots=True)
class ModuleStanding:
    """Where one learner stands in one module."""

    plan: ModulePlan
    state: ModuleState
    progress_percent: int
    units_done: int
    units_total: int
    grade: Decimal | None
    passed: bool | None
    """Whether the grade reaches the pass mark; None for a module without a quiz."""
    completed: bool
    satisfied_at: dt.datetime | None
    late: bool
    locked_by: tuple[Reason, ...]
    missing: tuple[Reason, ...]
    units: tuple[UnitStanding, ...]
    next_unit: UnitStanding | None
    any_opens: bool = False
    """Whether any of what locks the module would open it alone."""

    @property
    def code(self) -> str:
        """Return the module's code."""
        return self.plan.code

    @property
    def title(self) -> Bilingual:
        """Return the module's title."""
        return self.plan.title

    @property
    def due_at(self) -> dt.datetime | None:
        """Return when the learner should have completed the module."""
        return self.plan.due_at


@dataclass(frozen=True, slots=True)
class CourseStanding:
    """Where one learner stands in all modules; units are counted only where they are required."""

    modules: tuple[ModuleStanding, ...]
    next: UnitStanding | None
    modules_done: int
    units_done: int
    units_total: int
    progress_percent: int
    completed: bool
    satisfied_at: dt.datetime | None

    @property
    def modules_total(self) -> int:
        """Return how many modules there are."""
        return len(self.modules)

    @property
    def late(self) -> bool:
        """Tell whether a module that is not complete is past its due date."""
        return any(module.state is ModuleState.LATE for module in self.modules)

    def module(self, code: str) -> ModuleStanding | None:
        """Return the standing in one module."""
        return next((module for module in self.modules if module.code == code), None)

    def unit(self, code: str) -> UnitStanding | None:
        """Return the standing in one unit."""
        return next(
            (unit for module in self.modules for unit in module.units if unit.plan.code == code), None
        )
