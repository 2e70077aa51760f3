"""What learners, staff and guests see and do on the pages of modules."""

import datetime as dt
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from sca_lms import clock
from sca_lms.assessments import operations as assessments
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.modules import operations, queries
from sca_lms.modules.activities import module_path, quiz_home
from sca_lms.modules.models import UnitEvidence
from sca_lms.modules.plan import EvidenceKind
from tests.builders import a_course, a_person, an_enrolment, csrf_of, signed_in
from tests.modules.builders import (
    AFTER_CLASS,
    BEFORE_CLASS,
    IN_CLASS,
    a_document,
    a_learner_of_a_new_course,
    a_unit,
    first_module,
    second_module,
    the_unit,
    with_modules,
)

ENGLISH = {"Accept-Language": "en"}


@dataclass(frozen=True)
class Visitor:
    """A browser in one course."""

    client: FlaskClient
    course_id: int
    enrolment_id: int | None

    def address(self, path: str = "") -> str:
        return f"/courses/{self.course_id}/modules{path}"

    def page(self, path: str = "") -> str:
        answer = self.client.get(self.address(path), headers=ENGLISH)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, *, token_from: str = "", **fields: object) -> int:
        token = csrf_of(self.page(token_from or path.rsplit("/", 1)[0]))
        answer = self.client.post(self.address(path), data={"csrf_token": token, **fields}, headers=ENGLISH)
        return answer.status_code


def a_learner(app: Flask, document: dict[str, object] | None = None) -> Visitor:
    course_id, learner_id = a_learner_of_a_new_course(app, document)
    return Visitor(signed_in(app, learner_id), course_id, learner_id)


def joined_by(app: Flask, visitor: Visitor, role: Role, given_name: str = "สมชาย") -> Visitor:
    """Let somebody else enter the same course."""
    with app.app_context(), transaction():
        course = db.session.get_one(Course, visitor.course_id)
        enrolment_id = an_enrolment(course, a_person(given_name, "สอนดี"), roles={role}).id
    return Visitor(signed_in(app, enrolment_id), visitor.course_id, enrolment_id)


def a_guest(app: Flask, visitor: Visitor) -> Visitor:
    client = signed_in(app, None, course_id=visitor.course_id)
    return Visitor(client, visitor.course_id, None)


def kinds(app: Flask) -> list[str]:
    with app.app_context():
        found = db.session.scalars(sa.select(UnitEvidence.kind).order_by(UnitEvidence.id))
        return [kind.value for kind in found]


def complete(app: Flask, visitor: Visitor, *codes: str) -> None:
    with app.app_context(), transaction():
        course = db.session.get_one(Course, visitor.course_id)
        learner = db.session.get_one(Enrolment, visitor.enrolment_id)
        for code in codes:
            operations.record_evidence(
                the_unit(course, code), learner, EvidenceKind.READ, key="read-1234", at=clock.now()
            )


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
    assert staff.post("/PB1/PB1.2/evidence", token_from=LIST, kind="read", key="read-1234") == 403


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


# ---------------------------------------------------------------- video


def report(
    visitor: Visitor, sent: object, path: str = "/PB1/PB1.3", *, what: str = "watched", after: int = 60
) -> tuple[int, object]:
    """Send what a player would, so many seconds from now."""
    token = visitor.page("/PB1/PB1.2").partition('"X-CSRF-Token": "')[2].partition('"')[0]
    with time_machine.travel(clock.now() + dt.timedelta(seconds=after), tick=False):
        answer = visitor.client.post(
            visitor.address(f"{path}/{what}"), json=sent, headers={"X-CSRF-Token": token, **ENGLISH}
        )
    return answer.status_code, answer.json


def so_far(percent: int, *, done: bool = False, held_back: bool = False) -> tuple[int, object]:
    return 200, {"percent": percent, "done": done, "held_back": held_back}


def watched(start: int, end: int, key: str = "report-1") -> dict[str, object]:
    return {"intervals": [[start, end]], "duration": 100, "position": end, "key": key}


def test_watching_adds_up_and_completes_the_unit(app: Flask) -> None:
    learner = a_learner(app)
    assert report(learner, watched(0, 50)) == so_far(50)
    assert 'data-position="50"' in learner.page("/PB1/PB1.3")
    assert report(learner, watched(45, 95, "report-2"), after=120) == so_far(95, done=True)
    assert "You have done this unit" in learner.page("/PB1/PB1.3")


