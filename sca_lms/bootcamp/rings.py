"""Work out the ring and the bars of somebody's hours, in whole minutes and percent, to be drawn; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sca_lms.bootcamp.rules import CategoryStanding, Standing
from sca_lms.texts import Bilingual

AREAS = ("kno", "pot", "sof", "pla", "pjm", "org", "tec")
"""The looks there are: a colour and a shape each."""
HUNDREDTH = Decimal("0.01")
FULL_CIRCLE = 360
GAP_SHARE = 460
"""Two neighbouring arcs are parted by this share of the circle."""


@dataclass(frozen=True, slots=True)
class Arc:
    """A stretch of the ring, in minutes of its whole length."""

    area: str
    length: int
    offset: int


@dataclass(frozen=True, slots=True)
class Ring:
    """The minutes that count, by category, out of all that are asked for."""

    required: int
    total: int
    pending: int
    pass_minutes: int
    arcs: tuple[Arc, ...]
    pending_arc: Arc | None
    pass_degrees: Decimal


@dataclass(frozen=True, slots=True)
class Bar:
    """One category: minutes, and where they lie on its bar in percent."""

    code: str
    title: Bilingual
    area: str
    counted: int
    minutes: int
    pending: int
    floor_minutes: int
    has_floor: bool
    over_cap: int
    """Credited minutes that do not count any more."""
    filled: Decimal
    pending_filled: Decimal
    floor_at: Decimal


@dataclass(frozen=True, slots=True)
class Figure:
    """Ring and bars of one person."""

    ring: Ring
    bars: tuple[Bar, ...]


def area_of(code: str, position: int) -> str:
    """Return the look of a category: its own when it is one of the seven, else one by its position."""
    return code.lower() if code.lower() in AREAS else AREAS[position % len(AREAS)]


def figure(now: Standing, titles: Mapping[int, tuple[str, Bilingual]], pending: Mapping[int, int]) -> Figure:
    """Return ring and bars; `titles` gives code and title and `pending` minutes by category id."""
    bars = tuple(
        _bar(each, *titles[each.rule.category_id], position, pending.get(each.rule.category_id, 0))
        for position, each in enumerate(now.categories)
    )
    return Figure(_ring(now, bars), bars)


def _bar(each: CategoryStanding, code: str, title: Bilingual, position: int, pending: int) -> Bar:
    minutes = each.rule.minutes
    counting = min(pending, each.rule.cap_minutes - each.counted)
    filled = _percent(each.counted, minutes)
    return Bar(
        code, title, area_of(code, position), each.counted, minutes, counting,
        floor_minutes=each.rule.floor_minutes,
        has_floor=each.has_floor,
        over_cap=max(0, each.credited - each.counted),
        filled=filled,
        pending_filled=min(_percent(counting, minutes), 100 - filled),
        floor_at=_percent(each.rule.floor_minutes, minutes),
    )  # fmt: skip


def _ring(now: Standing, bars: Sequence[Bar]) -> Ring:
    required = now.rule.required_minutes
    gap = max(1, required // GAP_SHARE)
    arcs: list[Arc] = []
    drawn = 0
    for bar in bars:
        length = min(bar.counted, required - drawn)
        if length > 0:
            arcs.append(Arc(bar.area, max(1, length - gap), drawn))
        drawn += length
    waiting = min(sum(bar.pending for bar in bars), required - drawn)
    return Ring(
        required,
        now.total,
        waiting,
        now.rule.pass_minutes,
        tuple(arcs),
        Arc("wait", waiting, drawn) if waiting > 0 else None,
        (Decimal(FULL_CIRCLE) * now.rule.pass_minutes / required).quantize(HUNDREDTH),
    )


def _percent(part: int, whole: int) -> Decimal:
    return min(Decimal(100), Decimal(part) * 100 / whole).quantize(HUNDREDTH)
