"""Read somebody's account of hours; the number of statements does not depend on its length."""

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import aliased, defer

from sca_lms.attendance import queries as attendance
from sca_lms.attendance.models import (
    AttendanceSession,
    Category,
    EntryKind,
    HoursPolicyVersion,
    LedgerEntry,
    Series,
    SessionCredit,
    SessionState,
)
from sca_lms.attendance.rules import Attended, HoursPolicy, Presence, credited_together
from sca_lms.bootcamp import queries
from sca_lms.bootcamp.account import Account, AccountLine, LineState, awards, state_of
from sca_lms.bootcamp.queries import Camp, Evidence
from sca_lms.bootcamp.request_models import HoursRequest, RequestState
from sca_lms.bootcamp.request_rules import dispute_window
from sca_lms.courses.models import Course, Enrolment, Programme
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.programmes.periods import Period

OWN = "own"
"""The role of those who made an entry about themselves."""
RANK = (Role.MANAGER, Role.INSTRUCTOR, Role.CHAIR, Role.MENTOR, Role.JUDGE, Role.AUTHOR, Role.LEARNER)
"""Which role is named of somebody who has several."""


class HashStanding(enum.StrEnum):
    """What the ledger here says of a hash."""

    HEAD = "head"
    """It is that of the newest entry."""
    EARLIER = "earlier"
    """It is that of an entry that others follow."""
    UNKNOWN = "unknown"


def account_of(course: Course, enrolment: Enrolment, *, at: dt.datetime) -> Account | None:
    """Return somebody's account of hours; None in a course without an hours policy."""
    camp = queries.camp_of(course.id)
    if camp is None:
        return None
    entries = attendance.ledger(enrolment.id)
    ids = [each.id for each in camp.sessions]
    stays = _stays(ids, enrolment.id)
    earned = attendance.credits_of(ids, [enrolment.id])
    hours = queries.hours_from(camp, enrolment, _evidence(entries, earned), at=at)
    beside = [each for each in entries if each.category.series is not Series.BOOTCAMP]
    by_session, of_none = _by_session([each for each in entries if each.category.series is Series.BOOTCAMP])
    begun = [
        each
        for each in camp.sessions
        if each.id in stays
        or each.id in by_session
        or (each.starts_at <= at and each.expects(enrolment.group))
    ]
    sources = _Sources(camp, enrolment, by_session, stays, earned, ZoneInfo(course.timezone), at)
    lines = [sources.line(each) for each in begun]
    lines += sources.cancelled_lines()
    lines += awards(of_none, ZoneInfo(course.timezone))
    return Account(
        enrolment,
        camp,
        hours,
        tuple(sorted(lines, key=_newest_first, reverse=True)),
        tuple(each for each in camp.sessions if each.starts_at > at and each.expects(enrolment.group)),
        _paid_elsewhere(camp, stays),
        roles_of(course.id, {entry.person_id for entry in entries}, own=enrolment.person_id),
        at,
        tuple(beside),
    )


@dataclass(frozen=True, slots=True)
class _Sources:
    """What was read for one account, to make its lines from; entries and stays by session id."""

    camp: Camp
    enrolment: Enrolment
    entries: Mapping[int, Sequence[LedgerEntry]]
    stays: Mapping[int, Sequence[Presence]]
    earned: Mapping[tuple[int, int], SessionCredit]
    zone: ZoneInfo
    at: dt.datetime

    def line(self, session: AttendanceSession) -> AccountLine:
        """Return the line of a session that takes place or took place."""
        entries = self.entries.get(session.id, ())
        stays = self.stays.get(session.id, ())
        paid = sum(entry.minutes for entry in entries)
        credit = self.earned.get((self.enrolment.id, session.id))
        pending = credit is not None and credit.pending
        state = state_of(session, paid=paid, pending=pending, was_there=bool(stays), at=self.at)
        return AccountLine(
            state,
            session.starts_at.astimezone(self.zone).date(),
            session.category,
            tuple(entries),
            session,
            tuple(stays),
            attendance.in_force(self.camp.versions, session.starts_at),
            makeup_until=self._until(session, queries.makeup_window(self.camp.policy))
            if state in {LineState.PART, LineState.MISSED}
            else None,
            dispute_until=self._until(session, dispute_window(self.camp.policy))
            if session.state is SessionState.CLOSED
            else None,
        )

    def cancelled_lines(self) -> list[AccountLine]:
        """Return the lines of cancelled sessions that had paid something."""
        known = {each.id for each in self.camp.sessions}
        return [
            AccountLine(
                LineState.CANCELLED,
                session.starts_at.astimezone(self.zone).date(),
                entries[0].category,
                tuple(entries),
                session,
            )
            for entries in self.entries.values()
            if (session := entries[0].session) is not None and session.id not in known
        ]

    def _until(self, session: AttendanceSession, window: dt.timedelta) -> dt.datetime | None:
        end = session.ends_at + window
        return end if end >= self.at and session.expects(self.enrolment.group) else None


