"""A programme brings modules into a course; what people do there is only ever added."""

import pytest
from flask import Flask

from sca_lms.courses.rules import EnrolmentState
from sca_lms.database import db, transaction
from sca_lms.modules import due_queries, operations, queries
from sca_lms.modules.operations import NotDoneThisWay, UnitLocked
from sca_lms.modules.plan import EvidenceKind
from tests.builders import a_course, a_person, an_enrolment
from tests.modules.builders import (
    a_course_with_modules,
    a_unit,
    first_module,
    second_module,
    the_unit,
    with_modules,
)
from tests.modules.doings import (
    EARLY,
    LATER,
    LIVE_NOW,
    complete_first,
    counted_statements,
    entries,
    is_done,
    revision,
)

# ---------------------------------------------------------------- a learner's own word


def test_the_same_evidence_sent_twice_is_kept_once(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        reading = the_unit(course, "PB1.2")
        known = revision(learner)
        stored = [
            operations.record_evidence(reading, learner, EvidenceKind.READ, key=key, at=EARLY)
            for key in ("read-1234", "read-1234", "read-9999")
        ]
        assert stored == [True, False, False]
        assert len(entries()) == 1
        assert revision(learner) == known + 1


def test_one_key_serves_two_people_and_two_units(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        for learner in (an_enrolment(course), an_enrolment(course)):
            for code in ("PB1.2", "PB1.3"):
                assert operations.record_evidence(
                    the_unit(course, code), learner, EvidenceKind.READ, key="same-key", at=EARLY
                )


def test_a_word_taken_back_opens_the_unit_again_and_leaves_both_entries(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        reading = the_unit(course, "PB1.2")
        operations.record_evidence(reading, learner, EvidenceKind.READ, key="read-1234", at=EARLY)
        assert operations.take_back(reading, learner, at=EARLY)
        assert not operations.take_back(reading, learner, at=EARLY)
        assert not is_done(course, learner, "PB1.2")
        assert [kind for kind, _key in entries()] == ["read", "withdrawn"]
        operations.record_evidence(reading, learner, EvidenceKind.READ, key="read-5678", at=LATER)
        assert is_done(course, learner, "PB1.2")


def test_a_locked_unit_takes_no_evidence_until_the_module_before_it_is_complete(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        task = the_unit(course, "PB2.1")
        with pytest.raises(UnitLocked):
            operations.record_evidence(task, learner, EvidenceKind.DECLARED, key="done-1234", at=EARLY)
        complete_first(course, learner)
        assert operations.record_evidence(task, learner, EvidenceKind.DECLARED, key="done-1234", at=LIVE_NOW)


def test_a_unit_takes_only_the_evidence_that_completes_it(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        for code, kind in (
            ("PB1.1", EvidenceKind.DECLARED),
            ("PB1.1", EvidenceKind.PRESENT),
            ("PB1.2", EvidenceKind.DECLARED),
            ("PB1.3", EvidenceKind.DECLARED),
            ("PB1.4", EvidenceKind.READ),
        ):
            with pytest.raises(NotDoneThisWay):
                operations.record_evidence(
                    the_unit(course, code), learner, kind, key="word-1234", at=LIVE_NOW
                )


def test_a_quiz_of_a_locked_module_cannot_be_begun(app: Flask) -> None:
    with app.app_context(), transaction():
        locked = first_module(code="PB3", prerequisites=["PB2"], questions=first_module()["questions"])
        locked["units"] = [a_unit("PB3.1", "quiz")]
        locked["quiz"] = {"unit": "PB3.1", "attempts": 1, "grading": "highest"}
        course = a_course_with_modules(with_modules(first_module(), second_module(), locked))
        learner = an_enrolment(course)
        for code, refused in (("PB1.4", False), ("PB3.1", True)):
            quiz = the_unit(course, code).quiz
            assert quiz is not None
            if refused:
                with pytest.raises(UnitLocked):
                    operations.refuse_locked_quiz(quiz, learner, at=LATER)
            else:
                operations.refuse_locked_quiz(quiz, learner, at=LATER)


# ---------------------------------------------------------------- standings


def test_open_modules_of_a_course_leave_out_test_users_staff_and_those_who_left(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        an_enrolment(course, a_person("ทดสอบ", is_test=True))
        gone = an_enrolment(course)
        gone.state = EnrolmentState.WITHDRAWN
        an_enrolment(a_course("another"))
        db.session.flush()
        found = due_queries.open_modules(course.id, queries.outline(course.id))
        assert {each.enrolment_id for each in found} == {learner.id}


def test_a_cohort_costs_as_many_statements_as_one_learner(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_course_with_modules()
            learners = [an_enrolment(course) for _each in range(12)]
            for learner in learners:
                operations.record_evidence(
                    the_unit(course, "PB1.2"), learner, EvidenceKind.READ, key="read-1234", at=EARLY
                )
        course_id, everybody = course.id, [learner.id for learner in learners]
        counts = []
        for ids in (everybody[:1], everybody):
            db.session.expunge_all()
            with counted_statements() as statements:
                found = queries.standings(course_id, ids, at=LATER)
            counts.append(sum(statement.startswith("SELECT") for statement in statements))
            assert all(standing.units_done == 1 for standing in found.values())
        assert counts == [6, 6]
