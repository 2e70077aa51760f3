"""What the door remembers: platforms, their keys, login attempts, and who and what hosts call by which id."""

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.courses.models import Course, Enrolment, Person, RoleSet
from sca_lms.courses.rules import Role
from sca_lms.database import Base, words_of

ID_LENGTH = 255
"""The longest subject, context or link id that LTI allows."""
HASH_LENGTH = 64


class PlatformState(StrEnum):
    """Whether launches of a platform are let in."""

    ACTIVE = "active"
    PENDING = "pending"
    DISABLED = "disabled"


class DeploymentState(StrEnum):
    """Whether launches of one deployment of a platform are let in."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class Platform(Base):
    """A host as one client of ours: the pair of issuer and client id."""

    __tablename__ = "lti_platform"
    __table_args__ = (sa.UniqueConstraint("issuer", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    issuer: Mapped[str] = mapped_column(sa.Text)
    client_id: Mapped[str] = mapped_column(sa.Text)
    auth_login_url: Mapped[str] = mapped_column(sa.Text)
    auth_token_url: Mapped[str] = mapped_column(sa.Text)
    jwks_url: Mapped[str] = mapped_column(sa.Text)
    token_audience: Mapped[str | None] = mapped_column(sa.Text)
    """The audience of our client assertions, when neither the token address nor the profile's is right."""
    profile: Mapped[str] = mapped_column(sa.String(32), default="generic")
    state: Mapped[PlatformState] = mapped_column(words_of(PlatformState), default=PlatformState.ACTIVE)
    created_at: Mapped[dt.datetime]


