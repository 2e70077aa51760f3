"""The control room says of a small cohort what can be counted by hand, whoever runs the course."""

import csv
import datetime as dt
import io
import re

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.bootcamp.jobs import refresh_outlooks
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.guidance import cohort_figures
from sca_lms.guidance.cohort_jobs import work_out_figures
from sca_lms.guidance.jobs import refresh_snapshots
from sca_lms.guidance.models import CohortFigures
from tests.attendance.camp import attend_whole, close_all, session_of
from tests.builders import a_course, a_person, an_enrolment, signed_in
from tests.guidance.house import AT, House, a_house
from tests.statements import counted


@pytest.fixture
def house(app: Flask) -> House:
    """Two of four learners came to the first session, which was worth 210 minutes; nobody did a module."""
    with time_machine.travel(AT, tick=False):
        made = a_house(app, learners=4)
        with app.app_context(), transaction():
            course = db.session.get_one(Course, made.course_id)
            people = [db.session.get_one(Enrolment, each) for each in made.learners]
            people[3].area, people[2].area = "น่าน", "น่าน"
            session = session_of(course, "D01A")
            attend_whole(session, *people[:2])
            close_all([session])
        work_out(app, AT)
    return made


def work_out(app: Flask, at: dt.datetime) -> None:
    with app.app_context():
        for job in (refresh_outlooks, refresh_snapshots, work_out_figures):
            job(at)


@pytest.fixture(autouse=True)
def _the_second_day(request: pytest.FixtureRequest) -> object:
    with time_machine.travel(AT, tick=False) as travelled:
        yield travelled


def table_under(page: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table behind a heading."""
    part = page[page.index(f'id="{heading}"') :]
    body = part[part.index("<tbody>") : part.index("</tbody>")]
    return [
        [
            re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", cell)).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    ]  # fmt: skip


def test_the_tiles_count_everybody_once(house: House) -> None:
    page = house.page("control")
    numbers = [int(each) for each in re.findall(r'<span class="value num">(\d+)</span>', page)]
    assert sum(numbers) == 4
    assert numbers[0] == 2
    assert "2 of 4 learners are on pace" in page
    assert "Worked out at" in page


def test_the_worst_stands_first_with_number_and_threshold(house: House) -> None:
    page = house.page("control")
    assert "8 modules are late (from 1 module on)" in page
    assert "Nothing was done yet" in page


def test_the_funnel_says_the_same_in_its_picture_and_in_its_table(house: House) -> None:
    page = house.page("control")
    rows = {row[0]: row[1:] for row in table_under(page, "funnel")}
    assert rows["Bootcamp"] == ["2 (50%)", "2 (50%)", "0 (0%)"]
    assert rows["Pre-bootcamp modules"] == ["0 (0%)", "0 (0%)", "0 (0%)"]
    assert "Bootcamp: 2 of 4 have begun, 0 have completed it." in page


def test_the_line_of_hours_says_the_same_in_its_picture_and_in_its_table(house: House) -> None:
    page = house.page("control?by=day")
    rows = {row[0]: row[1:] for row in table_under(page, "trend")}
    # 2 × 210 minutes among four learners; the first day plans 480.
    assert rows["5 Sep 2022"] == ["8 h", "1 h 45 min"]
    assert rows["4 Sep 2022"] == ["0 min", "0 min"]
    assert rows["6 Sep 2022"][1].endswith("still to come")
    finding = "By 5 Sep 2022 the plan has 8 h; the average learner has 1 h 45 min, 6 h 15 min less."
    assert page.count(finding) == 2
    title, described = re.findall(
        r'<svg class="trend".*?aria-labelledby="([\w-]+) ([\w-]+)"', page, re.DOTALL
    )[0]
    assert f'<title id="{title}">' in page
    assert f'<desc id="{described}">{finding[:20]}' in page
    assert "style=" not in page


def test_the_numbers_of_the_pictures_come_as_files(house: House) -> None:
    text = house.get("control/funnel.csv").get_data().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert ["Bootcamp", "4", "2", "2", "0"] in rows
    assert house.get("control/trend.xlsx").get_data().startswith(b"PK")


def test_areas_add_up_their_learners(house: House) -> None:
    with house.app.app_context():
        areas, _worked_out_at = cohort_figures.areas_of(house.course_id)
        assert [(each.area, each.learners) for each in areas] == [("น่าน", 2)]
        # Both were expected for the first session, and nobody of them came.
        assert areas[0].weeks[dt.date(2022, 9, 5)] == (420, 0)
    page = house.page("heat/areas")
    assert "น่าน" in page
    assert "heat?area=" in page
    assert "น่าน" in house.page("heat?area=น่าน")


def test_figures_follow_the_snapshots_but_not_more_often_than_once_a_minute(house: House) -> None:
    with house.app.app_context():
        with transaction():
            course = db.session.get_one(Course, house.course_id)
            an_enrolment(course, a_person("ใหม่"))
        soon, later = AT + dt.timedelta(seconds=30), AT + dt.timedelta(seconds=90)
        refresh_snapshots(soon)
        work_out_figures(soon)
        assert db.session.scalar(sa.select(CohortFigures.learners)) == 4
        work_out_figures(later)
        assert db.session.scalar(sa.select(CohortFigures.learners)) == 5


def test_the_heat_map_shows_each_learner_in_percent_and_comes_as_a_file(house: House) -> None:
    page = house.page("heat")
    assert page.count('<td class="lv4') == 2
    rows = list(csv.reader(io.StringIO(house.get("heat/export.csv").get_data().decode("utf-8-sig"))))
    column = rows[0].index("2022-09-05")
    assert sorted(row[column] for row in rows[1:]) == ["0", "0", "100", "100"]
    assert house.get("heat/areas/export.xlsx").get_data().startswith(b"PK")


def test_filters_of_the_heat_map_narrow_it(house: House) -> None:
    assert house.page("heat?area=น่าน").count('scope="row"') == 2
    assert "Nobody fits" in house.page("heat?q=ไม่มีใคร")
    assert house.page("heat?pace=nonsense&until=nonsense&page=99999").count('scope="row"') == 4


@pytest.mark.parametrize("path", ["control", "heat", "heat/areas", "risk-rules", "reports"])
def test_statements_do_not_grow_with_the_learners(house: House, path: str) -> None:
    numbers = []
    for more in (0, 12):
        with house.app.app_context(), transaction():
            course = db.session.get_one(Course, house.course_id)
            for _each in range(more):
                an_enrolment(course)
        work_out(house.app, AT + dt.timedelta(minutes=more))
        browser = house.browser()
        with counted(house.app) as statements:
            assert browser.get(f"/courses/{house.course_id}/{path}").status_code == 200
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]


@pytest.mark.parametrize("path", ["control", "heat", "heat/areas", "risk-rules", "reports"])
def test_a_course_without_anything_says_so(app: Flask, path: str) -> None:
    with app.app_context(), transaction():
        staff = an_enrolment(a_course(), roles={Role.MANAGER})
        course_id, staff_id = staff.course_id, staff.id
    answer = signed_in(app, staff_id).get(f"/courses/{course_id}/{path}", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert 'class="empty"' in answer.text


@pytest.mark.parametrize("path", ["control", "heat", "risk-rules", "reports", "reports/cohort.csv"])
def test_learners_and_captains_see_none_of_it(house: House, path: str) -> None:
    for somebody in (house.learners[0], house.captain_id):
        assert house.get(path, somebody).status_code == 403
