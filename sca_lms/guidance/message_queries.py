"""Read what was sent to whom, and who has read it."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.guidance.models import Intervention, InterventionKind
from sca_lms.guidance.notice_kinds import MESSAGE
from sca_lms.inbox.models import InboxNotice
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset


@dataclass(frozen=True, slots=True)
class Sent:
    """One message as it was sent."""

    first: Intervention
    """The line of the first receiver; its id names the message."""
    receivers: int
    read: int
    """How many have opened it in the tool."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receiver of a message."""

    enrolment: Enrolment
    read_at: dt.datetime | None


def sent(actor: Actor, *, number: int = 1, size: int = PAGE_SIZE) -> Page[Sent]:
    """Return one page of the messages of a course, the newest first."""
    grouped = (
        sa.select(
            sa.func.min(Intervention.id).label("first_id"),
            sa.func.count(sa.distinct(Intervention.id)).label("receivers"),
            sa.func.count(sa.distinct(InboxNotice.id)).label("read"),
        )
        .outerjoin(InboxNotice, sa.and_(_of_notice(), InboxNotice.read_at.is_not(None)))
        .where(*_of_course(actor))
        .group_by(Intervention.at, Intervention.by_id)
    ).subquery()
    total = db.session.scalar(sa.select(sa.func.count()).select_from(grouped)) or 0
    shown = fitting(number, size=size, total=total)
    rows = db.session.execute(
        sa.select(Intervention, grouped.c.receivers, grouped.c.read)
        .join(grouped, grouped.c.first_id == Intervention.id)
        .options(joinedload(Intervention.by))
        .order_by(Intervention.at.desc(), Intervention.id.desc())
        .offset(offset(shown, size=size))
        .limit(size)
    )
    items = [Sent(first, int(receivers), int(read)) for first, receivers, read in rows]
    return Page(items=items, number=shown, size=size, total=total)


def find_message(actor: Actor, intervention_id: int) -> Intervention | None:
    """Return the line of one receiver of a message of the actor's course, with who sent it."""
    return db.session.scalar(
        sa.select(Intervention)
        .where(Intervention.id == intervention_id, *_of_course(actor))
        .options(joinedload(Intervention.by))
    )


def receipts(message: Intervention, *, number: int = 1, size: int = PAGE_SIZE) -> Page[Receipt]:
    """Return one page of the receivers of a message by name, with when they read it."""
    same = [
        Intervention.course_id == message.course_id,
        Intervention.kind == InterventionKind.MESSAGE,
        Intervention.at == message.at,
        Intervention.by_id.is_(None) if message.by_id is None else Intervention.by_id == message.by_id,
    ]
    total = db.session.scalar(sa.select(sa.func.count()).select_from(Intervention).where(*same)) or 0
    shown = fitting(number, size=size, total=total)
    rows = db.session.execute(
        sa.select(Intervention, InboxNotice.read_at)
        .join(Intervention.enrolment)
        .join(Enrolment.person)
        .outerjoin(InboxNotice, _of_notice())
        .where(*same)
        .options(contains_eager(Intervention.enrolment).contains_eager(Enrolment.person))
        .order_by(Person.sort_key, Intervention.id)
        .offset(offset(shown, size=size))
        .limit(size)
    )
    items = [Receipt(line.enrolment, read_at) for line, read_at in rows]
    return Page(items=items, number=shown, size=size, total=total)


def _of_course(actor: Actor) -> list[sa.ColumnElement[bool]]:
    return [
        Intervention.course_id == actor.course_id,
        Intervention.kind == InterventionKind.MESSAGE,
    ]


def _of_notice() -> sa.ColumnElement[bool]:
    """Return the condition that a notice is the one that a line is about."""
    return sa.and_(
        InboxNotice.enrolment_id == Intervention.enrolment_id,
        InboxNotice.kind == MESSAGE.name,
        InboxNotice.at == Intervention.at,
    )
