"""Change the timetable: put sessions in, publish, move, close, reopen and cancel them; set the policy."""

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from sca_lms.attendance import class_time, crediting, queries
from sca_lms.attendance.models import (
    AttendanceSession,
    Category,
    HoursPolicyVersion,
    HoursRevision,
    Mode,
    PresenceRecord,
    SessionRevision,
    SessionState,
    break_rows,
)
from sca_lms.attendance.programme_section import (
    CategorySpec,
    SessionSpec,
    general_floor,
    read_categories,
    read_policy,
    read_sessions,
)
from sca_lms.attendance.rules import SessionTimes, session_minutes
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.texts import Bilingual

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
    on. A published session that the file leaves out is cancelled, unless somebody has been there.
    """
    policy = read_policy(document)
    if policy is not None:
        put_policy(course, policy, effective_from=at, person_id=None, at=at)
    _put_categories(course, read_categories(document))
    ids = {each.code: each.id for each in queries.categories(course.id)}
    known = {each.code: each for each in queries.timetable(course.id, states=list(SessionState))}
    specs = read_sessions(document)
    versions = queries.policy_versions(course.id)
    for spec in specs:
        session = known.get(spec.code)
        if session is None:
            new_session(course, spec, ids[spec.category], state=SessionState.OPEN, versions=versions)
        else:
            _put_session(session, spec, ids[spec.category], at=at)
    for code in known.keys() - {spec.code for spec in specs}:
        left_out = known[code]
        if left_out.state is SessionState.OPEN and not has_people(left_out):
            left_out.state = SessionState.CANCELLED
    changed(course.id)
    db.session.flush()
    class_time.follow(course.id, at=at)


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
    sessions = queries.timetable(course.id, states=list(SessionState), series=None)
    every = [*versions, version]
    affected = [each for each in sessions if queries.in_force(every, each.starts_at) is version]
    for session in affected:
        session.credit_minutes = worth(every, session.times)
    if versions:
        _follow_floor(course, general_floor(versions[-1].document), general_floor(section))
    changed(course.id)
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
    course: Course,
    spec: SessionSpec,
    category_id: int,
    *,
    state: SessionState,
    versions: Sequence[HoursPolicyVersion],
    groups: Sequence[str] = (),
) -> AttendanceSession:
    """Add a session to the timetable under the course's policy versions.

    The caller flushes, which raises `IntegrityError` when the code is taken, and then calls `changed`.
    """
    session = AttendanceSession(
        course_id=course.id, code=spec.code, category_id=category_id, title=spec.title,
        starts_at=spec.times.starts_at, ends_at=spec.times.ends_at, mode=Mode(spec.mode), venue=spec.venue,
        room="", join_url=spec.join_url, capacity=spec.capacity, groups=list(groups), state=state,
        credit_minutes=worth(versions, spec.times),
        code_seed=secrets.token_hex(SEED_BYTES), revision=1, breaks=break_rows(spec.times.breaks),
    )  # fmt: skip
    db.session.add(session)
    return session


@dataclass(frozen=True, slots=True)
class Particulars:
    """What can change about a session without changing anybody's minutes."""

    title: Bilingual
    mode: Mode
    venue: Bilingual
    room: str
    join_url: str
    capacity: int | None

    @classmethod
    def of(cls, session: AttendanceSession) -> "Particulars":
        """Return what a session has now."""
        return cls(
            session.title, session.mode, session.venue, session.room, session.join_url, session.capacity
        )

    def put(self, session: AttendanceSession) -> None:
        """Give all of it to a session."""
        session.title, session.mode, session.venue = self.title, self.mode, self.venue
        session.room, session.join_url, session.capacity = self.room, self.join_url, self.capacity


@dataclass(frozen=True, slots=True)
class Rearranged:
    """What a session is to become: other times or particulars, or cancelled (then the rest means nothing)."""

    session: AttendanceSession
    times: SessionTimes
    particulars: Particulars
    cancelled: bool = False

    @property
    def changes_anything(self) -> bool:
        """Tell whether the session would be another one afterwards."""
        return (
            self.cancelled
            or self.times != self.session.times
            or self.particulars != Particulars.of(self.session)
        )


def supposed_by(wanted: Sequence[Rearranged]) -> crediting.Supposed:
    """Return what `crediting` is to suppose for the preview of these changes."""
    return crediting.Supposed(
        {each.session.id: each.times for each in wanted if not each.cancelled},
        cancelled=frozenset(each.session.id for each in wanted if each.cancelled),
    )


def touched_by(course_id: int, wanted: Sequence[Rearranged]) -> list[AttendanceSession]:
    """Return the closed sessions whose credit these changes may change: themselves and what they overlap."""
    own = [each.session for each in wanted]
    bound = crediting.neighbours(course_id, own, supposed=supposed_by(wanted))
    return [each for each in own if each.state is SessionState.CLOSED] + bound


