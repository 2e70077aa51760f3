"""A course with ambassadors, captains and a manager, and browsers of them."""

import datetime as dt
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.projects import operations
from sca_lms.projects.models import Pair
from tests.builders import a_course, a_person, an_enrolment, csrf_of, signed_in

AT = dt.datetime(2026, 10, 1, 2, 0, tzinfo=dt.UTC)


@dataclass(frozen=True)
class House:
    """The ids of everybody, by their given names."""

    app: Flask
    course_id: int
    ids: dict[str, int]

    def browser(self, name: str) -> FlaskClient:
        return signed_in(self.app, self.ids[name])

    def address(self, rest: str = "") -> str:
        return f"/courses/{self.course_id}/pairs{rest}"

    def post(self, client: FlaskClient, seen: str, rest: str, **fields: object) -> TestResponse:
        token = csrf_of(client.get(self.address(seen)).text)
        return client.post(self.address(rest), data={"csrf_token": token, **fields})

    def person(self, name: str) -> Enrolment:
        return db.session.get_one(Enrolment, self.ids[name])

    def course(self) -> Course:
        return db.session.get_one(Course, self.course_id)

    def pair(
        self,
        code: str = "A001",
        ambassador: str = "ปวีณา",
        captain: str | None = "สมชาย",
        *,
        at: dt.datetime = AT,
    ) -> int:
        with self.app.app_context(), transaction():
            made = operations.make_pair(
                self.course(), code, self.person(ambassador),
                captain=self.person(captain) if captain else None, area=None, agency=None, person_id=None,
                at=at,
            )  # fmt: skip
            return made.id

    def stored(self, pair_id: int) -> Pair:
        return db.session.get_one(Pair, pair_id)


def a_house(app: Flask) -> House:
    """Build the course."""
    people = {
        "ปวีณา": ("แก้วมณี", Role.LEARNER), "ชยพล": ("วงศ์ทอง", Role.LEARNER),
        "สมชาย": ("พี่เลี้ยง", Role.INSTRUCTOR), "สุดา": ("พี่เลี้ยง", Role.INSTRUCTOR),
        "มานะ": ("ผู้จัดการ", Role.MANAGER),
    }  # fmt: skip
    with app.app_context(), transaction():
        course = a_course()
        ids = {
            name: an_enrolment(course, a_person(name, family, email=f"{place}@example.org"), roles={role}).id
            for place, (name, (family, role)) in enumerate(people.items())
        }
        return House(app, course.id, ids)
