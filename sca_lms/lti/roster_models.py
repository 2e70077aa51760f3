"""What is known of hosts' rosters: how far each was read, who stands on it, and what it changed here."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.courses.models import Course, Enrolment, RoleSet
from sca_lms.courses.rules import Role
from sca_lms.database import Base, words_of
from sca_lms.lti.models import ID_LENGTH, LtiContext
from sca_lms.lti.roster_rules import Change, Presence, Trouble


class RosterSync(Base):
    """The reading of one host course's roster; one worker at a time has its lease."""

    __tablename__ = "lti_roster_sync"

    context_id: Mapped[int] = mapped_column(
        sa.ForeignKey("lti_context.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(default=0)
    """Grows whenever everybody is read; a member carries the number of the last reading that saw them."""
    wanted_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    """From when on it may be read; empty when nobody wants it."""
    started_at: Mapped[dt.datetime | None]
    """When the reading under way began; empty when none is."""
    next_page_url: Mapped[str | None] = mapped_column(sa.Text)
    """Where the reading under way goes on."""
    only_changes: Mapped[bool] = mapped_column(default=False)
    """Whether the reading under way, or the last one, asked only for what had changed."""
    differences_url: Mapped[str | None] = mapped_column(sa.Text)
    """Where the host tells what has changed since the last reading, if it offers that."""
    whole_at: Mapped[dt.datetime | None]
    """When everybody was last read."""
    listed_at: Mapped[dt.datetime | None]
    """When its last page had been read, so that only the taking over is left."""
    listed: Mapped[int] = mapped_column(default=0)
    """How many members it has seen so far."""
    lease_token: Mapped[str | None] = mapped_column(sa.String(32))
    lease_until: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    finished_number: Mapped[int] = mapped_column(default=0)
    finished_count: Mapped[int] = mapped_column(default=0)
    """How many members the last complete reading found."""
    failures: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[dt.datetime | None]
    trouble: Mapped[Trouble | None] = mapped_column(words_of(Trouble))
    detail: Mapped[str] = mapped_column(sa.String(64), default="")

    context: Mapped[LtiContext] = relationship(lazy="raise_on_sql")


class RosterMember(Base):
    """Somebody whom a host's course lists or listed, as it described them last."""

    __tablename__ = "lti_roster_member"
    __table_args__ = (
        sa.UniqueConstraint("context_id", "subject"),
        sa.Index(None, "context_id", "is_pending"),
        sa.Index(None, "context_id", "presence"),
        sa.Index(None, "context_id", "seen_in"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("lti_context.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    enrolment_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("enrolment.id", ondelete="CASCADE"), index=True
    )
    """Empty until what the roster says has been taken over."""
    roles: Mapped[frozenset[Role]] = mapped_column(RoleSet)
    name: Mapped[str] = mapped_column(sa.Text, default="")
    given_name: Mapped[str] = mapped_column(sa.Text, default="")
    family_name: Mapped[str] = mapped_column(sa.Text, default="")
    email: Mapped[str] = mapped_column(sa.Text, default="")
    is_test: Mapped[bool] = mapped_column(default=False)
    seen_in: Mapped[int]
    """The number of the last reading that saw them."""
    is_pending: Mapped[bool] = mapped_column(default=True)
    """Whether something of it has to be taken over."""
    taken: Mapped[dict[str, object]] = mapped_column(default=dict)
    """The names as they were taken over last."""
    presence: Mapped[Presence] = mapped_column(words_of(Presence), default=Presence.LISTED)
    gone_at: Mapped[dt.datetime | None]
    left_at: Mapped[dt.datetime | None]
    left_batch: Mapped[str | None] = mapped_column(sa.String(32), index=True)
    """What was confirmed with one click can be undone with one click."""

    context: Mapped[LtiContext] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment | None] = relationship(lazy="raise_on_sql")


class RosterChange(Base):
    """One thing that a reading changed here, for people to look at."""

    __tablename__ = "lti_roster_change"
    __table_args__ = (sa.Index(None, "course_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id", ondelete="CASCADE"), index=True)
    kind: Mapped[Change] = mapped_column(words_of(Change))
    before: Mapped[list[str]] = mapped_column(default=list)
    after: Mapped[list[str]] = mapped_column(default=list)
    at: Mapped[dt.datetime] = mapped_column(index=True)

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
