"""Read how a whole cohort is doing, from the outlooks that the worker keeps."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Cohort:
    """How many learners there are of each pace within a group and a search, and the groups to choose from."""

    steps: Mapping[Pace, Mapping[int, int]]
    """How many learners of a pace have so many minutes, the fewest minutes first."""
    groups: Sequence[str]
    """The cohort groups of the course."""
    worked_out_at: dt.datetime | None
    """When the oldest of these outlooks was worked out; None when there is none yet."""

    @property
    def counts(self) -> Mapping[Pace, int]:
        """Return how many learners there are of each pace."""
        return {pace: sum(steps.values()) for pace, steps in self.steps.items()}

    def count(self, pace: Pace | None) -> int:
        """Return how many learners of one pace there are, or of all."""
        counts = self.counts
        return counts[pace] if pace is not None else sum(counts.values())


def cohort(actor: Actor, wanted: Wanted) -> Cohort:
    """Return the figures of the whole cohort, everybody counted in one statement."""
    rows = db.session.execute(
        _found(actor, Wanted(group=wanted.group, search=wanted.search))
        .with_only_columns(
            HoursOutlook.pace,
            HoursOutlook.total,
            sa.func.count(),
            sa.func.min(HoursOutlook.worked_out_at),
        )
        .group_by(HoursOutlook.pace, HoursOutlook.total)
    ).all()
    steps: dict[Pace, dict[int, int]] = {pace: {} for pace in WORST_FIRST}
    for pace, minutes, number, _oldest in sorted(rows, key=lambda row: row[1]):
        steps[pace][minutes] = number
    groups = sa.select(Enrolment.group).where(Enrolment.course_id == actor.course_id, Enrolment.group != "")
    return Cohort(
        steps,
        list(db.session.scalars(groups.distinct().order_by(Enrolment.group))),
        min((row[3] for row in rows), default=None),
    )


def pace_page(
    actor: Actor, wanted: Wanted, found: Cohort, *, number: int = 1, size: int = PAGE_SIZE
) -> Page[HoursOutlook]:
    """Return one page of outlooks with enrolment and person: the worst first, then by hours, then by name.

    The counts say between which minutes of which paces the page lies: only these learners are sorted, by ids
    and keys and from the nearer end, and whole rows are read for the page alone.
    """
    total = found.count(wanted.pace)
    shown = fitting(number, size=size, total=total)
    begins = offset(shown, size=size)
    paces = [wanted.pace] if wanted.pace is not None else WORST_FIRST
    near: dict[Pace, list[int]] = {}
    among = passed_over = before = 0
    for pace in paces:
        for minutes, learners in found.steps[pace].items():
            if before + learners <= begins:
                passed_over += learners
            elif before < begins + size:
                near.setdefault(pace, []).append(minutes)
                among += learners
            before += learners
    narrowed = _found(actor, Wanted(group=wanted.group, search=wanted.search)).where(
        sa.or_(
            sa.false(),
            *(
                sa.and_(HoursOutlook.pace == pace, HoursOutlook.total.between(minutes[0], minutes[-1]))
                for pace, minutes in near.items()
            ),
        )
    )
    before_page = begins - passed_over
    after_page = max(among - before_page - size, 0)
    order = _order(list(near))
    if after_page < before_page:
        # A database that is told how many rows are wanted keeps only so many while it sorts.
        order = [key.desc() for key in order]
    ids = (
        narrowed.with_only_columns(HoursOutlook.enrolment_id)
        .order_by(*order)
        .offset(min(before_page, after_page))
        .limit(min(size, among - before_page))
    )
    whole = sa.select(HoursOutlook).join(HoursOutlook.enrolment).join(Enrolment.person)
    rows = db.session.scalars(_ordered(whole.where(HoursOutlook.enrolment_id.in_(ids)))).all()
    return Page(items=rows, number=shown, size=size, total=total)


def all_of_pace(actor: Actor, wanted: Wanted) -> Iterator[HoursOutlook]:
    """Return every outlook that is wanted, in the same order, a few at a time."""
    rows = db.session.scalars(_ordered(_found(actor, wanted)).execution_options(yield_per=EXPORT_CHUNK))
    yield from rows


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
    whole = contains_eager(HoursOutlook.enrolment).contains_eager(Enrolment.person)
    return found.options(whole).order_by(*_order(WORST_FIRST))


def _order(paces: Sequence[Pace]) -> list[sa.SQLColumnExpression[Any]]:  # Columns of several types.
    """Return the order of outlooks of these paces; one pace alone needs no rank."""
    order: list[sa.SQLColumnExpression[Any]] = [
        HoursOutlook.total,
        Person.sort_key,
        HoursOutlook.enrolment_id,
    ]
    if len(paces) == 1:
        return order
    ranks = {pace: position for position, pace in enumerate(WORST_FIRST)}
    return [sa.case(ranks, value=HoursOutlook.pace), *order]
