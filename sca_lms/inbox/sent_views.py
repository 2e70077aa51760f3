"""Show managers which e-mails went out, and why one did not."""

from collections.abc import Iterator, Mapping

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from sca_lms.config import settings
from sca_lms.courses.access import actor, allow
from sca_lms.courses.rules import STAFF
from sca_lms.errors import Text
from sca_lms.inbox import sent_queries
from sca_lms.inbox.mail_settling import DIGEST
from sca_lms.inbox.models import InboxMail, MailState
from sca_lms.inbox.words import UNKNOWN, kinds
from sca_lms.web.exports import Cell, table_file
from sca_lms.web.formats import moment
from sca_lms.web.paging import page_number

bp = Blueprint(
    "sent_mails", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/notices"
)

STATES: Mapping[MailState, Text] = {
    MailState.DUE: _l("waits to be sent"),
    MailState.SENT: _l("sent"),
    MailState.REFUSED: _l("could not be delivered"),
    MailState.DROPPED: _l("not needed any more"),
}
MARKS: Mapping[MailState, str] = {
    MailState.DUE: "wait",
    MailState.SENT: "ok",
    MailState.REFUSED: "never",
    MailState.DROPPED: "silent",
}
DAILY = _l("Daily e-mail")


def problem_words(problem: str) -> Text:
    """Say why an e-mail is not out yet, or never will be."""
    if problem == "bad-address":
        return _l("The e-mail address from the host cannot be one.")
    if problem.startswith(("recipient-5", "smtp-5")):
        return _l("The mail server refused it for good (%(code)s).", code=problem.rpartition("-")[2])
    if problem.startswith(("recipient-", "smtp-")):
        return _l("The mail server asks to try later (%(code)s).", code=problem.rpartition("-")[2])
    return _l("The mail server did not answer (%(code)s).", code=problem) if problem else ""


def label_of(kind: str) -> Text:
    """Return the name of a kind of e-mails."""
    return DAILY if kind == DIGEST else kinds().get(kind, UNKNOWN).label


@bp.get("/sent")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show the log, the latest first."""
    state, search = _asked()
    return render_template(
        "inbox/sent.html",
        course_id=course_id,
        state=state,
        search_text=search,
        sends=bool(settings().smtp_url),
        counts=sent_queries.counts(actor()),
        page=sent_queries.sent(actor(), state=state, search=search, number=page_number(request.args)),
        STATES=STATES,
        MARKS=MARKS,
        label_of=label_of,
        problem_words=problem_words,
        exports=[
            (
                url_for(".export", course_id=course_id, kind=kind, q=search or None, state=state or None),
                kind.upper(),
            )
            for kind in ("csv", "xlsx")
        ],
    )


@bp.get("/sent.<any(csv, xlsx):kind>")
@allow(*STAFF)
def export(course_id: int, kind: str) -> ResponseReturnValue:
    """Hand out the log as a file."""
    state, search = _asked()
    header = [
        _("Name"),
        _("Kind"),
        _("Notices"),
        _("State"),
        _("Due at"),
        _("Sent at"),
        _("Tries"),
        _("Reason"),
    ]
    found = sent_queries.all_sent(actor(), state=state, search=search)
    return table_file(kind, _("e-mails"), header, _rows(found))


def _rows(mails: Iterator[InboxMail]) -> Iterator[list[Cell]]:
    for mail in mails:
        yield [
            mail.person.full_name or _("(no name)"),
            str(label_of(mail.kind)),
            len(mail.notice_ids),
            str(STATES[mail.state]),
            moment(mail.due_at, "short"),
            moment(mail.sent_at, "short") if mail.sent_at else "",
            mail.tries,
            str(problem_words(mail.problem)),
        ]


def _asked() -> tuple[MailState | None, str]:
    named = request.args.get("state", "")
    return (MailState(named) if named in set(MailState) else None), request.args.get("q", "").strip()
