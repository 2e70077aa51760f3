"""Take over what a roster says: who is new, whose name or roles changed, and who is gone."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased, contains_eager

from sca_lms.courses import operations as courses
from sca_lms.courses import queries as people
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db
from sca_lms.lti import roster_arrivals
from sca_lms.lti.models import HostRoles, LtiContext, LtiUser, Platform
from sca_lms.lti.roster_arrivals import Newcomer, newcomer
from sca_lms.lti.roster_models import RosterChange, RosterMember
from sca_lms.lti.roster_rules import NAMES, Change, Presence, Standing, names_to_take, renewed

AT_ONCE = 250
"""How many people one transaction is for; it is over soon, so that others have their turn."""
PENDING_AT_ONCE = 500
"""Newcomers cost little each, so that more of them are brought in together."""
TRIES = 3

_DESCRIBED = (
    RosterMember.id,
    RosterMember.enrolment_id,
    RosterMember.subject,
    RosterMember.roles,
    RosterMember.is_test,
    *(getattr(RosterMember, name) for name in NAMES),
)


@dataclass(frozen=True, slots=True)
class Pending:
    """Some members that a reading found new or changed."""

    rows: Sequence[sa.Row[tuple[object, ...]]]
    newcomers: Mapping[int, Newcomer]
    """Those among them who have never been taken over, by the id of their row."""


def some_pending(context_id: int, *, number: int) -> Pending:
    """Return some members that have to be taken over, none at the end; nothing is changed yet."""
    rows = db.session.execute(
        sa.select(*_DESCRIBED)
        .where(
            RosterMember.context_id == context_id,
            RosterMember.is_pending,
            RosterMember.seen_in == number,
        )
        .order_by(RosterMember.id)
        .limit(PENDING_AT_ONCE)
    ).all()
    return Pending(rows, {row.id: newcomer(row) for row in rows if row.enrolment_id is None})


def take_over(context: LtiContext, platform: Platform, pending: Pending, *, at: dt.datetime) -> None:
    """Take over what the roster says of some members."""
    for _ in range(TRIES):
        try:
            with db.session.begin_nested():
                _take_over(context, platform, pending, at=at)
        except IntegrityError:
            # One of them has launched for the first time in this very moment: look again.
            continue
        return


def note_unlisted(context: LtiContext, platform: Platform, *, since: dt.datetime) -> int:
    """Put learners on record who came by a launch and stand on no roster; returns how many, 0 at the end.

    Others are left alone: an administrator may look into a course without being one of its members.
    """
    rows = db.session.execute(
        sa.select(LtiUser.subject, Enrolment.id, Enrolment.roles)
        .join(Person, Person.id == LtiUser.person_id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(
            LtiUser.platform_id == platform.id,
            LtiUser.tenant == context.tenant,
            Enrolment.course_id == context.course_id,
            Enrolment.state == EnrolmentState.ACTIVE,
            people.has_role(Role.LEARNER),
            Person.is_test.is_(False),
            _not_seen(since),
            ~sa.exists().where(
                RosterMember.context_id == context.id, RosterMember.subject == LtiUser.subject
            ),
        )
        .order_by(LtiUser.id)
        .limit(AT_ONCE)
    ).all()
    for subject, enrolment_id, roles in rows:
        db.session.add(
            RosterMember(
                context_id=context.id, subject=subject, enrolment_id=enrolment_id, roles=roles,
                seen_in=0, is_pending=False, taken={}, presence=Presence.LISTED,
            )
        )  # fmt: skip
    return len(rows)


def find_some_gone(context: LtiContext, *, number: int, since: dt.datetime, at: dt.datetime) -> int:
    """Mark some who are no longer listed; returns how many, 0 at the end.

    Whoever launched since, or stands on another roster of the course, is still here.
    """
    other, theirs = aliased(RosterMember), aliased(LtiContext)
    listed_elsewhere = sa.exists().where(
        other.enrolment_id == Enrolment.id,
        other.context_id != context.id,
        other.presence == Presence.LISTED,
        theirs.id == other.context_id,
        theirs.course_id == context.course_id,
    )
    gone = db.session.scalars(
        sa.select(RosterMember.id)
        .join(RosterMember.enrolment)
        .where(
            RosterMember.context_id == context.id,
            RosterMember.seen_in < number,
            RosterMember.presence == Presence.LISTED,
            RosterMember.is_test.is_(False),
            Enrolment.course_id == context.course_id,
            Enrolment.state == EnrolmentState.ACTIVE,
            _not_seen(since),
            ~listed_elsewhere,
        )
        .order_by(RosterMember.id)
        .limit(AT_ONCE)
    ).all()
    db.session.execute(
        sa.update(RosterMember)
        .where(RosterMember.id.in_(gone))
        .values(presence=Presence.GONE, gone_at=at)
        .execution_options(synchronize_session=False)
    )
    return len(gone)


def forget_some_unmet(context: LtiContext, *, number: int) -> int:
    """Forget some who were listed once and never taken over; returns how many, 0 at the end."""
    unmet = db.session.scalars(
        sa.select(RosterMember.id)
        .where(
            RosterMember.context_id == context.id,
            RosterMember.seen_in < number,
            RosterMember.enrolment_id.is_(None),
        )
        .limit(AT_ONCE)
    ).all()
    db.session.execute(
        sa.delete(RosterMember).where(RosterMember.id.in_(unmet)).execution_options(synchronize_session=False)
    )
    return len(unmet)


def welcome_back(*, at: dt.datetime) -> None:
    """Let those be here again who have opened the course since they were found gone or said to have left."""
    rows = db.session.scalars(
        sa.select(RosterMember)
        .join(RosterMember.enrolment)
        .where(
            RosterMember.presence != Presence.LISTED,
            Enrolment.last_seen_at > sa.func.coalesce(RosterMember.left_at, RosterMember.gone_at),
        )
        .options(contains_eager(RosterMember.enrolment))
        .order_by(RosterMember.id)
        .limit(AT_ONCE)
        .execution_options(populate_existing=True)
    ).all()
    for member in rows:
        if member.enrolment is not None:
            _come_back(member, member.enrolment, at=at)


def welcome(enrolment: Enrolment, *, at: dt.datetime) -> None:
    """Let somebody be here again at once whom their host sends although they were said to have left.

    Only who left by the roster comes back so: whoever was removed by hand stays outside.
    """
    left = db.session.scalars(
        sa.select(RosterMember).where(
            RosterMember.enrolment_id == enrolment.id, RosterMember.presence == Presence.LEFT
        )
    ).all()
    for member in left:
        _come_back(member, enrolment, at=at)


def _not_seen(since: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.or_(Enrolment.last_seen_at.is_(None), Enrolment.last_seen_at < since)


def _take_over(context: LtiContext, platform: Platform, pending: Pending, *, at: dt.datetime) -> None:
    known = _known(context, platform, [row.subject for row in pending.rows])
    strangers = [
        pending.newcomers.get(row.id) or newcomer(row) for row in pending.rows if row.subject not in known
    ]
    roster_arrivals.bring_in(context, platform.id, strangers, at=at)
    others = [row.id for row in pending.rows if row.subject in known]
    if others:
        _take_over_known(context.course_id, known, others, at=at)


def _known(context: LtiContext, platform: Platform, subjects: Sequence[str]) -> Mapping[str, Person]:
    """Return the persons of those whom the host has sent before, by subject."""
    users = db.session.scalars(
        sa.select(LtiUser)
        .join(LtiUser.person)
        .where(
            LtiUser.platform_id == platform.id,
            LtiUser.tenant == context.tenant,
            LtiUser.subject.in_(subjects),
        )
        .options(contains_eager(LtiUser.person))
    )
    return {user.subject: user.person for user in users}


def _take_over_known(
    course_id: int, known: Mapping[str, Person], member_ids: Sequence[int], *, at: dt.datetime
) -> None:
    """Take over what the roster says of people who exist, whether they are in the course or not."""
    members = db.session.scalars(
        sa.select(RosterMember)
        .where(RosterMember.id.in_(member_ids))
        .order_by(RosterMember.id)
        .execution_options(populate_existing=True)
    ).all()
    here = _enrolled(course_id, [known[member.subject].id for member in members])
    arriving: list[tuple[Newcomer, int]] = []
    for member in members:
        person = known[member.subject]
        person.is_test = person.is_test or member.is_test
        if person.id in here:
            enrolment, claims = here[person.id]
            _renew(enrolment, claims, member, at=at)
            if renamed := _rename(member, person):
                _note(member, enrolment, Change.RENAMED, *renamed, at=at)
            member.enrolment_id = enrolment.id
            _come_back(member, enrolment, at=at)
            member.taken = {field: getattr(member, field) for field in NAMES}
            member.is_pending = False
        else:
            _rename(member, person)
            arriving.append((newcomer(member), person.id))
    db.session.flush()
    roster_arrivals.enrol(course_id, arriving, at=at)


def _enrolled(course_id: int, person_ids: Sequence[int]) -> Mapping[int, tuple[Enrolment, HostRoles | None]]:
    """Return who of these is in the course already, with the roles that the host claimed last."""
    rows = db.session.execute(
        sa.select(Enrolment, HostRoles)
        .outerjoin(HostRoles, HostRoles.enrolment_id == Enrolment.id)
        .where(Enrolment.course_id == course_id, Enrolment.person_id.in_(person_ids))
        .execution_options(populate_existing=True)
    )
    return {enrolment.person_id: (enrolment, claims) for enrolment, claims in rows}


def _renew(enrolment: Enrolment, claims: HostRoles | None, member: RosterMember, *, at: dt.datetime) -> None:
    # Where no launch has left a claim, what is both held and listed came from the host.
    claimed = claims.roles if claims is not None else enrolment.roles & member.roles
    before = Standing(enrolment.roles, claimed)
    after = renewed(before, member.roles, has_launched=enrolment.last_seen_at is not None)
    if claims is None:
        db.session.add(HostRoles(enrolment_id=enrolment.id, roles=after.claimed))
    elif after.claimed != before.claimed:
        claims.roles = after.claimed
    if after.held != before.held:
        enrolment.roles = after.held
        courses.touch(enrolment)
        _note(member, enrolment, Change.ROLES, sorted(before.held), sorted(after.held), at=at)


def _rename(member: RosterMember, person: Person) -> tuple[list[str], list[str]] | None:
    """Take over the names that the roster changes; returns the old and the new one if that is seen."""
    listed = {field: str(getattr(member, field)) for field in NAMES}
    known = {field: str(getattr(person, field)) for field in NAMES}
    wanted = names_to_take(listed, taken=member.taken, known=known)
    if not wanted:
        return None
    before = person.full_name
    courses.name_person(person, **wanted)
    return ([before], [person.full_name]) if before and before != person.full_name else None


def _come_back(member: RosterMember, enrolment: Enrolment, *, at: dt.datetime) -> None:
    if member.presence is Presence.LEFT and enrolment.state is EnrolmentState.WITHDRAWN:
        enrolment.state = EnrolmentState.ACTIVE
        courses.touch(enrolment)
        _note(member, enrolment, Change.RETURNED, [], sorted(enrolment.roles), at=at)
    _be_listed(member)


def _be_listed(member: RosterMember) -> None:
    member.presence = Presence.LISTED
    member.gone_at = member.left_at = member.left_batch = None


def _note(
    member: RosterMember,
    enrolment: Enrolment,
    kind: Change,
    before: list[str],
    after: list[str],
    *,
    at: dt.datetime,
) -> None:
    """Leave a line for people to look at; of the host's test user there is none."""
    if member.is_test:
        return
    db.session.add(
        RosterChange(
            course_id=enrolment.course_id, enrolment_id=enrolment.id, kind=kind, before=before, after=after,
            at=at,
        )
    )  # fmt: skip
