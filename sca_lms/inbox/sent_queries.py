"""Read the log of e-mails of a course."""

from collections.abc import Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from sca_lms.courses.models import Person
from sca_lms.courses.queries import person_matches
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.inbox.models import InboxMail, MailState
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset

EXPORT_BATCH = 500


def sent(actor: Actor, *, state: MailState | None, search: str, number: int) -> Page[InboxMail]:
    """Return one page of the e-mails of the actor's course, the latest first."""
    wanted = _wanted(actor, state, search)
    total = (
        db.session.scalar(sa.select(sa.func.count(InboxMail.id)).join(InboxMail.person).where(*wanted)) or 0
    )
    number = fitting(number, size=PAGE_SIZE, total=total)
    rows = db.session.scalars(
        _mails(wanted)
        .order_by(InboxMail.due_at.desc(), InboxMail.id.desc())
        .limit(PAGE_SIZE)
        .offset(offset(number, size=PAGE_SIZE))
    ).all()
    return Page(rows, number, PAGE_SIZE, total)


def all_sent(actor: Actor, *, state: MailState | None, search: str) -> Iterator[InboxMail]:
    """Give every e-mail that is asked for, in batches that bound the memory, the oldest first."""
    last = 0
    while True:
        some = db.session.scalars(
            _mails([*_wanted(actor, state, search), InboxMail.id > last])
            .order_by(InboxMail.id)
            .limit(EXPORT_BATCH)
        ).all()
        yield from some
        if len(some) < EXPORT_BATCH:
            return
        last = some[-1].id


def counts(actor: Actor) -> Mapping[MailState, int]:
    """Count the e-mails of the actor's course by what has become of them."""
    rows = db.session.execute(
        sa.select(InboxMail.state, sa.func.count())
        .where(InboxMail.course_id == actor.course_id)
        .group_by(InboxMail.state)
    )
    found = dict.fromkeys(MailState, 0)
    for state, number in rows:
        found[state] += number
    return found


def _wanted(actor: Actor, state: MailState | None, search: str) -> list[sa.ColumnElement[bool]]:
    wanted = [InboxMail.course_id == actor.course_id, *person_matches(search)]
    return [*wanted, InboxMail.state == state] if state else wanted


def _mails(wanted: list[sa.ColumnElement[bool]]) -> sa.Select[InboxMail]:
    return (
        sa.select(InboxMail)
        .join(InboxMail.person)
        .options(
            contains_eager(InboxMail.person).load_only(Person.name, Person.given_name, Person.family_name)
        )
        .where(*wanted)
    )
