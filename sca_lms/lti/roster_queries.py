"""Read rosters and what they changed, for pages; always limited to the course of the one who asks."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, contains_eager, joinedload

from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.queries import person_matches
from sca_lms.courses.rules import Actor, EnrolmentState, Role
from sca_lms.database import db
from sca_lms.lti.models import HostRoles, LtiContext, Platform, PlatformState
from sca_lms.lti.notice_models import ContextCopy
from sca_lms.lti.roster_models import RosterChange, RosterMember, RosterSync
from sca_lms.lti.roster_rules import Change, Presence
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset

Row = TypeVar("Row")
RECENT = dt.timedelta(days=30)


class Left(NamedTuple):
    """How many rosters are still to be read: those that could be at once, and those that have to wait."""

    now: int
    later: int


@dataclass(frozen=True, slots=True)
class Place:
    """One host course of ours, and how the reading of its roster stands."""

    context: LtiContext
    sync: RosterSync | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody of the course, with the roles that the host claims for them."""

    enrolment: Enrolment
    claimed: frozenset[Role]

    @property
    def given_here(self) -> frozenset[Role]:
        """Return the roles that they have because somebody gave them here."""
        return self.enrolment.roles - self.claimed - {Role.GUEST}

    @property
    def taken_here(self) -> frozenset[Role]:
        """Return the roles that the host claims and somebody took from them here."""
        return self.claimed - self.enrolment.roles - {Role.GUEST}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many people and changes the filters of the page would show."""

    people: int
    gone: int
    left: int
    changes: Mapping[Change, int]


def left(*, at: dt.datetime) -> Left:
    """Return how many rosters are wanted; one that failed, or that another worker reads, has to wait."""
    free = sa.or_(RosterSync.lease_until.is_(None), RosterSync.lease_until <= at)
    due = sa.and_(RosterSync.wanted_at <= at, free)
    row = db.session.execute(
        sa.select(
            sa.func.count().filter(due),
            sa.func.count().filter(sa.not_(due)),
        )
        .select_from(RosterSync)
        .join(RosterSync.context)
        .join(LtiContext.platform)
        .where(
            RosterSync.wanted_at.is_not(None),
            LtiContext.memberships_url.is_not(None),
            Platform.state == PlatformState.ACTIVE,
        )
    ).one()
    return Left(*row)


def places(course_id: int) -> Sequence[Place]:
    """Return the host courses of a course that offer a roster."""
    rows = db.session.execute(
        sa.select(LtiContext, RosterSync)
        .outerjoin(RosterSync, RosterSync.context_id == LtiContext.id)
        .where(LtiContext.course_id == course_id, LtiContext.memberships_url.is_not(None))
        .options(joinedload(LtiContext.platform, innerjoin=True))
        .order_by(LtiContext.id)
        .execution_options(populate_existing=True)
    )
    return [Place(context, sync) for context, sync in rows]


def counts(course_id: int, *, at: dt.datetime) -> Counts:
    """Return how many of each there are, in three statements."""
    people = db.session.scalar(_count(_people(course_id))) or 0
    presences = db.session.execute(
        _absent(course_id)
        .with_only_columns(RosterMember.presence, sa.func.count())
        .group_by(RosterMember.presence)
    )
    kinds = db.session.execute(
        sa.select(RosterChange.kind, sa.func.count())
        .where(RosterChange.course_id == course_id, RosterChange.at >= at - RECENT)
        .group_by(RosterChange.kind)
    )
    by_presence, changes = dict(presences.all()), dict(kinds.all())
    return Counts(people, by_presence.get(Presence.GONE, 0), by_presence.get(Presence.LEFT, 0), changes)


def people(actor: Actor, *, search: str = "", number: int = 1) -> Page[PersonRow]:
    """Return a page of everybody in the course, in the order of names; test users are left out."""
    page = _page(
        _people(actor.course_id).options(contains_eager(Enrolment.person)), Enrolment.id, search, number
    )
    claims = db.session.execute(
        sa.select(HostRoles.enrolment_id, HostRoles.roles).where(
            HostRoles.enrolment_id.in_([enrolment.id for enrolment in page.items])
        )
    )
    claimed = dict(claims.all())
    rows = [PersonRow(each, claimed.get(each.id, frozenset())) for each in page.items]
    return Page(rows, page.number, page.size, page.total)


def absent(actor: Actor, presence: Presence, *, search: str = "", number: int = 1) -> Page[RosterMember]:
    """Return a page of those who are no longer listed, with their enrolments."""
    wanted = (
        _absent(actor.course_id)
        .where(RosterMember.presence == presence)
        .options(contains_eager(RosterMember.enrolment).contains_eager(Enrolment.person))
    )
    return _page(wanted, RosterMember.id, search, number)


def changes(
    actor: Actor, kind: Change, *, at: dt.datetime, search: str = "", number: int = 1
) -> Page[RosterChange]:
    """Return a page of what rosters changed in the last thirty days, the newest first."""
    wanted = (
        sa.select(RosterChange)
        .join(RosterChange.enrolment)
        .join(Enrolment.person)
        .where(
            RosterChange.course_id == actor.course_id,
            RosterChange.kind == kind,
            RosterChange.at >= at - RECENT,
        )
        .options(contains_eager(RosterChange.enrolment).contains_eager(Enrolment.person))
        .order_by(sa.desc(RosterChange.at))
    )
    return _page(wanted, RosterChange.id, search, number)


def find_absent(actor: Actor, member_id: int) -> RosterMember | None:
    """Return somebody of the actor's course who is no longer listed."""
    return db.session.scalar(
        _absent(actor.course_id)
        .where(RosterMember.id == member_id)
        .options(contains_eager(RosterMember.enrolment).contains_eager(Enrolment.person))
    )


