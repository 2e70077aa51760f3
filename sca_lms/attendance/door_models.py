"""What is kept about the doors beyond stays: wrong room codes, and what people made of shared phones."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.attendance.models import AttendanceSession
from sca_lms.courses.models import Enrolment, Person
from sca_lms.database import Base


class CodeMiss(Base):
    """A wrong room code that a learner sent; kept for minutes, so that codes cannot be guessed."""

    __tablename__ = "attendance_code_miss"
    __table_args__ = (sa.Index("ix_attendance_code_miss_enrolment_id_at", "enrolment_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"))
    at: Mapped[dt.datetime]

    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")


class SharedDeviceReview(Base):
    """Somebody looked at people who used one phone in a session and found it fine; one more asks again."""

    __tablename__ = "shared_device_review"
    __table_args__ = (
        sa.UniqueConstraint("session_id", "device", "people"),
        sa.CheckConstraint("people > 1", name="people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("attendance_session.id"))
    device: Mapped[str] = mapped_column(sa.String(64))
    people: Mapped[int]
    """How many had used it when somebody looked."""
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[dt.datetime]

    session: Mapped[AttendanceSession] = relationship(lazy="raise_on_sql")
    person: Mapped[Person | None] = relationship(lazy="raise_on_sql")
