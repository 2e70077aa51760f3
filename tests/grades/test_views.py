"""The pages of the delivery console: what staff see of every score, and who is let in."""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator

import openpyxl
import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from sca_lms import clock
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.demo.personalities import MOODLE
from sca_lms.grades.models import HostColumn
from sca_lms.grades.rules import Reason, State
from sca_lms.lti import connection_tests
from sca_lms.lti.models import LtiContext
from tests.builders import a_course, a_person, an_enrolment, signed_in
from tests.grades.console_desk import (
    a_browser,
    leave,
    page,
    post,
    score_id,
    token_of,
    words,
)
from tests.grades.world import World, later, running
from tests.statements import counted

# ---------------------------------------------------------------- the first page


def test_a_course_without_columns_says_where_they_come_from(app: Flask) -> None:
    with running(MOODLE) as host:
        world = World(app, host)
        with world.changing():
            world.our_column().is_active = False
        shown = page(world, a_browser(world))
    assert "This course has no columns yet" in shown
    assert "/programme" in shown


def test_before_the_first_score_nothing_needs_anybody(moodle: World, staff: FlaskClient) -> None:
    shown = words(page(moodle, staff))
    assert "No score yet" in shown
    assert "Nothing. What is on its way arrives by itself." in shown
    assert "no score yet" in shown
    assert "There is nothing in the LMS yet to compare with." in shown
    assert "Compare now" not in shown
    assert "No score yet" in page(moodle, staff, "/deliveries")


def test_what_arrived_is_counted_and_what_is_on_its_way_as_well(moodle: World, staff: FlaskClient) -> None:
    for subject in ("31", "32"):
        moodle.mark(subject, "50")
    moodle.work()
    moodle.mark("33", "60")
    moodle.recompute()
    shown = words(page(moodle, staff))
    assert "2 of 3 scores are in the LMS" in shown
    assert "On their way 1" in shown
    assert "Pretend LMS : In the gradebook" in shown or "Pretend LMS: In the gradebook" in shown
    assert "Last sent:" in shown


def test_a_refusal_is_named_with_its_reason_and_who_does_what(moodle: World, staff: FlaskClient) -> None:
    leave(moodle, "33")
    moodle.mark("33", "60")
    moodle.work()
    shown = words(page(moodle, staff))
    assert "Refused 1" in shown
    assert "they are not a learner of the course there. Enrol them there as a learner" in shown
    assert "Send 1 of PRE again" in shown


def test_no_page_asks_a_host(moodle: World, staff: FlaskClient) -> None:
    moodle.mark("31", "50")
    moodle.work()
    before = len(moodle.wire.requests)
    for path in ("", "/deliveries", f"/people/{moodle.enrolments['31']}", "/connection", "/quizzes"):
        page(moodle, staff, path)
    post(moodle, staff, "/compare")
    post(moodle, staff, "/connection")
    post(moodle, staff, "/send-again")
    assert len(moodle.wire.requests) == before


# ---------------------------------------------------------------- comparing


def test_a_comparison_is_asked_for_and_made_by_the_worker(moodle: World, staff: FlaskClient) -> None:
    moodle.mark("31", "40")
    moodle.work()
    assert "It is done by itself every night." in page(moodle, staff)
    moodle.teacher_sets("31", "72", ahead=2)
    with later(5):
        answer = post(moodle, staff, "/compare")
        assert "A comparison is under way." in answer.text
        assert "hx-trigger" in answer.text
        assert moodle.state("31")[0] is State.DELIVERED
        moodle.work()
    assert moodle.state("31")[0] is State.CHANGED
    shown = page(moodle, staff)
    assert "A comparison is under way." not in shown
    assert "hx-trigger" not in shown
    assert "1 score differs." in shown


def test_a_worker_that_does_not_come_is_noticed(moodle: World, staff: FlaskClient) -> None:
    moodle.mark("31", "40")
    moodle.work()
    post(moodle, staff, "/compare")
    with time_machine.travel(clock.now() + dt.timedelta(minutes=4), tick=True):
        shown = page(moodle, staff)
    assert "Ask whoever looks after the tool whether its worker is running." in shown
    assert "hx-trigger" not in shown


