"""Take answers, show questions in a shuffled order, and score.

Answers are kept as JSON-able values that name options by their place in the question as written:
single and truefalse an int · multi a sorted list of ints · numeric and short the text as typed ·
match for each left its right or null · order for each item its place or null ·
cloze for each gap the text as typed, the option or null · essay the text · file the number of the stored
file · null for no answer.
"""

import hashlib
import re
from collections.abc import Sequence
from decimal import Decimal

from sca_lms.assessments.question_parts import (
    ChoiceGap,
    Gap,
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
from sca_lms.assessments.refusals import BadAnswer, BadAnswerReason
from sca_lms.assessments.written_answers import (
    LONGEST_ESSAY,
    LONGEST_TEXT,
    normalised,
    parse_number,
    printable,
    printable_lines,
)

Answer = int | str | list[int] | list[int | None] | list[int | str | None] | None

_PLACE = re.compile(r"[0-9]{1,3}", re.ASCII)
_FILE = re.compile(r"[0-9]{1,15}", re.ASCII)


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
        case Numeric() | ShortText() | Cloze() | Essay() | FileAnswer():
            # The lists in a text's gaps stay as written: they are read within their sentence.
            return ()


def rows(question: Question) -> int:
    """Return how many fields the question has: one a row for match and order, one a gap, otherwise one."""
    match question:
        case Match():
            return len(question.lefts)
        case Order():
            return len(question.items)
        case Cloze():
            return len(question.gaps)
        case _:
            return 1


def from_page(question: Question, places: Sequence[int], sent: Sequence[str]) -> Answer:
    """Turn what a page sent (places as shown, counted from 0; order: numbers from 1) into an answer.

    Raise `BadAnswer` for anything that the page could not have offered.
    """
    match question:
        case SingleChoice() | TrueFalse():
            return parse_answer(question, _chosen(places, sent))
        case MultipleChoice():
            return parse_answer(question, [_at(places, _place(text)) for text in sent if text] or None)
        case Numeric() | ShortText() | Essay():
            return parse_answer(question, next(iter(sent), None))
        case FileAnswer():
            return parse_answer(question, _file_number(next(iter(sent), "")))
        case Cloze():
            return parse_answer(question, _filled(question.gaps, sent))
        case Match():
            return parse_answer(question, [_at(places, _place(text)) if text else None for text in sent])
        case Order():
            return parse_answer(question, _by_item(places, sent))


def to_page(question: Question, places: Sequence[int], answer: Answer) -> list[str]:
    """Return what the page's fields hold for an answer, so that `from_page` gives it back."""
    match question, answer:
        case _, None:
            return [""] * rows(question)
        case ((Numeric() | ShortText() | Essay()), str(text)):
            return [text]
        case FileAnswer(), number:
            return [str(number)]
        case Cloze(), list(filled):
            return ["" if entry is None else str(entry) for entry in filled]
        case Order(), list(by_item):
            shown = [by_item[item] for item in places]
            return ["" if place is None else str(int(place) + 1) for place in shown]
        case _, list(chosen):
            return ["" if index is None else str(places.index(int(index))) for index in chosen]
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
        case Numeric() | ShortText() | Essay():
            return _text_for(question, raw)
        case FileAnswer():
            return _index(raw, 10**15) or None
        case Cloze():
            return _gaps(question.gaps, raw)
        case Match():
            return _each(raw, len(question.lefts), below=len(question.rights))
        case Order():
            return _unlike(_each(raw, len(question.items), below=len(question.items)))


def key_of(question: Question) -> Answer:
    """Return an answer that earns all points; None where a person decides what an answer earns."""
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
        case Cloze():
            return [_gap_key(gap) for gap in question.gaps]
        case Essay() | FileAnswer():
            return None


def is_complete(answer: Answer) -> bool:
    """Tell whether nothing is left open in the answer."""
    return answer is not None and not (isinstance(answer, list) and None in answer)


def score(question: Question, answer: Answer) -> Decimal | None:
    """Return the points earned, not rounded; an answer that is missing earns 0.

    None means that the answer waits for a person to mark it: the sum of an attempt is not known before.
    """
    if answer is None:
        return Decimal(0)
    if question.needs_marking:
        return None
    earned, possible = _share(question, answer)
    return question.points * earned / possible


def is_right(question: Question, answer: Answer) -> bool:
    """Tell whether the answer earns all points without a person's doing."""
    return score(question, answer) == question.points


def _share(question: Question, answer: Answer) -> tuple[Decimal | int, Decimal | int]:
    """Return what is right and of how much, following the programme's rules for scoring."""
    match question, answer:
        case ((SingleChoice() | TrueFalse()), int(chosen)):
            return _option_percent(question.options[chosen]), 100
        case MultipleChoice(), list(ticked):
            return _ticked_share(question, [index for index in ticked if isinstance(index, int)])
        case Numeric(), str(text):
            return _number_percent(question, text), 100
        case ShortText(), str(text):
            return _text_percent(question, text), 100
        case Match(), list(rights):
            hits = sum(given == wanted for given, wanted in zip(rights, question.key, strict=True))
            return hits, len(question.key)
        case Order(), list(places):
            return sum(place == index for index, place in enumerate(places)), len(question.items)
        case Cloze(), list(filled):
            earned = [gap.weight * gap_percent(gap, e) for gap, e in zip(question.gaps, filled, strict=True)]
            return sum(earned), 100 * sum(gap.weight for gap in question.gaps)
        case _:
            raise BadAnswer(BadAnswerReason.NOT_OFFERED)


def gap_percent(gap: Gap, filled: int | str | None) -> Decimal:
    """Return how much of a gap's weight what stands in it earns, 0 to 100."""
    match gap, filled:
        case ShortGap(), str(text):
            return _text_percent(gap, text)
        case NumericGap(), str(text):
            return _number_percent(gap, text)
        case ChoiceGap(), int(chosen):
            return _option_percent(gap.options[chosen])
        case _:
            return Decimal(0)


def _option_percent(option: Option) -> Decimal:
    percent = Decimal(100 if option.correct else 0) if option.percent is None else option.percent
    return max(Decimal(0), percent)


def _ticked_share(question: MultipleChoice, ticked: Sequence[int]) -> tuple[Decimal | int, Decimal | int]:
    """Return the share of ticked options: right ones less wrong ones, or their percents added up."""
    percents = [option.percent for option in question.options if option.percent is not None]
    if percents:
        possible = sum(percent for percent in percents if percent > 0)
        earned = sum((percents[index] for index in ticked), start=Decimal(0))
        return max(Decimal(0), earned), possible
    right = sum(1 for index in ticked if question.options[index].correct)
    return max(0, right - (len(ticked) - right)), sum(option.correct for option in question.options)


def _number_percent(wanted: Numeric | NumericGap, text: str) -> Decimal:
    number = parse_number(text)
    if abs(number - wanted.value) <= wanted.tolerance:
        return Decimal(100)
    near = (each.percent for each in wanted.graded if abs(number - each.value) <= each.tolerance)
    return max(near, default=Decimal(0))


def _text_percent(wanted: ShortText | ShortGap, text: str) -> Decimal:
    typed = normalised(text, case_sensitive=wanted.case_sensitive)
    known = [(accepted, Decimal(100)) for accepted in wanted.accepted]
    known += [(each.text, each.percent) for each in wanted.graded]
    earned = (p for each, p in known if typed == normalised(each, case_sensitive=wanted.case_sensitive))
    return max(earned, default=Decimal(0))


def _gap_key(gap: Gap) -> int | str | None:
    match gap:
        case ShortGap():
            return gap.accepted[0]
        case NumericGap():
            return f"{gap.value:f}"
        case ChoiceGap():
            return next(index for index, option in enumerate(gap.options) if option.correct)


def _filled(gaps: Sequence[Gap], sent: Sequence[str]) -> list[int | str | None]:
    if sent and len(sent) != len(gaps):
        raise BadAnswer(BadAnswerReason.NOT_OFFERED)
    pairs = zip(gaps, sent, strict=False)
    return [(_place(text) if text else None) if isinstance(gap, ChoiceGap) else text for gap, text in pairs]


def _gaps(gaps: Sequence[Gap], raw: object) -> list[int | str | None] | None:
    entries = _list(raw)
    if not entries:
        return None
    if len(entries) != len(gaps):
        raise BadAnswer(BadAnswerReason.NOT_OFFERED)
    filled = [_gap(gap, entry) for gap, entry in zip(gaps, entries, strict=True)]
    return None if all(entry is None for entry in filled) else filled


def _gap(gap: Gap, raw: object) -> int | str | None:
    if raw is None:
        return None
    match gap:
        case ShortGap():
            return _typed(raw) or None
        case NumericGap():
            return _number(raw)
        case ChoiceGap():
            return _index(raw, len(gap.options))


def _file_number(text: str) -> int | None:
    if not text:
        return None
    if _FILE.fullmatch(text) is None:
        raise BadAnswer(BadAnswerReason.NOT_OFFERED)
    return int(text)


def _number(raw: object) -> str | None:
    text = _typed(raw)
    if text:
        parse_number(text)
    return text or None


def _chosen(places: Sequence[int], sent: Sequence[str]) -> int | None:
    chosen = [_at(places, _place(text)) for text in sent if text]
    if len(chosen) > 1:
        raise BadAnswer(BadAnswerReason.CHOSEN_TWICE)
    return chosen[0] if chosen else None


def _by_item(places: Sequence[int], sent: Sequence[str]) -> list[int | None]:
    if len(sent) != len(places):
        raise BadAnswer(BadAnswerReason.NOT_OFFERED)
    by_item: list[int | None] = [None] * len(places)
    for item, text in zip(places, sent, strict=True):
        by_item[item] = _place(text) - 1 if text else None
    return by_item


def _text_for(question: Numeric | ShortText | Essay, raw: object) -> str | None:
    if isinstance(question, Numeric):
        return _number(raw)
    return (_written(raw) if isinstance(question, Essay) else _typed(raw)) or None


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


def _written(raw: object) -> str:
    if not isinstance(raw, str):
        raise BadAnswer(BadAnswerReason.NOT_OFFERED)
    if len(raw) > LONGEST_ESSAY:
        raise BadAnswer(BadAnswerReason.TOO_LONG)
    return printable_lines(raw)
