"""Let staff note what they did about learners, look again on the day, and close it."""

import secrets

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.guidance import intervention_queries, interventions
from sca_lms.guidance.choosing import NAMES_SHOWN, WHYS, chosen
from sca_lms.guidance.forms import ClosingForm, InterventionForm
from sca_lms.guidance.intervention_queries import Show
from sca_lms.guidance.models import InterventionKind
from sca_lms.guidance.receivers import Receivers, receivers, written
from sca_lms.guidance.rules import unpacked
from sca_lms.guidance.snapshots import today
from sca_lms.guidance.words import INTERVENTIONS, reason_words
from sca_lms.web.paging import page_number

bp = Blueprint(
    "interventions", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/follow-ups"
)


@bp.app_template_filter("reasons_noticed")
def reasons_noticed(kept: list[object]) -> list[str]:
    """Return why somebody was noticed, as sentences, from what is stored."""
    return [reason_words(each) for each in unpacked(kept)]


@bp.app_context_processor
def _words() -> dict[str, object]:
    return {"INTERVENTIONS": INTERVENTIONS}


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """List the follow-ups: those due first, all open ones, or what was closed."""
    day = today(current_course(), clock.now())
    named = request.args.get("show", Show.DUE.value)
    show = Show(named) if named in set(Show) else Show.DUE
    search = request.args.get("q", "").strip()
    page = intervention_queries.listed(
        actor(), show, today=day, search=search, number=page_number(request.args)
    )
    return render_template(
        "guidance/follow_ups.html",
        course_id=course_id,
        page=page,
        show=show,
        counts=intervention_queries.tally(actor(), today=day),
        search_text=search,
        today=day,
    )


@bp.route("/new", methods=["GET", "POST"])
@allow(*STAFF)
def new(course_id: int) -> ResponseReturnValue:
    """Note one deed for one learner or for many."""
    course, at = current_course(), clock.now()
    if request.method == "GET":
        found = chosen()
        form = InterventionForm(
            data={
                "people": written(found.ids),
                "token": secrets.token_hex(16),
                "kind": InterventionKind.TALK.value,
            }
        )
        return _page(course_id, form, found)
    form = InterventionForm(request.form)
    form.today = today(course, at)
    found = receivers(course_id, form.ids)
    if not form.validate():
        return _page(course_id, form, found), 422
    deed = interventions.Deed(InterventionKind(form.kind.data), form.text.data or "", form.follow_up_on.data)
    try:
        with transaction():
            count = interventions.record(
                course, found.people, deed, token=form.token.data or "", person_id=actor().person_id, at=at
            )
    except interventions.DoneAlready as refusal:
        flash(str(refusal))
        return redirect(_afterwards(course_id, found), 303)
    except Refused as refusal:
        form.reject(refusal)
        return _page(course_id, form, found), 409
    flash(ngettext("Noted for %(num)d learner.", "Noted for %(num)d learners.", count))
    return redirect(_afterwards(course_id, found), 303)


@bp.route("/<int:intervention_id>/close", methods=["GET", "POST"])
@allow(*STAFF)
def close(course_id: int, intervention_id: int) -> ResponseReturnValue:
    """Close a follow-up with what came of it."""
    found = intervention_queries.find(actor(), intervention_id) or abort(404)
    form = ClosingForm(request.form if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        if form.validate():
            try:
                with transaction():
                    interventions.close(
                        current_course(), found, form.outcome.data or "",
                        person_id=actor().person_id, at=clock.now(),
                    )  # fmt: skip
            except interventions.AlreadyClosed as refusal:
                flash(str(refusal), "alert")
            else:
                flash(_("The follow-up is closed."))
            return redirect(url_for(".index", course_id=course_id), 303)
        status = 422
    return render_template("guidance/close.html", course_id=course_id, each=found, form=form), status


def _afterwards(course_id: int, found: Receivers) -> str:
    if len(found.people) == 1:
        return url_for("progress.learner", course_id=course_id, enrolment_id=found.people[0].id)
    return url_for(".index", course_id=course_id, show=Show.OPEN.value)


def _page(course_id: int, form: InterventionForm, found: Receivers) -> str:
    return render_template(
        "guidance/intervention.html",
        course_id=course_id,
        form=form,
        found=found,
        WHYS=WHYS,
        names_shown=NAMES_SHOWN,
    )
