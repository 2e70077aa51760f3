"""Ask for, confirm, decline, move and cancel appointments; the cells of the calendar let nothing clash.

Staff and captains take the same cells as everybody: only the weekly hours and the notice do not bind them.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from sca_lms.calendar import operations as calendar
from sca_lms.calendar.models import OccasionKind
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.errors import Refused, Text
from sca_lms.mentoring import booking_history, booking_notices, booking_queries, slot_queries
from sca_lms.mentoring.booking_rules import LIVING, Act, Party, acts, other
from sca_lms.mentoring.models import (
    Appointment,
    AppointmentPlace,
    AppointmentState,
    MentoringTerms,
    MentoringTopic,
    PlaceState,
    PlannedMeeting,
    Side,
)
from sca_lms.mentoring.slots import Misfit
from sca_lms.projects.models import Captaincy, Pair

COLUMNS = [column.key for column in sa.inspect(Appointment).column_attrs]
MISFITS: Mapping[Misfit, Text] = {
    Misfit.UNEVEN: _l("A meeting begins at a full quarter of an hour."),
    Misfit.TOO_SOON: _l("This is too soon: the captain asks for more notice."),
    Misfit.TOO_FAR: _l("This is too far ahead. Choose a nearer time."),
    Misfit.OUTSIDE: _l("The captain does not offer this time."),
    Misfit.TAKEN: _l("This time is not free any more."),
}

CALLED_OFF: Mapping[Act, tuple[AppointmentState, str]] = {
    Act.DECLINE: (AppointmentState.DECLINED, "declined"),
    Act.CANCEL: (AppointmentState.CANCELLED, "cancelled"),
}


class CannotBook(Refused):
    """A time or a person that cannot be booked."""

    code = "cannot-book"


class SlotNotFree(CannotBook):
    """The captain does not offer this time, or not any more."""

    code = "slot-not-free"


class TooManyOpen(CannotBook):
    """The ambassador has as many appointments ahead as the terms allow."""

    code = "too-many-open"


class NotNow(Refused):
    """The appointment does not stand where this can be done."""

    code = "not-now"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for."""

    starts_at: dt.datetime
    minutes: int
    topic: MentoringTopic
    planned_meeting: PlannedMeeting | None = None
    agenda: str = ""
    place: str = ""
    join_url: str = ""

    @property
    def ends_at(self) -> dt.datetime:
        """Return when it is to end."""
        return self.starts_at + dt.timedelta(minutes=self.minutes)


def ask(
    pair: Pair, captain: Enrolment, terms: MentoringTerms, wish: Wish, party: Party, *, at: dt.datetime
) -> Appointment:
    """Ask for a meeting of a pair and its captain, whose people are loaded; the time of both is taken.

    What an ambassador asks awaits the captain, what a captain asks the ambassador; what staff book is agreed.
    Raise `CannotBook` or the calendar's `Clash`.
    """
    ambassador = pair.ambassador
    _refuse_odd(wish, at=at)
    # A list of pairs that is taken back takes no pair away for which somebody books just now.
    if db.session.scalar(sa.select(Pair.id).where(Pair.id == pair.id).with_for_update(read=True)) is None:
        raise CannotBook(_l("This pair is gone: the list that made it was taken back."))
    if party.side is Side.AMBASSADOR:
        # Whoever books twice at once is counted one after the other.
        db.session.scalar(
            sa.select(Enrolment.id).where(Enrolment.id == ambassador.id).with_for_update(key_share=True)
        )
        if booking_queries.open_ahead(ambassador.id, at=at) >= terms.most_open_bookings:
            raise TooManyOpen(
                _l(
                    "You have %(most)s meetings ahead already. Hold or cancel one before you book another.",
                    most=terms.most_open_bookings,
                )
            )
        _refuse_misfit(captain, ambassador, terms, wish, None, at=at)
    appointment = Appointment(
        course_id=pair.course_id, captain=captain, captain_id=captain.id, pair=pair, pair_id=pair.id,
        topic=wish.topic, topic_id=wish.topic.id, planned_meeting=wish.planned_meeting,
        starts_at=wish.starts_at, ends_at=wish.ends_at, agenda=wish.agenda, place=wish.place,
        join_url=wish.join_url, created_at=at, changed_at=at,
        state=AppointmentState.REQUESTED if party.side else AppointmentState.CONFIRMED,
        awaits=other(party.side) if party.side else None,
    )  # fmt: skip
    db.session.add(appointment)
    db.session.flush()
    db.session.add(
        AppointmentPlace(
            appointment_id=appointment.id, enrolment_id=ambassador.id, state=PlaceState.IN, asked_at=at
        )
    )
    take_time(appointment, [captain.person_id, ambassador.person_id], captain, terms)
    verb = "requested" if party.side else "booked"
    booking_history.note(
        appointment, verb, person_id=party.person_id, at=at, after=booking_history.times_of(appointment)
    )
    for each, across in ((captain, ambassador), (ambassador, captain)):
        if each.id != party.enrolment_id:
            other_name = across.person.full_name
            booking_notices.tell(verb, appointment, [each.id], at=at, who=party.name, other=other_name)
    return appointment


