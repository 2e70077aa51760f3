"""The programme file that the project ships, and ways to spoil it, for tests."""

import copy
from functools import cache
from pathlib import Path

from sca_lms.attendance.programme_checks import check_worked_cases
from sca_lms.programmes import programme_file
from sca_lms.programmes.faults import Fault

PROJECT = Path(__file__).parents[2]
SAMPLE = PROJECT / "programmes" / "sca-gen2.yaml"
CHECKERS = (check_worked_cases,)


@cache
def sample_text() -> str:
    return SAMPLE.read_text(encoding="utf-8")


def sample_document() -> dict[str, object]:
    """A fresh copy of the sample as it is stored."""
    return copy.deepcopy(_checked_sample())


@cache
def _checked_sample() -> dict[str, object]:
    checked = programme_file.check(SAMPLE.read_bytes(), checkers=CHECKERS)
    assert checked.faults == []
    return checked.document


def spoilt(old: str, new: str) -> tuple[list[Fault], int]:
    """Replace the first occurrence in the sample; return the faults and the line where the change starts."""
    text = sample_text()
    assert old in text, old
    line = text[: text.index(old)].count("\n") + 1
    changed = text.replace(old, new, 1)
    return programme_file.check(changed.encode(), checkers=CHECKERS).faults, line
