"""A course with a quiz, and browsers of the people in it."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms.assessments.models import Attempt, Response
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests.assessments.builders import a_quiz
from tests.builders import a_course, a_person, an_enrolment, signed_in


@dataclass(frozen=True)
class Place:
    """A course with one quiz, and browsers of those who are in it."""

    app: Flask
    course_id: int
    quiz_id: int
    learner_id: int
    learner: FlaskClient

    @property
    def quiz(self) -> str:
        return f"/courses/{self.course_id}/quizzes/{self.quiz_id}"

    def post(self, address: str, **fields: object) -> TestResponse:
        return self.post_as(self.learner, address, fields)

    def post_as(self, browser: FlaskClient, address: str, fields: Mapping[str, object]) -> TestResponse:
        return browser.post(address, data=fields, headers={"X-CSRF-Token": self.token(browser)})

    def token(self, browser: FlaskClient | None = None) -> str:
        """Return the token that every page carries for its scripts."""
        page = (browser or self.learner).get(self.quiz).get_data(as_text=True)
        return page.partition('"X-CSRF-Token": "')[2].partition('"')[0]

    def begin(self) -> str:
        """Begin an attempt and return its address."""
        answer = self.post(f"{self.quiz}/attempts")
        assert answer.status_code == 302
        return answer.location

    def somebody(self, *roles: Role, given_name: str = "อารี", is_test: bool = False) -> FlaskClient:
        with self.app.app_context(), transaction():
            course = db.session.get_one(Course, self.course_id)
            enrolled = an_enrolment(course, a_person(given_name, is_test=is_test), roles=set(roles)).id
        return signed_in(self.app, enrolled)

    def newest_attempt(self) -> Attempt:
        with self.app.app_context():
            return db.session.scalars(sa.select(Attempt).order_by(Attempt.id.desc())).first()  # type: ignore[return-value]  # There is one.

    def answers(self) -> list[object]:
        with self.app.app_context():
            return list(
                db.session.scalars(
                    sa.select(Response.answer).order_by(Response.attempt_id, Response.position)
                )
            )


def _id_of_quiz(course: Course, changed: dict[str, object]) -> int:
    return a_quiz(course, **changed).id  # type: ignore[arg-type]  # A test may change any field.


def open_place(app: Flask, **changed: object) -> Place:
    with app.app_context(), transaction():
        learner = an_enrolment(a_course())
        course_id, learner_id, quiz_id = learner.course_id, learner.id, _id_of_quiz(learner.course, changed)
    return Place(app, course_id, quiz_id, learner_id, signed_in(app, learner_id))


def text_of(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)
