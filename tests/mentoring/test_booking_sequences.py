"""Whatever people do in turn: nobody is in two places, and cells are what living appointments say."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable

import hypothesis.strategies as st
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sca_lms.calendar.models import CalendarOccasion, OccupancyCell, TimeOff
from sca_lms.calendar.operations import add_time_off
from sca_lms.calendar.rules import cells_of
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.database import Base, db, transaction
from sca_lms.errors import Refused
from sca_lms.mentoring import booking, booking_groups, booking_queries
from sca_lms.mentoring.booking_rules import LIVING, Act
from sca_lms.mentoring.models import Appointment, PlaceState
from tests.mentoring.bookings import HOUR, MONDAY_NINE, NOW, Booking, reread

QUARTER = dt.timedelta(minutes=15)
STARTS = st.integers(0, 40).map(lambda number: MONDAY_NINE + number * 2 * QUARTER)
SIDES = st.sampled_from(["ambassador", "captain", "staff"])
NUMBERS = st.integers(0, 99)


class Mentoring(RuleBasedStateMachine):
    """A captain, an ambassador and three others with two group slots and requests."""

    app: Flask

    @initialize()
    def begin(self) -> None:
        with self.app.app_context():
            with db.engine.begin() as connection:
                for table in reversed(Base.metadata.sorted_tables):
                    if table.name in TOUCHED:
                        connection.execute(table.delete())
            with transaction():
                self.case = Booking()
                self.people = self.case.others(3)
                self.groups = [
                    self.case.a_group(1, MONDAY_NINE + 24 * HOUR).id,
                    self.case.a_group(2, MONDAY_NINE + 28 * HOUR).id,
                ]
        self.asked: list[int] = []

    def attempt(self, deed: Callable[[], object]) -> None:
        with self.app.app_context():
            try:
                with transaction():
                    deed()
            except Refused:
                return

    @rule(who=SIDES, start=STARTS, minutes=st.sampled_from([15, 45, 90]))
    def ask(self, who: str, start: dt.datetime, minutes: int) -> None:
        self.attempt(
            lambda: self.asked.append(self.case.ask(getattr(self.case, who), start, minutes=minutes).id)
        )

    @rule(number=NUMBERS, who=SIDES, act=st.sampled_from(["confirm", "cancel", "decline"]))
    def answer(self, number: int, who: str, act: str) -> None:
        def deed() -> None:
            found = self.one(number)
            if found is None:
                return
            party = self.case.party(getattr(self.case, who))
            if act == "confirm":
                booking.confirm(found, self.case.terms, party, seen=found.row_version, at=NOW)
            else:
                kind = Act.CANCEL if act == "cancel" else Act.DECLINE
                booking.call_off(found, self.case.terms, party, kind, "x", seen=found.row_version, at=NOW)

        self.attempt(deed)

    @rule(number=NUMBERS, who=SIDES, start=STARTS)
    def change_time(self, number: int, who: str, start: dt.datetime) -> None:
        def deed() -> None:
            found = self.one(number)
            if found is not None:
                party = self.case.party(getattr(self.case, who))
                booking.change_time(found, self.case.terms, party, start, seen=found.row_version, at=NOW)

        self.attempt(deed)

    @rule(group=st.integers(0, 1), number=st.integers(0, 3), minute=st.integers(0, 500))
    def join(self, group: int, number: int, minute: int) -> None:
        at = NOW + dt.timedelta(seconds=minute)
        self.attempt(lambda: self.case.join(self.group(group), self.person(number), at=at))

    @rule(group=st.integers(0, 1), number=st.integers(0, 3))
    def leave(self, group: int, number: int) -> None:
        def deed() -> None:
            waiting = self.waiting(group)
            moved = self.case.leave(self.group(group), self.person(number))
            # Those who moved up stand in the order in which they asked.
            assert moved == [each for each in waiting if each in moved]

        self.attempt(deed)

    @rule(group=st.integers(0, 1), capacity=st.integers(1, 4))
    def resize(self, group: int, capacity: int) -> None:
        def deed() -> None:
            found = self.group(group)
            places = booking_queries.places_of([found.id]).get(found.id, [])
            booking_groups.set_capacity(found, capacity, places, at=NOW)

        self.attempt(deed)

    @rule(number=st.integers(0, 4), start=STARTS)
    def take_time_off(self, number: int, start: dt.datetime) -> None:
        people = [self.case.captain, self.case.ambassador, *self.people]
        self.attempt(lambda: add_time_off(people[number].person_id, start, start + HOUR))

    def one(self, number: int) -> Appointment | None:
        if not self.asked:
            return None
        return booking_queries.whole([self.asked[number % len(self.asked)]])[0]

    def group(self, number: int) -> Appointment:
        return booking_queries.whole([self.groups[number]])[0]

    def person(self, number: int) -> Enrolment:
        return [self.case.ambassador, *self.people][number]

    def waiting(self, group: int) -> list[int]:
        places = booking_queries.places_of([self.groups[group]]).get(self.groups[group], [])
        return [each.enrolment_id for each in places if each.state is PlaceState.WAITING]

    @invariant()
    def cells_are_what_living_appointments_say(self) -> None:
        if not hasattr(self, "case"):
            return
        with self.app.app_context():
            rows = db.session.scalars(sa.select(Appointment)).all()
            places = booking_queries.places_of([each.id for each in rows])
            wanted: dict[tuple[int, dt.datetime], int] = {}
            for each in rows:
                if each.state not in LIVING:
                    assert each.occasion_id is None
                    continue
                inside = [place for place in places.get(each.id, ()) if place.state is PlaceState.IN]
                assert len(inside) <= each.capacity
                people = {place.enrolment.person_id: 0 for place in inside}
                people[self.case.captain.person_id] = self.case.terms.buffer_minutes
                for person_id, buffer in people.items():
                    for cell in cells_of(each.starts_at, each.ends_at, buffer):
                        assert (person_id, cell) not in wanted, "in two places"
                        wanted[person_id, cell] = each.occasion_id or 0
            held = {(each.person_id, each.starts_at): each.occasion_id for each in
                    db.session.scalars(sa.select(OccupancyCell))}  # fmt: skip
            assert held == wanted
            off = defaultdict(list)
            for row in db.session.scalars(sa.select(TimeOff)):
                off[row.person_id].append(row)
            assert not [
                cell
                for person_id, cell in held
                for row in off[person_id]
                if row.starts_at <= cell < row.ends_at
            ]
            assert db.session.scalar(sa.select(sa.func.count()).select_from(CalendarOccasion)) == sum(
                each.state in LIVING for each in rows
            )
            assert all(reread(each.id).ends_at > each.starts_at for each in rows[:1])


TOUCHED = {table.name for table in Base.metadata.sorted_tables} - {Course.__tablename__, Person.__tablename__}


def test_no_sequence_of_bookings_ever_overlaps(app: Flask) -> None:
    class OnThisDatabase(Mentoring):
        pass

    OnThisDatabase.app = app
    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=25, stateful_step_count=30, suppress_health_check=list(HealthCheck), deadline=None
        ),
    )
