"""Columns follow the programme, scores follow the evidence, and nobody is forgotten."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.grades import decisions, operations, queries
from sca_lms.grades.models import Delivery, GradeColumn, Score
from sca_lms.grades.rules import State
from sca_lms.grades.sources import Source
from tests.builders import a_course, a_person, an_enrolment

AT = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)


def a_document(*items: tuple[str, int]) -> Mapping[str, object]:
    return {
        "line_items": [
            {"code": code, "title": {"th": f"ช่อง {code}", "en": code}, "score_maximum": maximum}
            for code, maximum in items
        ]
    }


def a_course_with_columns(document: Mapping[str, object], codes: set[str]) -> int:
    course = a_course()
    operations.put_columns(course, document, codes=codes, at=AT)
    return course.id


def codes_of(course_id: int) -> list[str]:
    return [column.code for column in queries.columns_of(course_id)]


@contextmanager
def counting_statements() -> Iterator[list[str]]:
    """Collect the statements that are sent to the database."""
    seen: list[str] = []

    def note(
        _connection: object,
        _cursor: object,
        statement: str,
        _parameters: object,
        _context: object,
        _many: bool,
    ) -> None:
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def constant(value: str) -> Source:
    def source(_course_id: int, enrolment_ids: Sequence[int]) -> Mapping[int, Decimal | None]:
        return dict.fromkeys(enrolment_ids, Decimal(value))

    return source


def test_only_columns_with_scores_are_taken_over(app: Flask) -> None:
    with app.app_context(), transaction():
        course_id = a_course_with_columns(a_document(("PRE", 100), ("HRS", 168)), {"PRE"})
        assert codes_of(course_id) == ["PRE"]


def test_columns_stand_in_the_order_of_the_programme_and_follow_it(app: Flask) -> None:
    with app.app_context(), transaction():
        course_id = a_course_with_columns(a_document(("PRE", 100), ("HRS", 168)), {"PRE", "HRS"})
        course = db.session.get_one(Course, course_id)
        operations.put_columns(course, a_document(("HRS", 168), ("PRE", 50)), codes={"PRE", "HRS"}, at=AT)
        assert codes_of(course_id) == ["HRS", "PRE"]
        assert queries.columns_of(course_id)[1].score_maximum == 50
        operations.put_columns(course, a_document(("HRS", 168)), codes={"PRE", "HRS"}, at=AT)
        assert codes_of(course_id) == ["HRS"]
        operations.put_columns(course, a_document(("PRE", 50), ("HRS", 168)), codes={"PRE", "HRS"}, at=AT)
        assert codes_of(course_id) == ["PRE", "HRS"]


def test_the_maximum_stays_after_the_first_score(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course_id = a_course_with_columns(a_document(("PRE", 100)), {"PRE"})
            queries.columns_of(course_id)[0].frozen_at = AT
        with transaction():
            course = db.session.get_one(Course, course_id)
            with pytest.raises(operations.MaximumFrozen, match="100"):
                operations.put_columns(course, a_document(("PRE", 50)), codes={"PRE"}, at=AT)
        with transaction():
            db.session.expire_all()
            assert queries.columns_of(course_id)[0].score_maximum == 100


def test_courses_get_columns_for_which_scores_became_possible_later(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course()
        course.programme = None
        without = a_course_with_columns(a_document(("PRE", 100)), {"PRE"})
        operations.put_missing_columns(codes={"PRE", "HRS"}, at=AT)
        assert codes_of(without) == ["PRE"], "a course without a programme is left alone"


def test_whoever_has_evidence_is_worked_out_once(app: Flask) -> None:
    with app.app_context(), transaction():
        course_id = a_course_with_columns(a_document(("PRE", 100)), {"PRE"})
        course = db.session.get_one(Course, course_id)
        first, second = an_enrolment(course), an_enrolment(course)
        an_enrolment(course, roles={Role.MENTOR})
        an_enrolment(course, a_person(is_test=True))
        sources = {"PRE": constant("40")}
        assert operations.recompute_moved(sources, at=AT) == 2
        assert operations.recompute_moved(sources, at=AT) == 0
        courses.touch(second)
        assert operations.recompute_moved({"PRE": constant("41")}, at=AT) == 1
        found = queries.delivery_states(course_id, [first.id, second.id])
        assert found[first.id]["PRE"].value == 40
        assert found[second.id]["PRE"].value == 41
        revisions = db.session.scalars(sa.select(Score.revision).order_by(Score.id)).all()
        assert revisions == [1, 2]


def test_an_unchanged_value_is_no_new_revision(app: Flask) -> None:
    with app.app_context(), transaction():
        course_id = a_course_with_columns(a_document(("PRE", 100)), {"PRE"})
        enrolment = an_enrolment(db.session.get_one(Course, course_id))
        operations.recompute_moved({"PRE": constant("40")}, at=AT)
        courses.touch(enrolment)
        assert operations.recompute_moved({"PRE": constant("40.00")}, at=AT) == 1
        assert db.session.scalars(sa.select(Score.revision)).all() == [1]


def test_a_score_is_due_as_soon_as_it_is_known(app: Flask) -> None:
    with app.app_context(), transaction():
        course_id = a_course_with_columns(a_document(("PRE", 100)), {"PRE"})
        an_enrolment(db.session.get_one(Course, course_id))
        operations.recompute_moved({"PRE": constant("40")}, at=AT)
        delivery = db.session.scalars(sa.select(Delivery)).one()
        assert (delivery.state, delivery.next_try_at) == (State.DUE, AT)
        assert queries.outstanding().count == 1


def test_a_lost_note_is_found_again(app: Flask) -> None:
    with app.app_context(), transaction():
        course_id = a_course_with_columns(a_document(("PRE", 100)), {"PRE"})
        an_enrolment(db.session.get_one(Course, course_id))
        operations.recompute_moved({"PRE": constant("40")}, at=AT)
        db.session.execute(sa.update(Delivery).values(state=State.NOTHING, next_try_at=None))
        operations.raise_due(at=AT)
        assert queries.outstanding().count == 1


@pytest.mark.parametrize("learners", [3, 60])
def test_the_number_of_statements_does_not_depend_on_the_number_of_learners(
    app: Flask, learners: int
) -> None:
    with app.app_context():
        with transaction():
            course_id = a_course_with_columns(a_document(("PRE", 100), ("HRS", 168)), {"PRE", "HRS"})
            course = db.session.get_one(Course, course_id)
            ids = [an_enrolment(course).id for _ in range(learners)]
        sources = {"PRE": constant("40"), "HRS": constant("100")}
        with transaction(), counting_statements() as statements:
            assert operations.recompute_moved(sources, at=AT) == learners
        first = len(statements)
        with transaction():
            courses.touch_everybody(course)
        with transaction(), counting_statements() as statements:
            operations.recompute_moved({"PRE": constant("50"), "HRS": constant("101")}, at=AT)
        assert max(first, len(statements)) <= 13
        with counting_statements() as statements:
            found = queries.delivery_states(course_id, ids)
        assert len(statements) <= 3
        assert len(found) == learners
        assert found[ids[0]]["HRS"].maximum == 168


def test_nobody_of_another_course_is_sent_again(app: Flask) -> None:
    with app.app_context(), transaction():
        mine = a_course_with_columns(a_document(("PRE", 100)), {"PRE"})
        other = a_course_with_columns(a_document(("PRE", 100)), {"PRE"})
        for course_id in (mine, other):
            an_enrolment(db.session.get_one(Course, course_id))
        operations.recompute_moved({"PRE": constant("40")}, at=AT)
        db.session.execute(
            sa.update(Delivery).values(state=State.REFUSED, next_try_at=None, settled_revision=1)
        )
        decisions.send_all_again(db.session.get_one(Course, mine), by=None, at=clock.now())
        due = (
            sa.select(GradeColumn.course_id)
            .join(Score, Score.column_id == GradeColumn.id)
            .join(Delivery, Delivery.score_id == Score.id)
            .where(Delivery.state == State.DUE)
        )
        assert db.session.scalars(due).all() == [mine]