def left_together(actor: Actor, batch: str) -> int:
    """Return how many of the actor's course were withdrawn by one click and still are."""
    return (
        db.session.scalar(
            _absent(actor.course_id)
            .where(RosterMember.left_batch == batch)
            .with_only_columns(sa.func.count(RosterMember.id))
        )
        or 0
    )


def earlier_course(course: Course) -> Course | None:
    """Return the course that this one was copied from in its host, with its programme, if we know one.

    One that follows the same programme in the same revision has nothing to hand on.
    """
    for context, history in _histories(course):
        rows = db.session.execute(
            sa.select(LtiContext.context_id, Course)
            .join(LtiContext.course)
            .join(Course.programme)
            .where(
                LtiContext.platform_id == context.platform_id,
                LtiContext.tenant == context.tenant,
                LtiContext.context_id.in_(history),
                Course.id != course.id,
            )
            .options(contains_eager(Course.programme))
        )
        known = dict(rows.all())
        found = next((known[each] for each in history if each in known), None)
        if found is not None:
            return found if found.programme_id != course.programme_id else None
    return None


def _histories(course: Course) -> list[tuple[LtiContext, list[str]]]:
    """Return the host courses of a course with the ids of those they were copied from, newest first.

    The host says so at a launch, or by a notice.
    """
    rows = db.session.execute(
        sa.select(LtiContext, ContextCopy.origins)
        .outerjoin(
            ContextCopy,
            sa.and_(
                ContextCopy.platform_id == LtiContext.platform_id,
                ContextCopy.tenant == LtiContext.tenant,
                ContextCopy.context_id == LtiContext.context_id,
            ),
        )
        .where(LtiContext.course_id == course.id)
        .order_by(LtiContext.id)
    )
    return [(context, list(dict.fromkeys([*context.history, *(origins or ())]))) for context, origins in rows]


def _people(course_id: int) -> sa.Select[Enrolment]:
    return (
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(
            Enrolment.course_id == course_id,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            Person.is_test.is_(False),
        )
    )


def _absent(course_id: int) -> sa.Select[RosterMember]:
    return (
        sa.select(RosterMember)
        .join(RosterMember.enrolment)
        .join(Enrolment.person)
        .join(RosterMember.context)
        .where(
            LtiContext.course_id == course_id,
            RosterMember.presence != Presence.LISTED,
            Person.is_test.is_(False),
        )
    )


def _count(wanted: sa.Select[Enrolment]) -> sa.Select[int]:
    return wanted.with_only_columns(sa.func.count(Enrolment.id))


def _page(wanted: sa.Select[Row], key: InstrumentedAttribute[int], search: str, number: int) -> Page[Row]:
    wanted = wanted.where(*person_matches(search))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.order_by(None).subquery())) or 0
    shown = fitting(number, size=PAGE_SIZE, total=total)
    ordered = wanted.order_by(Person.sort_key, key).offset(offset(shown, size=PAGE_SIZE)).limit(PAGE_SIZE)
    return Page(db.session.scalars(ordered).all(), shown, PAGE_SIZE, total)
