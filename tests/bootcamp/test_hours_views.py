"""Learners see every minute of theirs with its reason; staff see the same; nobody else does."""

import re
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.attendance import queries
from sca_lms.bootcamp.account_queries import account_of
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests import builders
from tests.attendance.camp import a_camp, attend, attend_whole, close_all
from tests.bootcamp.lived_camp import BEFORE, EVENING, Lived, live
from tests.statements import counted

MOST_STATEMENTS = 13


@pytest.fixture
def lived(app: Flask) -> Iterator[Lived]:
    found = live(app)
    with time_machine.travel(EVENING, tick=False):
        yield found


def page(browser: FlaskClient, path: str, locale: str = "en") -> str:
    answer = browser.get(path, headers={"Accept-Language": locale})
    assert answer.status_code == 200
    return answer.text


def text_of(markup: str) -> str:
    """Return what a reader sees and hears, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def line_of(markup: str, title: str) -> str:
    """Return the line of one session."""
    lines = re.findall(r"<li>\s*<span class=\"when.*?(?=<li>\s*<span class=\"when|</ul>\s*<div class=\"day|</section>)", markup, re.DOTALL)  # fmt: skip  # noqa: E501 - One pattern.
    return next(text_of(line) for line in lines if title in line)


def test_the_figures_of_the_page_are_those_of_the_ledger(app: Flask, lived: Lived) -> None:
    shown = text_of(page(lived.browser(app, lived.learner_id), f"/courses/{lived.course_id}/hours"))
    with app.app_context():
        sums = queries.balances([lived.learner_id])[lived.learner_id]
    assert sum(sums.values()) == 205 + 210 + 120 + 150 + 45
    assert "12 h 10 min" in shown
    assert "2 h to" not in shown
    assert "12 h 10 min of 168 h credited; 2 h pending; the pass mark is 134 h 24 min." in shown


def test_why_it_is_205_and_not_210(app: Flask, lived: Lived) -> None:
    markup = page(lived.browser(app, lived.learner_id), f"/courses/{lived.course_id}/hours")
    line = line_of(markup, "Orientation and keynote")
    assert "205 / 210 min" in line
    assert "Why 205, not 210" in line
    story = (
        "Session 08:30–12:15 225 min Break −15 min Came back late from the break, at 10:50 −5 min "
        "Credited 205 min"
    )
    assert story in line
    assert "hours policy, version 1" in line


def test_what_the_grace_forgives_is_said_and_costs_nothing(app: Flask, lived: Lived) -> None:
    markup = page(lived.browser(app, lived.learner_id), f"/courses/{lived.course_id}/hours")
    line = line_of(markup, "smart-city framework")
    assert "How 210 were counted" in line
    assert "Came late, at 08:38: within the grace, forgiven (8 min) 0 min" in line


def test_a_missing_check_out_waits_and_a_missed_session_can_be_made_up(app: Flask, lived: Lived) -> None:
    markup = page(lived.browser(app, lived.learner_id), f"/courses/{lived.course_id}/hours")
    assert "wait / 120 min" in line_of(markup, "Team forming")
    assert "no check-out" in line_of(markup, "Team forming")
    missed = line_of(markup, "Communication and deep listening")
    assert "0 / 150 min not there can be made up until 5 Oct 2022" in missed


def test_a_correction_tells_what_was_reversed_why_and_who_did_it(app: Flask, lived: Lived) -> None:
    markup = page(lived.browser(app, lived.learner_id), f"/courses/{lived.course_id}/hours?show=corrected")
    line = line_of(markup, "Structure and culture")
    assert "corrected Reversed −105, then booked +120 · ตามใบเซ็นชื่อ" in line
    assert "No. 6 +120 Attendance" in line
    assert "an instructor" in line


def test_an_award_stands_in_the_list_with_its_reason(app: Flask, lived: Lived) -> None:
    markup = page(lived.browser(app, lived.learner_id), f"/courses/{lived.course_id}/hours")
    assert "Award: =field report" in line_of(markup, "=field report")
    assert "+45 min" in line_of(markup, "=field report")


def test_what_can_still_be_reached_is_one_sentence(app: Flask, lived: Lived) -> None:
    shown = text_of(page(lived.browser(app, lived.learner_id), f"/courses/{lived.course_id}/hours"))
    assert "You can still reach 168 h; you may miss at most" in shown


def test_filters_show_what_they_count(app: Flask, lived: Lived) -> None:
    browser, path = lived.browser(app, lived.learner_id), f"/courses/{lived.course_id}/hours"
    everything = page(browser, path)
    for name, count in (("All", 7), ("Not the whole session", 1), ("Not there", 1), ("Pending", 1)):
        assert f"{name} {count}" in text_of(everything)
    only = page(browser, f"{path}?show=pending")
    assert "Team forming" in only
    assert "Orientation and keynote" not in only
    area = page(browser, f"{path}?category=KNO")
    assert "Orientation and keynote" in area
    assert "Team forming" not in area
    assert "No session has this state." in page(browser, f"{path}?show=open")
    for nonsense in ("show=x", "category=x", "page=99", "page=-1", "show=&category=&page="):
        assert "Orientation and keynote" in page(browser, f"{path}?{nonsense}")


def test_a_session_that_is_going_on_shows_what_it_would_give_so_far(app: Flask, lived: Lived) -> None:
    with app.app_context(), transaction():
        course = db.session.get_one(Course, lived.course_id)
        learner = db.session.get_one(Enrolment, lived.learner_id)
        session = next(each for each in queries.timetable(course.id) if each.code == "D03A")
        attend(session, learner, (session.starts_at, None))
        middle = session.starts_at + (session.ends_at - session.starts_at) / 3
    with time_machine.travel(middle, tick=False):
        browser = lived.browser(app, lived.learner_id)
        line = line_of(page(browser, f"/courses/{lived.course_id}/hours"), "Data literacy")
    assert "75 / 210 min going on now" in line
    assert "Still to come" in line


def test_staff_see_what_the_learner_sees_and_others_see_nothing(app: Flask, lived: Lived) -> None:
    own = text_of(page(lived.browser(app, lived.learner_id), f"/courses/{lived.course_id}/hours"))
    path = f"/courses/{lived.course_id}/hours/{lived.learner_id}"
    theirs = text_of(page(lived.browser(app, lived.instructor_id), path))
    assert "Hours of ปวีณา แก้วมณี" in theirs
    for figure in ("12 h 10 min", "Why 205, not 210", "205 / 210 min"):
        assert figure in own
        assert figure in theirs
    assert lived.browser(app, lived.classmate_id).get(path).status_code == 403
    with time_machine.travel(BEFORE, tick=False), app.app_context(), transaction():
        elsewhere = builders.an_enrolment(builders.a_course(), roles={Role.INSTRUCTOR})
        stranger_id, place_id = elsewhere.id, elsewhere.course_id
    stranger = lived.browser(app, stranger_id)
    assert stranger.get(path).status_code == 404
    assert stranger.get(f"/courses/{place_id}/hours/{lived.learner_id}").status_code == 404


def test_a_course_without_a_camp_says_so(app: Flask) -> None:
    with app.app_context(), transaction():
        learner = builders.an_enrolment()
        learner_id, course_id = learner.id, learner.course_id
    shown = page(builders.signed_in(app, learner_id), f"/courses/{course_id}/hours")
    assert "No hours are counted here" in shown
    assert builders.signed_in(app, learner_id).get(
        f"/courses/{course_id}/hours/{learner_id}/transcript"
    ).status_code == 404  # fmt: skip


def test_the_page_is_thai_for_thai_readers(app: Flask, lived: Lived) -> None:
    shown = text_of(page(lived.browser(app, lived.learner_id), f"/courses/{lived.course_id}/hours", "th"))
    for words in ("ชั่วโมงของฉัน", "ทำไม 205 ไม่ใช่ 210", "กลับจากพักช้า เข้าห้อง 10:50", "แก้ไขแล้ว", "รอยืนยัน"):
        assert words in shown


def test_the_number_of_statements_does_not_depend_on_the_length_of_the_ledger(app: Flask) -> None:
    with time_machine.travel(BEFORE, tick=False), app.app_context(), transaction():
        course = a_camp()
        course_id, learner_id = course.id, builders.an_enrolment(course).id
    counts = []
    for number in (1, 40):
        with app.app_context(), transaction():
            learner = db.session.get_one(Enrolment, learner_id)
            sessions = queries.timetable(course_id)[:number]
            fresh = [each for each in sessions if each.closed_at is None]
            for session in fresh:
                attend_whole(session, learner)
            close_all(fresh)
        with time_machine.travel(sessions[-1].ends_at, tick=False):
            browser = builders.signed_in(app, learner_id)
            page(browser, f"/courses/{course_id}/hours")
            with counted(app) as statements:
                page(browser, f"/courses/{course_id}/hours")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= MOST_STATEMENTS


def test_the_account_adds_up_to_the_kept_sums(app: Flask, lived: Lived) -> None:
    with app.app_context():
        course = db.session.get_one(Course, lived.course_id)
        learner = db.session.get_one(Enrolment, lived.learner_id)
        account = account_of(course, learner, at=EVENING)
        assert account is not None
        sums = queries.balances([learner.id])[learner.id]
        assert sum(line.paid for line in account.lines) == sum(sums.values())
        assert [entry.number for entry in account.entries] == list(range(1, 8))
        drawn = [account.drawn(line) for line in account.lines]
        assert all(line.is_explained for line in drawn if line.session is not None)
