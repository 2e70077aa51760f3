"""Work out how a quiz and each of its questions measured: pure, exact, equal answers at once.

Facility is the mean share of the points (0 to 1). Discrimination is given twice: as the correlation of that
share with the share earned in the rest of the attempt (point-biserial, corrected for the question itself),
and as the mean share among the best 27 percent of attempts minus that among the weakest 27 percent (Kelley
1939). Cronbach's alpha is k/(k−1)·(1−Σ var(item)/var(total)).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from sca_lms.assessments.statistics_choices import Choice, ChoiceKey

ZERO, ONE = Decimal(0), Decimal(1)
GROUP_SHARE = Decimal("0.27")
SETTLED = Decimal("1e-12")
ENOUGH = 10
"""With fewer attempts figures say more about chance than about the question, so no hint is given."""
BINS = 10
CHOICES_SHOWN = 12
"""So many choices of each part of a question are shown; of typed ones the most frequent."""
MOST_CHOICES = 500
"""So many different answers are kept for each question; beyond them only those already known are counted, so
the most frequent ones have to come first."""


class Group(StrEnum):
    """Whether an attempt is among the best or the weakest."""

    UPPER = "upper"
    LOWER = "lower"


class Hint(StrEnum):
    """Why a question deserves a look."""

    NEGATIVE = "negative"
    KEY = "key"
    HARD = "hard"
    EASY = "easy"
    WEAK = "weak"
    BLANK = "blank"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Answered:
    """One question in an attempt that was handed in and marked, or in several that say the same."""

    score: Decimal
    max_points: Decimal
    total: Decimal
    max_total: Decimal
    choices: Sequence[Choice]
    blank: bool


@dataclass(frozen=True, slots=True)
class ChoiceCount:
    """How often something was chosen or typed, and by how many of the best and the weakest."""

    choice: Choice
    count: int
    upper: int
    lower: int


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """What is known about one question; a figure that cannot be worked out is None."""

    count: int
    facility: Decimal
    deviation: Decimal | None
    correlation: Decimal | None
    difference: Decimal | None
    blank: int
    choices: Sequence[ChoiceCount]
    hints: Sequence[Hint]


@dataclass(frozen=True, slots=True)
class Overview:
    """How all attempts went, in percent; `bins` counts them by tens, 100 in the last."""

    count: int
    mean: Decimal | None
    deviation: Decimal | None
    median: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    bins: Sequence[int]


@dataclass(frozen=True, slots=True)
class Measured:
    """How a quiz measured, its questions by id; alpha is None where not everybody was asked the same."""

    overview: Overview
    alpha: Decimal | None
    same_for_all: bool
    items: Mapping[int, ItemFigures]


@dataclass(slots=True)
class _Sums:
    """Sums of pairs from which mean, variance and correlation follow."""

    n: int = 0
    x: Decimal = ZERO
    y: Decimal = ZERO
    xx: Decimal = ZERO
    yy: Decimal = ZERO
    xy: Decimal = ZERO

    def add(self, x: Decimal, y: Decimal, times: int = 1) -> None:
        self.n += times
        self.x += x * times
        self.y += y * times
        self.xx += x * x * times
        self.yy += y * y * times
        self.xy += x * y * times

    def correlation(self) -> Decimal | None:
        across = _settled(self.n * self.xx - self.x * self.x)
        along = _settled(self.n * self.yy - self.y * self.y)
        if across <= 0 or along <= 0:
            return None
        return _settled(self.n * self.xy - self.x * self.y) / (across * along).sqrt()


@dataclass(slots=True)
class ItemTally:
    """Add up one question over many attempts; holds sums and counts, never the answers themselves."""

    shares: _Sums = field(default_factory=_Sums)
    with_rest: _Sums = field(default_factory=_Sums)
    points: _Sums = field(default_factory=_Sums)
    upper: _Sums = field(default_factory=_Sums)
    lower: _Sums = field(default_factory=_Sums)
    blank: int = 0
    counts: dict[ChoiceKey, list[int]] = field(default_factory=dict)
    known: dict[ChoiceKey, Choice] = field(default_factory=dict)

    def offer(self, choices: Iterable[Choice]) -> None:
        """Count from nothing what could be chosen, so that what nobody chose is seen."""
        for choice in choices:
            self.counts.setdefault(choice.key, [0, 0, 0])
            self.known[choice.key] = choice

    def add(self, answered: Answered, group: Group | None, times: int = 1) -> None:
        """Count an answer that so many attempts of this group gave."""
        share = answered.score / answered.max_points
        self.shares.add(share, ZERO, times)
        self.points.add(answered.score, ZERO, times)
        rest = answered.max_total - answered.max_points
        if rest > 0:
            self.with_rest.add(share, (answered.total - answered.score) / rest, times)
        if group is not None:
            (self.upper if group is Group.UPPER else self.lower).add(share, ZERO, times)
        self.blank += answered.blank * times
        for choice in answered.choices:
            if choice.key not in self.counts and len(self.counts) >= MOST_CHOICES:
                continue
            count = self.counts.setdefault(choice.key, [0, 0, 0])
            self.known.setdefault(choice.key, choice)
            count[0] += times
            count[1] += times if group is Group.UPPER else 0
            count[2] += times if group is Group.LOWER else 0

    def variance_of_points(self) -> Decimal | None:
        """Return the sample variance of the points earned."""
        return _variance(self.points)

    def figures(self) -> ItemFigures:
        """Return what is known now; at least one answer was added."""
        variance = _variance(self.shares)
        difference = None
        if self.upper.n and self.lower.n:
            difference = self.upper.x / self.upper.n - self.lower.x / self.lower.n
        choices = [ChoiceCount(self.known[key], *counts) for key, counts in self.counts.items()]
        figures = ItemFigures(
            count=self.shares.n,
            facility=self.shares.x / self.shares.n,
            deviation=None if variance is None else variance.sqrt(),
            correlation=self.with_rest.correlation(),
            difference=difference,
            blank=self.blank,
            choices=choices,
            hints=(),
        )
        return ItemFigures(
            figures.count, figures.facility, figures.deviation, figures.correlation, figures.difference,
            figures.blank, figures.choices, hints_of(figures),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which attempts the middle lies, each by its share and number."""

    weakest: tuple[Decimal, int]
    """The best of the weakest 27 percent."""
    best: tuple[Decimal, int]
    """The weakest of the best 27 percent."""

    def group(self, share: Decimal, *, is_early: bool, is_late: bool) -> Group | None:
        """Return the group of an attempt with this share.

        Of equal shares the earlier attempt counts as the weaker: `is_early` says that it has at most the
        number of `weakest`, `is_late` that it has at least that of `best`.
        """
        if share > self.best[0] or (share == self.best[0] and is_late):
            return Group.UPPER
        if share < self.weakest[0] or (share == self.weakest[0] and is_early):
            return Group.LOWER
        return None


