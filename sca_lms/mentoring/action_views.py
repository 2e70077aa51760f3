"""Let pairs keep the work they agree on: write it down, tick it off, carry it on, or leave it together."""

import datetime as dt
from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.mentoring import action_queries, actions, meeting_queries
from sca_lms.mentoring.action_forms import ActionForm, DueForm
from sca_lms.mentoring.meeting_pages import meeting_address
from sca_lms.mentoring.models import ActionItem, Appointment
from sca_lms.projects.models import Pair
from sca_lms.web.i18n import wall_time

bp = Blueprint(
    "mentoring_actions",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/mentoring/actions",
)

People = dict[str, tuple[Pair, Enrolment]]


@bp.get("")
@allow(Role.LEARNER, Role.MENTOR)
def index(course_id: int) -> ResponseReturnValue:
    """Show what is open and what was done last, of all pairs that the reader belongs to."""
    return _page(course_id, ActionForm())


@bp.post("")
@allow(Role.LEARNER, Role.MENTOR)
def add(course_id: int) -> ResponseReturnValue:
    """Write down what was agreed, on the page of a meeting or on the list."""
    people, appointment = _people(), _appointment()
    form = ActionForm(request.form)
    form.offer([(key, key) for key in people])
    if not form.validate():
        return _page(course_id, form), 400
    pair, owner = people[form.owner.data]
    open_now = len(action_queries.open_items([pair.id]))
    try:
        with transaction():
            actions.add(
                pair, form.text.data or "", owner, due_on=form.due_on.data, appointment=appointment,
                open_now=open_now, at=clock.now(),
            )  # fmt: skip
    except Refused as refusal:
        form.reject(refusal)
        return _page(course_id, form), 409
    flash(_("It is on the list."))
    return redirect(_way_back(course_id), 303)


@bp.post("/<int:item_id>/done")
@allow(Role.LEARNER, Role.MENTOR)
def done(course_id: int, item_id: int) -> ResponseReturnValue:
    """Tick one thing off."""
    item = action_queries.find_item(actor(), item_id) or abort(404)

    def tick_off(at: dt.datetime) -> str:
        actions.tick_off(item, _me(), at=at)
        return _("Done.")

    return _try(course_id, tick_off)


@bp.post("/<int:item_id>/again")
@allow(Role.LEARNER, Role.MENTOR)
def again(course_id: int, item_id: int) -> ResponseReturnValue:
    """Take one thing up again that was ticked off or dropped."""
    item = action_queries.find_item(actor(), item_id) or abort(404)

    def take_up(_at: dt.datetime) -> str:
        actions.take_up_again(item)
        return _("It is open again.")

    return _try(course_id, take_up)


@bp.route("/<int:item_id>/put-off", methods=["GET", "POST"])
@allow(Role.LEARNER, Role.MENTOR)
def put_off(course_id: int, item_id: int) -> ResponseReturnValue:
    """Carry one thing on with another due date."""
    item = action_queries.find_item(actor(), item_id) or abort(404)
    form = DueForm(request.form, data={"due_on": item.due_on})
    if request.method == "POST" and form.validate():

        def carry_on(_at: dt.datetime) -> str:
            actions.put_off(item, form.due_on.data)
            return _("The due date is changed.")

        return _try(course_id, carry_on)
    page = render_template("mentoring/action_due.html", course_id=course_id, item=item, form=form)
    return page, 400 if request.method == "POST" else 200


@bp.post("/<int:item_id>/drop")
@allow(Role.LEARNER, Role.MENTOR)
def drop(course_id: int, item_id: int) -> ResponseReturnValue:
    """Ask the other side to leave it, or agree to that."""
    item = action_queries.find_item(actor(), item_id) or abort(404)

    def drop_it(at: dt.datetime) -> str:
        agreed = actions.drop(item, _me(), at=at)
        return _("You both leave it.") if agreed else _("The other side is asked to agree.")

    return _try(course_id, drop_it)


@bp.post("/<int:item_id>/keep")
@allow(Role.LEARNER, Role.MENTOR)
def keep(course_id: int, item_id: int) -> ResponseReturnValue:
    """Keep one thing that somebody wanted to leave."""
    item = action_queries.find_item(actor(), item_id) or abort(404)

    def keep_it(_at: dt.datetime) -> str:
        actions.keep(item)
        return _("It stays on the list.")

    return _try(course_id, keep_it)


def _try(course_id: int, change: Callable[[dt.datetime], str]) -> ResponseReturnValue:
    try:
        with transaction():
            said = change(clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(said)
    return redirect(_way_back(course_id), 303)


def _page(course_id: int, form: ActionForm) -> str:
    people = _people()
    pairs = {pair.id: pair for pair, _person in people.values()}
    form.offer([(key, _named(pair, person, len(pairs))) for key, (pair, person) in people.items()])
    opened: list[ActionItem] = list(action_queries.open_items(pairs))
    return render_template(
        "mentoring/actions.html",
        course_id=course_id,
        form=form,
        open_items=opened,
        done_items=action_queries.done_items(pairs),
        by_pair=[(pair, [item for item in opened if item.pair_id == pair.id]) for pair in pairs.values()],
        me=actor().enrolment_id,
        today=wall_time(clock.now()).date(),
        appointment=_appointment(),
    )


def _named(pair: Pair, person: Enrolment, pairs: int) -> str:
    name = person.person.full_name or _("(no name)")
    if pairs > 1 and person.id != pair.ambassador_id:
        return _("%(captain)s, for %(ambassador)s", captain=name, ambassador=pair.ambassador.person.full_name)
    return name


def _people() -> People:
    """Return who can take work over in the actor's pairs, by the value of their field."""
    pairs = action_queries.own_pairs(actor())
    captains = action_queries.captains([pair.id for pair in pairs])
    return {
        f"{pair.id}-{person.id}": (pair, person)
        for pair in pairs
        for person in (pair.ambassador, captains.get(pair.id))
        if person is not None
    }


def _appointment() -> Appointment | None:
    """Return the meeting on whose page the form stood, if the actor is one of its sides."""
    named = request.values.get("appointment", "")
    if not (named.isascii() and named.isdigit() and len(named) < len(str(2**31))):
        return None
    seat = meeting_queries.find_seat(actor(), int(named))
    return seat.appointment if seat is not None and seat.side is not None else None


def _way_back(course_id: int) -> str:
    appointment = _appointment()
    if appointment is not None:
        return meeting_address(course_id, appointment.id, "actions")
    return url_for(".index", course_id=course_id)


def _me() -> Enrolment:
    return courses.own_enrolment(actor()) or abort(404)
