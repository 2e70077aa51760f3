"""Recognise a launch that says nothing new, with one statement and past the session.

That is nearly every launch: the same learner opens the same link again, and all there is to write down is
that the login was used and who the browser is from now on. What is missing, new or shut is left to
`launch.settle`.
"""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import Base
from sca_lms.lti import news
from sca_lms.lti.claims import Launch
from sca_lms.lti.launch import context_id_of, is_worth_noting
from sca_lms.lti.models import (
    Deployment,
    DeploymentState,
    HostRoles,
    LtiContext,
    LtiUser,
    Platform,
    PlatformState,
    ResourceLink,
)
from sca_lms.lti.news import KnownContext, KnownLink, KnownPerson
from sca_lms.lti.queries import Registered
from sca_lms.lti.vocabulary import MessageType
from sca_lms.prepared import Direct, Prepared


@dataclass(frozen=True, slots=True)
class Recognised:
    """Who launches what, when both are known and nothing about them has changed."""

    course_id: int
    person_id: int
    enrolment_id: int
    roles: frozenset[Role]
    activity: str | None


# The tables, not the classes: the statement goes past the session.
_PLATFORM, _DEPLOYMENT = Platform.__table__, Deployment.__table__
_USER, _PERSON = LtiUser.__table__, Person.__table__
_CONTEXT, _LINK = LtiContext.__table__, ResourceLink.__table__
_ENROLMENT, _ROLES = Enrolment.__table__, HostRoles.__table__
_PERSON_ENDS = len(KnownPerson._fields)
_CONTEXT_ENDS = _PERSON_ENDS + len(KnownContext._fields)
_LINK_ENDS = _CONTEXT_ENDS + len(KnownLink._fields)

_LOOK_UP = Prepared(
    sa.select(
        *(_PERSON.c[name] for name in KnownPerson._fields),
        *(_CONTEXT.c[name] for name in KnownContext._fields),
        *(_LINK.c[name] for name in KnownLink._fields),
        _CONTEXT.c.course_id,
        _PERSON.c.id.label("person_id"),
        _ENROLMENT.c.id.label("enrolment_id"),
        _ENROLMENT.c.roles,
        _ROLES.c.roles.label("host_roles"),
        _ENROLMENT.c.last_seen_at,
    )
    .select_from(
        _PLATFORM.join(_DEPLOYMENT, _DEPLOYMENT.c.platform_id == _PLATFORM.c.id)
        .join(_USER, _USER.c.platform_id == _PLATFORM.c.id)
        .join(_PERSON, _PERSON.c.id == _USER.c.person_id)
        .join(_CONTEXT, _CONTEXT.c.platform_id == _PLATFORM.c.id)
        .join(_LINK, _LINK.c.context_id == _CONTEXT.c.id)
        .join(
            _ENROLMENT,
            sa.and_(_ENROLMENT.c.course_id == _CONTEXT.c.course_id, _ENROLMENT.c.person_id == _PERSON.c.id),
        )
        .join(_ROLES, _ROLES.c.enrolment_id == _ENROLMENT.c.id)
    )
    .where(
        _PLATFORM.c.id == sa.bindparam("platform_id"),
        _PLATFORM.c.state == PlatformState.ACTIVE,
        _DEPLOYMENT.c.deployment_id == sa.bindparam("deployment_id"),
        _DEPLOYMENT.c.state == DeploymentState.ACTIVE,
        _USER.c.tenant == sa.bindparam("tenant"),
        _USER.c.subject == sa.bindparam("subject"),
        _CONTEXT.c.tenant == sa.bindparam("tenant"),
        _CONTEXT.c.context_id == sa.bindparam("context_id"),
        _LINK.c.resource_link_id == sa.bindparam("link_id"),
        # Whether somebody who has left may be here again is a question for the whole launch.
        _ENROLMENT.c.state != EnrolmentState.WITHDRAWN,
    )
)
_SEEN = Prepared(
    sa.update(Base.metadata.tables[Enrolment.__tablename__])
    .where(_ENROLMENT.c.id == sa.bindparam("enrolment_id"))
    .values(last_seen_at=sa.bindparam("at"))
)


def recognise(on: Direct, platform: Registered, launch: Launch, *, at: dt.datetime) -> Recognised | None:
    """Return who launches what; None when anything is missing, new or shut, or when it is no plain launch."""
    if launch.message_type is not MessageType.RESOURCE_LINK or launch.subject is None or launch.link is None:
        return None
    row = _LOOK_UP.run(
        on,
        {
            "platform_id": platform.id,
            "deployment_id": launch.deployment_id,
            "tenant": platform.profile.tenant(launch.deployment_id),
            "subject": launch.subject,
            "context_id": context_id_of(launch),
            "link_id": launch.link.id,
        },
    )
    if row is None:
        return None
    person, context = KnownPerson(*row[:_PERSON_ENDS]), KnownContext(*row[_PERSON_ENDS:_CONTEXT_ENDS])
    link = KnownLink(*row[_CONTEXT_ENDS:_LINK_ENDS])
    course_id, person_id, enrolment_id, roles, host_roles, last_seen_at = row[_LINK_ENDS:]
    if (
        news.of_person(person, launch)
        or news.of_context(context, launch)
        or news.of_link(link, launch)
        or host_roles != launch.roles
        or not roles
    ):
        return None
    if is_worth_noting(last_seen_at, at=at):
        _SEEN.run(on, {"enrolment_id": enrolment_id, "at": at})
    return Recognised(course_id, person_id, enrolment_id, roles, link.activity)
