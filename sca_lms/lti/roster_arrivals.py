"""Bring many newcomers of a roster into a course at once: people, who they are to the host, enrolments.

A first roster may have thousands of them, so each table gets one statement for all.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Enrolment, Person
from sca_lms.database import db
from sca_lms.lti.models import HostRoles, LtiContext, LtiUser
from sca_lms.lti.roster_models import RosterChange, RosterMember
from sca_lms.lti.roster_rules import NAMES, Change

_NAMED = (*NAMES, "sort_key", "search_key")


def meet(
    context: LtiContext, platform_id: int, members: Sequence[RosterMember], *, at: dt.datetime
) -> Mapping[str, int]:
    """Remember people whom nobody knew; returns the ids of the persons by subject.

    Raises `IntegrityError` when one of them has launched for the first time in this very moment.
    """
    if not members:
        return {}
    person_ids = db.session.scalars(
        sa.insert(Person).returning(Person.id, sort_by_parameter_order=True),
        [{**_named(member), "is_test": member.is_test, "created_at": at} for member in members],
    ).all()
    known = {member.subject: person_id for member, person_id in zip(members, person_ids, strict=True)}
    db.session.execute(
        sa.insert(LtiUser),
        [
            {
                "platform_id": platform_id,
                "tenant": context.tenant,
                "subject": subject,
                "person_id": person_id,
            }
            for subject, person_id in known.items()
        ],
    )
    return known


def enrol(
    course_id: int, people: Sequence[tuple[RosterMember, int]], *, at: dt.datetime
) -> Mapping[str, int]:
    """Put people, each given with their id, into a course; returns the ids of the enrolments by subject.

    Raises `IntegrityError` when one of them has launched into it in this very moment.
    """
    if not people:
        return {}
    made = db.session.execute(
        sa.insert(Enrolment).returning(Enrolment.person_id, Enrolment.id),
        [
            # Nobody has seen them yet; the first launch will say so.
            {
                "course_id": course_id,
                "person_id": person_id,
                "roles": member.roles,
                "joined_at": at,
                "last_seen_at": None,
            }
            for member, person_id in people
        ],
    )
    of_person = dict(made.all())
    pairs = [(member, of_person[person_id]) for member, person_id in people]
    db.session.execute(
        sa.insert(HostRoles),
        [{"enrolment_id": enrolment_id, "roles": member.roles} for member, enrolment_id in pairs],
    )
    joined = [
        {
            "course_id": course_id,
            "enrolment_id": enrolment_id,
            "kind": Change.JOINED,
            "before": [],
            "after": sorted(member.roles),
            "at": at,
        }
        for member, enrolment_id in pairs
        if not member.is_test
    ]
    if joined:
        db.session.execute(sa.insert(RosterChange), joined)
    return {member.subject: enrolment_id for member, enrolment_id in pairs}


def _named(member: RosterMember) -> dict[str, object]:
    """Return the names of somebody new with what is derived from them, as a launch would write them down."""
    person = Person(name="", given_name="", family_name="", nickname="", prefix="", email="")
    courses.name_person(
        person,
        name=member.name,
        given_name=member.given_name,
        family_name=member.family_name,
        email=member.email,
    )
    return {name: getattr(person, name) for name in _NAMED}
