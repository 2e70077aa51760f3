"""What is kept so that a cohort of any size can be counted at once."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.bootcamp.pace import Pace
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import Base, words_of


class HoursOutlook(Base):
    """Where a learner stood when it was last worked out; derived, rebuilt at will by the worker."""

    __tablename__ = "hours_outlook"
    __table_args__ = (sa.Index("ix_hours_outlook_course_id_pace", "course_id", "pace"),)

    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    evidence_revision: Mapped[int]
    """The revision of the person's evidence that it was worked out from."""
    hours_revision: Mapped[int]
    """The revision of the timetable and the policy that it was worked out from."""
    day: Mapped[dt.date]
    """The day in the course's zone on which it was worked out; windows end at midnight."""
    pace: Mapped[Pace] = mapped_column(words_of(Pace))
    total: Mapped[int]
    pending: Mapped[int]
    elapsed: Mapped[int]
    reachable: Mapped[int]
    may_miss: Mapped[int]
    last_stay_at: Mapped[dt.datetime | None]
    worked_out_at: Mapped[dt.datetime]

    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    course: Mapped[Course] = relationship(lazy="raise_on_sql")
