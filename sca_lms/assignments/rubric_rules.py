"""Read rubrics, say everything that is wrong with one, and work out its score; pure.

A document is what the database and exported files hold:
`{"criteria": [{"code", "title", "description", "weight", "levels": [{"value", "label", "text"}]}]}`, where
texts are `{"th", "en"}` and numbers are written as text, so that none of them is rounded.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from sca_lms.texts import Bilingual

MOST_CRITERIA = 20
MOST_LEVELS = 10
FEWEST_LEVELS = 2
LONGEST_TEXT = 2_000
LARGEST_NUMBER = Decimal(1_000)
PLACES = 2
PERCENT = Decimal(100)
SCORE_PLACES = Decimal("0.0001")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", re.ASCII)
_NUMBER = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)


class RubricFaultKind(StrEnum):
    """What can be wrong with a rubric."""

    NOT_A_RUBRIC = "not-a-rubric"
    NO_CRITERIA = "no-criteria"
    TOO_MANY_CRITERIA = "too-many-criteria"
    BAD_CODE = "bad-code"
    CODE_TWICE = "code-twice"
    NO_TITLE = "no-title"
    TOO_LONG = "too-long"
    BAD_WEIGHT = "bad-weight"
    TOO_FEW_LEVELS = "too-few-levels"
    TOO_MANY_LEVELS = "too-many-levels"
    BAD_VALUE = "bad-value"
    VALUE_TWICE = "value-twice"
    NO_POINTS = "no-points"
    NO_LEVEL_TEXT = "no-level-text"


@dataclass(frozen=True, slots=True)
class RubricFault:
    """One fault; criteria and levels are counted from 1, None where the fault is of the whole."""

    kind: RubricFaultKind
    criterion: int | None = None
    level: int | None = None
    given: str = ""


class RubricFaulty(ValueError):
    """A document is not a rubric; `faults` names every reason."""

    def __init__(self, faults: Sequence[RubricFault]) -> None:
        super().__init__(", ".join(fault.kind for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Level:
    """How well a criterion can be met, and what that is worth."""

    value: Decimal
    label: Bilingual
    text: Bilingual


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is judged, with its weight among the others."""

    code: str
    title: Bilingual
    description: Bilingual
    weight: Decimal
    levels: tuple[Level, ...]

    @property
    def largest(self) -> Decimal:
        """The value of the best level."""
        return max(level.value for level in self.levels)


@dataclass(frozen=True, slots=True)
class Rubric:
    """Weighted criteria, in the order in which they are marked."""

    criteria: tuple[Criterion, ...]

    @property
    def weight(self) -> Decimal:
        """The sum of all weights; it need not be 100."""
        return sum((criterion.weight for criterion in self.criteria), Decimal(0))


def read_rubric(document: object) -> Rubric:
    """Return the rubric that a document describes; raise `RubricFaulty` with every fault."""
    faults: list[RubricFault] = []
    criteria = document.get("criteria") if isinstance(document, Mapping) else None
    if not isinstance(criteria, list):
        raise RubricFaulty([RubricFault(RubricFaultKind.NOT_A_RUBRIC)])
    if not criteria:
        faults.append(RubricFault(RubricFaultKind.NO_CRITERIA))
    if len(criteria) > MOST_CRITERIA:
        raise RubricFaulty([RubricFault(RubricFaultKind.TOO_MANY_CRITERIA, given=str(len(criteria)))])
    read = [_criterion(each, number, faults) for number, each in enumerate(criteria, start=1)]
    faults += [
        RubricFault(RubricFaultKind.CODE_TWICE, number, given=read[number - 1].code)
        for number in _repeated([criterion.code for criterion in read])
    ]
    if faults:
        raise RubricFaulty(sorted(faults, key=lambda fault: (fault.criterion or 0, fault.level or 0)))
    return Rubric(tuple(read))


def document_of(rubric: Rubric) -> dict[str, object]:
    """Return the document that `read_rubric` reads as this rubric."""
    return {
        "criteria": [
            {
                "code": criterion.code,
                "title": _both(criterion.title),
                "description": _both(criterion.description),
                "weight": number_of(criterion.weight),
                "levels": [
                    {
                        "value": number_of(level.value),
                        "label": _both(level.label),
                        "text": _both(level.text),
                    }
                    for level in criterion.levels
                ],
            }
            for criterion in rubric.criteria
        ]
    }


