"""The learner's first page shows the hours of the camp and the session that is now or next."""

import datetime as dt

import pytest
import time_machine
from flask import Flask

from sca_lms.attendance import door, queries
from sca_lms.bootcamp.overview import Overview, overview_of
from sca_lms.courses import programmes
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.queries import find_course
from sca_lms.database import db, transaction
from tests.attendance.camp import MINUTE, act
from tests.bootcamp.lived_camp import EVENING, Lived, live
from tests.bootcamp.test_hours_views import page, text_of


@pytest.fixture
def lived(app: Flask) -> Lived:
    return live(app)


@pytest.fixture
def morning(app: Flask, lived: Lived) -> dt.datetime:
    """When the first session of the third day begins."""
    with app.app_context():
        return next(each.starts_at for each in queries.timetable(lived.course_id) if each.code == "D03A")


def home(app: Flask, lived: Lived, at: dt.datetime, locale: str = "en") -> str:
    with time_machine.travel(at, tick=False):
        return text_of(page(lived.browser(app, lived.learner_id), f"/courses/{lived.course_id}/", locale))


def seen(lived: Lived, at: dt.datetime) -> Overview:
    course = db.session.get_one(Course, lived.course_id)
    found = overview_of(course, db.session.get_one(Enrolment, lived.learner_id), at=at)
    assert found is not None
    return found


def test_before_the_doors_open_the_next_session_is_told_without_a_button(
    app: Flask, lived: Lived, morning: dt.datetime
) -> None:
    shown = home(app, lived, morning - 45 * MINUTE)
    assert "Next session begins in 45 min Data literacy" in shown
    assert "Check in to the room" not in shown
    assert "day 3 of 21 of the camp" in shown


def test_as_soon_as_the_doors_open_there_is_one_button(
    app: Flask, lived: Lived, morning: dt.datetime
) -> None:
    assert "Check-in is open begins in 7 min" in home(app, lived, morning - 7 * MINUTE)
    late = home(app, lived, morning + 5 * MINUTE)
    assert "Check-in is open has begun" in late
    assert "Check in to the room" in late


def test_who_is_in_is_told_where_and_how_to_leave(app: Flask, lived: Lived, morning: dt.datetime) -> None:
    with app.app_context(), transaction():
        learner = db.session.get_one(Enrolment, lived.learner_id)
        session = next(each for each in queries.timetable(lived.course_id) if each.code == "D03A")
        door.check_in(session, learner, act(session.starts_at))
    shown = home(app, lived, morning + 30 * MINUTE)
    assert "You are in Data literacy" in shown
    assert "Check out" in shown


def test_the_hours_and_what_waits_stand_on_the_first_page(app: Flask, lived: Lived) -> None:
    shown = home(app, lived, EVENING)
    assert "12 h 10 min of 168 h credited; 2 h pending; the pass mark is 134 h 24 min." in shown
    assert "You can still reach 168 h; you may miss at most" in shown
    assert "Confirm when you left" in shown, shown
    assert "Team forming" in shown
    assert "ยังไปถึงได้ 168 ชม." in home(app, lived, EVENING, "th")


def test_the_next_unit_stays_within_reach_beside_a_session(app: Flask, lived: Lived) -> None:
    with time_machine.travel(EVENING, tick=False), app.app_context(), transaction():
        course = find_course(lived.course_id)
        assert course is not None
        assert course.programme is not None
        appliers = app.extensions["sca_programme_appliers"]
        programmes.use_programme(course, course.programme, appliers, person_id=None, at=EVENING)
    with time_machine.travel(EVENING, tick=False):
        markup = page(lived.browser(app, lived.learner_id), f"/courses/{lived.course_id}/")
    assert "Next session begins in" in text_of(markup)
    assert f'href="/courses/{lived.course_id}/modules/PB1/PB1.2"' in markup


def test_what_comes_after_is_listed(app: Flask, lived: Lived, morning: dt.datetime) -> None:
    with app.app_context():
        found = seen(lived, EVENING)
        assert found.next is not None
        assert found.next.code == "D03A"
        assert [session.code for session in found.upcoming] == ["D03B", "D03C", "D04A"]
        assert (found.camp_day, found.camp_days) == (2, 21)
        sunday = morning + 4 * dt.timedelta(days=1)
        assert seen(lived, sunday).camp_day == 0


def test_after_the_camp_there_is_no_next_session(app: Flask, lived: Lived) -> None:
    with app.app_context():
        found = seen(lived, EVENING + dt.timedelta(days=200))
    assert found.now is None
    assert not found.is_soon
    assert found.minutes_to_start == 0
