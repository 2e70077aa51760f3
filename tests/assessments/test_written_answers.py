"""What people type is read the way they meant it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.assessments.refusals import BadAnswer, BadAnswerReason
from sca_lms.assessments.written_answers import normalised, parse_number, printable

THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
FULL_WIDTH = str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("150", "150"),
        (" 1,500 ", "1500"),
        ("1 500", "1500"),
        ("1\u00a0500\u00a0000", "1500000"),
        ("1,500.25", "1500.25"),
        ("๑๒๓", "123"),
        ("๑,๕๐๐.๕", "1500.5"),
        ("１５０", "150"),
        ("－１．５", "-1.5"),
        ("−4", "-4"),
        ("–4", "-4"),
        ("- 4", "-4"),
        ("+4", "4"),
        (".5", "0.5"),
        ("4.", "4"),
        ("007", "7"),
        ("1\u200b68", "168"),
    ],
)
def test_a_number_is_read_as_people_write_it(typed: str, meant: str) -> None:
    assert parse_number(typed) == Decimal(meant)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "-",
        ".",
        "many",
        "1,5",
        "1,50,000",
        "1.5.2",
        "1e3",
        "5²",
        "½",
        "0x10",
        "1_000",
        "150 people",
        "NaN",
        "∞",
        "1,500 000",
    ],
)
def test_what_is_no_number_is_not_guessed(typed: str) -> None:
    with pytest.raises(BadAnswer) as refusal:
        parse_number(typed)
    assert refusal.value.reason is BadAnswerReason.NOT_A_NUMBER


def test_a_number_without_end_is_refused() -> None:
    with pytest.raises(BadAnswer) as refusal:
        parse_number("9" * 65)
    assert refusal.value.reason is BadAnswerReason.TOO_LONG


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=3))
def test_commas_thai_digits_and_full_width_do_not_change_a_number(number: Decimal) -> None:
    written = f"{number:,.3f}"
    assert parse_number(written) == number
    assert parse_number(written.translate(THAI_DIGITS)) == number
    assert parse_number(written.translate(FULL_WIDTH)) == number


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_number_or_a_refusal(typed: str) -> None:
    try:
        number = parse_number(typed)
    except BadAnswer:
        return
    assert number.is_finite()


@pytest.mark.parametrize(
    ("typed", "accepted"),
    [
        ("  pdpa ", "PDPA"),
        ("P\u200bD\ufeffPA", "pdpa"),
        ("co-creation  for\tthe\nnew challenges", "Co-creation for the New Challenges"),
        ("co\u2011creation", "co-creation"),
        ("citizen\u2019s", "citizen's"),
        ("น้ํา", "น้ำ"),
        ("นํ้า", "น้ำ"),
        ("นำ้", "น้ำ"),
        ("ทำ", "ทํา"),
        ("ท่ี", "ที่"),
        ("เเผน", "แผน"),
        ("ปี ๒๕๖๕", "ปี 2565"),
        ("cafe\u0301", "café"),
        ("STRASSE", "straße"),
    ],
)
def test_two_ways_of_typing_the_same_words_are_equal(typed: str, accepted: str) -> None:
    assert normalised(typed, case_sensitive=False) == normalised(accepted, case_sensitive=False)


def test_case_counts_where_the_author_says_so() -> None:
    assert normalised("pdpa", case_sensitive=True) != normalised("PDPA", case_sensitive=True)


@pytest.mark.parametrize(("one", "other"), [("มา", "ม้า"), ("ปู", "ปู่"), ("แผน", "แผ่น"), ("city", "cities")])
def test_different_words_stay_different(one: str, other: str) -> None:
    assert normalised(one, case_sensitive=False) != normalised(other, case_sensitive=False)


@given(
    st.text(alphabet=st.one_of(st.characters(), st.sampled_from("กนำํา้่ีเแ \u200b๒İﬀ")), max_size=30),
    st.booleans(),
)
def test_normalising_twice_changes_nothing_more(typed: str, case_sensitive: bool) -> None:
    once = normalised(typed, case_sensitive=case_sensitive)
    assert normalised(once, case_sensitive=case_sensitive) == once


@given(st.text(alphabet=st.characters(), max_size=50))
def test_what_is_kept_can_be_stored(typed: str) -> None:
    kept = printable(typed)
    assert "\x00" not in kept
    assert kept.encode().decode() == kept