def confirm(
    appointment: Appointment, terms: MentoringTerms, party: Party, *, seen: int, at: dt.datetime
) -> None:
    """Agree to a meeting as it stands; `seen` is the version that the person has looked at."""
    places = lock(appointment, terms, party, Act.CONFIRM, seen=seen, at=at)
    before = booking_history.times_of(appointment)
    appointment.state, appointment.awaits = AppointmentState.CONFIRMED, None
    _changed(appointment, "confirmed", party, places, before=before, at=at)


def call_off(
    appointment: Appointment,
    terms: MentoringTerms,
    party: Party,
    act: Act,
    reason: str,
    *,
    seen: int,
    at: dt.datetime,
) -> None:
    """Decline a request, or cancel a meeting or a group slot, with the reason.

    Everybody's time is free again, and the history stays.
    """
    places = lock(appointment, terms, party, act, seen=seen, at=at)
    state, verb = CALLED_OFF[act]
    _end(appointment, state, verb, party, places, reason=reason, at=at)


def change_time(
    appointment: Appointment,
    terms: MentoringTerms,
    party: Party,
    starts_at: dt.datetime,
    *,
    seen: int,
    at: dt.datetime,
) -> None:
    """Put a meeting at another time: the new time is taken before the old one is free.

    It then awaits the other side. What staff move, and a group slot, stays as agreed as it was. Raise
    `CannotBook` or `Clash`, and everything stays as it was.
    """
    proposes = appointment.awaits is not None and appointment.awaits is party.side
    places = lock(appointment, terms, party, Act.PROPOSE if proposes else Act.MOVE, seen=seen, at=at)
    minutes = (appointment.ends_at - appointment.starts_at) // dt.timedelta(minutes=1)
    wish = Wish(starts_at, minutes, appointment.topic)
    _refuse_odd(wish, at=at)
    if starts_at == appointment.starts_at:
        raise CannotBook(_l("This is the time that it has already."))
    if party.side is Side.AMBASSADOR and appointment.pair is not None:
        _refuse_misfit(appointment.captain, appointment.pair.ambassador, terms, wish, appointment, at=at)
    if appointment.occasion is not None:
        calendar.move(
            appointment.occasion,
            wish.starts_at,
            wish.ends_at,
            buffer_minutes_of=buffer_of(appointment, terms),
        )
    before, was = booking_history.times_of(appointment), appointment.starts_at
    _follow_place(appointment, wish.starts_at)
    appointment.starts_at, appointment.ends_at = wish.starts_at, wish.ends_at
    if party.side is not None and appointment.pair_id is not None:
        appointment.state, appointment.awaits = AppointmentState.REQUESTED, other(party.side)
    verb = "proposed" if appointment.awaits is not None else "moved"
    _changed(
        appointment, "proposed" if proposes else "moved", party, places, before=before, at=at,
        notice=verb, before_at=was,
    )  # fmt: skip


def _follow_place(appointment: Appointment, starts_at: dt.datetime) -> None:
    """Let a meeting that is where the captain's hours say be where they say at its new time."""
    there = slot_queries.spot_at(appointment.captain_id, appointment.starts_at)
    if (appointment.place, appointment.join_url) == there:
        appointment.place, appointment.join_url = slot_queries.spot_at(appointment.captain_id, starts_at)


def lapse(appointment: Appointment, *, at: dt.datetime) -> bool:
    """Let a request go that nobody answered before its beginning; returns whether it did so."""
    db.session.refresh(appointment, attribute_names=COLUMNS, with_for_update=True)
    if appointment.state is not AppointmentState.REQUESTED or appointment.starts_at > at:
        return False
    places = booking_queries.places_of([appointment.id]).get(appointment.id, [])
    _end(appointment, AppointmentState.LAPSED, "lapsed", Party(None, None, None), places, at=at)
    return True


def end_for_leaver(appointment: Appointment, leaver_id: int, *, at: dt.datetime) -> bool:
    """Cancel what is ahead because one of its people (an enrolment id) takes part no more; tell the others.

    Returns whether it did so; what has begun stays as it is.
    """
    db.session.refresh(appointment, attribute_names=COLUMNS, with_for_update=True)
    if appointment.state not in LIVING or appointment.starts_at <= at:
        return False
    places = booking_queries.places_of([appointment.id]).get(appointment.id, [])
    party = Party(None, None, leaver_id)
    _end(appointment, AppointmentState.CANCELLED, "person-left", party, places, at=at)
    return True


