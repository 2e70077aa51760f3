"""Courses, people, and who is what in which course."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import Base, words_of
from sca_lms.texts import Bilingual


class RoleSet(TypeDecorator[frozenset[Role]]):
    """Several roles in one column, each between commas, so that one can be looked for with LIKE."""

    impl = sa.String(120)
    cache_ok = True

    def process_bind_param(self, value: frozenset[Role] | None, dialect: Dialect) -> str | None:
        return None if value is None else f",{','.join(sorted(value))},"

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[Role] | None:
        return None if value is None else frozenset(Role(name) for name in value.split(",") if name)


class Programme(Base):
    """One stored revision of a programme file, whole, as it was imported."""

    __tablename__ = "programme"
    __table_args__ = (sa.UniqueConstraint("code", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(64))
    revision: Mapped[int]
    title: Mapped[Bilingual]
    document: Mapped[dict[str, object]]
    offered_to: Mapped[list[int] | None]
    """The ids of the hosts whose courses may choose it; empty for none, None for every host."""
    created_at: Mapped[dt.datetime]


class Course(Base):
    """One run of a programme for one group of people; a host's course opens it."""

    __tablename__ = "course"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.Text)
    label: Mapped[str] = mapped_column(sa.Text)
    timezone: Mapped[str] = mapped_column(sa.String(64), default="Asia/Bangkok")
    default_locale: Mapped[str] = mapped_column(sa.String(8), default="th")
    programme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("programme.id"), index=True)
    created_at: Mapped[dt.datetime]

    programme: Mapped[Programme | None] = relationship(lazy="raise_on_sql")


class Person(Base):
    """Somebody a host told us about; every name may be empty, because a host may keep names to itself."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text, default="")
    given_name: Mapped[str] = mapped_column(sa.Text, default="")
    family_name: Mapped[str] = mapped_column(sa.Text, default="")
    nickname: Mapped[str] = mapped_column(sa.Text, default="")
    prefix: Mapped[str] = mapped_column(sa.Text, default="")
    email: Mapped[str] = mapped_column(sa.Text, default="", index=True)
    sort_key: Mapped[str] = mapped_column(sa.Text, default="")
    search_key: Mapped[str] = mapped_column(sa.Text, default="")
    locale: Mapped[str | None] = mapped_column(sa.String(8))
    is_test: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]

    @property
    def full_name(self) -> str:
        """The name to show: what the host sent whole, or given and family name; may be empty."""
        return self.name or f"{self.given_name} {self.family_name}".strip()


class Enrolment(Base):
    """One person in one course, with every role they have there."""

    __tablename__ = "enrolment"
    __table_args__ = (
        sa.UniqueConstraint("course_id", "person_id"),
        sa.CheckConstraint("evidence_revision >= 0", name="revision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    roles: Mapped[frozenset[Role]] = mapped_column(RoleSet)
    group: Mapped[str] = mapped_column("cohort_group", sa.String(64), default="")
    area: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[EnrolmentState] = mapped_column(
        words_of(EnrolmentState),
        default=EnrolmentState.ACTIVE,
    )
    evidence_revision: Mapped[int] = mapped_column(default=0)
    """Grows with everything from which a score or a completion is derived; see `operations.touch`."""
    joined_at: Mapped[dt.datetime]
    last_seen_at: Mapped[dt.datetime | None]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class AuditEvent(Base):
    """What somebody changed in a programme: who, what, before and after."""

    __tablename__ = "audit_event"
    __table_args__ = (
        sa.Index(None, "course_id", "at", "id"),
        sa.Index(None, "course_id", "verb", "at", "id"),
        sa.Index(None, "course_id", "person_id", "at", "id"),
        sa.Index(None, "person_id", "at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """Empty when the operator did it at the shell."""
    verb: Mapped[str] = mapped_column(sa.String(64))
    subject: Mapped[str] = mapped_column(sa.Text)
    before: Mapped[dict[str, object] | None]
    after: Mapped[dict[str, object] | None]
    at: Mapped[dt.datetime]

    course: Mapped[Course | None] = relationship(lazy="raise_on_sql")
    person: Mapped[Person | None] = relationship(lazy="raise_on_sql")
