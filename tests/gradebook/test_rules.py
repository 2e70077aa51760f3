"""Totals weigh what is graded, and say what is missing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.gradebook.rules import Part, is_below, plain, total


def a_part(weight: str, value: str | None, maximum: str = "100", code: str = "X") -> Part:
    return Part(code, Decimal(weight), Decimal(maximum), None if value is None else Decimal(value))


def numbers(most: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(0, most, places=4, allow_nan=False, allow_infinity=False)


PARTS = st.lists(
    st.builds(
        Part,
        st.sampled_from(["PRE", "HRS", "MEN"]),
        numbers(100),
        st.decimals(1, 500, places=2),
        st.none() | numbers(500),
    ),
    max_size=8,
)


def test_what_is_missing_counts_nothing_of_everything_and_is_left_out_of_what_is_graded() -> None:
    found = total([a_part("40", "80", code="PRE"), a_part("60", None, code="PIT")])
    assert found.of_graded == Decimal("80.00")
    assert found.of_everything == Decimal("32.00")
    assert found.missing == ("PIT",)


def test_scores_are_weighed_on_their_own_scale() -> None:
    found = total([a_part("25", "126", "168"), a_part("15", "12", "12")])
    assert found.of_graded == found.of_everything == Decimal("84.38")


def test_weights_need_not_come_to_100() -> None:
    assert total([a_part("1", "50"), a_part("1", "100")]).of_everything == Decimal("75.00")


def test_without_weights_there_is_no_total_and_without_scores_none_of_what_is_graded() -> None:
    assert total([a_part("0", "50")]).of_everything is None
    found = total([a_part("10", None)])
    assert (found.of_graded, found.of_everything) == (None, Decimal("0.00"))


@given(PARTS)
def test_totals_lie_between_0_and_100_and_missing_scores_never_raise_one(parts: list[Part]) -> None:
    found = total(parts)
    for value in (found.of_graded, found.of_everything):
        assert value is None or 0 <= value <= 100
    if found.of_graded is not None:
        assert found.of_everything is not None
        assert found.of_everything <= found.of_graded
    counting = [part for part in parts if part.weight > 0]
    assert len(found.missing) == sum(part.value is None for part in counting)


@given(PARTS, st.integers(1, 9))
def test_only_the_proportion_of_weights_matters(parts: list[Part], factor: int) -> None:
    grown = [Part(part.code, part.weight * factor, part.maximum, part.value) for part in parts]
    assert total(grown) == total(parts)


@pytest.mark.parametrize(
    ("value", "percent", "expected"),
    [("49.99", "50", True), ("50", "50", False), (None, "50", False), ("0", None, False)],
)
def test_below_the_pass_mark_is_only_what_has_a_score_and_a_mark(
    value: str | None, percent: str | None, expected: bool
) -> None:
    score = None if value is None else Decimal(value)
    mark = None if percent is None else Decimal(percent)
    assert is_below(score, Decimal(100), mark) is expected


@pytest.mark.parametrize(
    ("value", "text"), [("50.0000", "50"), ("100", "100"), ("0.5000", "0.5"), ("0", "0")]
)
def test_numbers_in_files_have_no_trailing_zeros(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text
