"""Who was in a live class, as it was entered or marked afterwards."""

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.database import db, transaction
from sca_lms.modules import operations, queries
from sca_lms.modules.models import UnitEvidence
from sca_lms.modules.operations import ClassNotOpen, NotDoneThisWay
from sca_lms.modules.plan import EvidenceKind
from tests.builders import a_person, an_enrolment
from tests.modules.builders import (
    a_course_with_modules,
    the_unit,
)
from tests.modules.doings import (
    EARLY,
    LATER,
    LIVE_NOW,
    WEEK,
    is_done,
)

# ---------------------------------------------------------------- live classes


def test_a_class_is_entered_only_while_its_doors_are_open(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        live = the_unit(course, "PB1.1")
        for at in (EARLY, LATER):
            with pytest.raises(ClassNotOpen):
                operations.record_evidence(live, learner, EvidenceKind.JOINED, key="join-1234", at=at)
        assert operations.record_evidence(live, learner, EvidenceKind.JOINED, key="join-1234", at=LIVE_NOW)
        assert is_done(course, learner, "PB1.1")


def test_a_class_that_is_moved_later_takes_nobodys_attendance_away(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        operations.record_evidence(
            the_unit(course, "PB1.1"), learner, EvidenceKind.JOINED, key="join-1234", at=LIVE_NOW
        )
        the_unit(course, "PB1.1").starts_at = LIVE_NOW + WEEK
        db.session.flush()
        assert is_done(course, learner, "PB1.1")


def test_somebody_marked_present_days_later_was_there_in_time(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner, staff = an_enrolment(course), a_person("สมชาย", "สอนดี")
        after_the_due_date = LATER + 3 * WEEK
        operations.mark_present(
            the_unit(course, "PB1.1"), learner, by_id=staff.id, batch="batch-001", at=after_the_due_date
        )
        unit = queries.standings(course.id, [learner.id], at=after_the_due_date)[learner.id].unit("PB1.1")
        assert unit is not None
        assert not unit.late
        assert unit.satisfied_at == dt.datetime(2022, 8, 25, 12, 15, tzinfo=dt.UTC)


def test_attendance_cannot_be_marked_for_a_class_to_come_or_for_a_text(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner, staff = an_enrolment(course), a_person("สมชาย", "สอนดี")
        with pytest.raises(ClassNotOpen):
            operations.mark_present(
                the_unit(course, "PB1.1"), learner, by_id=staff.id, batch="batch-001", at=EARLY
            )
        with pytest.raises(NotDoneThisWay):
            operations.mark_present(
                the_unit(course, "PB1.2"), learner, by_id=staff.id, batch="batch-001", at=LATER
            )


def test_an_attendance_list_saves_differences_and_can_be_undone(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        came, stayed_away, came_by_page = (an_enrolment(course) for _each in range(3))
        everybody = [came, stayed_away, came_by_page]
        staff = a_person("สมชาย", "สอนดี")
        live = the_unit(course, "PB1.1")
        operations.record_evidence(live, came_by_page, EvidenceKind.JOINED, key="join-1234", at=LIVE_NOW)
        assert (
            operations.save_attendance(
                live, everybody, {came.id}, by_id=staff.id, batch="batch-001", at=LATER
            )
            == 2
        )
        assert [is_done(course, learner, "PB1.1") for learner in everybody] == [True, False, False]
        assert (
            operations.save_attendance(
                live, everybody, {came.id}, by_id=staff.id, batch="batch-002", at=LATER
            )
            == 0
        )
        assert operations.undo_attendance(live, "batch-001", by_id=staff.id, at=LATER) == 2
        assert [is_done(course, learner, "PB1.1") for learner in everybody] == [False, False, True]
        assert operations.undo_attendance(live, "batch-001", by_id=staff.id, at=LATER) == 0


def test_nobody_undoes_what_somebody_else_has_saved(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner, one, other = an_enrolment(course), a_person("สมชาย"), a_person("สมหญิง")
        live = the_unit(course, "PB1.1")
        operations.mark_present(live, learner, by_id=one.id, batch="batch-001", at=LATER)
        assert operations.undo_attendance(live, "batch-001", by_id=other.id, at=LATER) == 0
        assert is_done(course, learner, "PB1.1")


def test_the_database_keeps_one_reversal_of_an_entry_and_none_of_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course_with_modules()
        learner = an_enrolment(course)
        operations.record_evidence(
            the_unit(course, "PB1.2"), learner, EvidenceKind.READ, key="read-1234", at=EARLY
        )
        entry = db.session.scalars(sa.select(UnitEvidence)).one()

        def reversal(key: str, reverses_id: int | None) -> UnitEvidence:
            return UnitEvidence(
                enrolment_id=learner.id, unit_id=entry.unit_id, kind=EvidenceKind.WITHDRAWN, at=LATER,
                recorded_at=LATER, recorded_by_id=None, value=None, key=key, reverses_id=reverses_id,
            )  # fmt: skip

        db.session.add(reversal("once", entry.id))
        db.session.flush()
        for wrong in (reversal("twice", entry.id), reversal("of nothing", None)):
            with pytest.raises(sa.exc.IntegrityError), db.session.begin_nested():
                db.session.add(wrong)
