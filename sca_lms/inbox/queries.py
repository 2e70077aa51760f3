"""Read notices: one person's list, and how many of them are unread."""

import sqlalchemy as sa

from sca_lms.courses.models import Person
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.inbox.models import InboxNotice, InboxPreference
from sca_lms.inbox.rules import Urgency
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset

MOST_COUNTED = 100
"""The bell counts no further."""


def notices(actor: Actor, *, unread_only: bool, number: int, size: int = PAGE_SIZE) -> Page[InboxNotice]:
    """Return one page of somebody's notices, newest first."""
    mine = [InboxNotice.enrolment_id == actor.enrolment_id]
    if unread_only:
        mine.append(InboxNotice.read_at.is_(None))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(InboxNotice).where(*mine)) or 0
    number = fitting(number, size=size, total=total)
    rows = db.session.scalars(
        sa.select(InboxNotice)
        .where(*mine)
        .order_by(InboxNotice.at.desc(), InboxNotice.id.desc())
        .limit(size)
        .offset(offset(number, size=size))
    ).all()
    return Page(rows, number, size, total)


def find_notice(actor: Actor, notice_id: int) -> InboxNotice | None:
    """Find one of the actor's own notices."""
    return db.session.scalar(
        sa.select(InboxNotice).where(
            InboxNotice.id == notice_id, InboxNotice.enrolment_id == actor.enrolment_id
        )
    )


def unread(enrolment_id: int) -> int:
    """Count somebody's unread notices, `MOST_COUNTED` at most."""
    some = (
        sa.select(InboxNotice.id)
        .where(InboxNotice.enrolment_id == enrolment_id, InboxNotice.read_at.is_(None))
        .limit(MOST_COUNTED)
        .subquery()
    )
    return db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def preferences(person_id: int) -> dict[str, Urgency]:
    """Return how somebody wants to hear of each kind that they have chosen for."""
    rows = db.session.scalars(sa.select(InboxPreference).where(InboxPreference.person_id == person_id))
    return {each.kind: each.urgency for each in rows}


def find_person(person_id: int) -> Person | None:
    """Find the person that a signed link names."""
    return db.session.get(Person, person_id)
