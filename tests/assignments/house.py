"""A course with people, an assignment in teams or alone, and browsers of everybody in it."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms.assignments import rubrics
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests.assignments.builders import NINE, a_rubric, an_assignment
from tests.builders import a_course, a_person, an_enrolment, signed_in


@dataclass(frozen=True)
class House:
    """A course with one assignment, a learner and an instructor."""

    app: Flask
    course_id: int
    assignment_id: int
    rubric_id: int
    learner_id: int
    learner: FlaskClient
    teacher: FlaskClient

    @property
    def course(self) -> str:
        return f"/courses/{self.course_id}"

    @property
    def work(self) -> str:
        return f"{self.course}/assignments/{self.assignment_id}"

    def post(self, browser: FlaskClient, address: str, fields: dict[str, Any]) -> TestResponse:
        return browser.post(address, data=fields, headers={"X-CSRF-Token": self.token(browser)})

    def token(self, browser: FlaskClient) -> str:
        page = browser.get(f"{self.course}/assignments/").get_data(as_text=True)
        return page.partition('"X-CSRF-Token": "')[2].partition('"')[0]

    def upload(self, name: str, body: bytes, *, as_script: bool = False) -> TestResponse:
        """Send a file as the learner's browser does: as a form, or as the page's script."""
        token = self.token(self.learner)
        headers = {"X-CSRF-Token": token, "Accept": "application/json"} if as_script else {}
        return self.learner.post(
            f"{self.work}/files",
            data=_form({} if as_script else {"csrf_token": token}, name, body),
            content_type="multipart/form-data; boundary=cut",
            headers=headers,
        )

    def somebody(self, *roles: Role, given_name: str = "ธนา", family_name: str = "ใจดี") -> FlaskClient:
        with self.app.app_context(), transaction():
            course = db.session.get_one(Course, self.course_id)
            enrolled = an_enrolment(course, a_person(given_name, family_name), roles=set(roles)).id
        return signed_in(self.app, enrolled)


def open_house(app: Flask, **changed: object) -> House:
    with app.app_context(), transaction():
        learner = an_enrolment(a_course())
        course = learner.course
        teacher = an_enrolment(course, a_person("อารี", "สอนดี"), roles={Role.INSTRUCTOR})
        rubric = a_rubric(course)
        published = bool(changed.pop("published", True))
        assignment = an_assignment(course, published=published, **changed)  # type: ignore[arg-type]  # A test may change any field.
        version = rubrics.newest_version(rubric)
        rubrics.use_version(assignment, course, version, person_id=None, at=NINE)
        ids = (course.id, assignment.id, rubric.id, learner.id)
        people = (learner.id, teacher.id)
    return House(app, *ids, *(signed_in(app, each) for each in people))


def _form(fields: dict[str, str], name: str, body: bytes) -> bytes:
    """Return the bytes of a form with a file; the test client would leave a large one open on disk."""
    parts = [
        f'--cut\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--cut\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return b"".join([*parts, head.encode(), body, b"\r\n--cut--\r\n"])


def text_of(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)
