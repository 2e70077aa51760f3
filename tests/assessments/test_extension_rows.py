"""A pasted table says who gets how much more, or says in which line it cannot be read."""

from decimal import Decimal

import pytest

from sca_lms.assessments.extension_rows import (
    Extension,
    Known,
    MoreTime,
    read_extensions,
    read_factor,
    read_more_time,
)

PEOPLE = (
    Known(1, "somsri@example.org", "สมศรี ใจดี"),
    Known(2, "Aree@example.org", "อารี มีสุข"),
    Known(3, "", "อารี มีสุข"),
)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_people_are_found_by_address_in_any_case_or_by_a_name_of_their_own(delimiter: str) -> None:
    lines = [["email", "minutes", "attempts", "reason"], ["SOMSRI@example.org", "60", "1", "ป่วย"]]
    lines.append(["aree@example.org", "30"])
    text = "\ufeff" + "\r\n".join(delimiter.join(cells) for cells in lines)
    found = read_extensions(text, PEOPLE)
    assert found.rows == {1: Extension(60, 1, "ป่วย"), 2: Extension(30, 0)}
    assert found.faults == []
    assert read_more_time(f"สมศรี ใจดี{delimiter}1.5", PEOPLE).rows == {1: MoreTime(Decimal("1.5"))}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("nobody@example.org;60", 1, "Nobody"),
        ("อารี มีสุข;60", 1, "Several people"),
        ("somsri@example.org;60\nสมศรี ใจดี;30", 2, "twice"),
        ("email;minutes\nsomsri@example.org;-5", 2, "whole number"),
        ("somsri@example.org;๖๐", 1, "whole number"),
        ("somsri@example.org;5000000", 1, "whole number"),
        ("somsri@example.org;5;x", 1, "whole number"),
        ("somsri@example.org;5;1;" + "x" * 1001, 1, "shorter reason"),
    ],
)
def test_a_line_that_cannot_be_taken_is_named_with_its_reason(text: str, line: int, reason: str) -> None:
    fault = read_extensions(text, PEOPLE).faults[0]
    assert (fault.line, reason in str(fault.reason)) == (line, True)


@pytest.mark.parametrize("text", ["", "0.9", "5.01", "1.234", "NaN", "Infinity", "two", "-1"])
def test_a_factor_lies_between_one_and_five_with_two_decimals(text: str) -> None:
    with pytest.raises(ValueError, match="factor"):
        read_factor(text)


def test_a_comma_is_a_decimal_point_too() -> None:
    assert read_factor("1,25") == Decimal("1.25")


def test_empty_lines_mean_nothing() -> None:
    found = read_extensions("\n\n;;\n", PEOPLE)
    assert (found.rows, found.faults) == ({}, [])
