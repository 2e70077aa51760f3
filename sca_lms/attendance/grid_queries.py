"""Read a page of the attendance grid: learners by sessions of one week; statements never grow."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from sca_lms.attendance import queries
from sca_lms.attendance.models import (
    AttendanceSession,
    Category,
    HoursBalance,
    PresenceRecord,
    Series,
    SessionCredit,
    SessionState,
)
from sca_lms.courses import queries as courses
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.queries import counted_learners, person_matches
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.web.paging import Page

LEARNERS_A_PAGE = 25
EXPORT_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Cell:
    """One learner in one session."""

    session: AttendanceSession
    is_expected: bool
    credit: SessionCredit | None
    stays: Sequence[PresenceRecord]

    @property
    def minutes(self) -> int | None:
        """What a closed session pays; None while it is open or when the learner is not expected."""
        if self.session.state is not SessionState.CLOSED or not self.is_expected:
            return None
        return self.credit.minutes if self.credit is not None else 0


@dataclass(frozen=True, slots=True)
class Line:
    """One learner's row, with the minutes credited in all."""

    learner: Enrolment
    cells: Sequence[Cell]
    total: int


@dataclass(frozen=True, slots=True)
class Grid:
    """One page of the grid."""

    weeks: Sequence[dt.date]
    week: dt.date | None
    sessions: Sequence[AttendanceSession]
    page: Page[Enrolment]
    lines: Sequence[Line]


def week_of(session: AttendanceSession, zone: ZoneInfo) -> dt.date:
    """Return the Monday of the week in which a session begins."""
    day = session.starts_at.astimezone(zone).date()
    return day - dt.timedelta(days=day.weekday())


def grid(
    actor: Actor,
    *,
    zone: ZoneInfo,
    week: dt.date | None,
    today: dt.date,
    search: str = "",
    number: int = 1,
) -> Grid:
    """Return the week asked for, or the one nearest to today, for one page of learners."""
    every = queries.timetable(actor.course_id)
    weeks = sorted({week_of(each, zone) for each in every})
    page = courses.learners(actor, search=search, number=number, size=LEARNERS_A_PAGE)
    if not weeks:
        return Grid([], None, [], page, [])
    shown = week if week in weeks else min(weeks, key=lambda each: (abs((today - each).days - 3), each))
    sessions = [each for each in every if week_of(each, zone) == shown]
    return Grid(weeks, shown, sessions, page, lines_of(page.items, sessions))


def lines_of(learners: Sequence[Enrolment], sessions: Sequence[AttendanceSession]) -> list[Line]:
    """Return the rows of these learners over these sessions."""
    session_ids, learner_ids = [each.id for each in sessions], [each.id for each in learners]
    credits_now = queries.credits_of(session_ids, learner_ids)
    stays: Mapping[tuple[int, int], list[PresenceRecord]] = defaultdict(list)
    for record in queries.presences(session_ids, learner_ids):
        stays[record.enrolment_id, record.session_id].append(record)
    sums = queries.balances(learner_ids)
    return [
        Line(
            learner,
            [
                Cell(
                    session,
                    session.expects(learner.group),
                    credits_now.get((learner.id, session.id)),
                    stays.get((learner.id, session.id), []),
                )
                for session in sessions
            ],
            sum(sums[learner.id].values()),
        )
        for learner in learners
    ]


@dataclass(frozen=True, slots=True)
class PaidLine:
    """One learner with what each session paid, and all of it, in minutes."""

    learner: Enrolment
    minutes: Sequence[int | None]
    """By session, in the order asked for; None as in `Cell.minutes`."""
    total: int


def every_paid_line(
    actor: Actor, sessions: Sequence[AttendanceSession], *, search: str
) -> Iterator[PaidLine]:
    """Return what all learners were paid, in Thai name order: one statement, a few hundred rows at a time.

    The credits of a learner come as one text, because a row for each of them would be most of the work.
    """
    pair = sa.cast(SessionCredit.session_id, sa.String) + ":" + sa.cast(SessionCredit.minutes, sa.String)
    paid = sa.select(sa.func.aggregate_strings(pair, ",")).where(SessionCredit.enrolment_id == Enrolment.id)
    total = (
        sa.select(sa.func.sum(HoursBalance.minutes))
        .join(HoursBalance.category)
        .where(HoursBalance.enrolment_id == Enrolment.id, Category.series == Series.BOOTCAMP)
    )
    rows = db.session.execute(
        sa.select(Enrolment, paid.scalar_subquery(), total.scalar_subquery())
        .join(Enrolment.person)
        .where(Enrolment.id.in_(counted_learners(actor.course_id)), *person_matches(search))
        .options(contains_eager(Enrolment.person))
        .order_by(Person.sort_key, Enrolment.id)
        .execution_options(yield_per=EXPORT_CHUNK)
    )
    for learner, pairs, minutes in rows:
        earned = dict(each.split(":") for each in pairs.split(",")) if pairs else {}
        yield PaidLine(
            learner,
            [
                int(earned.get(str(session.id), 0))
                if session.state is SessionState.CLOSED and session.expects(learner.group)
                else None
                for session in sessions
            ],
            minutes or 0,
        )