def test_what_is_played_faster_than_the_clock_waits_for_its_time(app: Flask) -> None:
    learner = a_learner(app)
    assert report(learner, watched(0, 100), after=20) == so_far(40, held_back=True)
    assert report(learner, watched(0, 100, "report-2"), after=21) == so_far(40, held_back=True)
    assert report(learner, watched(0, 100, "report-3"), after=60) == so_far(100, done=True)


def test_the_length_of_a_video_is_taken_from_those_who_teach(app: Flask) -> None:
    learner = a_learner(app)
    teacher = joined_by(app, learner, Role.INSTRUCTOR)
    measure = f"{learner.address('/PB1/PB1.3')}/length"
    assert f'data-measure="{measure}"' in teacher.page("/PB1/PB1.3")
    assert "data-measure" not in learner.page("/PB1/PB1.3")
    assert report(learner, {"duration": 5}, what="length")[0] == 403
    assert report(teacher, {"duration": 0}, what="length")[0] == 400
    assert report(teacher, {"duration": 200}, what="length") == (200, {"seconds": 200})
    assert report(teacher, {"duration": 5}, what="length") == (200, {"seconds": 200})
    assert "data-measure" not in teacher.page("/PB1/PB1.3")
    assert report(learner, {**watched(0, 10), "duration": 10}) == so_far(5)


def test_the_same_report_twice_is_kept_once(app: Flask) -> None:
    learner = a_learner(app)
    assert report(learner, watched(0, 50)) == report(learner, watched(0, 50))
    assert kinds(app) == ["watched"]


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {},
        {"key": "report-1"},
        {**watched(0, 50), "key": "x"},
        {**watched(0, 50), "duration": 10**9},
    ],
)
def test_a_report_that_no_player_sends_is_refused(app: Flask, sent: object) -> None:
    learner = a_learner(app)
    status, answer = report(learner, sent)
    assert status == 400
    assert answer
    assert kinds(app) == []


def test_a_report_for_a_text_is_a_conflict(app: Flask) -> None:
    assert report(a_learner(app), watched(0, 50), "/PB1/PB1.2")[0] == 409


def test_the_page_may_play_from_the_videos_own_site_and_no_other(app: Flask) -> None:
    learner = a_learner(app)
    answer = learner.client.get(learner.address("/PB1/PB1.3"))
    assert "media-src 'self' https://media.example.org;" in answer.headers["Content-Security-Policy"]
    other = learner.client.get(learner.address("/PB1/PB1.2"))
    assert "media.example.org" not in other.headers["Content-Security-Policy"]


def test_reading_the_transcript_is_enough_where_there_is_one(app: Flask) -> None:
    learner = a_learner(app)
    assert "I have read the transcript" in learner.page("/PB1/PB1.3")
    assert learner.post("/PB1/PB1.3/evidence", kind="read", key="read-1234") == 303
    assert "You have done this unit" in learner.page("/PB1/PB1.3")


def test_a_hosted_video_is_framed_and_the_learners_word_counts(app: Flask) -> None:
    hosted = first_module(
        units=[a_unit("PB1.3", "video", url="https://youtu.be/abc")], quiz=None, questions=[]
    )
    learner = a_learner(app, with_modules(hosted))
    answer = learner.client.get(learner.address("/PB1/PB1.3"), headers=ENGLISH)
    assert 'src="https://www.youtube-nocookie.com/embed/abc"' in answer.text
    assert "frame-src 'self' https://www.youtube-nocookie.com" in answer.headers["Content-Security-Policy"]
    assert "transcript" not in answer.text
    assert learner.post("/PB1/PB1.3/evidence", kind="declared", key="done-1234") == 303
    assert "1 of 1 modules completed" in learner.page()


def test_a_video_that_is_not_there_yet_says_so(app: Flask) -> None:
    empty = first_module(units=[a_unit("PB1.3", "video")], quiz=None, questions=[])
    page = a_learner(app, with_modules(empty)).page("/PB1/PB1.3")
    assert "The video is not here yet" in page
    assert "I have watched it" in page


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
