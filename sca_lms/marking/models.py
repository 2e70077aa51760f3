"""Remember marks with every revision, drafts of markers, comments, releases and requests to mark again."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.assessments.models import Attempt, Quiz
from sca_lms.assignments.models import Assignment, Submission, Work
from sca_lms.assignments.rubric_models import RubricVersion
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.database import Base, words_of
from sca_lms.marking.rules import MarkPart, RegradeState
from sca_lms.texts import Bilingual
from sca_lms.uploads.models import StoredFile


class Release(Base):
    """Marks that were released together; until `takes_effect_at` it can be undone as if it had never been."""

    __tablename__ = "mark_release"
    __table_args__ = (
        sa.CheckConstraint("(assignment_id IS NULL) = (quiz_id IS NOT NULL)", name="what"),
        sa.CheckConstraint("undone_at IS NULL OR undone_at < takes_effect_at", name="undone"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    assignment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("assignment.id"), index=True)
    quiz_id: Mapped[int | None] = mapped_column(sa.ForeignKey("quiz.id"), index=True)
    released_at: Mapped[dt.datetime]
    released_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    takes_effect_at: Mapped[dt.datetime] = mapped_column(index=True)
    settled_at: Mapped[dt.datetime | None]
    """Since when scores and grades know of it."""
    undone_at: Mapped[dt.datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    assignment: Mapped[Assignment | None] = relationship(lazy="raise_on_sql")
    quiz: Mapped[Quiz | None] = relationship(lazy="raise_on_sql")
    released_by: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[released_by_id])
    undone_by: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[undone_by_id])


class Mark(Base):
    """One marker's judgement of one work or of one quiz attempt; `row_version` decides between two savers.

    `points` are empty while a criterion or an answer is not marked: such a mark is a draft and has no score.
    A late penalty is never in here; it is derived when a score is asked for.
    """

    __tablename__ = "mark"
    __table_args__ = (
        sa.UniqueConstraint("work_id", "part"),
        sa.UniqueConstraint("attempt_id", "part"),
        sa.CheckConstraint("(work_id IS NULL) = (attempt_id IS NOT NULL)", name="subject"),
        sa.CheckConstraint("(work_id IS NULL) = (submission_id IS NULL)", name="version"),
        sa.CheckConstraint("release_id IS NULL OR points IS NOT NULL", name="released"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    work_id: Mapped[int | None] = mapped_column(sa.ForeignKey("assignment_work.id"))
    submission_id: Mapped[int | None] = mapped_column(sa.ForeignKey("assignment_submission.id"), index=True)
    """The version that was read."""
    attempt_id: Mapped[int | None] = mapped_column(sa.ForeignKey("quiz_attempt.id"))
    part: Mapped[MarkPart] = mapped_column(words_of(MarkPart))
    marker_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    rubric_version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("rubric_version.id"), index=True)
    levels: Mapped[dict[str, object]] = mapped_column(default=dict)
    """By criterion the level chosen."""
    answer_points: Mapped[dict[str, object]] = mapped_column(default=dict)
    """By place of an answer in an attempt its points as text."""
    remarks: Mapped[dict[str, object]] = mapped_column(default=dict)
    """By place of an answer what is said about it."""
    points: Mapped[Decimal | None]
    """Of the assignment's maximum, or the sum of an attempt's hand-marked answers."""
    comment: Mapped[str] = mapped_column(sa.Text, default="")
    row_version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[dt.datetime]
    release_id: Mapped[int | None] = mapped_column(sa.ForeignKey("mark_release.id"), index=True)

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    work: Mapped[Work | None] = relationship(lazy="raise_on_sql")
    submission: Mapped[Submission | None] = relationship(lazy="raise_on_sql")
    attempt: Mapped[Attempt | None] = relationship(lazy="raise_on_sql")
    marker: Mapped[Person | None] = relationship(lazy="raise_on_sql")
    rubric_version: Mapped[RubricVersion | None] = relationship(lazy="raise_on_sql")
    release: Mapped[Release | None] = relationship(lazy="raise_on_sql")


class MarkRevision(Base):
    """A mark as it was saved at some time; lines are only added."""

    __tablename__ = "mark_revision"
    __table_args__ = (sa.UniqueConstraint("mark_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mark_id: Mapped[int] = mapped_column(sa.ForeignKey("mark.id"))
    number: Mapped[int]
    document: Mapped[dict[str, object]]
    points: Mapped[Decimal | None]
    saved_at: Mapped[dt.datetime]
    saved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    """Why a mark was changed after its release."""

    mark: Mapped[Mark] = relationship(lazy="raise_on_sql")
    saved_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class MarkDraft(Base):
    """What a marker has typed and not saved as a mark yet; kept on the server, one per marker and subject."""

    __tablename__ = "mark_draft"
    __table_args__ = (
        sa.UniqueConstraint("marker_id", "work_id"),
        sa.UniqueConstraint("marker_id", "attempt_id"),
        sa.CheckConstraint("(work_id IS NULL) = (attempt_id IS NOT NULL)", name="subject"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    marker_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    work_id: Mapped[int | None] = mapped_column(sa.ForeignKey("assignment_work.id"), index=True)
    attempt_id: Mapped[int | None] = mapped_column(sa.ForeignKey("quiz_attempt.id"), index=True)
    based_on: Mapped[int]
    """The `row_version` of the mark when typing began; 0 when there was none."""
    document: Mapped[dict[str, object]]
    saved_at: Mapped[dt.datetime]
    row_version: Mapped[int] = mapped_column(default=1, server_default="1")
    """Begins anywhere and grows with every save; by it two windows of the same marker notice each other."""

    marker: Mapped[Person] = relationship(lazy="raise_on_sql")
    work: Mapped[Work | None] = relationship(lazy="raise_on_sql")
    attempt: Mapped[Attempt | None] = relationship(lazy="raise_on_sql")


class Annotation(Base):
    """A comment on a passage of a submitted text, or on a place of a page of a PDF."""

    __tablename__ = "mark_annotation"
    __table_args__ = (
        sa.CheckConstraint("(file_id IS NULL) = (page IS NULL)", name="page"),
        sa.CheckConstraint("file_id IS NOT NULL OR (starts IS NOT NULL AND ends > starts)", name="passage"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment_submission.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    page: Mapped[int | None]
    """Counted from 1."""
    left: Mapped[int | None]
    """Place on the page in thousandths of its width."""
    top: Mapped[int | None]
    """Place on the page in thousandths of its height."""
    starts: Mapped[int | None]
    """First letter of the passage in the submitted text, counted from 0."""
    ends: Mapped[int | None]
    text: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[dt.datetime]

    submission: Mapped[Submission] = relationship(lazy="raise_on_sql")
    author: Mapped[Person | None] = relationship(lazy="raise_on_sql")
    file: Mapped[StoredFile | None] = relationship(lazy="raise_on_sql")


class FeedbackFile(Base):
    """A file that a marker gives back with a mark."""

    __tablename__ = "mark_feedback_file"
    __table_args__ = (sa.UniqueConstraint("mark_id", "file_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mark_id: Mapped[int] = mapped_column(sa.ForeignKey("mark.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)

    mark: Mapped[Mark] = relationship(lazy="raise_on_sql")
    file: Mapped[StoredFile] = relationship(lazy="raise_on_sql")


class BankComment(Base):
    """A comment to be used again; one without an owner belongs to all who mark in the course."""

    __tablename__ = "mark_bank_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    text: Mapped[Bilingual]
    uses: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    owner: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class RegradeRequest(Base):
    """A learner asks to have a released mark looked at again; one open request per mark."""

    __tablename__ = "mark_regrade_request"
    __table_args__ = (
        sa.Index(
            "uq_mark_regrade_request_open",
            "mark_id",
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
        sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    mark_id: Mapped[int] = mapped_column(sa.ForeignKey("mark.id"))
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    text: Mapped[str] = mapped_column(sa.Text)
    asked_at: Mapped[dt.datetime]
    state: Mapped[RegradeState] = mapped_column(words_of(RegradeState), default=RegradeState.OPEN)
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answered_at: Mapped[dt.datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    mark: Mapped[Mark] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    answered_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")
