"""Terms and topics of mentoring, free time, appointments with their history, reports, notes and actions."""

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.calendar.models import CalendarOccasion
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.database import Base, words_of
from sca_lms.projects.models import Pair
from sca_lms.texts import Bilingual
from sca_lms.uploads.models import StoredFile


class MentoringTerms(Base):
    """The rules of mentoring in one course."""

    __tablename__ = "mentoring_terms"
    __table_args__ = (
        sa.CheckConstraint("slot_minutes BETWEEN 15 AND 1440 AND slot_minutes % 15 = 0", name="slot"),
        sa.CheckConstraint("buffer_minutes BETWEEN 0 AND 1440", name="buffer"),
        sa.CheckConstraint("most_open_bookings > 0", name="bookings"),
        sa.CheckConstraint("report_within_days > 0", name="report"),
        sa.CheckConstraint("tolerance_minutes >= 0", name="tolerance"),
    )

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), primary_key=True)
    slot_minutes: Mapped[int]
    buffer_minutes: Mapped[int]
    """What stays free behind each of a captain's appointments."""
    notice_hours: Mapped[int]
    """How long before its beginning an appointment may be booked at the latest."""
    move_until_hours: Mapped[int]
    """How long before its beginning a learner may move or cancel it at the latest."""
    most_open_bookings: Mapped[int]
    """How many appointments ahead a learner may have at a time."""
    report_within_days: Mapped[int]
    """After so many days without both reports it lapses without credit."""
    tolerance_minutes: Mapped[int]
    """Reports that differ by no more agree; the smaller one counts."""
    required_sessions: Mapped[int]
    required_minutes: Mapped[int]
    row_version: Mapped[int] = mapped_column(default=1)

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class MentoringTopic(Base):
    """One topic of mentoring and its quota; what goes beyond is shown and does not count."""

    __tablename__ = "mentoring_topic"
    __table_args__ = (sa.UniqueConstraint("course_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    code: Mapped[str] = mapped_column(sa.String(64))
    position: Mapped[int]
    title: Mapped[Bilingual]
    sessions: Mapped[int]
    minutes: Mapped[int]
    published: Mapped[bool] = mapped_column(default=True)

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class PlannedMeeting(Base):
    """One stage of the year: which meeting is meant for which month, and what comes out of it."""

    __tablename__ = "planned_meeting"
    __table_args__ = (sa.UniqueConstraint("course_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    number: Mapped[int]
    topic_id: Mapped[int] = mapped_column(sa.ForeignKey("mentoring_topic.id"), index=True)
    month: Mapped[dt.date]
    """The first day of the month, in the course's zone."""
    minutes: Mapped[int]
    title: Mapped[Bilingual]
    output: Mapped[Bilingual]
    published: Mapped[bool] = mapped_column(default=True)

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    topic: Mapped[MentoringTopic] = relationship(lazy="raise_on_sql")


class NoteTemplate(Base):
    """What a note begins with at one stage, on one topic, or anywhere."""

    __tablename__ = "note_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    planned_meeting_id: Mapped[int | None] = mapped_column(sa.ForeignKey("planned_meeting.id"), index=True)
    topic_id: Mapped[int | None] = mapped_column(sa.ForeignKey("mentoring_topic.id"), index=True)
    title: Mapped[Bilingual]
    body: Mapped[Bilingual]
    """Markdown."""

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    planned_meeting: Mapped[PlannedMeeting | None] = relationship(lazy="raise_on_sql")
    topic: Mapped[MentoringTopic | None] = relationship(lazy="raise_on_sql")


class WeeklyHours(Base):
    """A time of the week in which a captain can be booked, on the wall clock of its zone."""

    __tablename__ = "weekly_hours"
    __table_args__ = (
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        sa.CheckConstraint(
            "begins_minute >= 0 AND ends_minute <= 1440 AND ends_minute > begins_minute", name="times"
        ),
        sa.UniqueConstraint("enrolment_id", "weekday", "begins_minute"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"))
    weekday: Mapped[int]
    """Monday is 0."""
    begins_minute: Mapped[int]
    """Minutes after midnight."""
    ends_minute: Mapped[int]
    zone: Mapped[str] = mapped_column(sa.String(64))
    place: Mapped[str] = mapped_column(sa.Text, default="")
    """Where people are met in this time: a place of its own, else the captain's usual one."""
    join_url: Mapped[str] = mapped_column(sa.Text, default="")

    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")


class CaptainPlace(Base):
    """Where a captain usually meets people; single hours of the week may be somewhere else."""

    __tablename__ = "captain_place"

    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), primary_key=True)
    place: Mapped[str] = mapped_column(sa.Text, default="")
    join_url: Mapped[str] = mapped_column(sa.Text, default="")

    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")


class AppointmentState(enum.StrEnum):
    """Where an appointment stands; the first three hold their people's time."""

    OPEN = "open"
    """A group slot that people may join."""
    REQUESTED = "requested"
    """One side has asked, `awaits` says whose answer is missing."""
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    """Not answered before its beginning, or not reported by both in time."""
    REPORTED = "reported"
    """One side has reported."""
    CREDITED = "credited"
    DISPUTED = "disputed"
    NO_SHOW = "no-show"


class Audience(enum.StrEnum):
    """Who may join a group slot."""

    COURSE = "course"
    """Every ambassador of the course."""
    PAIRS = "pairs"
    """The ambassadors of the captain's own pairs."""
    GROUP = "group"
    """The ambassadors of one group of the course."""


class Side(enum.StrEnum):
    """One of the two sides of an appointment."""

    CAPTAIN = "captain"
    AMBASSADOR = "ambassador"


class Appointment(Base):
    """A meeting of a captain with one ambassador, or with several in a group slot."""

    __tablename__ = "appointment"
    __table_args__ = (
        sa.CheckConstraint("ends_at > starts_at", name="times"),
        sa.CheckConstraint("capacity > 0", name="capacity"),
        sa.Index("ix_appointment_course_id_starts_at", "course_id", "starts_at"),
        sa.Index("ix_appointment_captain_id_starts_at", "captain_id", "starts_at"),
        sa.Index("ix_appointment_state", "state", "ends_at"),
        sa.UniqueConstraint("occasion_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    captain_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"))
    pair_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pair.id"), index=True)
    """None for a group slot."""
    topic_id: Mapped[int] = mapped_column(sa.ForeignKey("mentoring_topic.id"), index=True)
    planned_meeting_id: Mapped[int | None] = mapped_column(sa.ForeignKey("planned_meeting.id"), index=True)
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    state: Mapped[AppointmentState] = mapped_column(words_of(AppointmentState))
    awaits: Mapped[Side | None] = mapped_column(words_of(Side))
    """Whose answer is missing while it is requested."""
    capacity: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(sa.Text, default="")
    """What a group slot is about."""
    audience: Mapped[Audience] = mapped_column(words_of(Audience), default=Audience.PAIRS)
    audience_group: Mapped[str] = mapped_column(sa.String(64), default="")
    """The group whose ambassadors may join, where the audience is one."""
    agenda: Mapped[str] = mapped_column(sa.Text, default="")
    place: Mapped[str] = mapped_column(sa.Text, default="")
    join_url: Mapped[str] = mapped_column(sa.Text, default="")
    shared_note: Mapped[str] = mapped_column(sa.Text, default="")
    """Markdown; written by both sides."""
    note_version: Mapped[int] = mapped_column(default=1)
    occasion_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("calendar_occasion.id", ondelete="SET NULL")
    )
    """None when it no longer takes anybody's time."""
    sequence: Mapped[int] = mapped_column(default=0)
    """Grows with every change that a calendar must hear of."""
    row_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    captain: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    pair: Mapped[Pair | None] = relationship(lazy="raise_on_sql")
    topic: Mapped[MentoringTopic] = relationship(lazy="raise_on_sql")
    planned_meeting: Mapped[PlannedMeeting | None] = relationship(lazy="raise_on_sql")
    occasion: Mapped[CalendarOccasion | None] = relationship(lazy="raise_on_sql")


class PlaceState(enum.StrEnum):
    """Whether somebody has a place in an appointment."""

    IN = "in"
    WAITING = "waiting"
    LEFT = "left"


class AppointmentPlace(Base):
    """One ambassador's place in an appointment, or in its waiting list, and what it has earned."""

    __tablename__ = "appointment_place"
    __table_args__ = (
        sa.UniqueConstraint("appointment_id", "enrolment_id"),
        sa.CheckConstraint("credited_minutes IS NULL OR credited_minutes >= 0", name="credited"),
        sa.Index("ix_appointment_place_enrolment_id_state", "enrolment_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(sa.ForeignKey("appointment.id"))
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"))
    state: Mapped[PlaceState] = mapped_column(words_of(PlaceState))
    asked_at: Mapped[dt.datetime]
    """The order of the waiting list."""
    outcome: Mapped[AppointmentState | None] = mapped_column(words_of(AppointmentState))
    """In a group slot each ambassador's reports are settled on their own; None until then."""
    credited_minutes: Mapped[int | None]
    """What both sides agreed on; quotas are applied when it is counted, not here."""
    credited_at: Mapped[dt.datetime | None]

    appointment: Mapped[Appointment] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")


class AppointmentEvent(Base):
    """What happened to an appointment; never changed, so that nothing of its story is lost."""

    __tablename__ = "appointment_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(sa.ForeignKey("appointment.id"), index=True)
    verb: Mapped[str] = mapped_column(sa.String(64))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """None when time alone did it."""
    at: Mapped[dt.datetime]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    before: Mapped[dict[str, object] | None]
    after: Mapped[dict[str, object] | None]

    appointment: Mapped[Appointment] = relationship(lazy="raise_on_sql")
    person: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class AppointmentFile(Base):
    """A file that one side brings to an appointment."""

    __tablename__ = "appointment_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(sa.ForeignKey("appointment.id"), index=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    added_by_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    added_at: Mapped[dt.datetime]

    appointment: Mapped[Appointment] = relationship(lazy="raise_on_sql")
    file: Mapped[StoredFile] = relationship(lazy="raise_on_sql")
    added_by: Mapped[Enrolment] = relationship(lazy="raise_on_sql")


class MeetingReport(Base):
    """What one side says of one ambassador's meeting: when it really began and ended, or that nobody came."""

    __tablename__ = "meeting_report"
    __table_args__ = (
        sa.UniqueConstraint("place_id", "side"),
        sa.CheckConstraint("(began_at IS NULL) = (ended_at IS NULL)", name="both"),
        sa.CheckConstraint("began_at IS NULL OR ended_at > began_at", name="times"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(sa.ForeignKey("appointment_place.id"))
    side: Mapped[Side] = mapped_column(words_of(Side))
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    began_at: Mapped[dt.datetime | None]
    """None: the other side did not come."""
    ended_at: Mapped[dt.datetime | None]
    remark: Mapped[str] = mapped_column(sa.Text, default="")
    at: Mapped[dt.datetime]

    place: Mapped[AppointmentPlace] = relationship(lazy="raise_on_sql")
    by: Mapped[Enrolment] = relationship(lazy="raise_on_sql")


class PrivateNote(Base):
    """One person's own note on an appointment; others learn that there is one, never what it says."""

    __tablename__ = "private_note"
    __table_args__ = (sa.UniqueConstraint("appointment_id", "enrolment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(sa.ForeignKey("appointment.id"))
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    text: Mapped[str] = mapped_column(sa.Text)
    row_version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[dt.datetime]

    appointment: Mapped[Appointment] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")


class NoteDraft(Base):
    """What one person has typed into a shared note and not saved yet; nobody else sees it."""

    __tablename__ = "note_draft"
    __table_args__ = (sa.UniqueConstraint("appointment_id", "enrolment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(sa.ForeignKey("appointment.id"))
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    text: Mapped[str] = mapped_column(sa.Text)
    based_on: Mapped[int]
    """The version of the shared note that was on the page when the typing began."""
    saved_at: Mapped[dt.datetime]

    appointment: Mapped[Appointment] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")


class ActionItem(Base):
    """Something that a pair agreed on; what is open begins the next meeting."""

    __tablename__ = "action_item"
    __table_args__ = (sa.Index("ix_action_item_pair_id_done_at", "pair_id", "done_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pair_id: Mapped[int] = mapped_column(sa.ForeignKey("pair.id"))
    text: Mapped[str] = mapped_column(sa.Text)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    due_on: Mapped[dt.date | None]
    appointment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("appointment.id"), index=True)
    """Where it was agreed."""
    created_at: Mapped[dt.datetime]
    done_at: Mapped[dt.datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    dropped: Mapped[bool] = mapped_column(default=False)
    """Agreed to leave it; counts as done."""
    drop_asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    """Who would like to leave it, while the other side has not agreed."""

    pair: Mapped[Pair] = relationship(lazy="raise_on_sql")
    owner: Mapped[Enrolment] = relationship(lazy="raise_on_sql", foreign_keys=[owner_id])
    appointment: Mapped[Appointment | None] = relationship(lazy="raise_on_sql")
    done_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")
    drop_asked_by: Mapped[Enrolment | None] = relationship(
        lazy="raise_on_sql", foreign_keys=[drop_asked_by_id]
    )
