"""Bring many newcomers of a roster into a course at once: people, who they are to the host, enrolments.

A first roster may have thousands of them, so each table gets one statement for all, past the session, which
would keep account of every row. What can be worked out before the change is: others write meanwhile.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.lti.claims import Names
from sca_lms.lti.models import HostRoles, LtiContext, LtiUser
from sca_lms.lti.roster_models import RosterChange, RosterMember
from sca_lms.lti.roster_rules import NAMES, Change, Presence


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody of a roster who is in the course for the first time, as they are written down there."""

    member_id: int
    subject: str
    roles: frozenset[Role]
    is_test: bool
    names: Mapping[str, object]
    keys: tuple[str, str]
    """By what they are sorted and found."""


def newcomer(row: sa.Row[tuple[object, ...]] | RosterMember) -> Newcomer:
    """Return a newcomer as a row of the roster describes them."""
    names = Names(**{name: getattr(row, name) for name in NAMES})
    return Newcomer(
        member_id=row.id,
        subject=row.subject,
        roles=row.roles,
        is_test=row.is_test,
        names={name: getattr(names, name) for name in NAMES},
        keys=courses.name_keys(names.shown, names.given_name, names.family_name),
    )


def bring_in(context: LtiContext, platform_id: int, people: Sequence[Newcomer], *, at: dt.datetime) -> None:
    """Bring in people whom nobody knew: each becomes a person, known to the host by a subject, and enrolled.

    Raises `IntegrityError` when one of them has launched for the first time in this very moment.
    """
    if not people:
        return
    connection = db.session.connection()
    person_ids = connection.scalars(
        sa.insert(Person).returning(Person.id, sort_by_parameter_order=True),
        [
            # As a launch would write them down.
            {
                **each.names,
                "sort_key": each.keys[0],
                "search_key": each.keys[1],
                "is_test": each.is_test,
                "created_at": at,
            }
            for each in people
        ],
    ).all()
    connection.execute(
        sa.insert(LtiUser),
        [
            {
                "platform_id": platform_id,
                "tenant": context.tenant,
                "subject": each.subject,
                "person_id": person_id,
            }
            for each, person_id in zip(people, person_ids, strict=True)
        ],
    )
    enrol(context.course_id, list(zip(people, person_ids, strict=True)), at=at)


def enrol(course_id: int, people: Sequence[tuple[Newcomer, int]], *, at: dt.datetime) -> None:
    """Put people, each given with the id of the person, into a course, and note that this is done.

    Raises `IntegrityError` when one of them has launched into it in this very moment.
    """
    if not people:
        return
    connection = db.session.connection()
    made = connection.execute(
        sa.insert(Enrolment).returning(Enrolment.person_id, Enrolment.id),
        [
            # Nobody has seen them yet; the first launch will say so.
            {
                "course_id": course_id,
                "person_id": person_id,
                "roles": each.roles,
                "joined_at": at,
                "last_seen_at": None,
            }
            for each, person_id in people
        ],
    )
    of_person = dict(made.all())
    pairs = [(each, of_person[person_id]) for each, person_id in people]
    connection.execute(
        sa.insert(HostRoles),
        [{"enrolment_id": enrolment_id, "roles": each.roles} for each, enrolment_id in pairs],
    )
    joined = [
        {"course_id": course_id, "enrolment_id": enrolment_id, "after": sorted(each.roles)}
        for each, enrolment_id in pairs
        if not each.is_test
    ]
    if joined:
        connection.execute(sa.insert(RosterChange).values(kind=Change.JOINED, before=[], at=at), joined)
    connection.execute(
        sa.update(RosterMember)
        .where(RosterMember.id == sa.bindparam("member_id"))
        .values(
            enrolment_id=sa.bindparam("made"), taken=sa.bindparam("names"), is_pending=False,
            presence=Presence.LISTED, gone_at=None, left_at=None, left_batch=None,
        ),
        [
            {"member_id": each.member_id, "made": enrolment_id, "names": dict(each.names)}
            for each, enrolment_id in pairs
        ],
    )  # fmt: skip
