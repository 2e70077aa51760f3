"""Read what staff did about learners; learners never see any of it."""

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import counts, person_matches
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.guidance.models import Intervention, InterventionKind
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset


class Show(enum.StrEnum):
    """Which follow-ups a list shows."""

    DUE = "due"
    """To be looked at today or before."""
    OPEN = "open"
    CLOSED = "closed"


def find(actor: Actor, intervention_id: int) -> Intervention | None:
    """Return one deed of the actor's course, with the learner and who did it."""
    return db.session.scalar(
        _whole().where(Intervention.id == intervention_id, Intervention.course_id == actor.course_id)
    )


def of_learner(enrolment_id: int) -> Sequence[Intervention]:
    """Return everything that was done about a learner, the newest first."""
    return db.session.scalars(
        sa.select(Intervention)
        .where(Intervention.enrolment_id == enrolment_id)
        .options(joinedload(Intervention.by), joinedload(Intervention.closed_by))
        .order_by(Intervention.at.desc(), Intervention.id.desc())
    ).all()


def last_of(enrolment_ids: Sequence[int]) -> Mapping[int, Intervention]:
    """Return the latest deed for each of these learners, in one statement."""
    newest = (
        sa.select(sa.func.max(Intervention.id))
        .where(Intervention.enrolment_id.in_(enrolment_ids))
        .group_by(Intervention.enrolment_id)
    )
    rows = db.session.scalars(sa.select(Intervention).where(Intervention.id.in_(newest)))
    return {each.enrolment_id: each for each in rows}


def tally(actor: Actor, *, today: dt.date) -> Mapping[Show, int]:
    """Return how many follow-ups there are of each kind of list, in one statement."""
    sums = [
        sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*_shown(show, today)), 1), else_=0)), 0)
        for show in Show
    ]
    row = db.session.execute(
        sa.select(*sums)
        .select_from(Intervention)
        .join(Intervention.enrolment)
        .join(Enrolment.person)
        .where(Intervention.course_id == actor.course_id, counts())
    ).one()
    return {show: int(row[place]) for place, show in enumerate(Show)}


def listed(
    actor: Actor, show: Show, *, today: dt.date, search: str = "", number: int = 1, size: int = PAGE_SIZE
) -> Page[Intervention]:
    """Return one page of follow-ups: open ones by their day, closed ones the latest first."""
    conditions = [
        Intervention.course_id == actor.course_id,
        counts(),
        *_shown(show, today),
        *person_matches(search),
    ]
    total = (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Intervention)
            .join(Intervention.enrolment)
            .join(Enrolment.person)
            .where(*conditions)
        )
        or 0
    )
    shown = fitting(number, size=size, total=total)
    order: list[sa.ColumnElement[Any]] = (  # Columns of several types.
        [Intervention.closed_at.desc(), Intervention.id.desc()]
        if show is Show.CLOSED
        else [Intervention.follow_up_on.asc(), Intervention.id.asc()]
    )
    rows = db.session.scalars(
        _whole().where(*conditions).order_by(*order).offset(offset(shown, size=size)).limit(size)
    )
    return Page(items=rows.all(), number=shown, size=size, total=total)


def _shown(show: Show, today: dt.date) -> list[sa.ColumnElement[bool]]:
    is_open = Intervention.closed_at.is_(None)
    match show:
        case Show.DUE:
            return [is_open, Intervention.follow_up_on <= today]
        case Show.OPEN:
            return [is_open]
        case Show.CLOSED:
            # What was written to many at once is in the log of messages.
            written = Intervention.kind == InterventionKind.MESSAGE
            return [~is_open, sa.or_(~written, Intervention.follow_up_on.is_not(None))]


def _whole() -> sa.Select[Intervention]:
    return (
        sa.select(Intervention)
        .join(Intervention.enrolment)
        .join(Enrolment.person)
        .options(
            contains_eager(Intervention.enrolment).contains_eager(Enrolment.person),
            joinedload(Intervention.by),
            joinedload(Intervention.closed_by),
        )
    )
