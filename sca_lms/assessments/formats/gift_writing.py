"""Write GIFT: https://docs.moodle.org/en/GIFT_format, and say what it cannot carry."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from sca_lms.assessments.formats.bank import BankQuestion, Loss
from sca_lms.assessments.formats.gift_text import escaped, mark
from sca_lms.assessments.formats.languages import in_one
from sca_lms.assessments.formats.writing import (
    is_standard_truth,
    not_told_apart,
    number_rows,
    option_percents,
    typed_rows,
)
from sca_lms.assessments.question_parts import PromptFormat
from sca_lms.assessments.question_types import (
    Essay,
    Match,
    MultipleChoice,
    Numeric,
    Question,
    ShortText,
    SingleChoice,
    TrueFalse,
)
from sca_lms.texts import Bilingual, worded

_CARRIED = (SingleChoice, MultipleChoice, TrueFalse, Numeric, ShortText, Match, Essay)
_LIKE_A_MARK = re.compile(r"\s*[\[%]")


def write_gift(questions: Sequence[BankQuestion]) -> str:
    """Return questions as a GIFT file; what it cannot carry is named by `lost_in_gift` and in comments."""
    blocks, category = [], ""
    for each in questions:
        if each.category != category:
            category = each.category
            blocks.append(f"$CATEGORY: $course$/top{'/' if category else ''}{category}")
        blocks.append("\n".join(_block(each)))
    return "\n\n".join(blocks) + "\n"


def lost_in_gift(questions: Sequence[BankQuestion]) -> tuple[Loss, ...]:
    """Name everything of these questions that GIFT cannot carry."""
    return tuple(Loss(each.code, what) for each in questions for what in _losses(each))


def _losses(each: BankQuestion) -> Iterator[str]:
    question = each.question
    if not isinstance(question, _CARRIED):
        yield worded("a question of type %(type)s", type=question.type)
        return
    if question.points != 1:
        yield worded("points")
    if question.attachments:
        yield worded("pictures")
    if isinstance(question, ShortText) and any("->" in row for row in _rows(question)):
        yield worded("an arrow in a typed answer")
    match question:
        case ShortText(case_sensitive=True):
            yield worded("that capital letters matter")
        case TrueFalse() if not is_standard_truth(question):
            yield worded("own words for true and false (written as a single choice)")
        case Match() if any("->" in in_one(left) for left in question.lefts):
            yield worded("an arrow in a pair")
        case Essay() if question.words_at_most is not None or question.marking_notes:
            yield worded("the number of words and notes for marking")
    yield from not_told_apart(question)


def _block(each: BankQuestion) -> Iterator[str]:
    losses = list(_losses(each))
    marks = " ".join(mark("tag", tag) for tag in each.tags)
    if marks:
        yield f"// {marks}"
    for what in losses:
        yield f"// not carried by GIFT: {what}"
    question = each.question
    if not isinstance(question, _CARRIED):
        return
    written = "markdown" if question.prompt_format is PromptFormat.MARKDOWN else "plain"
    rows = list(_rows(question))
    if question.feedback:
        rows.append(f"####{_text(question.feedback)}")
    head = f"::{escaped(each.code)}::[{written}]{escaped(in_one(question.prompt))} {{"
    if isinstance(question, Numeric | TrueFalse) and not question.feedback and len(rows) == 1:
        yield f"{head}{rows[0]}}}"
    elif not rows:
        yield f"{head}}}"
    else:
        yield "\n".join([head, *(f"\t{row}" for row in rows), "}"])


def _rows(question: Question) -> Iterator[str]:
    match question:
        case TrueFalse() if is_standard_truth(question):
            yield _truth(question)
        case SingleChoice() | TrueFalse() | MultipleChoice():
            yield from _option_rows(question)
        case ShortText():
            for text, percent, feedback in typed_rows(question):
                yield f"={_share(percent, text)}{escaped(text.replace('*', chr(92) + '*'))}{_said(feedback)}"
        case Numeric():
            yield "#"
            for value, tolerance, percent, feedback in number_rows(question):
                yield f"=%{percent:f}%{value:f}:{tolerance:f}{_said(feedback)}"
        case Match():
            yield from _pair_rows(question)
        case _:
            return


def _pair_rows(question: Match) -> Iterator[str]:
    for left, right in zip(question.lefts, question.key, strict=True):
        yield f"={_text(left)} -> {_text(question.rights[right])}"
    for index, apart in enumerate(question.rights):
        if index not in question.key:
            yield f"= -> {_text(apart)}"


def _option_rows(question: SingleChoice | TrueFalse | MultipleChoice) -> Iterator[str]:
    single = not isinstance(question, MultipleChoice)
    for option, percent in zip(question.options, option_percents(question), strict=True):
        start = "=" if single and option.correct else "~"
        share = "" if single and percent in {0, 100} else f"%{percent:f}%"
        yield f"{start}{share}{_text(option.text)}{_said(option.feedback)}"


def _truth(question: TrueFalse) -> str:
    right = question.options[0].correct
    if_right, if_wrong = (question.options if right else question.options[::-1])[:2]
    word = "TRUE" if right else "FALSE"
    if not (if_right.feedback or if_wrong.feedback):
        return word
    return f"{word}{_said(if_wrong.feedback) or '#'}{_said(if_right.feedback)}"


def _share(percent: Decimal, text: str) -> str:
    return f"%{percent:f}%" if percent != 100 or _LIKE_A_MARK.match(text) else ""


def _said(feedback: Bilingual) -> str:
    return f"#{_text(feedback)}" if feedback else ""


def _text(text: Bilingual) -> str:
    """Write a text that carries no markup, whatever the prompt carries."""
    return f"[plain]{escaped(in_one(text))}"
