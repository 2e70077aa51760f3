"""Write Moodle XML: https://docs.moodle.org/en/Moodle_XML_format, and say what it cannot carry."""

import base64
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape

from sca_lms.assessments.formats.bank import BankQuestion, Loss
from sca_lms.assessments.formats.languages import in_one
from sca_lms.assessments.formats.moodle_cloze import GAP_START, write_gap
from sca_lms.assessments.formats.writing import (
    is_standard_truth,
    not_told_apart,
    number_rows,
    option_percents,
    typed_rows,
)
from sca_lms.assessments.question_parts import NOTHING, PromptFormat, gap_numbers
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

_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MARK = re.compile(r"\[\[([0-9]{1,3})\]\]", re.ASCII)
_PICTURE = re.compile(r"(\]\(<?)attachment:")


def write_moodle_xml(questions: Sequence[BankQuestion]) -> bytes:
    """Return questions as Moodle XML in UTF-8; `lost_in_moodle_xml` names what it cannot carry."""
    lines, category = ['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>"], ""
    for each in questions:
        if each.category != category:
            category = each.category
            path = f"$course$/top{'/' if category else ''}{category}"
            lines.append(f'<question type="category"><category>{_text(path)}</category></question>')
        lines += _question(each)
    return "\n".join([*lines, "</quiz>", ""]).encode()


def lost_in_moodle_xml(questions: Sequence[BankQuestion]) -> tuple[Loss, ...]:
    """Name everything of these questions that Moodle XML cannot carry."""
    return tuple(Loss(each.code, what) for each in questions for what in _losses(each))


def _losses(each: BankQuestion) -> Iterator[str]:
    question = each.question
    if {file.name for file in each.attachments} != {named.name for named in question.attachments}:
        yield worded("pictures whose content was not given")
    match question:
        case TrueFalse() if not is_standard_truth(question):
            yield worded("own words for true and false (written as a single choice)")
        case Cloze():
            first = question.prompt.th or question.prompt.en
            if gap_numbers(first) != sorted(gap_numbers(first)):
                yield worded("the numbers of the gaps, which are counted anew")
            if any(gap.weight != gap.weight.to_integral_value() for gap in question.gaps):
                yield worded("weights of gaps that are no whole numbers")
            if GAP_START.search(question.prompt.th + question.prompt.en):
                yield worded("a text that looks like a gap itself")
    yield from not_told_apart(question)


def _question(each: BankQuestion) -> Iterator[str]:
    question = each.question
    yield f'<question type="{_type(question)}">'
    yield f"<name>{_text(each.code)}</name>"
    written = "markdown" if question.prompt_format is PromptFormat.MARKDOWN else "plain_text"
    files = "".join(
        f'<file name="{escape(file.name)}" path="/" encoding="base64">'
        f"{base64.b64encode(file.content).decode()}</file>"
        for file in each.attachments
    )
    yield f'<questiontext format="{written}">{_text(_prompt(question))}{files}</questiontext>'
    yield f'<generalfeedback format="plain_text">{_text(in_one(question.feedback))}</generalfeedback>'
    yield f"<defaultgrade>{question.points:f}</defaultgrade>"
    yield f"<idnumber>{_clean(each.code)}</idnumber>"
    yield from _rows(question)
    if each.tags:
        yield "<tags>" + "".join(f"<tag>{_text(tag)}</tag>" for tag in each.tags) + "</tags>"
    yield "</question>"


def _type(question: Question) -> str:
    match question:
        case TrueFalse():
            return "truefalse" if is_standard_truth(question) else "multichoice"
        case SingleChoice() | MultipleChoice():
            return "multichoice"
        case Numeric():
            return "numerical"
        case ShortText():
            return "shortanswer"
        case Match():
            return "matching"
        case Order():
            return "ordering"
        case Cloze():
            return "cloze"
        case Essay() | FileAnswer():
            return "essay"


def _prompt(question: Question) -> str:
    text = question.prompt
    if question.prompt_format is PromptFormat.MARKDOWN:
        pictures = (_PICTURE.sub(r"\1@@PLUGINFILE@@/", part) for part in (text.th, text.en))
        text = Bilingual(*pictures)
    if isinstance(question, Cloze):
        gaps = [write_gap(gap) for gap in question.gaps]
        text = Bilingual(
            *(_MARK.sub(lambda found: gaps[int(found[1]) - 1], part) for part in (text.th, text.en))
        )
    return in_one(text)


def _rows(question: Question) -> Iterator[str]:
    match question:
        case SingleChoice() | TrueFalse() | MultipleChoice():
            yield from _options(question)
        case ShortText():
            yield f"<usecase>{int(question.case_sensitive)}</usecase>"
            for text, percent, feedback in typed_rows(question):
                yield _answer(text.replace("*", "\\*"), percent, feedback)
        case Numeric():
            for value, tolerance, percent, feedback in number_rows(question):
                more = f"<tolerance>{tolerance:f}</tolerance>"
                yield _answer(f"{value:f}", percent, feedback, more=more)
        case Match():
            yield from _pairs(question)
        case Order():
            yield from _items(question)
        case _:
            yield from _by_hand(question)


def _items(question: Order) -> Iterator[str]:
    yield "<layouttype>VERTICAL</layouttype><selecttype>ALL</selecttype>"
    yield "<gradingtype>ABSOLUTE_POSITION</gradingtype>"
    for place, item in enumerate(question.items, start=1):
        yield _answer(in_one(item), Decimal(place), NOTHING)


def _options(question: SingleChoice | TrueFalse | MultipleChoice) -> Iterator[str]:
    if isinstance(question, TrueFalse) and is_standard_truth(question):
        for word, option in zip(("true", "false"), question.options, strict=True):
            yield _answer(word, Decimal(100 if option.correct else 0), option.feedback)
        return
    yield f"<single>{'false' if isinstance(question, MultipleChoice) else 'true'}</single>"
    yield "<shuffleanswers>true</shuffleanswers><answernumbering>none</answernumbering>"
    for option, percent in zip(question.options, option_percents(question), strict=True):
        yield _answer(in_one(option.text), percent, option.feedback)


def _pairs(question: Match) -> Iterator[str]:
    yield "<shuffleanswers>true</shuffleanswers>"
    pairs = [
        (in_one(left), question.rights[right])
        for left, right in zip(question.lefts, question.key, strict=True)
    ]
    pairs += [("", right) for index, right in enumerate(question.rights) if index not in question.key]
    for left, right in pairs:
        answer = f"<answer>{_text(in_one(right))}</answer>"
        yield f'<subquestion format="plain_text">{_text(left)}{answer}</subquestion>'


def _by_hand(question: Question) -> Iterator[str]:
    match question:
        case Essay():
            yield "<responseformat>plain</responseformat><attachments>0</attachments>"
            if question.words_at_most is not None:
                yield f"<maxwordlimit>{question.words_at_most}</maxwordlimit>"
            yield f'<graderinfo format="plain_text">{_text(in_one(question.marking_notes))}</graderinfo>'
        case FileAnswer():
            endings = ",".join(f".{ending}" for ending in question.endings)
            yield "<responseformat>noinline</responseformat><attachments>1</attachments>"
            yield "<attachmentsrequired>1</attachmentsrequired>"
            yield f"<filetypeslist>{endings}</filetypeslist>"
            yield f'<graderinfo format="plain_text">{_text(in_one(question.marking_notes))}</graderinfo>'


def _answer(text: str, percent: Decimal, feedback: Bilingual, *, more: str = "") -> str:
    said = f'<feedback format="plain_text">{_text(in_one(feedback))}</feedback>' if feedback else ""
    return f'<answer fraction="{percent:f}" format="plain_text">{_text(text)}{more}{said}</answer>'


def _text(text: str) -> str:
    return f"<text>{_clean(text)}</text>"


def _clean(text: str) -> str:
    return escape(_IMPOSSIBLE.sub("", text), quote=False)
