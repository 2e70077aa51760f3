"""A worded text is its English self to everything but a page."""

import copy
import json

import pytest

from sca_lms.texts import Worded, reason_of, worded


def test_a_worded_text_is_sorted_compared_and_written_as_english() -> None:
    text = worded("must be a %(label)s, not %(value)s", label=worded("code"), value="'100%'")
    assert text == "must be a code, not '100%'"
    assert json.dumps(text) == "\"must be a code, not '100%'\""
    assert sorted([text, "a"]) == ["a", text]
    assert {text, "must be a code, not '100%'"} == {text}


def test_a_percent_sign_stands_for_itself_where_nothing_is_filled_in() -> None:
    assert worded("more than 0 % of them") == "more than 0 % of them"


def test_a_copy_knows_how_it_was_made() -> None:
    text = worded("%(number)s faults", number=3)
    again = copy.deepcopy(text)
    assert (again, again.template, again.values) == ("3 faults", "%(number)s faults", {"number": 3})


@pytest.mark.parametrize("error", [ValueError(worded("is empty")), KeyError(worded("is empty"))])
def test_what_an_error_says_stays_worded(error: Exception) -> None:
    assert isinstance(reason_of(error), Worded)


def test_an_error_that_says_nothing_has_an_empty_reason() -> None:
    assert reason_of(ValueError()) == ""
    assert reason_of(OSError(2, "No such file")) == "[Errno 2] No such file"
