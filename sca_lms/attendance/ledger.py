"""Write entries of the ledger of hours; the only module that does."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import InstrumentedAttribute

from sca_lms.attendance import chain
from sca_lms.attendance.models import (
    AttendanceSession,
    Category,
    EntryKind,
    HoursBalance,
    HoursPolicyVersion,
    LedgerEntry,
)
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.errors import Refused

Value = TypeVar("Value")

BY_RULES = "rules"
BY_OPERATOR = "operator"


class AlreadyReversed(Refused):
    """An entry is reversed at most once, and a reversal never."""

    code = "already-reversed"


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be written: whose, where, how much, why."""

    enrolment_id: int
    category_id: int
    minutes: int
    kind: EntryKind
    source: str
    reason: str = ""
    session_id: int | None = None
    policy_version_id: int | None = None
    reverses: LedgerEntry | None = None


def post(
    drafts: Sequence[Draft], *, person_id: int | None, by: str = BY_RULES, at: dt.datetime
) -> list[LedgerEntry]:
    """Write entries in the order given, chained per person, and keep the balances; return them.

    `by` names who did it when it was no person: the rules or the operator. Everybody's score is worked out
    again afterwards. The people concerned are locked first, so two writers never fork a chain.
    """
    if not drafts:
        return []
    people = sorted({draft.enrolment_id for draft in drafts})
    courses = _lock(people)
    last = _last_entries(people)
    names = _Names.of(drafts)
    rows: list[dict[str, object]] = []
    sums: dict[tuple[int, int], int] = defaultdict(int)
    for draft in drafts:
        mine = draft.enrolment_id
        number, previous = last.get(mine) or (0, chain.first_hash(courses[mine], mine))
        line = chain.Line(
            number=number + 1,
            at=at,
            kind=draft.kind.value,
            minutes=draft.minutes,
            category=names.categories[draft.category_id],
            session=names.sessions[draft.session_id] if draft.session_id is not None else None,
            reverses=draft.reverses.number if draft.reverses is not None else None,
            reason=draft.reason,
            source=draft.source,
            policy=names.policies[draft.policy_version_id] if draft.policy_version_id is not None else None,
            by=actor_label(person_id, by),
        )
        digest = chain.hash_of(line, previous=previous)
        rows.append(
            {
                "enrolment_id": mine, "number": line.number, "category_id": draft.category_id,
                "session_id": draft.session_id, "minutes": draft.minutes, "kind": draft.kind,
                "reverses_id": draft.reverses.id if draft.reverses else None, "reason": draft.reason,
                "source": draft.source, "policy_version_id": draft.policy_version_id,
                "person_id": person_id, "by": line.by, "at": at, "previous_hash": previous, "hash": digest,
            }
        )  # fmt: skip
        last[mine] = (line.number, digest)
        sums[mine, draft.category_id] += draft.minutes
    written = db.session.scalars(
        sa.insert(LedgerEntry).returning(LedgerEntry, sort_by_parameter_order=True), rows
    )
    entries = list(written)
    _add_to_balances(sums)
    db.session.execute(
        sa.update(Enrolment)
        .where(Enrolment.id.in_(people))
        .values(evidence_revision=Enrolment.evidence_revision + 1)
        .execution_options(synchronize_session=False)
    )
    return entries


def reversal_of(entry: LedgerEntry, *, reason: str, source: str) -> Draft:
    """Return the draft that negates an entry; raise `AlreadyReversed` for one that is a reversal itself."""
    if entry.kind is EntryKind.REVERSAL:
        raise AlreadyReversed(_l("A reversal cannot be reversed; write a new entry instead."))
    return Draft(
        entry.enrolment_id, entry.category_id, -entry.minutes, EntryKind.REVERSAL, source, reason,
        entry.session_id, entry.policy_version_id, entry,
    )  # fmt: skip


def actor_label(person_id: int | None, by: str) -> str:
    """Return how the hash chain names who did something."""
    return f"person:{person_id}" if person_id is not None else by


def _lock(people: Sequence[int]) -> dict[int, int]:
    """Lock people's enrolments in one order and return their courses."""
    rows = db.session.execute(
        sa.select(Enrolment.id, Enrolment.course_id)
        .where(Enrolment.id.in_(people))
        .order_by(Enrolment.id)
        .with_for_update(key_share=True)
    )
    return {row.id: row.course_id for row in rows}


def _last_entries(people: Sequence[int]) -> dict[int, tuple[int, str]]:
    newest = (
        sa.select(LedgerEntry.enrolment_id, sa.func.max(LedgerEntry.number).label("number"))
        .where(LedgerEntry.enrolment_id.in_(people))
        .group_by(LedgerEntry.enrolment_id)
        .subquery()
    )
    rows = db.session.execute(
        sa.select(LedgerEntry.enrolment_id, LedgerEntry.number, LedgerEntry.hash).join(
            newest,
            sa.and_(newest.c.enrolment_id == LedgerEntry.enrolment_id, newest.c.number == LedgerEntry.number),
        )
    )
    return {enrolment_id: (number, digest) for enrolment_id, number, digest in rows}


@dataclass(frozen=True, slots=True)
class _Names:
    """The words that stand in the hash instead of ids, which mean nothing outside."""

    categories: dict[int, str]
    sessions: dict[int, str]
    policies: dict[int, int]

    @classmethod
    def of(cls, drafts: Sequence[Draft]) -> "_Names":
        return cls(
            dict(_pairs(Category.id, Category.code, {draft.category_id for draft in drafts})),
            dict(
                _pairs(AttendanceSession.id, AttendanceSession.code, {draft.session_id for draft in drafts})
            ),
            dict(
                _pairs(
                    HoursPolicyVersion.id,
                    HoursPolicyVersion.number,
                    {draft.policy_version_id for draft in drafts},
                )
            ),
        )


def _pairs(
    key: InstrumentedAttribute[int], value: InstrumentedAttribute[Value], ids: set[int | None]
) -> list[tuple[int, Value]]:
    wanted = [each for each in ids if each is not None]
    return [(row[0], row[1]) for row in db.session.execute(sa.select(key, value).where(key.in_(wanted)))]


def _add_to_balances(sums: dict[tuple[int, int], int]) -> None:
    rows = [
        {"enrolment_id": enrolment_id, "category_id": category_id, "minutes": minutes}
        for (enrolment_id, category_id), minutes in sums.items()
        if minutes
    ]
    if not rows:
        return
    is_sqlite = db.session.connection().dialect.name == "sqlite"
    insert = (sqlite_insert if is_sqlite else postgresql_insert)(HoursBalance)
    db.session.execute(
        insert.on_conflict_do_update(
            index_elements=[HoursBalance.enrolment_id, HoursBalance.category_id],
            set_={"minutes": HoursBalance.minutes + insert.excluded.minutes},
        ),
        rows,
    )
