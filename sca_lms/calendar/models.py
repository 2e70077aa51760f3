"""What takes people's time, and which quarter of an hour of whom is taken."""

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.courses.models import Course, Person
from sca_lms.database import Base, words_of

KEY_LENGTH = 64


class OccasionKind(enum.StrEnum):
    """What an occasion is."""

    CLASS = "class"
    """A session of the bootcamp."""
    UPDATE = "update"
    MENTORING = "mentoring"
    JUDGING = "judging"


class CalendarOccasion(Base):
    """Something that takes the time of people; the feature that the key names knows what it is about."""

    __tablename__ = "calendar_occasion"
    __table_args__ = (
        sa.CheckConstraint("ends_at > starts_at", name="times"),
        sa.Index("ix_calendar_occasion_course_id_starts_at", "course_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    kind: Mapped[OccasionKind] = mapped_column(words_of(OccasionKind))
    key: Mapped[str] = mapped_column(sa.String(KEY_LENGTH), unique=True)
    """`session:12`, `update:3`, `appointment:45`."""
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    groups: Mapped[list[str] | None]
    """The cohort groups that a class expects, none of them for everybody; None: people who are named."""
    filled_at: Mapped[dt.datetime | None]
    """When the cells of a class were last made equal to whom it expects; None while some are missing."""

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class OccupancyCell(Base):
    """A quarter of an hour of one person; the primary key is why nobody is ever in two places."""

    __tablename__ = "occupancy_cell"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    starts_at: Mapped[dt.datetime] = mapped_column(primary_key=True)
    """A multiple of fifteen minutes, in UTC."""
    occasion_id: Mapped[int] = mapped_column(
        sa.ForeignKey("calendar_occasion.id", ondelete="CASCADE"), index=True
    )

    person: Mapped[Person] = relationship(lazy="raise_on_sql")
    occasion: Mapped[CalendarOccasion] = relationship(lazy="raise_on_sql")


class CalendarOwner(Base):
    """One person's calendar: the row that is locked while time is taken, the zone, and the feed's address."""

    __tablename__ = "calendar_owner"
    __table_args__ = (sa.UniqueConstraint("feed_digest"),)

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    zone: Mapped[str] = mapped_column(sa.String(64), default="")
    """The IANA zone in which this person reads times; empty: the course's."""
    feed_digest: Mapped[str | None] = mapped_column(sa.String(64))
    """The digest of the token in the feed's address; None while there is no feed."""
    feed_made_at: Mapped[dt.datetime | None]
    feed_spent_until: Mapped[dt.datetime | None]
    """How far into the future the reads of the address have used up what it may be read; see `owners`."""
    closed_at: Mapped[dt.datetime | None]
    """From when on nobody may take this person's time any more; stays when the person is made anonymous."""

    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class TimeOff(Base):
    """A time in which somebody is not to be booked."""

    __tablename__ = "time_off"
    __table_args__ = (
        sa.CheckConstraint("ends_at > starts_at", name="times"),
        sa.Index("ix_time_off_person_id_starts_at", "person_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    note: Mapped[str] = mapped_column(sa.Text, default="")
    """For the person alone."""

    person: Mapped[Person] = relationship(lazy="raise_on_sql")
