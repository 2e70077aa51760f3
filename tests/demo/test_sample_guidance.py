"""The demo's staff have looked after those who are noticed, and a report comes every week."""

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.app import apply_modules
from sca_lms.courses import programmes
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.demo import sample_guidance
from sca_lms.demo.cohort import Cohort, acting
from sca_lms.guidance import intervention_queries, report_operations
from sca_lms.guidance.intervention_queries import Show
from sca_lms.guidance.models import Intervention, InterventionKind, ReportRun
from tests.builders import a_course, an_enrolment
from tests.programmes.samples import sample_document

BEGAN = dt.datetime(2022, 8, 1, 3, tzinfo=dt.UTC)
LATE = dt.datetime(2022, 9, 30, 3, tzinfo=dt.UTC)
"""The modules were due by then, and nobody has begun with them."""
LEARNERS = 6


@pytest.fixture
def cohort(app: Flask) -> Cohort:
    """A course whose learners are all late, after its staff have looked after them."""
    with app.app_context(), transaction():
        course = a_course()
        programme = programmes.store_programme(sample_document(), at=BEGAN)
        programmes.use_programme(course, programme, [apply_modules], person_id=None, at=BEGAN)
        learners = [an_enrolment(course) for _place in range(LEARNERS)]
        manager = an_enrolment(course, roles={Role.INSTRUCTOR, Role.MANAGER})
        made = Cohort(course, learners, an_enrolment(course, roles={Role.INSTRUCTOR}))
        db.session.flush()
        sample_guidance.look_after(made, manager, at=LATE)
    return made


def test_a_call_is_due_a_plan_is_open_and_a_captains_answer_has_closed_a_third(
    app: Flask, cohort: Cohort
) -> None:
    with app.app_context():
        tally = intervention_queries.tally(acting(cohort.instructor), today=LATE.date())
        assert (tally[Show.DUE], tally[Show.OPEN]) == (1, 2)
        closed = db.session.scalars(sa.select(Intervention).where(Intervention.outcome != "")).one()
        assert closed.kind is InterventionKind.CAPTAIN
        assert closed.closed_at is not None


def test_what_was_done_says_why_the_learner_was_noticed_and_that_it_is_sample_data(
    app: Flask, cohort: Cohort
) -> None:
    with app.app_context():
        noted = db.session.scalars(sa.select(Intervention)).all()
        assert len({each.enrolment_id for each in noted}) == 5
        assert all(each.reasons for each in noted)
        assert all("ข้อมูลตัวอย่าง" in each.text for each in noted)
        assert {each.course_id for each in noted} == {cohort.course.id}


def test_the_first_of_the_weekly_reports_is_due_at_once(app: Flask, cohort: Cohort) -> None:
    with app.app_context(), transaction():
        assert report_operations.note_due(at=LATE) == 1
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ReportRun)) == 1
        assert cohort.course.id
