"""Remember columns, what everybody has scored, and what the host has been told of it."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import Base, words_of
from sca_lms.grades.rules import Reason, State
from sca_lms.lti.models import LtiContext
from sca_lms.texts import Bilingual

LEASE_LENGTH = 32
LONGEST_CODE = 96
"""Room for the code of a quiz behind the word for its kind."""


class GradeColumn(Base):
    """One part of the final result that has a column of its own in the host's gradebook."""

    __tablename__ = "grade_column"
    __table_args__ = (
        sa.UniqueConstraint("course_id", "code"),
        sa.UniqueConstraint("course_id", "resource_id", "tag"),
        sa.CheckConstraint("score_maximum > 0", name="maximum"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    code: Mapped[str] = mapped_column(sa.String(LONGEST_CODE))
    title: Mapped[Bilingual]
    position: Mapped[int] = mapped_column(default=0)
    score_maximum: Mapped[Decimal]
    resource_id: Mapped[str] = mapped_column(sa.String(LONGEST_CODE + 16))
    tag: Mapped[str] = mapped_column(sa.String(LONGEST_CODE))
    """With the resource id, what the column is known by in the host, however often it is renamed there."""
    is_active: Mapped[bool] = mapped_column(default=True)
    """False once the programme no longer has the column; what was scored is kept and not sent."""
    frozen_at: Mapped[dt.datetime | None]
    """Since the first score went out the maximum stays: hosts would rescale what they have."""
    created_at: Mapped[dt.datetime]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class HostColumn(Base):
    """Where a column lives in one course of a host; the key decides which of two workers makes it."""

    __tablename__ = "grade_host_column"
    __table_args__ = (sa.UniqueConstraint("column_id", "context_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    column_id: Mapped[int] = mapped_column(sa.ForeignKey("grade_column.id", ondelete="CASCADE"))
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("lti_context.id", ondelete="CASCADE"), index=True)
    line_item_url: Mapped[str | None] = mapped_column(sa.Text)
    gone_at: Mapped[dt.datetime | None]
    """Since when the host says that the column is not there any more; it is only made anew on request."""
    gone_url: Mapped[str | None] = mapped_column(sa.Text)
    """The address that was found dead; a link that still names it is not believed."""
    made_by_tool: Mapped[bool] = mapped_column(default=False)
    """A column that was found may hold what a teacher typed: it is looked at before the first score."""
    compared_at: Mapped[dt.datetime | None]
    """When everything in the column was last compared with what we sent."""
    next_comparison_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    comparison_reason: Mapped[Reason | None] = mapped_column(words_of(Reason))
    """Why the last comparison failed, if it did."""
    comparison_failures: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None] = mapped_column(sa.String(LEASE_LENGTH))
    lease_until: Mapped[dt.datetime | None]
    """While one worker looks for the column or makes it, the others leave it alone."""

    column: Mapped[GradeColumn] = relationship(lazy="raise_on_sql")
    context: Mapped[LtiContext] = relationship(lazy="raise_on_sql")


class GradeSettings(Base):
    """What a course has decided about its columns; a course without a row has the usual."""

    __tablename__ = "grade_settings"

    course_id: Mapped[int] = mapped_column(
        sa.ForeignKey("course.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    may_create_columns: Mapped[bool] = mapped_column(default=True)
    """False where the course wants to make its columns by hand."""

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class GradedEvidence(Base):
    """Up to which change of a person's evidence the scores have been worked out."""

    __tablename__ = "grade_evidence"

    enrolment_id: Mapped[int] = mapped_column(
        sa.ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    revision: Mapped[int]

    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")


class Score(Base):
    """What one person has reached in one column; the revision grows with every change of it."""

    __tablename__ = "grade_score"
    __table_args__ = (sa.UniqueConstraint("column_id", "enrolment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    column_id: Mapped[int] = mapped_column(sa.ForeignKey("grade_column.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id", ondelete="CASCADE"), index=True)
    value: Mapped[Decimal | None]
    comment: Mapped[str] = mapped_column(sa.Text, default="")
    revision: Mapped[int] = mapped_column(default=1)
    evidence_revision: Mapped[int]
    """Which state of the person's evidence the value was worked out from."""
    computed_at: Mapped[dt.datetime]

    column: Mapped[GradeColumn] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")


class Delivery(Base):
    """What the host knows of a score.

    `next_try_at` is set exactly while something has to be sent. What is written to `attempted_…` before a
    score leaves stays there until its fate is known, so that a crash at any instant leaves a trace.
    """

    __tablename__ = "grade_delivery"
    __table_args__ = (
        sa.Index("ix_grade_delivery_next_try_at", "next_try_at"),
        sa.CheckConstraint("(state IN ('due', 'waiting')) = (next_try_at IS NOT NULL)", name="due"),
        sa.CheckConstraint("(lease_token IS NULL) = (lease_until IS NULL)", name="lease"),
    )

    score_id: Mapped[int] = mapped_column(
        sa.ForeignKey("grade_score.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    state: Mapped[State] = mapped_column(words_of(State))
    reason: Mapped[Reason | None] = mapped_column(words_of(Reason))
    detail: Mapped[str] = mapped_column(sa.Text, default="")
    """Figures for the reason, such as the status of an answer; never text of the host."""
    withdraws: Mapped[bool] = mapped_column(default=False)
    """True when the host is to show no score: what is due, or was done, is taking it back."""
    failures: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[dt.datetime | None]
    lease_token: Mapped[str | None] = mapped_column(sa.String(LEASE_LENGTH))
    lease_until: Mapped[dt.datetime | None]
    settled_revision: Mapped[int] = mapped_column(default=0)
    """Up to which revision of the score there is nothing left to do; what is above it is due."""
    settled_at: Mapped[dt.datetime | None]
    attempted_revision: Mapped[int | None]
    attempted_value: Mapped[Decimal | None]
    earlier_values: Mapped[list[str] | None]
    """What the host may show besides: attempts whose fate is not known, and a change that was accepted."""
    last_timestamp: Mapped[dt.datetime | None]
    """The time that the latest attempt carried, landed or not; the next one must be later."""
    delivered_revision: Mapped[int | None]
    delivered_value: Mapped[Decimal | None]
    delivered_at: Mapped[dt.datetime | None]
    confirmed_at: Mapped[dt.datetime | None]
    """When the host was last seen to show what it was sent."""
    host_value: Mapped[Decimal | None]
    """What the host last showed, on our scale, where it is not ours."""

    score: Mapped[Score] = relationship(lazy="raise_on_sql")


class DeliveryEntry(Base):
    """One line of a score's story with the host; lines are only added."""

    __tablename__ = "grade_delivery_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    score_id: Mapped[int] = mapped_column(sa.ForeignKey("grade_score.id", ondelete="CASCADE"), index=True)
    at: Mapped[dt.datetime]
    state: Mapped[State] = mapped_column(words_of(State))
    reason: Mapped[Reason | None] = mapped_column(words_of(Reason))
    detail: Mapped[str] = mapped_column(sa.Text, default="")
    value: Mapped[Decimal | None]
    timestamp: Mapped[dt.datetime | None]

    score: Mapped[Score] = relationship(lazy="raise_on_sql")


class Tally(Base):
    """How many sendings have ended in one way since the beginning, for the figures of the operator."""

    __tablename__ = "grade_tally"

    outcome: Mapped[State] = mapped_column(words_of(State), primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default="")
    count: Mapped[int] = mapped_column(sa.BigInteger, default=0)
