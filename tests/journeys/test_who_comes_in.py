"""Mentors, guests, test learners, and people who ask for more than they are."""

from collections.abc import Iterator

import pytest
from flask import Flask

from sca_lms.courses.models import Person
from sca_lms.courses.rules import Role
from sca_lms.demo.personalities import CANVAS, PRETEND
from tests.journeys import studying
from tests.journeys.pages import Page
from tests.journeys.stage import (
    CLASSMATE,
    COURSE,
    LEARNER,
    MENTOR,
    TEACHER,
    TESTER,
    TOOL,
    Stage,
    Visitor,
    running,
)


@pytest.fixture
def opened(stage: Stage) -> Stage:
    """A Moodle course that follows the sample programme."""
    follow_the_programme(stage)
    return stage


@pytest.fixture
def canvas(app: Flask) -> Iterator[Stage]:
    with running(app, CANVAS) as stage:
        stage.connect()
        follow_the_programme(stage)
        yield stage


def follow_the_programme(stage: Stage) -> None:
    stage.store_programme()
    teacher = stage.someone(TEACHER)
    choosing = teacher.enter(stage.add_activity(graded=True))
    assert teacher.submit(choosing.form(leads_to="/programme/1")).status == 200


def home(stage: Stage) -> str:
    return next(iter(stage.lms.state.activities))


def launched_with(visitor: Visitor, activity_id: str, **changes: object) -> Page:
    """Launch with claims that the host would not send; None leaves one out."""
    asked = visitor.log_in_at_tool(activity_id)
    form = visitor.stage.lms.launch_form(
        LEARNER,
        activity_id,
        state=asked["state"],
        nonce=asked["nonce"],
        overrides={name: value for name, value in changes.items() if value is not None},
        without={name for name, value in changes.items() if value is None},
    )
    return visitor.open(f"{TOOL}/lti/launch", list(form.items()), method="POST")


def test_a_mentor_reads_the_modules_and_has_nothing_to_hand_in(app: Flask) -> None:
    with running(app, PRETEND) as stage:
        stage.connect()
        follow_the_programme(stage)
        mentor = stage.someone(MENTOR, language="en")
        landed = mentor.enter(home(stage))
        assert stage.roles(MENTOR) == {Role.MENTOR}
        assert landed.url == f"{TOOL}/courses/1/mentoring/mentees"
        reading = mentor.see("/courses/1/modules/PB1/PB1.2")
        assert reading.status == 200
        assert [form for form in reading.forms if form.action.endswith("/evidence")] == []
        for path in ("grades", "learners", "programme", "modules/PB1/PB1.1/attendance"):
            assert mentor.see(f"/courses/1/{path}").status == 403, path


def test_on_moodle_a_mentor_arrives_as_a_learner_because_moodle_says_so(opened: Stage) -> None:
    opened.someone(MENTOR).enter(home(opened))
    assert opened.roles(MENTOR) == {Role.LEARNER}


def test_whom_the_host_does_not_name_is_a_guest_who_may_read_the_outline(opened: Stage) -> None:
    people = opened.count(Person)
    guest = opened.someone(LEARNER)
    landed = launched_with(guest, home(opened), sub=None)
    assert landed.status == 200, landed.words
    assert "บทบาทและหน้าที่ของนักดิจิทัลพัฒนาเมือง" in landed.words
    assert opened.count(Person) == people, "nobody is made up"
    for path in ("modules/PB1/PB1.2", "grades", "learners", "quizzes/1"):
        assert guest.see(f"/courses/1/{path}").status in {403, 404}, path


def test_a_guest_who_then_launches_with_a_name_is_that_person(opened: Stage) -> None:
    visitor = opened.someone(LEARNER)
    launched_with(visitor, home(opened), sub=None)
    visitor.enter(home(opened))
    assert visitor.see("/courses/1/grades").status == 200
    assert opened.roles(LEARNER) == {Role.LEARNER}


