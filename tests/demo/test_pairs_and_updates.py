"""The demo has the sample pairs, one of them with a history, and updates with something to read."""

import datetime as dt

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.app import apply_timetable, apply_updates
from sca_lms.courses import programmes
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.demo import sample_pairs, sample_updates
from sca_lms.demo.cohort import Cohort
from sca_lms.projects.models import Captaincy, Pair
from sca_lms.updates import queries, staff_queries
from sca_lms.updates.models import Reflection
from sca_lms.updates.rules import ReflectionState
from tests.builders import a_course, a_person, an_enrolment
from tests.programmes.samples import sample_document

AT = dt.datetime(2022, 9, 16, 3, tzinfo=dt.UTC)
BEGAN = AT - dt.timedelta(days=30)


@pytest.fixture
def course_id(app: Flask) -> int:
    """A course with the fourteen sample pairs and the updates held so far."""
    with time_machine.travel(BEGAN, tick=False), app.app_context(), transaction():
        course = a_course()
        programme = programmes.store_programme(sample_document(), at=BEGAN)
        programmes.use_programme(
            course, programme, [apply_timetable, apply_updates], person_id=None, at=BEGAN
        )
        learners = [an_enrolment(course, a_person(f"นักเรียน {place}")) for place in range(14)]
        captains = [an_enrolment(course, roles={Role.MENTOR}) for _place in range(14)]
        cohort = Cohort(course, learners, an_enrolment(course, roles={Role.INSTRUCTOR}))
    with app.app_context(), transaction():
        sample_pairs.pair_up(cohort, captains, sample_document(), begins_at=BEGAN, at=AT)
        sample_updates.hold(cohort, at=AT)
    return cohort.course.id


def test_every_sample_ambassador_has_a_captain_and_one_had_another_before(app: Flask, course_id: int) -> None:
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Pair)) == 14
        ended = db.session.scalars(sa.select(Captaincy).where(Captaincy.ended_at.is_not(None))).all()
        assert len(ended) == 1
        living = sa.select(sa.func.count()).select_from(Captaincy).where(Captaincy.ended_at.is_(None))
        assert db.session.scalar(living) == 14
        assert course_id


def test_reflections_of_every_kind_wait(app: Flask, course_id: int) -> None:
    with app.app_context():
        states = set(db.session.scalars(sa.select(Reflection.state)))
        assert states == set(ReflectionState)
        numbers = list(staff_queries.numbers_of(course_id).values())
        assert sum(each.waiting for each in numbers) == 5
        assert sum(each.counted for each in numbers) == 11
        updates = queries.updates_of(course_id)
        assert [each.session.closed_at is not None for each in updates[:3]] == [True, True, False]
