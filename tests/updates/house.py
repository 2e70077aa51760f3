"""A course that follows the sample programme, with learners, an instructor and its monthly updates."""

import datetime as dt
import itertools
from dataclasses import dataclass

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms.app import apply_columns, apply_timetable, apply_updates
from sca_lms.attendance import door, timetable
from sca_lms.attendance.door import Act
from sca_lms.attendance.models import Source
from sca_lms.attendance.rules import Presence
from sca_lms.courses import programmes
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.updates import queries, reflecting
from sca_lms.updates.models import KnowledgeUpdate, Reflection
from tests.builders import a_course, a_person, an_enrolment, csrf_of, signed_in
from tests.programmes.samples import sample_document

MINUTE = dt.timedelta(minutes=1)
BEFORE = dt.datetime(2022, 9, 1, tzinfo=dt.UTC)
FIRST = dt.datetime(2022, 10, 27, 6, 30, tzinfo=dt.UTC)
"""When the first update of the sample programme begins: 13:30 in Bangkok."""
AFTER = FIRST + 180 * MINUTE
_keys = itertools.count(1)


@dataclass(frozen=True)
class House:
    """The ids of everybody."""

    app: Flask
    course_id: int
    learner_id: int
    other_id: int
    staff_id: int

    def course(self) -> Course:
        return db.session.get_one(Course, self.course_id)

    def person(self, enrolment_id: int) -> Enrolment:
        return db.session.get_one(Enrolment, enrolment_id)

    def update(self, number: int = 1) -> KnowledgeUpdate:
        found = queries.find_update(self.course_id, number, drafts=True)
        assert found is not None
        return found

    def browser(self, enrolment_id: int) -> FlaskClient:
        return signed_in(self.app, enrolment_id)

    def address(self, rest: str = "") -> str:
        return f"/courses/{self.course_id}/updates{rest}"

    def post(self, client: FlaskClient, seen: str, rest: str, **fields: object) -> TestResponse:
        token = csrf_of(client.get(self.address(seen)).text)
        return client.post(self.address(rest), data={"csrf_token": token, **fields})

    def attend(self, enrolment_id: int, minutes: int, *, number: int = 1) -> None:
        """Let somebody be at an update from its beginning on."""
        with self.app.app_context(), transaction():
            session = self.update(number).session
            stay = Presence(session.starts_at, session.starts_at + minutes * MINUTE)
            act = Act(session.ends_at, Source.LIST, f"key-{next(_keys)}", session.ends_at)
            door.record_stay(session, self.person(enrolment_id), stay, act)

    def close(self, number: int = 1) -> None:
        """Close the attendance of an update half an hour after its end."""
        with self.app.app_context(), transaction():
            session = self.update(number).session
            timetable.close(session, person_id=None, at=session.ends_at + 30 * MINUTE)

    def hand_in(self, enrolment_id: int, text: str = "ได้แนวคิด", *, number: int = 1) -> int:
        with self.app.app_context(), transaction():
            update = self.update(number)
            mine = queries.own_reflection(update, enrolment_id)
            made = reflecting.hand_in(
                update, self.person(enrolment_id), text, row_version=mine.row_version if mine else 0,
                at=update.session.ends_at + MINUTE,
            )  # fmt: skip
            return made.id

    def decide(self, reflection_id: int, *, accepts: bool = True, answer: str = "") -> None:
        with self.app.app_context(), transaction():
            found = db.session.get_one(Reflection, reflection_id)
            reflecting.decide(
                self.course(), found, accepts=accepts, answer=answer, row_version=found.row_version,
                person_id=None, at=AFTER,
            )  # fmt: skip

    def progress(self, enrolment_id: int, *, at: dt.datetime = AFTER) -> queries.Progress:
        with self.app.app_context():
            return queries.standings(self.course_id, [enrolment_id], at)[enrolment_id]


def a_house(app: Flask) -> House:
    """Put the sample programme to work."""
    with time_machine.travel(BEFORE, tick=False), app.app_context(), transaction():
        course = a_course()
        programme = programmes.store_programme(sample_document(), at=BEFORE)
        appliers = [apply_timetable, apply_updates, apply_columns]
        programmes.use_programme(course, programme, appliers, person_id=None, at=BEFORE)
        learner = an_enrolment(course, a_person("ปวีณา", "แก้วมณี"))
        other = an_enrolment(course, a_person("ชยพล", "วงศ์ทอง"))
        staff = an_enrolment(course, a_person("มานะ", "ใจดี"), roles={Role.INSTRUCTOR})
        return House(app, course.id, learner.id, other.id, staff.id)
