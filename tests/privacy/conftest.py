"""A small course with somebody who has done something of nearly every kind."""

import datetime as dt
import io
from dataclasses import dataclass
from decimal import Decimal

import pytest
from flask import Flask

from sca_lms import clock
from sca_lms.assignments.models import Assignment, Submission, Work, WorkFile
from sca_lms.attendance import ledger
from sca_lms.attendance.ledger import Draft
from sca_lms.attendance.models import Category, EntryKind
from sca_lms.courses import operations as courses
from sca_lms.courses import sessions
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.grades.models import Delivery, GradeColumn, Score
from sca_lms.grades.rules import State
from sca_lms.guidance import models as guidance_models
from sca_lms.lti.models import LtiUser, Platform
from sca_lms.texts import Bilingual
from sca_lms.uploads import operations as uploads
from sca_lms.uploads.content import ANYTHING, Allowed
from sca_lms.uploads.storage import store
from tests.builders import a_course, a_person, an_enrolment

TABLES = (guidance_models,)
"""Packages whose tables the registry names, loaded whether the application wires them or not."""
SECRET = "ความลับของปวีณา"
EMAIL = "paweena@example.org"
NAME = "ปวีณา แก้วมณี"


@dataclass(frozen=True)
class Lived:
    """The ids of a course with a learner who has lived in it, somebody else, and the managers."""

    course_id: int
    person_id: int
    enrolment_id: int
    other_id: int
    manager_id: int
    second_manager_id: int
    file_id: int


@pytest.fixture
def lived(app: Flask) -> Lived:
    with app.app_context(), transaction():
        return _live()


def _live() -> Lived:
    at = clock.now()
    course = a_course()
    person = a_person(email=EMAIL)
    person.nickname = "ปุ๊กกี้"
    learner = an_enrolment(course, person)
    other = an_enrolment(course, a_person("กนก", "สุขใจ"))
    manager = an_enrolment(course, a_person("มาลี", "จัดการ"), roles={Role.MANAGER})
    second = an_enrolment(course, a_person("สมชาย", "ดูแล"), roles={Role.MANAGER})
    _host(person)
    opened = sessions.open_session(None, at=at)
    sessions.grant(opened.session_id, course.id, learner, at=at)
    stored = _hand_in(course, learner, at)
    _hours(course, learner, manager, at)
    _score(course, learner, at)
    courses.record_audit(
        course, manager.person_id, "award-hours", f"enrolment {learner.id}", at=at,
        after={"minutes": 60, "reason": SECRET},
    )  # fmt: skip
    courses.record_audit(course, manager.person_id, "quiz-made", "Q1", at=at, after={"title": f"ถาม {NAME}"})
    courses.record_audit(course, manager.person_id, "quiz-made", "Q2", at=at, after={"title": "ข้อมูลเมือง"})
    return Lived(course.id, person.id, learner.id, other.id, manager.id, second.id, stored)


def _host(person: Person) -> None:
    platform = Platform(
        name="โฮสต์", issuer="https://lms.example.org", client_id="c1",
        auth_login_url="https://lms.example.org/a", auth_token_url="https://lms.example.org/t",
        jwks_url="https://lms.example.org/j", created_at=clock.now(),
    )  # fmt: skip
    db.session.add(LtiUser(platform=platform, tenant="", subject="subject-of-paweena", person=person))
    db.session.flush()


def _hand_in(course: Course, learner: Enrolment, at: dt.datetime) -> int:
    stored = uploads.take(
        course, "ภาพเมือง.txt", io.BytesIO(b"my own file"), allowed=Allowed(ANYTHING), place=store(),
        person_id=learner.person_id, at=at,
    )  # fmt: skip
    assignment = Assignment(
        course=course, code="A1", title=Bilingual("งาน", "Work"), instructions=Bilingual("", ""),
        takes_text=True, takes_files=True, takes_link=False, endings=[], most_files=3, largest_mebibytes=10,
        by_team=False, anonymous=False, two_markers=False, max_score=Decimal(10),
        late_percent_per_day=Decimal(0), late_percent_at_most=Decimal(0), published=True, created_at=at,
    )  # fmt: skip
    work = Work(
        assignment=assignment, enrolment=learner, draft_text=SECRET, draft_link="", draft_version=1,
        versions=1, last_submitted_at=at,
    )  # fmt: skip
    submission = Submission(
        work=work, number=1, text=SECRET, link="", submitted_at=at, submitted_by_id=learner.person_id
    )
    db.session.add_all([assignment, work, submission])
    db.session.flush()
    db.session.add(WorkFile(submission_id=submission.id, file_id=stored.id, position=1))
    db.session.flush()
    return stored.id


def _hours(course: Course, learner: Enrolment, manager: Enrolment, at: dt.datetime) -> None:
    category = Category(
        course=course, code="KNO", position=1, title=Bilingual("ความรู้", "Knowledge"), minutes=600,
        cap_minutes=600, floor_percent=Decimal(0), published=True,
    )  # fmt: skip
    db.session.add(category)
    db.session.flush()
    for minutes in (60, 90):
        ledger.post(
            [Draft(learner.id, category.id, minutes, EntryKind.AWARD, "operator", "รางวัล")],
            person_id=manager.person_id, at=at,
        )  # fmt: skip


def _score(course: Course, learner: Enrolment, at: dt.datetime) -> None:
    column = GradeColumn(
        course=course, code="FINAL", title=Bilingual("ผล", "Result"), score_maximum=Decimal(100),
        resource_id="final", tag="final", created_at=at,
    )  # fmt: skip
    score = Score(
        column=column,
        enrolment=learner,
        value=Decimal(80),
        comment=SECRET,
        evidence_revision=1,
        computed_at=at,
    )
    db.session.add_all([column, score])
    db.session.flush()
    db.session.add(Delivery(score_id=score.id, state=State.DUE, next_try_at=at))
    db.session.flush()
