"""Let an ambassador ask for a free slot, and captains and staff book for both sides."""

import datetime as dt

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.calendar.operations import Clash
from sca_lms.courses.access import actor, allow
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.mentoring import booking, slot_queries, slots
from sca_lms.mentoring.availability_rules import Spot
from sca_lms.mentoring.booking import SlotNotFree, Wish
from sca_lms.mentoring.booking_forms import (
    FILES,
    BookForAmbassadorForm,
    BookForm,
    read_start,
)
from sca_lms.mentoring.booking_pages import (
    free_of,
    name_of_reader,
    sent_files,
    take_files,
    terms_or_404,
)
from sca_lms.mentoring.booking_rules import Party
from sca_lms.mentoring.booking_subjects import subjects
from sca_lms.mentoring.models import MentoringTerms, Side
from sca_lms.mentoring.slots import Slot
from sca_lms.projects import queries as projects
from sca_lms.projects.models import Pair
from sca_lms.uploads.operations import FileRefused
from sca_lms.web.i18n import reader_zone
from sca_lms.web.incoming import takes_files

bp = Blueprint(
    "mentoring_bookings",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/mentoring/pairs/<int:pair_id>/book",
)


@bp.get("")
@allow(Role.LEARNER, Role.MENTOR, *STAFF)
def new(course_id: int, pair_id: int) -> ResponseReturnValue:
    """Show the form for a slot that was chosen, or, to captains and staff, for any time."""
    pair, captain, side, terms = _asked(course_id, pair_id)
    at = clock.now()
    if side is Side.AMBASSADOR:
        start = read_start(request.args.get("start"))
        if start is None:
            return redirect(url_for("mentoring.index", course_id=course_id))
        free = free_of(captain, pair.ambassador, terms, at=at)
        slot = next((each for each in free if each.starts_at == start), None)
        form: BookForm | BookForAmbassadorForm = BookForm(data={"start": start.isoformat()})
        form.offer(subjects(course_id, pair.ambassador_id, at=at))
        _fill(form, slot)
        offered = [] if slot else slots.next_slots(free, start)
        return _page(pair, captain, form, terms, start=start, offered=offered), 200 if slot else 409
    begins = read_start(request.args.get("start")) or _tomorrow_morning(at)
    form = BookForAmbassadorForm(data={"starts": begins, "minutes": terms.slot_minutes})
    form.offer(subjects(course_id, pair.ambassador_id, at=at))
    _fill(form, slot_queries.spot_at(captain.id, begins if request.args.get("start") else None))
    return _page(pair, captain, form, terms, start=None, offered=[])


@bp.post("")
@allow(Role.LEARNER, Role.MENTOR, *STAFF)
@takes_files(FILES.largest)
def ask(course_id: int, pair_id: int) -> ResponseReturnValue:
    """Ask for the meeting; a time that is taken brings the next free ones, and what was typed stays."""
    pair, captain, side, terms = _asked(course_id, pair_id)
    at = clock.now()
    form = BookForm(request.form) if side is Side.AMBASSADOR else BookForAmbassadorForm(request.form)
    form.offer(subjects(course_id, pair.ambassador_id, at=at))
    is_right, start = form.validate(), form.starts_at
    if not is_right or start is None:
        return _page(pair, captain, form, terms, start=start, offered=[]), 400
    topic, planned = form.chosen
    minutes = form.minutes.data if isinstance(form, BookForAmbassadorForm) else terms.slot_minutes
    wish = Wish(
        start, minutes or terms.slot_minutes, topic, planned, form.agenda.data or "",
        form.place.data or "", form.join_url.data or "",
    )  # fmt: skip
    party = Party(side, actor().person_id, actor().enrolment_id, name_of_reader())
    offered: list[Slot] = []
    try:
        with transaction():
            appointment = booking.ask(pair, captain, terms, wish, party, at=at)
            take_files(appointment, party, sent_files(), at=at)
    except FileRefused as refusal:
        form.reject(refusal, "files")
    except (Clash, SlotNotFree) as refusal:
        form.reject(refusal)
        offered = slots.next_slots(free_of(captain, pair.ambassador, terms, at=at), start)
    except Refused as refusal:
        form.reject(refusal)
    else:
        flash(_("Booked for both.") if side is None else _("You have asked. The other side gets a notice."))
        return redirect(
            url_for("mentoring_appointments.page", course_id=course_id, appointment_id=appointment.id)
        )
    return _page(pair, captain, form, terms, start=start, offered=offered), 409


def _asked(course_id: int, pair_id: int) -> tuple[Pair, Enrolment, Side | None, MentoringTerms]:
    """Return the living pair, its captain, for which side the reader books, and the terms."""
    at, pair = clock.now(), projects.find_pair(actor(), pair_id) or abort(404)
    captaincy = projects.captain_at(pair, at)
    if captaincy is None or (pair.ended_at is not None and pair.ended_at <= at):
        abort(404)
    terms, me = terms_or_404(course_id), actor().enrolment_id
    if pair.ambassador_id == me:
        return pair, captaincy.captain, Side.AMBASSADOR, terms
    if captaincy.captain_id == me:
        return pair, captaincy.captain, Side.CAPTAIN, terms
    if not actor().has(*STAFF):
        # Somebody who led the pair once.
        abort(403)
    return pair, captaincy.captain, None, terms


def _fill(form: BookForm | BookForAmbassadorForm, place: Slot | Spot | None) -> None:
    form.subject.data = form.offered.suggested or next(iter(form.offered.choices), "")
    if place is not None:
        form.place.data, form.join_url.data = place.place, place.join_url


def _tomorrow_morning(at: dt.datetime) -> dt.datetime:
    own = at.astimezone(reader_zone()) + dt.timedelta(days=1)
    return own.replace(hour=9, minute=0, second=0, microsecond=0).astimezone(dt.UTC)


def _page(
    pair: Pair,
    captain: Enrolment,
    form: BookForm | BookForAmbassadorForm,
    terms: MentoringTerms,
    *,
    start: dt.datetime | None,
    offered: list[Slot],
) -> str:
    return render_template(
        "mentoring/book.html",
        course_id=pair.course_id,
        pair=pair,
        captain=captain,
        form=form,
        terms=terms,
        start=start,
        ends=start + dt.timedelta(minutes=terms.slot_minutes) if start else None,
        offered=offered,
        is_own=pair.ambassador_id == actor().enrolment_id,
        is_staff=captain.id != actor().enrolment_id,
        accept=FILES.accept,
    )
