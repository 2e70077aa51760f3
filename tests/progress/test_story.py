"""One learner's page tells staff the whole story, and their captain the mentoring part of it."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.mentoring import terms_queries
from sca_lms.mentoring.models import Appointment, AppointmentPlace, AppointmentState, PlaceState
from sca_lms.progress import story_queries
from tests.attendance.camp import attend_whole, close_all, session_of
from tests.builders import a_person, an_enrolment
from tests.guidance.house import AT, House, a_house

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def house(app: Flask) -> Iterator[House]:
    with time_machine.travel(AT, tick=True):
        yield a_house(app)


def credited(house: House, minutes: int, *, code: int = 0) -> None:
    with house.app.app_context(), transaction():
        topic = terms_queries.topics(house.course_id)[code]
        meeting = Appointment(
            course_id=house.course_id, captain_id=house.captain_id, pair_id=house.pair_id,
            topic_id=topic.id, starts_at=AT - 20 * HOUR, ends_at=AT - 18 * HOUR,
            state=AppointmentState.CREDITED, capacity=1, created_at=AT, changed_at=AT,
        )  # fmt: skip
        db.session.add(meeting)
        db.session.flush()
        place = AppointmentPlace(
            appointment_id=meeting.id, enrolment_id=house.learners[0], state=PlaceState.IN, asked_at=AT,
            outcome=AppointmentState.CREDITED, credited_minutes=minutes, credited_at=AT - HOUR,
        )  # fmt: skip
        db.session.add(place)


def test_the_page_tells_of_sessions_meetings_and_why(house: House) -> None:
    with house.app.app_context(), transaction():
        course = db.session.get_one(Course, house.course_id)
        session = session_of(course, "D01A")
        attend_whole(session, db.session.get_one(Enrolment, house.learners[0]))
        close_all([session])
    credited(house, 90)
    page = house.page(f"learners/{house.learners[0]}")
    assert "Noticed because" in page
    assert "1 of 1 sessions whole, 0 missed" in page
    assert "Mentoring meeting" in page
    assert "Smart Environment" in page
    assert "Came into the course" in page
    other = house.page(f"learners/{house.learners[1]}")
    assert "Session missed" in other


def test_a_score_of_mentoring_is_explained_by_minutes_and_topics(house: House) -> None:
    credited(house, 400)
    with house.app.test_request_context("/", headers={"Accept-Language": "en"}):
        course = db.session.get_one(Course, house.course_id)
        known = story_queries.known_of(course, db.session.get_one(Enrolment, house.learners[0]), at=AT)
        because = story_queries.because_of(course, known)
        assert "6 h of 18 h of mentoring count, so 4 of 12." in because["MEN"].text
        assert ("Beyond the quota of a topic, not counted", "40 min") in because["MEN"].lines
        assert "0 of 12 updates count, so 0 of 12." in because["UPD"].text
        assert ("Still to come", "12") in because["UPD"].lines


def test_a_captain_sees_the_mentoring_of_their_own_mentee_alone(house: House) -> None:
    credited(house, 90)
    page = house.page(f"learners/{house.learners[0]}", house.captain_id)
    assert "1 h 30 min" in page
    for words in ("Noticed because", "Attendance", "Grades", "Came into the course"):
        assert words not in page[page.index("<main") :], words
    assert house.get(f"learners/{house.learners[1]}", house.captain_id).status_code == 404
    assert house.get(f"learners/{house.tester_id}", house.captain_id).status_code == 404


def test_people_of_another_course_and_unknown_ones_do_not_exist(house: House) -> None:
    with house.app.app_context(), transaction():
        stranger = an_enrolment(None, a_person("อื่น"), roles={Role.LEARNER}).id
    for enrolment_id in (stranger, 999_999):
        assert house.get(f"learners/{enrolment_id}").status_code == 404
        assert "Nobody is chosen" in house.page(f"messages/new?people={enrolment_id}")


def test_the_story_of_somebody_who_has_done_nothing_is_empty_and_whole(house: House) -> None:
    page = house.page(f"learners/{house.tester_id}")
    assert "No session has taken place yet." in page
    assert "Nothing is noted yet." in page
    assert "There is no pair yet." in page
