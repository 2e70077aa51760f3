"""Read calendars: who is busy when, which appointments stand in the way of classes."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from sca_lms.calendar.models import (
    CalendarOccasion,
    CalendarOwner,
    OccasionKind,
    OccupancyCell,
    TimeOff,
)
from sca_lms.calendar.rules import CELL, cells_of, is_expected, window_of
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.queries import has_role
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db

APPOINTMENTS = (OccasionKind.MENTORING, OccasionKind.JUDGING)
"""What people agree on with each other; classes are for everybody whom they expect."""
CLASSES = (OccasionKind.CLASS, OccasionKind.UPDATE)


@dataclass(frozen=True, slots=True)
class Busy:
    """Something that takes one person's time."""

    person_id: int
    name: str
    kind: OccasionKind | None
    """None: time off."""
    key: str
    starts_at: dt.datetime
    ends_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Lesson:
    """A class as its timetable has it, or would have it."""

    key: str
    kind: OccasionKind
    starts_at: dt.datetime
    ends_at: dt.datetime
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InTheWay:
    """An appointment of somebody whom a class expects at the same time."""

    lesson_key: str
    person_id: int
    enrolment_id: int
    name: str
    kind: OccasionKind
    key: str
    starts_at: dt.datetime
    ends_at: dt.datetime


def is_learner() -> sa.ColumnElement[bool]:
    """Return the condition on an enrolment that the classes of its course expect the person.

    Nobody expects whoever has left for good, also where the course was completed before.
    """
    closed = sa.exists().where(
        CalendarOwner.person_id == Enrolment.person_id, CalendarOwner.closed_at.is_not(None)
    )
    return sa.and_(Enrolment.state != EnrolmentState.WITHDRAWN, has_role(Role.LEARNER), ~closed)


def find_occasion(occasion_id: int) -> CalendarOccasion | None:
    """Return an occasion by its id."""
    return db.session.get(CalendarOccasion, occasion_id)


def occasions(keys: Collection[str]) -> dict[str, CalendarOccasion]:
    """Return those of these occasions that there are, by key."""
    found = db.session.scalars(
        sa.select(CalendarOccasion)
        .where(CalendarOccasion.key.in_(keys))
        .execution_options(populate_existing=True)
    )
    return {each.key: each for each in found}


# ---------------------------------------------------------------- who is busy


def busy(person_ids: Collection[int], start: dt.datetime, end: dt.datetime) -> list[Busy]:
    """Return what takes these people's time in a period, by beginning: occasions, classes and time off.

    Classes count for everybody whom they expect, also where their cells are still to be written.
    """
    names = _names(person_ids)
    found = {
        Busy(person_id, names.get(person_id, ""), each.kind, each.key, each.starts_at, each.ends_at)
        for person_id, each in (
            *_holders(person_ids, start, end),
            *expected_classes(person_ids, start, end),
        )
    }
    found |= {
        Busy(each.person_id, names.get(each.person_id, ""), None, "", each.starts_at, each.ends_at)
        for each in times_off(person_ids, start, end)
    }
    return sorted(found, key=_by_time)


def busy_off(person_ids: Collection[int], start: dt.datetime, end: dt.datetime) -> list[Busy]:
    """Return the times off of these people in a period, by beginning."""
    found = times_off(person_ids, start, end)
    names = _names({each.person_id for each in found}) if found else {}
    return [
        Busy(each.person_id, names.get(each.person_id, ""), None, "", each.starts_at, each.ends_at)
        for each in found
    ]


def takers(wanted: Mapping[int, Collection[dt.datetime]]) -> list[Busy]:
    """Return which occasions hold any of these quarters of an hour (by person id), by beginning."""
    ids, cells = list(wanted), [cell for each in wanted.values() for cell in each]
    if not cells:
        return []
    rows = db.session.execute(
        sa.select(OccupancyCell.person_id, OccupancyCell.starts_at, CalendarOccasion, Person)
        .join(CalendarOccasion, CalendarOccasion.id == OccupancyCell.occasion_id)
        .join(Person, Person.id == OccupancyCell.person_id)
        .where(
            OccupancyCell.person_id.in_(ids),
            OccupancyCell.starts_at >= min(cells),
            OccupancyCell.starts_at <= max(cells),
        )
    )
    found = {
        Busy(person_id, person.full_name, each.kind, each.key, each.starts_at, each.ends_at)
        for person_id, cell, each, person in rows
        if cell in wanted[person_id]
    }
    return sorted(found, key=_by_time)


