"""Build courses with modules for tests; call these inside an application context and a transaction."""

import datetime as dt
from collections.abc import Mapping

from flask import Flask

from sca_lms import clock
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Actor, Role
from sca_lms.database import transaction
from sca_lms.modules import programme_import, queries
from sca_lms.modules.models import Unit
from tests.builders import a_course, an_enrolment

BEFORE_CLASS = "2022-08-24T05:00:00+00:00"
IN_CLASS = "2022-08-25T12:05:00+00:00"
AFTER_CLASS = "2022-08-26T05:00:00+00:00"

TEXT_TH = "## หน้าที่\n\n- ร่วมงานกับหน่วยงาน\n- ลงพื้นที่\n"
TEXT_EN = "## Duties\n\n- Work with the agency\n- Go to the field\n"

QUESTION = {
    "id": "PB1-Q1",
    "type": "numeric",
    "points": 1,
    "prompt": {"th": "กี่ชั่วโมง", "en": "How many hours?"},
    "answer": {"value": 168, "tolerance": 0},
}


def a_unit(code: str, kind: str, **more: object) -> dict[str, object]:
    return {
        "code": code,
        "type": kind,
        "minutes": 15,
        "title": {"th": f"หน่วย {code}", "en": f"Unit {code}"},
        **more,
    }


def a_document(**changed: object) -> dict[str, object]:
    """A small programme: PB1 with every kind of unit, PB2 behind it."""
    return {
        "programme": {"code": "T", "timezone": "Asia/Bangkok"},
        "pre_bootcamp": {"modules": [first_module(**changed), second_module()]},
    }


def first_module(**changed: object) -> dict[str, object]:
    return {
        "code": "PB1",
        "title": {"th": "บทบาทและหน้าที่", "en": "Roles and duties"},
        "minutes": 75,
        "prerequisites": [],
        "due": "2022-09-04T23:59",
        "completion": {"all_required_units": True, "quiz_pass_percent": 70},
        "units": [
            a_unit(
                "PB1.1",
                "live",
                start="2022-08-25T19:00",
                join_url="https://meet.example.org/pb1",
                room="Room 1",
            ),
            a_unit("PB1.2", "reading", body={"th": TEXT_TH, "en": TEXT_EN}),
            a_unit(
                "PB1.3",
                "video",
                url="https://media.example.org/day.webm",
                transcript={"th": "บทถอดเสียง", "en": "The transcript"},
            ),
            a_unit("PB1.4", "quiz"),
        ],
        "quiz": {
            "unit": "PB1.4",
            "attempts": 3,
            "grading": "highest",
            "time_limit_minutes": 15,
            "shuffle": True,
        },
        "questions": [QUESTION],
        **changed,
    }


def second_module(**changed: object) -> dict[str, object]:
    return {
        "code": "PB2",
        "title": {"th": "เส้นทาง 12 เดือน", "en": "The 12-month journey"},
        "minutes": 30,
        "prerequisites": ["PB1"],
        "completion": {"all_required_units": True},
        "units": [a_unit("PB2.1", "task"), a_unit("PB2.2", "discussion", required=False)],
        **changed,
    }


def with_modules(*modules: Mapping[str, object]) -> dict[str, object]:
    return {
        "programme": {"code": "T", "timezone": "Asia/Bangkok"},
        "pre_bootcamp": {"modules": list(modules)},
    }


def a_course_with_modules(document: Mapping[str, object] | None = None) -> Course:
    course = a_course()
    programme_import.apply_programme(course, document or a_document(), at=clock.now())
    return course


def the_unit(course: Course, code: str) -> Unit:
    found = queries.find_unit(an_actor(course), code)
    assert found is not None
    return found


def an_actor(course: Course, *, enrolment_id: int | None = None) -> Actor:
    return Actor(
        course_id=course.id,
        person_id=None,
        enrolment_id=enrolment_id,
        roles=frozenset({Role.LEARNER}),
        is_test=False,
        locale=None,
    )


def a_learner_of_a_new_course(app: Flask, document: Mapping[str, object] | None = None) -> tuple[int, int]:
    """Return the ids of a course with modules and of a learner in it."""
    with app.app_context(), transaction():
        course = a_course_with_modules(document)
        return course.id, an_enrolment(course).id


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
