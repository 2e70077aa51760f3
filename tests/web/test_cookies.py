"""Our cookies reach a browser inside the page of a host, and hold nothing that could end them."""

import pytest
from flask import Response
from werkzeug.http import parse_cookie

from sca_lms.web import cookies


def test_a_cookie_is_written_as_werkzeug_would_write_it() -> None:
    ours, theirs = Response(), Response()
    cookies.give(ours, "__Host-sca_x", "a-b_c.9", seconds=600)
    theirs.set_cookie(
        "__Host-sca_x", "a-b_c.9", max_age=600, path="/", secure=True, httponly=True, samesite="None",
        partitioned=True,
    )  # fmt: skip
    # The age says it all; the date beside it is for browsers of the last century.
    assert _parts(ours) == {part for part in _parts(theirs) if not part.startswith("expires=")}


def test_a_cookie_that_is_taken_back_is_empty_and_over() -> None:
    answer = Response()
    cookies.take_back(answer, "sca_x")
    written = answer.headers["Set-Cookie"]
    assert parse_cookie(written.partition(";")[0]).to_dict() == {"sca_x": ""}
    assert "Max-Age=0" in written


@pytest.mark.parametrize(
    ("name", "value"), [("a;b", "c"), ("a", "b; Domain=x"), ("a", "b\r\nc"), ("a", "ก"), ("a", 'b"')]
)
def test_a_cookie_with_odd_characters_is_a_defect(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="letters"):
        cookies.written(name, value, seconds=1)


def _parts(answer: Response) -> set[str]:
    return {part.strip().lower() for part in answer.headers["Set-Cookie"].split(";")}
