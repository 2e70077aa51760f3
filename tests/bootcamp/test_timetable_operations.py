"""Drafts are changed step by step, each step can be undone, and only what adds up is published."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.app import apply_timetable
from sca_lms.attendance import queries as attendance
from sca_lms.attendance.models import AttendanceSession, SessionState
from sca_lms.attendance.timetable import cancel
from sca_lms.bootcamp import timetable_csv, timetable_operations, timetable_queries
from sca_lms.bootcamp.timetable_models import TimetableStep
from sca_lms.bootcamp.timetable_operations import CodeTaken, NotADraft, NothingToUndo, NotPublishable
from sca_lms.bootcamp.timetable_rules import Clash, PlannedSession, SumFault, shifted
from sca_lms.courses.models import AuditEvent, Course
from sca_lms.courses.rules import Actor, Role
from sca_lms.database import db, transaction
from tests import builders
from tests.attendance.camp import a_camp, attend_whole, close_all, session_of
from tests.programmes.samples import sample_document

AT = dt.datetime(2022, 9, 1, tzinfo=dt.UTC)
BANGKOK = ZoneInfo("Asia/Bangkok")


def like(course: Course, code: str, new_code: str, **changes: object) -> PlannedSession:
    """Return a plan like a session of the camp, with another code."""
    plan = timetable_queries.workbench(course).plan_by_code[code]
    return replace(plan, code=new_code, published=False, **changes)  # type: ignore[arg-type]  # Fields of a plan.


def change(course: Course, *puts: PlannedSession, removed: tuple[str, ...] = (), verb: str = "add") -> None:
    timetable_operations.change_drafts(course, puts, removed, verb=verb, person_id=None, at=AT)


def without(course: Course, *codes: str) -> None:
    for code in codes:
        cancel(session_of(course, code), reason="", person_id=None, at=AT)


def drafts(course: Course) -> dict[str, PlannedSession]:
    return {plan.code: plan for plan in timetable_queries.workbench(course).planned if not plan.published}


def test_drafts_are_nobody_s_business_until_they_are_published(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        without(course, "D01A")
        change(course, like(course, "D02A", "S1", times=session_of(course, "D01A").times, room="301"))
        assert "S1" not in {each.code for each in attendance.timetable(course.id)}
        assert timetable_operations.publish(course, person_id=None, at=AT) == 1
        published = session_of(course, "S1")
        assert (published.state, published.room, published.credit_minutes) == (SessionState.OPEN, "301", 210)


def test_every_step_can_be_undone_down_to_the_first(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        first = like(course, "D01A", "S1")
        change(course, first)
        moved = replace(first, times=shifted(first.times, BANGKOK, days=40), groups=("N", "S"))
        change(course, moved, verb="move")
        change(course, removed=("S1",), verb="delete")
        assert drafts(course) == {}
        undone = [timetable_operations.undo(course, person_id=None, at=AT).verb for _time in range(2)]
        assert undone == ["delete", "move"]
        assert drafts(course) == {"S1": first}
        timetable_operations.undo(course, person_id=None, at=AT)
        assert drafts(course) == {}
        with pytest.raises(NothingToUndo):
            timetable_operations.undo(course, person_id=None, at=AT)


def test_a_step_that_was_overtaken_is_not_undone(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        change(course, like(course, "D01A", "S1"))
        session_of(course, "S1").room = "changed behind the builder's back"
        db.session.flush()
        with pytest.raises(NothingToUndo):
            timetable_operations.undo(course, person_id=None, at=AT)
        assert "S1" in drafts(course)


def test_what_changes_nothing_is_no_step(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        change(course, like(course, "D01A", "S1"))
        change(course, like(course, "D01A", "S1"), verb="edit")
        assert db.session.scalar(sa.select(sa.func.count()).select_from(TimetableStep)) == 1


def test_only_so_many_steps_are_kept(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        plan = like(course, "D01A", "S1")
        for number in range(timetable_operations.STEPS_KEPT + 5):
            change(course, replace(plan, room=str(number)), verb="edit")
        kept = db.session.scalars(sa.select(TimetableStep.number).order_by(TimetableStep.number)).all()
        assert (len(kept), kept[-1]) == (timetable_operations.STEPS_KEPT, timetable_operations.STEPS_KEPT + 5)


def test_a_code_belongs_to_one_session_for_ever(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        without(course, "D01A")
        with pytest.raises(CodeTaken):
            change(course, like(course, "D02A", "D01A"))
        with pytest.raises(NotADraft):
            change(course, like(course, "D02A", "D02A", room="2"))
        with pytest.raises(NotADraft):
            change(course, removed=("D02A",))
        taken = timetable_queries.workbench(course).taken
        assert timetable_operations.free_code(taken, "D01A") == "D01A-2"
        assert timetable_operations.free_code({*taken, "D01A-2"}, "D01A") == "D01A-3"
        assert timetable_operations.next_code({"S1", "S3"}) == "S2"


def test_publishing_names_every_fault_and_changes_nothing(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_camp()
            for group in ("N", "S"):
                builders.an_enrolment(course).group = group
            without(course, "D01A")
            change(course, like(course, "D02A", "S1", groups=("N",)))
        with pytest.raises(NotPublishable) as refused, transaction():
            timetable_operations.publish(course, person_id=None, at=AT)
        clash = [fault for fault in refused.value.faults if isinstance(fault, Clash)]
        short = [fault for fault in refused.value.faults if isinstance(fault, SumFault)]
        assert {(fault.first, fault.second, fault.groups, fault.is_room) for fault in clash} == {
            ("D02A", "S1", ("N",), False),
            ("D02A", "S1", (), True),
        }
        assert [(fault.category, fault.planned, fault.groups) for fault in short] == [
            ("KNO", 1470, ("NE", "C", "E", "W", "S"))
        ]
        assert session_of(course, "S1").state is SessionState.DRAFT


def test_groups_may_have_sessions_of_their_own_as_long_as_everybody_gets_the_same(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        builders.an_enrolment(course).group = "N"
        without(course, "D01A")
        times = session_of(course, "D01A").times
        later = shifted(times, BANGKOK, days=30)
        others = ("NE", "C", "E", "W", "S")
        change(
            course,
            like(course, "D02A", "S1", times=times, groups=("N",), room="1"),
            like(course, "D02A", "S2", times=later, groups=others, room="1"),
        )
        assert timetable_operations.publish(course, person_id=None, at=AT) == 2


def test_learners_without_a_group_count_as_one(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        builders.an_enrolment(course)
        without(course, "D01A")
        everyone = ("N", "NE", "C", "E", "W", "S")
        times = session_of(course, "D01A").times
        change(course, like(course, "D02A", "S1", times=times, groups=everyone))
        bench = timetable_queries.workbench(course)
        assert bench.has_groupless
        assert bench.faults == [SumFault("KNO", 1470, 1680, ("",))]


def test_publishing_forgets_the_steps_and_leaves_an_audit_line(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        manager = builders.a_person("อารี")
        without(course, "D01A")
        change(course, like(course, "D02A", "S1", times=session_of(course, "D01A").times))
        timetable_operations.publish(course, person_id=manager.id, at=AT)
        assert timetable_queries.last_step(course.id) is None
        lines = db.session.execute(
            sa.select(AuditEvent.verb, AuditEvent.subject, AuditEvent.person_id).where(
                AuditEvent.verb.like("timetable-%")
            )
        ).all()
        assert [tuple(line) for line in lines] == [
            ("timetable-add", "S1", None),
            ("timetable-publish", "S1", manager.id),
        ]


def test_taking_the_programme_over_again_leaves_drafts_alone(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        change(course, like(course, "D01A", "S1"))
        apply_timetable(course, sample_document(), AT)
        assert drafts(course).keys() == {"S1"}


def test_the_sample_timetable_is_exported_and_imported_without_a_difference(app: Flask) -> None:
    with app.test_request_context(), transaction():
        course = a_camp()
        bench = timetable_queries.workbench(course)
        reading = timetable_csv.read(timetable_csv.text(bench.planned, bench.zone), bench.for_rows)
        assert reading.faults == ()
        assert list(reading.sessions) == bench.planned
        assert bench.faults == []


def test_a_learner_who_changes_groups_keeps_the_minutes_and_sees_where_they_come_from(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        learner = builders.an_enrolment(course)
        learner.group = "N"
        own, foreign = session_of(course, "D01A"), session_of(course, "D01B")
        own.groups, foreign.groups = ["N"], ["S"]
        attend_whole(own, learner)
        close_all([own])
        learner.group = "S"
        db.session.flush()
        assert attendance.balances([learner.id])[learner.id] == {own.category_id: 210}
        actor = _actor(course, learner.id)
        shown = timetable_queries.shown_timetable(actor, learner, group=None)
        assert {"D01A", "D01B"} <= {each.code for each in shown.sessions}
        assert shown.earned[own.id].minutes == 210


def _actor(course: Course, enrolment_id: int) -> Actor:
    roles = frozenset({Role.LEARNER})
    return Actor(
        course_id=course.id,
        person_id=None,
        enrolment_id=enrolment_id,
        roles=roles,
        is_test=False,
        locale=None,
    )


def test_a_draft_that_is_deleted_leaves_nothing_behind(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        change(course, like(course, "D01A", "S1"))
        change(course, removed=("S1",), verb="delete")
        assert db.session.scalar(sa.select(AttendanceSession).where(AttendanceSession.code == "S1")) is None
