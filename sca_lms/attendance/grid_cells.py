"""Read what staff type into a cell of the attendance grid; pure.

`f` stands for there from start to end, `0` for absent, `08:45-12:15` for a stay, several stays one after the
other, and `08:45-` for one whose end is not known. Thai words and digits do as well.
"""

import datetime as dt
import re
from dataclasses import dataclass

FULL = frozenset({"f", "full", "1", "✓", "ครบ", "เต็ม", "มา"})
ABSENT = frozenset({"0", "a", "absent", "x", "ขาด", "ไม่มา"})
MOST_STAYS = 12
_STAY = re.compile(r"(\d{1,2})[:.](\d{2})\s*[-–—]\s*(?:(\d{1,2})[:.](\d{2}))?")
_BETWEEN = re.compile(r"[\s,;]*")


@dataclass(frozen=True, slots=True)
class Typed:
    """What a cell says: the whole session, or stays in wall time; no stays means absent."""

    whole: bool = False
    stays: tuple[tuple[dt.time, dt.time | None], ...] = ()


def read_cell(text: str) -> Typed | None:
    """Return what was typed; None for an empty cell, which changes nothing.

    Raise `ValueError` for what cannot be read.
    """
    word = text.strip().casefold().translate(_THAI_DIGITS)
    if not word:
        return None
    if word in FULL:
        return Typed(whole=True)
    if word in ABSENT:
        return Typed()
    stays: list[tuple[dt.time, dt.time | None]] = []
    place = 0
    while place < len(word):
        found = _STAY.match(word, place)
        if found is None or len(stays) == MOST_STAYS:
            raise ValueError(text)
        stays.append((_time(found[1], found[2]), _time(found[3], found[4]) if found[3] else None))
        between = _BETWEEN.match(word, found.end())
        place = between.end() if between else found.end()
    return Typed(stays=tuple(stays))


_THAI_DIGITS = {ord("๐") + digit: str(digit) for digit in range(10)}


def _time(hour: str, minute: str) -> dt.time:
    return dt.time(int(hour), int(minute))
