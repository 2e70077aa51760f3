"""Remember modules, units and what people did in them; evidence is only ever added."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.assessments.models import Quiz
from sca_lms.assignments.models import Assignment
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.database import Base, words_of
from sca_lms.modules.plan import EvidenceKind, UnitType
from sca_lms.texts import Bilingual
from sca_lms.uploads.models import StoredFile

LONGEST_KEY = 200


class Module(Base):
    """One module of a course; one that a newer programme leaves out is unpublished and keeps its evidence."""

    __tablename__ = "module"
    __table_args__ = (
        sa.UniqueConstraint("course_id", "code"),
        sa.CheckConstraint("minutes >= 0", name="minutes"),
        sa.CheckConstraint("rule_version > 0", name="rule_version"),
        sa.CheckConstraint(
            "quiz_pass_percent IS NULL OR (quiz_pass_percent > 0 AND quiz_pass_percent <= 100)", name="pass"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    code: Mapped[str] = mapped_column(sa.String(64))
    position: Mapped[int]
    title: Mapped[Bilingual]
    minutes: Mapped[int]
    opens_at: Mapped[dt.datetime | None]
    due_at: Mapped[dt.datetime | None]
    prerequisites: Mapped[dict[str, object]]
    """As `prerequisites.document_of` writes it."""
    quiz_pass_percent: Mapped[int | None]
    rule_version: Mapped[int] = mapped_column(default=1)
    """Grows whenever a change decides anew who has completed the module."""
    published: Mapped[bool] = mapped_column(default=True)
    archived_at: Mapped[dt.datetime | None]
    from_programme: Mapped[bool] = mapped_column(default=True)
    """Whether the programme file says what the module is; once edited here it is the course's own."""

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class ModuleDraftRow(Base):
    """What a module will be when somebody publishes it; there is none while nothing is changed."""

    __tablename__ = "module_draft"

    module_id: Mapped[int] = mapped_column(sa.ForeignKey("module.id"), primary_key=True)
    document: Mapped[dict[str, object]]
    row_version: Mapped[int] = mapped_column(default=1)
    """Grows with every save; who saved an older one is told."""
    changed_at: Mapped[dt.datetime]
    changed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)

    module: Mapped[Module] = relationship(lazy="raise_on_sql")
    changed_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class ModuleVersion(Base):
    """What a module was from one publishing to the next; never changed."""

    __tablename__ = "module_version"
    __table_args__ = (sa.UniqueConstraint("module_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(sa.ForeignKey("module.id"))
    number: Mapped[int]
    document: Mapped[dict[str, object]]
    published_at: Mapped[dt.datetime]
    published_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """Empty for what the programme file brought."""

    module: Mapped[Module] = relationship(lazy="raise_on_sql")
    published_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class ModuleFile(Base):
    """A picture, an attachment or the captions of a video, for the units of one module."""

    __tablename__ = "module_file"
    __table_args__ = (sa.UniqueConstraint("module_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(sa.ForeignKey("module.id"))
    name: Mapped[str] = mapped_column(sa.String(LONGEST_KEY))
    """Plain letters; a text calls a picture `attachment:NAME`."""
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    added_at: Mapped[dt.datetime]

    module: Mapped[Module] = relationship(lazy="raise_on_sql")
    file: Mapped[StoredFile] = relationship(lazy="raise_on_sql")


class ModuleExtension(Base):
    """One learner's own due date of a module; the reason is for staff."""

    __tablename__ = "module_extension"
    __table_args__ = (sa.UniqueConstraint("module_id", "enrolment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(sa.ForeignKey("module.id"))
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id", ondelete="CASCADE"), index=True)
    due_at: Mapped[dt.datetime]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    set_at: Mapped[dt.datetime]

    module: Mapped[Module] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    set_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class Unit(Base):
    """One unit of a module; which of the fields mean something depends on its type."""

    __tablename__ = "module_unit"
    __table_args__ = (
        sa.UniqueConstraint("course_id", "code"),
        sa.CheckConstraint("minutes >= 0", name="minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    module_id: Mapped[int] = mapped_column(sa.ForeignKey("module.id"), index=True)
    code: Mapped[str] = mapped_column(sa.String(64))
    position: Mapped[int]
    type: Mapped[UnitType] = mapped_column(words_of(UnitType))
    title: Mapped[Bilingual]
    minutes: Mapped[int]
    required: Mapped[bool] = mapped_column(default=True)
    published: Mapped[bool] = mapped_column(default=True)
    starts_at: Mapped[dt.datetime | None]
    body: Mapped[Bilingual]
    """Markdown."""
    video_url: Mapped[str] = mapped_column(sa.Text, default="")
    video_seconds: Mapped[int | None]
    """As the programme file, or the player of somebody who teaches, told; never a learner's browser."""
    transcript: Mapped[Bilingual]
    """Markdown."""
    join_url: Mapped[str] = mapped_column(sa.Text, default="")
    room: Mapped[str] = mapped_column(sa.Text, default="")
    quiz_id: Mapped[int | None] = mapped_column(sa.ForeignKey("quiz.id"), index=True)
    opens_at: Mapped[dt.datetime | None]
    assignment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("assignment.id"), index=True)
    files: Mapped[list[str]] = mapped_column(default=list)
    """Names of the module's files that are offered below the unit."""
    captions: Mapped[dict[str, object]] = mapped_column(default=dict)
    """By language the name of the module's file with the captions of the video."""
    least_posts: Mapped[int | None]
    """What a discussion asks for; all three empty: one post, or the learner's word."""
    least_characters: Mapped[int | None]
    least_replies: Mapped[int | None]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    module: Mapped[Module] = relationship(lazy="raise_on_sql")
    quiz: Mapped[Quiz | None] = relationship(lazy="raise_on_sql")
    assignment: Mapped[Assignment | None] = relationship(lazy="raise_on_sql")


class UnitEvidence(Base):
    """One thing somebody did in a unit, or the taking back of an earlier entry; never changed or deleted."""

    __tablename__ = "unit_evidence"
    __table_args__ = (
        # A form sent twice, or a report that a player repeats, arrives under the same key.
        sa.UniqueConstraint("enrolment_id", "key"),
        sa.CheckConstraint("(kind = 'withdrawn') = (reverses_id IS NOT NULL)", name="reversal"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("module_unit.id"), index=True)
    kind: Mapped[EvidenceKind] = mapped_column(words_of(EvidenceKind))
    at: Mapped[dt.datetime]
    """When it happened; a class marked afterwards happened when it was held."""
    recorded_at: Mapped[dt.datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """Empty when the learner did it."""
    value: Mapped[dict[str, object] | None]
    """For a video: the parts watched, its length and where it stood, in seconds."""
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY))
    reverses_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit_evidence.id"), unique=True)

    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    unit: Mapped[Unit] = relationship(lazy="raise_on_sql")
    recorded_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")
    reverses: Mapped["UnitEvidence | None"] = relationship(lazy="raise_on_sql", remote_side="UnitEvidence.id")


class DiscussionPost(Base):
    """What somebody wrote in a discussion: the beginning of a thread, or an answer in one; never deleted."""

    __tablename__ = "discussion_post"
    __table_args__ = (
        # A form sent twice arrives under the same key.
        sa.UniqueConstraint("enrolment_id", "key"),
        sa.CheckConstraint("(thread_id IS NULL) = (answers_id IS NULL)", name="place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("module_unit.id"), index=True)
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"))
    thread_id: Mapped[int | None] = mapped_column(sa.ForeignKey("discussion_post.id"), index=True)
    """The post that began the thread; empty for that one itself."""
    answers_id: Mapped[int | None] = mapped_column(sa.ForeignKey("discussion_post.id"), index=True)
    body: Mapped[str] = mapped_column(sa.Text)
    """Markdown."""
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY))
    written_at: Mapped[dt.datetime]
    edited_at: Mapped[dt.datetime | None]
    hidden_at: Mapped[dt.datetime | None]
    hidden_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    hidden_reason: Mapped[str] = mapped_column(sa.Text, default="")

    unit: Mapped[Unit] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    thread: Mapped["DiscussionPost | None"] = relationship(
        lazy="raise_on_sql", remote_side="DiscussionPost.id", foreign_keys="DiscussionPost.thread_id"
    )
    answers: Mapped["DiscussionPost | None"] = relationship(
        lazy="raise_on_sql", remote_side="DiscussionPost.id", foreign_keys="DiscussionPost.answers_id"
    )
    hidden_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")
