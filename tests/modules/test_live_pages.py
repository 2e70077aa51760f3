"""Entering a live class, and marking who was there."""

import time_machine
from flask import Flask

from sca_lms import clock
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.modules import operations, queries
from tests.builders import a_person, an_enrolment, csrf_of
from tests.modules.builders import (
    AFTER_CLASS,
    BEFORE_CLASS,
    IN_CLASS,
    a_unit,
    first_module,
    the_unit,
    with_modules,
)
from tests.modules.visitors import ENGLISH, a_learner, joined_by, kinds

# ---------------------------------------------------------------- live class


def test_a_class_to_come_names_its_time_and_zone_and_keeps_its_link(app: Flask) -> None:
    with time_machine.travel(BEFORE_CLASS, tick=False):
        page = a_learner(app).page("/PB1/PB1.1")
    assert "The class has not begun yet" in page
    assert "Thailand Time" in page
    assert "You can enter from" in page
    assert "meet.example.org" not in page
    assert "Room 1" in page


def test_entering_a_class_records_it_and_leads_there(app: Flask) -> None:
    with time_machine.travel(IN_CLASS, tick=False):
        learner = a_learner(app)
        token = csrf_of(learner.page("/PB1/PB1.1"))
        answer = learner.client.post(learner.address("/PB1/PB1.1/join"), data={"csrf_token": token})
        assert (answer.status_code, answer.location) == (303, "https://meet.example.org/pb1")
        assert kinds(app) == ["joined"]
        assert "You were in this class." in learner.page("/PB1/PB1.1")


def test_inside_a_frame_the_page_itself_offers_the_link(app: Flask) -> None:
    with time_machine.travel(IN_CLASS, tick=False):
        learner = a_learner(app)
        token = csrf_of(learner.page("/PB1/PB1.1"))
        answer = learner.client.post(
            learner.address("/PB1/PB1.1/join"),
            data={"csrf_token": token},
            headers={"Sec-Fetch-Dest": "iframe"},
        )
        assert answer.location == learner.address("/PB1/PB1.1")
        page = learner.page("/PB1/PB1.1")
        assert 'href="https://meet.example.org/pb1" target="_blank" rel="noopener noreferrer"' in page


def test_a_class_that_is_over_cannot_be_entered_any_more(app: Flask) -> None:
    with time_machine.travel(AFTER_CLASS, tick=False):
        learner = a_learner(app)
        page = learner.page("/PB1/PB1.1")
        assert "The class is over" in page
        assert "ask your instructor to mark you present" in page
        assert learner.post("/PB1/PB1.1/join", token_from="/PB1/PB1.2") == 409


def test_a_class_without_a_link_is_entered_by_ones_word(app: Flask) -> None:
    no_link = first_module()
    no_link["units"] = [a_unit("PB1.1", "live", start="2022-08-25T19:00"), a_unit("PB1.4", "quiz")]
    with time_machine.travel(IN_CLASS, tick=False):
        learner = a_learner(app, with_modules(no_link))
        assert "There is no link for this class" in learner.page("/PB1/PB1.1")
        assert learner.post("/PB1/PB1.1/join") == 303
        assert kinds(app) == ["joined"]


# ---------------------------------------------------------------- attendance


LIST = "/PB1/PB1.1/attendance"


@time_machine.travel(AFTER_CLASS, tick=False)
def test_an_instructor_marks_a_class_and_undoes_it(app: Flask) -> None:
    learner = a_learner(app)
    staff = joined_by(app, learner, Role.INSTRUCTOR)
    token = csrf_of(staff.page(LIST))
    answer = staff.client.post(
        staff.address(LIST),
        data={"csrf_token": token, "shown": learner.enrolment_id, "present": learner.enrolment_id},
    )
    assert answer.status_code == 303
    saved = staff.client.get(answer.location, headers=ENGLISH).text
    assert "1 person marked present." in saved
    assert "1 person present" in saved
    assert "marked by staff" in saved
    assert "You were in this class." in learner.page("/PB1/PB1.1")
    batch = answer.location.partition("saved=")[2]
    undo = {"csrf_token": csrf_of(saved), "batch": batch}
    assert staff.client.post(staff.address(f"{LIST}/undo"), data=undo).status_code == 303
    assert "0 people present" in staff.page(LIST)
    assert kinds(app) == ["present", "withdrawn"]


@time_machine.travel(AFTER_CLASS, tick=False)
def test_a_page_that_was_open_for_long_does_not_undo_what_others_marked(app: Flask) -> None:
    learner = a_learner(app)
    staff = joined_by(app, learner, Role.INSTRUCTOR)
    with app.app_context(), transaction():
        course = db.session.get_one(Course, learner.course_id)
        operations.mark_present(
            the_unit(course, "PB1.1"),
            db.session.get_one(Enrolment, learner.enrolment_id),
            by_id=a_person("อื่น").id,
            batch="batch-001",
            at=clock.now(),
        )
    assert staff.post(LIST, token_from=LIST, shown=learner.enrolment_id) == 303
    assert kinds(app) == ["present"]


@time_machine.travel(AFTER_CLASS, tick=False)
def test_attendance_takes_only_learners_of_the_course_and_no_nonsense(app: Flask) -> None:
    learner, stranger = a_learner(app), a_learner(app)
    staff = joined_by(app, learner, Role.MANAGER)
    for wrong in (stranger.enrolment_id, staff.enrolment_id, 0, -1, 10**30, "x", "١"):
        assert staff.post(LIST, token_from=LIST, shown=wrong, present=wrong) == 303
    assert staff.post(f"{LIST}/undo", token_from=LIST, batch="%") == 400
    assert kinds(app) == []


@time_machine.travel(AFTER_CLASS, tick=False)
def test_the_attendance_list_is_paged_and_searched(app: Flask) -> None:
    learner = a_learner(app)
    staff = joined_by(app, learner, Role.INSTRUCTOR)
    with app.app_context(), transaction():
        course = db.session.get_one(Course, learner.course_id)
        for number in range(60):
            an_enrolment(course, a_person(f"คนที่{number:02}", "ทดลอง"))
    assert staff.page(LIST).count('name="present"') == queries.ATTENDANCE_PAGE_SIZE
    assert staff.page(f"{LIST}?page=2").count('name="present"') == 11
    assert staff.page(f"{LIST}?q=คนที่07").count('name="present"') == 1
    assert "Nobody has such a name" in staff.page(f"{LIST}?q=ไม่มีคนนี้")


@time_machine.travel(BEFORE_CLASS, tick=False)
def test_before_the_class_the_list_cannot_be_marked(app: Flask) -> None:
    learner = a_learner(app)
    staff = joined_by(app, learner, Role.INSTRUCTOR)
    assert "Save attendance" not in staff.page(LIST)
    sent = {"shown": learner.enrolment_id, "present": learner.enrolment_id}
    assert staff.post(LIST, token_from=LIST, **sent) == 409