def bounds_of(totals: Iterable[tuple[int, Decimal]]) -> Bounds | None:
    """Return where the best and the weakest 27 percent begin, at least one of each; None for fewer than two.

    `totals` are pairs of attempt and share.
    """
    in_order = sorted((share, attempt_id) for attempt_id, share in totals)
    if len(in_order) < 2:
        return None
    size = int((len(in_order) * GROUP_SHARE).to_integral_value(ROUND_HALF_UP)) or 1
    return Bounds(in_order[size - 1], in_order[-size])


def overview_of(percents: Sequence[Decimal]) -> Overview:
    """Return mean, sample deviation, median and histogram of percentages from 0 to 100."""
    if not percents:
        return Overview(0, None, None, None, None, None, [0] * BINS)
    in_order = sorted(percents)
    count, middle = len(in_order), len(in_order) // 2
    median = in_order[middle] if count % 2 else (in_order[middle - 1] + in_order[middle]) / 2
    sums = _Sums()
    bins = [0] * BINS
    for percent in in_order:
        sums.add(percent, ZERO)
        bins[max(0, min(BINS - 1, int(percent * BINS / 100)))] += 1
    variance = _variance(sums)
    deviation = None if variance is None else variance.sqrt()
    return Overview(count, sums.x / count, deviation, median, in_order[0], in_order[-1], bins)


def alpha_of(item_variances: Sequence[Decimal | None], totals: Iterable[Decimal]) -> Decimal | None:
    """Return Cronbach's alpha of questions that everybody was asked; None where it is not defined."""
    known = [variance for variance in item_variances if variance is not None]
    sums = _Sums()
    for total in totals:
        sums.add(total, ZERO)
    variance = _variance(sums)
    k = len(item_variances)
    if k < 2 or len(known) < k or variance is None or variance == 0:
        return None
    return Decimal(k) / (k - 1) * (1 - sum(known, start=ZERO) / variance)


def hints_of(figures: ItemFigures) -> tuple[Hint, ...]:
    """Return why a question deserves a look, the weightiest reason first."""
    if figures.count < ENOUGH:
        return ()
    found = []
    strength = figures.correlation
    if strength is not None and strength < 0:
        found.append(Hint.NEGATIVE)
    if _best_choose_wrong(figures.choices):
        found.append(Hint.KEY)
    if figures.facility < Decimal("0.2"):
        found.append(Hint.HARD)
    if figures.facility > Decimal("0.95"):
        found.append(Hint.EASY)
    elif strength is not None and 0 <= strength < Decimal("0.2"):
        found.append(Hint.WEAK)
    if figures.blank * 5 > figures.count:
        found.append(Hint.BLANK)
    if any(
        each.choice.offered and not each.choice.right and each.count * 50 < figures.count
        for each in figures.choices
    ):
        found.append(Hint.IDLE)
    return tuple(found)


def share_of(count: int, total: int) -> Decimal:
    """Return a share from 0 to 1, 0 of nothing."""
    return Decimal(count) / total if total else ZERO


def shown(choices: Sequence[ChoiceCount]) -> tuple[ChoiceCount, ...]:
    """Return those choices that are shown."""
    return tuple(each for some in by_part(choices).values() for each in some[:CHOICES_SHOWN])


def by_part(choices: Sequence[ChoiceCount]) -> Mapping[str, list[ChoiceCount]]:
    """Return the choices by the part of the question they belong to, the most frequent typed ones first."""
    parts: dict[str, list[ChoiceCount]] = {}
    for each in choices:
        parts.setdefault(each.choice.part, []).append(each)
    for some in parts.values():
        if not all(each.choice.offered for each in some):
            some.sort(key=lambda each: (-each.count, each.choice.text.en))
    return parts


def _best_choose_wrong(choices: Sequence[ChoiceCount]) -> bool:
    """Tell whether more of the best chose some wrong option than the right one."""
    for some in by_part(choices).values():
        right = [each.upper for each in some if each.choice.right and each.choice.offered]
        wrong = [each.upper for each in some if not each.choice.right and each.choice.offered]
        if len(right) == 1 and wrong and max(wrong) > right[0]:
            return True
    return False


def _settled(difference: Decimal) -> Decimal:
    """Return a difference of sums without what rounding left over, so that nothing is nothing."""
    return difference.quantize(SETTLED)


def _variance(sums: _Sums) -> Decimal | None:
    """Return the sample variance of x; rounding never makes it negative."""
    if sums.n < 2:
        return None
    return max(ZERO, (sums.xx - sums.x * sums.x / sums.n) / (sums.n - 1))
