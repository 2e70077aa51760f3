"""Let staff write to the learners they have chosen: text, preview, sending, and the log."""

import secrets

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course, current_person
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.guidance import message_queries, messages
from sca_lms.guidance.choosing import NAMES_SHOWN, WHYS, chosen
from sca_lms.guidance.forms import MessageForm
from sca_lms.guidance.interventions import DoneAlready
from sca_lms.guidance.receivers import Receivers, receivers, written
from sca_lms.guidance.snapshots import today
from sca_lms.web.paging import page_number

bp = Blueprint(
    "messages", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/messages"
)


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """List what was sent, the newest first."""
    page = message_queries.sent(actor(), number=page_number(request.args))
    return render_template("guidance/messages.html", course_id=course_id, page=page)


@bp.route("/new", methods=["GET", "POST"])
@allow(*STAFF)
def new(course_id: int) -> ResponseReturnValue:
    """Write a message, look at it as it will be, and send it once."""
    course, at = current_course(), clock.now()
    if request.method == "GET":
        found = chosen()
        form = MessageForm(data={"people": written(found.ids), "token": secrets.token_hex(16)})
        return _page(course_id, form, found)
    form = MessageForm(request.form)
    form.today = today(course, at)
    found = receivers(course_id, form.ids)
    action = request.form.get("action", "preview")
    if not form.validate():
        return _page(course_id, form, found), 422
    if action == "edit":
        return _page(course_id, form, found)
    if action != "send":
        return _page(course_id, form, found, step="preview")
    try:
        with transaction():
            told = messages.send(
                course, found.people, form.text, who=_own_name(), token=form.token.data or "",
                person_id=actor().person_id, at=at, follow_up_on=form.follow_up_on.data,
            )  # fmt: skip
    except DoneAlready as refusal:
        flash(str(refusal))
        return redirect(url_for(".index", course_id=course_id), 303)
    except Refused as refusal:
        form.reject(refusal)
        return _page(course_id, form, found), 409
    flash(ngettext("Sent to %(num)d learner.", "Sent to %(num)d learners.", told))
    return redirect(url_for(".index", course_id=course_id), 303)


@bp.get("/<int:intervention_id>")
@allow(*STAFF)
def one(course_id: int, intervention_id: int) -> ResponseReturnValue:
    """Show one message, who got it and who has read it."""
    message = message_queries.find_message(actor(), intervention_id) or abort(404)
    page = message_queries.receipts(message, number=page_number(request.args))
    return render_template("guidance/message_sent.html", course_id=course_id, message=message, page=page)


def _own_name() -> str:
    person = current_person()
    return person.full_name if person else ""


def _page(course_id: int, form: MessageForm, found: Receivers, *, step: str = "write") -> str:
    return render_template(
        "guidance/message.html",
        course_id=course_id,
        form=form,
        found=found,
        step=step,
        who=_own_name(),
        WHYS=WHYS,
        names_shown=NAMES_SHOWN,
    )
