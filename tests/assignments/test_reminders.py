"""Who has handed in nothing is reminded two days before their own due date, once."""

import datetime as dt

from flask import Flask

from sca_lms.assignments.models import AssignmentExtension, Work
from sca_lms.assignments.reminders import AHEAD, remind_of_due_work
from sca_lms.database import db, transaction
from tests import builders
from tests.assignments.builders import an_assignment
from tests.inbox.told import told, whom

KIND = "assignments.due-soon"
DUE = dt.datetime(2022, 9, 9, 10, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def test_who_has_handed_in_nothing_is_reminded_once(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = builders.a_course()
            late, done = (builders.an_enrolment(course) for _each in range(2))
            assignment = an_assignment(course, due_at=DUE, closes_at=None)
            work = Work(
                assignment_id=assignment.id, enrolment_id=done.id, versions=1, last_submitted_at=DUE - AHEAD
            )
            db.session.add(work)
            waiting = late.id
        remind_of_due_work(DUE - AHEAD - HOUR)
        assert told() == []
        for passed in range(3):
            remind_of_due_work(DUE - AHEAD + passed * HOUR)
        assert [(each[0], each[1]) for each in told()] == [(waiting, KIND)]


def test_an_extension_moves_the_reminder(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = builders.a_course()
            usual, extended = (builders.an_enrolment(course) for _each in range(2))
            assignment = an_assignment(course, due_at=DUE, closes_at=None)
            later = DUE + dt.timedelta(days=7)
            db.session.add(
                AssignmentExtension(
                    assignment_id=assignment.id, enrolment_id=extended.id, due_at=later, set_at=DUE - AHEAD
                )
            )
            ids = usual.id, extended.id
        remind_of_due_work(DUE - HOUR)
        assert whom(KIND) == {ids[0]}
        remind_of_due_work(later - HOUR)
        assert [each[2]["due_at"] for each in told() if each[0] == ids[1]] == [later.isoformat()]


def test_a_hidden_assignment_reminds_nobody(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = builders.a_course()
            builders.an_enrolment(course)
            an_assignment(course, due_at=DUE, closes_at=None, published=False)
        remind_of_due_work(DUE - HOUR)
        assert told() == []
