"""Change the timetable: put sessions in, publish, move, close, reopen and cancel them; set the policy."""

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from sca_lms.attendance import crediting, queries
from sca_lms.attendance.models import (
    AttendanceSession,
    Category,
    HoursPolicyVersion,
    Mode,
    PresenceRecord,
    SessionRevision,
    SessionState,
    break_rows,
)
from sca_lms.attendance.programme_section import (
    CategorySpec,
    SessionSpec,
    read_categories,
    read_policy,
    read_sessions,
)
from sca_lms.attendance.rules import SessionTimes, session_minutes
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course
from sca_lms.database import db
from sca_lms.errors import Refused

SEED_BYTES = 32


class SessionNotOpen(Refused):
    """Only an open session can be closed, only a closed one reopened."""

    code = "session-not-open"


class SessionNotOver(Refused):
    """A session is closed after its end."""

    code = "session-not-over"


class SessionHasPeople(Refused):
    """Somebody has been there already."""

    code = "session-has-people"


def apply_programme(course: Course, document: Mapping[str, object], *, at: dt.datetime) -> None:
    """Make policy, categories and timetable of a course equal to a checked programme file.

    Doing it again changes nothing. A different policy becomes a new version for sessions that begin from now
    on. A session that the file leaves out is cancelled, unless somebody has been there.
    """
    policy = read_policy(document)
    if policy is not None:
        put_policy(course, policy, effective_from=at, person_id=None, at=at)
    _put_categories(course, read_categories(document))
    ids = {each.code: each.id for each in queries.categories(course.id)}
    known = {each.code: each for each in queries.timetable(course.id, states=list(SessionState))}
    specs = read_sessions(document)
    for spec in specs:
        _put_session(course, known.get(spec.code), spec, ids[spec.category], at=at)
    for code in known.keys() - {spec.code for spec in specs}:
        left_out = known[code]
        if left_out.state in (SessionState.DRAFT, SessionState.OPEN) and not has_people(left_out):
            left_out.state = SessionState.CANCELLED
    db.session.flush()


def put_policy(
    course: Course,
    section: Mapping[str, object],
    *,
    effective_from: dt.datetime | None,
    person_id: int | None,
    at: dt.datetime,
) -> HoursPolicyVersion:
    """Add a version of the hours policy and settle what it changes; an unchanged one adds nothing.

    The first version of a course holds for every session.
    """
    versions = queries.policy_versions(course.id)
    if versions and versions[-1].document == dict(section):
        return versions[-1]
    version = HoursPolicyVersion(
        course_id=course.id,
        number=versions[-1].number + 1 if versions else 1,
        effective_from=effective_from if versions else None,
        document=dict(section),
        created_at=at,
        created_by_id=person_id,
    )
    db.session.add(version)
    db.session.flush()
    sessions = queries.timetable(course.id, states=list(SessionState))
    every = [*versions, version]
    affected = [each for each in sessions if queries.in_force(every, each.starts_at) is version]
    for session in affected:
        session.credit_minutes = worth(every, session.times)
    crediting.settle(course.id, affected, reason="", source="policy", person_id=person_id, at=at)
    courses.record_audit(
        course, person_id, "set-hours-policy", f"version {version.number}", at=at,
        before=dict(versions[-1].document) if versions else None, after=dict(section),
    )  # fmt: skip
    return version


def worth(versions: Sequence[HoursPolicyVersion], times: SessionTimes) -> int:
    """Return the minutes of a session under the policy in force when it begins."""
    policy = crediting.policy_of(versions, times.starts_at)
    return session_minutes(times, counting_mode=policy.counting_mode)


def new_session(
    course: Course, spec: SessionSpec, category_id: int, *, state: SessionState, groups: Sequence[str] = ()
) -> AttendanceSession:
    """Add a session to the timetable; raises `IntegrityError` when its code is taken."""
    session = AttendanceSession(
        course_id=course.id, code=spec.code, category_id=category_id, title=spec.title,
        starts_at=spec.times.starts_at, ends_at=spec.times.ends_at, mode=Mode(spec.mode), venue=spec.venue,
        room="", join_url=spec.join_url, capacity=spec.capacity, groups=list(groups), state=state,
        credit_minutes=worth(queries.policy_versions(course.id), spec.times),
        code_seed=secrets.token_hex(SEED_BYTES), revision=1, breaks=break_rows(spec.times.breaks),
    )  # fmt: skip
    db.session.add(session)
    db.session.flush()
    return session


def move(
    session: AttendanceSession,
    times: SessionTimes,
    *,
    reason: str,
    person_id: int | None,
    at: dt.datetime,
) -> list[crediting.Change]:
    """Give a session other times, keep what they were, and settle it; return who gained or lost minutes.

    `crediting.changes` with the same times supposed tells beforehand what this returns.
    """
    if times == session.times:
        return []
    db.session.add(
        SessionRevision(
            session_id=session.id, number=session.revision, before=_as_json(session), reason=reason,
            person_id=person_id, at=at,
        )
    )  # fmt: skip
    neighbours = crediting.neighbours(session.course_id, [session])
    session.revision += 1
    session.starts_at, session.ends_at = times.starts_at, times.ends_at
    session.breaks = break_rows(times.breaks)
    session.credit_minutes = worth(queries.policy_versions(session.course_id), times)
    db.session.flush()
    return crediting.settle(
        session.course_id, [session, *neighbours], reason=reason, source="timetable",
        person_id=person_id, at=at,
    )  # fmt: skip


