"""Decide for each new notice whether it goes out by e-mail, and when; told again, nothing changes."""

import datetime as dt
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.rules import EnrolmentState
from sca_lms.database import db
from sca_lms.inbox.mail_rules import MOST_IN_DIGEST, next_digest
from sca_lms.inbox.models import InboxMail, InboxNotice, InboxPreference, MailState
from sca_lms.inbox.rules import Kind, Urgency

BATCH = 200
DIGEST = "digest"


def unsettled() -> Sequence[InboxNotice]:
    """Return notices for which nothing was decided yet, the oldest first, with whom they are for."""
    return db.session.scalars(
        sa.select(InboxNotice)
        .join(InboxNotice.enrolment)
        .join(Enrolment.person)
        .join(Enrolment.course)
        .options(
            contains_eager(InboxNotice.enrolment).contains_eager(Enrolment.person),
            contains_eager(InboxNotice.enrolment).contains_eager(Enrolment.course),
        )
        .where(InboxNotice.mail_settled_at.is_(None))
        .order_by(InboxNotice.id)
        .limit(BATCH)
        .with_for_update(of=InboxNotice, skip_locked=True)
    ).all()


def settle(
    notices: Sequence[InboxNotice], kinds: Mapping[str, Kind], *, sends: bool, at: dt.datetime
) -> None:
    """Decide for notices; without a mail server (`sends`) they are only marked, and never sent later."""
    chosen = _chosen({notice.enrolment.person_id for notice in notices}) if sends else {}
    for notice in notices:
        notice.mail_settled_at = at
        person, course = notice.enrolment.person, notice.enrolment.course
        kind = kinds.get(notice.kind)
        if not sends or kind is None or not _may_be_written_to(notice.enrolment, person):
            continue
        urgency = chosen.get((person.id, kind.name), kind.urgency)
        if urgency is Urgency.AT_ONCE:
            _put(course, person, f"notice:{notice.id}", kind.name, due_at=at).notice_ids = [notice.id]
        elif urgency is Urgency.DIGEST:
            _add_to_digest(course, person, notice, at=at)
    db.session.flush()


def _may_be_written_to(enrolment: Enrolment, person: Person) -> bool:
    return bool(person.email) and not person.is_test and enrolment.state is EnrolmentState.ACTIVE


def _chosen(person_ids: set[int]) -> dict[tuple[int, str], Urgency]:
    rows = db.session.scalars(sa.select(InboxPreference).where(InboxPreference.person_id.in_(person_ids)))
    return {(each.person_id, each.kind): each.urgency for each in rows}


def _add_to_digest(course: Course, person: Person, notice: InboxNotice, *, at: dt.datetime) -> None:
    due = next_digest(at, ZoneInfo(course.timezone))
    mail = _put(course, person, f"digest:{course.id}:{person.id}:{due:%Y-%m-%d}", DIGEST, due_at=due)
    if notice.id not in mail.notice_ids and len(mail.notice_ids) < MOST_IN_DIGEST:
        mail.notice_ids = [*mail.notice_ids, notice.id]


def _put(course: Course, person: Person, key: str, kind: str, *, due_at: dt.datetime) -> InboxMail:
    found = db.session.scalar(sa.select(InboxMail).where(InboxMail.key == key).with_for_update())
    if found is not None:
        return found
    mail = InboxMail(
        course_id=course.id,
        person_id=person.id,
        key=key,
        kind=kind,
        notice_ids=[],
        state=MailState.DUE,
        due_at=due_at,
        tries=0,
    )
    db.session.add(mail)
    db.session.flush()
    return mail
