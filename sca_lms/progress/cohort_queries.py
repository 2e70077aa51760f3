"""Find learners by where they stand, and bring their figures together: a page, a file, or those chosen."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload
from werkzeug.datastructures import MultiDict

from sca_lms.bootcamp.models import HoursOutlook
from sca_lms.bootcamp.pace import Pace
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.queries import counted_learners, person_matches
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.gradebook import columns as gradebook_columns
from sca_lms.gradebook import facts
from sca_lms.gradebook.rules import Total
from sca_lms.guidance import intervention_queries, settings
from sca_lms.guidance.gathering import Known, gather
from sca_lms.guidance.models import Intervention, LearnerSnapshot
from sca_lms.guidance.rules import Applied, applied
from sca_lms.progress.cohort_filters import Order, Wanted, means_everybody, ticked, wanted_of
from sca_lms.projects import queries as projects
from sca_lms.projects.models import Pair
from sca_lms.texts import Bilingual
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset

EXPORT_BATCH = 500


@dataclass(frozen=True, slots=True)
class CohortRow:
    """One learner of the list: the same figures that stand on their own pages."""

    known: Known
    reasons: Sequence[Applied]
    pace: Pace | None
    pair: Pair | None
    total: Total
    last_deed: Intervention | None

    @property
    def enrolment(self) -> Enrolment:
        """Return who it is."""
        return self.known.enrolment


@dataclass(frozen=True, slots=True)
class Choices:
    """What a course has to filter by."""

    groups: Sequence[str]
    areas: Sequence[str]
    provinces: Sequence[Bilingual]


def cohort_page(course: Course, wanted: Wanted, *, number: int, at: dt.datetime) -> Page[CohortRow]:
    """Return one page of learners; the number of statements does not depend on how many there are."""
    found = _found(course.id, wanted)
    total = db.session.scalar(found.with_only_columns(sa.func.count(Enrolment.id.distinct()))) or 0
    shown = fitting(number, size=PAGE_SIZE, total=total)
    ids = db.session.scalars(
        _ordered(found, wanted).offset(offset(shown, size=PAGE_SIZE)).limit(PAGE_SIZE)
    ).all()
    return Page(rows_of(course, ids, at=at), shown, PAGE_SIZE, total)


def all_rows(course: Course, wanted: Wanted, *, at: dt.datetime) -> Iterator[CohortRow]:
    """Give every learner whom a filter finds, in batches that bound the memory."""
    ids = ids_of(course.id, wanted)
    for start in range(0, len(ids), EXPORT_BATCH):
        yield from rows_of(course, ids[start : start + EXPORT_BATCH], at=at)


def ids_of(course_id: int, wanted: Wanted) -> Sequence[int]:
    """Return all enrolments that a filter finds, in its order."""
    return db.session.scalars(_ordered(_found(course_id, wanted), wanted)).all()


def chosen_ids(actor: Actor, arguments: MultiDict[str, str]) -> Sequence[int]:
    """Return whom an address of the list of learners has chosen: those ticked, or all that it finds."""
    if means_everybody(arguments):
        return ids_of(actor.course_id, wanted_of(arguments))
    return ticked(arguments)


def noticed_counts(course_id: int, wanted: Wanted) -> Mapping[bool, int]:
    """Return how many of those whom the rest of a filter finds are noticed, and how many are not."""
    rest = Wanted(
        wanted.search, None, None, wanted.pace, wanted.group, wanted.area, wanted.province, wanted.dimension
    )
    is_noticed = sa.case((_risk() > 0, 1), else_=0)
    noticed, everybody = db.session.execute(
        _found(course_id, rest).with_only_columns(
            sa.func.coalesce(sa.func.sum(is_noticed), 0), sa.func.count(Enrolment.id)
        )
    ).one()
    return {True: int(noticed), False: int(everybody) - int(noticed)}


def choices(course_id: int) -> Choices:
    """Return the groups, areas and provinces that there are to choose from."""
    rows = db.session.execute(
        counted_learners(course_id).with_only_columns(Enrolment.group, Enrolment.area).distinct()
    ).all()
    provinces = {_province_key(each.province): each.province for each in projects.areas(course_id)}
    return Choices(
        sorted({row.group for row in rows if row.group}),
        sorted({row.area for row in rows if row.area}),
        [provinces[key] for key in sorted(provinces) if key],
    )


def rows_of(course: Course, ids: Sequence[int], *, at: dt.datetime) -> list[CohortRow]:
    """Return the figures of these learners in this order; a constant number of statements."""
    people = {
        each.id: each
        for each in db.session.scalars(
            sa.select(Enrolment)
            .join(Enrolment.person)
            .where(Enrolment.id.in_(ids))
            .options(contains_eager(Enrolment.person))
        )
    }
    known = gather(course, list(people.values()), at=at)
    rules = settings.settings_of(course.id)
    paces = {
        row[0]: row[1]
        for row in db.session.execute(
            sa.select(HoursOutlook.enrolment_id, HoursOutlook.pace).where(HoursOutlook.enrolment_id.in_(ids))
        )
    }
    pairs = _pairs(ids)
    totals = totals_of(course, ids)
    deeds = intervention_queries.last_of(ids)
    return [
        CohortRow(
            known[each],
            applied(known[each].facts, rules),
            paces.get(each),
            pairs.get(each),
            totals[each],
            deeds.get(each),
        )
        for each in ids
    ]


def totals_of(course: Course, ids: Sequence[int]) -> Mapping[int, Total]:
    """Return the total of everybody as the gradebook has it."""
    weighed = [each for each in gradebook_columns.columns(course) if each.weight > 0]
    found = facts.read(course.id, weighed, ids)
    return {
        each: facts.total_of(weighed, {column.code: found.cell(each, column).value for column in weighed})
        for each in ids
    }


def _pairs(ids: Sequence[int]) -> dict[int, Pair]:
    rows = db.session.scalars(
        sa.select(Pair)
        .where(Pair.ambassador_id.in_(ids), Pair.ended_at.is_(None))
        .options(joinedload(Pair.area))
    )
    return {each.ambassador_id: each for each in rows}


def _province_key(province: Bilingual) -> str:
    return province.th or province.en


def _found(course_id: int, wanted: Wanted) -> sa.Select[int]:
    found = (
        counted_learners(course_id)
        .outerjoin(LearnerSnapshot, LearnerSnapshot.enrolment_id == Enrolment.id)
        .where(*person_matches(wanted.search))
    )
    if wanted.noticed is not None:
        found = found.where(_risk() > 0 if wanted.noticed else _risk() == 0)
    if wanted.reason is not None:
        # The kinds are fixed words, and none of them is a part of another one in its quotes.
        found = found.where(sa.cast(LearnerSnapshot.reasons, sa.Text).contains(f'"{wanted.reason.value}"'))
    if wanted.pace is not None:
        found = found.where(
            sa.exists().where(HoursOutlook.enrolment_id == Enrolment.id, HoursOutlook.pace == wanted.pace)
        )
    if wanted.group:
        found = found.where(Enrolment.group == wanted.group)
    if wanted.area:
        found = found.where(Enrolment.area == wanted.area)
    if wanted.province:
        places = [
            each.id for each in projects.areas(course_id) if _province_key(each.province) == wanted.province
        ]
        found = found.where(_has_pair(Pair.area_id.in_(places)))
    if wanted.dimension:
        found = found.where(_has_pair(Pair.dimension == wanted.dimension))
    return found


def _has_pair(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(Pair.ambassador_id == Enrolment.id, Pair.ended_at.is_(None), condition)


def _risk() -> sa.ColumnElement[int]:
    return sa.func.coalesce(LearnerSnapshot.risk, 0)


def _ordered(found: sa.Select[int], wanted: Wanted) -> sa.Select[int]:
    return found.order_by(*_keys(wanted.order), Person.sort_key, Enrolment.id)


def _keys(order: Order) -> list[sa.ColumnElement[Any]]:  # Columns of several types.
    snapshot = LearnerSnapshot
    match order:
        case Order.NAME:
            return []
        case Order.NOTICED:
            return [_risk().desc()]
        case Order.MODULES:
            return [sa.func.coalesce(snapshot.progress_percent, 0).asc()]
        case Order.HOURS:
            return [sa.func.coalesce(snapshot.hours_minutes, 0).asc()]
        case Order.MENTORING:
            return [sa.func.coalesce(snapshot.mentoring_minutes, 0).asc()]
        case Order.UPDATES:
            return [sa.func.coalesce(snapshot.updates_counted, 0).asc()]
        case Order.WORK:
            return [sa.func.coalesce(snapshot.work_late, 0).desc()]
        case Order.SILENT:
            return [snapshot.last_sign_at.is_not(None).asc(), snapshot.last_sign_at.asc()]
