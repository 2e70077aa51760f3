"""Read the timetable, who is where, and the ledger of hours."""

import datetime as dt
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from sca_lms.attendance import chain
from sca_lms.attendance.models import (
    AttendanceSession,
    Category,
    EntryKind,
    HoursBalance,
    HoursPolicyVersion,
    HoursRevision,
    LedgerEntry,
    PresenceRecord,
    Series,
    SessionCredit,
    SessionState,
)
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.queries import counted_learners
from sca_lms.courses.rules import Actor
from sca_lms.database import db

REOPENED_FOR = dt.timedelta(days=1)
"""How long a session that was opened again does not close itself."""


def categories(course_id: int) -> list[Category]:
    """Return the published categories of a course's bootcamp in their order."""
    return list(
        db.session.scalars(
            sa.select(Category)
            .where(Category.course_id == course_id, Category.published, Category.series == Series.BOOTCAMP)
            .order_by(Category.position, Category.id)
        )
    )


def every_category(course_id: int) -> list[Category]:
    """Return all categories of a course's bootcamp, also those that are not published."""
    return list(
        db.session.scalars(
            sa.select(Category).where(Category.course_id == course_id, Category.series == Series.BOOTCAMP)
        )
    )


def policy_versions(course_id: int) -> list[HoursPolicyVersion]:
    """Return every version of a course's hours policy, the first one first."""
    return list(
        db.session.scalars(
            sa.select(HoursPolicyVersion)
            .where(HoursPolicyVersion.course_id == course_id)
            .order_by(HoursPolicyVersion.number)
        )
    )


def in_force(versions: Sequence[HoursPolicyVersion], at: dt.datetime) -> HoursPolicyVersion | None:
    """Return the version that a session beginning at this moment follows; the latest that says so wins."""
    fitting = [each for each in versions if each.effective_from is None or each.effective_from <= at]
    return max(fitting, key=lambda each: each.number, default=None)


def _with_times() -> sa.Select[AttendanceSession]:
    return sa.select(AttendanceSession).options(
        selectinload(AttendanceSession.breaks), joinedload(AttendanceSession.category)
    )


def timetable(
    course_id: int,
    *,
    states: Collection[SessionState] | None = None,
    series: Series | None = Series.BOOTCAMP,
) -> list[AttendanceSession]:
    """Return the sessions of a course's bootcamp by time, with breaks and category.

    Drafts come only when asked for; another series is named, None means the sessions of all.
    """
    wanted = states if states is not None else (SessionState.OPEN, SessionState.CLOSED)
    return list(
        db.session.scalars(
            _with_times()
            .where(
                AttendanceSession.course_id == course_id,
                AttendanceSession.state.in_(wanted),
                *(() if series is None else (of_series(series),)),
            )
            .order_by(AttendanceSession.starts_at, AttendanceSession.code)
        )
    )


def of_series(series: Series) -> sa.ColumnElement[bool]:
    """Return the condition that a session belongs to a series."""
    return AttendanceSession.category_id.in_(sa.select(Category.id).where(Category.series == series))


def find_session(actor: Actor, code: str) -> AttendanceSession | None:
    """Return a session of the actor's course by its code, with breaks and category."""
    return db.session.scalar(
        _with_times().where(AttendanceSession.course_id == actor.course_id, AttendanceSession.code == code)
    )


def session_by_id(session_id: int) -> AttendanceSession | None:
    """Return a session with breaks and category, for work that no actor asked for."""
    return db.session.scalar(_with_times().where(AttendanceSession.id == session_id))


def overdue_sessions(*, after: dt.timedelta, at: dt.datetime) -> list[int]:
    """Return the ids of the sessions of all courses that nobody closed so long after their end."""
    return list(
        db.session.scalars(
            sa.select(AttendanceSession.id)
            .where(
                AttendanceSession.state == SessionState.OPEN,
                AttendanceSession.ends_at <= at - after,
                sa.or_(
                    AttendanceSession.reopened_at.is_(None),
                    AttendanceSession.reopened_at <= at - REOPENED_FOR,
                ),
            )
            .order_by(AttendanceSession.ends_at, AttendanceSession.id)
        )
    )


def hours_revision(course_id: int) -> int:
    """Return how often the timetable or the policy of a course has changed."""
    found = sa.select(HoursRevision.number).where(HoursRevision.course_id == course_id)
    return db.session.scalar(found) or 0


def sessions_between(
    course_id: int, start: dt.datetime, end: dt.datetime, *, states: Collection[SessionState]
) -> list[AttendanceSession]:
    """Return the sessions that overlap a period, by time, with breaks and category."""
    return list(
        db.session.scalars(
            _with_times()
            .where(
                AttendanceSession.course_id == course_id,
                AttendanceSession.starts_at < end,
                AttendanceSession.ends_at > start,
                AttendanceSession.state.in_(states),
            )
            .order_by(AttendanceSession.starts_at, AttendanceSession.code)
        )
    )


def presences(
    session_ids: Collection[int], enrolment_ids: Collection[int] | None = None
) -> list[PresenceRecord]:
    """Return the stays in sessions that were not voided, by arrival; of some people or of everybody."""
    wanted = sa.select(PresenceRecord).where(
        PresenceRecord.session_id.in_(session_ids), PresenceRecord.voided_at.is_(None)
    )
    if enrolment_ids is not None:
        wanted = wanted.where(PresenceRecord.enrolment_id.in_(enrolment_ids))
    return list(db.session.scalars(wanted.order_by(PresenceRecord.in_at, PresenceRecord.id)))


