"""Tell people things, and remember what they have read and how they want to be told."""

import datetime as dt
from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from sca_lms.courses.models import Enrolment, Person
from sca_lms.database import db
from sca_lms.inbox.models import InboxNotice, InboxPreference, InboxReminder
from sca_lms.inbox.rules import Fact, Urgency, packed

MOST_AT_ONCE = 500


def tell(
    enrolment_ids: Collection[int],
    kind: str,
    *,
    key: str,
    facts: Mapping[str, Fact],
    at: dt.datetime,
    path: str = "",
) -> int:
    """Tell each of these people one thing; returns how many had not been told it before.

    `key` names the thing (`appointment:12:confirmed:3`): telling it again, from another worker or after a
    crash, changes nothing. `path` is a page of the tool, from its root, such as `url_for` returns it.
    """
    rows = [
        {"enrolment_id": each, "kind": kind, "key": key, "facts": packed(facts), "path": path, "at": at}
        for each in sorted(set(enrolment_ids))
    ]
    told = 0
    for start in range(0, len(rows), MOST_AT_ONCE):
        insert = _insert(InboxNotice).values(rows[start : start + MOST_AT_ONCE])
        told += len(
            db.session.scalars(
                insert.on_conflict_do_nothing(
                    index_elements=[InboxNotice.enrolment_id, InboxNotice.key]
                ).returning(InboxNotice.id)
            ).all()
        )
    return told


def read(enrolment: Enrolment, notice_ids: Collection[int], *, at: dt.datetime) -> None:
    """Mark notices of one person as read; what was read before stays as it was."""
    db.session.execute(
        sa.update(InboxNotice)
        .where(
            InboxNotice.enrolment_id == enrolment.id,
            InboxNotice.id.in_(notice_ids),
            InboxNotice.read_at.is_(None),
        )
        .values(read_at=at)
    )


def read_all(enrolment: Enrolment, *, up_to: int, at: dt.datetime) -> None:
    """Mark everything as read that the person has seen listed: up to and with the notice of this id."""
    db.session.execute(
        sa.update(InboxNotice)
        .where(
            InboxNotice.enrolment_id == enrolment.id,
            InboxNotice.id <= up_to,
            InboxNotice.read_at.is_(None),
        )
        .values(read_at=at)
    )


def prefer(person: Person, kind: str, urgency: Urgency) -> None:
    """Remember how somebody wants to hear of a kind by e-mail."""
    choice = db.session.get(InboxPreference, (person.id, kind))
    if choice is None:
        db.session.add(InboxPreference(person_id=person.id, kind=kind, urgency=urgency))
    else:
        choice.urgency = urgency
    db.session.flush()


def take_turn(course_id: int, key: str, *, at: dt.datetime) -> bool:
    """Take the turn of a reminder; False when it was taken before. Undone with its transaction."""
    taken = db.session.scalar(
        _insert(InboxReminder)
        .values(course_id=course_id, key=key, at=at)
        .on_conflict_do_nothing(index_elements=[InboxReminder.course_id, InboxReminder.key])
        .returning(InboxReminder.key)
    )
    return taken is not None


def forget_turns(*, before: dt.datetime) -> None:
    """Forget turns that cannot come again."""
    db.session.execute(sa.delete(InboxReminder).where(InboxReminder.at < before))


def _insert(table: type[InboxNotice | InboxReminder]) -> sqlite.Insert | postgresql.Insert:
    if db.session.connection().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
