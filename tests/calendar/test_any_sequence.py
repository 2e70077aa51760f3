"""Whatever people do, in whatever order: nobody is in two places, and cells are those of what is alive."""

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sca_lms.calendar import jobs, operations, queries
from sca_lms.calendar.classes import ClassesClash, drop_classes, put_classes
from sca_lms.calendar.models import CalendarOccasion, OccupancyCell, TimeOff
from sca_lms.calendar.operations import Clash, TimeOffOverlaps
from sca_lms.calendar.rules import cells_of
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.rules import EnrolmentState
from sca_lms.database import db, transaction
from tests.builders import a_course, a_person, an_enrolment
from tests.calendar.desk import BEFORE, DAY, booked, lesson

Cells = set[dt.datetime]
PEOPLE, COURSES, KEYS = 3, 2, 4
SOMEBODY = st.integers(0, PEOPLE - 1)
SOME = st.sets(SOMEBODY, min_size=1)
COURSE = st.integers(0, COURSES - 1)
KEY = st.integers(0, KEYS - 1)
GROUP = st.sampled_from(["", "A"])
MINUTES = st.integers(0, 24).map(lambda fifth: fifth * 5)
PERIODS = st.tuples(MINUTES, st.integers(1, 16).map(lambda fifth: fifth * 5)).map(
    lambda pair: (DAY + dt.timedelta(minutes=pair[0]), DAY + dt.timedelta(minutes=pair[0] + pair[1]))
)
Period = tuple[dt.datetime, dt.datetime]


@dataclass
class Appointment:
    people: set[int]
    period: Period
    buffer: int

    def cells(self, person: int) -> Cells:
        return set(cells_of(*self.period, self.buffer if person == 0 else 0))


@dataclass
class Lesson:
    course: int
    period: Period
    groups: tuple[str, ...]


