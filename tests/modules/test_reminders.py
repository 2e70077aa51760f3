"""Learners hear of modules that are due soon and not complete, once."""

import datetime as dt

import sqlalchemy as sa
from flask import Flask

from sca_lms.database import db, transaction
from sca_lms.modules.models import Module
from sca_lms.modules.reminders import AHEAD, remind_of_due_modules
from tests import builders
from tests.inbox.told import told
from tests.modules.builders import a_course_with_modules
from tests.modules.doings import complete_first

HOUR = dt.timedelta(hours=1)


def test_only_who_has_not_completed_the_module_is_reminded_and_only_once(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_course_with_modules()
            behind, done = (builders.an_enrolment(course) for _each in range(2))
            complete_first(course, done)
            waiting = behind.id
            due = db.session.scalars(sa.select(Module).where(Module.code == "PB1")).one().due_at
        assert due is not None
        remind_of_due_modules(due - AHEAD - HOUR)
        assert told() == []
        remind_of_due_modules(due - AHEAD)
        remind_of_due_modules(due - HOUR)
        remind_of_due_modules(due + HOUR)
        ((enrolment_id, kind, facts),) = told()
        assert (enrolment_id, kind, facts["due_at"]) == (waiting, "modules.due-soon", due.isoformat())
