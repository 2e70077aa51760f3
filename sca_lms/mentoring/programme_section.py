"""Read the terms, the topics and the planned meetings of a checked programme file; pure."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sca_lms.programmes.faults import find, find_text, find_whole, rows
from sca_lms.programmes.periods import read_month
from sca_lms.texts import Bilingual

SECTION = "mentoring"
QUARTER = 15
"""Minutes of one cell of the calendar: slots are whole cells."""


@dataclass(frozen=True, slots=True)
class TermsSpec:
    """The rules of mentoring, as a file or a manager wants them."""

    slot_minutes: int
    buffer_minutes: int
    notice_hours: int
    move_until_hours: int
    most_open_bookings: int
    report_within_days: int
    tolerance_minutes: int
    required_sessions: int
    required_minutes: int


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic and its quota."""

    code: str
    position: int
    title: Bilingual
    sessions: int
    minutes: int


@dataclass(frozen=True, slots=True)
class MeetingSpec:
    """One planned meeting of the year; the month is given by its first day."""

    number: int
    topic: str
    month: dt.date
    minutes: int
    title: Bilingual
    output: Bilingual


def read_terms(document: Mapping[str, object]) -> TermsSpec | None:
    """Return the terms; None when the programme has no mentoring.

    A slot that does not fill its last quarter of an hour takes the whole of it, because nobody else could
    use the rest.
    """
    if not isinstance(document.get(SECTION), Mapping):
        return None
    policy = find(document, SECTION, "policy")

    def whole(name: str) -> int:
        return find_whole(policy, name) or 0

    return TermsSpec(
        slot_minutes=-(-max(whole("slot_minutes"), 1) // QUARTER) * QUARTER,
        buffer_minutes=whole("buffer_minutes"),
        notice_hours=whole("min_notice_hours"),
        move_until_hours=whole("reschedule_until_hours"),
        most_open_bookings=max(whole("max_open_bookings_per_learner"), 1),
        report_within_days=max(whole("confirm_window_days"), 1),
        tolerance_minutes=whole("agree_tolerance_minutes"),
        required_sessions=find_whole(document, SECTION, "required", "sessions") or 0,
        required_minutes=find_whole(document, SECTION, "required", "minutes") or 0,
    )


def read_topics(document: Mapping[str, object]) -> tuple[TopicSpec, ...]:
    """Read the topics in the file's order."""
    return tuple(
        TopicSpec(
            str(row["code"]),
            position,
            Bilingual.of(row.get("title")),
            find_whole(row, "sessions") or 0,
            find_whole(row, "minutes") or 0,
        )
        for position, (_path, row) in enumerate(rows(document, SECTION, "categories"), start=1)
    )


def read_plan(document: Mapping[str, object]) -> tuple[MeetingSpec, ...]:
    """Read the planned meetings in the file's order."""
    return tuple(
        MeetingSpec(
            find_whole(row, "no") or 0,
            find_text(row, "category") or "",
            read_month(str(row["month"])),
            find_whole(row, "minutes") or 0,
            Bilingual.of(row.get("title")),
            Bilingual.of(row.get("output") or ""),
        )
        for _path, row in rows(document, SECTION, "plan")
    )
