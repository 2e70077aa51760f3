"""The ring and the bars show what counts, and nothing beyond."""

from decimal import Decimal

from sca_lms.bootcamp import rings
from sca_lms.bootcamp.rings import Arc, Figure
from sca_lms.bootcamp.rules import CategoryRule, PassRule, standing
from sca_lms.texts import Bilingual

RULE = PassRule(required_minutes=10080, pass_percent=Decimal(80), makeup_cap_minutes=1008)
CATEGORIES = [
    CategoryRule(1, 1680, 1680, Decimal(60)),
    CategoryRule(2, 960, 1200, Decimal(60)),
    CategoryRule(3, 7440, 7440, Decimal()),
]
TITLES = {
    1: ("KNO", Bilingual("ก", "Knowledge")),
    2: ("X-1", Bilingual("ข", "Two")),
    3: ("TEC", Bilingual("ค", "T")),
}


def drawn(credited: dict[int, int], pending: dict[int, int] | None = None) -> Figure:
    return rings.figure(standing(credited, CATEGORIES, RULE), TITLES, pending or {})


def test_arcs_follow_each_other_with_a_gap() -> None:
    ring = drawn({1: 1380, 3: 2160}).ring
    assert ring.arcs == (Arc("kno", 1359, 0), Arc("tec", 2139, 1380))
    assert (ring.total, ring.pending, ring.pending_arc) == (3540, 0, None)
    assert ring.pass_degrees == Decimal("288.00")


def test_pending_minutes_follow_the_last_arc_as_far_as_they_would_count() -> None:
    figure = drawn({1: 1600}, {1: 150, 3: 60})
    assert figure.ring.pending_arc == Arc("wait", 140, 1600)
    assert [bar.pending for bar in figure.bars] == [80, 0, 60]
    assert figure.bars[0].pending_filled == Decimal("4.76")


def test_what_lies_beyond_the_cap_is_told_and_not_drawn() -> None:
    figure = drawn({1: 2000, 2: 1300})
    assert [(bar.counted, bar.over_cap, bar.filled) for bar in figure.bars[:2]] == [
        (1680, 320, Decimal(100)),
        (1200, 100, Decimal(100)),
    ]


def test_the_ring_never_shows_more_than_is_asked_for() -> None:
    ring = drawn({1: 1680, 2: 1200, 3: 7440}, {3: 500}).ring
    assert sum(arc.length for arc in ring.arcs) < 10080
    assert max(arc.offset + arc.length for arc in ring.arcs) <= 10080
    assert (ring.total, ring.pending_arc) == (10080, None)


def test_floors_are_marked_where_they_lie_on_the_bar() -> None:
    bars = drawn({1: 1007}).bars
    assert (bars[0].floor_minutes, bars[0].floor_at, bars[0].has_floor) == (1008, Decimal("60.00"), False)
    assert (bars[2].floor_minutes, bars[2].has_floor) == (0, True)


def test_a_category_of_another_programme_gets_a_look_by_its_place() -> None:
    assert [rings.area_of(code, place) for place, code in enumerate(("KNO", "X-1", "tec", "Y"))] == [
        "kno", "pot", "tec", "pla",
    ]  # fmt: skip