def rearrange(
    course_id: int,
    wanted: Sequence[Rearranged],
    *,
    reason: str,
    person_id: int | None,
    at: dt.datetime,
    gives_way: bool = False,
) -> list[crediting.Change]:
    """Change published sessions together, keep what they were, and settle them; return who gained or lost.

    `crediting.changes` of `touched_by` with `supposed_by` tells it beforehand. Raise `ClassesClash` when
    appointments are in the way, unless the sessions give way to them.
    """
    wanted = [each for each in wanted if each.changes_anything]
    if not wanted:
        return []
    changed(course_id)
    touched = {each.id: each for each in touched_by(course_id, wanted)}
    lost: list[crediting.Change] = []
    versions = queries.policy_versions(course_id)
    for each in wanted:
        session = each.session
        db.session.add(
            SessionRevision(
                session_id=session.id, number=session.revision, before=as_json(session), reason=reason,
                person_id=person_id, at=at,
            )
        )  # fmt: skip
        session.revision += 1
        if each.cancelled:
            lost += crediting.take_back(course_id, session, reason=reason, person_id=person_id, at=at)
            session.state, session.closed_at = SessionState.CANCELLED, None
            touched.pop(session.id, None)
            continue
        each.particulars.put(session)
        if each.times != session.times:
            session.starts_at, session.ends_at = each.times.starts_at, each.times.ends_at
            session.breaks = break_rows(each.times.breaks)
            session.credit_minutes = worth(versions, each.times)
    db.session.flush()
    class_time.occupy(course_id, [each.session for each in wanted], at=at, gives_way=gives_way)
    return lost + crediting.settle(
        course_id, list(touched.values()), reason=reason, source="timetable", person_id=person_id, at=at
    )


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
    wanted = Rearranged(session, times, Particulars.of(session))
    return rearrange(session.course_id, [wanted], reason=reason, person_id=person_id, at=at)


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
    changed(session.course_id)
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
    session.state, session.closed_at, session.reopened_at = SessionState.OPEN, None, at
    changed(session.course_id)
    db.session.flush()
    return lost


def cancel(
    session: AttendanceSession, *, reason: str, person_id: int | None, at: dt.datetime
) -> list[crediting.Change]:
    """Cancel a session: what it paid is reversed, and sessions beside it are settled anew."""
    db.session.refresh(session, ["state", "closed_at"], with_for_update=True)
    wanted = Rearranged(session, session.times, Particulars.of(session), cancelled=True)
    return rearrange(session.course_id, [wanted], reason=reason, person_id=person_id, at=at)


def changed(course_id: int) -> None:
    """Say that the timetable or the policy of a course changed, in the transaction that changes it."""
    is_sqlite = db.session.connection().dialect.name == "sqlite"
    insert = (sqlite_insert if is_sqlite else postgresql_insert)(HoursRevision)
    db.session.execute(
        insert.values(course_id=course_id, number=1).on_conflict_do_update(
            index_elements=[HoursRevision.course_id], set_={"number": HoursRevision.number + 1}
        )
    )


def has_people(session: AttendanceSession) -> bool:
    """Tell whether anybody has a stay in a session, voided ones included."""
    found = sa.select(sa.exists().where(PresenceRecord.session_id == session.id))
    return db.session.scalar(found) or False


def _follow_floor(course: Course, before: Decimal, after: Decimal) -> None:
    """Let categories without a floor of their own follow the policy's."""
    for category in queries.categories(course.id):
        if category.floor_percent == before:
            category.floor_percent = after


def _put_categories(course: Course, specs: Sequence[CategorySpec]) -> None:
    known = {each.code: each for each in queries.every_category(course.id)}
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


def _put_session(session: AttendanceSession, spec: SessionSpec, category_id: int, *, at: dt.datetime) -> None:
    if session.state in (SessionState.CANCELLED, SessionState.DRAFT):
        session.state = SessionState.OPEN
    session.title, session.mode, session.venue = spec.title, Mode(spec.mode), spec.venue
    session.capacity, session.join_url = spec.capacity, spec.join_url
    if session.category_id != category_id and session.state is SessionState.OPEN:
        session.category_id = category_id
    wanted = Rearranged(session, spec.times, Particulars.of(session))
    rearrange(session.course_id, [wanted], reason="programme", person_id=None, at=at, gives_way=True)


def as_json(session: AttendanceSession) -> dict[str, object]:
    """Return how a session stands, as a revision keeps it."""
    return {
        "state": session.state.value,
        "title": {"th": session.title.th, "en": session.title.en},
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "breaks": [[each.starts_at.isoformat(), each.ends_at.isoformat()] for each in session.breaks],
        "credit_minutes": session.credit_minutes,
        "mode": session.mode.value,
        "venue": {"th": session.venue.th, "en": session.venue.en},
        "room": session.room,
        "join_url": session.join_url,
        "capacity": session.capacity,
    }
