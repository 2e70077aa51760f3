"""Put somebody's hours together as a document that others can check: JSON, and a table for CSV.

Every line stands as the hash chain covers it (`attendance.chain`), and beside it what makes it readable.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sca_lms.attendance import chain
from sca_lms.attendance import queries as attendance
from sca_lms.bootcamp.account import Account
from sca_lms.bootcamp.rules import Standing
from sca_lms.courses.models import Course, Programme
from sca_lms.texts import Bilingual
from sca_lms.web.exports import Cell

FORMAT = "sca-transcript-1"

COLUMNS = (
    "course", "enrolment", "person", "programme", "number", "at", "kind", "minutes", "category",
    "category_title", "category_minutes", "session", "session_title", "session_starts_at", "reverses",
    "reason", "source", "policy", "by", "role", "hash",
)  # fmt: skip
"""The columns of the table; `category_minutes` is the sum of the category after this line."""


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One entry of the ledger, and what makes it readable."""

    entry: chain.Line
    hash: str
    category_title: Bilingual
    session_title: Bilingual | None
    session_starts_at: dt.datetime | None
    role: str
    """What the one who made the entry is in the course: `rules`, `operator`, `own` or a role."""


@dataclass(frozen=True, slots=True)
class CategoryTotal:
    """What somebody has in one category, in minutes."""

    code: str
    title: Bilingual
    credited: int
    counted: int
    required: int
    floor_minutes: int


@dataclass(frozen=True, slots=True)
class Transcript:
    """Somebody's hours, all of them."""

    course_id: int
    enrolment_id: int
    person: str
    group: str
    area: str
    course: str
    programme: Bilingual
    programme_code: str
    programme_revision: int | None
    policy: int
    standing: Standing
    pending_minutes: int
    categories: tuple[CategoryTotal, ...]
    lines: tuple[TranscriptLine, ...]
    issued_at: dt.datetime
    checked_at: str
    """The address of the page that checks a transcript."""

    @property
    def first_hash(self) -> str:
        """What stands before the first line."""
        return chain.first_hash(self.course_id, self.enrolment_id)

    @property
    def head_hash(self) -> str:
        """The hash of the newest line; of what stands before the first one while there is none."""
        return self.lines[-1].hash if self.lines else self.first_hash


def transcript_of(
    account: Account, course: Course, programme: Programme | None, *, checked_at: str
) -> Transcript:
    """Return the transcript of an account in the programme that the course follows; its person is loaded."""
    enrolment, standing = account.enrolment, account.hours.standing
    names = {each.id: each for each in account.camp.categories}
    return Transcript(
        course_id=course.id,
        enrolment_id=enrolment.id,
        person=enrolment.person.full_name,
        group=enrolment.group,
        area=enrolment.area,
        course=course.title or course.label,
        programme=programme.title if programme is not None else Bilingual.of(course.title),
        programme_code=programme.code if programme is not None else "",
        programme_revision=programme.revision if programme is not None else None,
        policy=account.camp.versions[-1].number,
        standing=standing,
        pending_minutes=account.hours.pending_minutes,
        categories=tuple(
            CategoryTotal(
                names[each.rule.category_id].code, names[each.rule.category_id].title, each.credited,
                each.counted, each.rule.minutes, each.rule.floor_minutes,
            )
            for each in standing.categories
        ),
        lines=tuple(
            TranscriptLine(
                attendance.line_of(entry),
                entry.hash,
                entry.category.title,
                entry.session.title if entry.session is not None else None,
                entry.session.starts_at if entry.session is not None else None,
                account.role(entry),
            )
            for entry in account.entries
        ),
        issued_at=account.at,
        checked_at=checked_at,
    )  # fmt: skip


def as_json(transcript: Transcript) -> dict[str, object]:
    """Return the document as JSON-able values; `docs/hours.md` describes every field."""
    standing = transcript.standing
    return {
        "format": FORMAT,
        "issued_at": written(transcript.issued_at),
        "person": {
            "name": transcript.person, "group": transcript.group, "area": transcript.area,
        },
        "course": transcript.course,
        "programme": {
            "title": _both(transcript.programme), "code": transcript.programme_code,
            "revision": transcript.programme_revision, "hours_policy": transcript.policy,
        },
        "totals": {
            "minutes": standing.total, "required_minutes": standing.rule.required_minutes,
            "pass_minutes": standing.rule.pass_minutes, "pending_minutes": transcript.pending_minutes,
            "passed": standing.has_passed,
            "categories": [
                {
                    "code": each.code, "title": _both(each.title), "credited_minutes": each.credited,
                    "counted_minutes": each.counted, "required_minutes": each.required,
                    "floor_minutes": each.floor_minutes,
                }
                for each in transcript.categories
            ],
        },
        "ledger": {
            "format": chain.FORMAT,
            "course": transcript.course_id,
            "enrolment": transcript.enrolment_id,
            "first_hash": transcript.first_hash,
            "head_hash": transcript.head_hash,
            "entries": [_entry(line) for line in transcript.lines],
        },
        "check": transcript.checked_at,
    }  # fmt: skip


def table(transcript: Transcript, locale: str) -> Iterator[Sequence[Cell]]:
    """Give the lines as rows of `COLUMNS`, titles in one language."""
    totals: dict[str, int] = defaultdict(int)
    for line in transcript.lines:
        entry = line.entry
        totals[entry.category] += entry.minutes
        yield (
            transcript.course_id,
            transcript.enrolment_id,
            transcript.person,
            transcript.programme.pick(locale)[0],
            entry.number,
            written(entry.at),
            entry.kind,
            entry.minutes,
            entry.category,
            line.category_title.pick(locale)[0],
            totals[entry.category],
            entry.session,
            line.session_title.pick(locale)[0] if line.session_title is not None else None,
            written(line.session_starts_at) if line.session_starts_at is not None else None,
            entry.reverses,
            entry.reason,
            entry.source,
            entry.policy,
            entry.by,
            line.role,
            line.hash,
        )


def written(moment: dt.datetime) -> str:
    """Write a moment as the hash has it: in UTC, with microseconds."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _entry(line: TranscriptLine) -> dict[str, object]:
    entry = line.entry
    return {
        "number": entry.number, "at": written(entry.at), "kind": entry.kind, "minutes": entry.minutes,
        "category": entry.category, "session": entry.session, "reverses": entry.reverses,
        "reason": entry.reason, "source": entry.source, "policy": entry.policy, "by": entry.by,
        "hash": line.hash, "role": line.role,
        "session_title": _both(line.session_title) if line.session_title is not None else None,
        "session_starts_at": written(line.session_starts_at) if line.session_starts_at else None,
    }  # fmt: skip


def _both(text: Bilingual) -> dict[str, str]:
    return {"th": text.th, "en": text.en}
