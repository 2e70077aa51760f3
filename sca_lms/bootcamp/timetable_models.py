"""What the timetable builder keeps so that a step can be undone."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.courses.models import Course, Person
from sca_lms.database import Base


class TimetableStep(Base):
    """One change of a course's drafts that can be undone; all are forgotten when drafts are published."""

    __tablename__ = "timetable_step"
    __table_args__ = (sa.UniqueConstraint("course_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    number: Mapped[int]
    verb: Mapped[str] = mapped_column(sa.String(32))
    """What was done: `add`, `edit`, `move`, `duplicate`, `delete` or `import`."""
    subject: Mapped[str] = mapped_column(sa.Text)
    """The codes of the sessions concerned, in words for a person."""
    before: Mapped[dict[str, object]]
    """How each of these drafts was, by code; null for one that did not exist."""
    after: Mapped[dict[str, object]]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[dt.datetime]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    person: Mapped[Person | None] = relationship(lazy="raise_on_sql")
