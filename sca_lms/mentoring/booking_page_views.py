"""Show one appointment with everything about it, and let its sides answer, move, cancel and describe it."""

import datetime as dt
from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.calendar import ics
from sca_lms.calendar.operations import Clash
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.mentoring import (
    booking,
    booking_details,
    booking_groups,
    booking_queries,
    calendar_entries,
    desk,
    meeting_queries,
    slots,
    terms_queries,
)
from sca_lms.mentoring.booking_details import Details
from sca_lms.mentoring.booking_forms import FILES, DetailsForm, MoveForm, ReasonForm
from sca_lms.mentoring.booking_pages import (
    appointment_or_404,
    by_reader_day,
    free_of,
    own_enrolment,
    party_or_403,
    renderer,
    sent_files,
    take_files,
    terms_or_404,
)
from sca_lms.mentoring.booking_rules import Act, acts, move_until
from sca_lms.mentoring.booking_subjects import subjects
from sca_lms.mentoring.booking_words import story
from sca_lms.mentoring.models import Appointment, MentoringTerms, PlaceState, Side
from sca_lms.mentoring.report_words import MARKS, STATES
from sca_lms.uploads import answers
from sca_lms.uploads.operations import FileRefused
from sca_lms.web.incoming import takes_files

bp = Blueprint(
    "mentoring_appointments",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/mentoring/meetings/<int:appointment_id>",
)

PEOPLE = (Role.LEARNER, Role.MENTOR, *STAFF)


@bp.context_processor
def _words() -> dict[str, object]:
    return {"STATES": STATES, "MARKS": MARKS}