def captain_replaced(pair: Pair, before: Captaincy, after: Captaincy | None, at: dt.datetime) -> None:
    """Cancel what a captain who leads a pair no more has ahead with it; what is over keeps its captain.

    The pair books anew with the next captain; a captaincy that only begins anew changes nothing.
    """
    if after is not None and after.captain_id == before.captain_id:
        return
    ends = max(before.ended_at or at, at)
    for each in booking_queries.living_of_captain(pair.id, before.captain_id, after=ends):
        db.session.refresh(each, attribute_names=COLUMNS, with_for_update=True)
        places = booking_queries.places_of([each.id]).get(each.id, [])
        party = Party(None, before.recorded_by_id, None)
        _end(each, AppointmentState.CANCELLED, "captain-replaced", party, places, at=at)


def lock(
    appointment: Appointment,
    terms: MentoringTerms,
    party: Party,
    act: Act,
    *,
    seen: int | None,
    at: dt.datetime,
) -> Sequence[AppointmentPlace]:
    """Hold an appointment until the transaction ends and return its places; raise `NotNow`."""
    db.session.refresh(appointment, attribute_names=COLUMNS, with_for_update=True)
    places = booking_queries.places_of([appointment.id]).get(appointment.id, [])
    own = next((each for each in places if each.enrolment_id == party.enrolment_id), None)
    standing = booking_queries.standing_of(appointment, terms, own)
    if act not in acts(standing, party.side, at=at) or seen not in (None, appointment.row_version):
        raise NotNow(
            _l("This appointment has changed, or it is too late for that. Look at how it stands now.")
        )
    return places


def take_time(
    appointment: Appointment, person_ids: Sequence[int], captain: Enrolment, terms: MentoringTerms
) -> None:
    """Take the time of these people for a new appointment; raise `Clash`."""
    spec = calendar.OccasionSpec(
        appointment.course_id, OccasionKind.MENTORING, f"appointment:{appointment.id}",
        appointment.starts_at, appointment.ends_at,
    )  # fmt: skip
    buffer = {captain.person_id: terms.buffer_minutes}
    appointment.occasion = calendar.occupy(spec, person_ids, buffer_minutes_of=buffer)
    appointment.occasion_id = appointment.occasion.id
    db.session.flush()


def buffer_of(appointment: Appointment, terms: MentoringTerms) -> dict[int, int]:
    """Return behind whose end so many minutes stay free: the captain's."""
    return {appointment.captain.person_id: terms.buffer_minutes}


def refuse_uneven(starts_at: dt.datetime, minutes: int, *, at: dt.datetime) -> None:
    """Raise `CannotBook` for a time that has begun or does not keep to quarters of an hour."""
    quarter = dt.timedelta(minutes=15)
    since = starts_at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    if since % quarter or dt.timedelta(minutes=minutes) % quarter:
        raise CannotBook(MISFITS[Misfit.UNEVEN])
    if starts_at <= at:
        raise CannotBook(_l("This time is over. Choose one that is ahead."))
    if starts_at > at + dt.timedelta(days=366):
        raise CannotBook(MISFITS[Misfit.TOO_FAR])


def _refuse_odd(wish: Wish, *, at: dt.datetime) -> None:
    refuse_uneven(wish.starts_at, wish.minutes, at=at)


def _refuse_misfit(
    captain: Enrolment,
    ambassador: Enrolment,
    terms: MentoringTerms,
    wish: Wish,
    but: Appointment | None,
    *,
    at: dt.datetime,
) -> None:
    found = slot_queries.misfit(
        captain.id, captain.person_id, [ambassador.person_id], terms,
        start=wish.starts_at, minutes=wish.minutes, but=but, at=at,
    )  # fmt: skip
    if found is not None:
        raise SlotNotFree(MISFITS[found])


def _end(
    appointment: Appointment,
    state: AppointmentState,
    verb: str,
    party: Party,
    places: Sequence[AppointmentPlace],
    *,
    reason: str = "",
    at: dt.datetime,
) -> None:
    before = booking_history.times_of(appointment)
    occasion, appointment.occasion, appointment.occasion_id = appointment.occasion, None, None
    appointment.state, appointment.awaits = state, None
    db.session.flush()
    if occasion is not None:
        calendar.release(occasion)
    _changed(appointment, verb, party, places, before=before, reason=reason, at=at)


def _changed(
    appointment: Appointment,
    verb: str,
    party: Party,
    places: Sequence[AppointmentPlace],
    *,
    before: dict[str, object],
    at: dt.datetime,
    reason: str = "",
    notice: str = "",
    before_at: dt.datetime | None = None,
) -> None:
    """Count the change, write it down and tell everybody but whoever did it."""
    appointment.row_version += 1
    appointment.sequence += 1
    appointment.changed_at = at
    booking_history.note(
        appointment, verb, person_id=party.person_id, at=at, reason=reason,
        before=before, after=booking_history.times_of(appointment),
    )  # fmt: skip
    db.session.flush()
    concerned = {each.enrolment_id for each in places if each.state is not PlaceState.LEFT}
    booking_notices.tell(
        notice or verb,
        appointment,
        sorted({appointment.captain_id, *concerned} - {party.enrolment_id}),
        at=at,
        who=party.name,
        reason=reason,
        before_at=before_at or appointment.starts_at,
    )
