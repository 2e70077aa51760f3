"""Find whom a gradebook shows, in which order, with what; a constant number of statements each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.queries import counted_learners, counts, person_matches
from sca_lms.database import db
from sca_lms.gradebook import facts
from sca_lms.gradebook.columns import Column, columns
from sca_lms.gradebook.facts import Cell
from sca_lms.gradebook.models import HiddenColumns
from sca_lms.gradebook.rules import Kind, Shown, Total, is_below
from sca_lms.grades.models import Delivery, DeliveryEntry, GradeColumn, Score
from sca_lms.grades.override_models import GradeImport, GradeOverride
from sca_lms.grades.rules import State
from sca_lms.web.paging import Page, fitting, offset

PAGE_SIZE = 50
ROWS_AT_ONCE = 500
IMPORTS_SHOWN = 20
NAME, GROUP, AREA = "name", "group", "area"
TOTAL, TOTAL_OF_ALL = "total", "total-of-all"
ORDERS: Mapping[str, tuple[sa.ColumnElement[str], ...]] = {
    NAME: (),
    GROUP: (sa.type_coerce(Enrolment.group, sa.String),),
    AREA: (sa.type_coerce(Enrolment.area, sa.String),),
}
STATES: Mapping[Shown, tuple[State, ...]] = {
    Shown.DUE: (State.DUE, State.WAITING),
    Shown.REFUSED: (State.REFUSED,),
    Shown.CHANGED: (State.CHANGED,),
    Shown.MISSING: (State.MISSING,),
}
WORKED_OUT = frozenset({Shown.NOT_GRADED, Shown.BELOW_PASS})
"""What no database can tell, because it follows from scores that are worked out."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom and what a gradebook is to show."""

    search: str = ""
    group: str = ""
    area: str = ""
    kind: Kind | None = None
    shown: Shown | None = None
    column: str = ""
    """The column that `shown` is about; empty for any."""
    order: str = NAME
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One learner with the cells of the columns that are shown, and the total of all that count."""

    enrolment: Enrolment
    cells: tuple[Cell, ...]
    total: Total


@dataclass(frozen=True, slots=True)
class Book:
    """The part of a gradebook that is shown."""

    all_columns: Sequence[Column]
    columns: Sequence[Column]
    hidden: frozenset[str]
    page: Page[Line]

    @property
    def has_weights(self) -> bool:
        """Tell whether there is a total at all."""
        return any(column.weight > 0 for column in self.all_columns)


@dataclass(frozen=True, slots=True)
class Places:
    """The groups and areas that a course has."""

    groups: Sequence[str]
    areas: Sequence[str]


def book(course: Course, asked: Asked, *, person_id: int | None, number: int) -> Book:
    """Return one page of a gradebook as one person wants to see it."""
    everything = columns(course)
    hidden = hidden_columns(course.id, person_id)
    shown = shown_columns(everything, asked, hidden)
    if asked.order in ORDERS and asked.shown not in WORKED_OUT:
        ids = _page_of(_found(course, asked, among=shown), number=number)
    else:
        ids = _part_of(_ordered(course, everything, asked, among=shown), number=number)
    lines = _lines(course, everything, shown, ids.items)
    return Book(everything, shown, hidden, Page(lines, ids.number, ids.size, ids.total))


def all_lines(
    course: Course, everything: Sequence[Column], shown: Sequence[Column], asked: Asked
) -> Iterator[Line]:
    """Give every learner whom the filter finds, in batches that bound the memory."""
    ids = _ordered(course, everything, asked, among=shown)
    for start in range(0, len(ids), ROWS_AT_ONCE):
        yield from _lines(course, everything, shown, ids[start : start + ROWS_AT_ONCE])


def line_of(course: Course, everything: Sequence[Column], enrolment_id: int) -> Line | None:
    """Return one learner's line with all columns, None for who is no learner that counts."""
    found = db.session.scalar(counted_learners(course.id).where(Enrolment.id == enrolment_id))
    return None if found is None else _lines(course, everything, everything, [enrolment_id])[0]


def total_of(course: Course, enrolment_id: int) -> tuple[Total, dict[str, Cell]]:
    """Return somebody's total and their cells by code: the same figures that staff see."""
    everything = columns(course)
    found = facts.read(course.id, everything, [enrolment_id])
    cells = {column.code: found.cell(enrolment_id, column) for column in everything}
    return facts.total_of(everything, {code: cell.value for code, cell in cells.items()}), cells


