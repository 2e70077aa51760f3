"""Go through whole ledgers and say where a chain breaks or a kept sum differs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from sca_lms.attendance import chain
from sca_lms.attendance.chain import Line
from sca_lms.attendance.models import (
    AttendanceSession,
    Category,
    HoursBalance,
    HoursPolicyVersion,
    LedgerEntry,
)
from sca_lms.courses.models import Enrolment
from sca_lms.database import db

BATCH = 200


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one person in one course, with the sums that are kept beside it by category."""

    course_id: int
    enrolment_id: int
    person_id: int
    lines: Sequence[tuple[Line, str]]
    balances: Mapping[str, int]

    def fault(self) -> str | None:
        """Say what is wrong, or return None."""
        broken = chain.check(self.lines, first=chain.first_hash(self.course_id, self.enrolment_id))
        if broken is not None:
            return f"the chain is broken at entry {broken.number}"
        sums: dict[str, int] = defaultdict(int)
        for line, _hash in self.lines:
            sums[line.category] += line.minutes
        differing = sorted(
            code for code in sums.keys() | self.balances.keys() if sums[code] != self.balances.get(code, 0)
        )
        # A chain whose newest entries were taken away is whole in itself; the kept sums still know them.
        return f"the kept sum of {', '.join(differing)} is not that of its entries" if differing else None


def count_ledgers(course_id: int | None) -> int:
    """Return how many people have a ledger, in one course or in all."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(_owners(course_id).subquery())) or 0


def ledgers(course_id: int | None) -> Iterator[Ledger]:
    """Give every ledger, of one course or of all, a batch at a time."""
    last = 0
    while owners := db.session.execute(
        _owners(course_id).where(Enrolment.id > last).order_by(Enrolment.id).limit(BATCH)
    ).all():
        last = owners[-1].id
        ids = [owner.id for owner in owners]
        lines, sums = _lines(ids), _balances(ids)
        for owner in owners:
            yield Ledger(
                owner.course_id, owner.id, owner.person_id, lines.get(owner.id, ()), sums.get(owner.id, {})
            )


def _owners(course_id: int | None) -> sa.Select[int, int, int]:
    has_hours = sa.or_(
        sa.exists().where(LedgerEntry.enrolment_id == Enrolment.id),
        sa.exists().where(HoursBalance.enrolment_id == Enrolment.id),
    )
    wanted = sa.select(Enrolment.id, Enrolment.course_id, Enrolment.person_id).where(has_hours)
    return wanted if course_id is None else wanted.where(Enrolment.course_id == course_id)


def _lines(enrolment_ids: Sequence[int]) -> dict[int, list[tuple[Line, str]]]:
    reversed_entry = aliased(LedgerEntry)
    rows = db.session.execute(
        sa.select(
            LedgerEntry.enrolment_id, LedgerEntry.number, LedgerEntry.at, LedgerEntry.kind,
            LedgerEntry.minutes, Category.code.label("category"), AttendanceSession.code.label("session"),
            reversed_entry.number.label("reverses"), LedgerEntry.reason, LedgerEntry.source,
            HoursPolicyVersion.number.label("policy"), LedgerEntry.by, LedgerEntry.hash,
        )
        .join(LedgerEntry.category)
        .outerjoin(LedgerEntry.session)
        .outerjoin(reversed_entry, LedgerEntry.reverses_id == reversed_entry.id)
        .outerjoin(LedgerEntry.policy_version)
        .where(LedgerEntry.enrolment_id.in_(enrolment_ids))
        .order_by(LedgerEntry.enrolment_id, LedgerEntry.number)
    )  # fmt: skip
    found: dict[int, list[tuple[Line, str]]] = defaultdict(list)
    for row in rows:
        line = Line(
            row.number, row.at, row.kind.value, row.minutes, row.category, row.session, row.reverses,
            row.reason, row.source, row.policy, row.by,
        )  # fmt: skip
        found[row.enrolment_id].append((line, row.hash))
    return found


def _balances(enrolment_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    rows = db.session.execute(
        sa.select(HoursBalance.enrolment_id, Category.code, HoursBalance.minutes)
        .join(HoursBalance.category)
        .where(HoursBalance.enrolment_id.in_(enrolment_ids))
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for enrolment_id, code, minutes in rows:
        found[enrolment_id][code] = minutes
    return found
