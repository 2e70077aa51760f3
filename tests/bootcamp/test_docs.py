"""The worked example of the hash chain in the documentation is the calculation itself."""

import datetime as dt
import hashlib
import json
import re
from pathlib import Path

from sca_lms.attendance import chain
from sca_lms.attendance.chain import Line

DOCUMENT = Path(__file__).parents[2] / "docs" / "hours.md"
EXAMPLE = re.compile(r'^    (\["sca-ledger-1".*\])\n    ([0-9a-f]{64})$', re.MULTILINE)


def test_every_line_of_the_example_has_the_hash_beside_it() -> None:
    pairs = EXAMPLE.findall(DOCUMENT.read_text(encoding="utf-8"))
    assert len(pairs) == 3
    for text, digest in pairs:
        assert hashlib.sha256(text.encode()).hexdigest() == digest


def test_the_example_is_what_the_ledger_writes() -> None:
    (opening, first), *entries = EXAMPLE.findall(DOCUMENT.read_text(encoding="utf-8"))
    _format, course, enrolment = json.loads(opening)
    assert chain.first_hash(course, enrolment) == first
    lines = []
    for text, digest in entries:
        _format, _previous, number, at, *rest = json.loads(text)
        lines.append((Line(number, dt.datetime.fromisoformat(at), *rest), digest))
    assert chain.check(lines, first=first) is None
