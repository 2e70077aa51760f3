"""Who leaves for good leaves no appointment behind, the others hear of it, and nothing new can be booked."""

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.calendar import operations as calendar
from sca_lms.calendar import owners
from sca_lms.calendar.models import OccupancyCell
from sca_lms.calendar.owners import CalendarClosed
from sca_lms.courses.models import Enrolment
from sca_lms.database import db, transaction
from sca_lms.mentoring import booking_queries, leaving
from sca_lms.mentoring.models import (
    Appointment,
    AppointmentEvent,
    AppointmentPlace,
    AppointmentState,
    PlaceState,
)
from sca_lms.projects.models import Captaincy, Pair
from tests.inbox.told import whom
from tests.mentoring.bookings import MONDAY_NINE, NOW, Booking, reread

DAY = dt.timedelta(days=1)


def _leave(person_id: int) -> list[bool]:
    with transaction():
        owners.close(person_id, at=NOW)
    ended = []
    for appointment_id in leaving.ahead_of(person_id, at=NOW):
        with transaction():
            ended.append(leaving.call_off(appointment_id, person_id, at=NOW))
    with transaction():
        leaving.end_pairs(person_id, at=NOW)
    return ended


def _cells_of(person_id: int) -> int:
    return len(
        db.session.scalars(
            sa.select(OccupancyCell.starts_at).where(OccupancyCell.person_id == person_id)
        ).all()
    )


@pytest.mark.parametrize("who", ["ambassador", "captain"])
def test_requests_and_meetings_ahead_are_cancelled_and_the_other_side_is_told(app: Flask, who: str) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            asked = case.ask()
            agreed = case.ask(start=MONDAY_NINE + DAY)
            case.confirm(agreed, case.captain)
            leaver = case.ambassador if who == "ambassador" else case.captain
            other = case.captain if who == "ambassador" else case.ambassador
            person_id, other_person = leaver.person_id, other.person_id
            numbers = [asked.id, agreed.id]
        assert _leave(person_id) == [True, True]
        for number in numbers:
            row = reread(number)
            assert (row.state, row.awaits, row.occasion_id) == (AppointmentState.CANCELLED, None, None)
            last = db.session.scalars(
                sa.select(AppointmentEvent)
                .where(AppointmentEvent.appointment_id == number)
                .order_by(AppointmentEvent.id.desc())
            ).first()
            assert last is not None
            assert (last.verb, last.person_id) == ("person-left", None)
            assert reread(number).sequence > 0, "the other side's calendar has to hear of it"
        assert (_cells_of(person_id), _cells_of(other_person)) == (0, 0)
        assert whom("mentoring.person-left") == {other.id}


def test_what_is_over_or_under_way_stays_as_it_was(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            begun = case.ask(start=MONDAY_NINE)
            case.confirm(begun, case.captain)
            number, person_id = begun.id, case.ambassador.person_id
        assert leaving.ahead_of(person_id, at=MONDAY_NINE) == []
        with transaction():
            assert leaving.call_off(number, person_id, at=MONDAY_NINE) is False
        assert reread(number).state is AppointmentState.CONFIRMED


def test_a_place_in_a_group_goes_to_who_waits_and_a_place_in_the_list_just_goes(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            group, people = case.a_group(capacity=1), case.others(3)
            assert [case.join(group, each) for each in people] == [
                PlaceState.IN, PlaceState.WAITING, PlaceState.WAITING,
            ]  # fmt: skip
            number, ids = group.id, [each.id for each in people]
            persons = [each.person_id for each in people]
        assert _leave(persons[1]) == [True]
        assert whom("mentoring.place-given-up") == set(), "a place in the list is nobody's business"
        assert _leave(persons[0]) == [True]
        states = dict(
            db.session.execute(
                sa.select(AppointmentPlace.enrolment_id, AppointmentPlace.state).where(
                    AppointmentPlace.appointment_id == number
                )
            ).all()
        )
        assert states == {ids[0]: PlaceState.LEFT, ids[1]: PlaceState.LEFT, ids[2]: PlaceState.IN}
        assert reread(number).state is AppointmentState.OPEN
        assert whom("mentoring.place-given-up") == {case.captain.id}
        assert whom("mentoring.place") == {ids[2]}
        assert _cells_of(persons[0]) == 0
        assert _cells_of(persons[2]) > 0


def test_a_group_slot_ends_with_its_captain_for_those_inside_and_those_who_wait(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            group, people = case.a_group(capacity=1), case.others(2)
            for each in people:
                case.join(group, each)
            number, ids = group.id, {each.id for each in people}
            captain = case.captain.person_id
        assert _leave(captain) == [True]
        assert reread(number).state is AppointmentState.CANCELLED
        assert whom("mentoring.person-left") == ids


def test_pairs_end_and_a_captain_s_pairs_wait_for_the_next_one(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            second = case.others(1)[0]
            case.a_pair(second, case.captain, "SP02")
            captain, ambassador = case.captain.person_id, case.ambassador.person_id
        _leave(captain)
        assert db.session.scalars(sa.select(Captaincy.ended_at)).all() == [NOW, NOW]
        assert db.session.scalars(sa.select(Pair.ended_at)).all() == [None, None]
        _leave(ambassador)
        db.session.expire_all()
        ended = dict(db.session.execute(sa.select(Pair.code, Pair.ended_at)).all())
        assert ended == {"SP01": NOW, "SP02": None}


def test_doing_it_again_changes_nothing(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            case.ask()
            person_id = case.ambassador.person_id
        assert _leave(person_id) == [True]
        events = db.session.scalar(sa.select(sa.func.count()).select_from(AppointmentEvent))
        assert _leave(person_id) == []
        assert db.session.scalar(sa.select(sa.func.count()).select_from(AppointmentEvent)) == events


def test_nothing_can_be_booked_with_who_has_left(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            group, (inside, waiting) = case.a_group(capacity=1), case.others(2)
            case.join(group, inside)
            case.join(group, waiting)
            person_id, gone = case.ambassador.person_id, waiting.person_id
            inside_id = inside.id
        with transaction():
            for each in (person_id, gone):
                owners.close(each, at=NOW)
        with pytest.raises(CalendarClosed), transaction():
            case.ask(start=MONDAY_NINE + DAY)
        with pytest.raises(CalendarClosed), transaction():
            case.ask(case.captain, start=MONDAY_NINE + DAY)
        with pytest.raises(CalendarClosed), transaction():
            calendar.add_time_off(person_id, NOW, NOW + DAY)
        with transaction():
            leaver = db.session.get_one(Enrolment, inside_id)
            (anew,) = booking_queries.whole([group.id])
            assert case.leave(anew, leaver) == [], "who has left does not move up"
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Appointment)) == 1
