"""Work out totals from scores and weights, and tell what is missing and what is failed; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

PLACES = Decimal("0.01")
FULL = Decimal(100)
"""What all weights together should come to."""


class Kind(StrEnum):
    """What a column is about."""

    PROGRAMME = "programme"
    QUIZ = "quiz"
    ASSIGNMENT = "assignment"


class Shown(StrEnum):
    """Which learners a gradebook shows, by what is the matter with a score of theirs."""

    DUE = "due"
    REFUSED = "refused"
    CHANGED = "changed"
    MISSING = "missing"
    NOT_GRADED = "not-graded"
    BELOW_PASS = "below-pass"  # noqa: S105 - A word of a filter, not a secret.
    OVERRIDDEN = "overridden"


@dataclass(frozen=True, slots=True)
class Part:
    """One column of a total: what it weighs, what can be reached, and what was reached, if anything was."""

    code: str
    weight: Decimal
    maximum: Decimal
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Total:
    """A weighted total in per cent: of what is graded so far, and of everything with what is missing as 0."""

    of_graded: Decimal | None
    """None while nothing with a weight is graded."""
    of_everything: Decimal | None
    """None where no column has a weight."""
    missing: tuple[str, ...]
    """The columns that count and have no score yet."""


def total(parts: Iterable[Part]) -> Total:
    """Return the weighted total, rounded half up to two decimals; weights need not come to 100."""
    counting = [part for part in parts if part.weight > 0]
    graded = [(part, part.value) for part in counting if part.value is not None]
    earned = sum(
        (part.weight * min(max(value / part.maximum, Decimal(0)), Decimal(1)) for part, value in graded),
        start=Decimal(0),
    )
    return Total(
        of_graded=_percent(earned, [part for part, _value in graded]),
        of_everything=_percent(earned, counting),
        missing=tuple(part.code for part in counting if part.value is None),
    )


def weight_sum(weights: Iterable[Decimal]) -> Decimal:
    """Return what weights come to."""
    return sum(weights, start=Decimal(0))


def is_below(value: Decimal | None, maximum: Decimal, pass_percent: Decimal | None) -> bool:
    """Tell whether a score is below the pass mark of its column; without a mark or a score nothing is."""
    return value is not None and pass_percent is not None and value * 100 < maximum * pass_percent


def plain(value: Decimal) -> str:
    """Write a number as files and fields have it: a dot, no thousands, no trailing zeros."""
    return f"{value.normalize():f}"


def _percent(earned: Decimal, parts: Sequence[Part]) -> Decimal | None:
    weights = weight_sum(part.weight for part in parts)
    return (earned * 100 / weights).quantize(PLACES, ROUND_HALF_UP) if weights else None