def number_of(value: Decimal) -> str:
    """Write a number without a power of ten and without zeros that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_levels(rubric: Rubric, chosen: Mapping[str, object]) -> dict[str, Decimal]:
    """Return the chosen levels by criterion as they are stored; what the rubric does not have is left out."""
    known = {criterion.code: {level.value for level in criterion.levels} for criterion in rubric.criteria}
    found: dict[str, Decimal] = {}
    for code, value in chosen.items():
        number = _number(value)
        if number is not None and number in known.get(code, ()):
            found[code] = number
    return found


def missing(rubric: Rubric, levels: Mapping[str, Decimal]) -> tuple[str, ...]:
    """Return the codes of the criteria for which no level is chosen yet."""
    return tuple(criterion.code for criterion in rubric.criteria if criterion.code not in levels)


def score_percent(rubric: Rubric, levels: Mapping[str, Decimal]) -> Decimal | None:
    """Return 100 · Σ(weight · level / best level) / Σ weight, None while a criterion has no level.

    A mark with an empty criterion is a draft; it has no score, which is something else than zero.
    """
    if missing(rubric, levels):
        return None
    reached = sum(
        (criterion.weight * levels[criterion.code] / criterion.largest for criterion in rubric.criteria),
        Decimal(0),
    )
    return (PERCENT * reached / rubric.weight).quantize(SCORE_PLACES)


def untranslated(rubric: Rubric) -> int:
    """Return how many texts of a rubric exist in one language only."""
    return sum(bool(text.th) != bool(text.en) for text in texts_of(rubric))


def texts_of(rubric: Rubric) -> Iterator[Bilingual]:
    """Go through every text of a rubric."""
    for criterion in rubric.criteria:
        yield criterion.title
        yield criterion.description
        for level in criterion.levels:
            yield level.label
            yield level.text


def _criterion(given: object, number: int, faults: list[RubricFault]) -> Criterion:
    fields: Mapping[object, object] = given if isinstance(given, Mapping) else {}

    def fault(kind: RubricFaultKind, told: object = "") -> None:
        faults.append(RubricFault(kind, number, given=_short(told)))

    code = str(fields.get("code") or "")
    if not CODE.fullmatch(code):
        fault(RubricFaultKind.BAD_CODE, code)
    title, description = _text(fields.get("title")), _text(fields.get("description"))
    if not title:
        fault(RubricFaultKind.NO_TITLE)
    if _is_too_long(title, description):
        fault(RubricFaultKind.TOO_LONG)
    weight = _number(fields.get("weight"))
    if weight is None or weight == 0:
        fault(RubricFaultKind.BAD_WEIGHT, fields.get("weight"))
    return Criterion(
        code, title, description, weight or Decimal(1), _levels(fields.get("levels"), number, faults)
    )


def _levels(given: object, number: int, faults: list[RubricFault]) -> tuple[Level, ...]:
    lines = given if isinstance(given, list) else []
    if len(lines) < FEWEST_LEVELS:
        faults.append(RubricFault(RubricFaultKind.TOO_FEW_LEVELS, number))
    if len(lines) > MOST_LEVELS:
        faults.append(RubricFault(RubricFaultKind.TOO_MANY_LEVELS, number, given=str(len(lines))))
        return ()
    levels = [_level(each, number, place, faults) for place, each in enumerate(lines, start=1)]
    read = [level for level in levels if level is not None]
    if len(read) == len(lines):
        for place in _repeated([level.value for level in read]):
            told = number_of(read[place - 1].value)
            faults.append(RubricFault(RubricFaultKind.VALUE_TWICE, number, place, told))
        if read and max(level.value for level in read) == 0:
            faults.append(RubricFault(RubricFaultKind.NO_POINTS, number))
    return tuple(read)


def _level(given: object, number: int, place: int, faults: list[RubricFault]) -> Level | None:
    fields: Mapping[object, object] = given if isinstance(given, Mapping) else {}
    label, text = _text(fields.get("label")), _text(fields.get("text"))
    if not label and not text:
        faults.append(RubricFault(RubricFaultKind.NO_LEVEL_TEXT, number, place))
    if _is_too_long(label, text):
        faults.append(RubricFault(RubricFaultKind.TOO_LONG, number, place))
    value = _number(fields.get("value"))
    if value is None:
        told = _short(fields.get("value"))
        faults.append(RubricFault(RubricFaultKind.BAD_VALUE, number, place, told))
        return None
    return Level(value, label, text)


def _number(given: object) -> Decimal | None:
    """Return a number of at most two decimals, also of a JSON number; None for everything else."""
    if isinstance(given, bool) or not isinstance(given, str | int | float | Decimal):
        return None
    text = str(given).strip()
    if not _NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    is_exact = number == round(number, PLACES)
    return number if is_exact and number <= LARGEST_NUMBER else None


def _text(given: object) -> Bilingual:
    read = Bilingual.of(given)
    return Bilingual(th=read.th.strip(), en=read.en.strip())


def _both(text: Bilingual) -> dict[str, str]:
    return {"th": text.th, "en": text.en}


def _is_too_long(*texts: Bilingual) -> bool:
    return any(len(text.th) > LONGEST_TEXT or len(text.en) > LONGEST_TEXT for text in texts)


def _short(given: object) -> str:
    return "" if given is None else str(given)[:80]


def _repeated(values: Iterable[object]) -> list[int]:
    """Return the places, counted from 1, of those values that stood there before."""
    seen: set[object] = set()
    places: list[int] = []
    for place, value in enumerate(values, start=1):
        if value in seen and value != "":
            places.append(place)
        seen.add(value)
    return places
