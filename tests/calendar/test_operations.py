"""Time is given away once: bookings, buffers, moves, group slots and time off."""

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from sca_lms.calendar import operations, queries
from sca_lms.calendar.models import CalendarOccasion, OccasionKind, TimeOff
from sca_lms.calendar.operations import Clash, OccasionSpec, TimeOffOverlaps
from sca_lms.courses.models import Course
from sca_lms.database import db, transaction
from tests.builders import a_course
from tests.calendar.desk import BEFORE, a_captain, a_learner, booked, clock_time, taken


def two_people() -> tuple[int, int, int]:
    course = a_course(at=BEFORE)
    return course.id, a_captain(course).person_id, a_learner(course).person_id


def test_an_appointment_takes_the_time_of_both(app: Flask) -> None:
    with app.app_context(), transaction():
        course, captain, learner = two_people()
        booked(course, [captain, learner], clock_time(9), clock_time(10), buffer={captain: 15})
        assert list(taken(learner)) == [clock_time(9, minute) for minute in (0, 15, 30, 45)]
        assert list(taken(captain)) == [*taken(learner), clock_time(10)]
        assert set(taken(captain).values()) == {"appointment:1"}


def test_nobody_is_booked_twice_and_the_refusal_names_who_is_not_free(app: Flask) -> None:
    with app.app_context(), transaction():
        course, captain, learner = two_people()
        other = a_learner(db.session.get_one(Course, course), "มาลี").person_id
        booked(course, [captain, learner], clock_time(9), clock_time(10))
        with pytest.raises(Clash, match="สมชาย") as refused:
            booked(course, [captain, other], clock_time(9, 45), clock_time(10, 45), key="appointment:2")
        assert [(each.person_id, each.key) for each in refused.value.busy] == [(captain, "appointment:1")]
        assert "ปวีณา" not in str(refused.value)
        assert not taken(other)
        assert queries.occasions(["appointment:2"]) == {}


def test_a_buffer_keeps_the_next_appointment_away_from_whose_it_is_only(app: Flask) -> None:
    with app.app_context(), transaction():
        course, captain, learner = two_people()
        booked(course, [captain, learner], clock_time(9), clock_time(10), buffer={captain: 15})
        booked(course, [learner], clock_time(10), clock_time(11), key="appointment:2")
        with pytest.raises(Clash):
            booked(course, [captain], clock_time(10), clock_time(11), key="appointment:3")
        booked(course, [captain], clock_time(10, 15), clock_time(11), key="appointment:3")


def test_a_key_that_is_there_already_is_no_clash(app: Flask) -> None:
    with app.app_context(), transaction():
        course, captain, learner = two_people()
        booked(course, [captain], clock_time(9), clock_time(10))
        with pytest.raises(IntegrityError):
            booked(course, [learner], clock_time(12), clock_time(13))


def test_a_moved_appointment_gives_its_old_time_back(app: Flask) -> None:
    with app.app_context(), transaction():
        course, captain, learner = two_people()
        occasion = booked(course, [captain, learner], clock_time(9), clock_time(10))
        operations.move(occasion, clock_time(9, 30), clock_time(10, 30), buffer_minutes_of={captain: 15})
        assert next(iter(taken(learner))) == clock_time(9, 30)
        assert list(taken(captain))[-1] == clock_time(10, 30)
        booked(course, [captain, learner], clock_time(9), clock_time(9, 30), key="appointment:2")


def test_a_move_that_clashes_changes_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        course, captain, learner = two_people()
        occasion = booked(course, [captain, learner], clock_time(9), clock_time(10))
        booked(course, [learner], clock_time(11), clock_time(12), key="appointment:2")
        before = taken(learner)
        with pytest.raises(Clash):
            operations.move(occasion, clock_time(11, 30), clock_time(12, 30))
        assert taken(learner) == before
        assert (occasion.starts_at, occasion.ends_at) == (clock_time(9), clock_time(10))


def test_a_cancelled_appointment_leaves_nothing_behind(app: Flask) -> None:
    with app.app_context(), transaction():
        course, captain, learner = two_people()
        occasion = booked(course, [captain, learner], clock_time(9), clock_time(10))
        operations.release(occasion)
        assert (taken(captain), taken(learner)) == ({}, {})
        assert db.session.query(CalendarOccasion).count() == 0


