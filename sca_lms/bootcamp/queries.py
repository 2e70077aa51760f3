"""Read where people stand with their hours; a constant number of statements for any number of people."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from sca_lms.attendance import queries as attendance
from sca_lms.attendance.models import (
    AttendanceSession,
    Category,
    EntryKind,
    HoursBalance,
    HoursPolicyVersion,
    LedgerEntry,
    Series,
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
    ahead: Ahead
    pending: Mapping[int, int]
    """What stays without a check-out could still pay, in minutes by category id."""
    waiting: Sequence[AttendanceSession]
    """The sessions with such a stay."""
    elapsed_minutes: int
    """What the closed sessions were worth that expected this person."""

    @property
    def pending_minutes(self) -> int:
        """What stays without a check-out could still pay altogether."""
        return sum(self.pending.values())


@dataclass(frozen=True, slots=True)
class Camp:
    """What a course asks for and offers, the same for everybody; with at least one policy version."""

    versions: Sequence[HoursPolicyVersion]
    categories: Sequence[Category]
    sessions: Sequence[AttendanceSession]
    """Open and closed ones by time, with breaks and category."""

    @property
    def policy(self) -> Mapping[str, object]:
        """The newest version of the hours policy."""
        return self.versions[-1].document

    @property
    def rule(self) -> PassRule:
        """What the newest version asks for altogether."""
        return PassRule.of(self.policy)


def camp_of(course_id: int) -> Camp | None:
    """Return the camp of a course; None when it has no hours policy."""
    versions = attendance.policy_versions(course_id)
    if not versions:
        return None
    return Camp(versions, attendance.categories(course_id), attendance.timetable(course_id))


def category_rules(course_id: int) -> list[CategoryRule]:
    """Return what a course asks for by category, in their order."""
    return rules_of(attendance.categories(course_id))


def rules_of(categories: Iterable[Category]) -> list[CategoryRule]:
    """Return what is asked for in each of these categories."""
    return [CategoryRule(each.id, each.minutes, each.cap_minutes, each.floor_percent) for each in categories]


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
    """Return who has an entry of the bootcamp at all; for the others there is nothing to tell yet."""
    return set(
        db.session.scalars(
            sa.select(HoursBalance.enrolment_id)
            .join(HoursBalance.category)
            .where(HoursBalance.enrolment_id.in_(enrolment_ids), Category.series == Series.BOOTCAMP)
        )
    )


def hours_of(course_id: int, enrolments: Sequence[Enrolment], *, at: dt.datetime) -> dict[int, Hours]:
    """Return standing and outlook of people by enrolment id; nothing without an hours policy."""
    camp = camp_of(course_id)
    return hours_in(camp, enrolments, at=at) if camp is not None else {}


def hours_in(camp: Camp, enrolments: Sequence[Enrolment], *, at: dt.datetime) -> dict[int, Hours]:
    """Return standing and outlook of people of a camp by enrolment id."""
    found = evidence_of(camp, [each.id for each in enrolments])
    return {each.id: hours_from(camp, each, found[each.id], at=at) for each in enrolments}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What somebody's hours are worked out from."""

    sums: Mapping[int, int]
    """Minutes of the ledger by category id."""
    earned: Mapping[tuple[int, int], SessionCredit]
    """Credits by (enrolment id, session id), perhaps of others as well."""
    made_up: Mapping[int | None, int]
    """Minutes made up by session id."""


def evidence_of(camp: Camp, enrolment_ids: Sequence[int]) -> dict[int, Evidence]:
    """Return what the hours of people are worked out from, by enrolment id."""
    closed = [each.id for each in camp.sessions if each.state is SessionState.CLOSED]
    earned = attendance.credits_of(closed, enrolment_ids)
    sums = attendance.balances(enrolment_ids)
    made_up = _made_up(enrolment_ids)
    return {each: Evidence(sums[each], earned, made_up.get(each, {})) for each in enrolment_ids}


def hours_from(camp: Camp, enrolment: Enrolment, evidence: Evidence, *, at: dt.datetime) -> Hours:
    """Return standing and outlook of somebody, without asking the database."""
    window = makeup_window(camp.policy)
    to_come: dict[int, int] = defaultdict(int)
    missed: dict[int, int] = defaultdict(int)
    pending: dict[int, int] = defaultdict(int)
    waiting: list[AttendanceSession] = []
    elapsed = 0
    for session in camp.sessions:
        if not session.expects(enrolment.group):
            continue
        if session.state is SessionState.OPEN:
            to_come[session.category_id] += session.credit_minutes
            continue
        elapsed += session.credit_minutes
        key = (enrolment.id, session.id)
        credit = evidence.earned.get(key)
        rest = (
            session.credit_minutes - (credit.minutes if credit else 0) - evidence.made_up.get(session.id, 0)
        )
        if credit is not None and credit.pending:
            to_come[session.category_id] += rest
            pending[session.category_id] += rest
            waiting.append(session)
        elif session.ends_at + window >= at:
            missed[session.category_id] += rest
    now = standing(evidence.sums, rules_of(camp.categories), camp.rule)
    ahead = Ahead(to_come, missed, sum(evidence.made_up.values()))
    return Hours(now, outlook(now, ahead), ahead, pending, waiting, elapsed)


def makeup_window(policy: Mapping[str, object]) -> dt.timedelta:
    """Return how long after a session a make-up may be asked for."""
    makeup = policy.get("makeup")
    days = makeup.get("window_days", NO_DAYS) if isinstance(makeup, Mapping) else NO_DAYS
    return dt.timedelta(days=int(str(days)))


def _made_up(enrolment_ids: Sequence[int]) -> dict[int, dict[int | None, int]]:
    """Return the minutes made up that stand: enrolment id to session id to minutes."""
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
    found: dict[int, dict[int | None, int]] = defaultdict(dict)
    for enrolment_id, session_id, minutes in rows:
        found[enrolment_id][session_id] = minutes
    return found
