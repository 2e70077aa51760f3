"""The score before the bootcamp comes from real quizzes of the sample programme."""

from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.assessments.models import Attempt, Quiz
from sca_lms.assessments.rules import AttemptState
from sca_lms.courses import operations as courses
from sca_lms.courses import programmes
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db, transaction
from sca_lms.grades import operations, queries
from sca_lms.grades.sources import SOURCES
from sca_lms.programmes import programme_file
from tests.builders import a_course, an_enrolment

SAMPLE = Path(__file__).parents[2] / "programmes" / "sca-gen2.yaml"


@pytest.fixture
def course_id(app: Flask) -> int:
    with app.app_context(), transaction():
        course = a_course()
        checked = programme_file.check(SAMPLE.read_bytes())
        assert checked.faults == []
        programme = programmes.store_programme(checked.document, at=clock.now())
        appliers = app.extensions["sca_programme_appliers"]
        programmes.use_programme(course, programme, appliers, person_id=None, at=clock.now())
        return course.id


def attempt(enrolment: Enrolment, quiz: Quiz, number: int, score: str | None, of: str = "3") -> None:
    """Let somebody have made an attempt; without a score it is still under way."""
    at = clock.now()
    db.session.add(
        Attempt(
            quiz=quiz, enrolment=enrolment, number=number, seed="1", shuffled=False, started_at=at,
            submitted_at=at if score is not None else None,
            state=AttemptState.SUBMITTED if score is not None else AttemptState.IN_PROGRESS,
            score=Decimal(score) if score is not None else None, max_score=Decimal(of),
        )
    )  # fmt: skip
    db.session.flush()
    courses.touch(enrolment)


def score_of(course_id: int, enrolment: Enrolment) -> Decimal | None:
    operations.recompute_moved(SOURCES, at=clock.now())
    return queries.delivery_states(course_id, [enrolment.id])[enrolment.id]["PRE"].value


def quizzes(course_id: int) -> list[Quiz]:
    return list(db.session.scalars(sa.select(Quiz).where(Quiz.course_id == course_id).order_by(Quiz.code)))


def test_the_mean_goes_over_all_eight_quizzes_and_takes_the_best_attempts(app: Flask, course_id: int) -> None:
    with app.app_context(), transaction():
        enrolment = an_enrolment(db.session.get_one(Course, course_id))
        found = quizzes(course_id)
        assert len(found) == 8
        attempt(enrolment, found[0], 1, "1")
        attempt(enrolment, found[0], 2, "3")
        attempt(enrolment, found[0], 3, "2")
        attempt(enrolment, found[1], 1, "2")
        # 100 and 66.67 and six times nothing.
        assert score_of(course_id, enrolment) == Decimal("20.83")


def test_who_only_began_has_no_score_and_who_handed_in_nothing_has_zero(app: Flask, course_id: int) -> None:
    with app.app_context(), transaction():
        enrolment = an_enrolment(db.session.get_one(Course, course_id))
        found = quizzes(course_id)
        assert score_of(course_id, enrolment) is None
        attempt(enrolment, found[0], 1, None)
        assert score_of(course_id, enrolment) is None
        attempt(enrolment, found[1], 1, "0")
        assert score_of(course_id, enrolment) == 0


def test_full_marks_everywhere_are_the_maximum(app: Flask, course_id: int) -> None:
    with app.app_context(), transaction():
        enrolment = an_enrolment(db.session.get_one(Course, course_id))
        for quiz in quizzes(course_id):
            attempt(enrolment, quiz, 1, "3")
        assert score_of(course_id, enrolment) == 100
        assert queries.columns_of(course_id)[0].score_maximum == 100
