"""Remember assignments, teams, who has more time, and every version of what was handed in."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.assignments.rubric_models import RubricVersion
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.database import Base
from sca_lms.texts import Bilingual
from sca_lms.uploads.models import StoredFile


class Assignment(Base):
    """Something to hand in; limits that are empty do not exist."""

    __tablename__ = "assignment"
    __table_args__ = (
        sa.UniqueConstraint("course_id", "code"),
        sa.CheckConstraint("takes_text OR takes_files OR takes_link", name="takes"),
        sa.CheckConstraint("max_score > 0", name="maximum"),
        sa.CheckConstraint("most_files BETWEEN 1 AND 20", name="files"),
        sa.CheckConstraint("largest_mebibytes BETWEEN 1 AND 100", name="size"),
        sa.CheckConstraint("most_versions IS NULL OR most_versions > 0", name="versions"),
        sa.CheckConstraint("late_percent_per_day >= 0", name="late_per_day"),
        sa.CheckConstraint("late_percent_at_most >= 0", name="late_at_most"),
        sa.CheckConstraint("opens_at IS NULL OR closes_at IS NULL OR closes_at > opens_at", name="window"),
        sa.CheckConstraint("due_at IS NULL OR closes_at IS NULL OR closes_at >= due_at", name="due"),
        sa.CheckConstraint("pass_percent IS NULL OR pass_percent BETWEEN 1 AND 100", name="pass"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    code: Mapped[str] = mapped_column(sa.String(64))
    title: Mapped[Bilingual]
    instructions: Mapped[Bilingual]
    """Markdown."""
    takes_text: Mapped[bool]
    takes_files: Mapped[bool]
    takes_link: Mapped[bool]
    endings: Mapped[list[str]]
    """Endings of file names that are accepted, of those that can be stored at all."""
    most_files: Mapped[int] = mapped_column(default=5)
    largest_mebibytes: Mapped[int] = mapped_column(default=20)
    by_team: Mapped[bool] = mapped_column(default=False)
    anonymous: Mapped[bool] = mapped_column(default=False)
    """Names are hidden from markers until the marks are released."""
    two_markers: Mapped[bool] = mapped_column(default=False)
    """Two people mark without seeing each other's mark, then one mark is agreed."""
    opens_at: Mapped[dt.datetime | None]
    due_at: Mapped[dt.datetime | None]
    """What comes later is late, and may lose points."""
    closes_at: Mapped[dt.datetime | None]
    """What comes later is not taken."""
    most_versions: Mapped[int | None]
    max_score: Mapped[Decimal]
    pass_percent: Mapped[int | None]
    late_percent_per_day: Mapped[Decimal] = mapped_column(default=Decimal(0))
    """Per begun day, of the maximum; derived whenever a score is asked for, never stored."""
    late_percent_at_most: Mapped[Decimal] = mapped_column(default=Decimal(100))
    rubric_version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("rubric_version.id"), index=True)
    published: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]
    row_version: Mapped[int] = mapped_column(default=1)
    """Grows with every change of the terms; who saved an older one is shown what has changed."""

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    rubric_version: Mapped[RubricVersion | None] = relationship(lazy="raise_on_sql")


class AssignmentExtension(Base):
    """One person's own due date; the close moves at least as far."""

    __tablename__ = "assignment_extension"
    __table_args__ = (sa.UniqueConstraint("assignment_id", "enrolment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment.id"))
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id", ondelete="CASCADE"), index=True)
    due_at: Mapped[dt.datetime]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    set_at: Mapped[dt.datetime]

    assignment: Mapped[Assignment] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    set_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class AssignmentTeam(Base):
    """A team for one assignment; what one hands in counts for all."""

    __tablename__ = "assignment_team"
    __table_args__ = (sa.UniqueConstraint("assignment_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment.id"))
    name: Mapped[str] = mapped_column(sa.String(120))

    assignment: Mapped[Assignment] = relationship(lazy="raise_on_sql")


class AssignmentTeamMember(Base):
    """Somebody's place in a team; nobody is in two teams of one assignment."""

    __tablename__ = "assignment_team_member"
    __table_args__ = (sa.UniqueConstraint("assignment_id", "enrolment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment.id"))
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment_team.id"), index=True)
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id", ondelete="CASCADE"), index=True)

    assignment: Mapped[Assignment] = relationship(lazy="raise_on_sql")
    team: Mapped[AssignmentTeam] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")


class Work(Base):
    """What one learner or one team does for one assignment: its draft, its versions, and later its mark."""

    __tablename__ = "assignment_work"
    __table_args__ = (
        sa.UniqueConstraint("assignment_id", "enrolment_id"),
        sa.UniqueConstraint("assignment_id", "team_id"),
        sa.CheckConstraint("(enrolment_id IS NULL) = (team_id IS NOT NULL)", name="whose"),
        sa.CheckConstraint("(last_submitted_at IS NULL) = (versions = 0)", name="submitted"),
        sa.Index("ix_assignment_work_queue", "assignment_id", "last_submitted_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment.id"))
    enrolment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("assignment_team.id"), index=True)
    draft_text: Mapped[str] = mapped_column(sa.Text, default="")
    draft_link: Mapped[str] = mapped_column(sa.Text, default="")
    draft_saved_at: Mapped[dt.datetime | None]
    draft_version: Mapped[int] = mapped_column(default=1)
    """Grows with every save; of two people who write at the same time the second is shown both texts."""
    versions: Mapped[int] = mapped_column(default=0)
    """How many versions were handed in."""
    last_submitted_at: Mapped[dt.datetime | None]

    assignment: Mapped[Assignment] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment | None] = relationship(lazy="raise_on_sql")
    team: Mapped[AssignmentTeam | None] = relationship(lazy="raise_on_sql")


class Submission(Base):
    """One version that was handed in; never changed afterwards."""

    __tablename__ = "assignment_submission"
    __table_args__ = (sa.UniqueConstraint("work_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    work_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment_work.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(sa.Text, default="")
    link: Mapped[str] = mapped_column(sa.Text, default="")
    submitted_at: Mapped[dt.datetime]
    submitted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)

    work: Mapped[Work] = relationship(lazy="raise_on_sql")
    submitted_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class WorkFile(Base):
    """A file of a draft, or of the version it was handed in with; a later version may carry it on."""

    __tablename__ = "assignment_file"
    __table_args__ = (
        sa.CheckConstraint("(submission_id IS NULL) = (work_id IS NOT NULL)", name="place"),
        sa.UniqueConstraint("submission_id", "file_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_id: Mapped[int | None] = mapped_column(sa.ForeignKey("assignment_work.id"), index=True)
    """Set while the file belongs to the draft."""
    submission_id: Mapped[int | None] = mapped_column(sa.ForeignKey("assignment_submission.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    position: Mapped[int]

    work: Mapped[Work | None] = relationship(lazy="raise_on_sql")
    submission: Mapped[Submission | None] = relationship(lazy="raise_on_sql")
    file: Mapped[StoredFile] = relationship(lazy="raise_on_sql")
