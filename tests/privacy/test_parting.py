"""Erasure ends what somebody has ahead, also what is being booked in that very moment."""

import datetime as dt
from functools import partial

import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.calendar.models import CalendarOwner, OccupancyCell, TimeOff
from sca_lms.calendar.operations import Clash
from sca_lms.calendar.owners import CalendarClosed
from sca_lms.config import Settings
from sca_lms.courses.models import Enrolment, Person
from sca_lms.database import db, transaction
from sca_lms.mentoring import booking, leaving, terms_queries
from sca_lms.mentoring.booking import Wish
from sca_lms.mentoring.booking_rules import Party
from sca_lms.mentoring.models import (
    Appointment,
    AppointmentEvent,
    AppointmentPlace,
    AppointmentState,
    MentoringTerms,
    PlaceState,
    Side,
    WeeklyHours,
)
from sca_lms.privacy import erasing, jobs, parting, requesting
from sca_lms.privacy.holdings import ERASED
from sca_lms.privacy.models import PrivacyRequest
from sca_lms.privacy.rules import RequestKind, RequestState
from sca_lms.projects import queries as projects
from tests.calendar.test_races import PROCESSES, THREADS, at_once
from tests.inbox.told import told, whom
from tests.mentoring.bookings import MONDAY_NINE, NOW, Booking

CROWD = PROCESSES * THREADS
QUARTER = dt.timedelta(minutes=15)


def _grant(case: Booking, who: Enrolment) -> int:
    request = requesting.ask(
        case.course, who.person_id, RequestKind.ERASURE, by=who.person_id, at=NOW, text="ขอลบ"
    )
    requesting.answer(request, case.course, granted=True, text="ตกลง", by=case.staff.person_id, at=NOW)
    return request.id


def test_a_granted_erasure_leaves_nothing_ahead_and_tells_the_captain_without_a_name(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            case.ask()
            captain, leaver = case.captain.id, case.ambassador.person_id
            db.session.add(TimeOff(person_id=leaver, starts_at=MONDAY_NINE, ends_at=MONDAY_NINE + QUARTER))
            _grant(case, case.ambassador)
        jobs.carry_out_erasures(NOW)
        assert db.session.scalars(sa.select(Appointment.state)).all() == [AppointmentState.CANCELLED]
        assert db.session.scalars(sa.select(OccupancyCell.person_id)).all() == []
        assert db.session.scalars(sa.select(TimeOff.id)).all() == []
        assert whom("mentoring.person-left") == {captain}
        facts = [facts for _who, kind, facts in told() if kind == "mentoring.person-left"]
        assert "ดาริน" not in str(facts)
        owner = db.session.get_one(CalendarOwner, leaver)
        assert (owner.closed_at, owner.feed_digest) == (NOW, None)
        assert db.session.scalar(sa.select(PrivacyRequest.state)) is RequestState.DONE


def test_an_erased_captain_offers_no_hours_and_keeps_no_pair(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            case.ask()
            pair = case.pair.id
            _grant(case, case.captain)
        jobs.carry_out_erasures(NOW)
        assert db.session.scalars(sa.select(WeeklyHours.id)).all() == []
        assert projects.captaincies([pair])[0].ended_at == NOW
        assert projects.captaincies([pair])[0].reason == ERASED
        assert whom("mentoring.person-left") == {case.ambassador.id}


def book_or_leave(course_id: int, ambassador: int, app: Flask, number: int) -> str:
    """Ask for times with somebody as ambassador and as captain, again and again; two of all erase them."""
    with app.app_context():
        person_id = db.session.scalars(sa.select(Enrolment.person_id).where(Enrolment.id == ambassador)).one()
        if number in (CROWD // 2, CROWD - 1):
            parting.part_from(person_id, at=NOW)
            with transaction():
                erasing.erase(db.session.get_one(Person, person_id), at=NOW)
            return "erased"
        pair, terms = projects.pair_of(ambassador, NOW), terms_queries.terms_of(course_id)
        captaincy = projects.captain_at(pair, NOW) if pair else None
        if pair is None or captaincy is None or terms is None:
            return "gone"
        (topic, *_others) = terms_queries.topics(course_id)
        start = MONDAY_NINE + dt.timedelta(days=number // 5 * 7 + number % 5)
        side = Side.CAPTAIN if number % 2 else Side.AMBASSADOR
        me = captaincy.captain if number % 2 else pair.ambassador
        try:
            with transaction():
                booking.ask(
                    pair, captaincy.captain, terms, Wish(start, 90, topic),
                    Party(side, me.person_id, me.id), at=NOW,
                )  # fmt: skip
        except CalendarClosed:
            return "closed"
        except (Clash, booking.CannotBook):
            return "refused"
    return "booked"


def test_no_booking_survives_that_is_made_while_somebody_is_erased(app: Flask, settings: Settings) -> None:
    with app.app_context(), transaction():
        case = Booking()
        course_id, ambassador, person_id = case.course.id, case.ambassador.id, case.ambassador.person_id
        db.session.execute(sa.update(MentoringTerms).values(most_open_bookings=CROWD))
    outcomes = at_once(settings, partial(book_or_leave, course_id, ambassador))
    assert outcomes["erased"] == 2
    with app.app_context():
        assert leaving.ahead_of(person_id, at=NOW) == []
        states = db.session.scalars(sa.select(Appointment.state)).all()
        assert len(states) == outcomes["booked"]
        assert set(states) <= {AppointmentState.CANCELLED}
        held = sa.select(OccupancyCell.starts_at).where(OccupancyCell.person_id == person_id)
        assert db.session.scalars(held).all() == []
        ends = sa.select(sa.func.count()).where(AppointmentEvent.verb == "person-left")
        assert db.session.scalar(ends) == outcomes["booked"], "each was called off once"
        assert db.session.scalars(sa.select(AppointmentPlace.state)).all() == [PlaceState.IN] * len(states)


def test_who_is_forgotten_for_their_age_leaves_nothing_ahead_either(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            case.ask()
            person_id = case.ambassador.person_id
        assert parting.part_from(person_id, at=NOW) == 1
        assert parting.part_from(person_id, at=clock.now()) == 0
