"""Know the seven kinds of question and read them from a programme file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from sca_lms.assessments.refusals import BadAnswer, FaultyQuestion
from sca_lms.assessments.written_answers import normalised, parse_number
from sca_lms.texts import Bilingual

LONGEST_LIST = 50
LONGEST_PROMPT = 4000
_LARGEST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose."""

    text: Bilingual
    correct: bool


@dataclass(frozen=True, slots=True)
class SingleChoice:
    """Exactly one option is right."""

    type: ClassVar[str] = "single"
    prompt: Bilingual
    points: Decimal
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class TrueFalse:
    """Two options, one of them right."""

    type: ClassVar[str] = "truefalse"
    prompt: Bilingual
    points: Decimal
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class MultipleChoice:
    """Any number of options may be right, at least one is."""

    type: ClassVar[str] = "multi"
    prompt: Bilingual
    points: Decimal
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Numeric:
    """A number, right within a tolerance."""

    type: ClassVar[str] = "numeric"
    prompt: Bilingual
    points: Decimal
    value: Decimal
    tolerance: Decimal


@dataclass(frozen=True, slots=True)
class ShortText:
    """A few words, compared after normalising both sides."""

    type: ClassVar[str] = "short"
    prompt: Bilingual
    points: Decimal
    accepted: tuple[str, ...]
    case_sensitive: bool


@dataclass(frozen=True, slots=True)
class Match:
    """Each left belongs to one right; `key[i]` is the right that belongs to left i."""

    type: ClassVar[str] = "match"
    prompt: Bilingual
    points: Decimal
    lefts: tuple[Bilingual, ...]
    rights: tuple[Bilingual, ...]
    key: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """Items that stand here in their right order."""

    type: ClassVar[str] = "order"
    prompt: Bilingual
    points: Decimal
    items: tuple[Bilingual, ...]


Choice = SingleChoice | TrueFalse | MultipleChoice
Question = SingleChoice | TrueFalse | MultipleChoice | Numeric | ShortText | Match | Order


def parse_question(mapping: Mapping[str, object]) -> Question:
    """Read one question of a programme file; raise `FaultyQuestion` with the field and the reason."""
    kind = mapping.get("type")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise FaultyQuestion("type", f"{kind!r} is not one of {', '.join(_READERS)}")
    points = _decimal(mapping.get("points", 1), "points")
    if not 0 < points <= 1000 or points != points.quantize(Decimal("0.01")):
        raise FaultyQuestion("points", "must lie above 0 and at most at 1000, with at most two decimals")
    return read(mapping, _text(mapping.get("prompt"), "prompt", at_most=LONGEST_PROMPT), points)


def document_of(question: Question) -> dict[str, object]:
    """Write a question back as the JSON-able mapping that `parse_question` reads; numbers become strings."""
    document: dict[str, object] = {
        "type": question.type,
        "prompt": _pair(question.prompt),
        "points": f"{question.points:f}",
    }
    match question:
        case SingleChoice() | TrueFalse() | MultipleChoice():
            document["options"] = [
                {**_pair(option.text), "correct": option.correct} for option in question.options
            ]
        case Numeric():
            document["answer"] = {"value": f"{question.value:f}", "tolerance": f"{question.tolerance:f}"}
        case ShortText():
            document["answer"] = {
                "accepted": list(question.accepted),
                "case_sensitive": question.case_sensitive,
            }
        case Match():
            document["pairs"] = [
                {"left": _pair(left), "right": _pair(question.rights[right])}
                for left, right in zip(question.lefts, question.key, strict=True)
            ]
        case Order():
            document["items"] = [_pair(item) for item in question.items]
    return document


def _single(mapping: Mapping[str, object], prompt: Bilingual, points: Decimal) -> SingleChoice:
    return SingleChoice(prompt, points, _options(mapping, exactly_one=True))


def _truefalse(mapping: Mapping[str, object], prompt: Bilingual, points: Decimal) -> TrueFalse:
    options = _options(mapping, exactly_one=True)
    if len(options) != 2:
        raise FaultyQuestion("options", "a true-or-false question has exactly two options")
    return TrueFalse(prompt, points, options)


def _multi(mapping: Mapping[str, object], prompt: Bilingual, points: Decimal) -> MultipleChoice:
    return MultipleChoice(prompt, points, _options(mapping, exactly_one=False))


def _options(mapping: Mapping[str, object], *, exactly_one: bool) -> tuple[Option, ...]:
    options = []
    for entry in _sequence(mapping, "options", at_least=2):
        correct = entry.get("correct", False) if isinstance(entry, Mapping) else None
        if not isinstance(correct, bool):
            raise FaultyQuestion("options", "each option is a text in th and en, and correct: true or false")
        options.append(Option(_text(entry, "options"), correct=correct))
    if len({option.text for option in options}) < len(options):
        raise FaultyQuestion("options", "two options read the same")
    found = sum(option.correct for option in options)
    if found == 0 or (exactly_one and found > 1):
        wanted = "exactly one" if exactly_one else "at least one"
        raise FaultyQuestion("options", f"{wanted} option must be correct, {found} are")
    return tuple(options)


