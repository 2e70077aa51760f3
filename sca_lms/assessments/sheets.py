"""Lay questions out for a page: in their shuffled order, with what was answered and what would be right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from sca_lms.assessments.answers import (
    Answer,
    arrangement,
    is_complete,
    key_of,
    parse_answer,
    rows,
    score,
    to_page,
)
from sca_lms.assessments.models import Attempt, QuestionVersion, Response
from sca_lms.assessments.question_types import (
    Match,
    MultipleChoice,
    Numeric,
    Order,
    Question,
    ShortText,
    SingleChoice,
    TrueFalse,
    parse_question,
)
from sca_lms.texts import Bilingual


class Outcome(StrEnum):
    """How an answer did."""

    RIGHT = "right"
    PART = "part"
    WRONG = "wrong"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class OptionLine:
    """One thing to tick; `value` is what the page sends for it."""

    value: str
    text: Bilingual
    chosen: bool
    correct: bool


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row with a list to choose from: what was chosen there, and what belongs there."""

    name: str
    text: Bilingual
    value: str
    given: Bilingual | None
    wanted: Bilingual


@dataclass(frozen=True, slots=True)
class Sheet:
    """One question on a page; `sent` holds what its fields show, as `answers.from_page` reads it."""

    position: int
    question: Question
    places: tuple[int, ...]
    sent: tuple[str, ...]
    earned: Decimal | None
    outcome: Outcome
    complete: bool
    error: str | None = None

    @property
    def name(self) -> str:
        """Return the name of the question's field, and the beginning of its rows' names."""
        return f"a{self.position}"

    @property
    def number(self) -> int:
        """Return the number that people see."""
        return self.position + 1

    @property
    def field_names(self) -> list[str]:
        """Return the names of all fields: one a row for match and order, otherwise one."""
        if isinstance(self.question, Match | Order):
            return [f"{self.name}-{row}" for row in range(rows(self.question))]
        return [self.name]

    @property
    def options(self) -> list[OptionLine]:
        """Return the options in the order shown; empty where nothing is to be ticked."""
        if not isinstance(self.question, SingleChoice | TrueFalse | MultipleChoice):
            return []
        shown = [self.question.options[index] for index in self.places]
        return [
            OptionLine(str(place), option.text, chosen=str(place) in self.sent, correct=option.correct)
            for place, option in enumerate(shown)
        ]

    @property
    def choices(self) -> list[tuple[str, Bilingual]]:
        """Return value and text of what can be chosen in each row of a match."""
        if not isinstance(self.question, Match):
            return []
        return [(str(place), self.question.rights[index]) for place, index in enumerate(self.places)]

    @property
    def rows(self) -> list[RowLine]:
        """Return the rows of a match or an order as shown."""
        match self.question:
            case Match() as question:
                chosen = dict(self.choices)
                return [
                    RowLine(name, left, value, chosen.get(value), question.rights[wanted])
                    for name, left, value, wanted in zip(
                        self.field_names, question.lefts, self.sent, question.key, strict=True
                    )
                ]
            case Order() as question:
                shown = [question.items[index] for index in self.places]
                return [
                    RowLine(name, item, value, item if value else None, item)
                    for name, item, value in zip(self.field_names, shown, self.sent, strict=True)
                ]
            case _:
                return []

    @property
    def rows_as_placed(self) -> list[RowLine]:
        """Return the items of an order as the learner put them; those without a place come last."""
        return sorted(self.rows, key=lambda row: (not row.value, int(row.value or 0)))

    @property
    def right_order(self) -> tuple[Bilingual, ...]:
        """Return the items of an order as they should stand."""
        return self.question.items if isinstance(self.question, Order) else ()

    @property
    def typed(self) -> str:
        """Return the text in the field of a numeric or short question."""
        return next(iter(self.sent), "")

    @property
    def solution(self) -> list[str]:
        """Return in words what would be right for a typed answer."""
        match self.question:
            case ShortText() as question:
                return list(question.accepted)
            case Numeric() as question:
                spread = f" ± {question.tolerance:f}" if question.tolerance else ""
                return [f"{question.value:,f}{spread}"]
            case _:
                return []


def attempt_sheets(attempt: Attempt, responses: Sequence[Response]) -> list[Sheet]:
    """Lay out a learner's attempt with what is stored."""
    laid_out = []
    for response in responses:
        question = parse_question(response.question_version.document)
        key = f"{attempt.seed}:{response.question_version.question.code}"
        places = arrangement(question, key=key, shuffle=attempt.shuffled)
        answer = parse_answer(question, response.answer)
        laid_out.append(_sheet(response.position, question, places, answer, earned=response.score))
    return laid_out


def key_sheets(versions: Sequence[QuestionVersion]) -> list[Sheet]:
    """Lay out questions as written with the right answers filled in, for those who teach."""
    laid_out = []
    for position, version in enumerate(versions):
        question = parse_question(version.document)
        answer = key_of(question)
        places = tuple(range(_offered(question)))
        laid_out.append(_sheet(position, question, places, answer, earned=None))
    return laid_out


def as_sent(sheet: Sheet, sent: Sequence[str], error: str | None) -> Sheet:
    """Show what a form held instead of what is stored, with what is wrong with it."""
    return replace(sheet, sent=tuple(sent), error=error)


def missing(sheets: Sequence[Sheet], answers: Mapping[int, Answer]) -> list[int]:
    """Return the numbers of questions that would be handed in without a whole answer."""
    return [sheet.number for sheet in sheets if not is_complete(answers.get(sheet.position))]


def _sheet(
    position: int, question: Question, places: tuple[int, ...], answer: Answer, *, earned: Decimal | None
) -> Sheet:
    points = score(question, answer)
    if answer is None:
        outcome = Outcome.BLANK
    elif points == question.points:
        outcome = Outcome.RIGHT
    else:
        outcome = Outcome.PART if points else Outcome.WRONG
    return Sheet(
        position=position,
        question=question,
        places=places,
        sent=tuple(to_page(question, places, answer)),
        earned=earned,
        outcome=outcome,
        complete=is_complete(answer),
    )


def _offered(question: Question) -> int:
    match question:
        case SingleChoice() | TrueFalse() | MultipleChoice():
            return len(question.options)
        case Match():
            return len(question.rights)
        case Order():
            return len(question.items)
        case Numeric() | ShortText():
            return 0
