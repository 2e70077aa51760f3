"""Take answers, show questions in a shuffled order, and score.

Answers are kept as JSON-able values that name options by their place in the question as written:
single and truefalse an int · multi a sorted list of ints · numeric and short the text as typed ·
match for each left its right or null · order for each item its place or null · null for no answer.
"""

import hashlib
import re
from collections.abc import Sequence
from decimal import Decimal

from sca_lms.assessments.question_types import (
    Match,
    MultipleChoice,
    Numeric,
    Order,
    Question,
    ShortText,
    SingleChoice,
    TrueFalse,
)
from sca_lms.assessments.refusals import BadAnswer, BadAnswerReason
from sca_lms.assessments.written_answers import LONGEST_TEXT, normalised, parse_number, printable

Answer = int | str | list[int] | list[int | None] | None

_PLACE = re.compile(r"[0-9]{1,3}", re.ASCII)


def shuffled(length: int, *, key: str) -> tuple[int, ...]:
    """Return the numbers below `length` in an order that hangs on the key alone, on any machine."""
    return tuple(sorted(range(length), key=lambda index: hashlib.sha256(f"{key}|{index}".encode()).digest()))


def arrangement(question: Question, *, key: str, shuffle: bool) -> tuple[int, ...]:
    """Return for each place on the page the option, right side or item that stands there."""
    match question:
        case SingleChoice() | TrueFalse() | MultipleChoice():
            count = len(question.options)
            return shuffled(count, key=key) if shuffle else tuple(range(count))
        case Match():
            # As written, every right would stand beside its left.
            return shuffled(len(question.rights), key=key)
        case Order():
            places = shuffled(len(question.items), key=key)
            # The right order must never be the one that is shown first.
            return places if places != tuple(range(len(places))) else (*places[1:], places[0])
        case Numeric() | ShortText():
            return ()


def rows(question: Question) -> int:
    """Return how many fields the question has on a page: one a row for match and order, otherwise one."""
    match question:
        case Match():
            return len(question.lefts)
        case Order():
            return len(question.items)
        case _:
            return 1


def from_page(question: Question, places: Sequence[int], sent: Sequence[str]) -> Answer:
    """Turn what a page sent (places as shown, counted from 0; order: numbers from 1) into an answer.

    Raise `BadAnswer` for anything that the page could not have offered.
    """
    match question:
        case SingleChoice() | TrueFalse():
            chosen = [_at(places, _place(text)) for text in sent if text]
            if len(chosen) > 1:
                raise BadAnswer(BadAnswerReason.CHOSEN_TWICE)
            return parse_answer(question, chosen[0] if chosen else None)
        case MultipleChoice():
            return parse_answer(question, [_at(places, _place(text)) for text in sent if text] or None)
        case Numeric() | ShortText():
            return parse_answer(question, next(iter(sent), None))
        case Match():
            return parse_answer(question, [_at(places, _place(text)) if text else None for text in sent])
        case Order():
            if len(sent) != len(places):
                raise BadAnswer(BadAnswerReason.NOT_OFFERED)
            by_item: list[int | None] = [None] * len(places)
            for item, text in zip(places, sent, strict=True):
                by_item[item] = _place(text) - 1 if text else None
            return parse_answer(question, by_item)


def to_page(question: Question, places: Sequence[int], answer: Answer) -> list[str]:
    """Return what the page's fields hold for an answer, so that `from_page` gives it back."""
    match question, answer:
        case _, None:
            return [""] * rows(question)
        case ((Numeric() | ShortText()), str(text)):
            return [text]
        case Order(), list(by_item):
            shown = [by_item[item] for item in places]
            return ["" if place is None else str(place + 1) for place in shown]
        case _, list(chosen):
            return ["" if index is None else str(places.index(index)) for index in chosen]
        case _, index:
            return [str(places.index(int(index)))]


def parse_answer(question: Question, raw: object) -> Answer:
    """Check an answer against its question; nothing chosen or typed is None. Raise `BadAnswer`."""
    if raw is None:
        return None
    match question:
        case SingleChoice() | TrueFalse():
            return _index(raw, len(question.options))
        case MultipleChoice():
            return _ticked(raw, len(question.options))
        case Numeric():
            number = _typed(raw)
            if number:
                parse_number(number)
            return number or None
        case ShortText():
            return _typed(raw) or None
        case Match():
            return _each(raw, len(question.lefts), below=len(question.rights))
        case Order():
            return _unlike(_each(raw, len(question.items), below=len(question.items)))


