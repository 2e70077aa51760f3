"""The list of learners is narrowed, sorted, chosen from and exported; its figures are the learners' own."""

import csv
import io
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from werkzeug.datastructures import MultiDict

from sca_lms.attendance.models import AttendanceSession
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db, transaction
from sca_lms.guidance.jobs import refresh_snapshots
from sca_lms.progress.cohort_filters import MOST_CHOSEN, Order, ticked, wanted_of
from tests.attendance.camp import attend_whole, close_all, session_of
from tests.builders import a_person, an_enrolment
from tests.guidance.house import AT, House, a_house
from tests.statements import counted


@pytest.fixture
def house(app: Flask) -> Iterator[House]:
    with time_machine.travel(AT, tick=True):
        yield a_house(app)


def attend(house: House, *ids: int) -> AttendanceSession:
    with house.app.app_context(), transaction():
        course = db.session.get_one(Course, house.course_id)
        session = session_of(course, "D01A")
        attend_whole(session, *(db.session.get_one(Enrolment, each) for each in ids))
        close_all([session])
    with house.app.app_context():
        refresh_snapshots(AT)
    return session


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {0, 1, 2}),
        ("q=ผู้เรียน01", {1}),
        ("dimension=ENV", {0}),
        ("dimension=MOB", set()),
        ("province=น่าน", {0}),
        ("province=ตราด", set()),
        ("noticed=yes", {0, 1, 2}),
        ("noticed=no", set()),
        ("reason=modules-late", {0, 1, 2}),
        ("reason=work-late", set()),
        ("group=X", set()),
        ("area=X", set()),
        ("pace=nonsense&reason=nonsense&noticed=perhaps&sort=nonsense", {0, 1, 2}),
    ],
)
def test_the_list_is_narrowed(house: House, query: str, names: set[int]) -> None:
    page = house.page(f"learners?{query}")
    table = page[page.index('class="cohort"') :]
    assert {number for number in range(3) if f'/learners/{house.learners[number]}"' in table} == names


def test_who_has_fewest_hours_comes_first_when_asked(house: House) -> None:
    attend(house, house.learners[0])
    page = house.page("learners?sort=hours")
    assert page.index("ผู้เรียน01") < page.index("ผู้เรียน00")
    assert house.page("learners").index("ผู้เรียน00") < house.page("learners").index("ผู้เรียน01")


def test_pace_narrows_by_where_hours_stand(house: House) -> None:
    assert "Nobody fits" in house.page("learners?pace=passed")


def test_the_learner_the_list_the_story_and_the_file_say_the_same(house: House) -> None:
    learner = house.learners[0]
    session = attend(house, learner)
    hours, rest = divmod(session.credit_minutes, 60)
    figure = f"{hours} h {rest} min" if rest else f"{hours} h"
    assert figure in house.page("", learner)
    assert f"{hours} <small>h</small>" in house.page(f"learners/{learner}")
    clock = f"{hours}:{rest:02}" if rest else str(hours)
    page = house.page("learners?q=ผู้เรียน00")
    assert f">{clock}<" in page
    rows = list(csv.reader(io.StringIO(house.get("learners.csv").data.decode("utf-8-sig"))))
    column = rows[0].index("Hours, minutes credited")
    assert [row[column] for row in rows[1:]] == [str(session.credit_minutes), "0", "0"]


def test_the_file_holds_what_the_filter_finds(house: House) -> None:
    rows = list(csv.reader(io.StringIO(house.get("learners.csv?dimension=ENV").data.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert rows[1][3] == "Nan"
    assert "modules are late" in rows[1][5]


def test_who_is_ticked_stays_ticked_on_the_next_page(house: House) -> None:
    with house.app.app_context(), transaction():
        course = db.session.get_one(Course, house.course_id)
        for number in range(30):
            an_enrolment(course, a_person(f"เพิ่ม{number:02}"))
    first, second = house.learners[0], house.learners[1]
    page = house.page(f"learners?p={first}&p={second}&page=2")
    assert page.count('type="hidden" name="p"') + page.count(" checked") == 2
    assert "For 2 learners" in house.page(f"messages/new?p={first}&p={second}&page=2")


def test_ticks_that_make_no_sense_are_passed_over_and_there_are_not_too_many() -> None:
    assert ticked(
        MultiDict([("p", "3"), ("p", "x"), ("p", "-1"), ("p", "0"), ("p", "3"), ("p", "9" * 30)])
    ) == [3]
    assert len(ticked(MultiDict([("p", str(number)) for number in range(1, 999)]))) == MOST_CHOSEN


def test_an_address_says_what_is_wanted_and_nothing_else() -> None:
    wanted = wanted_of({"q": " ก ", "noticed": "no", "sort": "hours", "pace": "behind"})
    assert wanted.address() == {"q": "ก", "noticed": "no", "sort": "hours", "pace": "behind"}
    assert wanted.is_narrowed
    assert not wanted_of({"sort": "hours"}).is_narrowed
    assert wanted_of({}).order is Order.NAME


@pytest.mark.parametrize("path", ["learners", "learners?noticed=yes&sort=noticed", "learners.csv"])
def test_the_list_costs_the_same_for_two_learners_and_for_thirty(app: Flask, path: str) -> None:
    with time_machine.travel(AT, tick=True):
        house = a_house(app, 2)
        numbers = []
        for more in (0, 28):
            with app.app_context(), transaction():
                course = db.session.get_one(Course, house.course_id)
                for number in range(more):
                    an_enrolment(course, a_person(f"เพิ่ม{number:02}"))
            with app.app_context():
                refresh_snapshots(AT)
            staff = house.browser()
            staff.get(f"/courses/{house.course_id}/{path}")
            with counted(app) as seen:
                assert staff.get(f"/courses/{house.course_id}/{path}").status_code == 200
            numbers.append(len(seen))
    assert numbers[0] == numbers[1]
