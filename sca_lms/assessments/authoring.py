"""Take the quizzes of a programme file over with their questions, and close what it no longer has."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal

import sqlalchemy as sa

from sca_lms.assessments import rules
from sca_lms.assessments.bank_operations import put_version, shelf_of
from sca_lms.assessments.bank_queries import newest_versions
from sca_lms.assessments.bank_words import free_code
from sca_lms.assessments.models import (
    Accommodation,
    Attempt,
    Question,
    QuestionCategory,
    Quiz,
    QuizExtension,
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
    if quiz is not None and not quiz.from_programme:
        # A quiz made by hand gives way: the programme's other parts name this one by its code.
        quiz.code = free_quiz_code(course.id, spec.code)
        db.session.flush()
        quiz = None
    if quiz is None:
        quiz = Quiz(course=course, code=spec.code, created_at=at)
        _take_terms(quiz, spec)
        db.session.add(quiz)
        db.session.flush()
    else:
        counted = (quiz.grading, quiz.pass_percent)
        _take_terms(quiz, spec)
        move_deadlines_out(quiz)
        if counted != (quiz.grading, quiz.pass_percent):
            touch_everybody_who_began(quiz)
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
    slots = _slots_by_question(quiz)
    known = _known_questions(shelf, slots)
    newest = newest_versions([question.id for question in known.values()])
    kept: set[int] = set()
    for position, (code, wanted) in enumerate(spec.questions):
        question = known.get(code)
        if question is None:
            question = Question(
                course_id=quiz.course_id, category=shelf, code=code, tags=[], archived_at=None, created_at=at
            )
            db.session.add(question)
            db.session.flush()
        question.archived_at = None
        put_version(question, document_of(wanted), before=newest.get(question.id), by=None, at=at)
        slot = slots.get(question.id) or QuizSlot(quiz=quiz, question_id=question.id, draw_tags=[])
        slot.position = position
        kept.add(question.id)
        db.session.add(slot)
    for question_id, slot in slots.items():
        if question_id not in kept:
            db.session.delete(slot)
    db.session.flush()


def _slots_by_question(quiz: Quiz) -> dict[int, QuizSlot]:
    """Return the places that name a question; whatever else stands in the quiz, the file does not know."""
    db.session.execute(sa.delete(QuizSlot).where(QuizSlot.quiz_id == quiz.id, QuizSlot.question_id.is_(None)))
    slots = db.session.scalars(sa.select(QuizSlot).where(QuizSlot.quiz_id == quiz.id))
    return {slot.question_id: slot for slot in slots if slot.question_id is not None}


def _known_questions(shelf: QuestionCategory, slots: Collection[int]) -> dict[str, Question]:
    """Return by code the questions of the quiz; one that was moved to another shelf is still the same."""
    wanted = sa.select(Question).where(sa.or_(Question.category_id == shelf.id, Question.id.in_(list(slots))))
    found = db.session.scalars(wanted.order_by(Question.id))
    # What the quiz asks now comes before what only has the same code.
    return {question.code: question for question in sorted(found, key=lambda each: each.id in slots)}


def free_quiz_code(course_id: int, wanted: str) -> str:
    """Return the code, or the next free one with a number behind it."""
    return free_code(wanted, set(db.session.scalars(sa.select(Quiz.code).where(Quiz.course_id == course_id))))


def move_deadlines_out(quiz: Quiz) -> None:
    """Let a limit or a close that moved out move the deadlines of running attempts; none comes nearer."""
    running = sa.select(Attempt).where(Attempt.quiz_id == quiz.id, Attempt.state == AttemptState.IN_PROGRESS)
    attempts = db.session.scalars(running.with_for_update()).all()
    if not attempts:
        return
    learners = [attempt.enrolment_id for attempt in attempts]
    with_factor = sa.select(Accommodation.enrolment_id, Accommodation.time_factor).where(
        Accommodation.enrolment_id.in_(learners)
    )
    with_extension = sa.select(QuizExtension.enrolment_id, QuizExtension.minutes).where(
        QuizExtension.quiz_id == quiz.id, QuizExtension.enrolment_id.in_(learners)
    )
    factors = dict(db.session.execute(with_factor).all())
    later = dict(db.session.execute(with_extension).all())
    for attempt in attempts:
        moved = rules.attempt_deadline(
            attempt.started_at,
            limit_minutes=quiz.time_limit_minutes,
            closes_at=quiz.closes_at,
            time_factor=factors.get(attempt.enrolment_id, Decimal(1)),
            extension_minutes=later.get(attempt.enrolment_id, 0),
        )
        attempt.deadline_at = rules.later_deadline(attempt.deadline_at, moved)


def touch_everybody_who_began(quiz: Quiz) -> None:
    """Say that what counts in a quiz changed, so that the scores of all who began are worked out again."""
    began = sa.select(Attempt.enrolment_id).where(Attempt.quiz_id == quiz.id)
    for enrolment in db.session.scalars(sa.select(Enrolment).where(Enrolment.id.in_(began))):
        courses.touch(enrolment)
