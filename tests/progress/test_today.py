"""Today says what is now and next, and what needs the learner."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.assessments.models import Quiz, QuizExtension
from sca_lms.assessments.operations import start_attempt
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db, transaction
from sca_lms.mentoring import actions, terms_queries
from sca_lms.mentoring.models import Appointment, AppointmentPlace, AppointmentState, PlaceState, Side
from sca_lms.progress.today_rules import Event, EventKind, Need, Urgency, by_urgency, in_order
from sca_lms.projects.models import Pair
from sca_lms.texts import Bilingual
from tests.assessments.builders import a_quiz
from tests.guidance.house import AT, House, a_house
from tests.statements import counted

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def event(key: str, begins: int, *, hours: int = 1, tentative: bool = False) -> Event:
    start = AT + begins * HOUR
    return Event(key, EventKind.CLASS, Bilingual("ก", "a"), start, start + hours * HOUR, tentative=tentative)


def test_the_earliest_comes_first_and_what_is_over_is_left_out() -> None:
    found = in_order(
        [
            event("late", 5),
            event("over", -3),
            event("on", -1, hours=2),
            event("asked", 2, tentative=True),
            event("agreed", 2),
        ],
        AT,
    )
    assert [each.key for each in found] == ["on", "agreed", "asked", "late"]
    assert found[0].is_on(AT)
    assert found[0].minutes_to_start(AT) == 0
    assert found[1].minutes_to_start(AT) == 120


def test_what_presses_most_comes_first() -> None:
    def need(urgency: Urgency, hours: int | None) -> Need:
        due = None if hours is None else AT + hours * HOUR
        return Need(urgency, "behind", "pen", f"{urgency.name}{hours}", "/", "Go", due_at=due)

    found = by_urgency(
        [
            need(Urgency.DUE, 1),
            need(Urgency.LOST_TIME, None),
            need(Urgency.OVERDUE, 2),
            need(Urgency.OVERDUE, 1),
        ]
    )
    assert [each.title for each in found] == ["LOST_TIMENone", "OVERDUE1", "OVERDUE2", "DUE1"]


@pytest.fixture
def house(app: Flask) -> Iterator[House]:
    with time_machine.travel(AT, tick=True):
        yield a_house(app)


def a_meeting(
    house: House, starts_at: dt.datetime, state: AppointmentState, awaits: Side | None = None
) -> int:
    with house.app.app_context(), transaction():
        topic = terms_queries.topics(house.course_id)[0]
        meeting = Appointment(
            course_id=house.course_id, captain_id=house.captain_id, pair_id=house.pair_id,
            topic_id=topic.id, starts_at=starts_at, ends_at=starts_at + HOUR, state=state, awaits=awaits,
            capacity=1, created_at=AT, changed_at=AT,
        )  # fmt: skip
        db.session.add(meeting)
        db.session.flush()
        db.session.add(
            AppointmentPlace(
                appointment_id=meeting.id, enrolment_id=house.learners[0], state=PlaceState.IN, asked_at=AT
            )
        )
        return meeting.id


def test_a_session_that_is_near_leads_with_its_check_in(house: House) -> None:
    # Half past eight in Bangkok, when the first session of the day begins.
    with time_machine.travel(dt.datetime(2022, 9, 7, 1, 20, tzinfo=dt.UTC), tick=True):
        page = house.page("", house.learners[0])
    assert "Check-in is open" in page
    assert page.index("Check-in is open") < page.index("Your hours of the camp")


def test_an_update_that_can_be_joined_leads(house: House) -> None:
    with time_machine.travel(dt.datetime(2022, 10, 27, 6, 40, tzinfo=dt.UTC), tick=True):
        page = house.page("", house.learners[0])
    hero = page[page.index('class="hero"') :]
    assert "Monthly update" in hero[:600]
    assert "On now" in hero[:600]


def test_what_needs_somebody_is_counted_in_the_glance_and_above_the_list(house: House) -> None:
    meeting_id = a_meeting(house, AT + 30 * HOUR, AppointmentState.REQUESTED, Side.AMBASSADOR)
    held_id = a_meeting(house, AT - 5 * HOUR, AppointmentState.CONFIRMED)
    with house.app.app_context(), transaction():
        pair = db.session.get_one(Pair, house.pair_id)
        late = dt.date(2022, 9, 1)
        actions.add(
            pair,
            "ส่งแผนที่ผู้เกี่ยวข้อง",
            db.session.get_one(Enrolment, house.learners[0]),
            due_on=late,
            appointment=None,
            open_now=0,
            at=AT,
        )
    page = house.page("", house.learners[0])
    assert "Answer the meeting your captain asks for" in page
    assert f"/mentoring/meetings/{meeting_id}" in page
    assert "Report how long you met" in page
    assert f"/mentoring/meetings/{held_id}" in page
    assert "ส่งแผนที่ผู้เกี่ยวข้อง" in page
    # The first module is late; the others are locked behind it.
    assert "Complete this module: it is late" in page
    assert page.count("4 things need you") == 2


def test_somebody_else_s_meeting_needs_nobody_here(house: House) -> None:
    a_meeting(house, AT + 30 * HOUR, AppointmentState.REQUESTED, Side.CAPTAIN)
    page = house.page("", house.learners[0])
    assert "Answer the meeting" not in page
    assert "Answer the meeting" not in house.page("", house.learners[1])


def test_before_and_after_the_programme_the_page_says_so(house: House) -> None:
    with time_machine.travel(dt.datetime(2022, 8, 1, tzinfo=dt.UTC), tick=True):
        assert "The programme begins on" in house.page("", house.learners[0])
    with time_machine.travel(dt.datetime(2023, 12, 1, tzinfo=dt.UTC), tick=True):
        page = house.page("", house.learners[0])
    assert "The programme ended on" in page
    assert "Nothing is planned." in page


def test_the_page_costs_the_same_however_much_waits(house: House) -> None:
    learner = house.browser(house.learners[0])
    numbers = []
    for round_of_meetings in range(2):
        for each in range(1 + 4 * round_of_meetings):
            a_meeting(house, AT + (30 + 2 * each) * HOUR, AppointmentState.REQUESTED, Side.AMBASSADOR)
            a_meeting(house, AT - (50 + 2 * each) * HOUR, AppointmentState.CONFIRMED)
        learner.get(f"/courses/{house.course_id}/")
        with counted(house.app) as seen:
            assert learner.get(f"/courses/{house.course_id}/").status_code == 200
        numbers.append(len(seen))
    assert numbers[0] == numbers[1]


def a_lone_quiz(house: House, code: str, closes_in: dt.timedelta) -> int:
    with house.app.app_context(), transaction():
        course = db.session.get_one(Course, house.course_id)
        return a_quiz(
            course, code=code, title=Bilingual("แบบทดสอบ", f"Quiz {code}"), opens_at=AT - HOUR,
            closes_at=AT + closes_in,
        ).id  # fmt: skip


def test_a_quiz_of_no_module_that_closes_soon_needs_who_never_began_it(house: House) -> None:
    before = house.page("", house.learners[0])
    near = a_lone_quiz(house, "near", 6 * DAY)
    a_lone_quiz(house, "far", 8 * DAY)
    a_lone_quiz(house, "over", -dt.timedelta(minutes=1))
    page = house.page("", house.learners[0])
    assert "Quiz near" in page
    assert f"/quizzes/{near}" in page
    assert "Quiz far" not in page
    assert "Quiz over" not in page
    assert "Quiz near" not in before
    with house.app.app_context(), transaction():
        learner = db.session.get_one(Enrolment, house.learners[0])
        start_attempt(db.session.get_one(Quiz, near), learner, at=AT)
    begun = house.page("", house.learners[0])
    assert "Hand in the quiz that you have begun" in begun
    assert "Take the quiz in time" not in begun


def test_a_quiz_of_a_module_is_asked_for_by_its_module_alone(house: House) -> None:
    with house.app.app_context(), transaction():
        for quiz in db.session.scalars(sa.select(Quiz)):
            quiz.opens_at, quiz.closes_at = None, AT + DAY
    page = house.page("", house.learners[0])
    assert "Take the quiz in time" not in page


def test_who_has_more_time_is_asked_until_the_own_end(house: House) -> None:
    quiz_id = a_lone_quiz(house, "longer", -HOUR / 2)
    with house.app.app_context(), transaction():
        db.session.add(
            QuizExtension(
                quiz_id=quiz_id,
                enrolment_id=house.learners[0],
                minutes=60,
                extra_attempts=0,
                reason="x",
                set_by_id=None,
                set_at=AT,
            )
        )
    assert "Quiz longer" in house.page("", house.learners[0])
    assert "Quiz longer" not in house.page("", house.learners[1])


def test_no_tab_shows_a_number_that_other_pages_do_not_know(house: House) -> None:
    a_lone_quiz(house, "near", DAY)
    for path in ("", "pathway", "calendar"):
        page = house.page(path, house.learners[0])
        tabs = page[page.index("<nav") : page.index("</nav>")]
        assert "waiting" not in tabs
