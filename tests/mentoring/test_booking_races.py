"""Fifty people of five processes want one slot in the same instant: exactly one has it."""

import datetime as dt
from functools import partial

import sqlalchemy as sa
from flask import Flask

from sca_lms.calendar.models import OccupancyCell
from sca_lms.calendar.operations import Clash
from sca_lms.config import Settings
from sca_lms.courses import queries as courses
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Actor, Role
from sca_lms.database import db, transaction
from sca_lms.errors import Refused
from sca_lms.mentoring import booking, booking_details, booking_groups, booking_queries, terms_queries
from sca_lms.mentoring.booking import Wish
from sca_lms.mentoring.booking_rules import Party
from sca_lms.mentoring.models import Appointment, AppointmentPlace, PlaceState, Side
from sca_lms.projects import queries as projects
from sca_lms.uploads.models import StoredFile
from tests.calendar.test_races import PROCESSES, THREADS, at_once
from tests.mentoring.bookings import MONDAY_NINE, NOW, Booking

CROWD = PROCESSES * THREADS
QUARTER = dt.timedelta(minutes=15)


def as_learner(course_id: int, enrolment_id: int) -> Enrolment:
    actor = Actor(course_id, None, enrolment_id, frozenset({Role.LEARNER}), is_test=False, locale=None)
    found = courses.own_enrolment(actor)
    assert found is not None
    return found


def ask_for_the_slot(course_id: int, ambassadors: list[int], app: Flask, number: int) -> str:
    """Ask for overlapping times with one captain, every ambassador for their own pair."""
    with app.app_context():
        pair, terms = projects.pair_of(ambassadors[number], NOW), terms_queries.terms_of(course_id)
        captaincy = projects.captain_at(pair, NOW) if pair else None
        assert pair is not None
        assert terms is not None
        assert captaincy is not None
        (topic, *_others) = terms_queries.topics(course_id)
        wish = Wish(MONDAY_NINE + number % 3 * QUARTER, 90, topic)
        party = Party(Side.AMBASSADOR, pair.ambassador.person_id, pair.ambassador_id)
        try:
            with transaction():
                booking.ask(pair, captaincy.captain, terms, wish, party, at=NOW)
        except (Clash, booking.SlotNotFree):
            return "refused"
        return "booked"


def test_fifty_requests_of_five_processes_for_one_captain_s_slot_give_exactly_one(
    app: Flask, settings: Settings
) -> None:
    with app.app_context(), transaction():
        case = Booking()
        people = case.others(CROWD)
        for number, each in enumerate(people):
            case.a_pair(each, case.captain, f"X{number}")
        course_id, ids = case.course.id, [each.id for each in people]
        captain_id = case.captain.person_id
    assert at_once(settings, partial(ask_for_the_slot, course_id, ids)) == {"booked": 1, "refused": CROWD - 1}
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Appointment)) == 1
        cells = db.session.scalars(sa.select(OccupancyCell.person_id)).all()
        assert sorted(set(cells)) == sorted({captain_id, *(set(cells) - {captain_id})})
        assert len(set(cells)) == 2
        assert len(cells) == 6 + 7


