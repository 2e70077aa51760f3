"""Remember quizzes, every version of their questions, and what each learner answered."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.assessments.answers import Answer
from sca_lms.assessments.rules import AttemptState, Grading
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import Base
from sca_lms.texts import Bilingual


class Quiz(Base):
    """Questions to be answered under one set of rules; limits that are empty do not exist.

    One that a newer programme leaves out is unpublished and keeps its attempts.
    """

    __tablename__ = "quiz"
    __table_args__ = (
        sa.UniqueConstraint("course_id", "code"),
        sa.CheckConstraint("attempts_allowed IS NULL OR attempts_allowed > 0", name="attempts"),
        sa.CheckConstraint("time_limit_minutes IS NULL OR time_limit_minutes > 0", name="limit"),
        sa.CheckConstraint("pass_percent IS NULL OR (pass_percent > 0 AND pass_percent <= 100)", name="pass"),
        sa.CheckConstraint("opens_at IS NULL OR closes_at IS NULL OR closes_at > opens_at", name="window"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    code: Mapped[str] = mapped_column(sa.String(64))
    title: Mapped[Bilingual]
    attempts_allowed: Mapped[int | None]
    grading: Mapped[Grading] = mapped_column(
        sa.Enum(
            Grading,
            native_enum=False,
            length=16,
            values_callable=lambda words: [word.value for word in words],
        )
    )
    time_limit_minutes: Mapped[int | None]
    shuffle: Mapped[bool]
    opens_at: Mapped[dt.datetime | None]
    closes_at: Mapped[dt.datetime | None]
    pass_percent: Mapped[int | None]
    published: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class Question(Base):
    """One question of a quiz through all its versions; one that is not active is asked no more."""

    __tablename__ = "quiz_question"
    __table_args__ = (sa.UniqueConstraint("quiz_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(sa.ForeignKey("quiz.id"))
    code: Mapped[str] = mapped_column(sa.String(64))
    position: Mapped[int]
    active: Mapped[bool]

    quiz: Mapped[Quiz] = relationship(lazy="raise_on_sql")


class QuestionVersion(Base):
    """A question as it was asked at some time; never changed, so that old attempts keep their meaning."""

    __tablename__ = "quiz_question_version"
    __table_args__ = (sa.UniqueConstraint("question_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("quiz_question.id"))
    number: Mapped[int]
    document: Mapped[dict[str, object]]
    created_at: Mapped[dt.datetime]

    question: Mapped[Question] = relationship(lazy="raise_on_sql")


class Attempt(Base):
    """One go of one learner at a quiz; at most one at a time."""

    __tablename__ = "quiz_attempt"
    __table_args__ = (
        sa.UniqueConstraint("quiz_id", "enrolment_id", "number"),
        sa.Index(
            "uq_quiz_attempt_in_progress",
            "quiz_id",
            "enrolment_id",
            unique=True,
            sqlite_where=sa.text("state = 'in_progress'"),
            postgresql_where=sa.text("state = 'in_progress'"),
        ),
        sa.CheckConstraint("(state = 'in_progress') = (submitted_at IS NULL)", name="submitted"),
        sa.CheckConstraint("(submitted_at IS NULL) = (score IS NULL)", name="scored"),
        sa.CheckConstraint("max_score > 0", name="maximum"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(sa.ForeignKey("quiz.id"))
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    number: Mapped[int]
    seed: Mapped[str] = mapped_column(sa.String(64))
    """Decides the order of questions and options; never shown, and too long to be found by trying."""
    shuffled: Mapped[bool]
    """Whether options stand in that order; kept here, because the quiz may change while somebody answers."""
    started_at: Mapped[dt.datetime]
    deadline_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    submitted_at: Mapped[dt.datetime | None]
    state: Mapped[AttemptState] = mapped_column(
        sa.Enum(
            AttemptState,
            native_enum=False,
            length=16,
            values_callable=lambda words: [word.value for word in words],
        )
    )
    score: Mapped[Decimal | None]
    max_score: Mapped[Decimal]

    quiz: Mapped[Quiz] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")


class Response(Base):
    """One question in one attempt: the version asked, its place on the page, and the answer so far."""

    __tablename__ = "quiz_response"
    __table_args__ = (
        sa.UniqueConstraint("attempt_id", "position"),
        sa.UniqueConstraint("attempt_id", "question_version_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(sa.ForeignKey("quiz_attempt.id"))
    question_version_id: Mapped[int] = mapped_column(sa.ForeignKey("quiz_question_version.id"), index=True)
    position: Mapped[int]
    answer: Mapped[Answer] = mapped_column(sa.JSON(none_as_null=True), nullable=True)
    saved_at: Mapped[dt.datetime | None]
    score: Mapped[Decimal | None]

    attempt: Mapped[Attempt] = relationship(lazy="raise_on_sql")
    question_version: Mapped[QuestionVersion] = relationship(lazy="raise_on_sql")
