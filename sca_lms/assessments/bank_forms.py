"""Check what the form of a question holds, with a sentence beside every field that is not right yet."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from sca_lms.assessments.bank_draft import Draft, document_of_draft
from sca_lms.assessments.bank_words import (
    LONGEST_CODE,
    LONGEST_TAG,
    MOST_TAGS,
    path_fault,
    tidy_path,
    tidy_tags,
)
from sca_lms.assessments.question_types import Question, parse_question
from sca_lms.assessments.refusals import FaultyQuestion
from sca_lms.errors import Text
from sca_lms.web.formats import spoken

CODE = re.compile(r"[^\s](?:[^\n\t]{0,62}[^\s])?")
_POINTS = _l("Write a number above 0 and at most 1,000, with at most two decimals.")
_NUMBER = _l("Write a number, such as 4 or 0.5.")


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a question stands in the bank: shelf, code and tags, tidied."""

    shelf: str
    code: str
    tags: list[str]


# Field and beginning of the reason as `parse_question` names them, and where we say which sentence.
_SENTENCES: Sequence[tuple[str, str, str, Text]] = (
    (r"prompt", r"is empty", "prompt_th", _l("Write the question, in Thai, in English, or in both.")),
    (r"prompt", r"is longer", "prompt_th", _l("Write a shorter question.")),
    (r"prompt", r"must hold", "prompt_th", _l("Put each gap, such as [[1]], into every text.")),
    (r"points", r"", "points", _POINTS),
    (r"feedback", r"is longer", "feedback_th", _l("Write a shorter feedback.")),
    (r"prompt_format", r"", "prompt_format", _l("Choose one of these.")),
    (r"options", r"two options", "rows", _l("Two options read the same.")),
    (r"options", r"exactly one", "rows", _l("Mark exactly one option as right.")),
    (r"options", r"at least one", "rows", _l("Mark at least one option as right.")),
    (r"options", r"must have between", "rows", _l("Write at least two options.")),
    (r"options", r"a true-or-false", "rows", _l("Write exactly two options.")),
    (r"options", r"is longer", "rows", _l("Write a shorter option.")),
    (r"options\.percent", r"either every", "rows", _l("Give all options a percentage, or none.")),
    (r"options\.percent", r"the correct option", "rows", _l("Only the right one earns 100 percent.")),
    (r"options\.percent", r"correct options earn", "rows", _l("Only right ones earn more than 0 percent.")),
    (r"options\.percent", r"what the correct", "rows", _l("The right options must add up to 100 percent.")),
    (r"options\.percent", r"must", "rows", _l("Write percentages from −100 to 100.")),
    (r"answer\.value|answer\.graded", r"is missing|must be a number", "rows", _NUMBER),
    (r"answer\.tolerance", r"must be", "rows", _NUMBER),
    (r"answer(\.graded)?(\.tolerance)?", r"cannot be negative", "rows", _l("Write no negative tolerance.")),
    (r"answer\.accepted", r"must have between", "rows", _l("Write at least one right answer.")),
    (r"answer\.accepted", r"must be a list", "rows", _l("Write a letter or a digit in each answer.")),
    (r"answer\.graded", r"must lie", "rows", _l("Write percentages from 0 to 100.")),
    (r"pairs", r"must have between", "rows", _l("Write at least two pairs.")),
    (r"pairs\.left", r"two lefts", "rows", _l("Two left sides read the same.")),
    (r"pairs\.right", r"is empty", "rows", _l("Write the right side of each pair.")),
    (r"distractors", r"one reads", "rows", _l("Two right sides read the same.")),
    (r"items", r"must have between", "rows", _l("Write at least two items.")),
    (r"items", r"two items", "rows", _l("Two items read the same, so their order cannot be told.")),
    (r"gaps", r"must have between", "rows", _l("Write the answers of at least one gap.")),
    (r"words_at_most", r"", "words_at_most", _l("Write a whole number from 1 to 10,000, or nothing.")),
    (r"endings", r"", "endings", _l("Write endings of file names, such as pdf, docx.")),
    (r"marking_notes", r"", "notes_th", _l("Write a shorter text.")),
    (r"attachments", r"", "pictures", _l("This picture cannot be shown. Take another.")),
)  # fmt: skip
_GAP = re.compile(r"gaps\[([0-9]+)\](?:\.(.+))?")


def check(draft: Draft, *, attachments: dict[str, object]) -> tuple[Question, Placed] | None:
    """Return what the form makes, or None with the sentences in `draft.errors`.

    `attachments` are the pictures that the question will have, as its document names them.
    """
    placed = _placed(draft)
    question: Question | None = None
    for name in draft.unreadable:
        draft.refuse("rows" if name.startswith("row-") else name, _invisible())
    try:
        document = document_of_draft(draft)
        if attachments:
            document["attachments"] = attachments
        question = parse_question(document)
    except FaultyQuestion as fault:
        place, sentence = sentence_of(fault, draft)
        draft.refuse(place, sentence)
    return None if draft.errors or question is None else (question, placed)


def sentence_of(fault: FaultyQuestion, draft: Draft) -> tuple[str, Text]:
    """Return beside which field a fault is said, and how."""
    gap = _GAP.fullmatch(fault.field)
    if gap is not None:
        return "rows", _gap_sentence(int(gap[1]), gap[2] or "", fault.reason)
    for field, reason, place, sentence in _SENTENCES:
        if re.fullmatch(field, fault.field) and re.match(reason, fault.reason):
            return place, sentence
    place = fault.field if fault.field in draft.texts else "rows"
    return place, _l("This is not right yet: %(reason)s.", reason=spoken(fault.reason))


def _gap_sentence(number: int, part: str, reason: str) -> Text:
    if part == "weight":
        return _l("Gap %(number)s: write a weight above 0.", number=number)
    if part.startswith("options") or "correct" in reason:
        return _l(
            "Gap %(number)s: write at least two options, and “=” before exactly one of them.", number=number
        )
    if part.startswith(("value", "tolerance")):
        return _l("Gap %(number)s: write a number, such as 4 or 4 ± 0.5.", number=number)
    return _l("Gap %(number)s: write one answer on each line.", number=number)


def _placed(draft: Draft) -> Placed:
    placed = Placed(tidy_path(draft.texts["shelf"]), draft.texts["code"], tidy_tags(draft.texts["tags"]))
    if not CODE.fullmatch(placed.code):
        draft.refuse(
            "code",
            _l("Write a code of at most %(most)s letters.", most=LONGEST_CODE),
        )
    if path_fault(placed.shelf) is not None:
        draft.refuse("shelf", _l("Name a shelf, such as Pre-bootcamp/Data; at most six, one in another."))
    if len(placed.tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in placed.tags):
        draft.refuse("tags", _l("Write at most 20 tags of at most 64 letters."))
    return placed


def _invisible() -> Text:
    return _l("Take out the characters that cannot be seen, then send again.")
