"""Let a captain open a group slot."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from sca_lms import clock
from sca_lms.courses.access import actor, allow
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.mentoring import booking_groups, booking_queries, slot_queries
from sca_lms.mentoring.booking import Wish
from sca_lms.mentoring.booking_forms import GroupForm
from sca_lms.mentoring.booking_groups import Circle
from sca_lms.mentoring.booking_pages import name_of_reader, own_enrolment, terms_or_404
from sca_lms.mentoring.booking_rules import Party
from sca_lms.mentoring.booking_subjects import subjects
from sca_lms.mentoring.models import Audience, MentoringTerms, Side

bp = Blueprint(
    "mentoring_groups",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/mentoring/groups",
)
USUAL_PLACES = 10


@bp.get("/new")
@allow(Role.MENTOR)
def new(course_id: int) -> ResponseReturnValue:
    """Show the form for a group slot."""
    terms = terms_or_404(course_id)
    usual = _usual(terms) | slot_queries.spot_at(own_enrolment().id, None)._asdict()
    return _page(course_id, terms, _form(course_id, GroupForm(data=usual)))


@bp.post("/new")
@allow(Role.MENTOR)
def open_slot(course_id: int) -> ResponseReturnValue:
    """Open a group slot; the captain's time is taken at once."""
    terms, me, at = terms_or_404(course_id), own_enrolment(), clock.now()
    form = _form(course_id, GroupForm(request.form))
    if not form.validate() or form.starts.data is None:
        return _page(course_id, terms, form), 400
    topic, planned = form.chosen
    wish = Wish(
        form.starts.data, form.minutes.data or terms.slot_minutes, topic, planned, form.agenda.data or "",
        form.place.data or "", form.join_url.data or "",
    )  # fmt: skip
    audience = Audience(form.audience.data)
    circle = Circle(
        form.title.data or "", form.capacity.data or 1, audience,
        str(form.group.data or "") if audience is Audience.GROUP else "",
    )  # fmt: skip
    party = Party(Side.CAPTAIN, actor().person_id, me.id, name_of_reader())
    try:
        with transaction():
            opened = booking_groups.open_slot(course_id, me, terms, wish, circle, party, at=at)
    except Refused as refusal:
        form.reject(refusal, "starts")
        return _page(course_id, terms, form), 409
    flash(_("The group slot is open."))
    return redirect(url_for("mentoring_appointments.page", course_id=course_id, appointment_id=opened.id))


def _usual(terms: MentoringTerms) -> dict[str, object]:
    return {"minutes": terms.slot_minutes, "capacity": USUAL_PLACES, "audience": Audience.PAIRS}


def _form(course_id: int, form: GroupForm) -> GroupForm:
    form.offer(subjects(course_id, None, at=clock.now()))
    form.offer_groups(booking_queries.groups(course_id))
    return form


def _page(course_id: int, terms: MentoringTerms, form: GroupForm) -> str:
    return render_template("mentoring/group_new.html", course_id=course_id, terms=terms, form=form)
