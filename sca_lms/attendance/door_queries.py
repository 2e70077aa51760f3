"""Read what a learner's check-in page shows, and what decides about a report from a learner's phone."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.attendance import queries
from sca_lms.attendance.door import DOORS_AFTER, DOORS_BEFORE
from sca_lms.attendance.door_models import CodeMiss
from sca_lms.attendance.models import AttendanceSession, PresenceRecord, Scan, SessionState
from sca_lms.courses import queries as courses
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.rules import Actor, EnrolmentState, Role
from sca_lms.database import db

LOOK_AHEAD = 40
"""So many coming sessions are looked through for one that expects somebody; parallel tracks are fewer."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where a learner stands at the doors: in which room, which doors are open, and what comes next."""

    here: PresenceRecord | None
    open: Sequence[AttendanceSession]
    next: AttendanceSession | None
    stays: Sequence[PresenceRecord]
    """The stays that count, of a day, with their sessions, the latest first."""


def threshold(learner: Enrolment, *, at: dt.datetime, day: tuple[dt.datetime, dt.datetime]) -> Threshold:
    """Return where a learner stands now, with the stays of a day given by its beginning and end."""
    latest = at + DOORS_BEFORE
    doors = queries.sessions_between(
        learner.course_id, at, latest + dt.timedelta(seconds=1), states=[SessionState.OPEN]
    )
    return Threshold(
        here=queries.open_presence(learner.id),
        open=[each for each in doors if each.expects(learner.group) and each.starts_at <= latest],
        next=_next_session(learner, after=latest),
        stays=_stays_between(learner.id, *day),
    )


def code_candidates(actor: Actor, session_code: str, at: dt.datetime) -> list[AttendanceSession]:
    """Return the sessions whose code somebody may have seen at a moment: the one named, or all around."""
    if session_code:
        named = queries.find_session(actor, session_code)
        return [named] if named is not None else []
    return queries.sessions_between(
        actor.course_id,
        at - DOORS_AFTER,
        at + DOORS_AFTER,
        states=(SessionState.OPEN, SessionState.CLOSED),
    )


def scan_of(enrolment_id: int, key: str) -> Scan | None:
    """Return an act that was taken before, with its stay and session."""
    return db.session.scalar(
        sa.select(Scan)
        .where(Scan.enrolment_id == enrolment_id, Scan.key == key)
        .options(joinedload(Scan.presence), joinedload(Scan.session))
    )


def misses_since(enrolment_id: int, since: dt.datetime) -> list[dt.datetime]:
    """Return when somebody sent wrong codes, the first one first."""
    return list(
        db.session.scalars(
            sa.select(CodeMiss.at)
            .where(CodeMiss.enrolment_id == enrolment_id, CodeMiss.at > since)
            .order_by(CodeMiss.at)
        )
    )


def learners_by_id(actor: Actor, enrolment_ids: Collection[int]) -> dict[int, Enrolment]:
    """Return those of the ids that are active learners of the actor's course, with the person."""
    found = db.session.scalars(_active_learners(actor.course_id).where(Enrolment.id.in_(enrolment_ids)))
    return {enrolment.id: enrolment for enrolment in found}


def all_learners(course_id: int) -> list[Enrolment]:
    """Return everybody whom staff may let in, with the person, in Thai name order."""
    return list(db.session.scalars(_active_learners(course_id).order_by(Person.sort_key, Enrolment.id)))


def _active_learners(course_id: int) -> sa.Select[Enrolment]:
    return (
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(
            Enrolment.course_id == course_id,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            courses.has_role(Role.LEARNER),
        )
        .options(joinedload(Enrolment.person))
    )


def _next_session(learner: Enrolment, *, after: dt.datetime) -> AttendanceSession | None:
    coming = db.session.scalars(
        sa.select(AttendanceSession)
        .where(
            AttendanceSession.course_id == learner.course_id,
            AttendanceSession.state == SessionState.OPEN,
            AttendanceSession.starts_at > after,
        )
        .order_by(AttendanceSession.starts_at, AttendanceSession.code)
        .limit(LOOK_AHEAD)
    )
    return next((each for each in coming if each.expects(learner.group)), None)


def _stays_between(enrolment_id: int, start: dt.datetime, end: dt.datetime) -> Sequence[PresenceRecord]:
    return db.session.scalars(
        sa.select(PresenceRecord)
        .where(
            PresenceRecord.enrolment_id == enrolment_id,
            PresenceRecord.voided_at.is_(None),
            PresenceRecord.in_at >= start,
            PresenceRecord.in_at < end,
        )
        .options(joinedload(PresenceRecord.session))
        .order_by(PresenceRecord.in_at.desc(), PresenceRecord.id.desc())
    ).all()
