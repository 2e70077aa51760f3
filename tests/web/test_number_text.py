"""Numbers look the same on every page."""

from decimal import Decimal

import pytest

from sca_lms.web.number_text import number_text, percent_text


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (12500000, None, "12,500,000"),
        (-5, None, "−5"),
        (Decimal("12.5000"), None, "12.5"),
        (Decimal(100), None, "100"),
        (Decimal("1E+3"), None, "1,000"),
        (Decimal("66.666"), 2, "66.67"),
        (Decimal("0.125"), 2, "0.13"),
        # Nothing is less than nothing once it is rounded away.
        (Decimal("-0.004"), 2, "0.00"),
        (7, 1, "7.0"),
        (0, None, "0"),
    ],
)
def test_a_number_is_grouped_and_exact(value: Decimal | int, places: int | None, text: str) -> None:
    assert number_text(value, places) == text


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        number_text(Decimal("NaN"))


def test_prose_says_percent_in_thai_words_and_tables_with_the_sign() -> None:
    assert percent_text(60, "th") == "ร้อยละ 60"
    assert percent_text(60, "en") == "60%"
    assert percent_text(Decimal("62.50"), "th", sign=True) == "62.5%"
