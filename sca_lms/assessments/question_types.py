"""Know the kinds of question and read them from a document, such as a question of a programme file."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import ClassVar

from sca_lms.assessments.question_fields import (
    LONGEST_PROMPT,
    Document,
    pair_of,
    read_decimal,
    read_list,
    read_mapping,
    read_optional_text,
    read_text,
)
from sca_lms.assessments.question_parts import (
    NOTHING,
    Attachment,
    Gap,
    GradedNumber,
    GradedText,
    Option,
    PromptFormat,
    document_of_accepted,
    document_of_attachments,
    document_of_gap,
    document_of_number,
    document_of_option,
    read_accepted,
    read_attachments,
    read_gaps,
    read_number,
    read_options,
)
from sca_lms.assessments.refusals import FaultyQuestion
from sca_lms.texts import Bilingual, worded

MOST_WORDS = 10_000
_ENDING = re.compile(r"[a-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What every question has; `needs_marking` tells that a person decides what an answer earns."""

    needs_marking: ClassVar[bool] = False
    prompt: Bilingual
    points: Decimal
    feedback: Bilingual = field(default=NOTHING, kw_only=True)
    prompt_format: PromptFormat = field(default=PromptFormat.PLAIN, kw_only=True)
    attachments: tuple[Attachment, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class SingleChoice(Asked):
    """Exactly one option is right."""

    type: ClassVar[str] = "single"
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class TrueFalse(Asked):
    """Two options, one of them right."""

    type: ClassVar[str] = "truefalse"
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class MultipleChoice(Asked):
    """Any number of options may be right, at least one is."""

    type: ClassVar[str] = "multi"
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Numeric(Asked):
    """A number, right within a tolerance."""

    type: ClassVar[str] = "numeric"
    value: Decimal
    tolerance: Decimal
    graded: tuple[GradedNumber, ...] = ()


@dataclass(frozen=True, slots=True)
class ShortText(Asked):
    """A few words, compared after normalising both sides."""

    type: ClassVar[str] = "short"
    accepted: tuple[str, ...]
    case_sensitive: bool
    graded: tuple[GradedText, ...] = ()


@dataclass(frozen=True, slots=True)
class Match(Asked):
    """Each left belongs to one right; `key[i]` is the right that belongs to left i, some belong to none."""

    type: ClassVar[str] = "match"
    lefts: tuple[Bilingual, ...]
    rights: tuple[Bilingual, ...]
    key: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Order(Asked):
    """Items that stand here in their right order."""

    type: ClassVar[str] = "order"
    items: tuple[Bilingual, ...]


@dataclass(frozen=True, slots=True)
class Cloze(Asked):
    """A text with gaps; `[[1]]` in the prompt is the place of the first one."""

    type: ClassVar[str] = "cloze"
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Essay(Asked):
    """A longer text that a person marks; more words than wanted are told, never refused."""

    type: ClassVar[str] = "essay"
    needs_marking: ClassVar[bool] = True
    words_at_most: int | None = None
    marking_notes: Bilingual = NOTHING


@dataclass(frozen=True, slots=True)
class FileAnswer(Asked):
    """A file that a person marks; `endings` of names without the dot, in order."""

    type: ClassVar[str] = "file"
    needs_marking: ClassVar[bool] = True
    endings: tuple[str, ...]
    marking_notes: Bilingual = NOTHING


Choice = SingleChoice | TrueFalse | MultipleChoice
Question = (
    SingleChoice
    | TrueFalse
    | MultipleChoice
    | Numeric
    | ShortText
    | Match
    | Order
    | Cloze
    | Essay
    | FileAnswer
)


def parse_question(mapping: Document) -> Question:
    """Read one question of a document; raise `FaultyQuestion` with the field and the reason."""
    kind = mapping.get("type")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise FaultyQuestion(
            "type", worded("%(kind)r is not one of %(choices)s", kind=kind, choices=", ".join(_READERS))
        )
    points = read_decimal(mapping.get("points", 1), "points")
    if not 0 < points <= 1000 or points != points.quantize(Decimal("0.01")):
        raise FaultyQuestion(
            "points", worded("must lie above 0 and at most at 1000, with at most two decimals")
        )
    question = read(mapping, read_text(mapping.get("prompt"), "prompt", at_most=LONGEST_PROMPT), points)
    prompt_format = mapping.get("prompt_format", PromptFormat.PLAIN)
    if prompt_format not in list(PromptFormat):
        raise FaultyQuestion(
            "prompt_format", worded("must be one of %(choices)s", choices=", ".join(PromptFormat))
        )
    return replace(
        question,
        feedback=read_optional_text(mapping, "feedback"),
        prompt_format=PromptFormat(str(prompt_format)),
        attachments=read_attachments(mapping),
    )


def document_of(question: Question) -> dict[str, object]:
    """Write a question back as the JSON-able mapping that `parse_question` reads; numbers become strings."""
    document: dict[str, object] = {
        "type": question.type,
        "prompt": pair_of(question.prompt),
        "points": f"{question.points:f}",
    }
    # What a question does not have is left out, so that documents stay as they have always been.
    if question.feedback:
        document["feedback"] = pair_of(question.feedback)
    if question.prompt_format is not PromptFormat.PLAIN:
        document["prompt_format"] = question.prompt_format.value
    if question.attachments:
        document["attachments"] = document_of_attachments(question.attachments)
    return document | _own_fields(question)


def _own_fields(question: Question) -> dict[str, object]:
    """Write what only this kind of question has."""
    match question:
        case SingleChoice() | TrueFalse() | MultipleChoice():
            return {"options": [document_of_option(option) for option in question.options]}
        case Numeric():
            return {"answer": document_of_number(question.value, question.tolerance, question.graded)}
        case ShortText(accepted=accepted, case_sensitive=sensitive, graded=graded):
            return {"answer": document_of_accepted(accepted, graded, case_sensitive=sensitive)}
        case Match():
            return _pairs_of(question)
        case Order():
            return {"items": [pair_of(item) for item in question.items]}
        case Cloze():
            return {"gaps": [document_of_gap(gap) for gap in question.gaps]}
        case Essay():
            limit = {} if question.words_at_most is None else {"words_at_most": question.words_at_most}
            return limit | _notes_of(question.marking_notes)
        case FileAnswer():
            return {"endings": list(question.endings)} | _notes_of(question.marking_notes)


def _pairs_of(question: Match) -> dict[str, object]:
    document: dict[str, object] = {
        "pairs": [
            {"left": pair_of(left), "right": pair_of(question.rights[right])}
            for left, right in zip(question.lefts, question.key, strict=True)
        ]
    }
    apart = [pair_of(right) for index, right in enumerate(question.rights) if index not in question.key]
    return document | ({"distractors": apart} if apart else {})


def _notes_of(notes: Bilingual) -> dict[str, object]:
    return {"marking_notes": pair_of(notes)} if notes else {}


def _single(mapping: Document, prompt: Bilingual, points: Decimal) -> SingleChoice:
    return SingleChoice(prompt, points, read_options(mapping, exactly_one=True))


def _truefalse(mapping: Document, prompt: Bilingual, points: Decimal) -> TrueFalse:
    options = read_options(mapping, exactly_one=True)
    if len(options) != 2:
        raise FaultyQuestion("options", worded("a true-or-false question has exactly two options"))
    return TrueFalse(prompt, points, options)


def _multi(mapping: Document, prompt: Bilingual, points: Decimal) -> MultipleChoice:
    return MultipleChoice(prompt, points, read_options(mapping, exactly_one=False))


def _numeric(mapping: Document, prompt: Bilingual, points: Decimal) -> Numeric:
    return Numeric(prompt, points, *read_number(read_mapping(mapping, "answer"), inside="answer"))


def _short(mapping: Document, prompt: Bilingual, points: Decimal) -> ShortText:
    return ShortText(prompt, points, *read_accepted(read_mapping(mapping, "answer"), inside="answer"))


def _match(mapping: Document, prompt: Bilingual, points: Decimal) -> Match:
    lefts: list[Bilingual] = []
    rights: list[Bilingual] = []
    key: list[int] = []
    for pair in read_list(mapping, "pairs", at_least=2):
        if not isinstance(pair, Mapping):
            raise FaultyQuestion("pairs", worded("each pair has a left and a right"))
        left, right = read_text(pair.get("left"), "pairs.left"), read_text(pair.get("right"), "pairs.right")
        if left in lefts:
            raise FaultyQuestion("pairs.left", worded("two lefts read the same"))
        # Several lefts may share a right; it is then offered once.
        if right not in rights:
            rights.append(right)
        lefts.append(left)
        key.append(rights.index(right))
    for apart in read_list(mapping, "distractors") if "distractors" in mapping else ():
        text = read_text(apart, "distractors")
        if text in rights:
            raise FaultyQuestion("distractors", worded("one reads the same as another right"))
        rights.append(text)
    return Match(prompt, points, lefts=tuple(lefts), rights=tuple(rights), key=tuple(key))


def _order(mapping: Document, prompt: Bilingual, points: Decimal) -> Order:
    items = tuple(read_text(item, "items") for item in read_list(mapping, "items", at_least=2))
    if len(set(items)) < len(items):
        raise FaultyQuestion("items", worded("two items read the same, so their order cannot be told"))
    return Order(prompt, points, items)


def _cloze(mapping: Document, prompt: Bilingual, points: Decimal) -> Cloze:
    return Cloze(prompt, points, read_gaps(mapping, prompt))


def _essay(mapping: Document, prompt: Bilingual, points: Decimal) -> Essay:
    words = mapping.get("words_at_most")
    if words is not None and (isinstance(words, bool) or not isinstance(words, int)):
        raise FaultyQuestion("words_at_most", worded("must be a whole number"))
    if words is not None and not 1 <= words <= MOST_WORDS:
        raise FaultyQuestion(
            "words_at_most", worded("must lie between 1 and %(most_words)s", most_words=MOST_WORDS)
        )
    return Essay(prompt, points, words, read_optional_text(mapping, "marking_notes"))


def _file(mapping: Document, prompt: Bilingual, points: Decimal) -> FileAnswer:
    endings = read_list(mapping, "endings", at_least=1)
    tidy = {ending.lower().lstrip(".") if isinstance(ending, str) else "" for ending in endings}
    if not all(map(_ENDING.fullmatch, tidy)):
        raise FaultyQuestion("endings", worded("must be endings of file names, such as pdf or docx"))
    return FileAnswer(prompt, points, tuple(sorted(tidy)), read_optional_text(mapping, "marking_notes"))


_READERS: Mapping[str, Callable[[Document, Bilingual, Decimal], Question]] = {
    SingleChoice.type: _single,
    MultipleChoice.type: _multi,
    TrueFalse.type: _truefalse,
    Numeric.type: _numeric,
    ShortText.type: _short,
    Match.type: _match,
    Order.type: _order,
    Cloze.type: _cloze,
    Essay.type: _essay,
    FileAnswer.type: _file,
}
QUESTION_TYPES = tuple(_READERS)
