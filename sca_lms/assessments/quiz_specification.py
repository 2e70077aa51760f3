"""Read a quiz of a programme file: its rules and its questions, with every fault named in one pass."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sca_lms.assessments.question_types import Question, parse_question
from sca_lms.assessments.refusals import FaultyQuestion
from sca_lms.assessments.rules import Grading
from sca_lms.programmes.schema_modules import LONGEST_LIMIT_MINUTES, MOST_ATTEMPTS
from sca_lms.texts import Bilingual, worded

LONGEST_CODE = 64
MOST_QUESTIONS = 200


@dataclass(frozen=True, slots=True)
class QuizSpec:
    """A quiz as a programme file wants it; `questions` are pairs of code and question."""

    code: str
    title: Bilingual
    questions: tuple[tuple[str, Question], ...]
    attempts_allowed: int | None = None
    grading: Grading = Grading.HIGHEST
    time_limit_minutes: int | None = None
    shuffle: bool = False
    pass_percent: int | None = None
    opens_at: dt.datetime | None = None
    closes_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and in which field of the quiz, such as `questions[2].options`."""

    field: str
    reason: str


class FaultyQuiz(ValueError):
    """A quiz that cannot be stored, with everything that is wrong with it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.reason}" for fault in faults))
        self.faults = tuple(faults)


def parse_quiz(
    code: str,
    title: Bilingual,
    settings: Mapping[str, object],
    questions: object,
    *,
    pass_percent: object = None,
    opens_at: dt.datetime | None = None,
    closes_at: dt.datetime | None = None,
) -> QuizSpec:
    """Read the `quiz` and `questions` fields of a module; raise `FaultyQuiz` with all that is wrong."""
    faults: list[Fault] = []
    if not code or len(code) > LONGEST_CODE:
        faults.append(
            Fault(
                "code", worded("must have between 1 and %(longest_code)s letters", longest_code=LONGEST_CODE)
            )
        )
    if opens_at is not None and closes_at is not None and closes_at <= opens_at:
        faults.append(Fault("closes_at", worded("lies before the opening")))
    grading = settings.get("grading", Grading.HIGHEST)
    if grading not in list(Grading):
        faults.append(
            Fault(
                "quiz.grading",
                worded("%(grading)r is not one of %(choices)s", grading=grading, choices=", ".join(Grading)),
            )
        )
    shuffle = settings.get("shuffle", False)
    if not isinstance(shuffle, bool):
        faults.append(Fault("quiz.shuffle", worded("must be true or false")))
    attempts = _whole(settings.get("attempts"), "quiz.attempts", MOST_ATTEMPTS, faults)
    limit = _whole(
        settings.get("time_limit_minutes"), "quiz.time_limit_minutes", LONGEST_LIMIT_MINUTES, faults
    )
    mark = _whole(pass_percent, "pass_percent", 100, faults)
    parsed = _questions(questions, faults)
    if faults:
        raise FaultyQuiz(faults)
    return QuizSpec(
        code=code,
        title=title,
        questions=parsed,
        attempts_allowed=attempts,
        grading=Grading(str(grading)),
        time_limit_minutes=limit,
        shuffle=bool(shuffle),
        pass_percent=mark,
        opens_at=opens_at,
        closes_at=closes_at,
    )


def _questions(raw: object, faults: list[Fault]) -> tuple[tuple[str, Question], ...]:
    if not isinstance(raw, Sequence) or isinstance(raw, str | bytes) or not 1 <= len(raw) <= MOST_QUESTIONS:
        faults.append(
            Fault(
                "questions",
                worded("must be a list of 1 to %(most_questions)s questions", most_questions=MOST_QUESTIONS),
            )
        )
        return ()
    parsed: dict[str, Question] = {}
    for index, mapping in enumerate(raw):
        place = f"questions[{index}]"
        code = mapping.get("id") if isinstance(mapping, Mapping) else None
        if not isinstance(code, str) or not 1 <= len(code) <= LONGEST_CODE:
            faults.append(
                Fault(
                    f"{place}.id",
                    worded("must be a text of at most %(longest_code)s letters", longest_code=LONGEST_CODE),
                )
            )
        elif code in parsed:
            faults.append(Fault(f"{place}.id", worded("%(code)s is used twice", code=code)))
        else:
            try:
                parsed[code] = parse_question(mapping)
            except FaultyQuestion as fault:
                faults.append(Fault(f"{place}.{fault.field}", fault.reason))
    return tuple(parsed.items())


def _whole(value: object, field: str, most: int, faults: list[Fault]) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        faults.append(Fault(field, worded("must be a whole number from 1 to %(most)s", most=most)))
        return None
    return value
