"""Write questions as the CSV table that `formats.csv_rows` reads, and name what it cannot carry; pure."""

import csv
import io
from collections.abc import Iterator, Sequence

from sca_lms.assessments.formats.bank import BankQuestion, Loss
from sca_lms.assessments.formats.csv_rows import COLUMNS, MOST_OPTIONS
from sca_lms.assessments.question_parts import PromptFormat
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


def write_csv(questions: Sequence[BankQuestion]) -> bytes:
    """Return a table with a row for each question that CSV can carry, marked so that Excel reads the Thai."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(_row(each) for each in questions if _carried(each.question))
    return out.getvalue().encode("utf-8-sig")


def lost_in_csv(questions: Sequence[BankQuestion]) -> tuple[Loss, ...]:
    """Name everything of these questions that the table cannot carry."""
    return tuple(Loss(each.code, what) for each in questions for what in _losses(each.question))


def _carried(question: Question) -> bool:
    return not isinstance(question, Cloze) and len(_cells(question)) <= MOST_OPTIONS


def _losses(question: Question) -> Iterator[str]:
    if isinstance(question, Cloze):
        yield worded("a question of type %(type)s", type=question.type)
        return
    if len(_cells(question)) > MOST_OPTIONS:
        yield worded("a question with more than %(most)s options", most=MOST_OPTIONS)
        return
    if question.prompt_format is PromptFormat.MARKDOWN:
        yield worded("markup of the text")
    if question.attachments:
        yield worded("pictures")
    yield from _lost_parts(question)


def _lost_parts(question: Question) -> Iterator[str]:
    """Name what the answers of one kind of question lose."""
    match question:
        case SingleChoice() | TrueFalse() | MultipleChoice():
            if any(option.feedback for option in question.options):
                yield worded("feedback of options")
            if any(option.percent is not None for option in question.options):
                yield worded("percentages of options")
        case Numeric() | ShortText():
            if question.graded:
                yield worded("answers that earn a part")
        case Match():
            if len(set(question.key)) < len(question.rights):
                yield worded("right sides that belong to nothing")
        case Essay() | FileAnswer():
            if question.marking_notes:
                yield worded("notes for those who mark")
        case _:
            return


def _row(each: BankQuestion) -> dict[str, str]:
    question = each.question
    row = {
        "type": question.type,
        "code": each.code,
        "category": each.category,
        "tags": ", ".join(each.tags),
        "points": f"{question.points:f}",
        "prompt_th": question.prompt.th,
        "prompt_en": question.prompt.en,
        "feedback_th": question.feedback.th,
        "feedback_en": question.feedback.en,
    }
    row |= {f"option_{number}": cell for number, cell in enumerate(_cells(question), start=1)}
    return row | _answer(question)


def _cells(question: Question) -> list[str]:
    match question:
        case SingleChoice() | TrueFalse() | MultipleChoice():
            return [_cell(option.text) for option in question.options]
        case Match():
            return [
                f"{_cell(left)} => {_cell(question.rights[right])}"
                for left, right in zip(question.lefts, question.key, strict=True)
            ]
        case Order():
            return [_cell(item) for item in question.items]
        case _:
            return []


def _answer(question: Question) -> dict[str, str]:
    match question:
        case TrueFalse():
            return {"right": "true" if question.options[0].correct else "false"}
        case SingleChoice() | MultipleChoice():
            right = [str(number) for number, each in enumerate(question.options, start=1) if each.correct]
            return {"right": ", ".join(right)}
        case Numeric():
            return {"right": f"{question.value:f}", "tolerance": f"{question.tolerance:f}"}
        case ShortText():
            minds = "yes" if question.case_sensitive else ""
            return {"right": " | ".join(question.accepted), "case_sensitive": minds}
        case Essay():
            return {"words_at_most": "" if question.words_at_most is None else str(question.words_at_most)}
        case FileAnswer():
            return {"endings": ", ".join(question.endings)}
        case _:
            return {}


def _cell(text: Bilingual) -> str:
    return text.th if text.th == text.en else f"{text.th} || {text.en}"
