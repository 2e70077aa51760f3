"""What the worker does for notices: decide which go out by e-mail, and send those that are due."""

import datetime as dt
import time
from collections.abc import Sequence

import structlog

from sca_lms import clock
from sca_lms.config import settings
from sca_lms.database import db, release, transaction
from sca_lms.inbox import mail_sending, mail_settling, mail_writing, operations
from sca_lms.inbox.mail_rules import Answer
from sca_lms.inbox.mail_server import Line, Said, Unreachable, line
from sca_lms.inbox.models import InboxMail, InboxNotice
from sca_lms.inbox.words import kinds

LONGEST_SECONDS = 30.0
TURNS_ARE_KEPT = dt.timedelta(days=30)

log = structlog.get_logger(__name__)


def settle_notices(at: dt.datetime) -> None:
    """Decide for every new notice, some at a time."""
    known, sends = kinds(), bool(settings().smtp_url)
    while True:
        with transaction():
            notices = mail_settling.unsettled()
            mail_settling.settle(notices, known, sends=sends, at=at)
        db.session.expunge_all()
        if not notices:
            return


def forget_turns(at: dt.datetime) -> None:
    """Forget turns of reminders that are long past."""
    with transaction():
        operations.forget_turns(before=at - TURNS_ARE_KEPT)


def send_mails(at: dt.datetime) -> None:
    """Send what is due, for a while; a server that does not answer is asked again next time."""
    if not settings().smtp_url:
        return
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until:
        with transaction():
            ids = mail_sending.claim(at=at)
        if not ids:
            return
        written = _written(mail_sending.mails(ids))
        release()
        try:
            with line(settings().smtp_url) as server:
                for mail, notices in written:
                    _send(server, mail, notices)
        except Unreachable as problem:
            log.warning("inbox.mail_server_unreachable", problem=str(problem))
            _put_off([mail for mail, _notices in written if mail.claimed_until], str(problem))
            return
        db.session.expunge_all()


Written = tuple[InboxMail, Sequence[InboxNotice]]


def _written(mails: Sequence[InboxMail]) -> list[Written]:
    """Leave out what nobody wants any more."""
    pairs = [(mail, mail_sending.still_wanted(mail)) for mail in mails]
    with transaction():
        for mail, notices in pairs:
            if not notices:
                mail_sending.drop(mail)
    return [(mail, notices) for mail, notices in pairs if notices]


def _send(server: Line, mail: InboxMail, notices: Sequence[InboxNotice]) -> None:
    try:
        message = mail_writing.write(mail, notices, settings())
    except ValueError:
        said = Said(Answer.NEVER, "bad-address")
    else:
        said = server.send(message)
    with transaction():
        mail_sending.settle(mail, said, at=clock.now())


def _put_off(mails: Sequence[InboxMail], problem: str) -> None:
    with transaction():
        for mail in mails:
            mail_sending.settle(mail, Said(Answer.LATER, problem), at=clock.now())
