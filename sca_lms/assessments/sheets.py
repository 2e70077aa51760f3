"""Lay questions out for a page: in their shuffled order, with what was answered and what would be right."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from markupsafe import Markup

from sca_lms.assessments.answers import (
    Answer,
    arrangement,
    gap_percent,
    is_complete,
    key_of,
    parse_answer,
    rows,
    score,
    to_page,
)
from sca_lms.assessments.known_questions import question_of
from sca_lms.assessments.models import Attempt, QuestionVersion, Response
from sca_lms.assessments.prompts import in_pieces
from sca_lms.assessments.question_parts import ALL, ChoiceGap, Gap, NumericGap, PromptFormat, ShortGap
from sca_lms.assessments.question_types import (
    Cloze,
    Essay,
    FileAnswer,
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
from sca_lms.assessments.refusals import BadAnswer
from sca_lms.assessments.written_answers import word_count
from sca_lms.texts import Bilingual


class Outcome(StrEnum):
    """How an answer did."""

    RIGHT = "right"
    PART = "part"
    WRONG = "wrong"
    BLANK = "blank"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class OptionLine:
    """One thing to tick; `value` is what the page sends for it."""

    value: str
    text: Bilingual
    chosen: bool
    correct: bool
    feedback: Bilingual


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row with a list to choose from: what was chosen there, and what belongs there."""

    name: str
    text: Bilingual
    value: str
    given: Bilingual | None
    wanted: Bilingual


