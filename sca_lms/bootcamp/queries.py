"""Read where people stand with their hours; a constant number of statements for any number of people."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from sca_lms.attendance import queries as attendance
from sca_lms.attendance.models import (
    AttendanceSession,
    EntryKind,
    HoursPolicyVersion,
    LedgerEntry,
    SessionCredit,
    SessionState,
)
from sca_lms.bootcamp.rules import (
    Ahead,
    CategoryRule,
    Outlook,
    PassRule,
    Standing,
    outlook,
    standing,
)
from sca_lms.courses.models import Enrolment
from sca_lms.database import db

NO_DAYS = 0


@dataclass(frozen=True, slots=True)
class Hours:
    """Somebody's hours: where they stand and what can still be reached."""

    standing: Standing
    outlook: Outlook
    pending_minutes: int
    """What stays without a check-out could still pay."""


def category_rules(course_id: int) -> list[CategoryRule]:
    """Return what a course asks for by category, in their order."""
    return [
        CategoryRule(each.id, each.minutes, each.cap_minutes, each.floor_percent)
        for each in attendance.categories(course_id)
    ]


def pass_rule(versions: Sequence[HoursPolicyVersion]) -> PassRule | None:
    """Return what the newest policy version asks for altogether; None without a policy."""
    return PassRule.of(versions[-1].document) if versions else None


def standings(course_id: int, enrolment_ids: Sequence[int]) -> dict[int, Standing]:
    """Return where people stand by enrolment id; nothing for a course without an hours policy."""
    rule = pass_rule(attendance.policy_versions(course_id))
    if rule is None:
        return {}
    rules = category_rules(course_id)
    return {
        enrolment_id: standing(sums, rules, rule)
        for enrolment_id, sums in attendance.balances(enrolment_ids).items()
    }


def with_entries(enrolment_ids: Sequence[int]) -> set[int]:
    """Return who has a ledger at all; for the others there is nothing to tell yet."""
    return set(
        db.session.scalars(
            sa.select(LedgerEntry.enrolment_id).where(
                LedgerEntry.enrolment_id.in_(enrolment_ids), LedgerEntry.number == 1
            )
        )
    )


def hours_of(course_id: int, enrolments: Sequence[Enrolment], *, at: dt.datetime) -> dict[int, Hours]:
    """Return standing and outlook of people by enrolment id; nothing without an hours policy."""
    versions = attendance.policy_versions(course_id)
    now = standings(course_id, [each.id for each in enrolments])
    if not now:
        return {}
    sessions = attendance.timetable(course_id)
    ids = [each.id for each in enrolments]
    closed = [each for each in sessions if each.state is SessionState.CLOSED]
    earned = attendance.credits_of([each.id for each in closed], ids)
    made_up, by_session = _made_up(ids)
    window = makeup_window(versions[-1].document)
    found: dict[int, Hours] = {}
    for enrolment in enrolments:
        ahead, pending = _ahead(enrolment, sessions, earned, by_session, window, at=at)
        ahead = Ahead(ahead.to_come, ahead.missed, made_up.get(enrolment.id, 0))
        found[enrolment.id] = Hours(now[enrolment.id], outlook(now[enrolment.id], ahead), pending)
    return found


def makeup_window(policy: Mapping[str, object]) -> dt.timedelta:
    """Return how long after a session a make-up may be asked for."""
    makeup = policy.get("makeup")
    days = makeup.get("window_days", NO_DAYS) if isinstance(makeup, Mapping) else NO_DAYS
    return dt.timedelta(days=int(str(days)))


def _ahead(
    enrolment: Enrolment,
    sessions: Sequence[AttendanceSession],
    earned: Mapping[tuple[int, int], SessionCredit],
    made_up: Mapping[tuple[int, int], int],
    window: dt.timedelta,
    *,
    at: dt.datetime,
) -> tuple[Ahead, int]:
    to_come: dict[int, int] = defaultdict(int)
    missed: dict[int, int] = defaultdict(int)
    pending = 0
    for session in sessions:
        if not session.expects(enrolment.group):
            continue
        credit = earned.get((enrolment.id, session.id))
        if session.state is SessionState.OPEN:
            to_come[session.category_id] += session.credit_minutes
            continue
        rest = session.credit_minutes - (credit.minutes if credit else 0)
        rest -= made_up.get((enrolment.id, session.id), 0)
        if credit is not None and credit.pending:
            to_come[session.category_id] += rest
            pending += rest
        elif session.ends_at + window >= at:
            missed[session.category_id] += rest
    return Ahead(to_come, missed, 0), pending


def _made_up(enrolment_ids: Sequence[int]) -> tuple[dict[int, int], dict[tuple[int, int], int]]:
    """Return the minutes made up that stand, by person and by person and session."""
    reversal = aliased(LedgerEntry)
    rows = db.session.execute(
        sa.select(LedgerEntry.enrolment_id, LedgerEntry.session_id, sa.func.sum(LedgerEntry.minutes))
        .where(
            LedgerEntry.enrolment_id.in_(enrolment_ids),
            LedgerEntry.kind == EntryKind.MAKE_UP,
            ~sa.exists().where(reversal.reverses_id == LedgerEntry.id),
        )
        .group_by(LedgerEntry.enrolment_id, LedgerEntry.session_id)
    )
    people: dict[int, int] = defaultdict(int)
    sessions: dict[tuple[int, int], int] = {}
    for enrolment_id, session_id, minutes in rows:
        people[enrolment_id] += minutes
        if session_id is not None:
            sessions[enrolment_id, session_id] = minutes
    return people, sessions
