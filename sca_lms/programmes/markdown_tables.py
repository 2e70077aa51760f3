"""Measure the tables in a Markdown text before it is rendered; pure.

Each cell of a table costs time, and a short row is filled up to the width of its head, so that a small text
could keep a page busy for seconds.
"""

from sca_lms.texts import worded

MOST_COLUMNS = 30
MOST_CELLS = 2_000
_LINE_BELOW_HEAD = frozenset("|:-> \t*+")


def table_fault(text: str) -> str | None:
    """Say what is too much about the tables of a text, None when they can be shown."""
    columns, cells = table_size(text)
    if columns > MOST_COLUMNS:
        return worded(
            "has a table of %(columns)s columns; at most %(most_columns)s can be shown",
            columns=columns,
            most_columns=MOST_COLUMNS,
        )
    if cells > MOST_CELLS:
        return worded(
            "has tables of %(cells)s cells; at most %(most_cells)s can be shown in one text",
            cells=cells,
            most_cells=MOST_CELLS,
        )
    return None


def table_size(text: str) -> tuple[int, int]:
    """Return the columns of the widest table and the cells of all, counting generously."""
    widest = cells = columns = 0
    for line in text.splitlines():
        if not line.strip():
            columns = 0
        elif "|" in line and "-" in line and _LINE_BELOW_HEAD.issuperset(line):
            columns = line.strip("> \t").strip("|").count("|") + 1
            widest = max(widest, columns)
            # The head stands above this line.
            cells += columns
        else:
            cells += columns
    return widest, cells
