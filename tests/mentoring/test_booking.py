"""Both sides' time is taken as soon as somebody asks, whoever it is; every change keeps the history."""

import datetime as dt
from collections import Counter

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.calendar.models import CalendarOccasion, OccupancyCell
from sca_lms.calendar.operations import Clash, add_time_off
from sca_lms.courses.models import Enrolment
from sca_lms.database import db, transaction
from sca_lms.inbox.models import InboxNotice
from sca_lms.mentoring import booking, booking_queries, jobs
from sca_lms.mentoring.booking_rules import Act
from sca_lms.mentoring.models import Appointment, AppointmentState, Audience, PlaceState, Side
from sca_lms.projects.models import Captaincy
from tests.mentoring.bookings import HOUR, MONDAY_NINE, NOW, Booking
from tests.mentoring.meetings import DAY, acting

QUARTER = dt.timedelta(minutes=15)


def cells(person_id: int) -> list[dt.datetime]:
    return list(
        db.session.scalars(
            sa.select(OccupancyCell.starts_at)
            .where(OccupancyCell.person_id == person_id)
            .order_by(OccupancyCell.starts_at)
        )
    )


def verbs(appointment: Appointment) -> list[str]:
    return [each.verb for each in booking_queries.events_of(appointment.id)]


def told(enrolment: Enrolment) -> list[str]:
    return list(
        db.session.scalars(
            sa.select(InboxNotice.kind)
            .where(InboxNotice.enrolment_id == enrolment.id)
            .order_by(InboxNotice.id)
        )
    )


def test_a_request_takes_the_time_of_both_and_the_captain_s_buffer(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Booking()
        asked = case.ask()
        assert (asked.state, asked.awaits) == (AppointmentState.REQUESTED, Side.CAPTAIN)
        ambassador, captain = cells(case.ambassador.person_id), cells(case.captain.person_id)
        assert ambassador == [MONDAY_NINE + number * QUARTER for number in range(6)]
        assert captain == [MONDAY_NINE + number * QUARTER for number in range(7)]
        assert told(case.captain) == ["mentoring.requested"]
        assert told(case.ambassador) == []


def test_a_captain_s_booking_awaits_the_ambassador_and_staff_s_is_agreed(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Booking()
        assert case.ask(case.captain).awaits is Side.AMBASSADOR
        booked = case.ask(case.staff, MONDAY_NINE + DAY)
        assert (booked.state, booked.awaits) == (AppointmentState.CONFIRMED, None)
        assert told(case.captain) == ["mentoring.booked"]
        assert told(case.ambassador) == ["mentoring.requested", "mentoring.booked"]


@pytest.mark.parametrize("who", ["ambassador", "captain", "staff"])
def test_nobody_books_over_a_request_that_is_not_answered(app: Flask, who: str) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            case.ask()
        with pytest.raises((Clash, booking.SlotNotFree)), transaction():
            case.ask(getattr(case, who), MONDAY_NINE + HOUR)
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Appointment)) == 1


