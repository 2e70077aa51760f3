"""Tables are measured before a text is rendered, so that none keeps a page busy."""

import pytest

from sca_lms.programmes import programme_file
from sca_lms.programmes.markdown_tables import MOST_CELLS, MOST_COLUMNS, table_fault, table_size
from tests.programmes.samples import CHECKERS, sample_text


def table(columns: int, rows: int) -> str:
    return "\n".join([f"|{'a|' * columns}", f"|{'---|' * columns}", *["|x|"] * rows, ""])


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", (0, 0)),
        ("no table - at | all", (0, 0)),
        ("a\n---\nb", (0, 0)),
        (table(2, 3), (2, 8)),
        ("a | b\n:-- | --:\n1 | 2", (2, 4)),
        (f"> {table(2, 0)}".replace("\n|", "\n> |"), (2, 2)),
        (table(2, 1) + "\n\nafter\n\n" + table(5, 1), (5, 14)),
    ],
)
def test_columns_and_cells_are_counted_as_they_would_be_drawn(text: str, size: tuple[int, int]) -> None:
    assert table_size(text) == size


def test_a_table_at_the_limit_is_fine_and_one_beyond_it_is_not() -> None:
    assert table_fault(table(MOST_COLUMNS, 5)) is None
    assert "31 columns" in str(table_fault(table(MOST_COLUMNS + 1, 0)))
    assert table_fault(table(20, MOST_CELLS // 20 - 1)) is None
    assert "2020 cells" in str(table_fault(table(20, MOST_CELLS // 20)))


def test_a_programme_file_with_such_a_table_is_refused_at_its_line() -> None:
    body = "\n".join(f"              {line}" for line in table(40, 2).splitlines())
    text = sample_text()
    unit = text.index("- code: PB1.2")
    start = text.index("            en: |\n", unit) + len("            en: |\n")
    file = f"{text[:start]}{body}\n\n{text[start:]}"
    (fault,) = programme_file.check(file.encode(), checkers=CHECKERS).faults
    assert fault.field == "pre_bootcamp.modules[0].units[1].body"
    assert fault.reason == "has a table of 40 columns; at most 30 can be shown"
