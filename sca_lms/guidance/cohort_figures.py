"""Add up what is drawn of a whole cohort, and read it; the worker does the first, pages the second."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from sca_lms.assignments.models import Assignment, AssignmentTeamMember, Work
from sca_lms.attendance.models import Category, LedgerEntry, Series, SessionState
from sca_lms.bootcamp import queries as bootcamp
from sca_lms.bootcamp.models import HoursOutlook
from sca_lms.bootcamp.pace import Pace
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.queries import counted_learners
from sca_lms.database import db
from sca_lms.guidance.cohort_rules import (
    Activity,
    AreaWeeks,
    Pictures,
    Step,
    Trend,
    areas_packed,
    areas_unpacked,
    average_of,
    packed,
    unpacked,
)
from sca_lms.guidance.models import CohortFigures, LearnerSnapshot, LearnerWeek
from sca_lms.mentoring import credit
from sca_lms.updates import queries as updates

NOT_MORE_OFTEN = dt.timedelta(minutes=1)
"""While much changes, a large cohort is added up once a minute."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a page draws of a cohort, and when it was worked out."""

    pictures: Pictures
    learners: int
    worked_out_at: dt.datetime


def figures_of(course_id: int) -> Figures | None:
    """Return what is drawn of a cohort; None until the worker has added it up."""
    row = db.session.execute(
        sa.select(CohortFigures.pictures, CohortFigures.learners, CohortFigures.worked_out_at).where(
            CohortFigures.course_id == course_id
        )
    ).first()
    return None if row is None else Figures(unpacked(row[0]), row[1], row[2])


def areas_of(course_id: int) -> tuple[list[AreaWeeks], dt.datetime | None]:
    """Return the areas of a course by week, the one that lags most first, and when that was worked out."""
    row = db.session.execute(
        sa.select(CohortFigures.areas, CohortFigures.worked_out_at).where(
            CohortFigures.course_id == course_id
        )
    ).first()
    return ([], None) if row is None else (areas_unpacked(row[0]), row[1])


def is_stale(course: Course, *, at: dt.datetime) -> bool:
    """Tell whether snapshots have changed since the figures were added up, and it is time to do it again."""
    kept = db.session.execute(
        sa.select(CohortFigures.learners, CohortFigures.newest_at, CohortFigures.worked_out_at).where(
            CohortFigures.course_id == course.id
        )
    ).first()
    learners, newest = _state(course.id)
    if kept is None:
        return learners > 0
    if (kept[0], kept[1]) == (learners, newest):
        return False
    return at - kept[2] >= NOT_MORE_OFTEN or at < kept[2]


def work_out(course: Course, *, at: dt.datetime) -> None:
    """Add a cohort up anew and keep it; the number of statements does not depend on its size."""
    learners, newest = _state(course.id)
    row: dict[str, object] = {
        "course_id": course.id,
        "learners": learners,
        "newest_at": newest,
        "pictures": packed(Pictures(tuple(_steps(course.id, learners)), _trend(course, learners, at=at))),
        "areas": areas_packed(_areas(course.id)),
        "worked_out_at": at,
    }
    is_sqlite = db.session.connection().dialect.name == "sqlite"
    insert = (sqlite.insert if is_sqlite else postgresql.insert)(CohortFigures)
    kept = {name: insert.excluded[name] for name in row if name != "course_id"}
    db.session.execute(
        insert.values(row).on_conflict_do_update(index_elements=[CohortFigures.course_id], set_=kept)
    )


def _state(course_id: int) -> tuple[int, dt.datetime | None]:
    row = db.session.execute(
        sa.select(sa.func.count(), sa.func.max(LearnerSnapshot.worked_out_at)).where(
            LearnerSnapshot.course_id == course_id
        )
    ).one()
    return int(row[0]), row[1]


