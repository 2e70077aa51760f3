"""A course with three learners, scores in one column of its programme, a quiz and an assignment."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment, Programme
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.gradebook.columns import Column, columns
from sca_lms.grades import operations
from sca_lms.grades.models import Delivery, Score
from sca_lms.grades.rules import State
from sca_lms.grades.sources import EXTENSION
from sca_lms.texts import Bilingual
from tests.assessments.builders import a_quiz
from tests.builders import a_course, a_person, an_enrolment, csrf_of, signed_in
from tests.marking.builders import a_work, an_assignment

AT = dt.datetime(2022, 9, 20, 2, 0, tzinfo=dt.UTC)
NAMES = ("กานต์", "ชยพล", "ปวีณา")
DOCUMENT: Mapping[str, object] = {
    "line_items": [
        {"code": "PRE", "title": {"th": "ก่อนเข้าค่าย", "en": "Before"}, "weight": 40, "score_maximum": 100},
        {"code": "PIT", "title": {"th": "การนำเสนอ", "en": "Pitching"}, "weight": 60, "score_maximum": 50},
    ]
}


class House:
    """The course, and what tests look at."""

    def __init__(self, app: Flask, *, learners: Sequence[str] = NAMES) -> None:
        self.app = app
        self.marks: dict[int, Decimal | None] = {}
        app.extensions[EXTENSION] = {"PRE": self._marks}
        with app.app_context(), transaction():
            course = a_course()
            course.programme = Programme(
                code=f"SCA{course.id}", revision=1, title=Bilingual.of("SCA"), document=dict(DOCUMENT),
                offered_to=None, created_at=AT,
            )  # fmt: skip
            operations.put_columns(course, DOCUMENT, codes={"PRE"}, at=AT)
            people = [an_enrolment(course, a_person(name, "ใจดี")) for name in learners]
            a_quiz(course)
            assignment = an_assignment(course, pass_percent=50)
            a_work(assignment, people[0], at=AT + dt.timedelta(hours=1))
            self.course_id = course.id
            self.ids = [person.id for person in people]
            self.staff_id = an_enrolment(course, a_person("ครูหนึ่ง"), roles={Role.INSTRUCTOR}).id
            self.other_id = an_enrolment(course, a_person("ครูสอง"), roles={Role.INSTRUCTOR}).id
            self.manager_id = an_enrolment(course, a_person("ผู้จัดการ"), roles={Role.MANAGER}).id

    def _marks(self, course_id: int, enrolment_ids: Sequence[int]) -> Mapping[int, Decimal | None]:
        assert course_id == self.course_id
        return {each: self.marks.get(each) for each in enrolment_ids}

    def mark(self, place: int, value: str | None) -> None:
        """Let somebody reach a score in PRE, and work it out."""
        self.marks[self.ids[place]] = None if value is None else Decimal(value)
        with self.app.app_context(), transaction():
            courses.touch_all([self.ids[place]])
        self.work_out()

    def work_out(self) -> None:
        """Work out whatever has moved."""
        with self.app.app_context(), transaction():
            operations.recompute_moved(self.app.extensions[EXTENSION], at=AT)

    def score(self, place: int, code: str = "PRE") -> tuple[Decimal | None, int]:
        """Return what is kept for the host, and its revision."""
        with self.app.app_context():
            row = db.session.scalars(
                sa.select(Score)
                .join(Score.column)
                .where(Score.enrolment_id == self.ids[place], sa.text("grade_column.code = :code"))
                .params(code=code)
            ).one()
            return row.value, row.revision

    def state(self, place: int) -> State:
        """Return where the score in PRE stands with the host."""
        with self.app.app_context():
            found = sa.select(Delivery).join(Delivery.score).where(Score.enrolment_id == self.ids[place])
            return db.session.scalars(found).one().state

    def columns(self) -> dict[str, Column]:
        """Return the columns by code; inside a context."""
        return {column.code: column for column in columns(self.course())}

    def course(self) -> Course:
        """Return the course; inside a context."""
        return db.session.get_one(Course, self.course_id)

    def learner(self, place: int) -> Enrolment:
        """Return a learner; inside a context."""
        return db.session.get_one(Enrolment, self.ids[place])

    def person_id(self, enrolment_id: int) -> int:
        """Return whose enrolment it is; inside a context."""
        return db.session.get_one(Enrolment, enrolment_id).person_id

    def browser(self, enrolment_id: int) -> FlaskClient:
        """Return a browser of somebody, in English."""
        client = signed_in(self.app, enrolment_id)
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        return client

    def address(self, rest: str = "") -> str:
        """Return an address of the gradebook."""
        return f"/courses/{self.course_id}/gradebook{rest}"

    def cell(self, place: int, code: str = "PRE") -> str:
        """Return the address of a cell."""
        return self.address(f"/people/{self.ids[place]}/scores/{code}")


def names_in(page: str) -> list[str]:
    """Return the learners of a page of the gradebook, in its order."""
    return re.findall(r'<th scope="row" class="stick"><a [^>]*>(\S+) ', page)


def post(client: FlaskClient, page: str, address: str, **fields: object) -> tuple[int, str]:
    """Send a form with the token of a page; return status and text."""
    token = csrf_of(client.get(page).text)
    answer = client.post(address, data={"csrf_token": token, **fields}, content_type="multipart/form-data")
    return answer.status_code, answer.text if answer.status_code != 303 else answer.headers["Location"]
