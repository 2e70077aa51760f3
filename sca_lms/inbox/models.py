"""Notices, how people want to be told, and what was sent to whom."""

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.database import Base, words_of
from sca_lms.inbox.rules import Urgency

KIND_LENGTH = 64
KEY_LENGTH = 160


class InboxNotice(Base):
    """Something that one person is told in one course; its words are made where it is read."""

    __tablename__ = "inbox_notice"
    __table_args__ = (
        # Telling somebody the same thing twice tells it once.
        sa.UniqueConstraint("enrolment_id", "key"),
        sa.Index("ix_inbox_notice_enrolment_id_at", "enrolment_id", "at"),
        sa.Index(
            "ix_inbox_notice_unread",
            "enrolment_id",
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        ),
        sa.Index(
            "ix_inbox_notice_unsettled",
            "id",
            sqlite_where=sa.text("mail_settled_at IS NULL"),
            postgresql_where=sa.text("mail_settled_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"))
    kind: Mapped[str] = mapped_column(sa.String(KIND_LENGTH))
    key: Mapped[str] = mapped_column(sa.String(KEY_LENGTH))
    facts: Mapped[dict[str, object]]
    """What the words of this kind are filled with; moments as ISO texts in UTC."""
    path: Mapped[str] = mapped_column(sa.Text, default="")
    """The page it is about, from the tool's own root."""
    at: Mapped[dt.datetime]
    read_at: Mapped[dt.datetime | None]
    mail_settled_at: Mapped[dt.datetime | None]
    """When it was decided whether and how it goes out by e-mail; None: not yet."""

    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")


class InboxPreference(Base):
    """How one person wants to be told of one kind of notices; without a row the kind's own habit applies."""

    __tablename__ = "inbox_preference"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(KIND_LENGTH), primary_key=True)
    urgency: Mapped[Urgency] = mapped_column(words_of(Urgency))

    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class MailState(enum.StrEnum):
    """What has become of an e-mail."""

    DUE = "due"
    SENT = "sent"
    REFUSED = "refused"
    """The mail server said no for good, or there is no address."""
    DROPPED = "dropped"
    """Not wanted any more before it went out."""


class InboxMail(Base):
    """One e-mail to one person: what it holds is written when it is sent, the log keeps that it was."""

    __tablename__ = "inbox_mail"
    __table_args__ = (
        sa.UniqueConstraint("key"),
        sa.Index(
            "ix_inbox_mail_due",
            "due_at",
            sqlite_where=sa.text("state = 'due'"),
            postgresql_where=sa.text("state = 'due'"),
        ),
        sa.CheckConstraint("tries >= 0", name="tries"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    key: Mapped[str] = mapped_column(sa.String(KEY_LENGTH))
    notice_ids: Mapped[list[int]]
    """One notice, or the several of a digest."""
    kind: Mapped[str] = mapped_column(sa.String(KIND_LENGTH))
    """The notice's kind, or `digest`."""
    state: Mapped[MailState] = mapped_column(words_of(MailState), default=MailState.DUE)
    due_at: Mapped[dt.datetime]
    claimed_until: Mapped[dt.datetime | None]
    """A worker is sending it; another may take it over afterwards."""
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[dt.datetime | None]
    problem: Mapped[str] = mapped_column(sa.Text, default="")
    """The code of what went wrong last, without an address."""

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class InboxReminder(Base):
    """That a reminder has had its turn in a course; the row decides which of several workers gives it."""

    __tablename__ = "inbox_reminder"

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(KEY_LENGTH), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(index=True)

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
