"""Read the timetable: as everybody sees it, and as it lies on the workbench of who plans it."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from sca_lms.attendance import crediting
from sca_lms.attendance import queries as attendance
from sca_lms.attendance.models import (
    AttendanceSession,
    Category,
    HoursPolicyVersion,
    Series,
    SessionCredit,
    SessionRevision,
    SessionState,
)
from sca_lms.attendance.rules import counted_periods
from sca_lms.bootcamp.timetable_models import TimetableStep
from sca_lms.bootcamp.timetable_rows import Course as CourseOfRows
from sca_lms.bootcamp.timetable_rules import NO_GROUP, PlanFault, PlannedSession, publication_faults
from sca_lms.courses.models import Course, Enrolment, Programme
from sca_lms.courses.queries import counted_learners
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.programmes.faults import items
from sca_lms.texts import Bilingual

PUBLISHED = (SessionState.OPEN, SessionState.CLOSED)
PLANNED = (SessionState.DRAFT, *PUBLISHED)


@dataclass(frozen=True)
class Workbench:
    """A course's timetable as it is planned, published sessions and drafts together, by time."""

    zone: ZoneInfo
    rows: Sequence[AttendanceSession]
    categories: Sequence[Category]
    versions: Sequence[HoursPolicyVersion]
    groups: Mapping[str, Bilingual]
    """Every cohort group that people can be in, in the programme's order, with its title."""
    has_groupless: bool
    """Whether some learners are in no group, or there are no groups at all."""
    taken: frozenset[str]
    """The codes that a new session cannot have, those of cancelled sessions among them."""

    @cached_property
    def planned(self) -> list[PlannedSession]:
        """Every session as the rules want it, in the order of the rows."""
        return [plan_of(row, self.versions) for row in self.rows]

    @cached_property
    def row_of(self) -> Mapping[str, AttendanceSession]:
        """The rows by code."""
        return {row.code: row for row in self.rows}

    @cached_property
    def plan_by_code(self) -> Mapping[str, PlannedSession]:
        """The sessions by code."""
        return {plan.code: plan for plan in self.planned}

    @property
    def required(self) -> dict[str, int]:
        """The minutes asked for, by category code."""
        return {each.code: each.minutes for each in self.categories}

    @property
    def everybody(self) -> list[str]:
        """The groups for which everything must add up; `NO_GROUP` stands for those in none."""
        return [*self.groups, *([NO_GROUP] if self.has_groupless else [])]

    @cached_property
    def faults(self) -> list[PlanFault]:
        """What keeps this timetable from being published."""
        return publication_faults(self.planned, required=self.required, groups=self.everybody)

    @property
    def drafts(self) -> list[AttendanceSession]:
        """The sessions that are not published yet."""
        return [row for row in self.rows if row.state is SessionState.DRAFT]

    @property
    def for_rows(self) -> CourseOfRows:
        """What the rows of a file may refer to."""
        return CourseOfRows(self.zone, {each.code: each.title for each in self.categories}, self.groups)


def workbench(course: Course) -> Workbench:
    """Return the timetable of a course as it is now, whatever was read before."""
    rows = db.session.scalars(
        sa.select(AttendanceSession)
        .where(
            AttendanceSession.course_id == course.id,
            AttendanceSession.state.in_(PLANNED),
            attendance.of_series(Series.BOOTCAMP),
        )
        .order_by(AttendanceSession.starts_at, AttendanceSession.code)
        .options(selectinload(AttendanceSession.breaks), joinedload(AttendanceSession.category))
        .execution_options(populate_existing=True)
    ).all()
    taken = db.session.scalars(
        sa.select(AttendanceSession.code).where(AttendanceSession.course_id == course.id)
    )
    of_people = _groups_of_people(course.id)
    groups = _with_titles(course, of_people)
    return Workbench(
        zone=ZoneInfo(course.timezone),
        rows=rows,
        categories=attendance.categories(course.id),
        versions=attendance.policy_versions(course.id),
        groups=groups,
        has_groupless=NO_GROUP in of_people or not groups,
        taken=frozenset(taken),
    )


