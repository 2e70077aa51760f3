"""A reader always comes back to a page of ours."""

import pytest
from flask import Flask

from sca_lms.web.addresses import here, local_path


@pytest.mark.parametrize("path", ["/", "/courses/1/today?page=2", "/a%20b", "/-/token/courses/1"])
def test_our_own_pages_are_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize("path", [None, "", "courses", "//x", "/\\x", "/a\nb", "/a b", "https://x", "/x\\y"])
def test_everything_else_is_replaced(path: str | None) -> None:
    assert local_path(path, "/home") == "/home"


def test_a_page_comes_back_to_itself_with_its_filters(house: Flask) -> None:
    with house.test_request_context("/gallery?q=%E0%B8%81&page=2"):
        assert here() == "/gallery?q=%E0%B8%81&page=2"
    with house.test_request_context("/gallery", environ_overrides={"SCRIPT_NAME": "/-/token"}):
        assert here() == "/-/token/gallery"


def test_a_form_that_cannot_be_opened_comes_back_to_where_it_stood(house: Flask) -> None:
    with house.test_request_context("/wrong/409?x=1", method="POST"):
        assert here() == "/wrong/409"
    referrer = {"Referer": "http://localhost/gallery?page=2"}
    with house.test_request_context("/preferences", method="POST", headers=referrer):
        assert here() == "/gallery?page=2"
    for elsewhere in ("https://evil.example/x", "http://[broken"):
        with house.test_request_context("/preferences", method="POST", headers={"Referer": elsewhere}):
            assert here() == "/"
