"""Remember weights that a course has decided, and which columns a person wants to see."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.courses.models import Course, Person
from sca_lms.database import Base
from sca_lms.grades.models import LONGEST_CODE


class ColumnWeight(Base):
    """How much one column counts in the course's total; a column without a row has the programme's weight."""

    __tablename__ = "gradebook_weight"
    __table_args__ = (
        sa.UniqueConstraint("course_id", "code"),
        sa.CheckConstraint("weight >= 0", name="weight"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(sa.String(LONGEST_CODE))
    weight: Mapped[Decimal]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class HiddenColumns(Base):
    """Which columns of a course's gradebook one person has put away; new columns are always shown."""

    __tablename__ = "gradebook_hidden_columns"
    __table_args__ = (sa.UniqueConstraint("course_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), index=True)
    codes: Mapped[list[str]]
    chosen_at: Mapped[dt.datetime]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")
