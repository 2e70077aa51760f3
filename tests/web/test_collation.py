"""Thai names are sorted and found as a Thai reader expects."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.web.collation import fold, initial, sort_key

THAI = st.text(st.characters(min_codepoint=0x0E01, max_codepoint=0x0E5B), max_size=12)
ANY = st.text(max_size=12)

DICTIONARY = ["กบ", "กานต์", "เกศ", "แก้ว", "โกวิท", "ไก่", "ขวัญ"]
NAMES = ["กมล", "กมลชนก", "กัญญา", "กา", "ก่า", "ก้า", "เก่ง", "แก", "ขจร", "เขียว", "จันทร์", "ฉัตร", "เอก", "ฮานา"]


@pytest.mark.parametrize("order", [DICTIONARY, NAMES])
def test_names_stand_in_the_order_of_the_dictionary(order: list[str]) -> None:
    shuffled = random.Random(7).sample(order, len(order))
    assert sorted(shuffled, key=sort_key) == order


def test_keys_order_the_same_by_bytes_as_by_characters() -> None:
    assert sorted(DICTIONARY, key=lambda name: sort_key(name).encode()) == DICTIONARY


def test_latin_names_come_before_thai_ones_whatever_their_case() -> None:
    names = ["ปวีณา", "bob", "Alice", "กมล", "Émile", "emily"]
    assert sorted(names, key=sort_key) == ["Alice", "bob", "Émile", "emily", "กมล", "ปวีณา"]


def test_a_tone_mark_decides_only_between_words_otherwise_equal() -> None:
    assert sort_key("กา") < sort_key("ก่า") < sort_key("ก้า") < sort_key("กาง")


def test_a_given_name_alone_comes_before_the_same_name_with_more_letters() -> None:
    assert sort_key("กานต์ ทองสุข") < sort_key("กานต์ธิดา กมล")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("เเก้ว", "แก้ว"), ("น้ํา", "น้ำ"), ("นํ้า", "น้ำ"), ("กา\u200bนต์", "กานต์"), ("ปี  ๒๕๖๕", "ปี 2565"), ("ปู่่", "ปู่่")],
)
def test_two_ways_of_typing_one_word_are_one_word(typed: str, meant: str) -> None:
    assert sort_key(typed) == sort_key(meant)
    assert fold(typed) == fold(meant)


def test_search_forgives_tone_marks_case_accents_and_hidden_characters() -> None:
    assert fold("แก้ว") == fold("แกว") == "แกว"
    assert fold("José\u200b SMITH ") == "jose smith"
    assert fold("จันทร์") == "จันทร"


@given(ANY | THAI)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ANY | THAI, ANY | THAI)
def test_words_that_sort_alike_are_found_alike(left: str, right: str) -> None:
    if sort_key(left) == sort_key(right):
        assert fold(left) == fold(right)


@given(st.lists(THAI, max_size=8))
def test_the_order_does_not_depend_on_where_the_names_stood(names: list[str]) -> None:
    assert [sort_key(n) for n in sorted(names, key=sort_key)] == sorted(map(sort_key, reversed(names)))


@given(ANY)
def test_a_key_can_be_stored_in_postgresql(text: str) -> None:
    assert "\0" not in sort_key(text)


def test_the_letter_in_the_circle_is_a_consonant() -> None:
    assert [initial("โสภิดา"), initial("เอมอร"), initial("bow"), initial(""), initial("-")] == [
        "ส",
        "อ",
        "B",
        "",
        "",
    ]
