"""A learner's receipt for each grade: ready, sent, seen in the host, or why not."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from sca_lms import clock
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.demo.personalities import MOODLE
from sca_lms.grades import decisions, reconcile
from tests.builders import a_person, an_enrolment, signed_in
from tests.grades.console_desk import leave, words
from tests.grades.world import World, later, running
from tests.statements import counted


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with running(MOODLE) as host:
        yield World(app, host)


def receipt(world: World, subject: str = "31", path: str = "grades/mine") -> str:
    browser = signed_in(world.app, world.enrolments[subject])
    answer = browser.get(f"/courses/{world.course_id}/{path}", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    return words(answer.text)


def compare(world: World) -> None:
    with world.app.app_context():
        list(reconcile.reconcile(world.course_id, now=clock.now))


def test_without_a_score_there_is_no_receipt(world: World) -> None:
    assert "No grade yet" in receipt(world)


def test_a_score_is_ready_before_it_is_sent(world: World) -> None:
    world.mark("31", "40")
    world.recompute()
    shown = receipt(world)
    assert "40 / 100" in shown
    assert "Your score is on its way to the LMS." in shown
    assert "Sent to the LMS not yet" in shown


def test_a_receipt_says_when_it_was_sent_and_when_it_was_seen_there(world: World) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 22, 9, 5, tzinfo=dt.UTC), tick=True):
        world.mark("31", "40")
        world.work()
        shown = receipt(world)
        assert "Your score is in the LMS." in shown
        assert "Sent to the LMS 22 Nov 2026, 16:05" in shown
    with time_machine.travel(dt.datetime(2026, 11, 23, 20, 0, tzinfo=dt.UTC), tick=True):
        compare(world)
        shown = receipt(world)
    assert "Confirmed in the LMS 24 Nov 2026, 03:00" in shown
    assert "What happened" in shown


def test_a_refusal_is_no_work_for_the_learner(world: World) -> None:
    leave(world, "31")
    world.mark("31", "40")
    world.work()
    shown = receipt(world)
    assert "Your score is kept here and has not reached the LMS. Your teacher can see why." in shown
    assert "Enrol them" not in shown


def test_a_score_that_a_teacher_changed_or_took_back_says_so(world: World) -> None:
    for subject in ("31", "32"):
        world.mark(subject, "40")
    world.work()
    world.teacher_sets("31", "72", ahead=2)
    with later(5):
        compare(world)
        world.decide("32", decisions.withdraw)
        world.work()
    assert "Confirmed in the LMS another score stands there" in receipt(world)
    assert "72" not in receipt(world)
    assert "Your teacher has taken this score back from the LMS." in receipt(world, "32")


def test_the_home_page_leads_to_the_receipt(world: World) -> None:
    world.mark("31", "40")
    world.work()
    browser = signed_in(world.app, world.enrolments["31"])
    # Without modules there is no list of grades; the tab leads there all the same.
    assert "/grades/mine" in browser.get(f"/courses/{world.course_id}/").text


def test_staff_are_led_from_a_learner_to_the_whole_story(world: World) -> None:
    world.mark("31", "40")
    world.work()
    with world.changing():
        course = db.session.get_one(Course, world.course_id)
        staff_id = an_enrolment(course, a_person("วิทยากร"), roles={Role.INSTRUCTOR}).id
    staff = signed_in(world.app, staff_id)
    story = f"/courses/{world.course_id}/grades/people/{world.enrolments['31']}"
    assert story in staff.get(f"/courses/{world.course_id}/learners").text
    assert story in staff.get(f"/courses/{world.course_id}/learners/{world.enrolments['31']}").text
    assert staff.get(story).status_code == 200


def test_the_number_of_statements_does_not_depend_on_what_happened(world: World) -> None:
    browser = signed_in(world.app, world.enrolments["31"])
    numbers: list[int] = []
    for value in ("40", "41", "42"):
        world.mark("31", value)
        with later(5 * len(numbers)):
            world.work()
        browser.get(f"/courses/{world.course_id}/grades/mine")
        with counted(world.app) as seen:
            browser.get(f"/courses/{world.course_id}/grades/mine")
        numbers.append(len(seen))
    assert len(set(numbers)) == 1
