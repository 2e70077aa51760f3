"""Draw QR codes as the path of an SVG, so that no page needs an image file; pure."""

from dataclasses import dataclass
from itertools import groupby

import segno

QUIET = 4
"""Modules of white around the code, which readers need."""


@dataclass(frozen=True, slots=True)
class QrPicture:
    """A square of `size` modules a side, and the strokes that are dark."""

    size: int
    path: str


def draw(text: str) -> QrPicture:
    """Return the QR code of a text with medium error correction or better."""
    rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
    return QrPicture(len(rows) + 2 * QUIET, "".join(_strokes(row, y + QUIET) for y, row in enumerate(rows)))


def _strokes(row: bytes, y: int) -> str:
    strokes, x = "", QUIET
    for is_dark, modules in groupby(row):
        length = len(list(modules))
        if is_dark:
            strokes += f"M{x} {y}.5h{length}"
        x += length
    return strokes