def close(session: AttendanceSession, *, person_id: int | None, at: dt.datetime) -> list[crediting.Change]:
    """Close an open session that is over and pay it; stays without a check-out remain pending.

    Raise `SessionNotOpen` or `SessionNotOver`.
    """
    db.session.refresh(session, ["state", "closed_at"], with_for_update=True)
    if session.state is not SessionState.OPEN:
        raise SessionNotOpen(_l("This session is not open."))
    if at < session.ends_at:
        raise SessionNotOver(_l("A session can be closed after its end."))
    session.state, session.closed_at = SessionState.CLOSED, at
    db.session.execute(
        sa.update(PresenceRecord)
        .where(
            PresenceRecord.session_id == session.id,
            PresenceRecord.out_at.is_(None),
            PresenceRecord.voided_at.is_(None),
        )
        .values(left_open=True)
        .execution_options(synchronize_session=False)
    )
    db.session.flush()
    return crediting.settle(session.course_id, [session], person_id=person_id, at=at)


def reopen(
    session: AttendanceSession, *, reason: str, person_id: int | None, at: dt.datetime
) -> list[crediting.Change]:
    """Open a closed session again and reverse what it paid. Raise `SessionNotOpen`."""
    db.session.refresh(session, ["state", "closed_at"], with_for_update=True)
    if session.state is not SessionState.CLOSED:
        raise SessionNotOpen(_l("Only a closed session can be reopened."))
    lost = crediting.take_back(session.course_id, session, reason=reason, person_id=person_id, at=at)
    session.state, session.closed_at = SessionState.OPEN, None
    db.session.flush()
    return lost


def cancel(
    session: AttendanceSession, *, reason: str, person_id: int | None, at: dt.datetime
) -> list[crediting.Change]:
    """Cancel a session: what it paid is reversed, and sessions beside it are settled anew."""
    db.session.refresh(session, ["state", "closed_at"], with_for_update=True)
    neighbours = crediting.neighbours(session.course_id, [session])
    lost = crediting.take_back(session.course_id, session, reason=reason, person_id=person_id, at=at)
    session.state, session.closed_at = SessionState.CANCELLED, None
    db.session.flush()
    return lost + crediting.settle(
        session.course_id, neighbours, reason=reason, source="timetable", person_id=person_id, at=at
    )


def close_overdue(course: Course, *, after: dt.timedelta, at: dt.datetime) -> int:
    """Close the sessions that nobody closed long after their end; return how many."""
    overdue = db.session.scalars(
        sa.select(AttendanceSession.code).where(
            AttendanceSession.course_id == course.id,
            AttendanceSession.state == SessionState.OPEN,
            AttendanceSession.ends_at <= at - after,
        )
    ).all()
    for session in queries.timetable(course.id, states=[SessionState.OPEN]):
        if session.code in overdue:
            close(session, person_id=None, at=at)
    return len(overdue)


def has_people(session: AttendanceSession) -> bool:
    """Tell whether anybody has a stay in a session, voided ones included."""
    return db.session.scalar(
        sa.select(sa.exists().where(PresenceRecord.session_id == session.id))
    ) or False  # fmt: skip


def _put_categories(course: Course, specs: Sequence[CategorySpec]) -> None:
    known = {
        each.code: each
        for each in db.session.scalars(sa.select(Category).where(Category.course_id == course.id))
    }
    for position, spec in enumerate(specs):
        category = known.get(spec.code)
        if category is None:
            category = Category(course_id=course.id, code=spec.code)
            db.session.add(category)
        category.position, category.title, category.minutes = position, spec.title, spec.minutes
        category.cap_minutes, category.floor_percent = spec.cap_minutes, spec.floor_percent
        category.published = True
    wanted = {spec.code for spec in specs}
    for code, category in known.items():
        category.published = code in wanted
    db.session.flush()


def _put_session(
    course: Course, session: AttendanceSession | None, spec: SessionSpec, category_id: int, *, at: dt.datetime
) -> None:
    if session is None:
        new_session(course, spec, category_id, state=SessionState.OPEN)
        return
    if session.state in (SessionState.CANCELLED, SessionState.DRAFT):
        session.state = SessionState.OPEN
    session.title, session.mode, session.venue = spec.title, Mode(spec.mode), spec.venue
    session.capacity, session.join_url = spec.capacity, spec.join_url
    if session.category_id != category_id and session.state is SessionState.OPEN:
        session.category_id = category_id
    move(session, spec.times, reason="programme", person_id=None, at=at)


def _as_json(session: AttendanceSession) -> dict[str, object]:
    return {
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "breaks": [[each.starts_at.isoformat(), each.ends_at.isoformat()] for each in session.breaks],
        "credit_minutes": session.credit_minutes,
    }
