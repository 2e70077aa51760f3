"""`programme validate` tells every fault in one line each and answers with the agreed exit codes."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sca_lms.courses.cli_programme import programme_group
from tests.programmes.samples import CHECKERS, SAMPLE, sample_text


def validate(file: str | Path, *, given: bytes | None = None) -> Result:
    return CliRunner().invoke(programme_group(CHECKERS), ["validate", str(file)], input=given)


def test_a_sound_file_gives_one_line_and_exit_code_0() -> None:
    result = validate(SAMPLE)
    assert result.exit_code == 0
    assert result.stderr == ""
    counts = "8 modules, 32 units, 24 questions, 61 sessions, 168 hours"
    assert result.stdout == f"{SAMPLE}: no faults; SCA-GEN2: {counts}\n"


def test_each_fault_is_one_line_with_file_line_column_field_and_reason(tmp_path: Path) -> None:
    text = (
        sample_text().replace("launch_date: 2022", "launch_date: 2565").replace("weight: 25,", "weight: 20,")
    )
    file = tmp_path / "ค่าย.yaml"
    file.write_text(text, encoding="utf-8")
    result = validate(file)
    assert result.exit_code == 1
    assert result.stdout == ""
    first, second = result.stderr.splitlines()
    line = text[: text.index("launch_date")].count("\n") + 1
    assert first.startswith(f"{file}:{line}:3: programme.launch_date: has the year 2565: is that B.E.?")
    assert ": line_items: the weights add up to 95; they must add up to 100" in second


def test_a_policy_that_breaks_its_own_example_is_refused_with_case_and_minutes() -> None:
    text = sample_text().replace("grace_in_minutes: 10", "grace_in_minutes: 5")
    result = validate("-", given=text.encode())
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("standard input:")
    assert line.endswith(
        "hours_policy.examples[1].minutes: case 2: the policy gives 202 minutes, but 210 minutes are expected"
    )


def test_standard_input_is_read_for_a_dash() -> None:
    result = validate("-", given=SAMPLE.read_bytes())
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize("name", ["nothing-here.yaml", "."])
def test_a_file_that_cannot_be_read_is_one_line_and_exit_code_2(tmp_path: Path, name: str) -> None:
    result = validate(tmp_path / name)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert str(tmp_path) in result.stderr


def test_a_binary_file_is_a_fault_and_no_traceback(tmp_path: Path) -> None:
    file = tmp_path / "picture.yaml"
    file.write_bytes(bytes(range(256)) * 10)
    result = validate(file)
    assert result.exit_code == 1
    assert "Traceback" not in result.output
