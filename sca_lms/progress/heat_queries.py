"""Read what was done of what was planned, week by week: of learners a page at a time, and of areas."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from sca_lms.attendance.models import AttendanceSession
from sca_lms.bootcamp.models import HoursOutlook
from sca_lms.bootcamp.pace import Pace
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.queries import counts, find_course, person_matches
from sca_lms.database import db
from sca_lms.guidance.cohort_rules import AreaWeeks
from sca_lms.guidance.models import LearnerSnapshot, LearnerWeek
from sca_lms.guidance.rules import percent_of
from sca_lms.mentoring.models import PlannedMeeting
from sca_lms.modules.models import Module
from sca_lms.progress.heat_rules import PhaseDays, WeekColumn, Weeks, level_of, phases_of, weeks_shown
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset

BATCH = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which learners to show; empty means all."""

    group: str = ""
    area: str = ""
    pace: Pace | None = None
    search: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Tell whether anybody may be left out."""
        return self != Wanted()

    def address(self) -> dict[str, str]:
        """Return what stands for it in an address."""
        values = {"group": self.group, "area": self.area, "pace": self.pace or "", "q": self.search}
        return {name: str(value) for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class HeatCell:
    """What was done of one week."""

    column: WeekColumn
    percent: int | None
    """None: nothing was planned."""

    @property
    def level(self) -> str:
        """Return the class of the cell."""
        return level_of(self.percent)


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One learner with the weeks that are shown."""

    enrolment: Enrolment
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area with the weeks that are shown."""

    area: str
    learners: int
    cells: tuple[HeatCell, ...]


Sums = Mapping[dt.date, tuple[int, int]]


def weeks_of(course: Course, until: dt.date | None, *, at: dt.datetime) -> Weeks:
    """Return the weeks that are shown: from the first thing that was planned to this week."""
    today = at.astimezone(ZoneInfo(course.timezone)).date()
    return weeks_shown(first_day(course, today), today, until, _phases(course))


def first_day(course: Course, today: dt.date) -> dt.date:
    """Return the day of the first thing that was planned, today when all is yet to come; one statement."""
    row = db.session.execute(
        sa.select(
            sa.select(sa.func.min(Module.due_at))
            .where(Module.course_id == course.id, Module.published)
            .scalar_subquery(),
            sa.select(sa.func.min(AttendanceSession.starts_at))
            .where(AttendanceSession.course_id == course.id)
            .scalar_subquery(),
            sa.select(sa.func.min(PlannedMeeting.month))
            .where(PlannedMeeting.course_id == course.id)
            .scalar_subquery(),
        )
    ).one()
    zone = ZoneInfo(course.timezone)
    days = [moment.astimezone(zone).date() for moment in row[:2] if moment is not None]
    month: dt.date | None = row[2]
    days += [month] if month else []
    days += [each.first for each in _phases(course)[:1]]
    return min([*days, today])


def heat_page(
    course: Course, wanted: Wanted, weeks: Weeks, *, number: int = 1, size: int = PAGE_SIZE
) -> Page[HeatRow]:
    """Return one page of learners, those that need somebody first; three statements."""
    found = _found(course.id, wanted)
    total = db.session.scalar(found.with_only_columns(sa.func.count())) or 0
    shown = fitting(number, size=size, total=total)
    begins = offset(shown, size=size)
    after = max(total - begins - size, 0)
    order = [LearnerSnapshot.risk.desc(), LearnerSnapshot.enrolment_id.desc()]
    if after < begins:
        # The nearer end of the index is shorter to walk.
        order = [LearnerSnapshot.risk.asc(), LearnerSnapshot.enrolment_id.asc()]
    ids = db.session.scalars(
        found.with_only_columns(LearnerSnapshot.enrolment_id)
        .order_by(*order)
        .offset(min(begins, after))
        .limit(max(min(size, total - begins), 0))
    ).all()
    return Page(_rows(ids, weeks.columns), shown, size, total)


def all_heat(course: Course, wanted: Wanted, mondays: Sequence[dt.date]) -> Iterator[tuple[Enrolment, Sums]]:
    """Return every learner who is wanted with all weeks, in batches that bound the memory."""
    ids = db.session.scalars(
        _found(course.id, wanted)
        .with_only_columns(LearnerSnapshot.enrolment_id)
        .order_by(LearnerSnapshot.risk.desc(), LearnerSnapshot.enrolment_id.desc())
    ).all()
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        sums = _sums(part, mondays)
        for enrolment in _people(part):
            yield enrolment, sums.get(enrolment.id, {})


def area_rows(areas: Sequence[AreaWeeks], weeks: Weeks) -> list[AreaRow]:
    """Return areas with the weeks that are shown, in the same order."""
    return [AreaRow(each.area, each.learners, _cells(each.weeks, weeks.columns)) for each in areas]


def groups_of(course_id: int) -> Sequence[str]:
    """Return the cohort groups of a course."""
    return db.session.scalars(
        sa.select(Enrolment.group)
        .where(Enrolment.course_id == course_id, Enrolment.group != "")
        .distinct()
        .order_by(Enrolment.group)
    ).all()


def _phases(course: Course) -> list[PhaseDays]:
    found = find_course(course.id)
    return phases_of(found.programme.document if found and found.programme else {})


def _found(course_id: int, wanted: Wanted) -> sa.Select[LearnerSnapshot]:
    found = (
        sa.select(LearnerSnapshot)
        .join(LearnerSnapshot.enrolment)
        .join(Enrolment.person)
        .where(LearnerSnapshot.course_id == course_id, counts(), *person_matches(wanted.search))
    )
    if wanted.group:
        found = found.where(Enrolment.group == wanted.group)
    if wanted.area:
        found = found.where(Enrolment.area == wanted.area)
    if wanted.pace is not None:
        found = found.join(HoursOutlook, HoursOutlook.enrolment_id == LearnerSnapshot.enrolment_id).where(
            HoursOutlook.pace == wanted.pace
        )
    return found


def _rows(ids: Sequence[int], columns: Sequence[WeekColumn]) -> list[HeatRow]:
    sums = _sums(ids, [each.monday for each in columns])
    return [HeatRow(each, _cells(sums.get(each.id, {}), columns)) for each in _people(ids)]


def _people(ids: Sequence[int]) -> Sequence[Enrolment]:
    return db.session.scalars(
        sa.select(Enrolment)
        .join(Enrolment.person)
        .join(LearnerSnapshot, LearnerSnapshot.enrolment_id == Enrolment.id)
        .where(Enrolment.id.in_(ids))
        .options(contains_eager(Enrolment.person))
        .order_by(LearnerSnapshot.risk.desc(), Person.sort_key, Enrolment.id)
    ).all()


def _sums(ids: Sequence[int], mondays: Sequence[dt.date]) -> dict[int, dict[dt.date, tuple[int, int]]]:
    sums: dict[int, dict[dt.date, tuple[int, int]]] = defaultdict(dict)
    if not ids or not mondays:
        return sums
    rows = db.session.execute(
        sa.select(LearnerWeek.enrolment_id, LearnerWeek.week, LearnerWeek.planned, LearnerWeek.done).where(
            LearnerWeek.enrolment_id.in_(ids),
            LearnerWeek.week >= mondays[0],
            LearnerWeek.week <= mondays[-1],
        )
    )
    for enrolment_id, week, planned, done in rows:
        sums[enrolment_id][week] = (planned, done)
    return sums


def _cells(sums: Sums, columns: Sequence[WeekColumn]) -> tuple[HeatCell, ...]:
    return tuple(HeatCell(each, percent_of(*sums.get(each.monday, (0, 0)))) for each in columns)
