"""Remember scores that an instructor has set, every change of them, and lists of them that came as files."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.database import Base
from sca_lms.grades.models import LONGEST_CODE

LONGEST_FILE_NAME = 200


class GradeImport(Base):
    """A file of scores: first what it would change, then what it has changed."""

    __tablename__ = "grade_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id", ondelete="CASCADE"), index=True)
    file_name: Mapped[str] = mapped_column(sa.String(LONGEST_FILE_NAME))
    reason: Mapped[str] = mapped_column(sa.Text)
    visible: Mapped[bool] = mapped_column(default=False)
    changes: Mapped[list[object]]
    """For each cell: enrolment, code of the column, score shown before, new score, newest entry."""
    unchanged: Mapped[int] = mapped_column(default=0)
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    proposed_at: Mapped[dt.datetime]
    taken_at: Mapped[dt.datetime | None]
    undone_at: Mapped[dt.datetime | None]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    proposed_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class GradeOverride(Base):
    """The score that an instructor has set for one person in one column.

    It stands beside what is worked out; without a value it has been removed, and what is worked out counts.
    """

    __tablename__ = "grade_override"
    __table_args__ = (
        sa.UniqueConstraint("enrolment_id", "code"),
        sa.CheckConstraint("value IS NULL OR value >= 0", name="value"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id", ondelete="CASCADE"), index=True)
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(sa.String(LONGEST_CODE))
    value: Mapped[Decimal | None]
    reason: Mapped[str] = mapped_column(sa.Text)
    visible: Mapped[bool] = mapped_column(default=False)
    """True when the learner may read the reason; that an instructor set the score they see always."""
    entry: Mapped[int] = mapped_column(default=1)
    """Grows with every change; who changes an older one is shown the newer one first."""
    computed: Mapped[Decimal | None]
    """What was worked out last, for columns whose scores are kept."""
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    set_at: Mapped[dt.datetime]
    import_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("grade_import.id", ondelete="SET NULL"), index=True
    )

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    set_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")
    taken_from: Mapped[GradeImport | None] = relationship(lazy="raise_on_sql")


class GradeOverrideEntry(Base):
    """One line of the story of a score that was set; lines are only added."""

    __tablename__ = "grade_override_entry"
    __table_args__ = (sa.UniqueConstraint("override_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    override_id: Mapped[int] = mapped_column(sa.ForeignKey("grade_override.id", ondelete="CASCADE"))
    number: Mapped[int]
    value: Mapped[Decimal | None]
    reason: Mapped[str] = mapped_column(sa.Text)
    visible: Mapped[bool]
    computed: Mapped[Decimal | None]
    """What stood beside it at that moment."""
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[dt.datetime]
    import_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("grade_import.id", ondelete="SET NULL"), index=True
    )

    override: Mapped[GradeOverride] = relationship(lazy="raise_on_sql")
    by: Mapped[Person | None] = relationship(lazy="raise_on_sql")
    taken_from: Mapped[GradeImport | None] = relationship(lazy="raise_on_sql")
