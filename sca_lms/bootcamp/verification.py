"""Check a transcript that somebody brings: read it, recompute its chain, add it up; pure, believes nothing.

Both forms are read: the JSON whole, the CSV by the names of its columns. Whatever else is given is refused in
words. The apostrophe that the CSV has before what looks like a formula, and the line ends that a browser puts
into pasted text, are tried with and without, because only one of the two has the right hash.
"""

import csv
import datetime as dt
import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flask_babel import lazy_gettext as _l

from sca_lms.attendance import chain
from sca_lms.attendance.chain import Broken, Line
from sca_lms.attendance.models import HASH_LENGTH
from sca_lms.errors import Refused

MOST_LINES = 20_000
LARGEST_NUMBER = 2**31 - 1
LONGEST_TEXT = 4_000
NEEDED = (
    "course", "enrolment", "number", "at", "kind", "minutes", "category", "session", "reverses", "reason",
    "source", "policy", "by", "hash",
)  # fmt: skip
"""The columns that a table must have to be checked."""


class UnreadableTranscript(Refused):
    """What was brought is no transcript of ours."""

    code = "unreadable-transcript"


@dataclass(frozen=True, slots=True)
class Posted:
    """The ledger that a transcript shows."""

    course_id: int
    enrolment_id: int
    lines: tuple[tuple[Line, str], ...]
    stated_head: str | None
    """The head hash that the document states beside its lines; a table states none."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What came of checking a transcript."""

    broken: Broken | None
    lines: int
    head: str
    """The hash of the last line."""
    head_as_stated: bool
    minutes: Mapping[str, int]
    """Sums by category."""

    @property
    def is_sound(self) -> bool:
        """Whether the chain is unbroken and ends where the document says."""
        return self.broken is None and self.head_as_stated

    @property
    def total(self) -> int:
        """All minutes."""
        return sum(self.minutes.values())


def read(text: str) -> Posted:
    """Read a transcript; raise `UnreadableTranscript` with what is wrong."""
    stripped = text.lstrip("\ufeff \t\r\n")
    if not stripped:
        raise UnreadableTranscript(_l("Choose a file, or paste the text of a transcript."))
    return _from_json(stripped) if stripped.startswith("{") else _from_csv(stripped)


def examine(posted: Posted) -> Findings:
    """Recompute the chain and add the minutes up."""
    first = chain.first_hash(posted.course_id, posted.enrolment_id)
    lines = list(_as_hashed(posted.lines, first))
    sums: dict[str, int] = defaultdict(int)
    for line, _hash in lines:
        sums[line.category] += line.minutes
    head = lines[-1][1] if lines else first
    return Findings(
        chain.check(lines, first=first),
        len(lines),
        head,
        posted.stated_head in {None, head},
        dict(sorted(sums.items())),
    )


def _as_hashed(lines: Sequence[tuple[Line, str]], first: str) -> Iterator[tuple[Line, str]]:
    """Give every line with that form of its reason which has the hash, or as it stands."""
    previous = first
    for line, digest in lines:
        forms = (replace(line, reason=reason) for reason in _forms(line.reason))
        yield (
            next((form for form in forms if chain.hash_of(form, previous=previous) == digest), line),
            digest,
        )
        previous = digest


def _forms(reason: str) -> Iterator[str]:
    for text in (reason, reason.removeprefix("'")):
        yield text
        plain = text.replace("\r\n", "\n")
        yield plain
        yield plain.replace("\n", "\r\n")


# JSON -------------------------------------------------------------


def _from_json(text: str) -> Posted:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableTranscript(_l("This is not readable JSON.")) from error
    ledger = document.get("ledger") if isinstance(document, dict) else None
    if not isinstance(ledger, dict) or ledger.get("format") != chain.FORMAT:
        raise UnreadableTranscript(_l("This JSON is not a transcript of hours."))
    entries = ledger.get("entries")
    if not isinstance(entries, list) or len(entries) > MOST_LINES:
        raise UnreadableTranscript(_l("This JSON is not a transcript of hours."))
    head = ledger.get("head_hash")
    return Posted(
        _number(ledger.get("course"), "course", 0),
        _number(ledger.get("enrolment"), "enrolment", 0),
        tuple(_json_line(entry, place) for place, entry in enumerate(entries, start=1)),
        head if isinstance(head, str) else "",
    )


def _json_line(entry: object, place: int) -> tuple[Line, str]:
    if not isinstance(entry, dict):
        raise _fault("number", place)
    return _line(entry, place)


# CSV --------------------------------------------------------------


def _from_csv(text: str) -> Posted:
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise UnreadableTranscript(_l("This is neither a transcript in JSON nor a table in CSV.")) from error
    if len(rows) > MOST_LINES or not rows or set(NEEDED) - rows[0].keys():
        raise UnreadableTranscript(
            _l(
                "This table is not a transcript of hours: it needs the columns %(names)s.",
                names=", ".join(NEEDED),
            )
        )
    places = {(row["course"], row["enrolment"]) for row in rows}
    if len(places) != 1:
        raise UnreadableTranscript(_l("This table holds the lines of several people."))
    course_id, enrolment_id = places.pop()
    return Posted(
        _number(_whole(course_id), "course", 1),
        _number(_whole(enrolment_id), "enrolment", 1),
        tuple(_csv_line(row, place) for place, row in enumerate(rows, start=1)),
        None,
    )


def _csv_line(row: Mapping[str, str | None], place: int) -> tuple[Line, str]:
    return _line(
        {
            name: _whole(row[name]) if name in {"number", "minutes", "reverses", "policy"} else row[name]
            for name in NEEDED
        }
        | {"session": row["session"] or None, "reason": row["reason"] or ""},
        place,
    )


def _whole(text: str | None) -> object:
    """Return a number for a cell that is one, None for an empty cell, otherwise the cell."""
    if not text:
        return None
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 10 else text


# Both -------------------------------------------------------------


def _line(entry: Mapping[str, object], place: int) -> tuple[Line, str]:
    digest = _text(entry.get("hash"), "hash", place)
    if len(digest) != HASH_LENGTH:
        raise _fault("hash", place)
    session, reverses, policy = entry.get("session"), entry.get("reverses"), entry.get("policy")
    line = Line(
        number=_number(entry.get("number"), "number", place),
        at=_moment(entry.get("at"), place),
        kind=_text(entry.get("kind"), "kind", place),
        minutes=_number(entry.get("minutes"), "minutes", place),
        category=_text(entry.get("category"), "category", place),
        session=None if session is None else _text(session, "session", place),
        reverses=None if reverses is None else _number(reverses, "reverses", place),
        reason=_text(entry.get("reason"), "reason", place),
        source=_text(entry.get("source"), "source", place),
        policy=None if policy is None else _number(policy, "policy", place),
        by=_text(entry.get("by"), "by", place),
    )
    return line, digest


def _text(value: object, name: str, place: int) -> str:
    # Half of a surrogate pair can be written in JSON, but has no bytes to be hashed.
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or not _has_bytes(value):
        raise _fault(name, place)
    return value


def _has_bytes(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _number(value: object, name: str, place: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_NUMBER:
        raise _fault(name, place)
    return value


def _moment(value: object, place: int) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(_text(value, "at", place))
        return moment.astimezone(dt.UTC) if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError) as error:
        raise _fault("at", place) from error


def _fault(name: str, place: int) -> UnreadableTranscript:
    return UnreadableTranscript(_l("Line %(number)s: “%(field)s” cannot be read.", number=place, field=name))