class PlatformKeySet(Base):
    """The last key set that a platform showed, and when it may or must be asked again."""

    __tablename__ = "lti_platform_key_set"

    platform_id: Mapped[int] = mapped_column(
        sa.ForeignKey("lti_platform.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    url: Mapped[str] = mapped_column(sa.Text)
    """Where the document came from; another address of the platform makes it worthless."""
    document: Mapped[dict[str, object] | None]
    fetched_at: Mapped[dt.datetime | None]
    fresh_until: Mapped[dt.datetime | None]
    retry_after: Mapped[dt.datetime | None]
    """No fetch for an unknown key, and none after a failure, before this moment."""

    platform: Mapped[Platform] = relationship(lazy="raise_on_sql")


class Deployment(Base):
    """One installation of the tool within a platform."""

    __tablename__ = "lti_deployment"
    __table_args__ = (sa.UniqueConstraint("platform_id", "deployment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("lti_platform.id", ondelete="CASCADE"))
    deployment_id: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    state: Mapped[DeploymentState] = mapped_column(words_of(DeploymentState))
    first_seen_at: Mapped[dt.datetime]
    approved_at: Mapped[dt.datetime | None]

    platform: Mapped[Platform] = relationship(lazy="raise_on_sql")


class LoginAttempt(Base):
    """A login that has come back from its host, so that it cannot come back again.

    Until then it travels as a signed state and leaves no row. Only hashes of its secrets are kept.
    """

    __tablename__ = "lti_login_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    state_hash: Mapped[str] = mapped_column(sa.String(HASH_LENGTH), unique=True)
    browser_hash: Mapped[str] = mapped_column(sa.String(HASH_LENGTH))
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("lti_platform.id", ondelete="CASCADE"), index=True)
    storage_target: Mapped[str | None] = mapped_column(sa.Text)
    """The frame of the host that keeps values for us, when the host offers one."""
    used_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    """When the state would not be accepted any more, so that the row is not needed any more either."""
    ticket_hash: Mapped[str | None] = mapped_column(sa.String(HASH_LENGTH), unique=True)
    ticket_expires_at: Mapped[dt.datetime | None]
    claims: Mapped[dict[str, object] | None]
    """The verified launch while it waits for the browser to prove itself; emptied when it is used."""

    platform: Mapped[Platform] = relationship(lazy="raise_on_sql")


class LtiUser(Base):
    """Who a host means by a subject."""

    __tablename__ = "lti_user"
    __table_args__ = (sa.UniqueConstraint("platform_id", "tenant", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("lti_platform.id"))
    tenant: Mapped[str] = mapped_column(sa.String(ID_LENGTH), default="")
    """The deployment where subjects are only unique within one, otherwise empty; the profile decides."""
    subject: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)

    platform: Mapped[Platform] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class LtiContext(Base):
    """Which course a host means by a context id, and where its services for that course are."""

    __tablename__ = "lti_context"
    __table_args__ = (sa.UniqueConstraint("platform_id", "tenant", "context_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("lti_platform.id"))
    tenant: Mapped[str] = mapped_column(sa.String(ID_LENGTH), default="")
    context_id: Mapped[str] = mapped_column(sa.String(ID_LENGTH + 32))
    """The host's id; a launch without a context has one made of its resource link."""
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    title: Mapped[str] = mapped_column(sa.Text, default="")
    label: Mapped[str] = mapped_column(sa.Text, default="")
    deployment_id: Mapped[str] = mapped_column(sa.String(ID_LENGTH), default="")
    lineitems_url: Mapped[str | None] = mapped_column(sa.Text)
    memberships_url: Mapped[str | None] = mapped_column(sa.Text)
    notices_url: Mapped[str | None] = mapped_column(sa.Text)
    """Where we say to which address notices of copied courses go, if the host sends such."""
    ags_scopes: Mapped[list[str]] = mapped_column(default=list)
    history: Mapped[list[str]] = mapped_column(default=list)
    """Ids of the contexts that this one was copied from, newest first."""
    updated_at: Mapped[dt.datetime]

    platform: Mapped[Platform] = relationship(lazy="raise_on_sql")
    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class ResourceLink(Base):
    """One link in a host's course, the activity of ours that it opens, and its column."""

    __tablename__ = "lti_resource_link"
    __table_args__ = (sa.UniqueConstraint("context_id", "resource_link_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("lti_context.id"))
    resource_link_id: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    activity: Mapped[str | None] = mapped_column(sa.String(128))
    title: Mapped[str] = mapped_column(sa.Text, default="")
    line_item_url: Mapped[str | None] = mapped_column(sa.Text)

    context: Mapped[LtiContext] = relationship(lazy="raise_on_sql")


class HostRoles(Base):
    """The roles that a host last claimed for somebody in a course.

    What an enrolment has beyond them was given inside the tool and survives the next launch.
    """

    __tablename__ = "lti_host_roles"

    enrolment_id: Mapped[int] = mapped_column(
        sa.ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    roles: Mapped[frozenset[Role]] = mapped_column(RoleSet)

    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")


class ToolKey(Base):
    """A signing key of the tool; the private half is encrypted with the installation's secret."""

    __tablename__ = "lti_tool_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    kid: Mapped[str] = mapped_column(sa.String(64), unique=True)
    private_key: Mapped[str] = mapped_column(sa.Text)
    public_jwk: Mapped[dict[str, object]]
    created_at: Mapped[dt.datetime]
    signs_from: Mapped[dt.datetime]
    """Until then it is only published, so that every host has it before it is used."""
    retires_at: Mapped[dt.datetime | None]


class RegistrationInvite(Base):
    """A one-time permission to register a host by itself."""

    __tablename__ = "lti_registration_invite"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(HASH_LENGTH), unique=True)
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    approves: Mapped[bool] = mapped_column(default=False)
    """Whether the host that uses it is let in at once, without waiting for an operator."""
    platform_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("lti_platform.id", ondelete="CASCADE"), index=True
    )

    platform: Mapped[Platform | None] = relationship(lazy="raise_on_sql")


class LaunchTrace(Base):
    """What a refused launch looked like, without anything that names a person."""

    __tablename__ = "lti_launch_trace"
    __table_args__ = (sa.Index(None, "code", "platform_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(sa.String(16), unique=True)
    code: Mapped[str] = mapped_column(sa.String(32))
    at: Mapped[dt.datetime]
    platform_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("lti_platform.id", ondelete="CASCADE"), index=True
    )
    facts: Mapped[dict[str, object]]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)

    platform: Mapped[Platform | None] = relationship(lazy="raise_on_sql")


class AccessToken(Base):
    """A token for a platform's services, one for each platform, token address and set of scopes."""

    __tablename__ = "lti_access_token"
    __table_args__ = (sa.UniqueConstraint("platform_id", "token_url", "scopes"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("lti_platform.id", ondelete="CASCADE"))
    token_url: Mapped[str] = mapped_column(sa.Text)
    scopes: Mapped[str] = mapped_column(sa.Text)
    """Sorted and separated by spaces."""
    token: Mapped[str | None] = mapped_column(sa.Text)
    """Encrypted with the installation's secret."""
    expires_at: Mapped[dt.datetime | None]
    leased_until: Mapped[dt.datetime | None]
    """While one worker fetches the token, the others wait instead of asking too."""
    requests: Mapped[int] = mapped_column(default=0)
    """How often the host was asked for one."""

    platform: Mapped[Platform] = relationship(lazy="raise_on_sql")
