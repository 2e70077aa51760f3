"""The camp whose timetable the tests of its pages read and change."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from tests.attendance.camp import MINUTE, a_camp, attend, close_all, session_of
from tests.bootcamp.timetable_desk import NOW, Camp
from tests.builders import a_person, an_enrolment, signed_in


@pytest.fixture
def camp(app: Flask) -> Iterator[Camp]:
    with time_machine.travel(NOW, tick=False):
        with app.app_context(), transaction():
            course = a_camp()
            people = {
                role: an_enrolment(course, a_person(name), roles={role})
                for role, name in ((Role.LEARNER, "ปวีณา"), (Role.INSTRUCTOR, "สมชาย"), (Role.MANAGER, "อารี"))
            }
            people[Role.LEARNER].group = "N"
            first = session_of(course, "D01A")
            attend(first, people[Role.LEARNER], (first.starts_at + 30 * MINUTE, first.ends_at))
            close_all([first])
            ids, course_id = {role: each.id for role, each in people.items()}, course.id
        yield Camp(
            app, course_id, ids[Role.LEARNER],
            *(signed_in(app, ids[role]) for role in (Role.LEARNER, Role.INSTRUCTOR, Role.MANAGER)),
        )  # fmt: skip