def open_presence(enrolment_id: int) -> PresenceRecord | None:
    """Return where somebody is now, with the session; nobody is in two places."""
    return db.session.scalar(
        sa.select(PresenceRecord)
        .where(
            PresenceRecord.enrolment_id == enrolment_id,
            PresenceRecord.out_at.is_(None),
            PresenceRecord.voided_at.is_(None),
            PresenceRecord.left_open.is_(False),
        )
        .options(joinedload(PresenceRecord.session))
    )


def credits_of(
    session_ids: Collection[int], enrolment_ids: Collection[int]
) -> dict[tuple[int, int], SessionCredit]:
    """Return what people earned in closed sessions, by (enrolment id, session id); nothing for the absent."""
    found = db.session.scalars(
        sa.select(SessionCredit).where(
            SessionCredit.session_id.in_(session_ids), SessionCredit.enrolment_id.in_(enrolment_ids)
        )
    )
    return {(credit.enrolment_id, credit.session_id): credit for credit in found}


def people_of_session(session: AttendanceSession) -> list[int]:
    """Return the enrolments that have a stay or a credit in a session."""
    stays = sa.select(PresenceRecord.enrolment_id).where(PresenceRecord.session_id == session.id)
    credited = sa.select(SessionCredit.enrolment_id).where(SessionCredit.session_id == session.id)
    return sorted(set(db.session.scalars(sa.union(stays, credited))))


def ledger(enrolment_id: int) -> list[LedgerEntry]:
    """Return somebody's whole ledger by number, with category, session, policy version and who did it.

    Of the policy version all but its document is there.
    """
    return list(
        db.session.scalars(
            sa.select(LedgerEntry)
            .where(LedgerEntry.enrolment_id == enrolment_id)
            .order_by(LedgerEntry.number)
            .options(
                joinedload(LedgerEntry.category),
                joinedload(LedgerEntry.session),
                # A policy's document is long, and would be read once for every entry.
                joinedload(LedgerEntry.policy_version).defer(HoursPolicyVersion.document),
                joinedload(LedgerEntry.person),
                joinedload(LedgerEntry.reverses),
            )
        )
    )


def line_of(entry: LedgerEntry) -> chain.Line:
    """Return what the hash of an entry from `ledger` covers."""
    return chain.Line(
        number=entry.number,
        at=entry.at,
        kind=entry.kind.value,
        minutes=entry.minutes,
        category=entry.category.code,
        session=entry.session.code if entry.session is not None else None,
        reverses=entry.reverses.number if entry.reverses is not None else None,
        reason=entry.reason,
        source=entry.source,
        policy=entry.policy_version.number if entry.policy_version is not None else None,
        by=entry.by,
    )


def live_extras(session_ids: Collection[int], enrolment_ids: Collection[int]) -> list[LedgerEntry]:
    """Return make-up and adjustment entries of sessions that were not reversed, the oldest first."""
    reversal = aliased(LedgerEntry)
    return list(
        db.session.scalars(
            sa.select(LedgerEntry)
            .where(
                LedgerEntry.session_id.in_(session_ids),
                LedgerEntry.enrolment_id.in_(enrolment_ids),
                LedgerEntry.kind.in_((EntryKind.MAKE_UP, EntryKind.ADJUSTMENT)),
                ~sa.exists().where(reversal.reverses_id == LedgerEntry.id),
            )
            .order_by(LedgerEntry.id)
        )
    )


def made_up_minutes(enrolment_id: int, session_id: int) -> tuple[int, int]:
    """Return how many minutes of this session, and of all sessions, somebody has made up."""
    reversal = aliased(LedgerEntry)
    rows = db.session.execute(
        sa.select(LedgerEntry.session_id, LedgerEntry.minutes).where(
            LedgerEntry.enrolment_id == enrolment_id,
            LedgerEntry.kind == EntryKind.MAKE_UP,
            ~sa.exists().where(reversal.reverses_id == LedgerEntry.id),
        )
    ).all()
    return sum(row.minutes for row in rows if row.session_id == session_id), sum(row.minutes for row in rows)


def balances(enrolment_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """Return the ledger's sums of the bootcamp: enrolment id to category id to minutes, before any cap."""
    found: dict[int, dict[int, int]] = {enrolment_id: {} for enrolment_id in enrolment_ids}
    rows = db.session.execute(
        sa.select(HoursBalance.enrolment_id, HoursBalance.category_id, HoursBalance.minutes)
        .join(HoursBalance.category)
        .where(HoursBalance.enrolment_id.in_(enrolment_ids), Category.series == Series.BOOTCAMP)
    )
    for enrolment_id, category_id, minutes in rows:
        found[enrolment_id][category_id] = minutes
    return found


def expected_learners(session: AttendanceSession) -> list[Enrolment]:
    """Return the counted learners whom a session expects, with the person, in Thai name order."""
    wanted = (
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(Enrolment.id.in_(counted_learners(session.course_id)))
        .options(joinedload(Enrolment.person))
        .order_by(Person.sort_key, Enrolment.id)
    )
    if session.groups:
        wanted = wanted.where(Enrolment.group.in_(session.groups))
    return list(db.session.scalars(wanted))