def _numeric(mapping: Mapping[str, object], prompt: Bilingual, points: Decimal) -> Numeric:
    answer = _mapping(mapping, "answer")
    if "value" not in answer:
        raise FaultyQuestion("answer.value", "is missing")
    tolerance = _decimal(answer.get("tolerance", 0), "answer.tolerance")
    if tolerance < 0:
        raise FaultyQuestion("answer.tolerance", "cannot be negative")
    return Numeric(prompt, points, value=_decimal(answer["value"], "answer.value"), tolerance=tolerance)


def _short(mapping: Mapping[str, object], prompt: Bilingual, points: Decimal) -> ShortText:
    answer = _mapping(mapping, "answer")
    accepted = _sequence(answer, "accepted", at_least=1, called="answer.accepted")
    case_sensitive = answer.get("case_sensitive", False)
    if not isinstance(case_sensitive, bool):
        raise FaultyQuestion("answer.case_sensitive", "must be true or false")
    texts = tuple(text for text in map(_plain, accepted) if normalised(text, case_sensitive=True))
    if len(texts) < len(accepted):
        raise FaultyQuestion("answer.accepted", "must be a list of texts, none of them empty")
    return ShortText(prompt, points, accepted=texts, case_sensitive=case_sensitive)


def _match(mapping: Mapping[str, object], prompt: Bilingual, points: Decimal) -> Match:
    lefts: list[Bilingual] = []
    rights: list[Bilingual] = []
    key: list[int] = []
    for pair in _sequence(mapping, "pairs", at_least=2):
        if not isinstance(pair, Mapping):
            raise FaultyQuestion("pairs", "each pair has a left and a right")
        left, right = _text(pair.get("left"), "pairs.left"), _text(pair.get("right"), "pairs.right")
        if left in lefts:
            raise FaultyQuestion("pairs.left", "two lefts read the same")
        # Several lefts may share a right; it is then offered once.
        if right not in rights:
            rights.append(right)
        lefts.append(left)
        key.append(rights.index(right))
    return Match(prompt, points, lefts=tuple(lefts), rights=tuple(rights), key=tuple(key))


def _order(mapping: Mapping[str, object], prompt: Bilingual, points: Decimal) -> Order:
    items = tuple(_text(item, "items") for item in _sequence(mapping, "items", at_least=2))
    if len(set(items)) < len(items):
        raise FaultyQuestion("items", "two items read the same, so their order cannot be told")
    return Order(prompt, points, items)


def _text(value: object, field: str, *, at_most: int = 1000) -> Bilingual:
    if not isinstance(value, str | Mapping):
        raise FaultyQuestion(field, "must be a text, or a text in th and en")
    text = Bilingual.of(value)
    if not text:
        raise FaultyQuestion(field, "is empty")
    if max(len(text.th), len(text.en)) > at_most:
        raise FaultyQuestion(field, f"is longer than {at_most} letters")
    return text


def _decimal(value: object, field: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise FaultyQuestion(field, "must be a number")
    try:
        # A float comes only from YAML; its shortest text is what the author wrote.
        number = parse_number(value) if isinstance(value, str) else Decimal(str(value))
    except (BadAnswer, InvalidOperation) as error:
        raise FaultyQuestion(field, "must be a number") from error
    if not number.is_finite() or abs(number) > _LARGEST:
        raise FaultyQuestion(field, "must be a number that a person can write")
    return number


def _mapping(mapping: Mapping[str, object], field: str) -> Mapping[str, object]:
    value = mapping.get(field)
    if not isinstance(value, Mapping):
        raise FaultyQuestion(field, "is missing")
    return value


def _sequence(
    mapping: Mapping[str, object], field: str, *, at_least: int, called: str | None = None
) -> Sequence[object]:
    value = mapping.get(field)
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise FaultyQuestion(called or field, "must be a list")
    if not at_least <= len(value) <= LONGEST_LIST:
        raise FaultyQuestion(called or field, f"must have between {at_least} and {LONGEST_LIST} entries")
    return value


def _pair(text: Bilingual) -> dict[str, str]:
    return {"th": text.th, "en": text.en}


def _plain(value: object) -> str:
    # YAML reads an accepted answer such as 168 as a number.
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


_READERS: Mapping[str, Callable[[Mapping[str, object], Bilingual, Decimal], Question]] = {
    SingleChoice.type: _single,
    MultipleChoice.type: _multi,
    TrueFalse.type: _truefalse,
    Numeric.type: _numeric,
    ShortText.type: _short,
    Match.type: _match,
    Order.type: _order,
}
