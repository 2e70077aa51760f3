"""Work out where the lines of hours against the plan lie, in a box of 1000 by 200; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sca_lms.guidance.cohort_rules import Day, Trend

WIDTH, HEIGHT = 1000, 200
HUNDREDTH = Decimal("0.01")
MINUTES_IN_AN_HOUR = 60
GRID_LINES = 3


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid with what it stands for."""

    minutes: int
    top: Decimal


@dataclass(frozen=True, slots=True)
class Drawing:
    """Hours against the plan, ready to be drawn."""

    plan: str
    """The points of a line, as SVG writes them."""
    real: str
    reach: str
    """The corners of what can still be reached."""
    passing_top: Decimal
    now_left: Decimal
    """In percent of the width."""
    now_top: Decimal
    ticks: tuple[Tick, ...]
    now: Day
    first: Day
    last: Day


def drawing_of(trend: Trend) -> Drawing | None:
    """Return the picture; None while nothing was credited, or when there is but one day."""
    now = trend.now
    if now is None or now.credited is None or len(trend.days) < 2:
        return None
    days = trend.days
    span = (days[-1].day - days[0].day).days or 1
    highest = max(trend.required, trend.reachable, trend.passing, *(each.planned for each in days), 1)
    top = _tops(highest)

    def left(day: Day) -> Decimal:
        return _round(Decimal((day.day - days[0].day).days * WIDTH) / span)

    credited = now.credited
    end = max(trend.reachable, credited)
    return Drawing(
        plan=_points([(left(each), top(each.planned)) for each in days]),
        real=_points([(left(each), top(each.credited)) for each in days if each.credited is not None]),
        reach=_points(
            [(left(now), top(credited)), (Decimal(WIDTH), top(end)), (Decimal(WIDTH), top(credited))]
        )
        if end > credited and now is not days[-1]
        else "",
        passing_top=top(trend.passing),
        now_left=_round(left(now) / 10),
        now_top=top(credited),
        ticks=tuple(
            Tick(minutes, top(minutes))
            for minutes in (highest * place // (GRID_LINES - 1) for place in range(GRID_LINES))
        ),
        now=now,
        first=days[0],
        last=days[-1],
    )


def _tops(highest: int) -> Callable[[int], Decimal]:
    return lambda minutes: _round(HEIGHT - Decimal(minutes * HEIGHT) / highest)


def _points(points: Sequence[tuple[Decimal, Decimal]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _round(value: Decimal) -> Decimal:
    return value.quantize(HUNDREDTH)
