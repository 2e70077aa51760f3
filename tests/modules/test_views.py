"""What learners, staff and guests see and do on the pages of modules."""

import pytest
import time_machine
from flask import Flask

from sca_lms import clock
from sca_lms.assessments import operations as assessments
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.modules.activities import module_path, quiz_home
from tests.builders import a_course, an_enrolment, signed_in
from tests.modules.builders import (
    AFTER_CLASS,
    BEFORE_CLASS,
    IN_CLASS,
    a_document,
    second_module,
    the_unit,
    with_modules,
)
from tests.modules.visitors import Visitor, a_guest, a_learner, complete, joined_by, kinds

# ---------------------------------------------------------------- the list and the module


@time_machine.travel(BEFORE_CLASS, tick=False)
def test_a_learner_sees_what_is_next_and_why_the_second_module_is_locked(app: Flask) -> None:
    learner = a_learner(app)
    page = learner.page()
    assert "0 of 2 modules completed" in page
    assert "Unit PB1.2" in page
    assert "Complete the module <a" in page
    assert f'href="{learner.address("/PB1")}"' in page
    assert "Locked" in page


@time_machine.travel(IN_CLASS, tick=False)
def test_a_class_that_is_on_now_is_the_first_thing_on_the_list(app: Flask) -> None:
    page = a_learner(app).page()
    assert "On now" in page
    assert "Go to the class" in page


@time_machine.travel(AFTER_CLASS, tick=False)
def test_a_module_page_names_everything_that_is_missing(app: Flask) -> None:
    learner = a_learner(app)
    complete(app, learner, "PB1.2")
    page = learner.page("/PB1")
    assert "is over. If you were there, or to make up for it, ask your instructor." in page
    assert "Watch at least 90% of <a" in page
    assert "Take <a" in page
    assert "70% needed" in page
    assert "mark it as read" not in page


@time_machine.travel(AFTER_CLASS, tick=False)
def test_a_failed_quiz_is_said_in_numbers(app: Flask) -> None:
    learner = a_learner(app)
    with app.app_context(), transaction():
        course = db.session.get_one(Course, learner.course_id)
        quiz = the_unit(course, "PB1.4").quiz
        assert quiz is not None
        attempt = assessments.start_attempt(
            quiz, db.session.get_one(Enrolment, learner.enrolment_id), at=clock.now()
        )
        assessments.save_answers(attempt, {0: "21"}, at=clock.now())
        assessments.submit(attempt, at=clock.now())
    assert "0% so far, 70% needed." in learner.page("/PB1")
    assert "Not passed yet." in learner.page("/PB1/PB1.4")


def test_pages_speak_thai_unless_asked_otherwise(app: Flask) -> None:
    learner = a_learner(app)
    page = learner.client.get(learner.address("/PB2/PB2.1")).text
    assert 'lang="th"' in page
    assert "หน่วยนี้ยังล็อกอยู่" in page
    assert "ต้องเรียนบท <a" in page


def test_a_course_without_a_programme_says_who_does_what(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course()
        learner_id, staff_id = an_enrolment(course).id, an_enrolment(course, roles={Role.MANAGER}).id
        course_id = course.id
    learner = Visitor(signed_in(app, learner_id), course_id, learner_id)
    staff = Visitor(signed_in(app, staff_id), course_id, staff_id)
    assert "Your instructor has not chosen a programme" in learner.page()
    assert f"/courses/{course_id}/programme" in staff.page()


# ---------------------------------------------------------------- who sees what


def test_a_guest_reads_titles_and_nothing_more(app: Flask) -> None:
    learner = a_learner(app)
    guest = a_guest(app, learner)
    page = guest.page()
    assert "Roles and duties" in page
    assert f'href="{learner.address("/PB1")}"' not in page
    assert guest.client.get(guest.address("/PB1")).status_code == 403


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.MANAGER, Role.AUTHOR, Role.MENTOR])
@time_machine.travel(IN_CLASS, tick=False)
def test_staff_and_mentors_read_everything_as_a_preview(app: Flask, role: Role) -> None:
    other = joined_by(app, a_learner(app), role)
    for path in ("", "/PB1", "/PB1/PB1.1", "/PB1/PB1.2", "/PB1/PB1.3", "/PB1/PB1.4", "/PB2/PB2.1"):
        page = other.page(path)
        assert "Nothing you open here is recorded" in page
        assert "still locked" not in page
    assert "Mark as read" not in other.page("/PB1/PB1.2")
    is_staff = role in {Role.INSTRUCTOR, Role.MANAGER}
    assert ("https://meet.example.org/pb1" in other.page("/PB1/PB1.1")) is is_staff
    assert ("See the questions" in other.page("/PB1/PB1.4")) is is_staff