class Calendar(RuleBasedStateMachine):
    """The calendar of an application, beside a simple model of it."""

    app: ClassVar[Flask]

    def __init__(self) -> None:
        super().__init__()
        self.appointments: dict[int, Appointment] = {}
        self.lessons: dict[int, Lesson] = {}
        self.groups: dict[tuple[int, int], str] = {}
        self.off: list[tuple[int, Period]] = []
        self.hours = 0
        with self.app.app_context(), transaction():
            for table in (OccupancyCell, CalendarOccasion, TimeOff, Enrolment):
                db.session.execute(sa.delete(table))
            self.courses = [a_course(at=BEFORE).id for _number in range(COURSES)]
            self.people = [a_person().id for _number in range(PEOPLE)]

    # ------------------------------------------------ what the model expects

    def class_cells(self, person: int) -> Cells:
        return {
            cell
            for each in self.lessons.values()
            if self.expects(each, person)
            for cell in cells_of(*each.period)
        }

    def expects(self, each: Lesson, person: int) -> bool:
        group = self.groups.get((person, each.course))
        return group is not None and (not each.groups or group in each.groups)

    def appointment_cells(self, person: int, without: int | None = None) -> Cells:
        return {
            cell
            for key, each in self.appointments.items()
            if key != without and person in each.people
            for cell in each.cells(person)
        }

    def is_free(self, person: int, cells: Cells, without: int | None = None) -> bool:
        free_of = self.appointment_cells(person, without) | self.class_cells(person)
        is_off = any(
            who == person and cell < end and cell + dt.timedelta(minutes=15) > start
            for who, (start, end) in self.off
            for cell in cells
        )
        return not (cells & free_of) and not is_off

    # ------------------------------------------------ what people do

    @rule(key=KEY, people=SOME, period=PERIODS, buffer=st.sampled_from([0, 15]))
    def book(self, key: int, people: set[int], period: Period, buffer: int) -> None:
        if key in self.appointments:
            return
        wanted = Appointment(people, period, buffer)
        fits = all(self.is_free(each, wanted.cells(each)) for each in people)
        with self.app.app_context():
            try:
                with transaction():
                    booked(
                        self.courses[0], [self.people[each] for each in people], *period,
                        key=f"appointment:{key}", buffer={self.people[0]: buffer},
                    )  # fmt: skip
            except Clash:
                assert not fits
                return
        assert fits
        self.appointments[key] = wanted

    @rule(key=KEY, period=PERIODS, people=SOME, others=st.booleans())
    def move(self, key: int, period: Period, people: set[int], others: bool) -> None:
        if key not in self.appointments:
            return
        old = self.appointments[key]
        wanted = Appointment(people if others else old.people, period, old.buffer)
        fits = all(self.is_free(each, wanted.cells(each), without=key) for each in wanted.people)
        with self.app.app_context():
            try:
                with transaction():
                    operations.move(
                        queries.occasions([f"appointment:{key}"])[f"appointment:{key}"], *period,
                        people=[self.people[each] for each in people] if others else None,
                        buffer_minutes_of={self.people[0]: old.buffer},
                    )  # fmt: skip
            except Clash:
                assert not fits
                return
        assert fits
        self.appointments[key] = wanted

    @rule(key=KEY)
    def cancel(self, key: int) -> None:
        if self.appointments.pop(key, None) is not None:
            with self.app.app_context(), transaction():
                operations.release(queries.occasions([f"appointment:{key}"])[f"appointment:{key}"])

    @rule(key=KEY, person=SOMEBODY)
    def join_or_leave(self, key: int, person: int) -> None:
        if key not in self.appointments:
            return
        slot, buffer = self.appointments[key], {self.people[0]: self.appointments[key].buffer}
        with self.app.app_context(), suppress(Clash), transaction():
            occasion = queries.occasions([f"appointment:{key}"])[f"appointment:{key}"]
            if person not in slot.people:
                fits = self.is_free(person, slot.cells(person))
                with suppress_unless(fits):
                    operations.add_people(occasion, [self.people[person]], buffer_minutes_of=buffer)
                    slot.people = {*slot.people, person}
            elif len(slot.people) > 1:
                operations.remove_people(occasion, [self.people[person]])
                slot.people = slot.people - {person}

    @rule(person=SOMEBODY, period=PERIODS)
    def take_time_off(self, person: int, period: Period) -> None:
        overlaps = any(
            who == person and start < period[1] and end > period[0] for who, (start, end) in self.off
        )
        fits = not overlaps and not (set(cells_of(*period)) & self.appointment_cells(person))
        with self.app.app_context():
            try:
                with transaction():
                    operations.add_time_off(self.people[person], *period)
            except (TimeOffOverlaps, Clash):
                assert not fits
                return
        assert fits
        self.off.append((person, period))

    @rule()
    def come_back(self) -> None:
        if self.off:
            person, period = self.off.pop(0)
            with self.app.app_context(), transaction():
                (row,) = queries.times_off([self.people[person]], *period)
                operations.remove_time_off(row)

    @rule(key=KEY, course=COURSE, period=PERIODS, groups=st.sampled_from([(), ("A",)]), yields=st.booleans())
    def publish(self, key: int, course: int, period: Period, groups: tuple[str, ...], yields: bool) -> None:
        wanted = Lesson(self.lessons[key].course if key in self.lessons else course, period, groups)
        if self.lessons.get(key) == wanted:
            return
        fits = yields or not any(
            self.expects(wanted, each) and set(cells_of(*period)) & self.appointment_cells(each)
            for each in range(PEOPLE)
        )
        with self.app.app_context():
            try:
                with transaction():
                    put_classes(
                        self.courses[wanted.course], [lesson(f"session:{key}", *period, groups)],
                        at=BEFORE, gives_way=yields,
                    )  # fmt: skip
            except ClassesClash:
                assert not fits
                return
        assert fits
        self.lessons[key] = wanted

    @rule(key=KEY)
    def withdraw_class(self, key: int) -> None:
        found = self.lessons.pop(key, None)
        if found is not None:
            with self.app.app_context(), transaction():
                drop_classes(self.courses[found.course], [f"session:{key}"])

    @rule(person=SOMEBODY, course=COURSE, group=GROUP)
    def enrol(self, person: int, course: int, group: str) -> None:
        with self.app.app_context(), transaction():
            found = self._enrolment(person, course)
            if found is None:
                found = an_enrolment(db.session.get_one(Course, self.courses[course]), self._person(person))
            found.state, found.group = EnrolmentState.ACTIVE, group
        self.groups[person, course] = group

    @rule(person=SOMEBODY, course=COURSE)
    def leave(self, person: int, course: int) -> None:
        if self.groups.pop((person, course), None) is not None:
            with self.app.app_context(), transaction():
                found = self._enrolment(person, course)
                assert found is not None
                found.state = EnrolmentState.WITHDRAWN

    @rule()
    def sweep(self) -> None:
        self.hours += 2
        with self.app.app_context():
            jobs.fill_classes(BEFORE + dt.timedelta(hours=self.hours))
            for person in range(PEOPLE):
                appointments = self.appointment_cells(person)
                held = self._cells(person)
                lessons = {cell: key for cell, key in held.items() if key.startswith("session:")}
                assert lessons.keys() == self.class_cells(person) - appointments
                for cell, key in lessons.items():
                    each = self.lessons[int(key.partition(":")[2])]
                    assert self.expects(each, person)
                    assert cell in cells_of(*each.period)

    # ------------------------------------------------ what always holds

    @invariant()
    def appointments_hold_exactly_their_cells(self) -> None:
        with self.app.app_context():
            for person in range(PEOPLE):
                held = self._cells(person)
                mine = {cell for cell, key in held.items() if key.startswith("appointment:")}
                assert mine == self.appointment_cells(person)
                for key, each in self.appointments.items():
                    if person in each.people:
                        assert {held[cell] for cell in each.cells(person)} == {f"appointment:{key}"}

    def _cells(self, person: int) -> dict[dt.datetime, str]:
        rows = db.session.execute(
            sa.select(OccupancyCell.starts_at, CalendarOccasion.key)
            .join(CalendarOccasion, CalendarOccasion.id == OccupancyCell.occasion_id)
            .where(OccupancyCell.person_id == self.people[person])
        ).all()
        assert len(rows) == len({row[0] for row in rows}), "one thing at a time"
        return {row[0]: row[1] for row in rows}

    def _enrolment(self, person: int, course: int) -> Enrolment | None:
        return db.session.scalar(
            sa.select(Enrolment).where(
                Enrolment.person_id == self.people[person], Enrolment.course_id == self.courses[course]
            )
        )

    def _person(self, person: int) -> Person:
        return db.session.get_one(Person, self.people[person])


class suppress_unless:  # noqa: N801 - It is used like the functions of contextlib.
    """Let a clash happen exactly where the model says that it must."""

    def __init__(self, fits: bool) -> None:
        self.fits = fits

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> bool:
        assert self.fits is (kind is None)
        return kind is not None and issubclass(kind, Clash)


def test_no_sequence_of_deeds_puts_anybody_into_two_places(app: Flask) -> None:
    Calendar.app = app
    run_state_machine_as_test(
        Calendar,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
