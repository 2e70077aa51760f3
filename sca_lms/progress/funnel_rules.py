"""Work out how wide the bars of the five activities are, in percent; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sca_lms.guidance.cohort_rules import Step

FULL = 100
HUNDREDTH = Decimal("0.01")
ROW_HEIGHT = 56


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """One activity as a bar: those who completed it first, then those on the way."""

    step: Step
    top: int
    completed: Decimal
    on_the_way: Decimal

    @property
    def began_percent(self) -> int:
        """Return the share of those who have begun, rounded down."""
        return share_of(self.step.began, self.step.of)

    @property
    def completed_percent(self) -> int:
        """Return the share of those who have completed it, rounded down."""
        return share_of(self.step.completed, self.step.of)


def rows_of(steps: Sequence[Step]) -> list[FunnelRow]:
    """Return the bars in the order of the activities."""
    return [
        FunnelRow(
            each,
            place * ROW_HEIGHT,
            _width(each.completed, each.of),
            _width(each.on_the_way, each.of),
        )
        for place, each in enumerate(steps)
    ]


def share_of(number: int, of: int) -> int:
    """Return a share in percent, rounded down; 0 of nobody."""
    return number * FULL // of if of > 0 else 0


def _width(number: int, of: int) -> Decimal:
    return (Decimal(number * FULL) / of).quantize(HUNDREDTH) if of > 0 else Decimal(0)
