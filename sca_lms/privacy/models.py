"""Remember requests of people about their data, archives made for them, periods of keeping, and what went."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.courses.models import Course, Person
from sca_lms.database import Base, words_of
from sca_lms.privacy.rules import ExportState, RequestKind, RequestState
from sca_lms.uploads.models import StoredFile


class PrivacyRequest(Base):
    """One request of a person about their data; the rows together are the register."""

    __tablename__ = "privacy_request"
    __table_args__ = (sa.Index(None, "course_id", "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[RequestKind] = mapped_column(words_of(RequestKind))
    state: Mapped[RequestState] = mapped_column(words_of(RequestState))
    subject: Mapped[str] = mapped_column(sa.String(200), default="")
    """For a correction: which field or record is wrong, in the person's words."""
    text: Mapped[str] = mapped_column(sa.Text, default="")
    asked_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """Who entered it: the person, or somebody at the desk for them; empty for the operator."""
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    decided_at: Mapped[dt.datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    done_at: Mapped[dt.datetime | None]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql", foreign_keys=[person_id])
    asked_by: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[asked_by_id])
    decided_by: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[decided_by_id])


class PersonExport(Base):
    """One archive of all data of a person: asked for, made by the worker, deleted after a week."""

    __tablename__ = "privacy_export"
    __table_args__ = (sa.Index(None, "state", "lease_until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(sa.ForeignKey("privacy_request.id"), index=True)
    """Set when the desk asked for it, so that a manager may hand it over."""
    state: Mapped[ExportState] = mapped_column(words_of(ExportState))
    asked_at: Mapped[dt.datetime]
    lease_token: Mapped[str | None] = mapped_column(sa.String(32))
    lease_until: Mapped[dt.datetime | None]
    """While one worker makes it, the others leave it alone; a lease that ended is taken over."""
    tries: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    ready_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime | None]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")
    request: Mapped[PrivacyRequest | None] = relationship(lazy="raise_on_sql")
    file: Mapped[StoredFile | None] = relationship(lazy="raise_on_sql")


class KeepingPeriod(Base):
    """For how many days one kind of data is kept, in a course or in the whole installation."""

    __tablename__ = "privacy_period"
    __table_args__ = (
        sa.UniqueConstraint("course_id", "kind"),
        sa.Index(
            "uq_privacy_period_installation", "kind", unique=True,
            sqlite_where=sa.text("course_id IS NULL"), postgresql_where=sa.text("course_id IS NULL"),
        ),
        sa.CheckConstraint("days IS NULL OR days > 0", name="days"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"))
    """Empty for what holds in every course that has no period of its own."""
    kind: Mapped[str] = mapped_column(sa.String(32))
    days: Mapped[int | None]
    """Empty: as long as the course is kept."""
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    set_at: Mapped[dt.datetime]

    course: Mapped[Course | None] = relationship(lazy="raise_on_sql")
    set_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class Removal(Base):
    """What the worker removed because its time was over: how much of which kind, never of whom."""

    __tablename__ = "privacy_removal"
    __table_args__ = (sa.Index(None, "course_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"))
    kind: Mapped[str] = mapped_column(sa.String(32))
    older_than: Mapped[dt.datetime]
    number: Mapped[int]
    at: Mapped[dt.datetime]

    course: Mapped[Course | None] = relationship(lazy="raise_on_sql")