@time_machine.travel(AFTER_CLASS, tick=False)
def test_only_staff_keep_attendance_and_only_learners_record_their_own_word(app: Flask) -> None:
    learner = a_learner(app)
    staff = joined_by(app, learner, Role.INSTRUCTOR)
    assert learner.client.get(learner.address("/PB1/PB1.1/attendance")).status_code == 403
    assert (
        staff.post("/PB1/PB1.2/evidence", token_from="/PB1/PB1.1/attendance", kind="read", key="read-1234")
        == 403
    )


@pytest.mark.parametrize(
    "path", ["/PB9", "/PB1/PB9.9", "/PB2/PB1.2", "/PB1/PB1.2/attendance", "/PB9/PB1.1/attendance", "/x/y"]
)
def test_what_is_not_there_is_not_found(app: Flask, path: str) -> None:
    learner = a_learner(app)
    who = joined_by(app, learner, Role.INSTRUCTOR) if path.endswith("attendance") else learner
    assert who.client.get(who.address(path)).status_code == 404


def test_a_learner_of_another_course_finds_nothing(app: Flask) -> None:
    mine, other = a_learner(app), a_learner(app, with_modules(second_module(code="XX", prerequisites=[])))
    assert mine.client.get(mine.address("/XX")).status_code == 404
    assert mine.client.get(other.address()).status_code == 404


# ---------------------------------------------------------------- reading


def test_a_text_is_read_when_its_reader_says_so_and_not_by_opening_it(app: Flask) -> None:
    learner = a_learner(app)
    assert "Mark as read" in learner.page("/PB1/PB1.2")
    assert kinds(app) == []
    for _twice in range(2):
        assert learner.post("/PB1/PB1.2/evidence", kind="read", key="read-1234") == 303
    assert kinds(app) == ["read"]
    assert "You have marked this as read." in learner.page("/PB1/PB1.2")
    assert learner.post("/PB1/PB1.2/undo") == 303
    assert kinds(app) == ["read", "withdrawn"]
    assert "Mark as read" in learner.page("/PB1/PB1.2")


def test_both_languages_stand_side_by_side_on_request(app: Flask) -> None:
    learner = a_learner(app)
    english = learner.page("/PB1/PB1.2")
    assert "Work with the agency" in english
    assert "ร่วมงานกับหน่วยงาน" not in english
    both = learner.page("/PB1/PB1.2?text=both")
    assert '<div class="rich" lang="th">' in both
    assert '<div class="rich" lang="en">' in both
    assert "ร่วมงานกับหน่วยงาน" in both


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"kind": "read"},
        {"kind": "read", "key": "short"},
        {"kind": "read", "key": "x" * 65},
        {"kind": "read", "key": "with space"},
        {"kind": "present", "key": "key-12345"},
        {"kind": "joined", "key": "key-12345"},
        {"kind": "\x00", "key": "key-12345"},
    ],
)
def test_what_no_page_of_ours_sends_is_a_bad_request(app: Flask, fields: dict[str, str]) -> None:
    learner = a_learner(app)
    assert learner.post("/PB1/PB1.2/evidence", token_from="/PB1/PB1.2", **fields) == 400
    assert kinds(app) == []


def test_nothing_is_recorded_without_the_token_of_the_page(app: Flask) -> None:
    learner = a_learner(app)
    sent = {"kind": "read", "key": "read-1234"}
    assert learner.client.post(learner.address("/PB1/PB1.2/evidence"), data=sent).status_code == 400
    assert kinds(app) == []


# ---------------------------------------------------------------- locked


def test_a_locked_unit_shows_why_with_a_link_and_takes_no_evidence(app: Flask) -> None:
    learner = a_learner(app)
    page = learner.page("/PB2/PB2.1")
    assert "This unit is still locked" in page
    assert f'href="{learner.address("/PB1")}"' in page
    assert "I have done this" not in page
    status = learner.post("/PB2/PB2.1/evidence", token_from="/PB1/PB1.2", kind="declared", key="done-1234")
    assert status == 409
    assert kinds(app) == []


def test_a_task_says_that_nobody_checks_it(app: Flask) -> None:
    learner = a_learner(app, with_modules(second_module(prerequisites=[])))
    assert "Nobody checks this step" in learner.page("/PB2/PB2.1")
    assert learner.post("/PB2/PB2.1/evidence", kind="declared", key="done-1234") == 303
    assert "You said that you have done this." in learner.page("/PB2/PB2.1")
    assert "1 of 1 modules completed" in learner.page()


# ---------------------------------------------------------------- addresses for others


def test_an_activity_and_a_quiz_know_their_page(app: Flask) -> None:
    learner = a_learner(app, a_document())
    with app.app_context(), app.test_request_context():
        course = db.session.get_one(Course, learner.course_id)
        quiz = the_unit(course, "PB1.4").quiz
        assert quiz is not None
        assert quiz_home(quiz) == learner.address("/PB1/PB1.4")
        assert module_path(course.id, "PB1") == learner.address("/PB1")
        assert module_path(course.id, "") == learner.address()
        assert module_path(course.id, "PB9") == f"/courses/{course.id}/"