class HeldCell(NamedTuple):
    """One quarter of an hour of somebody and what holds it."""

    person_id: int
    starts_at: dt.datetime
    occasion_id: int
    kind: OccasionKind


def held_cells(person_ids: Collection[int], first: dt.datetime, last: dt.datetime) -> list[HeldCell]:
    """Return which cells of these people are held in a period of whole quarters of an hour."""
    rows = db.session.execute(
        sa.select(
            OccupancyCell.person_id,
            OccupancyCell.starts_at,
            OccupancyCell.occasion_id,
            CalendarOccasion.kind,
        )
        .join(CalendarOccasion, CalendarOccasion.id == OccupancyCell.occasion_id)
        .where(
            OccupancyCell.person_id.in_(person_ids),
            OccupancyCell.starts_at >= first,
            OccupancyCell.starts_at < last,
        )
    )
    return [HeldCell(*row) for row in rows]


def holders(occasion: CalendarOccasion) -> Sequence[int]:
    """Return the ids of the people whose time an occasion takes."""
    return db.session.scalars(
        sa.select(OccupancyCell.person_id)
        .where(OccupancyCell.occasion_id == occasion.id)
        .distinct()
        .order_by(OccupancyCell.person_id)
    ).all()


def _by_time(each: Busy) -> tuple[dt.datetime, int, str]:
    return each.starts_at, each.person_id, each.key


def busy_cells(
    person_ids: Collection[int], start: dt.datetime, end: dt.datetime
) -> dict[int, set[dt.datetime]]:
    """Return which quarters of an hour of these people are taken, buffers and time off included."""
    taken: dict[int, set[dt.datetime]] = defaultdict(set)
    first, last = window_of([(start, end)])
    for person_id, cell in db.session.execute(
        sa.select(OccupancyCell.person_id, OccupancyCell.starts_at).where(
            OccupancyCell.person_id.in_(person_ids),
            OccupancyCell.starts_at >= first,
            OccupancyCell.starts_at < last,
        )
    ):
        taken[person_id].add(cell)
    periods = [
        *((person_id, each.starts_at, each.ends_at) for person_id, each in
          expected_classes(person_ids, first, last)),
        *((each.person_id, each.starts_at, each.ends_at) for each in times_off(person_ids, first, last)),
    ]  # fmt: skip
    for person_id, starts_at, ends_at in periods:
        taken[person_id].update(cells_of(max(starts_at, first), min(ends_at, last)))
    return dict(taken)


def _holders(
    person_ids: Collection[int], start: dt.datetime, end: dt.datetime
) -> list[tuple[int, CalendarOccasion]]:
    """Return whose cells in a period belong to which occasion."""
    first, last = window_of([(start, end)])
    pair = (
        sa.select(OccupancyCell.person_id, OccupancyCell.occasion_id)
        .where(
            OccupancyCell.person_id.in_(person_ids),
            OccupancyCell.starts_at >= first,
            OccupancyCell.starts_at < last,
        )
        .distinct()
        .subquery()
    )
    rows = db.session.execute(
        sa.select(pair.c.person_id, CalendarOccasion).join(
            CalendarOccasion, CalendarOccasion.id == pair.c.occasion_id
        )
    )
    return [(row[0], row[1]) for row in rows]


def expected_classes(
    person_ids: Collection[int], start: dt.datetime, end: dt.datetime
) -> list[tuple[int, CalendarOccasion]]:
    """Return which classes in a period expect which of these people, the earliest first."""
    rows = db.session.execute(
        sa.select(Enrolment.person_id, Enrolment.group, CalendarOccasion)
        .join(CalendarOccasion, CalendarOccasion.course_id == Enrolment.course_id)
        .where(
            Enrolment.person_id.in_(person_ids),
            is_learner(),
            CalendarOccasion.kind.in_(CLASSES),
            CalendarOccasion.starts_at < end,
            CalendarOccasion.ends_at > start,
        )
        .order_by(CalendarOccasion.starts_at, CalendarOccasion.id)
        # What was read before the people were locked may be old.
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[2]) for row in rows if is_expected(row[1], row[2].groups or ())]


