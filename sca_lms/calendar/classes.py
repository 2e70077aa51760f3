"""Let the classes of a course take the time of everybody whom they expect, also of those who come later.

A class is written for all at once, with one statement. Whoever is booked has their own classes made sure of
in the same transaction (`make_sure`), so that what the worker has not written yet cannot be given away.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from sca_lms.calendar import queries
from sca_lms.calendar.models import CalendarOccasion, OccupancyCell
from sca_lms.calendar.owners import is_sqlite, lock_people
from sca_lms.calendar.queries import CLASSES, InTheWay, Lesson, is_learner
from sca_lms.calendar.rules import cells_of, window_of
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import has_role
from sca_lms.courses.rules import Role
from sca_lms.database import Moment, db
from sca_lms.errors import Refused

MOST_AT_ONCE = 200_000
"""So many cells are written in the transaction that publishes; what is more is left to the worker."""
CELLS_AT_ONCE = 2_000
"""A statement carries no more values than either database takes."""
PEOPLE_AT_ONCE = 200


class ClassesClash(Refused):
    """People whom the classes expect have appointments at the same time; `in_the_way` says which."""

    code = "appointments-in-the-way"

    def __init__(self, in_the_way: Sequence[InTheWay]) -> None:
        super().__init__(_l("Appointments are in the way. Move or cancel them first."))
        self.in_the_way = tuple(in_the_way)


def put_classes(
    course_id: int, lessons: Iterable[Lesson], *, at: dt.datetime, gives_way: bool = False
) -> None:
    """Let these classes of a course take the time of everybody whom they expect; what has ended takes none.

    Doing it again changes nothing. Raise `ClassesClash` when appointments are in the way, and change nothing;
    with `gives_way` they keep their time, and `queries.class_clashes` lists them.
    """
    wanted = list(lessons)
    known = queries.occasions([each.key for each in wanted])
    new = [each for each in wanted if each.ends_at > at and not _is_written(known.get(each.key), each)]
    over = [each.key for each in wanted if each.ends_at <= at and not _is_written(known.get(each.key), each)]
    gone = [known[key] for key in (*over, *(each.key for each in new)) if key in known]
    if not new and not gone:
        return
    lock_people(_everybody(course_id))
    in_the_way = queries.in_the_way(course_id, new) if new and not gives_way else []
    if in_the_way:
        raise ClassesClash(in_the_way)
    _take_away(gone, known_keys=[each.key for each in new])
    rows = [_put(course_id, known.get(each.key), each) for each in new]
    db.session.flush()
    _fill(course_id, rows, at=at)


def drop_classes(course_id: int, keys: Collection[str]) -> None:
    """Give the time of these classes back to everybody."""
    gone = list(queries.occasions(keys).values())
    if gone:
        lock_people(_everybody(course_id))
        _take_away(gone, known_keys=())


def _is_written(row: CalendarOccasion | None, lesson: Lesson) -> bool:
    return row is not None and (row.starts_at, row.ends_at, row.kind, tuple(row.groups or ())) == (
        lesson.starts_at, lesson.ends_at, lesson.kind, lesson.groups
    )  # fmt: skip


def _put(course_id: int, row: CalendarOccasion | None, lesson: Lesson) -> CalendarOccasion:
    if row is None:
        row = CalendarOccasion(course_id=course_id, key=lesson.key)
        db.session.add(row)
    row.kind, row.groups = lesson.kind, list(lesson.groups)
    row.starts_at, row.ends_at, row.filled_at = lesson.starts_at, lesson.ends_at, None
    return row


def _everybody(course_id: int) -> Sequence[int]:
    """Return who is, or was, expected by classes of a course."""
    return db.session.scalars(
        sa.select(Enrolment.person_id).where(Enrolment.course_id == course_id, has_role(Role.LEARNER))
    ).all()


def _take_away(rows: Sequence[CalendarOccasion], *, known_keys: Collection[str]) -> None:
    """Delete the cells of these classes, and the classes themselves unless their key is wanted again.

    What other classes share with them is theirs now.
    """
    if not rows:
        return
    ids = [each.id for each in rows]
    holders = sa.delete(OccupancyCell).where(OccupancyCell.occasion_id.in_(ids))
    db.session.execute(holders.execution_options(synchronize_session=False))
    windows = [(each.starts_at, each.ends_at) for each in rows]
    for each in rows:
        if each.key not in known_keys:
            db.session.delete(each)
    db.session.flush()
    first, last = window_of(windows)
    sharing = [
        each
        for each in queries.classes_between(first, last)
        if each.id not in ids and any(each.starts_at < end and each.ends_at > start for start, end in windows)
    ]
    for course_id in sorted({each.course_id for each in sharing}):
        _fill(course_id, [each for each in sharing if each.course_id == course_id], at=None)


# ---------------------------------------------------------------- cells


def _fill(course_id: int, rows: Sequence[CalendarOccasion], *, at: dt.datetime | None) -> None:
    """Write the cells of classes now when they are few enough; otherwise the worker does."""
    people = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(Enrolment)
        .where(Enrolment.course_id == course_id, is_learner())
    ) or 0  # fmt: skip
    if people * sum(len(cells_of(each.starts_at, each.ends_at)) for each in rows) > MOST_AT_ONCE:
        for each in rows:
            each.filled_at = None
    else:
        write_cells(course_id, rows)
        for each in rows:
            each.filled_at = at or each.filled_at
    db.session.flush()


def write_cells(
    course_id: int, rows: Iterable[CalendarOccasion], person_ids: Collection[int] | None = None
) -> None:
    """Write the cells of classes for those whom they expect (of these people) and who are free then."""
    for groups, alike in by_groups(rows).items():
        cells = [(each.id, cell) for each in alike for cell in cells_of(each.starts_at, each.ends_at)]
        for first in range(0, len(cells), CELLS_AT_ONCE):
            cell = cells_values(cells[first : first + CELLS_AT_ONCE])
            chosen = (
                sa.select(Enrolment.person_id, cell.c.starts_at, cell.c.occasion_id)
                .join_from(Enrolment, cell, sa.true())
                .where(Enrolment.course_id == course_id, expects(groups))
                .order_by(Enrolment.person_id, cell.c.starts_at, cell.c.occasion_id)
            )
            if person_ids is not None:
                chosen = chosen.where(Enrolment.person_id.in_(person_ids))
            insert = sqlite_insert if is_sqlite() else postgresql_insert
            db.session.execute(
                insert(OccupancyCell)
                .from_select(["person_id", "starts_at", "occasion_id"], chosen)
                .on_conflict_do_nothing()
            )


def expects(groups: Collection[str]) -> sa.ColumnElement[bool]:
    """Return the condition on an enrolment that a class for these groups expects the person."""
    return sa.and_(is_learner(), Enrolment.group.in_(groups)) if groups else is_learner()


def drop_unexpected(course_id: int, rows: Iterable[CalendarOccasion], person_ids: Collection[int]) -> None:
    """Delete what classes of a course still hold of those of these people whom they do not expect."""
    for groups, alike in by_groups(rows).items():
        others = sa.select(Enrolment.person_id).where(Enrolment.course_id == course_id, ~expects(groups))
        db.session.execute(
            sa.delete(OccupancyCell)
            .where(
                OccupancyCell.person_id.in_(person_ids),
                OccupancyCell.person_id.in_(others),
                OccupancyCell.occasion_id.in_([each.id for each in alike]),
            )
            .execution_options(synchronize_session=False)
        )


def by_groups(rows: Iterable[CalendarOccasion]) -> dict[tuple[str, ...], list[CalendarOccasion]]:
    """Return classes by the groups that they expect; no group stands for everybody."""
    found: dict[tuple[str, ...], list[CalendarOccasion]] = defaultdict(list)
    for each in rows:
        found[tuple(sorted(each.groups or ()))].append(each)
    return found


def cells_values(cells: Sequence[tuple[int, dt.datetime]]) -> sa.CTE:
    """Return (occasion id, beginning) pairs as a table that a statement brings along."""
    columns = sa.column("occasion_id", sa.Integer), sa.column("starts_at", Moment())
    return sa.values(*columns, name="cell").data(list(cells)).cte("cell")


def make_sure(person_ids: Collection[int], start: dt.datetime, end: dt.datetime) -> None:
    """Write the cells of the classes in a period that expect these people, and delete those of other classes.

    The caller has locked the people. What an appointment holds stays the appointment's.
    """
    window = window_of([(start, end)])
    lessons = queries.expected_classes(person_ids, *window)
    # A class is written whole: the worker looks at its beginning only.
    first, last = window_of([window, *((each.starts_at, each.ends_at) for _person, each in lessons)])
    wanted: dict[tuple[int, dt.datetime], int] = {}
    for person_id, lesson in lessons:
        for cell in cells_of(lesson.starts_at, lesson.ends_at):
            wanted.setdefault((person_id, cell), lesson.id)
    rows = queries.held_cells(person_ids, first, last)
    expected = {(person_id, each.id) for person_id, each in queries.expected_classes(person_ids, first, last)}
    stale = {
        (each.person_id, each.occasion_id)
        for each in rows
        if each.kind in CLASSES and (each.person_id, each.occasion_id) not in expected
    }
    for person_id, occasion_id in sorted(stale):
        db.session.execute(
            sa.delete(OccupancyCell)
            .where(OccupancyCell.person_id == person_id, OccupancyCell.occasion_id == occasion_id)
            .execution_options(synchronize_session=False)
        )
    held = {
        (each.person_id, each.starts_at) for each in rows if (each.person_id, each.occasion_id) not in stale
    }
    missing = [
        {"person_id": person_id, "starts_at": cell, "occasion_id": occasion_id}
        for (person_id, cell), occasion_id in sorted(wanted.items())
        if (person_id, cell) not in held
    ]
    if missing:
        db.session.execute(sa.insert(OccupancyCell), missing)
