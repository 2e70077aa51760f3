"""Long lists come in pages whose number lives in the address."""

import pytest
from flask import Flask

from sca_lms.web.paging import LARGEST_PAGE, Page, fitting, offset, page_address, page_number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("3", 3),
        ("1", 1),
        ("0", 1),
        ("-2", 1),
        ("x", 1),
        ("", 1),
        ("๓", 1),
        ("9" * 30, 1),
        ("999999", LARGEST_PAGE),
    ],
)
def test_what_is_no_page_means_the_first(typed: str, number: int) -> None:
    assert page_number({"page": typed}) == number
    assert page_number({}) == 1


def test_a_page_knows_where_it_stands() -> None:
    last = Page(["x"] * 3, number=3, size=10, total=23)
    assert (last.first, last.last, last.pages, last.has_previous, last.has_next) == (21, 23, 3, True, False)
    first = Page(["x"] * 10, number=1, size=10, total=23)
    assert (first.first, first.last, first.has_previous, first.has_next) == (1, 10, False, True)
    empty: Page[str] = Page([], number=1, size=10, total=0)
    assert (empty.first, empty.last, empty.pages, empty.has_next) == (0, 0, 1, False)


def test_a_list_that_became_shorter_shows_its_last_page() -> None:
    assert [fitting(9, size=10, total=23), fitting(2, size=10, total=23), fitting(4, size=10, total=0)] == [
        3,
        2,
        1,
    ]
    assert offset(3, size=10) == 20


def test_the_next_page_keeps_the_filters(house: Flask) -> None:
    with house.test_request_context("/gallery?group=1&group=2&page=1&q=ก"):
        assert page_address(2) == "/gallery?group=1&group=2&page=2&q=%E0%B8%81"