def test_a_test_learner_sees_grades_of_which_nothing_is_sent_and_who_is_counted_nowhere(
    canvas: Stage,
) -> None:
    tester = canvas.someone(TESTER, language="en")
    tester.enter(home(canvas))
    studying.watch(tester, tester.see("/courses/1/modules/PB1/PB1.3"), (0, 60))
    attempt = studying.begin_quiz(tester, tester.see("/courses/1/modules/PB1/PB1.4"))
    studying.hand_in(tester, attempt, studying.all_right(attempt, "en"))
    grades = tester.see("/courses/1/grades")
    assert "You are here as a test learner" in grades.words
    assert "100%" in grades.row("Roles and duties of a Smart City Ambassador")
    assert canvas.work() == 0
    assert canvas.shown(TESTER) is None
    assert len(canvas.lms.state.arrivals) == 0
    teacher = canvas.someone(TEACHER, language="en")
    table = teacher.enter(home(canvas))
    assert table.url == f"{TOOL}/courses/1/learners"
    assert "ทดสอบ" not in table.words


def test_a_learner_who_asks_for_the_review_of_another_sees_only_their_own_page(opened: Stage) -> None:
    opened.someone(CLASSMATE).enter(home(opened))
    curious = opened.someone(LEARNER, language="en")
    curious.enter(home(opened))
    # As in Moodle, whoever writes this address gets a signed review message for anybody.
    asked = f"{opened.host.url}/activities/{home(opened)}/launch?action=gradeReport&user={CLASSMATE}"
    forged = curious.open(asked)
    assert forged.status == 200
    assert forged.url == f"{TOOL}/courses/1/"
    assert "ธนกร" not in forged.text
    assert opened.roles(LEARNER) == {Role.LEARNER}
    assert curious.see(f"/courses/1/learners/{opened.enrolment_id(CLASSMATE)}").status == 404


def test_an_instructor_s_review_leads_to_the_learner_it_names(opened: Stage) -> None:
    opened.someone(LEARNER).enter(home(opened))
    teacher = opened.someone(TEACHER)
    book = teacher.open(f"{opened.host.url}/courses/{COURSE}/gradebook")
    review = teacher.look_into(teacher.open(book.link_to(f"grade?user={LEARNER}")))
    assert review.url == f"{TOOL}/courses/1/learners/{opened.enrolment_id(LEARNER)}"
    assert "ปวีณา" in review.heading


def test_a_review_that_names_nobody_leads_to_the_table_of_all(opened: Stage) -> None:
    teacher = opened.someone(TEACHER)
    book = teacher.open(f"{opened.host.url}/courses/{COURSE}/gradebook")
    review = teacher.look_into(teacher.open(book.link_to("/grade")))
    assert review.url == f"{TOOL}/courses/1/learners"


def test_a_review_of_somebody_who_never_came_leads_to_the_table_of_all(opened: Stage) -> None:
    teacher = opened.someone(TEACHER)
    asked = f"{opened.host.url}/activities/{home(opened)}/grade?user={CLASSMATE}"
    review = teacher.look_into(teacher.open(asked))
    assert review.url == f"{TOOL}/courses/1/learners"


def test_a_role_of_the_institution_gives_no_right_in_the_course(opened: Stage) -> None:
    roles = [
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor",
        "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator",
        "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner",
    ]
    visitor = opened.someone(LEARNER)
    claim = "https://purl.imsglobal.org/spec/lti/claim/roles"
    assert launched_with(visitor, home(opened), **{claim: roles}).status == 200
    assert opened.roles(LEARNER) == {Role.LEARNER}
    assert visitor.see("/courses/1/learners").status == 403


def test_an_instructor_whom_the_host_makes_a_learner_loses_the_rights_at_the_next_launch(
    opened: Stage,
) -> None:
    teacher = opened.someone(TEACHER)
    teacher.enter(home(opened))
    assert teacher.see("/courses/1/learners").status == 200
    with opened.lms.changing() as site:
        site.courses[COURSE].members[TEACHER] = site.courses[COURSE].members[LEARNER]
    teacher.enter(home(opened))
    assert teacher.see("/courses/1/learners").status == 403