def test_captains_and_staff_are_not_booked_over_time_off_either(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            add_time_off(case.captain.person_id, MONDAY_NINE, MONDAY_NINE + HOUR)
        for who in (case.captain, case.staff):
            with pytest.raises(Clash), transaction():
                case.ask(who)


@pytest.mark.parametrize(
    ("start", "at"),
    [
        pytest.param(MONDAY_NINE - HOUR, NOW, id="before the hours"),
        pytest.param(MONDAY_NINE - DAY, NOW, id="on a day without hours"),
        pytest.param(MONDAY_NINE + 7 * HOUR, NOW, id="ending behind the hours"),
        pytest.param(MONDAY_NINE, MONDAY_NINE - 23 * HOUR, id="within the notice"),
        pytest.param(MONDAY_NINE + dt.timedelta(minutes=5), NOW, id="between quarters"),
        pytest.param(MONDAY_NINE + 70 * DAY, NOW, id="beyond the horizon"),
    ],
)
def test_an_ambassador_books_only_what_is_offered(app: Flask, start: dt.datetime, at: dt.datetime) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
        with pytest.raises(booking.CannotBook), transaction():
            case.ask(start=start, at=at)


def test_nobody_books_the_past(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
        for who in (case.captain, case.staff):
            with pytest.raises(booking.CannotBook), transaction():
                case.ask(who, NOW - DAY)


def test_an_ambassador_has_only_so_many_meetings_ahead(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            first = case.ask()
            case.ask(start=MONDAY_NINE + DAY)
        with pytest.raises(booking.TooManyOpen), transaction():
            case.ask(start=MONDAY_NINE + 2 * DAY)
        with transaction():
            case.cancel(first, case.ambassador)
            case.ask(start=MONDAY_NINE + 2 * DAY)


def test_confirmed_is_what_was_seen(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            asked = case.ask()
            seen = asked.row_version
            case.change(asked, case.ambassador, MONDAY_NINE + 2 * HOUR)
        with pytest.raises(booking.NotNow), transaction():
            booking.confirm(asked, case.terms, case.party(case.captain), seen=seen, at=NOW)
        with transaction():
            case.confirm(asked, case.captain)
        assert asked.state is AppointmentState.CONFIRMED
        assert verbs(asked) == ["requested", "moved", "confirmed"]
        assert asked.sequence == 2


def test_the_side_that_asked_cannot_confirm(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            asked = case.ask()
        with pytest.raises(booking.NotNow), transaction():
            case.confirm(asked, case.ambassador)


def test_declining_frees_both_and_keeps_the_reason(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Booking()
        asked = case.ask()
        party = case.party(case.captain)
        booking.call_off(asked, case.terms, party, Act.DECLINE, "ไม่ว่าง", seen=asked.row_version, at=NOW)
        assert (asked.state, asked.awaits, asked.occasion_id) == (AppointmentState.DECLINED, None, None)
        assert cells(case.ambassador.person_id) == cells(case.captain.person_id) == []
        assert booking_queries.events_of(asked.id)[-1].reason == "ไม่ว่าง"
        assert told(case.ambassador) == ["mentoring.declined"]


def test_another_time_is_held_before_the_old_one_is_free_and_awaits_the_other_side(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Booking()
        asked = case.ask()
        case.change(asked, case.captain, MONDAY_NINE + 45 * dt.timedelta(minutes=1))
        assert (asked.state, asked.awaits) == (AppointmentState.REQUESTED, Side.AMBASSADOR)
        assert cells(case.ambassador.person_id)[0] == MONDAY_NINE + 3 * QUARTER
        assert len(cells(case.captain.person_id)) == 7
        assert verbs(asked) == ["requested", "proposed"]
        assert told(case.ambassador) == ["mentoring.proposed"]


def test_a_move_onto_something_else_leaves_everything_as_it_was(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            case.ask(case.staff, MONDAY_NINE + DAY)
            asked = case.ask()
        before = cells(case.captain.person_id)
        with pytest.raises(Clash), transaction():
            case.change(asked, case.captain, MONDAY_NINE + DAY)
        db.session.refresh(asked)
        assert asked.starts_at == MONDAY_NINE
        assert cells(case.captain.person_id) == before


def test_an_ambassador_moves_what_is_agreed_until_the_hours_of_the_terms(app: Flask) -> None:
    late = MONDAY_NINE - 11 * HOUR
    with app.app_context():
        with transaction():
            case = Booking()
            asked = case.ask()
            case.confirm(asked, case.captain)
        with pytest.raises(booking.NotNow), transaction():
            case.change(asked, case.ambassador, MONDAY_NINE + 2 * DAY, at=late)
        with pytest.raises(booking.NotNow), transaction():
            case.cancel(asked, case.ambassador, at=late)
        with transaction():
            case.change(asked, case.ambassador, MONDAY_NINE + 2 * DAY)
        assert (asked.state, asked.awaits) == (AppointmentState.REQUESTED, Side.CAPTAIN)
        with transaction():
            case.confirm(asked, case.captain)
            case.cancel(asked, case.captain, at=MONDAY_NINE + 2 * DAY - QUARTER)
        assert asked.state is AppointmentState.CANCELLED


def test_nothing_can_be_called_off_once_it_has_begun(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            asked = case.ask()
            case.confirm(asked, case.captain)
        for who in (case.captain, case.ambassador, case.staff):
            with pytest.raises(booking.NotNow), transaction():
                case.cancel(asked, who, at=MONDAY_NINE)


def test_a_request_that_nobody_answers_lapses_at_its_beginning(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            asked = case.ask()
        assert jobs.let_lapse(MONDAY_NINE - QUARTER) == 0
        assert jobs.let_lapse(MONDAY_NINE) == 1
        assert jobs.let_lapse(MONDAY_NINE) == 0
        db.session.refresh(asked)
        assert (asked.state, asked.occasion_id) == (AppointmentState.LAPSED, None)
        assert cells(case.captain.person_id) == []
        assert "mentoring.lapsed" in told(case.ambassador)
        assert "mentoring.lapsed" in told(case.captain)
        with pytest.raises(booking.NotNow), transaction():
            case.confirm(asked, case.captain, at=MONDAY_NINE)


def test_both_are_reminded_once_of_a_meeting_within_a_day(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            asked = case.ask()
            case.confirm(asked, case.captain)
        assert jobs.remind(MONDAY_NINE - 25 * HOUR) == 0
        assert jobs.remind(MONDAY_NINE - 23 * HOUR) == 1
        assert jobs.remind(MONDAY_NINE - 22 * HOUR) == 0
        for who in (case.captain, case.ambassador):
            assert Counter(told(who))["mentoring.tomorrow"] == 1


def test_a_captain_who_is_replaced_has_nothing_ahead_with_the_pair(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Booking()
        asked = case.ask()
        captaincy = db.session.scalars(sa.select(Captaincy)).one()
        captaincy.ended_at = NOW
        booking.captain_replaced(case.pair, captaincy, None, NOW)
        assert asked.state is AppointmentState.CANCELLED
        assert cells(case.captain.person_id) == []
        assert verbs(asked)[-1] == "captain-replaced"
        assert told(case.ambassador) == ["mentoring.captain-replaced"]


def test_who_may_see_an_appointment(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Booking()
        asked = case.ask()
        (stranger,) = case.others(1)
        for who in (case.ambassador, case.captain, case.staff):
            assert booking_queries.find_appointment(acting(who), asked.id) is not None
        assert booking_queries.find_appointment(acting(stranger), asked.id) is None


# ---------------------------------------------------------------- group slots


def test_who_comes_when_it_is_full_waits_and_moves_up_in_order(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Booking()
        group = case.a_group(capacity=1)
        first, second, third = case.others(3)
        assert case.join(group, first) is PlaceState.IN
        assert case.join(group, second, at=NOW + QUARTER) is PlaceState.WAITING
        assert case.join(group, third, at=NOW + 2 * QUARTER) is PlaceState.WAITING
        assert cells(second.person_id) == []
        assert case.leave(group, first) == [second.id]
        assert cells(first.person_id) == []
        assert len(cells(second.person_id)) == 6
        assert told(second) == ["mentoring.place"]
        assert told(case.captain) == ["mentoring.joined"]


def test_who_is_not_free_keeps_waiting_and_the_next_one_moves_up(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            group = case.a_group(capacity=1)
            first, second, third = case.others(3)
            for number, each in enumerate((first, second, third)):
                case.join(group, each, at=NOW + number * QUARTER)
            add_time_off(second.person_id, MONDAY_NINE, MONDAY_NINE + HOUR)
            assert case.leave(group, first) == [third.id]
        places = {each.enrolment_id: each.state for each in booking_queries.places_of([group.id])[group.id]}
        assert places == {
            first.id: PlaceState.LEFT, second.id: PlaceState.WAITING, third.id: PlaceState.IN
        }  # fmt: skip


def test_who_has_become_free_moves_up_when_the_worker_looks(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            group = case.a_group(capacity=1)
            first, second = case.others(2)
            case.join(group, first)
            case.join(group, second)
            off = add_time_off(second.person_id, MONDAY_NINE, MONDAY_NINE + HOUR)
            assert case.leave(group, first) == []
        assert jobs.move_waiting_lists(NOW) == 0
        with transaction():
            db.session.delete(off)
        assert jobs.move_waiting_lists(NOW) == 1


def test_nobody_joins_a_group_slot_beside_something_else(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            (other,) = case.others(1)
            group = case.a_group(capacity=2)
            add_time_off(other.person_id, MONDAY_NINE, MONDAY_NINE + HOUR)
        with pytest.raises(Clash), transaction():
            case.join(group, other)


def test_who_has_left_can_come_back_behind_the_others(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Booking()
        group = case.a_group(capacity=1)
        first, second = case.others(2)
        case.join(group, first)
        case.join(group, second, at=NOW + QUARTER)
        case.leave(group, first)
        assert case.join(group, first, at=NOW + 2 * QUARTER) is PlaceState.WAITING


@pytest.mark.parametrize(
    ("audience", "group", "seen"),
    [
        pytest.param(Audience.COURSE, "", {"own", "north", "south"}, id="everybody"),
        pytest.param(Audience.PAIRS, "", {"own"}, id="the captain's own"),
        pytest.param(Audience.GROUP, "N", {"north"}, id="one group"),
    ],
)
def test_a_group_slot_is_for_those_whom_it_names(
    app: Flask, audience: Audience, group: str, seen: set[str]
) -> None:
    with app.app_context(), transaction():
        case = Booking()
        north, south = case.others(2)
        north.group, south.group = "N", "S"
        slot = case.a_group(audience=audience, group=group)
        people = {"own": case.ambassador, "north": north, "south": south}
        db.session.flush()
        assert {
            name for name, each in people.items() if booking_queries.joinable(acting(each), at=NOW)
        } == seen
        assert {
            name
            for name, each in people.items()
            if booking_queries.find_appointment(acting(each), slot.id) is not None
        } == seen


def test_a_cancelled_group_slot_frees_and_tells_everybody(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Booking()
        group = case.a_group(capacity=1)
        first, second = case.others(2)
        case.join(group, first)
        case.join(group, second)
        case.cancel(group, case.captain)
        assert cells(first.person_id) == cells(case.captain.person_id) == []
        assert db.session.scalar(sa.select(sa.func.count()).select_from(CalendarOccasion)) == 0
        assert told(first) == told(second) == ["mentoring.cancelled"]
