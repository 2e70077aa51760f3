"""Read how a whole cohort is doing, from the outlooks that the worker keeps."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from sca_lms.bootcamp.models import HoursOutlook
from sca_lms.bootcamp.pace import WORST_FIRST, Pace
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.queries import counts as counts_as_learner
from sca_lms.courses.queries import person_matches
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset

EXPORT_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which learners to show; empty means all."""

    pace: Pace | None = None
    group: str = ""
    search: str = ""


def pace_counts(actor: Actor, wanted: Wanted) -> Mapping[Pace, int]:
    """Return how many learners there are of each pace, within the group and the search."""
    rows = db.session.execute(
        _found(actor, Wanted(group=wanted.group, search=wanted.search))
        .with_only_columns(HoursOutlook.pace, sa.func.count())
        .group_by(HoursOutlook.pace)
    )
    found = {row[0]: row[1] for row in rows}
    return {pace: found.get(pace, 0) for pace in WORST_FIRST}


def pace_page(actor: Actor, wanted: Wanted, *, number: int = 1, size: int = PAGE_SIZE) -> Page[HoursOutlook]:
    """Return one page of outlooks with enrolment and person: the worst first, then by hours, then by name."""
    chosen = _found(actor, wanted)
    total = db.session.scalar(chosen.with_only_columns(sa.func.count())) or 0
    shown = fitting(number, size=size, total=total)
    ordered = _ordered(chosen).offset(offset(shown, size=size)).limit(size)
    return Page(items=db.session.scalars(ordered).all(), number=shown, size=size, total=total)


def all_of_pace(actor: Actor, wanted: Wanted) -> Iterator[HoursOutlook]:
    """Return every outlook that is wanted, in the same order, a few at a time."""
    rows = db.session.scalars(_ordered(_found(actor, wanted)).execution_options(yield_per=EXPORT_CHUNK))
    yield from rows


def groups(actor: Actor) -> list[str]:
    """Return the cohort groups that learners of the course are in."""
    return list(
        db.session.scalars(
            sa.select(Enrolment.group)
            .join(Enrolment.person)
            .where(Enrolment.course_id == actor.course_id, Enrolment.group != "", counts_as_learner())
            .distinct()
            .order_by(Enrolment.group)
        )
    )


def oldest_working_out(actor: Actor) -> dt.datetime | None:
    """Return when the oldest outlook of the course was worked out; None when there is none yet."""
    found = sa.select(sa.func.min(HoursOutlook.worked_out_at)).where(
        HoursOutlook.course_id == actor.course_id
    )
    return db.session.scalar(found)


def _found(actor: Actor, wanted: Wanted) -> sa.Select[HoursOutlook]:
    found = (
        sa.select(HoursOutlook)
        .join(HoursOutlook.enrolment)
        .join(Enrolment.person)
        .where(HoursOutlook.course_id == actor.course_id, counts_as_learner())
    )
    if wanted.pace is not None:
        found = found.where(HoursOutlook.pace == wanted.pace)
    if wanted.group:
        found = found.where(Enrolment.group == wanted.group)
    return found.where(*person_matches(wanted.search))


def _ordered(found: sa.Select[HoursOutlook]) -> sa.Select[HoursOutlook]:
    rank = sa.case({pace: position for position, pace in enumerate(WORST_FIRST)}, value=HoursOutlook.pace)
    return found.options(contains_eager(HoursOutlook.enrolment).contains_eager(Enrolment.person)).order_by(
        rank, HoursOutlook.total, Person.sort_key, HoursOutlook.enrolment_id
    )