def shown_columns(everything: Sequence[Column], asked: Asked, hidden: frozenset[str]) -> list[Column]:
    """Return the columns that somebody wants to see, in the order of the course."""
    return [
        column
        for column in everything
        if column.code not in hidden and (asked.kind is None or column.kind is asked.kind)
    ]


def hidden_columns(course_id: int, person_id: int | None) -> frozenset[str]:
    """Return the columns that a person has put away."""
    found = db.session.scalar(
        sa.select(HiddenColumns.codes).where(
            HiddenColumns.course_id == course_id, HiddenColumns.person_id == person_id
        )
    )
    return frozenset(found or ())


def places_of(course_id: int) -> Places:
    """Return the groups and areas of those who count, by name, in one statement."""
    rows = db.session.execute(
        counted_learners(course_id).with_only_columns(Enrolment.group, Enrolment.area).distinct()
    ).all()
    return Places(
        sorted({row.group for row in rows if row.group}), sorted({row.area for row in rows if row.area})
    )


def find_override(enrolment_id: int, code: str) -> GradeOverride | None:
    """Return what an instructor has set in a cell, also when it was removed since."""
    return db.session.scalar(
        sa.select(GradeOverride)
        .where(GradeOverride.enrolment_id == enrolment_id, GradeOverride.code == code)
        .options(joinedload(GradeOverride.set_by), joinedload(GradeOverride.taken_from))
        .execution_options(populate_existing=True)
    )


def receipts_of(enrolment_id: int, code: str) -> Sequence[DeliveryEntry]:
    """Return what happened between us and the host about one score, the newest first."""
    return db.session.scalars(
        sa.select(DeliveryEntry)
        .join(DeliveryEntry.score)
        .join(Score.column)
        .where(Score.enrolment_id == enrolment_id, GradeColumn.code == code)
        .order_by(DeliveryEntry.id.desc())
    ).all()


def find_score(enrolment_id: int, code: str) -> Score | None:
    """Return what is kept for the host of one cell."""
    return db.session.scalar(
        sa.select(Score)
        .join(Score.column)
        .where(Score.enrolment_id == enrolment_id, GradeColumn.code == code)
        .execution_options(populate_existing=True)
    )


def find_import(course_id: int, import_id: int) -> GradeImport | None:
    """Return a file of scores of a course, with who brought it."""
    return db.session.scalar(
        sa.select(GradeImport)
        .where(GradeImport.id == import_id, GradeImport.course_id == course_id)
        .options(joinedload(GradeImport.proposed_by))
        .execution_options(populate_existing=True)
    )


def imports_of(course_id: int) -> Sequence[GradeImport]:
    """Return the newest files of scores that were taken in."""
    return db.session.scalars(
        sa.select(GradeImport)
        .where(GradeImport.course_id == course_id, GradeImport.taken_at.is_not(None))
        .options(joinedload(GradeImport.proposed_by))
        .order_by(GradeImport.id.desc())
        .limit(IMPORTS_SHOWN)
    ).all()


def people_by_id(course_id: int, enrolment_ids: Sequence[int]) -> dict[int, Enrolment]:
    """Return those of the ids who are learners that count."""
    rows = db.session.scalars(
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(Enrolment.id.in_(enrolment_ids), Enrolment.course_id == course_id, counts())
        .options(contains_eager(Enrolment.person))
    )
    return {row.id: row for row in rows}


def _lines(
    course: Course, everything: Sequence[Column], shown: Sequence[Column], ids: Sequence[int]
) -> list[Line]:
    wanted = {column.code for column in shown}
    read = [column for column in everything if column.code in wanted or column.weight > 0]
    found = facts.read(course.id, read, ids)
    people = people_by_id(course.id, ids)
    lines = []
    for enrolment_id in ids:
        cells = {column.code: found.cell(enrolment_id, column) for column in read}
        lines.append(
            Line(
                people[enrolment_id],
                tuple(cells[column.code] for column in shown),
                facts.total_of(read, {code: cell.value for code, cell in cells.items()}),
            )
        )
    return lines


def _page_of(found: sa.Select[int], *, number: int) -> Page[int]:
    """Return one page of those whom the database finds; nobody else is read."""
    total = db.session.scalar(found.with_only_columns(sa.func.count()).order_by(None)) or 0
    place = fitting(number, size=PAGE_SIZE, total=total)
    ids = db.session.scalars(found.offset(offset(place, size=PAGE_SIZE)).limit(PAGE_SIZE)).all()
    return Page(ids, place, PAGE_SIZE, total)


