"""Name what is wrong with a module before it is published, and which texts lack a language; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sca_lms.modules.drafts import ModuleDraft, UnitDraft
from sca_lms.modules.plan import Playback, UnitType
from sca_lms.modules.prerequisites import ConditionKind, Prerequisites, stuck_modules
from sca_lms.modules.videos import playback_of
from sca_lms.texts import Bilingual


class FaultKind(StrEnum):
    """What can be wrong with a module or one of its units."""

    NO_TITLE = "no-title"
    NO_UNITS = "no-units"
    DUE_BEFORE_OPENING = "due-before-opening"
    CIRCLE = "circle"
    NO_QUIZ = "no-quiz"
    QUIZ_HIDDEN = "quiz-hidden"
    NO_VIDEO = "no-video"
    VIDEO_UNPLAYABLE = "video-unplayable"
    NO_TEXT = "no-text"
    NO_QUESTION = "no-question"
    NO_TIME = "no-time"
    NO_ROOM = "no-room"
    ASSIGNMENT_HIDDEN = "assignment-hidden"
    UNIT_AFTER_DUE = "unit-after-due"
    NOT_TRANSLATED = "not-translated"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; one that blocks has to be mended before publishing."""

    kind: FaultKind
    unit: UnitDraft | None = None
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What a module is judged by beside itself: the other modules, and what is published in the course."""

    code: str
    others: Mapping[str, Prerequisites]
    """By the code of each other published module."""
    homes: Mapping[tuple[ConditionKind, str], str]
    """The module in which a quiz is taken or an assignment handed in; the module's own are added."""
    quiz_codes: Mapping[int, str]
    assignment_codes: Mapping[int, str]
    published_quizzes: frozenset[int]
    published_assignments: frozenset[int]


def faults_of(draft: ModuleDraft, around: Around) -> list[Fault]:
    """Return all that is wrong with a draft, what blocks first."""
    found = [
        *_module_faults(draft, around),
        *(each for unit in draft.units for each in _unit_faults(draft, unit, around)),
    ]
    return sorted(found, key=lambda fault: not fault.blocks)


def is_stuck(draft: ModuleDraft, around: Around) -> bool:
    """Tell whether the module could never open, or would keep another one from ever opening."""
    homes = {key: home for key, home in around.homes.items() if home != around.code}
    for unit in draft.units:
        if unit.quiz_id is not None and unit.quiz_id in around.quiz_codes:
            homes[ConditionKind.QUIZ, around.quiz_codes[unit.quiz_id]] = around.code
        if unit.assignment_id is not None and unit.assignment_id in around.assignment_codes:
            homes[ConditionKind.ASSIGNMENT, around.assignment_codes[unit.assignment_id]] = around.code
    known = dict(around.others)
    before = stuck_modules(known, homes)
    return bool(stuck_modules({**known, around.code: draft.prerequisites}, homes) - before)


def lacking(text: Bilingual) -> tuple[str, ...]:
    """Return the languages in which a text that there is has not been written."""
    if not (text.th.strip() or text.en.strip()):
        return ()
    return tuple(language for language in ("th", "en") if not getattr(text, language).strip())


def texts_of(draft: ModuleDraft) -> Iterator[tuple[UnitDraft | None, str, Bilingual]]:
    """Yield every text of a module in two languages, with its unit and field."""
    yield None, "title", draft.title
    for unit in draft.units:
        for name in ("title", "body", "transcript"):
            yield unit, name, getattr(unit, name)


def _module_faults(draft: ModuleDraft, around: Around) -> Iterator[Fault]:
    if not _has_text(draft.title):
        yield Fault(FaultKind.NO_TITLE, blocks=True)
    if not draft.units:
        yield Fault(FaultKind.NO_UNITS, blocks=True)
    if draft.opens_at is not None and draft.due_at is not None and draft.due_at <= draft.opens_at:
        yield Fault(FaultKind.DUE_BEFORE_OPENING, blocks=True)
    if is_stuck(draft, around):
        yield Fault(FaultKind.CIRCLE, blocks=True)
    if lacking(draft.title):
        yield Fault(FaultKind.NOT_TRANSLATED)


def _unit_faults(draft: ModuleDraft, unit: UnitDraft, around: Around) -> Iterator[Fault]:
    if not _has_text(unit.title):
        yield Fault(FaultKind.NO_TITLE, unit, blocks=True)
    yield from _own_faults(unit, around)
    if draft.due_at is not None and unit.opens_at is not None and unit.opens_at >= draft.due_at:
        yield Fault(FaultKind.UNIT_AFTER_DUE, unit)
    if any(lacking(text) for text in (unit.title, unit.body, unit.transcript)):
        yield Fault(FaultKind.NOT_TRANSLATED, unit)


def _own_faults(unit: UnitDraft, around: Around) -> Iterator[Fault]:
    """Yield what only a unit of this type can lack."""
    match unit.type:
        case UnitType.QUIZ if unit.quiz_id is None:
            # Nobody could pass it, so a required one would keep everybody from completing the module.
            yield Fault(FaultKind.NO_QUIZ, unit, blocks=unit.required)
        case UnitType.QUIZ if unit.quiz_id not in around.published_quizzes:
            yield Fault(FaultKind.QUIZ_HIDDEN, unit, blocks=unit.required)
        case UnitType.VIDEO if not unit.video_url:
            yield Fault(FaultKind.NO_VIDEO, unit)
        case UnitType.VIDEO if playback_of(unit.video_url) is Playback.NONE:
            yield Fault(FaultKind.VIDEO_UNPLAYABLE, unit)
        case UnitType.READING if not _has_text(unit.body):
            yield Fault(FaultKind.NO_TEXT, unit)
        case UnitType.DISCUSSION if not _has_text(unit.body):
            yield Fault(FaultKind.NO_QUESTION, unit)
        case UnitType.LIVE if unit.starts_at is None:
            yield Fault(FaultKind.NO_TIME, unit)
        case UnitType.LIVE if not unit.join_url and not unit.room:
            yield Fault(FaultKind.NO_ROOM, unit)
        case UnitType.TASK if unit.assignment_id not in {None, *around.published_assignments}:
            yield Fault(FaultKind.ASSIGNMENT_HIDDEN, unit, blocks=unit.required)


def _has_text(text: Bilingual) -> bool:
    return bool(text.th.strip() or text.en.strip())
