"""A course of the sample programme with staff, learners, a captain and snapshots of all of them."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms.courses import programmes
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.guidance.jobs import refresh_snapshots
from sca_lms.projects.models import Area, Captaincy, Pair
from sca_lms.texts import Bilingual
from tests.builders import a_course, a_person, an_enrolment, csrf_of, signed_in
from tests.programmes.samples import sample_document

AT = dt.datetime(2022, 9, 6, 12, 0, tzinfo=dt.UTC)
"""In the second day of the camp; every module was due before it."""


@dataclass(frozen=True)
class House:
    """The ids of everybody."""

    app: Flask
    course_id: int
    learners: tuple[int, ...]
    tester_id: int
    staff_id: int
    captain_id: int
    pair_id: int

    def browser(self, enrolment_id: int | None = None) -> FlaskClient:
        return signed_in(self.app, enrolment_id or self.staff_id)

    def get(self, path: str, enrolment_id: int | None = None) -> TestResponse:
        return self.browser(enrolment_id).get(
            f"/courses/{self.course_id}/{path}", headers={"Accept-Language": "en"}
        )

    def page(self, path: str, enrolment_id: int | None = None) -> str:
        answer = self.get(path, enrolment_id)
        assert answer.status_code == 200, path
        return answer.text

    def post(self, path: str, seen: str = "", **fields: object) -> TestResponse:
        """Send a form of the page `seen`; what the page itself carries is kept unless a field says else."""
        staff = self.browser()
        staff.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        shown = staff.get(f"/courses/{self.course_id}/{seen or path}").text
        hidden = {name: hidden_value(shown, name) for name in ("people", "token")}
        return staff.post(
            f"/courses/{self.course_id}/{path}",
            data={"csrf_token": csrf_of(shown), **hidden, **fields},
        )


def hidden_value(page: str, name: str) -> str:
    """Return what a page carries in a hidden field."""
    mark = f'name="{name}" type="hidden" value="'
    if mark not in page:
        return ""
    start = page.index(mark) + len(mark)
    return page[start : page.index('"', start)]


def a_house(app: Flask, learners: int = 3) -> House:
    """Make the course; the first learner is the ambassador of a pair in Nan."""
    with app.app_context(), transaction():
        course = a_course(at=AT)
        programme = programmes.store_programme(sample_document(), at=AT)
        appliers = app.extensions["sca_programme_appliers"]
        programmes.use_programme(course, programme, appliers, person_id=None, at=AT)
        people = [an_enrolment(course, a_person(f"ผู้เรียน{number:02}")) for number in range(learners)]
        tester = an_enrolment(course, a_person("ทดสอบ", is_test=True))
        staff = an_enrolment(course, a_person("วิทยากร", "ใจดี"), roles={Role.INSTRUCTOR})
        captain = an_enrolment(course, a_person("พี่เลี้ยง"), roles={Role.MENTOR})
        pair = a_pair(course, people[0], captain)
        ids = tuple(each.id for each in people)
        made = House(app, course.id, ids, tester.id, staff.id, captain.id, pair.id)
    with app.app_context():
        refresh_snapshots(AT)
    return made


def a_pair(course: Course, ambassador: Enrolment, captain: Enrolment) -> Pair:
    """Put an ambassador and a captain together, at work in Nan on the environment."""
    area = Area(
        course_id=course.id, code="NAN", title=Bilingual("น่าน", "Nan"), province=Bilingual("น่าน", "Nan")
    )
    db.session.add(area)
    db.session.flush()
    pair = Pair(
        course_id=course.id, code="P1", ambassador_id=ambassador.id, area_id=area.id, dimension="ENV",
        began_at=AT - dt.timedelta(days=1),
    )  # fmt: skip
    db.session.add(pair)
    db.session.flush()
    db.session.add(Captaincy(pair_id=pair.id, captain_id=captain.id, began_at=pair.began_at))
    db.session.flush()
    return pair


def rows(app: Flask, statement: sa.Select[int]) -> int:
    """Return the number that a statement counts."""
    with app.app_context():
        return db.session.scalar(statement) or 0
