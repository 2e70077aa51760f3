"""Classes take the time of everybody whom they expect, also of those who come later."""

import datetime as dt

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.attendance import class_time, timetable
from sca_lms.attendance.models import SessionState
from sca_lms.attendance.timetable import Particulars, Rearranged
from sca_lms.calendar import classes, jobs, operations, owners, queries
from sca_lms.calendar.classes import ClassesClash, drop_classes, put_classes
from sca_lms.calendar.models import CalendarOccasion, OccasionKind
from sca_lms.calendar.operations import Clash
from sca_lms.courses.models import Course
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db, transaction
from tests.attendance.camp import a_camp, session_of
from tests.builders import a_course, a_person, an_enrolment
from tests.calendar.desk import BEFORE, a_captain, a_learner, booked, clock_time, lesson, taken

CAMP_BEFORE = dt.datetime(2022, 8, 1, tzinfo=dt.UTC)


def test_a_class_takes_the_time_of_learners_of_its_groups(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course(at=BEFORE)
        first, second = (a_learner(course, group=group).person_id for group in "AB")
        captain = a_captain(course).person_id
        put_classes(
            course.id,
            [
                lesson("session:1", clock_time(9), clock_time(10)),
                lesson("session:2", clock_time(13), clock_time(13, 40), ["B"]),
            ],
            at=BEFORE,
        )
        assert set(taken(first).values()) == {"session:1"}
        assert [cell for cell, key in taken(second).items() if key == "session:2"] == [
            clock_time(13), clock_time(13, 15), clock_time(13, 30)
        ]  # fmt: skip
        assert taken(captain) == {}
        with pytest.raises(Clash):
            booked(course.id, [captain, second], clock_time(13, 30), clock_time(14))


def test_what_has_ended_takes_no_time(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course(at=BEFORE)
        learner = a_learner(course).person_id
        put_classes(course.id, [lesson("session:1", clock_time(9), clock_time(10))], at=clock_time(10))
        assert taken(learner) == {}


def test_a_class_is_refused_where_appointments_are_and_changes_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course(at=BEFORE)
        learner, captain = a_learner(course).person_id, a_captain(course).person_id
        put_classes(course.id, [lesson("session:1", clock_time(9), clock_time(10))], at=BEFORE)
        booked(course.id, [learner, captain], clock_time(13), clock_time(14))
        before = taken(learner)
        with pytest.raises(ClassesClash) as refused:
            put_classes(course.id, [lesson("session:1", clock_time(13, 30), clock_time(15))], at=BEFORE)
        assert [(each.name, each.key, each.lesson_key) for each in refused.value.in_the_way] == [
            ("ปวีณา แก้วมณี", "appointment:1", "session:1")
        ]
        assert taken(learner) == before


def test_a_class_that_gives_way_is_listed_as_a_clash_and_comes_back(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course(at=BEFORE)
        learner, captain = a_learner(course).person_id, a_captain(course).person_id
        occasion = booked(course.id, [learner, captain], clock_time(13), clock_time(14))
        late = lesson("session:1", clock_time(13, 30), clock_time(15))
        put_classes(course.id, [late], at=BEFORE, gives_way=True)
        assert taken(learner)[clock_time(13, 30)] == "appointment:1"
        assert taken(learner)[clock_time(14)] == "session:1"
        assert [each.person_id for each in queries.class_clashes(course.id, at=BEFORE)] == [learner]
        assert queries.class_clashes(course.id, at=clock_time(15)) == []
        operations.release(occasion)
        assert taken(learner)[clock_time(13, 30)] == "session:1"
        assert queries.class_clashes(course.id, at=BEFORE) == []


def test_two_classes_at_once_share_and_the_second_takes_over(app: Flask) -> None:
    with app.app_context(), transaction():
        course, elsewhere = a_course(at=BEFORE), a_course("Another", at=BEFORE)
        learner = a_learner(course)
        an_enrolment(elsewhere, learner.person)
        put_classes(course.id, [lesson("session:1", clock_time(9), clock_time(10))], at=BEFORE)
        put_classes(elsewhere.id, [lesson("session:2", clock_time(9), clock_time(11))], at=BEFORE)
        assert list(taken(learner.person_id).values()) == ["session:1"] * 4 + ["session:2"] * 4
        drop_classes(course.id, ["session:1"])
        assert list(taken(learner.person_id).values()) == ["session:2"] * 8


def test_who_joins_later_cannot_be_booked_over_a_class(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course(at=BEFORE)
        captain = a_captain(course).person_id
        put_classes(course.id, [lesson("session:1", clock_time(9), clock_time(10))], at=BEFORE)
        learner = a_learner(course).person_id
        with pytest.raises(Clash):
            booked(course.id, [captain, learner], clock_time(9, 45), clock_time(10, 15))
        booked(course.id, [captain, learner], clock_time(10), clock_time(10, 15))


def test_the_worker_writes_classes_of_who_joined_and_takes_them_from_who_left(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_course(at=BEFORE)
            leaving, moving = a_learner(course), a_learner(course, group="A")
            put_classes(course.id, [lesson("session:1", clock_time(9), clock_time(10), ["", "A"])], at=BEFORE)
            joined = a_learner(course).person_id
            leaving.state, moving.group = EnrolmentState.WITHDRAWN, "B"
        jobs.fill_classes(BEFORE)
        assert taken(joined) == {}, "it looks once an hour"
        jobs.fill_classes(BEFORE + jobs.LOOKS_AGAIN_AFTER)
        assert len(taken(joined)) == 4
        assert (taken(leaving.person_id), taken(moving.person_id)) == ({}, {})


def test_no_class_expects_whoever_left_for_good_after_completing_the_course(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_course(at=BEFORE)
            gone, done = a_learner(course), a_learner(course)
            gone.state = done.state = EnrolmentState.COMPLETED
            put_classes(course.id, [lesson("session:1", clock_time(9), clock_time(10))], at=BEFORE)
            owners.close(gone.person_id, at=BEFORE)
        jobs.fill_classes(BEFORE + jobs.LOOKS_AGAIN_AFTER)
        assert (taken(gone.person_id), len(taken(done.person_id))) == ({}, 4)
        with transaction():
            put_classes(course.id, [lesson("session:2", clock_time(11), clock_time(12))], at=BEFORE)
        assert (taken(gone.person_id), len(taken(done.person_id))) == ({}, 8)


def test_a_large_course_is_written_by_the_worker_in_portions(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classes, "MOST_AT_ONCE", 10)
    monkeypatch.setattr(classes, "PEOPLE_AT_ONCE", 2)
    with app.app_context():
        with transaction():
            course = a_course(at=BEFORE)
            people = [a_learner(course).person_id for _number in range(5)]
            put_classes(course.id, [lesson("session:1", clock_time(9), clock_time(10))], at=BEFORE)
            assert [taken(each) for each in people] == [{}] * 5
            assert queries.busy_cells(people, clock_time(0), clock_time(23)).keys() == set(people)
        jobs.fill_classes(BEFORE)
        assert [len(taken(each)) for each in people] == [4] * 5


def test_a_timetable_is_followed_through_publication_change_and_cancellation(app: Flask) -> None:
    with time_machine.travel(CAMP_BEFORE, tick=False), app.app_context(), transaction():
        course = a_camp()
        learner = a_learner(course).person_id
        session = session_of(course, "D01A")
        held = db.session.scalar(sa.select(sa.func.count()).select_from(CalendarOccasion))
        assert held == len([each for each in [session] if each.state is SessionState.OPEN]) + 60
        class_time.occupy(course.id, [session], at=CAMP_BEFORE)
        key = class_time.key_of(session)
        jobs_before = {cell for cell, found in taken(learner).items() if found == key}
        assert jobs_before == set(), "the worker or a booking writes it for who joined later"
        later = dt.timedelta(minutes=15)
        timetable.rearrange(
            course.id,
            [
                Rearranged(
                    session,
                    type(session.times)(session.starts_at + later, session.ends_at + later),
                    Particulars.of(session),
                )
            ],
            reason="bus",
            person_id=None,
            at=CAMP_BEFORE,
        )
        cells = [cell for cell, found in taken(learner).items() if found == key]
        assert cells[0] <= session.starts_at < session.ends_at <= cells[-1] + dt.timedelta(minutes=15)
        timetable.cancel(session, reason="rain", person_id=None, at=CAMP_BEFORE)
        assert key not in taken(learner).values()
        assert queries.occasions([key]) == {}


def test_a_published_change_is_refused_where_an_appointment_is(app: Flask) -> None:
    with time_machine.travel(CAMP_BEFORE, tick=False), app.app_context(), transaction():
        course = a_camp()
        learner, captain = a_learner(course).person_id, a_captain(course).person_id
        session = session_of(course, "D01A")
        start = session.starts_at - dt.timedelta(hours=5)
        booked(course.id, [learner, captain], start, start + dt.timedelta(hours=1))
        times = type(session.times)(start, session.ends_at)
        found = class_time.in_the_way(course.id, [(session, times)], at=CAMP_BEFORE)
        assert [each.person_id for each in found] == [learner]
        with pytest.raises(ClassesClash):
            timetable.move(session, times, reason="early", person_id=None, at=CAMP_BEFORE)


def test_entries_are_the_sessions_of_ones_own_groups_with_the_cancelled_ones(app: Flask) -> None:
    with time_machine.travel(CAMP_BEFORE, tick=False), app.app_context(), transaction():
        course = a_camp()
        mine = a_learner(course, group="SCA2-A")
        captain, teacher = a_captain(course), an_enrolment(course, a_person("ครู"), roles={Role.INSTRUCTOR})
        session, other = session_of(course, "D01A"), session_of(course, "D01B")
        other.groups = ["SCA2-B"]
        timetable.cancel(session, reason="rain", person_id=None, at=CAMP_BEFORE)
        window = session.starts_at, session.starts_at + dt.timedelta(days=1)
        entries = {each.uid: each for each in class_time.entries(mine.person_id, *window)}
        cancelled = entries[f"session-{session.id}"]
        assert (cancelled.cancelled, cancelled.sequence) == (True, 1)
        assert cancelled.kind is OccasionKind.CLASS
        assert cancelled.url.startswith(f"/courses/{course.id}/timetable?week=2022-")
        assert f"session-{other.id}" not in entries
        assert f"session-{other.id}" in {each.uid for each in class_time.entries(teacher.person_id, *window)}
        assert class_time.entries(captain.person_id, *window) == []
        mine.state = EnrolmentState.WITHDRAWN
        assert class_time.entries(mine.person_id, *window) == []


def test_classes_of_other_courses_are_none_of_ones_own(app: Flask) -> None:
    with app.app_context(), transaction():
        course: Course = a_course(at=BEFORE)
        stranger = a_learner(a_course("Another", at=BEFORE)).person_id
        put_classes(course.id, [lesson("session:1", clock_time(9), clock_time(10))], at=BEFORE)
        assert taken(stranger) == {}
        booked(course.id, [stranger], clock_time(9), clock_time(10))