@bp.get("")
@allow(*PEOPLE)
def page(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Show when and where it is, what it is about, what both may do now, and its whole history."""
    at = clock.now()
    appointment, places = appointment_or_404(appointment_id)
    terms = terms_queries.terms_of(course_id)
    party = booking_queries.party_of(actor(), appointment, places, name="")
    own = next((each for each in places if each.enrolment_id == actor().enrolment_id), None)
    standing = booking_queries.standing_of(appointment, terms, own)
    seat = meeting_queries.find_seat(actor(), appointment_id)
    inside = [each for each in places if each.state is PlaceState.IN]
    return render_template(
        "mentoring/appointment.html",
        course_id=course_id,
        appointment=appointment,
        party=party,
        own=own,
        inside=inside,
        waiting=[each for each in places if each.state is PlaceState.WAITING],
        can=acts(standing, party.side, at=at) if party and terms else frozenset[Act](),
        move_until=move_until(standing),
        is_ahead=at < appointment.starts_at,
        at=at,
        files=booking_queries.files_of(appointment.id),
        accept=FILES.accept,
        story=story(booking_queries.events_of(appointment.id)),
        desk=desk.desk_of(seat, at=at) if seat else None,
    )


@bp.post("/confirm")
@allow(*PEOPLE)
def confirm(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Agree to the meeting as it stood when the page was shown."""
    appointment, places = appointment_or_404(appointment_id)
    party, terms = party_or_403(appointment, places), terms_or_404(course_id)
    seen = request.form.get("seen", -1, type=int)
    return _do(
        appointment,
        lambda at: booking.confirm(appointment, terms, party, seen=seen, at=at),
        _("Confirmed. The other side gets a notice."),
    )


@bp.route("/decline", methods=["GET", "POST"])
@allow(*PEOPLE)
def decline(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Say no to a request, with the reason."""
    return _with_reason(course_id, appointment_id, Act.DECLINE)


@bp.route("/cancel", methods=["GET", "POST"])
@allow(*PEOPLE)
def cancel(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Call the meeting off, with the reason."""
    return _with_reason(course_id, appointment_id, Act.CANCEL)


def _with_reason(course_id: int, appointment_id: int, act: Act) -> ResponseReturnValue:
    appointment, places = appointment_or_404(appointment_id)
    party, terms = party_or_403(appointment, places), terms_or_404(course_id)
    form = ReasonForm(request.form, data={"seen": appointment.row_version})
    status = 200
    if request.method == "POST":
        status = 400
        if form.validate():
            try:
                with transaction():
                    booking.call_off(
                        appointment, terms, party, act, form.reason.data or "", seen=form.seen.data or -1,
                        at=clock.now(),
                    )  # fmt: skip
            except Refused as refusal:
                flash(str(refusal), "alert")
            else:
                flash(
                    _("Declined.")
                    if act is Act.DECLINE
                    else _("Cancelled. Everybody concerned gets a notice.")
                )
            return _to(appointment)
    return render_template(
        "mentoring/reason.html", course_id=course_id, appointment=appointment, form=form, act=act
    ), status


@bp.route("/move", methods=["GET", "POST"])
@allow(*PEOPLE)
def move(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Propose another time or move it; ambassadors choose a free slot, captains and staff any free time."""
    appointment, places = appointment_or_404(appointment_id)
    party, terms = party_or_403(appointment, places), terms_or_404(course_id)
    form = MoveForm(request.form, data={"starts": appointment.starts_at, "seen": appointment.row_version})
    status, wanted = 200, appointment.starts_at
    if request.method == "POST":
        status = 400
        if form.validate() and form.starts_at is not None:
            wanted, status = form.starts_at, 409
            try:
                with transaction():
                    booking.change_time(
                        appointment, terms, party, wanted, seen=form.seen.data or -1, at=clock.now()
                    )
            except booking.NotNow as refusal:
                flash(str(refusal), "alert")
                return _to(appointment)
            except Refused as refusal:
                form.reject(refusal)
            else:
                flash(_("The new time is held. Everybody concerned gets a notice."))
                return _to(appointment)
    ambassador = appointment.pair.ambassador if appointment.pair else None
    found = free_of(appointment.captain, ambassador, terms, at=clock.now())
    return render_template(
        "mentoring/move.html",
        course_id=course_id,
        appointment=appointment,
        form=form,
        chooses=party.side is Side.AMBASSADOR,
        proposes=appointment.awaits is not None and appointment.awaits is party.side,
        days=by_reader_day(found) if party.side is Side.AMBASSADOR else {},
        offered=slots.next_slots(found, wanted) if status == 409 else [],
    ), status


@bp.route("/details", methods=["GET", "POST"])
@allow(*PEOPLE)
def details(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Change what it is about, the agenda and the place."""
    appointment, places = appointment_or_404(appointment_id)
    party, terms = party_or_403(appointment, places), terms_or_404(course_id)
    at, ambassador = clock.now(), appointment.pair.ambassador_id if appointment.pair else None
    offered = subjects(course_id, ambassador, at=at)
    form = DetailsForm(
        request.form,
        data={
            "subject": offered.value_of(appointment.topic_id, appointment.planned_meeting_id),
            "agenda": appointment.agenda,
            "place": appointment.place,
            "join_url": appointment.join_url,
            "capacity": appointment.capacity,
            "seen": appointment.row_version,
        },
    )
    form.offer(offered)
    status = 200
    if request.method == "POST":
        status = 400
        if form.validate():
            topic, planned = form.chosen
            wanted = Details(
                topic, planned, form.agenda.data or "", form.place.data or "", form.join_url.data or "",
                form.capacity.data if appointment.pair_id is None else None,
            )  # fmt: skip
            try:
                with transaction():
                    booking_details.change(
                        appointment, terms, party, wanted, seen=form.seen.data or -1, at=at
                    )
            except Refused as refusal:
                form.reject(refusal)
                status = 409
            else:
                flash(_("Saved. Both of you see it."))
                return _to(appointment)
    return render_template(
        "mentoring/details.html", course_id=course_id, appointment=appointment, form=form
    ), status


@bp.post("/join")
@allow(Role.LEARNER)
def join(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Take a place in a group slot, or one in its waiting list."""
    appointment, terms, me = _group_slot(course_id, appointment_id)
    try:
        with transaction():
            state = booking_groups.join(appointment, terms, me, at=clock.now())
    except Clash:
        flash(_("You have something else at that time, so you cannot join."), "alert")
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        is_in = state is PlaceState.IN
        flash(_("You have a place.") if is_in else _("It is full. You are on the waiting list."))
    return _to(appointment)


@bp.post("/leave")
@allow(Role.LEARNER)
def leave(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Give the own place in a group slot back."""
    appointment, terms, me = _group_slot(course_id, appointment_id)
    try:
        with transaction():
            booking_groups.leave(appointment, terms, me, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(_("You have left. The place is free for somebody else."))
    return redirect(url_for("mentoring.index", course_id=course_id))


def _group_slot(course_id: int, appointment_id: int) -> tuple[Appointment, MentoringTerms, Enrolment]:
    """Return a group slot that somebody else leads, the terms, and the reader's own enrolment."""
    appointment, _places = appointment_or_404(appointment_id)
    terms, me = terms_or_404(course_id), own_enrolment()
    if appointment.pair_id is not None or appointment.captain_id == me.id:
        abort(403)
    return appointment, terms, me


@bp.post("/files")
@allow(*PEOPLE)
@takes_files(FILES.largest)
def add_files(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Put files to the appointment, for everybody who is in it."""
    appointment, places = appointment_or_404(appointment_id)
    party, at = party_or_403(appointment, places), clock.now()
    _refuse_outsiders(appointment, party.side)
    sent = sent_files()
    try:
        with transaction():
            take_files(appointment, party, sent, at=at)
    except (FileRefused, booking_details.TooManyFiles) as refusal:
        flash(str(refusal), "alert")
    else:
        flash(_("The files are there for both of you.") if sent else _("Choose a file first."))
    return _to(appointment)


@bp.get("/files/<int:appointment_file_id>")
@allow(*PEOPLE)
def file(course_id: int, appointment_id: int, appointment_file_id: int) -> ResponseReturnValue:
    """Hand out a file of the appointment as an attachment."""
    appointment, _places = appointment_or_404(appointment_id)
    row = next(
        (each for each in booking_queries.files_of(appointment.id) if each.id == appointment_file_id), None
    )
    return answers.attachment(row.file) if row else abort(404)


@bp.post("/files/<int:appointment_file_id>/remove")
@allow(*PEOPLE)
def remove_file(course_id: int, appointment_id: int, appointment_file_id: int) -> ResponseReturnValue:
    """Take one's own file away."""
    appointment, places = appointment_or_404(appointment_id)
    party = party_or_403(appointment, places)
    found = [
        each
        for each in booking_queries.files_of(appointment.id)
        if each.id == appointment_file_id and each.added_by_id == party.enrolment_id
    ]
    if not found:
        abort(404)
    with transaction():
        booking_details.remove_file(appointment, party, found[0], at=clock.now())
    flash(_("The file was taken away."))
    return _to(appointment)


@bp.get("/meeting.ics")
@allow(*PEOPLE)
def calendar_file(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Hand out the appointment for any calendar program, with its people invited."""
    appointment, places = appointment_or_404(appointment_id)
    is_captain = appointment.captain_id == actor().enrolment_id
    entry = calendar_entries.entry_of(appointment, is_captain=is_captain)
    guests = [] if appointment.pair is None else [each.enrolment for each in places]
    text = ics.invitation(
        entry,
        renderer(),
        method="CANCEL" if entry.cancelled else "REQUEST",
        organizer=_mailbox(appointment.captain.person.full_name, appointment.captain.person.email),
        attendees=[_mailbox(each.person.full_name, each.person.email) for each in guests],
    )
    response = Response(text, mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="meeting-{appointment.id}.ics"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _mailbox(name: str, address: str) -> ics.Mailbox:
    return ics.Mailbox(name, address or "noreply@invalid")


def _refuse_outsiders(appointment: Appointment, side: Side | None) -> None:
    """Let nobody put files to a group slot in which they have no place."""
    me = courses.own_enrolment(actor())
    places = booking_queries.places_of([appointment.id]).get(appointment.id, [])
    if side is Side.AMBASSADOR and not any(
        each.enrolment_id == (me.id if me else None) and each.state is not PlaceState.LEFT for each in places
    ):
        abort(403)


def _do(appointment: Appointment, change: Callable[[dt.datetime], None], said: str) -> ResponseReturnValue:
    try:
        with transaction():
            change(clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(said)
    return _to(appointment)


def _to(appointment: Appointment) -> ResponseReturnValue:
    return redirect(url_for(".page", course_id=appointment.course_id, appointment_id=appointment.id))
