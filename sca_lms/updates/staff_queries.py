"""Read for staff who came to updates, what was written about them, and what waits to be read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.attendance.models import AttendanceSession, LedgerEntry, SessionState
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.queries import counted_learners, person_matches
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.updates.models import KnowledgeUpdate, Reflection
from sca_lms.updates.rules import ATTENDED_PERCENT, ReflectionState
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset

SHOWN = (ReflectionState.SUBMITTED, ReflectionState.RETURNED, ReflectionState.ACCEPTED)
"""What has been handed in at some time; drafts are their writers' own."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many learners came to an update for long enough, and what they wrote."""

    attended: int = 0
    waiting: int = 0
    returned: int = 0
    accepted: int = 0
    counted: int = 0


NONE = Numbers()


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of reflections, and how many there are of each kind."""

    page: Page[Reflection]
    counts: dict[ReflectionState, int]


def numbers_of(course_id: int) -> dict[int, Numbers]:
    """Return the figures of each update of a course by its id, in two statements."""
    learners = counted_learners(course_id)
    sums = (
        sa.select(
            LedgerEntry.session_id,
            LedgerEntry.enrolment_id,
            sa.func.sum(LedgerEntry.minutes).label("minutes"),
        )
        .join(LedgerEntry.session)
        .join(KnowledgeUpdate, KnowledgeUpdate.session_id == AttendanceSession.id)
        .where(KnowledgeUpdate.course_id == course_id, AttendanceSession.state == SessionState.CLOSED)
        .group_by(LedgerEntry.session_id, LedgerEntry.enrolment_id)
        .subquery()
    )
    accepted = Reflection.state == ReflectionState.ACCEPTED
    came = db.session.execute(
        sa.select(KnowledgeUpdate.id, sa.func.count(), sa.func.count().filter(accepted))
        .join(KnowledgeUpdate.session)
        .join(sums, sums.c.session_id == AttendanceSession.id)
        .outerjoin(
            Reflection,
            sa.and_(
                Reflection.update_id == KnowledgeUpdate.id, Reflection.enrolment_id == sums.c.enrolment_id
            ),
        )
        .where(
            KnowledgeUpdate.course_id == course_id,
            sums.c.minutes * 100 >= ATTENDED_PERCENT * AttendanceSession.credit_minutes,
            sums.c.enrolment_id.in_(learners),
        )
        .group_by(KnowledgeUpdate.id)
    )
    attended = {row[0]: (row[1], row[2]) for row in came}
    wrote = db.session.execute(
        sa.select(Reflection.update_id, *(sa.func.count().filter(Reflection.state == each) for each in SHOWN))
        .join(Reflection.update)
        .where(KnowledgeUpdate.course_id == course_id, Reflection.enrolment_id.in_(learners))
        .group_by(Reflection.update_id)
    )
    written = {row[0]: (row[1], row[2], row[3]) for row in wrote}
    return {
        each: Numbers(
            attended.get(each, (0, 0))[0], *written.get(each, (0, 0, 0)), attended.get(each, (0, 0))[1]
        )
        for each in attended.keys() | written.keys()
    }


def queue(actor: Actor, state: ReflectionState, *, update_id: int | None, search: str, number: int) -> Queue:
    """Return one page of reflections that were handed in, the oldest first."""
    conditions = [
        KnowledgeUpdate.course_id == actor.course_id,
        Reflection.enrolment_id.in_(counted_learners(actor.course_id)),
        *person_matches(search),
    ]
    if update_id is not None:
        conditions.append(Reflection.update_id == update_id)
    found = (
        sa.select(Reflection.id)
        .join(Reflection.update)
        .join(Reflection.enrolment)
        .join(Enrolment.person)
        .where(*conditions)
    )
    counted = db.session.execute(
        found.with_only_columns(*(sa.func.count().filter(Reflection.state == each) for each in SHOWN))
    ).one()
    counts = dict(zip(SHOWN, counted, strict=True))
    shown = fitting(number, size=PAGE_SIZE, total=counts[state])
    ids = (
        found.where(Reflection.state == state)
        .order_by(Reflection.submitted_at, Reflection.id)
        .offset(offset(shown, size=PAGE_SIZE))
        .limit(PAGE_SIZE)
    )
    rows = db.session.scalars(
        _reflections().where(Reflection.id.in_(ids)).order_by(Reflection.submitted_at, Reflection.id)
    ).all()
    return Queue(Page(rows, shown, PAGE_SIZE, counts[state]), counts)


def find_reflection(actor: Actor, reflection_id: int) -> Reflection | None:
    """Return a reflection of the actor's course that was handed in, with everything around it."""
    return db.session.scalar(
        _reflections()
        .where(
            Reflection.id == reflection_id,
            KnowledgeUpdate.course_id == actor.course_id,
            Reflection.state.in_(SHOWN),
        )
        .execution_options(populate_existing=True)
    )


def next_waiting(reflection: Reflection, actor: Actor) -> int | None:
    """Return the id of the reflection that has waited longest beside this one, of the same update first."""
    found = db.session.scalars(
        sa.select(Reflection.id)
        .join(Reflection.update)
        .join(Reflection.enrolment)
        .join(Enrolment.person)
        .where(
            KnowledgeUpdate.course_id == actor.course_id,
            Reflection.state == ReflectionState.SUBMITTED,
            Reflection.id != reflection.id,
            Reflection.enrolment_id.in_(counted_learners(actor.course_id)),
        )
        .order_by(
            sa.case((Reflection.update_id == reflection.update_id, 0), else_=1),
            Reflection.submitted_at,
            Reflection.id,
        )
        .limit(1)
    )
    return found.first()


def waiting_among(actor: Actor, reflection_ids: Collection[int]) -> Sequence[Reflection]:
    """Return those of the reflections that are of the actor's course and wait to be read."""
    return db.session.scalars(
        _reflections()
        .where(
            Reflection.id.in_(reflection_ids),
            KnowledgeUpdate.course_id == actor.course_id,
            Reflection.state == ReflectionState.SUBMITTED,
        )
        .order_by(Reflection.submitted_at, Reflection.id)
    ).all()


def every_reflection(course_id: int) -> Sequence[Reflection]:
    """Return everything that was handed in, by update and in the order in which it came."""
    return db.session.scalars(
        _reflections()
        .where(
            KnowledgeUpdate.course_id == course_id,
            Reflection.state.in_(SHOWN),
            Reflection.enrolment_id.in_(counted_learners(course_id)),
        )
        .order_by(KnowledgeUpdate.number, Reflection.submitted_at, Reflection.id)
    ).all()


def every_learner(course_id: int) -> Sequence[Enrolment]:
    """Return the counted learners of a course with their persons, in the order of names."""
    return db.session.scalars(
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(Enrolment.id.in_(counted_learners(course_id)))
        .options(contains_eager(Enrolment.person))
        .order_by(Person.sort_key, Enrolment.id)
    ).all()


def _reflections() -> sa.Select[Reflection]:
    return (
        sa.select(Reflection)
        .join(Reflection.update)
        .options(
            contains_eager(Reflection.update).joinedload(KnowledgeUpdate.session),
            joinedload(Reflection.enrolment, innerjoin=True).joinedload(Enrolment.person, innerjoin=True),
            joinedload(Reflection.decided_by),
        )
    )
