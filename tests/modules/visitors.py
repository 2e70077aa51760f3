"""Browsers of people in a course, for the tests of pages."""

from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from sca_lms import clock
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.modules import operations
from sca_lms.modules.models import UnitEvidence
from sca_lms.modules.plan import EvidenceKind
from tests.builders import a_person, an_enrolment, csrf_of, signed_in
from tests.modules.builders import (
    a_learner_of_a_new_course,
    the_unit,
)

ENGLISH = {"Accept-Language": "en"}


@dataclass(frozen=True)
class Visitor:
    """A browser in one course."""

    client: FlaskClient
    course_id: int
    enrolment_id: int | None

    def address(self, path: str = "") -> str:
        return f"/courses/{self.course_id}/modules{path}"

    def page(self, path: str = "") -> str:
        answer = self.client.get(self.address(path), headers=ENGLISH)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, *, token_from: str = "", **fields: object) -> int:
        token = csrf_of(self.page(token_from or path.rsplit("/", 1)[0]))
        answer = self.client.post(self.address(path), data={"csrf_token": token, **fields}, headers=ENGLISH)
        return answer.status_code


def a_learner(app: Flask, document: dict[str, object] | None = None) -> Visitor:
    course_id, learner_id = a_learner_of_a_new_course(app, document)
    return Visitor(signed_in(app, learner_id), course_id, learner_id)


def joined_by(app: Flask, visitor: Visitor, role: Role, given_name: str = "สมชาย") -> Visitor:
    """Let somebody else enter the same course."""
    with app.app_context(), transaction():
        course = db.session.get_one(Course, visitor.course_id)
        enrolment_id = an_enrolment(course, a_person(given_name, "สอนดี"), roles={role}).id
    return Visitor(signed_in(app, enrolment_id), visitor.course_id, enrolment_id)


def a_guest(app: Flask, visitor: Visitor) -> Visitor:
    client = signed_in(app, None, course_id=visitor.course_id)
    return Visitor(client, visitor.course_id, None)


def kinds(app: Flask) -> list[str]:
    with app.app_context():
        found = db.session.scalars(sa.select(UnitEvidence.kind).order_by(UnitEvidence.id))
        return [kind.value for kind in found]


def complete(app: Flask, visitor: Visitor, *codes: str) -> None:
    with app.app_context(), transaction():
        course = db.session.get_one(Course, visitor.course_id)
        learner = db.session.get_one(Enrolment, visitor.enrolment_id)
        for code in codes:
            operations.record_evidence(
                the_unit(course, code), learner, EvidenceKind.READ, key="read-1234", at=clock.now()
            )
