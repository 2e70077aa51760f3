"""What learners ask about their hours: to make up for what they missed, or to have it looked at again."""

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.attendance.models import AttendanceSession, LedgerEntry
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.database import Base, words_of
from sca_lms.uploads.models import StoredFile


class RequestKind(enum.StrEnum):
    """What is asked for."""

    MAKE_UP = "make-up"
    DISPUTE = "dispute"


class RequestState(enum.StrEnum):
    """Where a request stands; what is decided stays as it is."""

    SUBMITTED = "submitted"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class HoursRequest(Base):
    """One request of a learner about one session, its evidence, and the answer."""

    __tablename__ = "hours_request"
    __table_args__ = (
        sa.CheckConstraint("(kind = 'make-up') = (minutes IS NOT NULL)", name="minutes"),
        sa.CheckConstraint("minutes IS NULL OR minutes > 0", name="positive"),
        sa.Index("ix_hours_request_course_id_state", "course_id", "state", "created_at"),
        # Somebody asks once at a time: a second request of the kind waits for the answer to the first.
        sa.Index(
            "uq_hours_request_submitted",
            "enrolment_id",
            "session_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("state = 'submitted'"),
            postgresql_where=sa.text("state = 'submitted'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("attendance_session.id"), index=True)
    kind: Mapped[RequestKind] = mapped_column(words_of(RequestKind))
    minutes: Mapped[int | None]
    """What a make-up asks for; a granted one may have paid less, as the entry says."""
    text: Mapped[str] = mapped_column(sa.Text)
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    state: Mapped[RequestState] = mapped_column(words_of(RequestState))
    created_at: Mapped[dt.datetime]
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    decided_at: Mapped[dt.datetime | None]
    entry_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ledger_entry.id"), index=True)

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    session: Mapped[AttendanceSession] = relationship(lazy="raise_on_sql")
    file: Mapped[StoredFile | None] = relationship(lazy="raise_on_sql")
    decided_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")
    entry: Mapped[LedgerEntry | None] = relationship(lazy="raise_on_sql")
