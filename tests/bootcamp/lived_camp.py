"""A camp that one learner has lived: a session left early and come back to late, one pending, one missed."""

import datetime as dt
from dataclasses import dataclass

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.attendance import door, queries, timetable
from sca_lms.bootcamp import account_queries, awards
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests import builders
from tests.attendance.camp import MINUTE, a_camp, attend, attend_whole, session_of

EVENING = dt.datetime(2022, 9, 6, 14, tzinfo=dt.UTC)
"""The second day of the camp at 21:00 in Bangkok, when all its sessions are closed."""
BEFORE = dt.datetime(2022, 9, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Lived:
    """The ids of what there is."""

    course_id: int
    learner_id: int
    classmate_id: int
    instructor_id: int

    def browser(self, app: Flask, enrolment_id: int) -> FlaskClient:
        """Return the browser of somebody."""
        return builders.signed_in(app, enrolment_id)


def live(app: Flask) -> Lived:
    """Let two days of the camp pass."""
    with time_machine.travel(BEFORE, tick=False), app.app_context(), transaction():
        course = a_camp()
        learner = builders.an_enrolment(course, builders.a_person("ปวีณา", "แก้วมณี"))
        classmate = builders.an_enrolment(course, builders.a_person("กิตติ", "พรหมมา"))
        instructor = builders.an_enrolment(course, roles={Role.INSTRUCTOR})
        lived = Lived(course.id, learner.id, classmate.id, instructor.id)
    with app.app_context(), transaction():
        course = db.session.get_one(Course, lived.course_id)
        learner = db.session.get_one(Enrolment, lived.learner_id)
        instructor = db.session.get_one(Enrolment, lived.instructor_id)
        _first_day(course, learner)
        _second_day(course, learner, instructor)
    return lived


def _first_day(course: Course, learner: Enrolment) -> None:
    morning, noon, afternoon = (session_of(course, code) for code in ("D01A", "D01B", "D01C"))
    back = morning.starts_at + 140 * MINUTE
    attend(morning, learner, (morning.starts_at, morning.starts_at + 120 * MINUTE), (back, morning.ends_at))
    attend(noon, learner, (noon.starts_at, None))
    for session in (morning, noon, afternoon):
        timetable.close(session, person_id=None, at=session.ends_at + 60 * MINUTE)


def _second_day(course: Course, learner: Enrolment, instructor: Enrolment) -> None:
    """Late within the grace in the morning; corrected at noon; awarded something in between."""
    morning, noon, afternoon = (session_of(course, code) for code in ("D02A", "D02B", "D02C"))
    attend(morning, learner, (morning.starts_at + 8 * MINUTE, morning.ends_at))
    attend(noon, learner, (noon.starts_at, noon.ends_at - 15 * MINUTE))
    attend_whole(afternoon, learner)
    for session in (morning, noon, afternoon):
        timetable.close(session, person_id=None, at=session.ends_at + 60 * MINUTE)
    (stay,) = queries.presences([noon.id], [learner.id])
    door.void_stay(
        stay, noon, learner, reason="ตามใบเซ็นชื่อ", by_id=instructor.person_id, at=EVENING - 30 * MINUTE
    )
    attend_whole(noon, learner)
    category = account_queries.find_category(course.id, "KNO")
    assert category is not None
    awards.award_by_operator(
        course, learner, category, 45, reason="=field report", at=EVENING - 20 * MINUTE,
        policy=account_queries.newest_policy(course.id),
    )  # fmt: skip
