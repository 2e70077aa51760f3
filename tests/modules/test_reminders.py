"""Learners hear of modules that are due soon and not complete, once."""

import datetime as dt

import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.database import db, transaction
from sca_lms.modules import due_queries, queries
from sca_lms.modules.models import Module, ModuleExtension
from sca_lms.modules.reminders import AHEAD, remind_of_due_modules
from tests import builders
from tests.inbox.told import told
from tests.modules.builders import a_course_with_modules
from tests.modules.doings import complete_first
from tests.statements import counted

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


def test_what_is_open_is_what_learners_see_whole_and_costs_a_crowd_no_more_statements(app: Flask) -> None:
    with app.app_context():
        numbers = []
        for learners in (3, 12):
            with transaction():
                course = a_course_with_modules()
                people = [builders.an_enrolment(course) for _each in range(learners)]
                for each in people[::2]:
                    complete_first(course, each)
                ids, course_id = [each.id for each in people], course.id
                later = ModuleExtension(
                    module=db.session.scalars(sa.select(Module).where(Module.course_id == course_id)).first(),
                    enrolment=people[1], due_at=dt.datetime(2030, 1, 1, tzinfo=dt.UTC), reason="",
                    set_by_id=None, set_at=clock.now(),
                )  # fmt: skip
                db.session.add(later)
            outline = queries.outline(course_id)
            db.session.expunge_all()
            with counted(app) as seen:
                found = list(due_queries.open_modules(course_id, outline))
            numbers.append(sum(each.startswith("SELECT") for each in seen))
            whole = queries.standings(course_id, ids, at=clock.now())
            assert {(each.enrolment_id, each.module.id, each.module.due_at, each.left) for each in found} == {
                (enrolment_id, module.plan.id, module.due_at, module.units_total - module.units_done)
                for enrolment_id, standing in whole.items()
                for module in standing.modules
                if not module.completed
            }
        assert numbers[0] == numbers[1]