def ask_again_and_again(course_id: int, ambassador: int, app: Flask, number: int) -> str:
    """Ask for times of one's own that do not overlap: only the limit of the terms stands in the way."""
    with app.app_context():
        pair, terms = projects.pair_of(ambassador, NOW), terms_queries.terms_of(course_id)
        captaincy = projects.captain_at(pair, NOW) if pair else None
        assert pair is not None
        assert terms is not None
        assert captaincy is not None
        (topic, *_others) = terms_queries.topics(course_id)
        start = MONDAY_NINE + dt.timedelta(days=number // 10 * 7 + number % 5, hours=2 * (number // 5 % 2))
        try:
            with transaction():
                booking.ask(
                    pair, captaincy.captain, terms, Wish(start, 90, topic),
                    Party(Side.AMBASSADOR, pair.ambassador.person_id, ambassador), at=NOW,
                )  # fmt: skip
        except booking.TooManyOpen:
            return "too many"
        return "booked"


def test_one_ambassador_in_fifty_windows_has_no_more_meetings_ahead_than_allowed(
    app: Flask, settings: Settings
) -> None:
    with app.app_context(), transaction():
        case = Booking()
        course_id, ambassador = case.course.id, case.ambassador.id
    outcomes = at_once(settings, partial(ask_again_and_again, course_id, ambassador))
    assert outcomes == {"booked": 2, "too many": CROWD - 2}


def come_and_go(course_id: int, group_id: int, people: list[int], app: Flask, number: int) -> str:
    """Join a group slot; every other one leaves it again."""
    with app.app_context():
        group = booking_queries.whole([group_id])[0]
        terms = terms_queries.terms_of(course_id)
        assert terms is not None
        learner = as_learner(course_id, people[number])
        try:
            with transaction():
                booking_groups.join(group, terms, learner, at=NOW + number * QUARTER / 100)
            if number % 2:
                with transaction():
                    booking_groups.leave(group, terms, learner, at=NOW + QUARTER)
        except Refused:
            return "refused"
        return "done"


def test_a_group_slot_never_holds_more_than_its_places_nor_leaves_one_empty(
    app: Flask, settings: Settings
) -> None:
    with app.app_context(), transaction():
        case = Booking()
        group, people = case.a_group(capacity=7), case.others(CROWD)
        course_id, group_id, ids = case.course.id, group.id, [each.id for each in people]
    assert at_once(settings, partial(come_and_go, course_id, group_id, ids)) == {"done": CROWD}
    with app.app_context():
        states = list(db.session.scalars(sa.select(AppointmentPlace.state)))
        assert states.count(PlaceState.IN) == 7
        assert states.count(PlaceState.LEFT) == CROWD // 2
        holders = set(db.session.scalars(sa.select(OccupancyCell.person_id)))
        assert len(holders) == 1 + 7


def move_and_confirm(course_id: int, asked: tuple[int, int], app: Flask, number: int) -> str:
    """Propose one time for one of two requests, and have the captain confirm it at once."""
    with app.app_context():
        (found,) = booking_queries.whole([asked[number % 2]])
        terms = terms_queries.terms_of(course_id)
        assert terms is not None
        assert found.pair is not None
        ambassador = Party(Side.AMBASSADOR, found.pair.ambassador.person_id, found.pair.ambassador_id)
        captain = Party(Side.CAPTAIN, found.captain.person_id, found.captain_id)
        try:
            with transaction():
                eleven = MONDAY_NINE + 8 * QUARTER
                booking.change_time(found, terms, ambassador, eleven, seen=found.row_version, at=NOW)
            with transaction():
                booking.confirm(found, terms, captain, seen=found.row_version, at=NOW)
        except Refused:
            return "refused"
        return "confirmed"


def test_of_two_pending_requests_for_one_time_one_is_confirmed(app: Flask, settings: Settings) -> None:
    with app.app_context(), transaction():
        case = Booking()
        (other,) = case.others(1)
        case.a_pair(other, case.captain, "X1")
        first = case.ask()
        pair, terms = projects.pair_of(other.id, NOW), terms_queries.terms_of(case.course.id)
        captaincy = projects.captain_at(pair, NOW) if pair else None
        assert pair is not None
        assert terms is not None
        assert captaincy is not None
        wish = Wish(MONDAY_NINE + 16 * QUARTER, 90, terms_queries.topics(case.course.id)[0])
        second = booking.ask(pair, captaincy.captain, terms, wish, case.party(other), at=NOW)
        course_id, asked, captain_id = case.course.id, (first.id, second.id), case.captain.person_id
    outcomes = at_once(settings, partial(move_and_confirm, course_id, asked))
    assert outcomes == {"confirmed": 1, "refused": CROWD - 1}
    with app.app_context():
        states = sorted(str(each) for each in db.session.scalars(sa.select(Appointment.state)))
        assert states == ["confirmed", "requested"]
        cells = db.session.scalars(
            sa.select(OccupancyCell.starts_at).where(OccupancyCell.person_id == captain_id)
        ).all()
        assert len(cells) == 2 * 7


def put_a_file(course_id: int, appointment_id: int, enrolment_id: int, app: Flask, number: int) -> str:
    """Put one file to an appointment that already has some."""
    with app.app_context():
        appointment = booking_queries.whole([appointment_id])[0]
        party = Party(Side.AMBASSADOR, None, enrolment_id)
        try:
            with transaction():
                stored = StoredFile(
                    course_id=course_id, key=f"race-{number}", name="plan.pdf", media_type="application/pdf",
                    size=3, sha256="0" * 64, created_at=NOW,
                )  # fmt: skip
                db.session.add(stored)
                db.session.flush()
                booking_details.add_file(appointment, party, stored, at=NOW)
        except booking_details.TooManyFiles:
            return "too many"
        return "there"


def test_fifty_files_sent_at_once_leave_no_more_than_an_appointment_holds(
    app: Flask, settings: Settings
) -> None:
    with app.app_context(), transaction():
        case = Booking()
        group = case.a_group(capacity=7)
        course_id, group_id, enrolment_id = case.course.id, group.id, case.ambassador.id
    outcomes = at_once(settings, partial(put_a_file, course_id, group_id, enrolment_id))
    most = booking_details.MOST_FILES
    assert outcomes == {"there": most, "too many": CROWD - most}
