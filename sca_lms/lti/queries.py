"""Find registered platforms, their deployments and people by what a host sends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sca_lms.courses.models import Enrolment
from sca_lms.courses.sessions import SessionGrant
from sca_lms.database import Base, db
from sca_lms.lti.models import (
    Deployment,
    DeploymentState,
    LtiContext,
    LtiUser,
    Platform,
    PlatformState,
)
from sca_lms.lti.profiles import Profile, profile_named
from sca_lms.lti.refusals import Code, LaunchRefused


@dataclass(frozen=True, slots=True)
class Registered:
    """A platform as the door needs it, detached from the database."""

    id: int
    name: str
    issuer: str
    client_id: str
    auth_login_url: str
    jwks_url: str
    profile: Profile
    state: PlatformState


# Every login reads these, so the table is asked and not the mapped class, which costs twice as much.
_PLATFORM = Base.metadata.tables[Platform.__tablename__].c
COLUMNS = (
    _PLATFORM.id,
    _PLATFORM.name,
    _PLATFORM.issuer,
    _PLATFORM.client_id,
    _PLATFORM.auth_login_url,
    _PLATFORM.jwks_url,
    _PLATFORM.profile,
    _PLATFORM.state,
)
"""What `registered` expects at the start of a row."""

_OF_ISSUER = sa.select(*COLUMNS).where(_PLATFORM.issuer == sa.bindparam("issuer")).order_by(_PLATFORM.id)
_OF_ID = sa.select(*COLUMNS).where(_PLATFORM.id == sa.bindparam("platform_id"))
_OF_CLIENT = _OF_ISSUER.where(_PLATFORM.client_id == sa.bindparam("client_id"))


def registered(row: Sequence[Any]) -> Registered:  # Rows of several statements share these first columns.
    """Return the platform at the start of a row."""
    return Registered(
        id=row[0],
        name=row[1],
        issuer=row[2],
        client_id=row[3],
        auth_login_url=row[4],
        jwks_url=row[5],
        profile=profile_named(row[6]),
        state=row[7],
    )


def find_registered(platform_id: int) -> Registered | None:
    """Return a platform by our own id."""
    row = db.session.execute(_OF_ID, {"platform_id": platform_id}).first()
    return registered(row) if row is not None else None


def find_for_login(issuer: str, client_id: str | None) -> Registered:
    """Return the one platform that a login is for; raises `LaunchRefused` when there is no telling."""
    if client_id:
        row = db.session.execute(_OF_CLIENT, {"issuer": issuer, "client_id": client_id}).first()
        if row is not None:
            return registered(row)
    rows = db.session.execute(_OF_ISSUER.limit(100), {"issuer": issuer}).all()
    if not rows:
        raise LaunchRefused(Code.ISSUER_UNKNOWN, sent=issuer)
    if client_id:
        raise LaunchRefused(Code.CLIENT_UNKNOWN, sent=client_id)
    found = [registered(row) for row in rows]
    open_ones = [platform for platform in found if platform.state is PlatformState.ACTIVE] or found
    if len(open_ones) > 1:
        raise LaunchRefused(Code.CLIENT_MISSING, sent=issuer)
    return open_ones[0]


def no_door_is_shut() -> sa.ColumnElement[bool]:
    """Return the condition on a session's grant that the host through which it came is still let in.

    Switching a host or a deployment off ends at once what its people have open. A person of another host in
    the same course is not concerned.
    """
    is_of_host = sa.select(LtiUser.id).where(
        LtiUser.person_id == SessionGrant.person_id, LtiUser.platform_id == LtiContext.platform_id
    )
    shut = (
        sa.select(LtiContext.id)
        .join(Platform, Platform.id == LtiContext.platform_id)
        .outerjoin(
            Deployment,
            sa.and_(
                Deployment.platform_id == LtiContext.platform_id,
                Deployment.deployment_id == LtiContext.deployment_id,
            ),
        )
        .where(
            LtiContext.course_id == SessionGrant.course_id,
            sa.or_(Platform.state != PlatformState.ACTIVE, Deployment.state != DeploymentState.ACTIVE),
            sa.or_(SessionGrant.person_id.is_(None), is_of_host.exists()),
        )
    )
    return ~shut.exists()


def find_enrolment_of_subject(
    platform_id: int, tenant: str, subject: str, *, course_id: int
) -> Enrolment | None:
    """Return the enrolment of the person whom a host calls by this subject."""
    return db.session.scalar(
        sa.select(Enrolment)
        .join(LtiUser, LtiUser.person_id == Enrolment.person_id)
        .where(
            LtiUser.platform_id == platform_id,
            LtiUser.tenant == tenant,
            LtiUser.subject == subject,
            Enrolment.course_id == course_id,
        )
    )
