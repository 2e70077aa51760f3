"""What people do to a browser: two tabs, reload, Back, a double click, somebody else's address."""

import re

import pytest

from sca_lms.assessments.models import Attempt
from sca_lms.courses.models import Course, Enrolment, Person
from tests.journeys import studying
from tests.journeys.pages import Page
from tests.journeys.stage import CLASSMATE, LEARNER, OTHER_COURSE, TEACHER, TOOL, Stage, Visitor


@pytest.fixture
def activities(stage: Stage) -> tuple[str, str]:
    """Two courses that follow the sample programme, and their activities in the host."""
    stage.store_programme()
    first, second = stage.add_activity(), stage.add_activity(course_id=OTHER_COURSE)
    teacher = stage.someone(TEACHER)
    for activity in (first, second):
        teacher.submit(teacher.enter(activity).form(leads_to="/programme/1"))
    return first, second


def begun_quiz(learner: Visitor, course_id: int = 1) -> Page:
    video = learner.see(f"/courses/{course_id}/modules/PB1/PB1.3")
    studying.watch(learner, video, (0, 60))
    return studying.begin_quiz(learner, learner.see(f"/courses/{course_id}/modules/PB1/PB1.4"))


def test_two_courses_in_two_tabs_never_mix(stage: Stage, activities: tuple[str, str]) -> None:
    learner = stage.someone(LEARNER, language="en")
    first, second = (learner.enter(activity) for activity in activities)
    assert (first.url, second.url) == (f"{TOOL}/courses/1/", f"{TOOL}/courses/2/")
    reading = learner.see("/courses/1/modules/PB1/PB1.2")
    learner.see("/courses/2/modules/PB1/PB1.2")
    done = studying.read(learner, reading)
    assert "You have marked this as read" in done.words
    untouched = learner.see("/courses/2/modules/PB1/PB1.2")
    assert "You have marked this as read" not in untouched.words
    assert (stage.count(Person), stage.count(Enrolment)) == (2, 4)


def test_a_form_of_one_course_is_not_taken_by_another(stage: Stage, activities: tuple[str, str]) -> None:
    learner = stage.someone(LEARNER)
    for activity in activities:
        learner.enter(activity)
    form = learner.see("/courses/1/modules/PB1/PB1.2").form(leads_to="/evidence")
    elsewhere = form.action.replace("/courses/1/", "/courses/2/")
    refused = learner.open(elsewhere, form.sent(), method="POST")
    assert (refused.status, refused.headers["X-Error-Code"]) == (400, "form-expired")


def test_a_tab_left_open_by_somebody_else_does_not_act_for_who_came_after(
    stage: Stage, activities: tuple[str, str]
) -> None:
    shared = stage.someone(LEARNER)
    shared.enter(activities[0])
    left_open = shared.see("/courses/1/modules/PB1/PB1.2").form(leads_to="/evidence")
    shared.log_in(CLASSMATE)
    shared.enter(activities[0])
    assert shared.submit(left_open).headers["X-Error-Code"] == "form-expired"


def test_the_page_of_a_launch_can_be_reloaded_and_the_launch_itself_cannot(
    stage: Stage, activities: tuple[str, str]
) -> None:
    learner = stage.someone(LEARNER)
    asked = learner.log_in_at_tool(activities[0])
    form = stage.lms.launch_form(LEARNER, activities[0], state=asked["state"], nonce=asked["nonce"])
    landed = learner.open(f"{TOOL}/lti/launch", list(form.items()), method="POST")
    assert landed.status == 200
    assert learner.open(landed.url).status == 200
    again = learner.open(f"{TOOL}/lti/launch", list(form.items()), method="POST")
    assert 400 <= again.status < 404
    assert again.headers["X-Error-Code"]
    assert learner.open(landed.url).status == 200, "who was let in stays in"
    assert stage.count(Course) == 2


def test_opening_the_login_by_hand_explains_itself(stage: Stage, activities: tuple[str, str]) -> None:
    learner = stage.someone(LEARNER)
    for path in ("/lti/login", "/lti/launch", "/lti/continue"):
        page = learner.see(path)
        assert 400 <= page.status < 404, path
        assert page.heading


def test_a_double_click_on_submit_hands_in_once(stage: Stage, activities: tuple[str, str]) -> None:
    learner = stage.someone(LEARNER, language="en")
    learner.enter(activities[0])
    attempt = begun_quiz(learner)
    answers = studying.all_right(attempt, "en")
    first, second = (studying.hand_in(learner, attempt, answers) for _click in range(2))
    assert first.url == second.url
    assert first.url.endswith("/review")
    assert stage.count(Attempt) == 1


def test_a_double_click_on_begin_opens_one_attempt(stage: Stage, activities: tuple[str, str]) -> None:
    learner = stage.someone(LEARNER)
    learner.enter(activities[0])
    attempt = begun_quiz(learner)
    rules = learner.open(re.sub(r"/attempts/.*", "", attempt.url))
    assert attempt.url in [f"{TOOL}{each.attributes.get('href')}" for each in rules.root.all("a")]
    assert stage.count(Attempt) == 1


def test_back_to_an_attempt_that_was_handed_in_shows_its_result(
    stage: Stage, activities: tuple[str, str]
) -> None:
    learner = stage.someone(LEARNER)
    learner.enter(activities[0])
    attempt = begun_quiz(learner)
    studying.hand_in(learner, attempt, studying.all_right(attempt))
    assert learner.open(attempt.url).url == f"{attempt.url}/review"


def test_somebody_else_s_addresses_do_not_exist(stage: Stage, activities: tuple[str, str]) -> None:
    owner, other = stage.someone(LEARNER), stage.someone(CLASSMATE)
    for visitor in (owner, other):
        visitor.enter(activities[0])
    attempt = begun_quiz(owner)
    form = studying.answering_form(attempt)
    assert other.open(attempt.url).status == 404
    assert other.open(f"{attempt.url}/review").status == 404
    token = other.see("/courses/1/modules/PB1/PB1.2").form(leads_to="/evidence").sent()
    stolen = [
        pair for pair in form.sent("Submit" if "Submit" in form.buttons else None) if pair[0] != "csrf_token"
    ]
    stolen += [pair for pair in token if pair[0] == "csrf_token"]
    assert other.open(form.action, stolen, method="POST").status == 404
    number = stage.enrolment_id(LEARNER)
    assert other.see(f"/courses/1/learners/{number}").status == 404
    assert other.see("/courses/2/").status == 404, "a course this browser has not launched"


def test_without_a_launch_the_page_says_to_open_it_from_the_course(
    stage: Stage, activities: tuple[str, str]
) -> None:
    stranger = Visitor(stage, "en")
    for path in ("/courses/1/", "/courses/1/modules/PB1/PB1.2", "/courses/1/learners", "/courses/77/"):
        page = stranger.see(path)
        assert (page.status, page.headers["X-Error-Code"]) == (401, "no-session"), path
        assert "Open this page from your course" in page.words
