"""The demo opens in the middle of its bootcamp, with a session going on at any hour."""

import datetime as dt

import pytest
from flask import Flask

from sca_lms.attendance import queries
from sca_lms.attendance.models import EntryKind, SessionState
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from sca_lms.demo import camp
from tests import builders
from tests.attendance.camp import a_camp
from tests.programmes.samples import sample_document

MIDDLE = dt.datetime(2022, 9, 18, 2, 7, 41, tzinfo=dt.UTC)


@pytest.mark.parametrize("hour", [2, 17])
def test_a_session_is_going_on_whatever_the_hour(app: Flask, hour: int) -> None:
    at = MIDDLE.replace(hour=hour)
    document = sample_document()
    with app.app_context(), transaction():
        course = a_camp()
        learners = [builders.an_enrolment(course) for _ in camp.profiles(document)]
        instructor = builders.an_enrolment(course, roles={Role.INSTRUCTOR})
        camp.attend(course, learners, instructor, document, at=at)
        sessions = queries.timetable(course.id)
        (now,) = [each for each in sessions if each.starts_at <= at < each.ends_at]
        assert now.state is SessionState.OPEN
        assert len(queries.presences([now.id])) == len(learners) - camp.NOT_HERE_YET
        assert queries.open_presence(learners[0].id) is None
        over = [each for each in sessions if each.ends_at <= at]
        assert over
        assert all(each.state is SessionState.CLOSED for each in over)
        kinds = {entry.kind for learner in learners for entry in queries.ledger(learner.id)}
        assert kinds == {EntryKind.ATTENDANCE, EntryKind.MAKE_UP}