def programme_heading(course: Course) -> Programme | None:
    """Return the programme that a course follows, without its document, which is long to read."""
    if course.programme_id is None:
        return None
    return db.session.scalar(
        sa.select(Programme).where(Programme.id == course.programme_id).options(defer(Programme.document))
    )


def asked(enrolment_id: int) -> dict[int, set[str]]:
    """Return what somebody has asked for and got no answer to yet: kinds of request by session id."""
    rows = db.session.execute(
        sa.select(HoursRequest.session_id, HoursRequest.kind).where(
            HoursRequest.enrolment_id == enrolment_id, HoursRequest.state == RequestState.SUBMITTED
        )
    )
    found: dict[int, set[str]] = defaultdict(set)
    for session_id, kind in rows:
        found[session_id].add(kind.value)
    return dict(found)


def roles_of(course_id: int, person_ids: Collection[int | None], *, own: int) -> dict[int, str]:
    """Return what people are in a course, by person id: one role each, or `own` for the person concerned."""
    others = {each for each in person_ids if each is not None and each != own}
    rows = db.session.execute(
        sa.select(Enrolment.person_id, Enrolment.roles).where(
            Enrolment.course_id == course_id, Enrolment.person_id.in_(others)
        )
    )
    found = {person_id: next((role.value for role in RANK if role in roles), "") for person_id, roles in rows}
    return found | {own: OWN}


def standing_of_hash(course_id: int, enrolment_id: int, digest: str) -> HashStanding:
    """Tell whether an entry's hash stands in somebody's ledger, and whether it is the newest."""
    later = aliased(LedgerEntry)
    has_later = sa.exists().where(
        later.enrolment_id == LedgerEntry.enrolment_id, later.number > LedgerEntry.number
    )
    found = db.session.scalar(
        sa.select(has_later)
        .select_from(LedgerEntry)
        .join(LedgerEntry.enrolment)
        .where(
            LedgerEntry.enrolment_id == enrolment_id,
            LedgerEntry.hash == digest,
            Enrolment.course_id == course_id,
        )
    )
    if found is None:
        return HashStanding.UNKNOWN
    return HashStanding.EARLIER if found else HashStanding.HEAD


def find_category(course_id: int, code: str) -> Category | None:
    """Return a published category of a course by its code."""
    return next((each for each in attendance.categories(course_id) if each.code == code), None)


def newest_policy(course_id: int) -> HoursPolicyVersion | None:
    """Return the newest version of a course's hours policy."""
    versions = attendance.policy_versions(course_id)
    return versions[-1] if versions else None


def _stays(session_ids: Collection[int], enrolment_id: int) -> dict[int, list[Presence]]:
    found: dict[int, list[Presence]] = defaultdict(list)
    for record in attendance.presences(session_ids, [enrolment_id]):
        found[record.session_id].append(Presence(record.in_at, record.out_at))
    return dict(found)


def _evidence(entries: Sequence[LedgerEntry], earned: Mapping[tuple[int, int], SessionCredit]) -> Evidence:
    sums: dict[int, int] = defaultdict(int)
    made_up: dict[int | None, int] = defaultdict(int)
    reversed_ids = {entry.reverses_id for entry in entries}
    for entry in entries:
        sums[entry.category_id] += entry.minutes
        if entry.kind is EntryKind.MAKE_UP and entry.id not in reversed_ids:
            made_up[entry.session_id] += entry.minutes
    return Evidence(sums, earned, made_up)


def _by_session(
    entries: Sequence[LedgerEntry],
) -> tuple[dict[int, list[LedgerEntry]], list[LedgerEntry]]:
    by_session: dict[int, list[LedgerEntry]] = defaultdict(list)
    of_none: list[LedgerEntry] = []
    for entry in entries:
        (by_session[entry.session_id] if entry.session_id is not None else of_none).append(entry)
    return dict(by_session), of_none


def _paid_elsewhere(camp: Camp, stays: Mapping[int, Sequence[Presence]]) -> dict[int, Sequence[Period]]:
    """Return for each session the time that another one pays, as the rules of hours decide it."""
    policies = {each.id: HoursPolicy.of(each.document) for each in camp.versions}
    attended = []
    for session in camp.sessions:
        version = attendance.in_force(camp.versions, session.starts_at)
        policy = policies[version.id] if version is not None else HoursPolicy()
        attended.append(Attended(session.id, session.times, tuple(stays.get(session.id, ())), policy))
    return {
        session_id: credit.elsewhere
        for session_id, credit in credited_together(attended).items()
        if credit.elsewhere
    }


def _newest_first(line: AccountLine) -> tuple[dt.date, dt.datetime, str]:
    begins = line.session.starts_at if line.session is not None else line.entries[0].at
    return line.on, begins, line.session.code if line.session is not None else ""
