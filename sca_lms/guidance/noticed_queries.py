"""Read whom the rules list, the worst first, with why and what was done already."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from sca_lms.bootcamp.models import HoursOutlook
from sca_lms.bootcamp.pace import Pace
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.queries import counts
from sca_lms.database import db
from sca_lms.guidance import intervention_queries
from sca_lms.guidance.models import Intervention, LearnerSnapshot
from sca_lms.guidance.rules import Applied, unpacked
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset

BATCH = 500


@dataclass(frozen=True, slots=True)
class Noticed:
    """One learner whom the rules list."""

    snapshot: LearnerSnapshot
    pace: Pace | None
    reasons: Sequence[Applied]
    last_deed: Intervention | None

    @property
    def enrolment(self) -> Enrolment:
        """Return who it is."""
        return self.snapshot.enrolment


@dataclass(frozen=True, slots=True)
class Freshness:
    """How many learners have a snapshot, and when the oldest of these was worked out."""

    learners: int
    oldest_at: dt.datetime | None


def freshness(course_id: int) -> Freshness:
    """Return how many snapshots a course has, and of when the oldest is."""
    row = db.session.execute(
        sa.select(sa.func.count(), sa.func.min(LearnerSnapshot.worked_out_at)).where(
            LearnerSnapshot.course_id == course_id
        )
    ).one()
    return Freshness(int(row[0]), row[1])


def noticed_page(course_id: int, *, number: int = 1, size: int = PAGE_SIZE) -> Page[Noticed]:
    """Return one page of those whom the rules list, the largest sum of weights first; four statements."""
    total = (
        db.session.scalar(
            sa.select(sa.func.count()).where(LearnerSnapshot.course_id == course_id, LearnerSnapshot.risk > 0)
        )
        or 0
    )
    shown = fitting(number, size=size, total=total)
    # Only ids are sorted, as the index has them; names and reasons are read for the page alone.
    ids = (
        sa.select(LearnerSnapshot.enrolment_id)
        .where(LearnerSnapshot.course_id == course_id, LearnerSnapshot.risk > 0)
        .order_by(LearnerSnapshot.risk.desc(), LearnerSnapshot.enrolment_id.desc())
        .offset(offset(shown, size=size))
        .limit(size)
    )
    return Page(_rows(ids), shown, size, total)


def all_noticed(course_id: int) -> Iterator[Noticed]:
    """Return everybody whom the rules list in the same order, some at a time."""
    ids = db.session.scalars(
        sa.select(LearnerSnapshot.enrolment_id)
        .where(LearnerSnapshot.course_id == course_id, LearnerSnapshot.risk > 0)
        .order_by(LearnerSnapshot.risk.desc(), LearnerSnapshot.enrolment_id.desc())
    ).all()
    for start in range(0, len(ids), BATCH):
        yield from _rows(ids[start : start + BATCH])


def _rows(ids: Sequence[int] | sa.Select[int]) -> list[Noticed]:
    rows = db.session.execute(
        sa.select(LearnerSnapshot, HoursOutlook.pace)
        .join(LearnerSnapshot.enrolment)
        .join(Enrolment.person)
        .outerjoin(HoursOutlook, HoursOutlook.enrolment_id == LearnerSnapshot.enrolment_id)
        .where(LearnerSnapshot.enrolment_id.in_(ids), counts())
        .options(contains_eager(LearnerSnapshot.enrolment).contains_eager(Enrolment.person))
        .order_by(LearnerSnapshot.risk.desc(), Person.sort_key, LearnerSnapshot.enrolment_id)
    ).all()
    deeds = intervention_queries.last_of([row[0].enrolment_id for row in rows])
    return [
        Noticed(snapshot, pace, unpacked(snapshot.reasons), deeds.get(snapshot.enrolment_id))
        for snapshot, pace in rows
    ]
