"""Stop e-mails by the link in one of them; mail programs may do it with one click (RFC 8058)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import abort

from sca_lms.config import settings
from sca_lms.database import transaction
from sca_lms.inbox import operations, queries
from sca_lms.inbox.mail_settling import DIGEST
from sca_lms.inbox.rules import Urgency
from sca_lms.inbox.unsubscribing import Wish, wish_of
from sca_lms.inbox.words import UNKNOWN, kinds
from sca_lms.web.access import public

bp = Blueprint("unsubscribe", __name__, template_folder="templates", url_prefix="/notices/unsubscribe")


@bp.get("/<token>")
@public
def ask(token: str) -> ResponseReturnValue:
    """Ask before anything changes: mail programs open links by themselves to look for harm."""
    return _page(_wish(token), done=False)


@bp.post("/<token>")
@public
def stop(token: str) -> ResponseReturnValue:
    """Stop the kind, or every kind that comes once a day."""
    wish = _wish(token)
    person = queries.find_person(wish.person_id) or abort(404)
    with transaction():
        chosen = queries.preferences(person.id)
        for kind in kinds().values():
            daily = chosen.get(kind.name, kind.urgency) is Urgency.DIGEST
            if kind.name == wish.kind or (wish.kind == DIGEST and daily):
                operations.prefer(person, kind.name, Urgency.NEVER)
    return _page(wish, done=True)


def _wish(token: str) -> Wish:
    return wish_of(settings(), token) or abort(404)


def _page(wish: Wish, *, done: bool) -> str:
    kind = kinds().get(wish.kind, UNKNOWN)
    return render_template(
        "inbox/unsubscribe.html", is_digest=wish.kind == DIGEST, label=kind.label, done=done
    )
