"""Take e-mails that are due, one worker each, and keep what became of them.

The commit before sending says who sends; the one after it, what the server answered. A worker that dies in
between lets another send again when its lease has ended: an e-mail may then come twice, with one Message-ID.
"""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.database import db
from sca_lms.inbox.mail_rules import MOST_TRIES, Answer, rest_after
from sca_lms.inbox.mail_server import Said
from sca_lms.inbox.models import InboxMail, InboxNotice, InboxPreference, MailState
from sca_lms.inbox.rules import Urgency

LEASE = dt.timedelta(minutes=10)
BATCH = 20


def claim(*, at: dt.datetime) -> list[int]:
    """Take some e-mails that are due, so that no other worker sends them meanwhile; returns their ids."""
    due = (
        sa.select(InboxMail.id)
        .where(
            InboxMail.state == MailState.DUE,
            InboxMail.due_at <= at,
            sa.or_(InboxMail.claimed_until.is_(None), InboxMail.claimed_until <= at),
        )
        .order_by(InboxMail.due_at, InboxMail.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    ids = list(db.session.scalars(due))
    db.session.execute(sa.update(InboxMail).where(InboxMail.id.in_(ids)).values(claimed_until=at + LEASE))
    return ids


def mails(ids: Sequence[int]) -> Sequence[InboxMail]:
    """Return e-mails with whom they go to."""
    return db.session.scalars(
        sa.select(InboxMail)
        .options(joinedload(InboxMail.person), joinedload(InboxMail.course))
        .where(InboxMail.id.in_(ids))
        .order_by(InboxMail.id)
    ).all()


def still_wanted(mail: InboxMail) -> Sequence[InboxNotice]:
    """Return the notices that go into an e-mail: unread ones of kinds that the person still wants."""
    never = sa.select(InboxPreference.kind).where(
        InboxPreference.person_id == mail.person_id, InboxPreference.urgency == Urgency.NEVER
    )
    return db.session.scalars(
        sa.select(InboxNotice)
        .where(
            InboxNotice.id.in_(mail.notice_ids),
            InboxNotice.read_at.is_(None),
            InboxNotice.kind.not_in(never),
        )
        .order_by(InboxNotice.at, InboxNotice.id)
    ).all()


def drop(mail: InboxMail) -> None:
    """Remember that an e-mail was not wanted any more."""
    mail.state, mail.claimed_until = MailState.DROPPED, None


def settle(mail: InboxMail, said: Said, *, at: dt.datetime) -> None:
    """Keep what the server answered; what is to be tried again is due later, and given up some day."""
    mail.tries += 1
    mail.claimed_until, mail.problem = None, said.code
    if said.answer is Answer.SENT:
        mail.state, mail.sent_at = MailState.SENT, at
    elif said.answer is Answer.NEVER or mail.tries >= MOST_TRIES:
        mail.state = MailState.REFUSED
    else:
        mail.due_at = at + rest_after(mail.tries)
