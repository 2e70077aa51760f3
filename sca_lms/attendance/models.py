"""Timetabled sessions, who was there, and the ledger of hours."""

import datetime as dt
import enum
from collections.abc import Iterable
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.attendance.rules import SessionTimes
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.database import Base, words_of
from sca_lms.texts import Bilingual

HASH_LENGTH = 64


class SessionState(enum.StrEnum):
    """Where a session stands; only what is open can be entered, only what is closed is paid."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Mode(enum.StrEnum):
    """Where a session takes place."""

    ONSITE = "onsite"
    FIELD = "field"
    ONLINE = "online"


class Source(enum.StrEnum):
    """How somebody's coming or going became known."""

    ROOM_CODE = "room-code"
    STAFF_SCAN = "staff-scan"
    LIST = "list"
    IMPORT = "import"
    PAPER = "paper"
    ELSEWHERE = "elsewhere"
    """Closed because the learner came into another session at this instant."""
    RESOLVED = "resolved"
    """Settled by an instructor after the fact."""
    SAMPLE = "sample"


class EntryKind(enum.StrEnum):
    """What a ledger entry stands for."""

    ATTENDANCE = "attendance"
    MAKE_UP = "make-up"
    AWARD = "award"
    ADJUSTMENT = "adjustment"
    REVERSAL = "reversal"


class Series(enum.StrEnum):
    """What a category's sessions belong to; only the bootcamp's count towards its hours."""

    BOOTCAMP = "bootcamp"
    UPDATES = "updates"


