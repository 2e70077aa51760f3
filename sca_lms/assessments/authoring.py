"""Set quizzes and keep the bank: take them over from a programme file, keep versions, close what is gone."""

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa

from sca_lms.assessments import rules
from sca_lms.assessments.models import (
    Attempt,
    Question,
    QuestionCategory,
    QuestionVersion,
    Quiz,
    QuizSlot,
)
from sca_lms.assessments.question_types import document_of
from sca_lms.assessments.quiz_specification import QuizSpec
from sca_lms.assessments.rules import AttemptState
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db


def put_quiz(course: Course, spec: QuizSpec, *, at: dt.datetime) -> Quiz:
    """Create or change a quiz of a programme file; attempts keep the questions they began with.

    Nobody's running attempt becomes shorter; a limit or close that moves out moves their deadline too.
    """
    quiz = db.session.scalar(
        sa.select(Quiz)
        .where(Quiz.course_id == course.id, Quiz.code == spec.code)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if quiz is None:
        quiz = Quiz(course=course, code=spec.code, created_at=at)
        _take_terms(quiz, spec)
        db.session.add(quiz)
        db.session.flush()
    else:
        counted = (quiz.grading, quiz.pass_percent)
        _take_terms(quiz, spec)
        _move_deadlines_out(quiz)
        if counted != (quiz.grading, quiz.pass_percent):
            _touch_everybody_who_began(quiz)
    _put_questions(quiz, spec, at=at)
    return quiz


def unpublish_quizzes(course: Course, *, kept: Collection[str]) -> int:
    """Let nobody begin the quizzes of a course that its programme no longer has; return how many there were.

    What was begun before can still be finished and looked at.
    """
    gone = db.session.scalars(
        sa.select(Quiz).where(
            Quiz.course_id == course.id, Quiz.from_programme, Quiz.published, Quiz.code.not_in(kept)
        )
    ).all()
    for quiz in gone:
        quiz.published = False
    return len(gone)


def _take_terms(quiz: Quiz, spec: QuizSpec) -> None:
    quiz.title = spec.title
    quiz.attempts_allowed = spec.attempts_allowed
    quiz.grading = spec.grading
    quiz.time_limit_minutes = spec.time_limit_minutes
    quiz.shuffle = spec.shuffle
    quiz.opens_at = spec.opens_at
    quiz.closes_at = spec.closes_at
    quiz.pass_percent = spec.pass_percent
    quiz.published = True


def _put_questions(quiz: Quiz, spec: QuizSpec, *, at: dt.datetime) -> None:
    shelf = shelf_of(quiz.course_id, spec.code, at=at)
    known = {
        question.code: question
        for question in db.session.scalars(sa.select(Question).where(Question.category_id == shelf.id))
    }
    newest = {
        version.question_id: version
        for version in db.session.scalars(
            sa.select(QuestionVersion)
            .join(QuestionVersion.question)
            .where(Question.category_id == shelf.id)
            .order_by(QuestionVersion.number)
        )
    }
    slots = {
        slot.question_id: slot
        for slot in db.session.scalars(sa.select(QuizSlot).where(QuizSlot.quiz_id == quiz.id))
    }
    kept: set[int] = set()
    for position, (code, wanted) in enumerate(spec.questions):
        question = known.get(code)
        if question is None:
            question = Question(
                course_id=quiz.course_id, category=shelf, code=code, tags=[], archived_at=None, created_at=at
            )
            db.session.add(question)
            db.session.flush()
        put_version(question, document_of(wanted), before=newest.get(question.id), by=None, at=at)
        slot = slots.get(question.id) or QuizSlot(quiz=quiz, question_id=question.id, draw_tags=[])
        slot.position = position
        kept.add(question.id)
        db.session.add(slot)
    for question_id, slot in slots.items():
        if question_id not in kept:
            db.session.delete(slot)
    db.session.flush()


def shelf_of(course_id: int, path: str, *, at: dt.datetime) -> QuestionCategory:
    """Return the shelf of the bank with this path; it is made when it is not there."""
    shelf = db.session.scalar(
        sa.select(QuestionCategory).where(
            QuestionCategory.course_id == course_id, QuestionCategory.path == path
        )
    )
    if shelf is None:
        shelf = QuestionCategory(course_id=course_id, path=path, created_at=at)
        db.session.add(shelf)
        db.session.flush()
    return shelf


def put_version(
    question: Question,
    document: dict[str, object],
    *,
    before: QuestionVersion | None,
    by: int | None,
    at: dt.datetime,
) -> QuestionVersion:
    """Return the newest version of a question; one is added only when the question reads otherwise."""
    if before is not None and before.document == document:
        return before
    version = QuestionVersion(
        question=question,
        number=before.number + 1 if before else 1,
        document=document,
        created_at=at,
        created_by_id=by,
    )
    db.session.add(version)
    return version


def _move_deadlines_out(quiz: Quiz) -> None:
    running = sa.select(Attempt).where(Attempt.quiz_id == quiz.id, Attempt.state == AttemptState.IN_PROGRESS)
    for attempt in db.session.scalars(running.with_for_update()):
        moved = rules.attempt_deadline(
            attempt.started_at, limit_minutes=quiz.time_limit_minutes, closes_at=quiz.closes_at
        )
        if attempt.deadline_at is not None and (moved is None or moved > attempt.deadline_at):
            attempt.deadline_at = moved


def _touch_everybody_who_began(quiz: Quiz) -> None:
    began = sa.select(Attempt.enrolment_id).where(Attempt.quiz_id == quiz.id)
    for enrolment in db.session.scalars(sa.select(Enrolment).where(Enrolment.id.in_(began))):
        courses.touch(enrolment)
