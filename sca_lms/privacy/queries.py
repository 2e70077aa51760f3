"""Find requests, archives and audit lines; the only place where an id from outside becomes a row."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.courses.models import AuditEvent, Enrolment, Person
from sca_lms.courses.queries import has_role, person_matches
from sca_lms.courses.rules import Actor, EnrolmentState, Role
from sca_lms.database import db
from sca_lms.privacy.models import PersonExport, PrivacyRequest
from sca_lms.privacy.rules import UNANSWERED, ExportState, RequestKind, RequestState
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset

AT_ONCE = 500
MOST_FOUND = 25
MOST_APART = 40
"""So many people are looked up one by one in the log; of more, somebody has done something lately."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests the desk shows."""

    kind: RequestKind | None = None
    state: RequestState | None = None
    """None: those that wait for an answer or for the worker."""
    search: str = ""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which lines of the log are shown; `before` is the key of the line above the first one."""

    course_id: int | None
    verb: str = ""
    who: str = ""
    subject: str = ""
    start: dt.datetime | None = None
    end: dt.datetime | None = None
    """The first moment after the period."""


def elsewhere(person_id: int, manager_id: int) -> int:
    """Return in how many courses a person takes part that this manager does not manage."""
    managed = sa.select(Enrolment.course_id).where(
        Enrolment.person_id == manager_id, has_role(Role.MANAGER), Enrolment.state != EnrolmentState.WITHDRAWN
    )
    return (
        db.session.scalar(
            sa.select(sa.func.count()).where(
                Enrolment.person_id == person_id, Enrolment.course_id.not_in(managed)
            )
        )
        or 0
    )


def own_requests(person_id: int) -> Sequence[PrivacyRequest]:
    """Return what a person asked for, the newest first."""
    return db.session.scalars(
        sa.select(PrivacyRequest)
        .where(PrivacyRequest.person_id == person_id)
        .order_by(PrivacyRequest.asked_at.desc(), PrivacyRequest.id.desc())
        .limit(MOST_FOUND)
    ).all()


def find_own_request(person_id: int, request_id: int) -> PrivacyRequest | None:
    """Return a request of the person who asks."""
    return db.session.scalar(
        sa.select(PrivacyRequest).where(
            PrivacyRequest.id == request_id, PrivacyRequest.person_id == person_id
        )
    )


def own_exports(person_id: int) -> Sequence[PersonExport]:
    """Return the archives of a person, the newest first, with their files."""
    return db.session.scalars(
        sa.select(PersonExport)
        .where(PersonExport.person_id == person_id)
        .options(joinedload(PersonExport.file))
        .order_by(PersonExport.id.desc())
        .limit(5)
    ).all()


def find_export(export_id: int, *, at: dt.datetime) -> PersonExport | None:
    """Return an archive that can be fetched now; who may fetch it the view decides."""
    return db.session.scalar(
        sa.select(PersonExport)
        .where(
            PersonExport.id == export_id,
            PersonExport.state == ExportState.READY,
            PersonExport.expires_at > at,
        )
        .options(joinedload(PersonExport.file))
    )


def requests(course_id: int, wanted: Wanted, *, number: int) -> Page[PrivacyRequest]:
    """Return a page of the desk's list: what is due first stands first."""
    where = _conditions(course_id, wanted)
    total = db.session.scalar(
        sa.select(sa.func.count(PrivacyRequest.id)).join(PrivacyRequest.person).where(*where)
    )
    shown = fitting(number, size=PAGE_SIZE, total=total or 0)
    rows = db.session.scalars(_with_people(where).offset(offset(shown, size=PAGE_SIZE)).limit(PAGE_SIZE))
    return Page(rows.all(), shown, PAGE_SIZE, total or 0)


def register(course_id: int, wanted: Wanted) -> Iterator[PrivacyRequest]:
    """Return all requests that the filters find, one after the other."""
    statement = _with_people(_conditions(course_id, wanted)).execution_options(yield_per=AT_ONCE)
    yield from db.session.scalars(statement)


def counts(course_id: int) -> Mapping[RequestState, int]:
    """Return how many requests stand where."""
    found = db.session.execute(
        sa.select(PrivacyRequest.state, sa.func.count())
        .where(PrivacyRequest.course_id == course_id)
        .group_by(PrivacyRequest.state)
    )
    return dict(found.all())


def find_request(course_id: int, request_id: int) -> PrivacyRequest | None:
    """Return a request of a course with the people of it."""
    return db.session.scalar(
        sa.select(PrivacyRequest)
        .where(PrivacyRequest.id == request_id, PrivacyRequest.course_id == course_id)
        .options(
            joinedload(PrivacyRequest.person),
            joinedload(PrivacyRequest.asked_by),
            joinedload(PrivacyRequest.decided_by),
        )
    )


def export_of(request_id: int) -> PersonExport | None:
    """Return the archive that was made for a request of the desk."""
    return db.session.scalar(
        sa.select(PersonExport)
        .where(PersonExport.request_id == request_id)
        .options(joinedload(PersonExport.file))
        .order_by(PersonExport.id.desc())
        .limit(1)
    )