class HoursPolicyVersion(Base):
    """The rules of hours of a course from a moment on; never changed, only followed by another."""

    __tablename__ = "hours_policy_version"
    __table_args__ = (sa.UniqueConstraint("course_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    number: Mapped[int]
    effective_from: Mapped[dt.datetime | None]
    """Sessions that begin at this moment or later follow it; None: every session before the next version."""
    document: Mapped[dict[str, object]]
    """The section `hours_policy` of a programme file."""
    created_at: Mapped[dt.datetime]
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    created_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class HoursRevision(Base):
    """Counts the changes of a course's timetable and policy, closings included."""

    __tablename__ = "hours_revision"

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), primary_key=True)
    number: Mapped[int]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class Category(Base):
    """One content area of the bootcamp and how many minutes of it are asked for."""

    __tablename__ = "hours_category"
    __table_args__ = (
        sa.UniqueConstraint("course_id", "code"),
        sa.CheckConstraint("minutes > 0", name="minutes"),
        sa.CheckConstraint("cap_minutes > 0", name="cap"),
        sa.CheckConstraint("floor_percent >= 0 AND floor_percent <= 1000000", name="floor"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    code: Mapped[str] = mapped_column(sa.String(64))
    position: Mapped[int]
    title: Mapped[Bilingual]
    minutes: Mapped[int]
    cap_minutes: Mapped[int]
    """At most so many minutes of this category count."""
    floor_percent: Mapped[Decimal]
    """At least so many percent of `minutes` must be reached to pass."""
    published: Mapped[bool] = mapped_column(default=True)
    series: Mapped[Series] = mapped_column(
        words_of(Series), default=Series.BOOTCAMP, server_default=Series.BOOTCAMP.value
    )

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class AttendanceSession(Base):
    """One session of the timetable; its code never changes, because ledger lines name it."""

    __tablename__ = "attendance_session"
    __table_args__ = (
        sa.UniqueConstraint("course_id", "code"),
        sa.Index("ix_attendance_session_course_id_starts_at", "course_id", "starts_at"),
        sa.CheckConstraint("ends_at > starts_at", name="times"),
        sa.CheckConstraint("credit_minutes >= 0", name="credit"),
        sa.CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    code: Mapped[str] = mapped_column(sa.String(64))
    category_id: Mapped[int] = mapped_column(sa.ForeignKey("hours_category.id"), index=True)
    title: Mapped[Bilingual]
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    mode: Mapped[Mode] = mapped_column(words_of(Mode))
    venue: Mapped[Bilingual]
    room: Mapped[str] = mapped_column(sa.Text, default="")
    join_url: Mapped[str] = mapped_column(sa.Text, default="")
    capacity: Mapped[int | None]
    groups: Mapped[list[str]]
    """The cohort groups that are expected; empty: everybody."""
    state: Mapped[SessionState] = mapped_column(words_of(SessionState))
    credit_minutes: Mapped[int]
    """What it is worth to somebody who is there from start to end."""
    code_seed: Mapped[str] = mapped_column(sa.String(64))
    """The secret from which the room's codes are made."""
    revision: Mapped[int] = mapped_column(default=1)
    closed_at: Mapped[dt.datetime | None]
    reopened_at: Mapped[dt.datetime | None]
    """Staff opened it again after it was closed; for a day it does not close itself."""

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    category: Mapped[Category] = relationship(lazy="raise_on_sql")
    breaks: Mapped[list["SessionBreak"]] = relationship(
        lazy="raise_on_sql",
        order_by="SessionBreak.starts_at",
        cascade="all, delete-orphan",
        back_populates="session",
    )

    @property
    def times(self) -> SessionTimes:
        """When it takes place, as the rules want it; the breaks must have been loaded."""
        return SessionTimes(
            self.starts_at, self.ends_at, tuple((each.starts_at, each.ends_at) for each in self.breaks)
        )

    def expects(self, group: str) -> bool:
        """Tell whether somebody of this cohort group is expected."""
        return not self.groups or group in self.groups


class SessionBreak(Base):
    """A break inside a session."""

    __tablename__ = "session_break"
    __table_args__ = (sa.CheckConstraint("ends_at > starts_at", name="times"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("attendance_session.id"), index=True)
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]

    session: Mapped[AttendanceSession] = relationship(lazy="raise_on_sql", back_populates="breaks")


class SessionRevision(Base):
    """How a session was before somebody changed it after it had been published."""

    __tablename__ = "session_revision"
    __table_args__ = (sa.UniqueConstraint("session_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("attendance_session.id"))
    number: Mapped[int]
    before: Mapped[dict[str, object]]
    reason: Mapped[str] = mapped_column(sa.Text)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[dt.datetime]

    session: Mapped[AttendanceSession] = relationship(lazy="raise_on_sql")
    person: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class PresenceRecord(Base):
    """One stay of a learner in a session: written at check-in, ended once, voided rather than corrected."""

    __tablename__ = "presence"
    __table_args__ = (
        sa.CheckConstraint("out_at IS NULL OR out_at >= in_at", name="times"),
        sa.Index("ix_presence_session_id_enrolment_id", "session_id", "enrolment_id"),
        # Somebody is in one place at a time: who enters a second session leaves the first at that instant.
        sa.Index(
            "uq_presence_open",
            "enrolment_id",
            unique=True,
            sqlite_where=sa.text("out_at IS NULL AND voided_at IS NULL AND left_open = 0"),
            postgresql_where=sa.text("out_at IS NULL AND voided_at IS NULL AND NOT left_open"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("attendance_session.id"))
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    in_at: Mapped[dt.datetime]
    out_at: Mapped[dt.datetime | None]
    in_source: Mapped[Source] = mapped_column(words_of(Source))
    out_source: Mapped[Source | None] = mapped_column(words_of(Source))
    in_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """Who recorded it, when it was not the learner."""
    out_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    left_open: Mapped[bool] = mapped_column(default=False)
    """The session was closed without a check-out; it no longer counts as being there now."""
    voided_at: Mapped[dt.datetime | None]
    voided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    void_reason: Mapped[str] = mapped_column(sa.Text, default="")

    session: Mapped[AttendanceSession] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    in_by: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[in_by_id])
    out_by: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[out_by_id])
    voided_by: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[voided_by_id])


class Scan(Base):
    """One act at the door exactly as it was reported, kept for the people who judge doubtful cases."""

    __tablename__ = "attendance_scan"
    __table_args__ = (
        sa.UniqueConstraint("enrolment_id", "key"),
        sa.Index("ix_attendance_scan_session_id_device", "session_id", "device"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("attendance_session.id"))
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"))
    presence_id: Mapped[int | None] = mapped_column(sa.ForeignKey("presence.id"), index=True)
    key: Mapped[str] = mapped_column(sa.String(64))
    """Made by the client once per act, so that sending it twice counts once."""
    is_arrival: Mapped[bool]
    client_at: Mapped[dt.datetime | None]
    """What the client's clock said, when the act was sent later than it happened."""
    server_at: Mapped[dt.datetime]
    source: Mapped[Source] = mapped_column(words_of(Source))
    device: Mapped[str] = mapped_column(sa.String(64), default="")
    """A digest of the browser's own random number; empty when staff recorded it."""
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)

    session: Mapped[AttendanceSession] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    presence: Mapped[PresenceRecord | None] = relationship(lazy="raise_on_sql")
    by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class LedgerEntry(Base):
    """One line of somebody's hours; the database refuses to change or delete it, a mistake is reversed."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        sa.UniqueConstraint("enrolment_id", "number"),
        sa.UniqueConstraint("reverses_id"),
        sa.Index("ix_ledger_entry_enrolment_id_session_id", "enrolment_id", "session_id"),
        sa.CheckConstraint("number > 0", name="number"),
        sa.CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal"),
        sa.CheckConstraint("kind NOT IN ('attendance', 'make-up') OR session_id IS NOT NULL", name="session"),
        sa.CheckConstraint("kind NOT IN ('attendance', 'make-up', 'award') OR minutes > 0", name="minutes"),
        sa.CheckConstraint("kind = 'attendance' OR reason <> ''", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"))
    number: Mapped[int]
    """Counts each person's entries from 1, without a gap."""
    category_id: Mapped[int] = mapped_column(sa.ForeignKey("hours_category.id"), index=True)
    session_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attendance_session.id"), index=True)
    minutes: Mapped[int]
    kind: Mapped[EntryKind] = mapped_column(words_of(EntryKind))
    reverses_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ledger_entry.id"))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    source: Mapped[str] = mapped_column(sa.String(32))
    """What caused it: `presence`, `policy`, `timetable`, `make-up`, `dispute`, `operator` …"""
    policy_version_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("hours_policy_version.id"), index=True
    )
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    by: Mapped[str] = mapped_column(sa.String(32))
    """Who did it, as the hash names it: `person:7`, `rules` or `operator`."""
    at: Mapped[dt.datetime]
    previous_hash: Mapped[str] = mapped_column(sa.String(HASH_LENGTH))
    hash: Mapped[str] = mapped_column(sa.String(HASH_LENGTH))

    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    category: Mapped[Category] = relationship(lazy="raise_on_sql")
    session: Mapped[AttendanceSession | None] = relationship(lazy="raise_on_sql")
    reverses: Mapped["LedgerEntry | None"] = relationship(lazy="raise_on_sql", remote_side="LedgerEntry.id")
    policy_version: Mapped[HoursPolicyVersion | None] = relationship(lazy="raise_on_sql")
    person: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class SessionCredit(Base):
    """What the rules give somebody for a closed session now; derived from presences, rebuilt at will."""

    __tablename__ = "session_credit"
    __table_args__ = (sa.CheckConstraint("minutes >= 0", name="minutes"),)

    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), primary_key=True)
    session_id: Mapped[int] = mapped_column(
        sa.ForeignKey("attendance_session.id"), primary_key=True, index=True
    )
    minutes: Mapped[int]
    pending: Mapped[bool]
    entry_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ledger_entry.id"), index=True)
    """The live attendance entry; none while nothing was earned."""

    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    session: Mapped[AttendanceSession] = relationship(lazy="raise_on_sql")
    entry: Mapped[LedgerEntry | None] = relationship(lazy="raise_on_sql")


class HoursBalance(Base):
    """The sum of somebody's ledger in one category, kept with every entry so that cohorts add up fast."""

    __tablename__ = "hours_balance"

    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), primary_key=True)
    category_id: Mapped[int] = mapped_column(sa.ForeignKey("hours_category.id"), primary_key=True, index=True)
    minutes: Mapped[int]

    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    category: Mapped[Category] = relationship(lazy="raise_on_sql")


def break_rows(periods: Iterable[tuple[dt.datetime, dt.datetime]]) -> list[SessionBreak]:
    """Return rows for the breaks of a session, in order."""
    return [SessionBreak(starts_at=start, ends_at=end) for start, end in sorted(periods)]