def test_people_join_a_group_slot_and_leave_it(app: Flask) -> None:
    with app.app_context(), transaction():
        course, captain, learner = two_people()
        occasion = booked(course, [captain], clock_time(9), clock_time(10))
        operations.add_people(occasion, [learner])
        assert len(taken(learner)) == 4
        with pytest.raises(Clash):
            booked(course, [learner], clock_time(9), clock_time(9, 15), key="appointment:2")
        operations.remove_people(occasion, [learner])
        assert taken(learner) == {}
        assert len(taken(captain)) == 4


def test_a_time_off_refuses_appointments_and_gives_way_to_classes(app: Flask) -> None:
    with app.app_context(), transaction():
        course, captain, learner = two_people()
        operations.add_time_off(captain, clock_time(9, 50), clock_time(12), note="ทันตแพทย์")
        with pytest.raises(Clash, match="สมชาย") as refused:
            booked(course, [captain, learner], clock_time(9), clock_time(10))
        assert "ทันตแพทย์" not in str(refused.value)
        assert [each.kind for each in refused.value.busy] == [None]
        operations.occupy(
            OccasionSpec(course, OccasionKind.CLASS, "session:1", clock_time(9), clock_time(10)), [captain]
        )
        assert len(taken(captain)) == 4


def test_a_time_off_is_refused_where_there_is_one_or_an_appointment(app: Flask) -> None:
    with app.app_context(), transaction():
        course, captain, learner = two_people()
        booked(course, [captain, learner], clock_time(9), clock_time(10))
        with pytest.raises(Clash):
            operations.add_time_off(captain, clock_time(9, 59), clock_time(11))
        first = operations.add_time_off(captain, clock_time(10), clock_time(11))
        with pytest.raises(TimeOffOverlaps):
            operations.add_time_off(captain, clock_time(10, 59), clock_time(12))
        operations.add_time_off(learner, clock_time(10, 59), clock_time(12))
        operations.remove_time_off(first)
        operations.add_time_off(captain, clock_time(10, 59), clock_time(12))
        assert db.session.query(TimeOff).count() == 2


def test_busy_tells_everything_of_some_people_in_a_period(app: Flask) -> None:
    with app.app_context(), transaction():
        course, captain, learner = two_people()
        booked(course, [captain, learner], clock_time(9), clock_time(10), buffer={captain: 15})
        operations.add_time_off(captain, clock_time(13), clock_time(14))
        found = queries.busy([captain, learner], clock_time(0), clock_time(23))
        assert [(each.person_id, each.kind) for each in found] == [
            (captain, OccasionKind.MENTORING), (learner, OccasionKind.MENTORING), (captain, None)
        ]  # fmt: skip
        assert queries.busy([captain], clock_time(10, 15), clock_time(13)) == []
        cells = queries.busy_cells([captain, learner], clock_time(9, 30), clock_time(13, 20))
        assert sorted(cells[captain]) == [
            clock_time(9, 30), clock_time(9, 45), clock_time(10), clock_time(13), clock_time(13, 15)
        ]  # fmt: skip
        assert sorted(cells[learner]) == [clock_time(9, 30), clock_time(9, 45)]


def test_a_class_counts_as_busy_before_its_cells_are_written(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course(at=BEFORE)
        db.session.add(
            CalendarOccasion(
                course_id=course.id, kind=OccasionKind.CLASS, key="session:1", groups=["A"],
                starts_at=clock_time(9), ends_at=clock_time(10),
            )
        )  # fmt: skip
        mine, others = (a_learner(course, group=group).person_id for group in "AB")
        assert [each.key for each in queries.busy([mine, others], clock_time(9), clock_time(10))] == [
            "session:1"
        ]
        assert set(queries.busy_cells([mine, others], clock_time(8), clock_time(12))) == {mine}
        with pytest.raises(Clash):
            booked(course.id, [mine], clock_time(9, 30), clock_time(11))
        booked(course.id, [others], clock_time(9, 30), clock_time(11))


def test_an_appointment_must_end_after_it_begins(app: Flask) -> None:
    with app.app_context(), transaction():
        course, captain, _learner = two_people()
        with pytest.raises(ValueError, match="ends after"):
            booked(course, [captain], clock_time(9), clock_time(9) - dt.timedelta(hours=1))