def people_found(actor: Actor, search: str) -> Sequence[Enrolment]:
    """Return people of the course whom a search finds, whatever their state."""
    return db.session.scalars(
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(Enrolment.course_id == actor.course_id, *person_matches(search))
        .options(contains_eager(Enrolment.person))
        .order_by(Person.sort_key, Enrolment.id)
        .limit(MOST_FOUND)
    ).all()


def granted_erasures() -> Sequence[PrivacyRequest]:
    """Return the erasures that wait for the worker, the oldest first."""
    return db.session.scalars(
        sa.select(PrivacyRequest)
        .where(PrivacyRequest.kind == RequestKind.ERASURE, PrivacyRequest.state == RequestState.GRANTED)
        .order_by(PrivacyRequest.id)
    ).all()


def audit_page(
    wanted: AuditFilter, *, older_than: tuple[dt.datetime, int] | None = None, size: int = PAGE_SIZE
) -> tuple[Sequence[AuditEvent], bool]:
    """Return lines of the log, the newest first, and whether there are older ones.

    The page begins below a key, so that it costs the same wherever it stands in a million lines.
    """
    below = [] if older_than is None else [
        sa.tuple_(AuditEvent.at, AuditEvent.id) < sa.tuple_(*_key(older_than))
    ]  # fmt: skip
    statement = _audit(wanted).where(*below)
    people = _who_did_anything(wanted)
    if people is not None and len(people) <= MOST_APART:
        # The newest lines of each are found by an index, however few there are in a long log.
        newest = [
            sa.select(
                sa.select(AuditEvent.id)
                .where(*_wanted_lines(wanted), *below, AuditEvent.person_id == person_id)
                .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
                .limit(size + 1)
                .subquery()
            )
            for person_id in people
        ]
        if not newest:
            return [], False
        statement = _audit(AuditFilter(wanted.course_id)).where(AuditEvent.id.in_(sa.union_all(*newest)))
    rows = db.session.scalars(statement.limit(size + 1)).all()
    return rows[:size], len(rows) > size


def _who_did_anything(wanted: AuditFilter) -> Sequence[int] | None:
    """Return whom a search for people means, of those who stand in the log; None without such a search."""
    if not wanted.who or wanted.course_id is None:
        return None
    acted = sa.exists().where(
        AuditEvent.course_id == wanted.course_id, AuditEvent.person_id == Enrolment.person_id
    )
    return db.session.scalars(_named(wanted).where(acted).limit(MOST_APART + 1)).all()


def _named(wanted: AuditFilter) -> sa.Select[int]:
    return (
        sa.select(Enrolment.person_id)
        .join(Enrolment.person)
        .where(Enrolment.course_id == wanted.course_id, *person_matches(wanted.who))
    )


def audit_lines(wanted: AuditFilter) -> Iterator[AuditEvent]:
    """Return all lines that the filters find, one after the other."""
    yield from db.session.scalars(_audit(wanted).execution_options(yield_per=AT_ONCE))


def _key(key: tuple[dt.datetime, int]) -> tuple[sa.ColumnElement[dt.datetime], sa.ColumnElement[int]]:
    return sa.literal(key[0], AuditEvent.at.type), sa.literal(key[1])


def _audit(wanted: AuditFilter) -> sa.Select[AuditEvent]:
    where = _wanted_lines(wanted)
    if wanted.who and wanted.course_id is not None:
        where.append(AuditEvent.person_id.in_(_named(wanted)))
    return (
        sa.select(AuditEvent)
        .where(*where)
        .options(joinedload(AuditEvent.person))
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    )


def _wanted_lines(wanted: AuditFilter) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of all filters but the one for people."""
    course = AuditEvent.course_id
    where = [course.is_(None) if wanted.course_id is None else course == wanted.course_id]
    if wanted.verb:
        where.append(AuditEvent.verb == wanted.verb)
    if wanted.subject:
        where.append(sa.func.lower(AuditEvent.subject).contains(wanted.subject.lower(), autoescape=True))
    if wanted.start is not None:
        where.append(AuditEvent.at >= wanted.start)
    if wanted.end is not None:
        where.append(AuditEvent.at < wanted.end)
    return where


def _conditions(course_id: int, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    state = PrivacyRequest.state
    where = [
        PrivacyRequest.course_id == course_id,
        state.in_(UNANSWERED) if wanted.state is None else state == wanted.state,
        *person_matches(wanted.search),
    ]
    if wanted.kind is not None:
        where.append(PrivacyRequest.kind == wanted.kind)
    return where


def _with_people(where: Sequence[sa.ColumnElement[bool]]) -> sa.Select[PrivacyRequest]:
    return (
        sa.select(PrivacyRequest)
        .join(PrivacyRequest.person)
        .where(*where)
        .options(
            contains_eager(PrivacyRequest.person),
            joinedload(PrivacyRequest.asked_by),
            joinedload(PrivacyRequest.decided_by),
        )
        .order_by(PrivacyRequest.due_at, PrivacyRequest.id)
    )
