"""Bring questions into the shape that GIFT and Moodle XML share: answers with percents and feedback."""

from collections.abc import Iterator
from decimal import Decimal

from sca_lms.assessments.formats.drafting import FALSE_TEXT, TRUE_TEXT
from sca_lms.assessments.formats.languages import can_be_told_apart
from sca_lms.assessments.question_parts import (
    ALL,
    NOTHING,
    ChoiceGap,
    GradedNumber,
    NumericGap,
    Option,
    ShortGap,
)
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
)
from sca_lms.texts import Bilingual, worded

_SHARE = Decimal("0.00001")


def option_percents(question: SingleChoice | TrueFalse | MultipleChoice | ChoiceGap) -> list[Decimal]:
    """Return what each option earns; by our rule a wrong tick takes a right one away."""
    right = sum(option.correct for option in question.options)
    share = (ALL / right).quantize(_SHARE).normalize() if isinstance(question, MultipleChoice) else ALL
    wrong = -share if isinstance(question, MultipleChoice) else Decimal(0)
    return [
        (share if option.correct else wrong) if option.percent is None else option.percent
        for option in question.options
    ]


def typed_rows(question: ShortText | ShortGap) -> Iterator[tuple[str, Decimal, Bilingual]]:
    """Yield each text that may be typed, what it earns and what is said to it."""
    said = {each.text: each.feedback for each in question.graded if each.percent == ALL}
    for text in question.accepted:
        yield text, ALL, said.get(text, NOTHING)
    for each in question.graded:
        if each.percent < ALL:
            yield each.text, each.percent, each.feedback


def number_rows(question: Numeric | NumericGap) -> Iterator[tuple[Decimal, Decimal, Decimal, Bilingual]]:
    """Yield each number that may be typed, its tolerance, what it earns and what is said to it."""
    rest = list(question.graded)
    said = NOTHING
    if rest and rest[0] == GradedNumber(question.value, question.tolerance, ALL, rest[0].feedback):
        said = rest.pop(0).feedback
    yield question.value, question.tolerance, ALL, said
    for each in rest:
        yield each.value, each.tolerance, each.percent, each.feedback


def is_standard_truth(question: TrueFalse) -> bool:
    """Tell whether the options read True and False in this order, as other systems have them."""
    return [option.text for option in question.options] == [Bilingual.of(TRUE_TEXT), Bilingual.of(FALSE_TEXT)]


def not_told_apart(question: Question) -> Iterator[str]:
    """Name texts that hold the very marks by which languages are told apart."""
    if not all(map(can_be_told_apart, _texts(question))):
        yield worded("a text that holds {mlang} or a multilang span itself")


def _texts(question: Question) -> Iterator[Bilingual]:
    yield question.prompt
    yield question.feedback
    match question:
        case SingleChoice() | TrueFalse() | MultipleChoice():
            yield from _of_options(question.options)
        case Numeric() | ShortText():
            yield from (each.feedback for each in question.graded)
        case Match():
            yield from (*question.lefts, *question.rights)
        case Order():
            yield from question.items
        case Cloze():
            for gap in question.gaps:
                yield from (
                    _of_options(gap.options)
                    if isinstance(gap, ChoiceGap)
                    else (each.feedback for each in gap.graded)
                )
        case Essay() | FileAnswer():
            yield question.marking_notes


def _of_options(options: tuple[Option, ...]) -> Iterator[Bilingual]:
    for option in options:
        yield option.text
        yield option.feedback
