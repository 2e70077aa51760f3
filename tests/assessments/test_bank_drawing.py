"""Questions are dealt by the seed alone, none twice, and as many as can be had."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from sca_lms.assessments.bank_drawing import Wanted, deal

PLACES = st.lists(
    st.builds(
        Wanted, key=st.uuids().map(str), count=st.integers(1, 4), pool=st.frozensets(st.integers(0, 9))
    ),
    max_size=4,
    unique_by=lambda place: place.key,
)


@given(places=PLACES, seed=st.text(max_size=5), taken=st.frozensets(st.integers(0, 3)))
def test_nobody_gets_a_question_twice_or_from_outside_the_pool(
    places: list[Wanted], seed: str, taken: frozenset[int]
) -> None:
    dealt = deal(places, seed=seed, taken=taken)

    everything = [question for questions in dealt for question in questions]
    assert len(everything) == len(set(everything))
    assert not taken & set(everything)
    for place, questions in zip(places, dealt, strict=True):
        assert set(questions) <= place.pool
        assert len(questions) <= place.count
    assert dealt == deal(places, seed=seed, taken=taken)


@given(places=PLACES, seed=st.text(max_size=5))
def test_as_many_are_dealt_as_any_distribution_could_deal(places: list[Wanted], seed: str) -> None:
    dealt = sum(len(questions) for questions in deal(places, seed=seed))

    # König's theorem, found by trying: the most that can be dealt is the least that any set of places leaves.
    units = [place for place in places for _unit in range(place.count)]
    bound = min(
        len(units) - len(some) + len(frozenset().union(*(place.pool for place in some)))
        for size in range(len(units) + 1)
        for some in itertools.combinations(units, size)
    )
    assert dealt == bound


def test_a_narrow_place_keeps_its_questions_from_a_wide_one() -> None:
    wide, narrow = Wanted("wide", 3, frozenset({1, 2, 3})), Wanted("narrow", 1, frozenset({2}))
    for seed in "abcdefgh":
        assert deal([wide, narrow], seed=seed)[1] == [2]


def test_seeds_draw_differently_and_over_many_every_question_comes_as_often() -> None:
    place = Wanted("p", 2, frozenset(range(5)))
    drawn = [question for seed in range(1000) for question in deal([place], seed=str(seed))[0]]
    assert all(330 < drawn.count(question) < 470 for question in range(5))