def key_of(question: Question) -> Answer:
    """Return an answer that earns all points."""
    match question:
        case SingleChoice() | TrueFalse():
            return next(index for index, option in enumerate(question.options) if option.correct)
        case MultipleChoice():
            return [index for index, option in enumerate(question.options) if option.correct]
        case Numeric():
            return f"{question.value:f}"
        case ShortText():
            return question.accepted[0]
        case Match():
            return list(question.key)
        case Order():
            return list(range(len(question.items)))


def is_complete(answer: Answer) -> bool:
    """Tell whether nothing is left open in the answer."""
    return answer is not None and not (isinstance(answer, list) and None in answer)


def score(question: Question, answer: Answer) -> Decimal:
    """Return the points earned, not rounded; an answer that is missing earns 0."""
    if answer is None:
        return Decimal(0)
    earned, possible = _share(question, answer)
    return question.points * earned / possible


def is_right(question: Question, answer: Answer) -> bool:
    """Tell whether the answer earns all points."""
    return score(question, answer) == question.points


def _share(question: Question, answer: Answer) -> tuple[int, int]:
    """Return what is right and of how much, following the programme's rules for scoring."""
    match question, answer:
        case ((SingleChoice() | TrueFalse()), int(chosen)):
            return int(question.options[chosen].correct), 1
        case MultipleChoice(), list(ticked):
            right = sum(1 for index in ticked if index is not None and question.options[index].correct)
            possible = sum(option.correct for option in question.options)
            return max(0, right - (len(ticked) - right)), possible
        case Numeric(), str(text):
            return int(abs(parse_number(text) - question.value) <= question.tolerance), 1
        case ShortText(), str(text):
            return int(_is_accepted(question, text)), 1
        case Match(), list(rights):
            hits = sum(given == wanted for given, wanted in zip(rights, question.key, strict=True))
            return hits, len(question.key)
        case Order(), list(places):
            return sum(place == index for index, place in enumerate(places)), len(question.items)
        case _:
            raise BadAnswer(BadAnswerReason.NOT_OFFERED)


def _is_accepted(question: ShortText, text: str) -> bool:
    typed = normalised(text, case_sensitive=question.case_sensitive)
    return any(
        typed == normalised(accepted, case_sensitive=question.case_sensitive)
        for accepted in question.accepted
    )


def _place(text: str) -> int:
    # Only ASCII digits: int() would take Thai digits and underscores as well, which no page of ours sends.
    if _PLACE.fullmatch(text) is None:
        raise BadAnswer(BadAnswerReason.NOT_OFFERED)
    return int(text)


def _at(places: Sequence[int], place: int) -> int:
    if place >= len(places):
        raise BadAnswer(BadAnswerReason.NOT_OFFERED)
    return places[place]


def _index(raw: object, below: int) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw < below:
        raise BadAnswer(BadAnswerReason.NOT_OFFERED)
    return raw


def _list(raw: object) -> list[object]:
    if not isinstance(raw, list):
        raise BadAnswer(BadAnswerReason.NOT_OFFERED)
    return raw


def _each(raw: object, length: int, *, below: int) -> list[int | None] | None:
    entries = _list(raw)
    if len(entries) != length:
        raise BadAnswer(BadAnswerReason.NOT_OFFERED)
    chosen = [None if entry is None else _index(entry, below) for entry in entries]
    return None if all(entry is None for entry in chosen) else chosen


def _ticked(raw: object, below: int) -> list[int] | None:
    chosen = [_index(entry, below) for entry in _list(raw)]
    if len(set(chosen)) < len(chosen):
        raise BadAnswer(BadAnswerReason.CHOSEN_TWICE)
    return sorted(chosen) or None


def _unlike(places: list[int | None] | None) -> list[int | None] | None:
    given = [place for place in places or () if place is not None]
    if len(set(given)) < len(given):
        raise BadAnswer(BadAnswerReason.CHOSEN_TWICE)
    return places


def _typed(raw: object) -> str:
    if not isinstance(raw, str):
        raise BadAnswer(BadAnswerReason.NOT_OFFERED)
    if len(raw) > LONGEST_TEXT:
        raise BadAnswer(BadAnswerReason.TOO_LONG)
    return printable(raw)