def plan_of(session: AttendanceSession, versions: Sequence[HoursPolicyVersion]) -> PlannedSession:
    """Return a session, with breaks and category loaded, as the rules want it."""
    policy = crediting.policy_of(versions, session.starts_at)
    times = session.times
    return PlannedSession(
        code=session.code,
        category=session.category.code,
        title=_one_line(session.title),
        times=times,
        groups=tuple(session.groups),
        mode=session.mode.value,
        venue=_one_line(session.venue),
        room=_line(session.room),
        join_url=session.join_url.strip(),
        capacity=session.capacity,
        counted=tuple(counted_periods(times, counting_mode=policy.counting_mode)),
        published=session.state in PUBLISHED,
    )


def _one_line(text: Bilingual) -> Bilingual:
    return Bilingual(_line(text.th), _line(text.en))


def _line(text: str) -> str:
    """Return a text in the one spelling in which forms and files give it back."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def groups_of(course: Course) -> dict[str, Bilingual]:
    """Return every cohort group that people of a course can be in, in the programme's order."""
    return _with_titles(course, _groups_of_people(course.id))


def _with_titles(course: Course, of_people: set[str]) -> dict[str, Bilingual]:
    groups = _groups_of_programme(course)
    return groups | {code: Bilingual.of(code) for code in sorted(of_people - groups.keys() - {NO_GROUP})}


def _groups_of_programme(course: Course) -> dict[str, Bilingual]:
    """Return the cohort groups of the course's programme, without reading the rest of its document."""
    listed = db.session.scalar(
        sa.select(Programme.document["cohort_groups"])
        .join(Course, Course.programme_id == Programme.id)
        .where(Course.id == course.id)
    )
    rows = items({"groups": listed}, "groups")
    return {
        str(row["code"]): Bilingual.of(row.get("title") or row["code"])
        for row in rows
        if isinstance(row, Mapping) and row.get("code")
    }


def _groups_of_people(course_id: int) -> set[str]:
    return set(
        db.session.scalars(
            sa.select(Enrolment.group).where(Enrolment.id.in_(counted_learners(course_id))).distinct()
        )
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """The published timetable as one reader sees it, with what they earned in it."""

    sessions: Sequence[AttendanceSession]
    earned: Mapping[int, SessionCredit]
    """The reader's own credits by session id."""
    is_own: bool
    """Whether these are a learner's own sessions, rather than everybody's."""


def shown_timetable(
    actor: Actor, learner: Enrolment | None, *, group: str | None, with_cancelled: bool = False
) -> Shown:
    """Return what a learner is expected in or has earned minutes in; anybody else sees every session.

    `group` limits the others to the sessions of one cohort group. A learner who changed groups keeps what was
    earned before.
    """
    states = (*PUBLISHED, SessionState.CANCELLED) if with_cancelled else PUBLISHED
    sessions = attendance.timetable(actor.course_id, states=states)
    if learner is None:
        fitting = [each for each in sessions if group is None or each.expects(group)]
        return Shown(fitting, {}, is_own=False)
    found = attendance.credits_of([each.id for each in sessions], [learner.id])
    earned = {session_id: credit for (_enrolment, session_id), credit in found.items()}
    own = [each for each in sessions if each.expects(learner.group) or each.id in earned]
    return Shown(own, earned, is_own=True)


def last_step(course_id: int) -> TimetableStep | None:
    """Return the last change of the drafts that can be undone, with who made it."""
    return db.session.scalar(
        sa.select(TimetableStep)
        .where(TimetableStep.course_id == course_id)
        .order_by(TimetableStep.number.desc())
        .limit(1)
        .options(joinedload(TimetableStep.person))
    )


def revisions(session: AttendanceSession) -> list[SessionRevision]:
    """Return how a session was before each of its changes, the newest first, with who made them."""
    return list(
        db.session.scalars(
            sa.select(SessionRevision)
            .where(SessionRevision.session_id == session.id)
            .order_by(SessionRevision.number.desc())
            .options(joinedload(SessionRevision.person))
        )
    )


def learners_concerned(
    course_id: int, sessions: Sequence[AttendanceSession], others: Sequence[int]
) -> list[Enrolment]:
    """Return the counted learners whom any of these sessions expects, and these other enrolments."""
    groups = {group for session in sessions for group in session.groups}
    is_for_all = any(not session.groups for session in sessions)
    counted = Enrolment.id.in_(counted_learners(course_id))
    expected = counted if is_for_all else sa.and_(counted, Enrolment.group.in_(groups))
    return list(
        db.session.scalars(
            sa.select(Enrolment)
            .where(sa.or_(expected, Enrolment.id.in_(others)))
            .options(joinedload(Enrolment.person))
        )
    )
