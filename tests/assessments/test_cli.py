"""`sca-lms questions check` tells what is in a file and what is wrong with it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sca_lms.assessments.cli import questions_group
from sca_lms.assessments.formats.csv_rows import write_template


def check(*arguments: str, sent: bytes = b"") -> tuple[int, str, str]:
    result = CliRunner().invoke(questions_group, ["check", *arguments], input=sent)
    return result.exit_code, result.stdout, result.stderr


def test_a_sound_file_is_counted(tmp_path: Path) -> None:
    file = tmp_path / "bank.csv"
    file.write_bytes(write_template())
    code, out, _ = check(str(file))
    told = json.loads(out)
    assert code == 0
    assert told["format"] == "CSV"
    assert told["counts"]["single"] == 1
    assert told["faults"] == []


def test_every_fault_has_line_and_reason(tmp_path: Path) -> None:
    file = tmp_path / "คลัง.gift"
    file.write_text("Good {T}\n\nBad {~a ~b}\n\nWorse {\n", encoding="utf-8")
    code, out, err = check(str(file))
    told = json.loads(out)
    assert code == 1
    assert err == ""
    assert told["counts"] == {"truefalse": 1}
    assert [fault["line"] for fault in told["faults"]] == [3, 5]
    assert all(fault["reason"] for fault in told["faults"])


def test_standard_input_is_read() -> None:
    code, out, _ = check("-", sent="ถูก {T}".encode("cp874"))
    assert (code, json.loads(out)["counts"]) == (0, {"truefalse": 1})


@pytest.mark.parametrize("name", ["missing.gift", "."])
def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, name: str) -> None:
    code, out, err = check(str(tmp_path / name))
    assert (code, out) == (1, "")
    assert len(err.strip().splitlines()) == 1
    assert err.startswith("Error: ")
