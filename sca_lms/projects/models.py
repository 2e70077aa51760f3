"""Agencies, areas, and the pairs that work in them, with everybody who has been a pair's captain."""

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.database import Base, words_of
from sca_lms.texts import Bilingual


class AgencyKind(enum.StrEnum):
    """Whether an agency is public or private."""

    PUBLIC = "public"
    PRIVATE = "private"


class Agency(Base):
    """An organisation in which an ambassador works."""

    __tablename__ = "agency"
    __table_args__ = (sa.UniqueConstraint("course_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    code: Mapped[str] = mapped_column(sa.String(64))
    title: Mapped[Bilingual]
    kind: Mapped[AgencyKind] = mapped_column(words_of(AgencyKind), default=AgencyKind.PUBLIC)

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class Area(Base):
    """One of the areas that the programme develops."""

    __tablename__ = "area"
    __table_args__ = (sa.UniqueConstraint("course_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    code: Mapped[str] = mapped_column(sa.String(64))
    title: Mapped[Bilingual]
    province: Mapped[Bilingual]
    group: Mapped[str] = mapped_column("cohort_group", sa.String(64), default="")

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class Pair(Base):
    """One ambassador at work in one area and agency; the captains come and go, the pair stays."""

    __tablename__ = "pair"
    __table_args__ = (
        sa.UniqueConstraint("course_id", "code"),
        # Somebody is the ambassador of one living pair at a time.
        sa.Index(
            "uq_pair_ambassador",
            "ambassador_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="times"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    code: Mapped[str] = mapped_column(sa.String(64))
    ambassador_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"))
    area_id: Mapped[int | None] = mapped_column(sa.ForeignKey("area.id"), index=True)
    agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    dimension: Mapped[str] = mapped_column(sa.String(64), default="")
    """The code of the project's first smart-city dimension; empty while it is open."""
    began_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    end_reason: Mapped[str] = mapped_column(sa.Text, default="")

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    ambassador: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    area: Mapped[Area | None] = relationship(lazy="raise_on_sql")
    agency: Mapped[Agency | None] = relationship(lazy="raise_on_sql")


class PairList(Base):
    """A list of pairs that was stored, with everything it did; for a while it can be taken back."""

    __tablename__ = "pair_list"
    __table_args__ = (sa.Index("ix_pair_list_course_id_stored_at", "course_id", "stored_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    stored_at: Mapped[dt.datetime]
    stored_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    deeds: Mapped[dict[str, object]]
    """What was before and what is since, by the ids of rows; `list_deeds.Deeds` says how."""
    undone_at: Mapped[dt.datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    stored_by: Mapped[Person | None] = relationship(foreign_keys=[stored_by_id], lazy="raise_on_sql")
    undone_by: Mapped[Person | None] = relationship(foreign_keys=[undone_by_id], lazy="raise_on_sql")


class Captaincy(Base):
    """The time for which somebody is the captain of a pair; a replaced captain's row ends and stays."""

    __tablename__ = "captaincy"
    __table_args__ = (
        sa.Index(
            "uq_captaincy_pair",
            "pair_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_captaincy_pair_id_began_at", "pair_id", "began_at"),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="times"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pair_id: Mapped[int] = mapped_column(sa.ForeignKey("pair.id"))
    captain_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    began_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    """Why it ended."""
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)

    pair: Mapped[Pair] = relationship(lazy="raise_on_sql")
    captain: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    recorded_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")