def times_off(person_ids: Collection[int], start: dt.datetime, end: dt.datetime) -> list[TimeOff]:
    """Return the times off of these people that overlap a period, the earliest first."""
    return list(
        db.session.scalars(
            sa.select(TimeOff)
            .where(TimeOff.person_id.in_(person_ids), TimeOff.starts_at < end, TimeOff.ends_at > start)
            .order_by(TimeOff.starts_at, TimeOff.id)
        )
    )


def _names(person_ids: Collection[int]) -> dict[int, str]:
    people = db.session.scalars(sa.select(Person).where(Person.id.in_(person_ids)))
    return {each.id: each.full_name for each in people}


# ---------------------------------------------------------------- classes and appointments


def in_the_way(course_id: int, lessons: Iterable[Lesson]) -> list[InTheWay]:
    """Return the appointments of people whom these classes of a course expect at the same time."""
    found: list[InTheWay] = []
    for groups, alike in _by_groups(lessons).items():
        windows = [window_of([(each.starts_at, each.ends_at)]) for each in alike]
        # An appointment that lasts a day is long; the index on times serves best with narrow bounds.
        times = sa.or_(
            *(sa.and_(OccupancyCell.starts_at >= first, OccupancyCell.starts_at < last)
              for first, last in windows)
        )  # fmt: skip
        first, last = min(windows)[0], max(last for _first, last in windows)
        wanted = (
            sa.select(Enrolment.id, Person, CalendarOccasion, sa.func.min(OccupancyCell.starts_at))
            .join(OccupancyCell, OccupancyCell.occasion_id == CalendarOccasion.id)
            .join(Person, Person.id == OccupancyCell.person_id)
            .join(Enrolment, Enrolment.person_id == Person.id)
            .where(
                CalendarOccasion.kind.in_(APPOINTMENTS),
                CalendarOccasion.starts_at < last,
                CalendarOccasion.ends_at > first - dt.timedelta(days=1),
                times,
                Enrolment.course_id == course_id,
                is_learner(),
                *([Enrolment.group.in_(groups)] if groups else []),
            )
            .group_by(Enrolment.id, Person.id, CalendarOccasion.id)
        )
        for enrolment_id, person, occasion, cell in db.session.execute(wanted):
            lesson = next(
                each for each, (first, last) in zip(alike, windows, strict=True) if first <= cell < last
            )
            found.append(
                InTheWay(
                    lesson.key, person.id, enrolment_id, person.full_name, occasion.kind, occasion.key,
                    occasion.starts_at, occasion.ends_at,
                )
            )  # fmt: skip
    return sorted(found, key=lambda each: (each.starts_at, each.name, each.person_id))


def class_clashes(course_id: int, *, at: dt.datetime) -> list[InTheWay]:
    """Return the appointments that stand in the way of a course's classes that have not ended."""
    rows = db.session.scalars(
        sa.select(CalendarOccasion).where(
            CalendarOccasion.course_id == course_id,
            CalendarOccasion.kind.in_(CLASSES),
            CalendarOccasion.ends_at > at,
        )
    )
    lessons = [
        Lesson(each.key, each.kind, each.starts_at, each.ends_at, tuple(each.groups or ())) for each in rows
    ]
    return in_the_way(course_id, lessons) if lessons else []


def _by_groups(lessons: Iterable[Lesson]) -> dict[tuple[str, ...], list[Lesson]]:
    found: dict[tuple[str, ...], list[Lesson]] = defaultdict(list)
    for each in lessons:
        found[tuple(sorted(each.groups))].append(each)
    return found


def classes_between(start: dt.datetime, end: dt.datetime) -> list[CalendarOccasion]:
    """Return the classes of every course that overlap a period."""
    return list(
        db.session.scalars(
            sa.select(CalendarOccasion)
            .where(
                CalendarOccasion.kind.in_(CLASSES),
                CalendarOccasion.starts_at < end,
                CalendarOccasion.ends_at > start - CELL,
            )
            .order_by(CalendarOccasion.starts_at, CalendarOccasion.id)
            .execution_options(populate_existing=True)
        )
    )
