"""A programme brings modules into a course; what it leaves out keeps its evidence."""

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.courses.models import Course
from sca_lms.database import db, transaction
from sca_lms.modules import operations, programme_import, queries
from sca_lms.modules.models import Module, Unit
from sca_lms.modules.plan import EvidenceKind
from sca_lms.modules.programme_import import ModulesNotUsable
from tests.builders import a_course, an_enrolment
from tests.modules.builders import (
    a_course_with_modules,
    a_document,
    a_unit,
    first_module,
    second_module,
    the_unit,
    with_modules,
)
from tests.modules.doings import EARLY, LATER, is_done, revision
from tests.programmes.samples import sample_document

# ---------------------------------------------------------------- a programme


def test_importing_the_same_file_again_changes_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course()
        learner = an_enrolment(course)
        first = programme_import.apply_programme(course, sample_document(), at=EARLY)
        before = queries.outline(course.id)
        known = revision(learner)
        again = programme_import.apply_programme(course, sample_document(), at=LATER)
        assert first.added == 8 + 32
        assert not again
        assert queries.outline(course.id) == before
        assert revision(learner) == known


def test_the_outline_has_modules_and_units_in_the_order_of_the_file(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        outline = queries.outline(course.id)
        assert [module.code for module in outline] == ["PB1", "PB2"]
        assert [unit.code for unit in outline[0].units] == ["PB1.1", "PB1.2", "PB1.3", "PB1.4"]
        assert outline[0].units[3].quiz_id is not None
        programme_import.apply_programme(course, with_modules(second_module(), first_module()), at=LATER)
        assert [module.code for module in queries.outline(course.id)] == ["PB2", "PB1"]


def test_what_a_newer_file_leaves_out_is_unpublished_and_keeps_its_evidence(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        reading = the_unit(course, "PB1.2")
        operations.record_evidence(reading, learner, EvidenceKind.READ, key="read-1234", at=EARLY)
        shorter = first_module(units=[a_unit("PB1.3", "video")], quiz=None, questions=[])
        changes = programme_import.apply_programme(course, with_modules(shorter), at=LATER)
        assert changes.unpublished == 1 + 5
        assert [unit.code for unit in queries.outline(course.id)[0].units] == ["PB1.3"]
        programme_import.apply_programme(course, a_document(), at=LATER)
        assert is_done(course, learner, "PB1.2")
        assert db.session.scalars(sa.select(sa.func.count()).select_from(Unit)).one() == 6


def test_the_version_grows_only_when_the_rule_of_completion_changes(app: Flask) -> None:
    def version(course: Course) -> int:
        return db.session.scalars(
            sa.select(Module.rule_version).where(Module.course_id == course.id, Module.code == "PB1")
        ).one()

    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        known = revision(learner)
        programme_import.apply_programme(course, a_document(title={"th": "ใหม่", "en": "New"}), at=LATER)
        programme_import.apply_programme(course, a_document(due="2022-09-10T23:59"), at=LATER)
        assert (version(course), revision(learner)) == (1, known)
        stricter = a_document(completion={"all_required_units": True, "quiz_pass_percent": 90})
        assert programme_import.apply_programme(course, stricter, at=LATER).rules_changed == 1
        assert (version(course), revision(learner)) == (2, known + 1)


def test_modules_that_wait_for_each_other_are_refused_whole(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(ModulesNotUsable, match="PB1, PB2"), transaction():
            a_course_with_modules(with_modules(first_module(prerequisites=["PB2"]), second_module()))
        assert db.session.scalars(sa.select(sa.func.count()).select_from(Module)).one() == 0


def test_a_quiz_that_cannot_be_asked_is_refused_with_its_fault(app: Flask) -> None:
    with app.app_context(), pytest.raises(ModulesNotUsable, match="questions"), transaction():
        a_course_with_modules(with_modules(first_module(questions=[{"id": "PB1-Q1"}])))


def test_an_import_says_which_modules_it_left_alone(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        assert (
            programme_import.notes_of(programme_import.apply_programme(course, a_document(), at=LATER)) == ()
        )
        db.session.execute(sa.update(Module).where(Module.code == "PB2").values(from_programme=False))
        changes = programme_import.apply_programme(course, a_document(title="Another"), at=LATER)
        assert changes.kept == ("PB2",)
        (note,) = programme_import.notes_of(changes)
        assert "PB2" in str(note)
        assert "PB1" not in str(note)
