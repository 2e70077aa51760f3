"""Where every learner stood when last worked out, what makes a learner noticed, and what staff did."""

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.database import Base, words_of
from sca_lms.guidance.rules import RiskKind
from sca_lms.uploads.models import StoredFile


class RiskRule(Base):
    """One rule of a course: from which threshold on a learner is noticed, and how much that weighs."""

    __tablename__ = "risk_rule"
    __table_args__ = (
        sa.UniqueConstraint("course_id", "kind"),
        sa.CheckConstraint("threshold >= 0", name="threshold"),
        sa.CheckConstraint("weight BETWEEN 1 AND 5", name="weight"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    kind: Mapped[RiskKind] = mapped_column(words_of(RiskKind))
    threshold: Mapped[int]
    weight: Mapped[int]
    """1 to 5; the list of learners begins with the largest sum."""
    enabled: Mapped[bool]
    changed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    changed_at: Mapped[dt.datetime]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    changed_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class RiskRevision(Base):
    """Counts the changes of a course's rules, so that snapshots know what they were worked out with."""

    __tablename__ = "risk_revision"

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), primary_key=True)
    number: Mapped[int]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class LearnerSnapshot(Base):
    """Where a learner stood in every activity when last worked out; derived, rebuilt at will."""

    __tablename__ = "learner_snapshot"
    __table_args__ = (
        sa.Index("ix_learner_snapshot_course_id_risk", "course_id", "risk"),
        sa.Index("ix_learner_snapshot_course_id_day", "course_id", "day"),
    )

    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    evidence_revision: Mapped[int]
    course_revision: Mapped[str] = mapped_column(sa.String(64))
    """The revisions of timetable, modules and rules that it was worked out from."""
    day: Mapped[dt.date]
    modules_done: Mapped[int]
    modules_total: Mapped[int]
    modules_late: Mapped[int]
    progress_percent: Mapped[int]
    """Of the required units of all modules."""
    hours_minutes: Mapped[int]
    hours_possible: Mapped[int]
    """Minutes of the sessions that were held so far and expected this learner."""
    hours_reachable: Mapped[int]
    work_late: Mapped[int]
    mentoring_minutes: Mapped[int]
    mentoring_sessions: Mapped[int]
    last_met_at: Mapped[dt.datetime | None]
    updates_counted: Mapped[int]
    updates_held: Mapped[int]
    last_sign_at: Mapped[dt.datetime | None]
    """The last thing of any kind that the learner did or was seen at."""
    can_reach: Mapped[bool | None]
    """This and the next four are what the rules compare; None where the course has no such activity yet."""
    hours_behind: Mapped[int | None]
    silent_days: Mapped[int | None]
    days_without_mentoring: Mapped[int | None]
    updates_missed: Mapped[int | None]
    risk: Mapped[int]
    """The sum of the weights of the rules that apply; 0: nothing to notice."""
    reasons: Mapped[list[object]]
    """The rules that apply: objects with `kind` and `value`, the number that was compared."""
    worked_out_at: Mapped[dt.datetime]

    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class LearnerWeek(Base):
    """What was planned for a learner in one week and how much of it was done, both in minutes."""

    __tablename__ = "learner_week"
    __table_args__ = (sa.CheckConstraint("planned > 0 AND done >= 0", name="minutes"),)

    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), primary_key=True)
    week: Mapped[dt.date] = mapped_column(primary_key=True)
    """The Monday with which the week begins, in the course's zone."""
    planned: Mapped[int]
    done: Mapped[int]
    """Of these minutes; what was done beyond is not counted here."""

    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")


class CohortFigures(Base):
    """What is drawn of a whole cohort, so that a page need not add up everybody; derived, rebuilt at will."""

    __tablename__ = "cohort_figures"

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), primary_key=True)
    learners: Mapped[int]
    newest_at: Mapped[dt.datetime | None]
    """When the newest of the snapshots was worked out that this was added up from."""
    pictures: Mapped[dict[str, object]]
    """As `cohort_rules.packed` writes it."""
    areas: Mapped[dict[str, object]]
    """By area and Monday what was planned and done, in minutes, and how many learners an area has."""
    worked_out_at: Mapped[dt.datetime]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")


class InterventionKind(enum.StrEnum):
    """What staff did about a learner."""

    TALK = "talk"
    CALL = "call"
    MESSAGE = "message"
    CAPTAIN = "captain"
    """The captain was asked to look after it."""
    PLAN = "plan"
    """A plan was agreed on."""
    OTHER = "other"


class Intervention(Base):
    """One thing that staff did about one learner, and when to look again."""

    __tablename__ = "intervention"
    __table_args__ = (
        sa.Index("ix_intervention_enrolment_id_at", "enrolment_id", "at"),
        sa.Index("ix_intervention_course_id_follow_up_on", "course_id", "follow_up_on"),
        sa.CheckConstraint("closed_at IS NULL OR closed_at >= at", name="closed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"))
    kind: Mapped[InterventionKind] = mapped_column(words_of(InterventionKind))
    text: Mapped[str] = mapped_column(sa.Text)
    """For staff; a message's own text is in the learner's inbox."""
    reasons: Mapped[list[object]]
    """Why the learner was noticed at that moment, as in the snapshot."""
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[dt.datetime]
    follow_up_on: Mapped[dt.date | None]
    closed_at: Mapped[dt.datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    outcome: Mapped[str] = mapped_column(sa.Text, default="")

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    by: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[by_id])
    closed_by: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[closed_by_id])


class ReportKind(enum.StrEnum):
    """What a report holds."""

    COHORT = "cohort"
    """Every learner with every figure of the snapshot."""
    NOTICED = "noticed"
    """Who is noticed and why, with what was done."""
    HOURS = "hours"
    MENTORING = "mentoring"
    UPDATES = "updates"


class Rhythm(enum.StrEnum):
    """How often a report is made."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"


class ReportSchedule(Base):
    """A report that is made by itself, and who is told when it is there."""

    __tablename__ = "report_schedule"
    __table_args__ = (sa.Index("ix_report_schedule_next_at", "next_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    kind: Mapped[ReportKind] = mapped_column(words_of(ReportKind))
    rhythm: Mapped[Rhythm] = mapped_column(words_of(Rhythm))
    day: Mapped[int]
    """Weekly: 0 for Monday; monthly: 1 to 28."""
    locale: Mapped[str] = mapped_column(sa.String(8))
    reader_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    """Whose report it is; it stops when this person is not staff of the course any more."""
    next_at: Mapped[dt.datetime | None]
    """None while it is paused."""
    created_at: Mapped[dt.datetime]

    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    reader: Mapped[Enrolment] = relationship(lazy="raise_on_sql")


class ReportRun(Base):
    """One report that was made by itself; the file goes after ninety days."""

    __tablename__ = "report_run"
    __table_args__ = (sa.UniqueConstraint("schedule_id", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(sa.ForeignKey("report_schedule.id", ondelete="CASCADE"))
    due_at: Mapped[dt.datetime]
    made_at: Mapped[dt.datetime | None]
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)

    schedule: Mapped[ReportSchedule] = relationship(lazy="raise_on_sql")
    file: Mapped[StoredFile | None] = relationship(lazy="raise_on_sql")
