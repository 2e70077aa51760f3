"""Remember the question bank, quizzes, and what each learner answered."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.assessments.answers import Answer
from sca_lms.assessments.rules import AttemptState, Grading, Review
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.database import Base, words_of
from sca_lms.texts import Bilingual
from sca_lms.uploads.models import StoredFile

LONGEST_PATH = 300


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
    grading: Mapped[Grading] = mapped_column(words_of(Grading))
    time_limit_minutes: Mapped[int | None]
    shuffle: Mapped[bool]
    opens_at: Mapped[dt.datetime | None]
    closes_at: Mapped[dt.datetime | None]
    pass_percent: Mapped[int | None]
    review: Mapped[Review] = mapped_column(words_of(Review), default=Review.WHEN_SETTLED)
    """When right answers are shown."""
    instructions: Mapped[Bilingual] = mapped_column(default=Bilingual("", ""))
    """Markdown; shown before the start."""
    from_programme: Mapped[bool] = mapped_column(default=True)
    """False for a quiz that was made in the course: no programme file changes or unpublishes it."""
    published: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class QuestionCategory(Base):
    """A shelf of the question bank; its path names the shelves above it, as in `Pre-bootcamp/Data`."""

    __tablename__ = "question_category"
    __table_args__ = (sa.UniqueConstraint("course_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    path: Mapped[str] = mapped_column(sa.String(LONGEST_PATH))
    created_at: Mapped[dt.datetime]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class Question(Base):
    """One question of the bank through all its versions; an archived one is offered and drawn no more."""

    __tablename__ = "question"
    __table_args__ = (sa.UniqueConstraint("category_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    category_id: Mapped[int] = mapped_column(sa.ForeignKey("question_category.id"))
    code: Mapped[str] = mapped_column(sa.String(64))
    tags: Mapped[list[str]] = mapped_column(default=list)
    archived_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    category: Mapped[QuestionCategory] = relationship(lazy="raise_on_sql")


class QuestionVersion(Base):
    """A question as it was asked at some time; never changed, so that old attempts keep their meaning."""

    __tablename__ = "question_version"
    __table_args__ = (sa.UniqueConstraint("question_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id"))
    number: Mapped[int]
    document: Mapped[dict[str, object]]
    kind: Mapped[str] = mapped_column(sa.String(20), default="")
    """What the document says; kept beside it, as the next three, because a version never changes."""
    words: Mapped[str] = mapped_column(sa.Text, default="")
    """All its texts in small letters, for the search of the bank."""
    lacks_thai: Mapped[bool] = mapped_column(default=False)
    lacks_english: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """Empty when it came with a programme file."""
    import_id: Mapped[int | None] = mapped_column(sa.ForeignKey("question_import.id"), index=True)

    question: Mapped[Question] = relationship(lazy="raise_on_sql")
    created_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")
    question_import: Mapped["QuestionImport | None"] = relationship(lazy="raise_on_sql")


class QuestionImport(Base):
    """One file of questions that was taken into the bank, from its upload until it is undone."""

    __tablename__ = "question_import"
    __table_args__ = (sa.CheckConstraint("undone_at IS NULL OR stored_at IS NOT NULL", name="undone"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    shelf: Mapped[str] = mapped_column(sa.String(LONGEST_PATH), default="")
    """Where its questions went; empty until they did, and where the file's own shelves were kept."""
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]
    stored_at: Mapped[dt.datetime | None]
    undone_at: Mapped[dt.datetime | None]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    file: Mapped[StoredFile] = relationship(lazy="raise_on_sql")
    person: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class QuestionAttachment(Base):
    """A picture or file that a version's text names; a new version brings its own rows."""

    __tablename__ = "question_attachment"
    __table_args__ = (sa.UniqueConstraint("question_version_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_version_id: Mapped[int] = mapped_column(sa.ForeignKey("question_version.id"))
    name: Mapped[str] = mapped_column(sa.String(200))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)

    question_version: Mapped[QuestionVersion] = relationship(lazy="raise_on_sql")
    file: Mapped[StoredFile] = relationship(lazy="raise_on_sql")


class QuizSlot(Base):
    """One place in a quiz: a question of the bank, or so many drawn at random from a shelf.

    A drawn place takes from its shelf and the shelves below it, among what bears all of `draw_tags`.
    """

    __tablename__ = "quiz_slot"
    __table_args__ = (
        sa.UniqueConstraint("quiz_id", "question_id"),
        sa.CheckConstraint("(question_id IS NULL) = (category_id IS NOT NULL)", name="source"),
        sa.CheckConstraint("(category_id IS NULL) = (draw_count IS NULL)", name="draw"),
        sa.CheckConstraint("draw_count IS NULL OR draw_count > 0", name="draw_count"),
        sa.CheckConstraint("points IS NULL OR points > 0", name="points"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(sa.ForeignKey("quiz.id"))
    position: Mapped[int]
    question_id: Mapped[int | None] = mapped_column(sa.ForeignKey("question.id"), index=True)
    category_id: Mapped[int | None] = mapped_column(sa.ForeignKey("question_category.id"), index=True)
    draw_count: Mapped[int | None]
    draw_tags: Mapped[list[str]] = mapped_column(default=list)
    points: Mapped[Decimal | None]
    """What each question here is worth; empty: what the question itself says."""

    quiz: Mapped[Quiz] = relationship(lazy="raise_on_sql")
    question: Mapped[Question | None] = relationship(lazy="raise_on_sql")
    category: Mapped[QuestionCategory | None] = relationship(lazy="raise_on_sql")


class Accommodation(Base):
    """More time for one person in every quiz of the course, set once; nobody but staff reads the reason."""

    __tablename__ = "accommodation"
    __table_args__ = (sa.CheckConstraint("time_factor >= 1", name="factor"),)

    enrolment_id: Mapped[int] = mapped_column(
        sa.ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    time_factor: Mapped[Decimal]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    set_at: Mapped[dt.datetime]

    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    set_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class QuizExtension(Base):
    """What one person has beyond the rules of one quiz: a later close, and more attempts."""

    __tablename__ = "quiz_extension"
    __table_args__ = (
        sa.UniqueConstraint("quiz_id", "enrolment_id"),
        sa.CheckConstraint("minutes >= 0 AND extra_attempts >= 0", name="only_more"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(sa.ForeignKey("quiz.id"))
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id", ondelete="CASCADE"), index=True)
    minutes: Mapped[int]
    """By so many minutes the close of the quiz lies later."""
    extra_attempts: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    set_at: Mapped[dt.datetime]

    quiz: Mapped[Quiz] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    set_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


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
        sa.CheckConstraint("score IS NULL OR submitted_at IS NOT NULL", name="scored"),
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
    state: Mapped[AttemptState] = mapped_column(words_of(AttemptState))
    score: Mapped[Decimal | None]
    """Empty until everything is marked: answers that a person has to read wait for that person."""
    max_score: Mapped[Decimal]
    awaits_marking: Mapped[bool] = mapped_column(default=False, index=True)
    """Handed in, and somebody has still to mark what no rule can."""
    marked_at: Mapped[dt.datetime | None]
    """When a person's marks last went into the score."""
    void_reason: Mapped[str] = mapped_column(sa.Text, default="")
    """Why it does not count, where it was voided."""

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
    question_version_id: Mapped[int] = mapped_column(sa.ForeignKey("question_version.id"), index=True)
    position: Mapped[int]
    answer: Mapped[Answer] = mapped_column(sa.JSON(none_as_null=True), nullable=True)
    saved_at: Mapped[dt.datetime | None]
    max_points: Mapped[Decimal]
    """What the question was worth in this attempt."""
    score: Mapped[Decimal | None]
    """Empty while under way, and where a person has to mark and has not yet."""
    flagged: Mapped[bool] = mapped_column(default=False)
    """Whether the learner wants to look at it again before handing in."""

    attempt: Mapped[Attempt] = relationship(lazy="raise_on_sql")
    question_version: Mapped[QuestionVersion] = relationship(lazy="raise_on_sql")


class QuizFigures(Base):
    """How a quiz with many attempts went and measured when last worked out; derived, rebuilt at will."""

    __tablename__ = "quiz_figures"

    quiz_id: Mapped[int] = mapped_column(
        sa.ForeignKey("quiz.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    state: Mapped[str] = mapped_column(sa.Text)
    """What was there when it was worked out; once it differs, something has changed."""
    summary: Mapped[dict[str, object]]
    """As `figures_kept` writes it."""
    first_attempts: Mapped[dict[str, object]]
    """As `statistics_packing.packed` writes it, as is the next."""
    all_attempts: Mapped[dict[str, object]]
    worked_out_at: Mapped[dt.datetime]

    quiz: Mapped[Quiz] = relationship(lazy="raise_on_sql")
