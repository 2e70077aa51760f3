"""Build quizzes for tests; call these inside an application context and a transaction."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from sca_lms.assessments import authoring
from sca_lms.assessments.models import Quiz
from sca_lms.assessments.question_types import Numeric, Question, ShortText
from sca_lms.assessments.quiz_specification import QuizSpec
from sca_lms.assessments.rules import Grading
from sca_lms.courses.models import Course
from sca_lms.texts import Bilingual
from tests.assessments.samples import NUMERIC, SHORT, text

NINE = dt.datetime(2022, 9, 1, 9, 0, tzinfo=dt.UTC)
FIFTEEN_MINUTES = dt.timedelta(minutes=15)

YEARS: Question = Numeric(text("Payback in years?"), Decimal(1), value=Decimal(4), tolerance=Decimal(0))
LAW: Question = ShortText(text("The law?"), Decimal(1), accepted=("PDPA",), case_sensitive=False)

SPEC = QuizSpec(
    code="PB1.4",
    title=Bilingual(th="แบบทดสอบท้ายบท", en="Module quiz"),
    questions=(("Q1", NUMERIC), ("Q2", SHORT)),
    attempts_allowed=2,
    grading=Grading.HIGHEST,
    time_limit_minutes=15,
    shuffle=False,
    pass_percent=70,
)


def a_quiz(course: Course, spec: QuizSpec = SPEC, *, at: dt.datetime = NINE, **changed: object) -> Quiz:
    return authoring.put_quiz(course, replace(spec, **changed), at=at)  # type: ignore[arg-type]  # A test may change any field.