def _part_of(ids: Sequence[int], *, number: int) -> Page[int]:
    place = fitting(number, size=PAGE_SIZE, total=len(ids))
    start = offset(place, size=PAGE_SIZE)
    return Page(ids[start : start + PAGE_SIZE], place, PAGE_SIZE, len(ids))


def _chosen(asked: Asked, among: Sequence[Column]) -> Sequence[Column]:
    return [column for column in among if column.code == asked.column] or among


def _found(course: Course, asked: Asked, *, among: Sequence[Column]) -> sa.Select[int]:
    """Return whom the filter finds as far as the database can tell, in the order that it can tell."""
    chosen = _chosen(asked, among)
    wanted = counted_learners(course.id).where(*person_matches(asked.search))
    if asked.group:
        wanted = wanted.where(Enrolment.group == asked.group)
    if asked.area:
        wanted = wanted.where(Enrolment.area == asked.area)
    states = STATES.get(asked.shown) if asked.shown else None
    if states:
        wanted = wanted.where(_has_delivery(chosen, states))
    if asked.shown is Shown.OVERRIDDEN:
        codes = [column.code for column in chosen]
        wanted = wanted.where(
            sa.exists().where(
                GradeOverride.enrolment_id == Enrolment.id,
                GradeOverride.code.in_(codes),
                GradeOverride.value.is_not(None),
            )
        )
    first = ORDERS.get(asked.order, ())
    keys = [*first, Person.sort_key, Enrolment.id]
    return wanted.order_by(*(key.desc() if asked.descending else key.asc() for key in keys))


def _ordered(
    course: Course, everything: Sequence[Column], asked: Asked, *, among: Sequence[Column]
) -> Sequence[int]:
    """Return everybody whom the filter finds, in order; who has nothing to be sorted by comes last."""
    ids: Sequence[int] = db.session.scalars(_found(course, asked, among=among)).all()
    if asked.shown is not None and asked.shown in WORKED_OUT:
        ids = _filtered(course, _chosen(asked, among), asked.shown, ids)
    return ids if asked.order in ORDERS else _by_score(course, everything, asked, ids)


def _has_delivery(chosen: Sequence[Column], states: Sequence[State]) -> sa.ColumnElement[bool]:
    column_ids = [column.grade_column.id for column in chosen if column.grade_column is not None]
    return sa.exists().where(
        Score.enrolment_id == Enrolment.id,
        Score.column_id.in_(column_ids),
        Delivery.score_id == Score.id,
        Delivery.state.in_(states),
    )


def _filtered(course: Course, chosen: Sequence[Column], shown: Shown, ids: Sequence[int]) -> list[int]:
    """Keep who lacks a score that counts, or any where no column counts; or who is below a pass mark."""
    counting = [column for column in chosen if column.weight > 0] or chosen
    asked = counting if shown is Shown.NOT_GRADED else [each for each in chosen if each.pass_percent]
    found = facts.values(course.id, asked, ids)

    def is_wanted(enrolment_id: int) -> bool:
        for column in asked:
            value = found.get(column.code, {}).get(enrolment_id)
            if shown is Shown.NOT_GRADED and value is None:
                return True
            if shown is Shown.BELOW_PASS and is_below(value, column.maximum, column.pass_percent):
                return True
        return False

    return [enrolment_id for enrolment_id in ids if is_wanted(enrolment_id)]


def _by_score(
    course: Course, everything: Sequence[Column], asked: Asked, ids: Sequence[int]
) -> Sequence[int]:
    by_total = asked.order in {TOTAL, TOTAL_OF_ALL}
    used = [each for each in everything if (each.weight > 0 if by_total else each.code == asked.order)]
    found = facts.values(course.id, used, ids)

    def key(enrolment_id: int) -> Decimal | None:
        if not by_total:
            return found.get(asked.order, {}).get(enrolment_id)
        total = facts.total_from(used, found, enrolment_id)
        return total.of_graded if asked.order == TOTAL else total.of_everything

    keys = {enrolment_id: key(enrolment_id) for enrolment_id in ids}
    with_score = [each for each in ids if keys[each] is not None]
    with_score.sort(key=lambda each: keys[each] or Decimal(0), reverse=asked.descending)
    return [*with_score, *(each for each in ids if keys[each] is None)]
