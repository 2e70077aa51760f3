"""Modules are written in drafts; learners see what is published, and everything that was can come back."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.courses.models import AuditEvent, Course, Programme
from sca_lms.database import db, transaction
from sca_lms.modules import drafts, editing, editing_queries, module_rows, programme_import, queries
from sca_lms.modules.drafts import ModuleDraft, UnitDraft
from sca_lms.modules.models import Module, ModuleDraftRow, Unit
from sca_lms.modules.plan import UnitType
from sca_lms.modules.prerequisites import all_modules
from sca_lms.texts import Bilingual
from tests.builders import a_course, an_enrolment
from tests.modules.builders import a_course_with_modules, a_document, first_module, with_modules
from tests.modules.doings import EARLY, LATER, counted_statements, is_done, revision

TITLE = Bilingual("งานภาคสนาม", "Field work")


def the_module(course: Course, code: str = "PB1") -> Module:
    return db.session.scalars(
        sa.select(Module).where(Module.course_id == course.id, Module.code == code)
    ).one()


def draft_of(module: Module) -> ModuleDraft:
    return editing_queries.written(module).draft


def rename(module: Module, words: str) -> None:
    editing.change_draft(module, replace(draft_of(module), title=Bilingual(words, words)), by=None, at=EARLY)


def verbs() -> list[str]:
    return list(db.session.scalars(sa.select(AuditEvent.verb).order_by(AuditEvent.id)))


def titles(course: Course) -> list[str]:
    return [plan.title.en for plan in queries.outline(course.id)]


def test_a_new_module_is_only_seen_by_learners_once_it_is_published(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course()
        module = editing.create_module(course, TITLE, by=None, at=EARLY)
        code = editing.add_unit(module, UnitType.READING, TITLE, by=None, at=EARLY)
        assert (module.code, code, titles(course)) == ("M1", "M1.1", [])
        assert editing.publish(module, course, by=None, at=EARLY) == 1
        assert titles(course) == ["Field work"]
        assert [unit.code for unit in queries.outline(course.id)[0].units] == ["M1.1"]
        assert editing.publish(module, course, by=None, at=LATER) == 0
        assert verbs() == ["create-module", "publish-module"]


def test_a_change_waits_for_publishing_and_is_gone_when_it_is_taken_back(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        module, before = the_module(course), revision(learner)
        rename(module, "New")
        assert titles(course)[0] == "Roles and duties"
        assert editing_queries.written(module).is_changed
        rename(module, "Newer")
        editing.change_draft(
            module, module_rows.as_published(module, editing_queries.units_of(module)), by=None, at=EARLY
        )
        assert not editing_queries.written(module).is_changed
        rename(module, "Newest")
        assert editing.discard_draft(module)
        assert not editing.discard_draft(module)
        assert (titles(course)[0], revision(learner)) == ("Roles and duties", before)


def test_a_window_that_knows_a_discarded_draft_does_not_overwrite_the_one_begun_since(app: Flask) -> None:
    with app.app_context(), transaction():
        module = the_module(a_course_with_modules())
        rename(module, "New")
        discarded = editing_queries.written(module)
        editing.discard_draft(module)
        rename(module, "Begun anew")
        with pytest.raises(editing.DraftMoved):
            editing.change_draft(
                module, replace(discarded.draft, minutes=7), by=None, at=EARLY, seen=discarded.row_version
            )
        assert draft_of(module).title.en == "Begun anew"


def test_who_saves_an_older_draft_is_told_and_overwrites_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        module = the_module(a_course_with_modules())
        draft = draft_of(module)
        editing.change_draft(module, replace(draft, minutes=10), by=None, at=EARLY, seen=0)
        with pytest.raises(editing.DraftMoved):
            editing.change_draft(module, replace(draft, minutes=20), by=None, at=EARLY, seen=0)
        assert draft_of(module).minutes == 10
        seen = editing_queries.written(module).row_version
        assert not editing.change_draft(module, replace(draft, minutes=10), by=None, at=EARLY, seen=seen)


def test_publishing_keeps_evidence_and_leaves_the_rule_alone_when_only_words_change(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        module = the_module(course)
        ids = {unit.code: unit.id for unit in editing_queries.units_of(module)}
        version = module.rule_version
        rename(module, "Only words")
        editing.publish(module, course, by=None, at=EARLY)
        assert {unit.code: unit.id for unit in editing_queries.units_of(module)} == ids
        assert module.rule_version == version
        editing.change_draft(module, draft_of(module).without_unit("PB1.4"), by=None, at=EARLY)
        editing.publish(module, course, by=None, at=EARLY)
        assert module.rule_version == version + 1
        assert db.session.get_one(Unit, ids["PB1.4"]).published is False


def test_what_the_programme_brought_is_the_first_version_and_can_be_restored(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        module = the_module(course)
        first = draft_of(module)
        rename(module, "Ours")
        assert editing.publish(module, course, by=None, at=EARLY) == 2
        assert [each.number for each in editing_queries.versions_of(module)] == [2, 1]
        oldest = editing_queries.find_version(module, 1)
        assert oldest is not None
        assert editing.restore(module, oldest, by=None, at=LATER)
        assert titles(course)[0] == "Ours"
        assert editing.publish(module, course, by=None, at=LATER) == 3
        assert (titles(course)[0], draft_of(module)) == ("Roles and duties", first)


def test_a_module_with_a_fault_that_blocks_is_not_published(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        module = the_module(course)
        for faulty in (
            replace(draft_of(module), units=()),
            draft_of(module).with_unit(UnitDraft("PB1.9", UnitType.QUIZ, TITLE)),
            draft_of(module).with_unit(UnitDraft("PB1.9", UnitType.QUIZ, TITLE, quiz_id=9999)),
            replace(draft_of(module), prerequisites=all_modules(["PB2"])),
        ):
            editing.change_draft(module, faulty, by=None, at=EARLY)
            with pytest.raises(editing.NotReady):
                editing.publish(module, course, by=None, at=EARLY)
            assert len(queries.outline(course.id)[0].units) == 4
            editing.discard_draft(module)


def test_an_import_leaves_alone_what_was_edited_here_until_somebody_chooses_otherwise(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        module = the_module(course)
        rename(module, "Ours")
        editing.publish(module, course, by=None, at=EARLY)
        renewed = a_document(title={"th": "ใหม่", "en": "From the file"})
        changes = programme_import.apply_programme(course, renewed, at=LATER)
        assert (titles(course)[0], changes.kept) == ("Ours", ("PB1",))
        gone = with_modules(first_module(code="PB9", units=[], quiz={}, questions=[]))
        programme_import.apply_programme(course, gone, at=LATER)
        assert "Ours" in titles(course)
        with pytest.raises(editing.NotInProgramme):
            editing.follow_programme(module, course, by=None, at=LATER)
        assert not module.from_programme


def test_following_the_programme_again_brings_its_words_back_and_keeps_ours_as_versions(
    app: Flask,
) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        programme = Programme(
            code="T", revision=1, title=Bilingual("ทดลอง", "Trial"), document=a_document(), created_at=EARLY
        )
        course.programme = programme
        module = the_module(course)
        rename(module, "Ours")
        editing.publish(module, course, by=None, at=EARLY)
        rename(module, "Ours, not published")
        editing.follow_programme(module, course, by=None, at=LATER)
        assert (titles(course)[0], draft_of(module).title.en) == ("Roles and duties", "Roles and duties")
        assert module.from_programme
        assert not editing_queries.written(module).is_changed
        kept = [drafts.read_document(each.document).title.en for each in editing_queries.versions_of(module)]
        assert kept == ["Roles and duties", "Ours", "Roles and duties"]
        assert verbs()[-1] == "follow-programme"
        renewed = a_document(title={"th": "ใหม่", "en": "From the file"})
        assert programme_import.apply_programme(course, renewed, at=LATER).kept == ()
        assert titles(course)[0] == "From the file"


def test_the_archive_hides_a_module_and_keeps_what_learners_did(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        module = the_module(course, "PB2")
        assert editing.archive(module, course, by=None, at=EARLY)
        assert not editing.archive(module, course, by=None, at=EARLY)
        assert titles(course) == ["Roles and duties"]
        assert editing.bring_back(module, course, by=None, at=LATER)
        assert len(titles(course)) == 1
        assert editing.publish(module, course, by=None, at=LATER)
        assert len(titles(course)) == 2
        assert not is_done(course, learner, "PB2.1")
        assert not editing.bring_back(module, course, by=None, at=LATER)


def test_copies_have_codes_of_their_own_and_stand_behind_the_original(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        module = the_module(course)
        assert editing.duplicate_unit(module, "PB1.2", by=None, at=EARLY) == "PB1.5"
        assert [unit.code for unit in draft_of(module).units] == [
            "PB1.1", "PB1.2", "PB1.5", "PB1.3", "PB1.4",
        ]  # fmt: skip
        assert editing.duplicate_unit(module, "none", by=None, at=EARLY) is None
        copy = editing.duplicate_module(module, course, by=None, at=EARLY)
        assert [unit.code for unit in draft_of(copy).units] == [f"M1.{number}" for number in range(1, 6)]
        assert not copy.published


def test_modules_are_put_into_an_order_and_the_rest_follows(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        first, second = the_module(course), the_module(course, "PB2")
        assert editing.order_modules(course, [second.id], by=None, at=EARLY)
        assert [plan.code for plan in queries.outline(course.id)] == ["PB2", "PB1"]
        assert not editing.order_modules(course, [second.id, first.id], by=None, at=EARLY)


def test_the_list_for_authors_costs_three_statements_for_any_number_of_modules(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        for _each in range(5):
            editing.create_module(course, TITLE, by=None, at=EARLY)
        db.session.flush()
        with counted_statements() as statements:
            found = editing_queries.all_written(course.id)
        assert (len(found), len(statements)) == (7, 3)
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ModuleDraftRow)) == 5
