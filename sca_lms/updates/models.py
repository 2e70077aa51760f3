"""The monthly knowledge updates, their material, and what learners made of them."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.attendance.models import AttendanceSession
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.database import Base, words_of
from sca_lms.texts import Bilingual
from sca_lms.updates.rules import ReflectionState
from sca_lms.uploads.models import StoredFile


class KnowledgeUpdate(Base):
    """One evening of the series; times, place and attendance are those of its session."""

    __tablename__ = "knowledge_update"
    __table_args__ = (
        sa.UniqueConstraint("course_id", "number"),
        sa.UniqueConstraint("session_id"),
        sa.CheckConstraint("number > 0", name="number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    number: Mapped[int]
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("attendance_session.id"))
    dimensions: Mapped[list[str]]
    """Codes of smart-city dimensions, the first one first."""
    partner: Mapped[Bilingual]
    """The partner network whose experts speak."""
    about: Mapped[Bilingual]
    """Markdown."""
    recording_url: Mapped[str] = mapped_column(sa.Text, default="")
    reflection_due_at: Mapped[dt.datetime | None]
    published: Mapped[bool] = mapped_column(default=True)
    from_programme: Mapped[bool] = mapped_column(default=True)
    """A re-import of the programme may change it; False once somebody has changed it here."""
    row_version: Mapped[int] = mapped_column(default=1)

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    session: Mapped[AttendanceSession] = relationship(lazy="raise_on_sql")


class UpdateSpeaker(Base):
    """Somebody who speaks at an update; an expert needs no account."""

    __tablename__ = "update_speaker"

    id: Mapped[int] = mapped_column(primary_key=True)
    update_id: Mapped[int] = mapped_column(
        sa.ForeignKey("knowledge_update.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int]
    name: Mapped[Bilingual]
    organisation: Mapped[Bilingual]

    update: Mapped[KnowledgeUpdate] = relationship(lazy="raise_on_sql")


class UpdateFile(Base):
    """Slides or a handout of an update."""

    __tablename__ = "update_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    update_id: Mapped[int] = mapped_column(
        sa.ForeignKey("knowledge_update.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int]
    title: Mapped[Bilingual]
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)

    update: Mapped[KnowledgeUpdate] = relationship(lazy="raise_on_sql")
    file: Mapped[StoredFile] = relationship(lazy="raise_on_sql")


class Reflection(Base):
    """What a learner takes home from an update, and what an instructor says to it."""

    __tablename__ = "reflection"
    __table_args__ = (
        sa.UniqueConstraint("update_id", "enrolment_id"),
        sa.Index("ix_reflection_state", "update_id", "state", "submitted_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    update_id: Mapped[int] = mapped_column(sa.ForeignKey("knowledge_update.id"))
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    text: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[ReflectionState] = mapped_column(words_of(ReflectionState))
    saved_at: Mapped[dt.datetime]
    submitted_at: Mapped[dt.datetime | None]
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    decided_at: Mapped[dt.datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    row_version: Mapped[int] = mapped_column(default=1)

    update: Mapped[KnowledgeUpdate] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    decided_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")