def test_a_comparison_that_failed_says_why(moodle: World, staff: FlaskClient) -> None:
    moodle.mark("31", "40")
    moodle.work()
    with moodle.changing():
        place = db.session.scalars(sa.select(HostColumn)).one()
        place.comparison_reason, place.comparison_failures = Reason.UNREACHABLE, 2
    shown = words(page(moodle, staff))
    assert "The last comparison did not work: The LMS does not answer." in shown


# ---------------------------------------------------------------- the list


@pytest.fixture
def many(moodle: World) -> World:
    names = {"31": ("กานต์ธิดา", "ใจดี"), "32": ("Anucha", "Wongsakul"), "33": ("แก้วตา", "ใจดี")}
    with moodle.changing():
        for subject, (given, family) in names.items():
            person = db.session.scalars(
                sa.select(Person).join(Enrolment, Enrolment.person_id == Person.id).where(
                    Enrolment.id == moodle.enrolments[subject]
                )
            ).one()  # fmt: skip
            courses.name_person(person, name=f"{given} {family}", given_name=given, family_name=family)
    leave(moodle, "32")
    for subject in names:
        moodle.mark(subject, "50")
    moodle.work()
    return moodle


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("แกวตา", {"แก้วตา"}),
        ("ใจดี", {"แก้วตา", "กานต์ธิดา"}),
        ("WONG", {"Anucha"}),
        ("wongsakul anucha", {"Anucha"}),
        ("zzz", set()),
    ],
)
def test_people_are_found_by_thai_and_english_names(many: World, search: str, found: set[str]) -> None:
    shown = page(many, a_browser(many), f"/deliveries?q={search}")
    assert {name for name in ("แก้วตา", "กานต์ธิดา", "Anucha") if f"{name} " in words(shown)} == found
    assert ("Nothing here" in shown) is (not found)


def test_the_list_is_filtered_by_state_and_column_and_says_how_many(many: World) -> None:
    browser = a_browser(many)
    assert "3 scores" in words(page(many, browser, "/deliveries"))
    refused = words(page(many, browser, "/deliveries?state=refused&column=PRE"))
    assert "1 score " in refused
    assert "Anucha" in refused
    assert "กานต์ธิดา" not in refused
    assert "Nothing here" in page(many, browser, "/deliveries?state=missing")


@pytest.mark.parametrize("query", ["state=x", "column=XXX"])
def test_a_filter_that_there_is_not_is_not_found(moodle: World, staff: FlaskClient, query: str) -> None:
    address = f"/courses/{moodle.course_id}/grades/deliveries"
    assert staff.get(f"{address}?{query}").status_code == 404
    assert staff.get(f"{address}.csv?{query}").status_code == 404


def test_the_list_is_exported_as_it_is_filtered(many: World) -> None:
    browser = a_browser(many)
    address = f"/courses/{many.course_id}/grades/deliveries"
    with time_machine.travel(dt.datetime(2026, 11, 22, 18, 0, tzinfo=dt.UTC), tick=True):
        whole = browser.get(f"{address}.csv")
    # The name holds the course and the day in the course's zone.
    assert re.search(r"SCA2.+2026-11-23\.csv", whole.headers["Content-Disposition"])
    rows = list(csv.DictReader(io.StringIO(whole.data.decode("utf-8-sig"))))
    assert [row["Name"] for row in rows] == ["Anucha Wongsakul", "กานต์ธิดา ใจดี", "แก้วตา ใจดี"]
    assert rows[0]["State"] == "Refused by the LMS"
    assert rows[0]["Score in the LMS"] == ""
    assert rows[1]["Score in the LMS"] == "50"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", rows[1]["Sent"])
    book = openpyxl.load_workbook(io.BytesIO(browser.get(f"{address}.xlsx?state=refused").data))
    sheet = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert len(sheet) == 2
    assert sheet[1][0] == "Anucha Wongsakul"
    assert sheet[1][4] == 50


# ---------------------------------------------------------------- the connection


def test_a_test_is_asked_for_and_its_answers_say_who_does_what(moodle: World, staff: FlaskClient) -> None:
    assert "Not tested yet" in page(moodle, staff, "/connection")
    asked = post(moodle, staff, "/connection")
    assert "A test is under way." in asked.text
    with moodle.changing():
        moodle.context().ags_scopes = []
        moodle.context().lineitems_url = None
    with moodle.app.app_context():
        connection_tests.run_due(clock.now())
    shown = words(page(moodle, staff, "/connection"))
    assert "1 thing does not work" in shown
    assert "Gradebook of this course does not work" in shown
    assert "You Open an activity of this tool from your course once" in shown
    assert "Administrator of the LMS Switch on the grade services" in shown
    assert "The clocks agree." in shown
    assert "Columns of this course not tried" in shown
    assert "does not work" in words(page(moodle, staff))


