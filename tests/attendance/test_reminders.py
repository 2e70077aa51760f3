"""Learners hear in the afternoon what the next day brings, once, and only what concerns them."""

import datetime as dt

import pytest
from flask import Flask

from sca_lms.attendance import queries
from sca_lms.attendance.models import SessionState
from sca_lms.attendance.reminders import remind_of_tomorrow
from sca_lms.courses.operations import enrol
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from tests import builders
from tests.attendance.camp import a_camp, session_of
from tests.inbox.told import told, whom

KIND = "attendance.tomorrow"
# 17:00 in Bangkok on the day before the camp's first day.
AFTERNOON = dt.datetime(2022, 9, 4, 10, 0, tzinfo=dt.UTC)


def test_everybody_expected_hears_once_what_the_next_day_brings(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_camp()
            learner = builders.an_enrolment(course).id
            builders.an_enrolment(course, roles={Role.MENTOR})
            first = session_of(course, "D01A")
            sessions = queries.timetable(course.id, states=[SessionState.OPEN])
            on_the_day = sum(each.starts_at.date() == first.starts_at.date() for each in sessions)
        remind_of_tomorrow(AFTERNOON)
        remind_of_tomorrow(AFTERNOON + dt.timedelta(hours=1))
        ((enrolment_id, kind, facts),) = told()
        assert (enrolment_id, kind) == (learner, KIND)
        assert facts["begins_at"] == first.starts_at.isoformat()
        assert facts["count"] == on_the_day


@pytest.mark.parametrize("hours", [-8, 15])
def test_neither_too_early_nor_after_midnight(app: Flask, hours: int) -> None:
    with app.app_context():
        with transaction():
            builders.an_enrolment(a_camp())
        remind_of_tomorrow(AFTERNOON + dt.timedelta(hours=hours))
        assert told() == []


def test_who_is_in_another_group_hears_nothing_of_it(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_camp()
            here, there = (builders.an_enrolment(course) for _each in range(2))
            here.group, there.group = "N", "S"
            for each in queries.timetable(course.id, states=[SessionState.OPEN]):
                each.groups = ["N"]
            ids = here.id, there.id
        remind_of_tomorrow(AFTERNOON)
        assert whom(KIND) == {ids[0]}


def test_a_cancelled_day_reminds_nobody(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_camp()
            enrol(course, builders.a_person(), frozenset({Role.LEARNER}), at=AFTERNOON)
            for each in queries.timetable(course.id, states=[SessionState.OPEN]):
                each.state = SessionState.CANCELLED
        remind_of_tomorrow(AFTERNOON)
        assert told() == []
