"""Two markers and two learners in their browsers, with a work and an attempt to mark."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms.assignments.models import Submission, Work
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.uploads.storage import store
from tests.builders import a_course, a_person, an_enrolment, csrf_of, signed_in
from tests.marking.builders import DAY, NINE, a_file, a_rubric, a_work, an_assignment, an_attempt
from tests.uploads.test_uploads import PDF

AT = NINE + DAY


@dataclass(frozen=True)
class Desk:
    """Two markers, a learner and another one in their browsers, with a work and an attempt to mark."""

    app: Flask
    course_id: int
    work_id: int
    attempt_id: int
    one: FlaskClient
    other: FlaskClient
    learner: FlaskClient
    classmate: FlaskClient

    @property
    def marking(self) -> str:
        return f"/courses/{self.course_id}/marking"

    @property
    def work(self) -> str:
        return f"{self.marking}/works/{self.work_id}"

    def post(self, browser: FlaskClient, address: str, **fields: object) -> TestResponse:
        token = csrf_of(browser.get(f"{self.marking}/comments").text if browser in {self.one, self.other}
                        else browser.get(f"{self.marking}/results/works/{self.work_id}").text)  # fmt: skip
        return browser.post(address, data={"csrf_token": token, **fields})

    def mark(self, browser: FlaskClient, seen: int = 0, /, **fields: object) -> TestResponse:
        with self.app.app_context():
            submission = db.session.scalars(
                sa.select(Submission.id)
                .where(Submission.work_id == self.work_id)
                .order_by(Submission.number.desc())
            ).first()
        typed = {"level-C1": "4", "level-C2": "2", "level-C3": "3", "comment": "ดีมาก"} | fields
        return self.post(
            browser, self.work, row_version=str(seen), submission=str(submission), **typed
        )  # fmt: skip

    def release(self) -> TestResponse:
        with self.app.app_context():
            number = db.session.scalars(sa.select(Work.assignment_id).where(Work.id == self.work_id)).one()
        return self.post(self.one, f"{self.marking}/releases/new?assignment={number}", which="all")


def a_desk(app: Flask, **changed: object) -> Desk:
    with app.app_context(), transaction():
        course = a_course()
        people = [
            an_enrolment(course, a_person("ก้อย"), roles={Role.INSTRUCTOR}),
            an_enrolment(course, a_person("ต้น"), roles={Role.INSTRUCTOR}),
            an_enrolment(course, a_person("แพร", "แก้วมณี")),
            an_enrolment(course, a_person("นก")),
        ]
        work = a_work(an_assignment(course, a_rubric(course), **changed), people[2])
        submission = db.session.scalars(sa.select(Submission).where(Submission.work_id == work.id)).one()
        a_file(course, submission, "แพร แก้วมณี.pdf", PDF, store())
        attempt = an_attempt(course, people[2])
        ids = course.id, work.id, attempt.id, [each.id for each in people]
    return Desk(app, *ids[:3], *(signed_in(app, each) for each in ids[3]))


def later(desk: Desk, minutes: int) -> time_machine.travel:
    return time_machine.travel(AT + dt.timedelta(minutes=minutes), tick=False)


def count(app: Flask, table: type[object]) -> int:
    with app.app_context():
        return db.session.scalars(sa.select(sa.func.count()).select_from(table)).one()