@dataclass(frozen=True, slots=True)
class GapLine:
    """One gap: what stands in it, and in words what would be right; `options` only where one is chosen."""

    name: str
    number: int
    kind: str
    value: str
    options: list[tuple[str, Bilingual]]
    given: Bilingual | None
    wanted: list[Bilingual]
    right: bool


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
    pictures: tuple[tuple[str, str], ...] = ()
    file_link: str | None = None

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
        """Return the names of all fields: one a row for match and order, one a gap, otherwise one."""
        if isinstance(self.question, Match | Order | Cloze):
            return [f"{self.name}-{row}" for row in range(rows(self.question))]
        return [self.name]

    @property
    def is_long(self) -> bool:
        """Tell whether the prompt is more than a line of text: it has markup, pictures or gaps."""
        return self.question.prompt_format is PromptFormat.MARKDOWN or isinstance(self.question, Cloze)

    def pieces(self, language: str) -> list[Markup | int]:
        """Return the prompt as HTML, with the numbers of its gaps between the pieces; each gap once."""
        return in_pieces(self.question, language, self.pictures)

    @property
    def gaps(self) -> list[GapLine]:
        """Return the gaps in the order of their numbers."""
        if not isinstance(self.question, Cloze):
            return []
        return [
            _gap_line(gap, name, number, value)
            for number, (gap, name, value) in enumerate(
                zip(self.question.gaps, self.field_names, self.sent, strict=True), start=1
            )
        ]

    @property
    def keeps_file(self) -> bool:
        """Tell whether a file was handed in before."""
        return isinstance(self.question, FileAnswer) and self.complete

    @property
    def words(self) -> int:
        """Return about how many words an essay has."""
        return word_count(self.typed)

    @property
    def marking_notes(self) -> Bilingual | None:
        """Return what those who mark are to look for."""
        return self.question.marking_notes if isinstance(self.question, Essay | FileAnswer) else None

    @property
    def options(self) -> list[OptionLine]:
        """Return the options in the order shown; empty where nothing is to be ticked."""
        if not isinstance(self.question, SingleChoice | TrueFalse | MultipleChoice):
            return []
        shown = [self.question.options[index] for index in self.places]
        return [
            OptionLine(
                str(place),
                option.text,
                str(place) in self.sent,
                correct=option.correct,
                feedback=option.feedback,
            )
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
        """Return the text in the field of a numeric or short question or of an essay."""
        return next(iter(self.sent), "")

    @property
    def solution(self) -> list[str]:
        """Return in words what would be right for a typed answer."""
        match self.question:
            case ShortText() as question:
                return list(question.accepted)
            case Numeric() as question:
                return [number_in_words(question.value, question.tolerance)]
            case _:
                return []


def asked_question(response: Response) -> Question:
    """Return the question of a response, worth what it was worth in its attempt."""
    version = response.question_version
    return replace(question_of(version.id, version.document), points=response.max_points)


def attempt_sheets(
    attempt: Attempt,
    responses: Sequence[Response],
    *,
    picture_url: Callable[[Response, str], str] | None = None,
    file_url: Callable[[int], str] | None = None,
) -> list[Sheet]:
    """Lay out a learner's attempt with what is stored.

    `picture_url` gives the address of a picture of a response's question by its name, `file_url` that of
    a stored file by its number; without them there are only a picture's words and the mark of a file.
    """
    laid_out = []
    for response in responses:
        question = asked_question(response)
        key = f"{attempt.seed}:{response.question_version.question.code}"
        places = arrangement(question, key=key, shuffle=attempt.shuffled)
        answer = parse_answer(question, response.answer)
        sheet = _sheet(response.position, question, places, answer, earned=response.score)
        if picture_url is not None:
            names = [attachment.name for attachment in question.attachments]
            sheet = replace(sheet, pictures=tuple((name, picture_url(response, name)) for name in names))
        if file_url is not None and isinstance(question, FileAnswer) and isinstance(answer, int):
            sheet = replace(sheet, file_link=file_url(answer))
        laid_out.append(sheet)
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
    """Return the numbers of questions that would be handed in without a whole answer.

    A file that was handed in before stays, so a question for a file may have an answer that was not sent.
    """
    return [
        sheet.number
        for sheet in sheets
        if not (is_complete(answers[sheet.position]) if sheet.position in answers else sheet.keeps_file)
    ]


def _sheet(
    position: int, question: Question, places: tuple[int, ...], answer: Answer, *, earned: Decimal | None
) -> Sheet:
    outcome = _outcome(question, answer, earned)
    return Sheet(
        position=position,
        question=question,
        places=places,
        sent=tuple(to_page(question, places, answer)),
        earned=earned,
        outcome=outcome,
        complete=is_complete(answer),
    )


def _outcome(question: Question, answer: Answer, earned: Decimal | None) -> Outcome:
    """Tell how an answer did: what a person marked by hand counts as marked, the rest as the rules say."""
    if answer is None:
        return Outcome.BLANK
    points = earned if question.needs_marking else score(question, answer)
    if points is None:
        return Outcome.WAITING
    if points >= question.points:
        return Outcome.RIGHT
    return Outcome.PART if points else Outcome.WRONG


def _gap_line(gap: Gap, name: str, number: int, value: str) -> GapLine:
    """Lay out one gap; `value` is what its field holds, which may be nothing that can be taken."""
    options: list[tuple[str, Bilingual]] = []
    filled: int | str | None = value or None
    match gap:
        case ChoiceGap():
            options = [(str(index), option.text) for index, option in enumerate(gap.options)]
            filled = next((index for index, (place, _) in enumerate(options) if place == value), None)
            given = None if filled is None else gap.options[filled].text
            wanted = [option.text for option in gap.options if option.correct]
        case ShortGap():
            given, wanted = Bilingual.of(value), [Bilingual.of(text) for text in gap.accepted]
        case NumericGap():
            given, wanted = Bilingual.of(value), [Bilingual.of(number_in_words(gap.value, gap.tolerance))]
    return GapLine(name, number, gap.kind, value, options, given or None, wanted, _is_right(gap, filled))


def _is_right(gap: Gap, filled: int | str | None) -> bool:
    try:
        return gap_percent(gap, filled) == ALL
    except BadAnswer:
        # The field holds what was sent back as no number.
        return False


def number_in_words(value: Decimal, tolerance: Decimal) -> str:
    """Write a number that is right, and how far off it may be."""
    return f"{value:,f} ± {tolerance:f}" if tolerance else f"{value:,f}"


def _offered(question: Question) -> int:
    match question:
        case SingleChoice() | TrueFalse() | MultipleChoice():
            return len(question.options)
        case Match():
            return len(question.rights)
        case Order():
            return len(question.items)
        case Numeric() | ShortText() | Cloze() | Essay() | FileAnswer():
            return 0
