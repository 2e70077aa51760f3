"""More time for a module: shown to the learner, and never less than everybody has."""

import datetime as dt
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Flask

from sca_lms.assignments.extensions import Wish
from sca_lms.assignments.name_lists import ListFaultKind
from sca_lms.courses.models import AuditEvent
from sca_lms.database import db, transaction
from sca_lms.modules import extending, queries
from sca_lms.modules.models import Module
from tests.builders import a_person, an_enrolment
from tests.modules.builders import a_course_with_modules
from tests.modules.doings import LATER, counted_statements

BANGKOK = ZoneInfo("Asia/Bangkok")
UNTIL = dt.datetime(2022, 9, 20, 16, 59, tzinfo=dt.UTC)


def the_module(course_id: int) -> Module:
    return db.session.scalars(
        sa.select(Module).where(Module.course_id == course_id, Module.code == "PB1")
    ).one()


def test_more_time_reaches_the_learner_it_was_given_to_and_nobody_else(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner, other = an_enrolment(course), an_enrolment(course, a_person("ข"))
        module = the_module(course.id)
        plan = extending.plan(module, [Wish(learner, UNTIL, "ill")])
        assert extending.apply(module, course, plan.changes, person_id=None, at=LATER) == 1
        assert extending.apply(module, course, plan.changes, person_id=None, at=LATER) == 0
        found = queries.standings(course.id, [learner.id, other.id], at=LATER)
        own, others = (found[each.id].modules[0] for each in (learner, other))
        assert (own.due_at, own.plan.is_extended) == (UNTIL, True)
        assert (others.due_at, others.plan.is_extended) == (module.due_at, False)
        events = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.verb == "extend-module")).all()
        assert [event.after for event in events] == [{"due_at": UNTIL.isoformat()}]
        back = extending.plan(module, [Wish(learner, None, "")])
        assert extending.apply(module, course, back.changes, person_id=None, at=LATER) == 1
        assert (
            not queries.standings(course.id, [learner.id], at=LATER)[learner.id].modules[0].plan.is_extended
        )


def test_a_date_that_is_not_later_than_everybodys_is_a_fault(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner, module = an_enrolment(course), the_module(course.id)
        assert module.due_at is not None
        plan = extending.plan(module, [Wish(learner, module.due_at, "")])
        assert [fault.kind for fault in plan.faults] == [ListFaultKind.NOT_LATER]
        module.due_at = None
        assert extending.plan(module, [Wish(learner, UNTIL, "")]).faults


def test_a_pasted_list_shows_what_changes_or_every_fault_of_it(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner, module = an_enrolment(course, a_person("สมหญิง", "ดีใจ")), the_module(course.id)
        plan = extending.plan_list(module, "name,due,reason\nสมหญิง ดีใจ,2022-09-20,ill\n", zone=BANGKOK)
        assert [(each.learner.id, each.after, each.reason) for each in plan.changes] == [
            (learner.id, UNTIL, "ill")
        ]
        faulty = extending.plan_list(module, "name,due\nNobody,2022-09-20\nสมหญิง ดีใจ,someday\n", zone=BANGKOK)
        assert [fault.line for fault in faulty.faults] == [2, 3]
        assert not faulty.changes


def test_the_page_of_those_with_more_time_costs_two_statements(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        module = the_module(course.id)
        wishes = [Wish(an_enrolment(course, a_person(name)), UNTIL, "") for name in "กขคง"]
        extending.apply(module, course, extending.plan(module, wishes).changes, person_id=None, at=LATER)
        db.session.expire_all()
        with counted_statements() as statements:
            page = extending.extensions_page(module)
            assert [each.enrolment.person.given_name for each in page.items] == ["ก", "ข", "ค", "ง"]
        assert len(statements) <= 3
