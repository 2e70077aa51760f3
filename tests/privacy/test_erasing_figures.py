"""What a quiz's kept figures say may have been typed by somebody; erasure takes them away with the person."""

import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.assessments import figures_kept, operations
from sca_lms.assessments.models import Quiz, QuizFigures
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.rules import EnrolmentState
from sca_lms.database import db, transaction
from sca_lms.privacy import erasing
from tests.assessments.builders import a_quiz
from tests.privacy.conftest import Lived


def _kept_of(quiz: Quiz) -> QuizFigures:
    return QuizFigures(
        quiz_id=quiz.id, state="", summary={}, first_attempts={}, all_attempts={}, worked_out_at=clock.now()
    )


def test_figures_of_quizzes_that_an_erased_person_took_go_and_others_stay(app: Flask, lived: Lived) -> None:
    with app.app_context():
        with transaction():
            course = db.session.get_one(Course, lived.course_id)
            taken, other = a_quiz(course, code="TAKEN", at=clock.now()), a_quiz(course, code="OTHER")
            operations.start_attempt(taken, db.session.get_one(Enrolment, lived.enrolment_id), at=clock.now())
            db.session.add_all([_kept_of(taken), _kept_of(other)])
            other_id = other.id
        with transaction():
            erasing.erase(db.session.get_one(Person, lived.person_id), at=clock.now())
        assert db.session.scalars(sa.select(QuizFigures.quiz_id)).all() == [other_id]


def test_figures_that_are_worked_out_while_somebody_is_erased_are_thrown_away(
    app: Flask, lived: Lived
) -> None:
    with app.app_context():
        with transaction():
            quiz = a_quiz(db.session.get_one(Course, lived.course_id), code="TAKEN", at=clock.now())
            learner = db.session.get_one(Enrolment, lived.enrolment_id)
            operations.start_attempt(quiz, learner, at=clock.now())
            learner.state = EnrolmentState.COMPLETED
        with transaction():
            claimed = figures_kept.claim(quiz.id)
        assert claimed is not None
        row = figures_kept.work_out(quiz, "1|then", at=clock.now())
        with transaction():
            erasing.erase(db.session.get_one(Person, lived.person_id), at=clock.now())
        with transaction():
            again = figures_kept.claim(quiz.id)
            assert figures_kept.keep(row, claimed) is False
        assert figures_kept.figures_of(quiz, first_only=True).worked_out_at is None
        assert again is not None
        with transaction():
            assert figures_kept.keep(row, again) is True
        assert figures_kept.figures_of(quiz, first_only=True).worked_out_at is not None
        assert figures_kept.claim(quiz.id + 1_000) is None
