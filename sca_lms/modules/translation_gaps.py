"""Find the texts of a course that are written in one language only."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from flask import url_for

from sca_lms.assessments.models import Question, QuestionVersion, Quiz
from sca_lms.database import db
from sca_lms.errors import Text
from sca_lms.modules import editing_queries
from sca_lms.modules.draft_faults import lacking, texts_of
from sca_lms.modules.editor_words import FIELDS
from sca_lms.texts import Bilingual


@dataclass(frozen=True, slots=True)
class Gap:
    """Texts of one thing that lack languages, and the page on which they are written."""

    kind: str
    """module, unit, quiz, question or assignment"""
    title: Bilingual
    field: Text | None
    languages: tuple[str, ...]
    address: str


def gaps(course_id: int) -> list[Gap]:
    """Return all gaps of a course: modules with their units, quizzes, questions, assignments."""
    return [*_modules(course_id), *_quizzes(course_id), *_questions(course_id), *_assignments(course_id)]


def _modules(course_id: int) -> Iterator[Gap]:
    for written in editing_queries.all_written(course_id):
        if written.module.archived_at is not None:
            continue
        module_id = written.module.id
        for unit, field, text in texts_of(written.draft):
            languages = lacking(text)
            if not languages:
                continue
            anchor = f"{field}_{languages[0]}"
            if unit is None:
                address = url_for(
                    "module_editor.edit",
                    course_id=course_id,
                    module_id=module_id,
                    _anchor=anchor,
                )
                yield Gap("module", written.draft.title, FIELDS[field], languages, address)
            else:
                address = url_for(
                    "module_editor.unit",
                    course_id=course_id,
                    module_id=module_id,
                    unit_code=unit.code,
                    _anchor=anchor,
                )
                yield Gap("unit", unit.title, FIELDS[field], languages, address)


def _quizzes(course_id: int) -> Iterator[Gap]:
    quizzes = db.session.scalars(sa.select(Quiz).where(Quiz.course_id == course_id).order_by(Quiz.id))
    for quiz in quizzes:
        languages = _any_lacking(quiz.title, quiz.instructions)
        if languages:
            address = url_for("quiz_editor.edit", course_id=course_id, quiz_id=quiz.id)
            yield Gap("quiz", quiz.title, None, languages, address)


def _questions(course_id: int) -> Iterator[Gap]:
    newest = (
        sa.select(sa.func.max(QuestionVersion.number))
        .where(QuestionVersion.question_id == Question.id)
        .correlate(Question)
        .scalar_subquery()
    )
    rows = db.session.execute(
        sa.select(Question.id, Question.code, QuestionVersion.lacks_thai, QuestionVersion.lacks_english)
        .join(QuestionVersion, QuestionVersion.question_id == Question.id)
        .where(
            Question.course_id == course_id,
            QuestionVersion.number == newest,
            sa.or_(QuestionVersion.lacks_thai, QuestionVersion.lacks_english),
        )
        .order_by(Question.code)
    )
    for question_id, code, lacks_thai, lacks_english in rows:
        languages = (*(("th",) if lacks_thai else ()), *(("en",) if lacks_english else ()))
        address = url_for("bank_editor.edit", course_id=course_id, question_id=question_id)
        yield Gap("question", Bilingual(code, code), None, languages, address)


def _assignments(course_id: int) -> Iterator[Gap]:
    for task in editing_queries.assignments_of(course_id):
        languages = _any_lacking(task.title, task.instructions)
        if languages:
            address = url_for("assignments_staff.edit", course_id=course_id, assignment_id=task.id)
            yield Gap("assignment", task.title, None, languages, address)


def _any_lacking(*texts: Bilingual) -> tuple[str, ...]:
    missing = {language for text in texts for language in lacking(text)}
    return tuple(language for language in ("th", "en") if language in missing)