def _number(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _steps(course_id: int, learners: int) -> list[Step]:
    """Return how far each activity is that the course has."""
    required = credit.required_minutes(course_id)
    published = [
        each for each in updates.updates_of(course_id) if each.session.state is not SessionState.CANCELLED
    ]
    whole = LearnerSnapshot
    numbers = [
        int(each)
        for each in db.session.execute(
            sa.select(
                _number(whole.modules_total > 0),
                _number(whole.progress_percent > 0),
                _number(sa.and_(whole.modules_total > 0, whole.modules_done == whole.modules_total)),
                _number(whole.can_reach.is_not(None)),
                _number(whole.hours_minutes > 0),
                _number(HoursOutlook.pace == Pace.PASSED),
                _number(sa.or_(whole.mentoring_minutes > 0, whole.mentoring_sessions > 0)),
                _number(whole.mentoring_minutes >= max(required, 1)),
                _number(whole.updates_counted > 0),
                _number(whole.updates_counted >= max(len(published), 1)),
            )
            .outerjoin(HoursOutlook, HoursOutlook.enrolment_id == whole.enrolment_id)
            .where(whole.course_id == course_id)
        ).one()
    ]
    steps: list[Step] = []
    if numbers[0]:
        steps.append(Step(Activity.PRE, learners, max(numbers[1], numbers[2]), numbers[2]))
    if numbers[3]:
        steps.append(Step(Activity.BOOTCAMP, learners, max(numbers[4], numbers[5]), numbers[5]))
    if required:
        steps.append(Step(Activity.MENTORING, learners, max(numbers[6], numbers[7]), numbers[7]))
    if published:
        steps.append(Step(Activity.UPDATES, learners, max(numbers[8], numbers[9]), numbers[9]))
    work = _work(course_id)
    if work is not None:
        steps.append(Step(Activity.PITCHING, learners, *work))
    return steps


def _work(course_id: int) -> tuple[int, int] | None:
    """Return how many learners have handed something in, and how many all; None without assignments."""
    asked = db.session.scalar(
        sa.select(sa.func.count()).where(Assignment.course_id == course_id, Assignment.published)
    )
    if not asked:
        return None
    ours = [Assignment.course_id == course_id, Assignment.published, Work.versions > 0]
    alone = sa.select(Work.enrolment_id.label("who"), Work.assignment_id.label("what")).join(Work.assignment)
    together = (
        sa.select(AssignmentTeamMember.enrolment_id.label("who"), Work.assignment_id.label("what"))
        .join(Work, Work.team_id == AssignmentTeamMember.team_id)
        .join(Assignment, Assignment.id == Work.assignment_id)
    )
    # A union drops what somebody handed in both ways.
    both = sa.union(alone.where(*ours, Work.enrolment_id.is_not(None)), together.where(*ours)).subquery()
    each = (
        sa.select(both.c.who, sa.func.count().label("number"))
        .where(both.c.who.in_(counted_learners(course_id)))
        .group_by(both.c.who)
        .subquery()
    )
    row = db.session.execute(
        sa.select(sa.func.count(), _number(each.c.number >= asked)).select_from(each)
    ).one()
    return int(row[0]), int(row[1])


def _trend(course: Course, learners: int, *, at: dt.datetime) -> Trend | None:
    """Return credited hours against the plan of the average learner; None without hours or learners."""
    camp = bootcamp.camp_of(course.id)
    if camp is None or learners <= 0 or not camp.sessions:
        return None
    zone = ZoneInfo(course.timezone)
    groups = {
        row[0]: int(row[1])
        for row in db.session.execute(
            sa.select(Enrolment.group, sa.func.count())
            .join(LearnerSnapshot, LearnerSnapshot.enrolment_id == Enrolment.id)
            .where(LearnerSnapshot.course_id == course.id)
            .group_by(Enrolment.group)
        )
    }
    days = {each.id: each.ends_at.astimezone(zone).date() for each in camp.sessions}
    planned: dict[dt.date, int] = defaultdict(int)
    for session in camp.sessions:
        expected = sum(number for group, number in groups.items() if session.expects(group))
        planned[days[session.id]] += session.credit_minutes * expected
    reachable = db.session.scalar(
        sa.select(sa.func.sum(LearnerSnapshot.hours_reachable)).where(LearnerSnapshot.course_id == course.id)
    )
    return Trend(
        average_of(
            planned,
            _credited(course.id, days, zone),
            learners=learners,
            today=at.astimezone(zone).date(),
        ),
        camp.rule.required_minutes,
        camp.rule.pass_minutes,
        int(reachable or 0) // learners,
    )


def _credited(course_id: int, days: Mapping[int, dt.date], zone: ZoneInfo) -> dict[dt.date, int]:
    """Return what the ledgers of the cohort paid, by the day of the session, else by the day of the entry."""
    counted = sa.select(LearnerSnapshot.enrolment_id).where(LearnerSnapshot.course_id == course_id)
    ours = (
        sa.select(LedgerEntry)
        .join(Category, Category.id == LedgerEntry.category_id)
        .where(Category.series == Series.BOOTCAMP, LedgerEntry.enrolment_id.in_(counted))
    )
    sums: dict[dt.date, int] = defaultdict(int)
    for session_id, minutes in db.session.execute(
        ours.with_only_columns(LedgerEntry.session_id, sa.func.sum(LedgerEntry.minutes))
        .where(LedgerEntry.session_id.is_not(None))
        .group_by(LedgerEntry.session_id)
    ):
        if session_id is not None and session_id in days:
            sums[days[session_id]] += int(minutes)
    for paid_at, minutes in db.session.execute(
        ours.with_only_columns(LedgerEntry.at, sa.func.sum(LedgerEntry.minutes))
        .where(LedgerEntry.session_id.is_(None))
        .group_by(LedgerEntry.at)
    ):
        sums[paid_at.astimezone(zone).date()] += int(minutes)
    return sums


def _areas(course_id: int) -> list[AreaWeeks]:
    learners = {
        row[0]: int(row[1])
        for row in db.session.execute(
            sa.select(Enrolment.area, sa.func.count())
            .join(LearnerSnapshot, LearnerSnapshot.enrolment_id == Enrolment.id)
            .where(LearnerSnapshot.course_id == course_id, Enrolment.area != "")
            .group_by(Enrolment.area)
        )
    }
    weeks: dict[str, dict[dt.date, tuple[int, int]]] = {area: {} for area in learners}
    for area, week, planned, done in db.session.execute(
        sa.select(
            Enrolment.area, LearnerWeek.week, sa.func.sum(LearnerWeek.planned), sa.func.sum(LearnerWeek.done)
        )
        .join(LearnerWeek, LearnerWeek.enrolment_id == Enrolment.id)
        .join(LearnerSnapshot, LearnerSnapshot.enrolment_id == Enrolment.id)
        .where(LearnerSnapshot.course_id == course_id, Enrolment.area != "")
        .group_by(Enrolment.area, LearnerWeek.week)
    ):
        weeks[area][week] = (int(planned), int(done))
    return [AreaWeeks(area, number, weeks[area]) for area, number in learners.items()]
