"""Chain a person's ledger entries by hashes, so that a changed, missing or added line shows; pure.

Anybody can repeat the calculation: SHA-256 over one line of JSON per entry, as `docs/hours.md` describes it.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

FORMAT = "sca-ledger-1"


@dataclass(frozen=True, slots=True)
class Line:
    """What one entry says, in words and numbers that a transcript shows as well."""

    number: int
    at: dt.datetime
    kind: str
    minutes: int
    category: str
    session: str | None
    reverses: int | None
    """The number of the entry that this one negates."""
    reason: str
    source: str
    policy: int | None
    """The number of the policy version that was applied."""
    by: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry whose hash is not what the entries before it make it."""

    number: int
    expected: str
    found: str


def first_hash(course_id: int, enrolment_id: int) -> str:
    """Return what stands before somebody's first entry."""
    return _digest([FORMAT, course_id, enrolment_id])


def hash_of(line: Line, *, previous: str) -> str:
    """Return the hash of an entry, 64 hexadecimal digits."""
    return _digest(
        [
            FORMAT,
            previous,
            line.number,
            line.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            line.kind,
            line.minutes,
            line.category,
            line.session,
            line.reverses,
            line.reason,
            line.source,
            line.policy,
            line.by,
        ]
    )


def check(lines: Iterable[tuple[Line, str]], *, first: str) -> Broken | None:
    """Recompute a chain of entries with their hashes, in order; return where it breaks, if it does."""
    previous = first
    for expected_number, (line, found) in enumerate(lines, start=1):
        expected = hash_of(line, previous=previous)
        if line.number != expected_number or found != expected:
            return Broken(expected_number, expected, found)
        previous = found
    return None


def _digest(values: list[object]) -> str:
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
