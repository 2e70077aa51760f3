"""The guide to programme files names every section and field, as the schema has them."""

import re

from sca_lms.programmes import programme_file
from sca_lms.programmes.schema import PROGRAMME_FILE
from tests.programmes.samples import CHECKERS, PROJECT
from tests.programmes.schema_walk import Row, documented_rows

GUIDE = (PROJECT / "docs" / "programme-file.md").read_text(encoding="utf-8")


def test_the_guide_has_every_field_with_its_type_and_whether_it_is_needed() -> None:
    written: list[Row] = []
    path = ""
    for line in GUIDE.partition("## Every section and field")[2].splitlines():
        if heading := re.fullmatch(r"### `(.+)`", line):
            path = heading[1]
        elif cells := re.fullmatch(r"\| `(\w+)` \| (.+?) \| (yes|no) \| (.+) \|", line):
            written.append((path, cells[1], cells[2], cells[3]))
    assert written == documented_rows(PROGRAMME_FILE)


def test_the_small_programme_of_the_guide_has_no_faults() -> None:
    assert programme_file.check(small_programme().encode(), checkers=CHECKERS).faults == []


def test_the_broken_example_of_the_guide_reads_as_printed() -> None:
    text = small_programme().replace("grace_in_minutes: 10", "grace_in_minutes: 5")
    (fault,) = programme_file.check(text.encode(), checkers=CHECKERS).faults
    assert f"programme.yaml:{fault.line}:{fault.column}: {fault.field}: {fault.reason}" in GUIDE


def small_programme() -> str:
    match = re.search(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    assert match
    return match[1]
