"""Remember rubrics and their versions; a version that has been used is never changed."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.courses.models import Course, Person
from sca_lms.database import Base
from sca_lms.texts import Bilingual


class Rubric(Base):
    """A way to mark, through all its versions."""

    __tablename__ = "rubric"
    __table_args__ = (sa.UniqueConstraint("course_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    code: Mapped[str] = mapped_column(sa.String(64))
    title: Mapped[Bilingual]
    archived_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class RubricVersion(Base):
    """Weighted criteria with the texts of their levels, as `rubric_rules.read_rubric` reads them."""

    __tablename__ = "rubric_version"
    __table_args__ = (sa.UniqueConstraint("rubric_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rubric_id: Mapped[int] = mapped_column(sa.ForeignKey("rubric.id"))
    number: Mapped[int]
    document: Mapped[dict[str, object]]
    frozen_at: Mapped[dt.datetime | None]
    """Since somebody marked with it, a change makes a new version."""
    created_at: Mapped[dt.datetime]
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)

    rubric: Mapped[Rubric] = relationship(lazy="raise_on_sql")
    created_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")
