"""An instructor opens a course that nobody has prepared; learners come before and after."""

import pytest

from sca_lms.courses.models import Programme
from tests.journeys.stage import CLASSMATE, LEARNER, OTHER_COURSE, TEACHER, TOOL, Stage


def test_the_first_instructor_picks_the_programme_and_lands_among_the_learners(stage: Stage) -> None:
    stage.store_programme()
    home = stage.add_activity()
    teacher = stage.someone(TEACHER, language="en")
    choosing = teacher.enter(home)
    assert choosing.url == f"{TOOL}/courses/1/programme"
    assert "SCA-GEN2" in choosing.words
    landed = teacher.submit(choosing.form(leads_to="/programme/1"))
    assert landed.url == f"{TOOL}/courses/1/learners"
    assert "No learners yet" in landed.words
    (course,) = stage.courses()
    assert course.programme_id is not None
    assert teacher.enter(home).url == f"{TOOL}/courses/1/learners", "the question is asked once"


def test_learners_who_come_before_the_programme_find_it_as_soon_as_it_is_chosen(stage: Stage) -> None:
    stage.store_programme()
    home = stage.add_activity()
    learner = stage.someone(LEARNER, language="en")
    early = learner.enter(home)
    assert early.status == 200
    assert "Nothing to learn yet" in early.words
    teacher = stage.someone(TEACHER)
    teacher.submit(teacher.enter(home).form(leads_to="/programme/1"))
    assert "Roles and duties of a Smart City Ambassador" in learner.open(early.url).words
    assert "ธนกร" in stage.someone(CLASSMATE).enter(home).words


def test_a_template_serves_two_courses_that_know_nothing_of_each_other(stage: Stage) -> None:
    stage.store_programme()
    teacher = stage.someone(TEACHER, language="en")
    for course_id in ("2", OTHER_COURSE):
        opened = teacher.enter(stage.add_activity(course_id=course_id))
        teacher.submit(opened.form(leads_to="/programme/1"))
    assert stage.count(Programme) == 1
    first, second = stage.courses()
    assert first.programme_id == second.programme_id
    stage.someone(LEARNER).enter(stage.add_activity(course_id=OTHER_COURSE))
    assert "ปวีณา" not in teacher.see(f"/courses/{first.id}/learners").words
    assert "ปวีณา" in teacher.see(f"/courses/{second.id}/learners").words


def test_without_any_stored_programme_the_instructor_reads_what_to_do(stage: Stage) -> None:
    page = stage.someone(TEACHER, language="en").enter(stage.add_activity())
    assert page.status == 200
    assert "sca-lms programme import FILE" in page.words


def test_a_learner_may_not_choose_the_programme(stage: Stage) -> None:
    stage.store_programme()
    learner = stage.someone(LEARNER)
    learner.enter(stage.add_activity())
    assert learner.see("/courses/1/programme").status == 403
    assert learner.open(f"{TOOL}/courses/1/programme/1", method="POST").status == 403
    (course,) = stage.courses()
    assert course.programme_id is None


@pytest.mark.parametrize(
    ("activity", "path"),
    [
        ("module:PB2", "modules/PB2"),
        ("module:PB9", ""),
        ("module:../learners", ""),
        ("quiz:1", ""),
        ("nonsense", ""),
    ],
)
def test_an_activity_that_the_programme_does_not_have_leads_to_the_first_page(
    stage: Stage, activity: str, path: str
) -> None:
    stage.store_programme()
    teacher = stage.someone(TEACHER)
    teacher.submit(teacher.enter(stage.add_activity()).form(leads_to="/programme/1"))
    landed = stage.someone(LEARNER).enter(stage.add_activity(activity))
    assert (landed.status, landed.url) == (200, f"{TOOL}/courses/1/{path}")


def test_the_list_of_modules_can_be_an_activity(stage: Stage) -> None:
    learner = stage.someone(LEARNER)
    landed = learner.enter(stage.add_activity("module"))
    assert landed.status == 200
    assert landed.url in {f"{TOOL}/courses/1/modules", f"{TOOL}/courses/1/"}
