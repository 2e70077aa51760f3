"""What the worker does for calendars: write the classes of those who came later, and of large courses."""

import datetime as dt
import time
from collections.abc import Sequence

import sqlalchemy as sa

from sca_lms.calendar import classes
from sca_lms.calendar.models import CalendarOccasion, OccupancyCell
from sca_lms.calendar.owners import lock_people
from sca_lms.calendar.queries import CLASSES
from sca_lms.calendar.rules import cell_of
from sca_lms.courses.models import Enrolment
from sca_lms.database import db, transaction

LOOKS_AGAIN_AFTER = dt.timedelta(hours=1)
LONGEST_SECONDS = 20.0
"""After so long the rest waits for the next round, so that other work has its turn."""


def fill_classes(at: dt.datetime) -> None:
    """Make the cells of classes that have not ended equal to whom they expect, in small transactions."""
    until = time.monotonic() + LONGEST_SECONDS
    for course_id in _courses_to_look_at(at):
        last = 0
        while people := _unequal(course_id, _classes_of(course_id, at=at), after=last):
            with transaction():
                lock_people(people)
                rows = _classes_of(course_id, at=at)
                classes.drop_unexpected(course_id, rows, people)
                classes.write_cells(course_id, rows, people)
            last = people[-1]
            if time.monotonic() > until:
                return
        with transaction():
            for each in _classes_of(course_id, at=at):
                each.filled_at = at
        db.session.expunge_all()


def _courses_to_look_at(at: dt.datetime) -> list[int]:
    wanted = (
        sa.select(CalendarOccasion.course_id)
        .where(
            CalendarOccasion.kind.in_(CLASSES),
            CalendarOccasion.ends_at > at,
            sa.or_(
                CalendarOccasion.filled_at.is_(None), CalendarOccasion.filled_at <= at - LOOKS_AGAIN_AFTER
            ),
        )
        .distinct()
        .order_by(CalendarOccasion.course_id)
    )
    return list(db.session.scalars(wanted))


def _classes_of(course_id: int, *, at: dt.datetime) -> Sequence[CalendarOccasion]:
    return db.session.scalars(
        sa.select(CalendarOccasion)
        .where(
            CalendarOccasion.course_id == course_id,
            CalendarOccasion.kind.in_(CLASSES),
            CalendarOccasion.ends_at > at,
        )
        .order_by(CalendarOccasion.starts_at, CalendarOccasion.id)
        .execution_options(populate_existing=True)
    ).all()


def _unequal(course_id: int, rows: Sequence[CalendarOccasion], *, after: int) -> list[int]:
    """Return the next people who lack the beginning of a class of theirs, or hold that of another one.

    Whoever has an appointment then is among them, and stays as they are.
    """
    found: set[int] = set()
    for groups, alike in classes.by_groups(rows).items():
        first = classes.cells_values([(each.id, cell_of(each.starts_at)) for each in alike])
        mine = sa.exists().where(
            OccupancyCell.person_id == Enrolment.person_id,
            OccupancyCell.starts_at == first.c.starts_at,
            OccupancyCell.occasion_id == first.c.occasion_id,
        )
        expected = classes.expects(groups)
        wanted = (
            sa.select(Enrolment.person_id)
            .join_from(Enrolment, first, sa.true())
            .where(
                Enrolment.course_id == course_id,
                Enrolment.person_id > after,
                sa.or_(sa.and_(expected, ~mine), sa.and_(~expected, mine)),
            )
            .distinct()
            .order_by(Enrolment.person_id)
            .limit(classes.PEOPLE_AT_ONCE)
        )
        found.update(db.session.scalars(wanted))
    return sorted(found)[: classes.PEOPLE_AT_ONCE]