def test_a_course_that_no_host_has_opened_has_nothing_to_test(app: Flask) -> None:
    with running(MOODLE) as host:
        world = World(app, host)
        browser = a_browser(world)
        with world.changing():
            db.session.delete(world.context())
        assert "No LMS has opened this course yet" in page(world, browser, "/connection")
        assert "No LMS has opened this course yet" in page(world, browser)


# ---------------------------------------------------------------- who is let in


def test_a_learner_is_led_to_the_own_receipts(moodle: World) -> None:
    browser = signed_in(moodle.app, moodle.enrolments["31"])
    answer = browser.get(f"/courses/{moodle.course_id}/grades")
    assert answer.status_code == 302
    assert answer.location.endswith("/grades/mine")


@pytest.mark.parametrize("role", [Role.LEARNER, Role.MENTOR, Role.JUDGE, Role.AUTHOR])
def test_nobody_but_staff_sees_anybody_s_delivery(moodle: World, role: Role) -> None:
    browser = a_browser(moodle, role)
    for path in ("/deliveries", "/deliveries.csv", f"/people/{moodle.enrolments['31']}", "/connection"):
        assert browser.get(f"/courses/{moodle.course_id}/grades{path}").status_code == 403, path


def test_scores_and_people_of_another_course_are_not_found(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.work()
    with moodle.changing():
        elsewhere = an_enrolment(a_course(), a_person(), roles={Role.MANAGER})
        elsewhere_id, course_id = elsewhere.id, elsewhere.course_id
    browser = signed_in(moodle.app, elsewhere_id)
    token = token_of(browser.get(f"/courses/{course_id}/grades/connection").text)
    number = score_id(moodle, "31")
    assert browser.get(f"/courses/{course_id}/grades/people/{moodle.enrolments['31']}").status_code == 404
    assert browser.get(f"/courses/{course_id}/grades/scores/{number}/withdraw").status_code == 404
    for path in (f"scores/{number}", f"scores/{number}/withdraw"):
        sent = {"act": "send-again", "csrf_token": token}
        assert browser.post(f"/courses/{course_id}/grades/{path}", data=sent).status_code == 404
    chosen = {"which": "chosen", "score": str(number), "csrf_token": token}
    browser.post(f"/courses/{course_id}/grades/send-again", data=chosen)
    assert moodle.state("31") == (State.DELIVERED, None)


# ---------------------------------------------------------------- cost


@pytest.fixture
def crowded(app: Flask) -> Iterator[World]:
    with running(MOODLE, [str(number) for number in range(100, 160)]) as host:
        yield World(app, host, [str(number) for number in range(100, 160)])


@pytest.mark.parametrize("path", ["", "/deliveries", "/deliveries.csv", "/connection", "/quizzes"])
def test_the_number_of_statements_does_not_grow_with_the_number_of_scores(crowded: World, path: str) -> None:
    browser = a_browser(crowded)
    numbers = []
    for upto in (3, 60):
        for subject in list(crowded.enrolments)[:upto]:
            crowded.mark(subject, "50")
        crowded.recompute()
        browser.get(f"/courses/{crowded.course_id}/grades{path}")
        with counted(crowded.app) as seen:
            assert browser.get(f"/courses/{crowded.course_id}/grades{path}").status_code == 200
        numbers.append(len(seen))
    assert numbers[0] == numbers[1]


def test_a_second_host_of_the_course_stands_beside_the_first(moodle: World, staff: FlaskClient) -> None:
    with moodle.changing():
        here = moodle.context()
        db.session.add(
            LtiContext(
                platform_id=here.platform_id, tenant="", context_id="9", course_id=moodle.course_id,
                title="Second group", ags_scopes=[], history=[], updated_at=clock.now(),
            )
        )  # fmt: skip
    assert "Second group" in page(moodle, staff, "/connection")
    post(moodle, staff, "/connection")
    with moodle.app.app_context():
        assert connection_tests.run_due(clock.now()) == 2
