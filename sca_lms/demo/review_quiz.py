"""Fill the sample's question bank and hold a quiz from it, with written answers that wait for a marker."""

import datetime as dt
from decimal import Decimal

from sca_lms.assessments import bank_operations
from sca_lms.assessments import operations as assessments
from sca_lms.assessments import quiz_editor_operations as editor
from sca_lms.assessments.answers import Answer, key_of
from sca_lms.assessments.bank_operations import Content
from sca_lms.assessments.models import Quiz
from sca_lms.assessments.question_types import Essay, Question, document_of
from sca_lms.assessments.quiz_editor_operations import Terms
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.demo.cohort import Cohort
from sca_lms.demo.learning import nearly, questions_of
from sca_lms.demo.sample_quiz import (
    DATA_SHELF,
    DRAWN_COUNT,
    DRAWN_POINTS,
    DRAWN_TAG,
    ENTRIES,
    ESSAYS,
    FIXED,
    HASTY,
    INSTRUCTIONS,
    MARKED,
    TITLE,
)
from sca_lms.marking import operations, queries
from sca_lms.marking.rules import Judgement
from sca_lms.marking.subjects import SubjectKind

DAY = dt.timedelta(days=1)
OPENED_DAYS_AGO, CLOSES_IN_DAYS = 5, 9
TOOK = dt.timedelta(minutes=16)
BETWEEN = dt.timedelta(hours=7)


def hold(cohort: Cohort, *, at: dt.datetime) -> None:
    """Make the shelves, questions and quiz, and let some learners take it before `at`."""
    opened_at = at - OPENED_DAYS_AGO * DAY
    quiz = _quiz(cohort, opened_at, at=at)
    for turn, (number, text) in enumerate(ESSAYS.items()):
        for learner in cohort.learners[number : number + 1]:
            _take(cohort, quiz, learner, number, text, at=opened_at + DAY + turn * BETWEEN)


def _quiz(cohort: Cohort, opened_at: dt.datetime, *, at: dt.datetime) -> Quiz:
    course, by = cohort.course, cohort.instructor.person_id
    fixed = []
    for entry in ENTRIES:
        shelf = bank_operations.shelf_of(course.id, entry.shelf, at=opened_at)
        content = Content(document_of(entry.question), {})
        made = bank_operations.add_question(
            course, shelf, entry.code, content, tags=entry.tags, by=by, at=opened_at
        )
        fixed += [made] if entry.code in FIXED else []
    terms = Terms(
        TITLE,
        INSTRUCTIONS,
        attempts_allowed=2,
        time_limit_minutes=30,
        opens_at=opened_at,
        closes_at=cohort.end_of_day(CLOSES_IN_DAYS, at=at),
        pass_percent=60,
    )
    quiz = editor.make_quiz(course, terms, by=by, at=opened_at)
    editor.add_questions(quiz, fixed, by=by, at=opened_at)
    drawn_from = bank_operations.shelf_of(course.id, DATA_SHELF, at=opened_at)
    editor.add_draw(
        quiz, drawn_from, tags=[DRAWN_TAG], count=DRAWN_COUNT, points=DRAWN_POINTS, by=by, at=opened_at
    )
    editor.set_published(quiz, published=True, by=by, at=opened_at)
    # Whoever begins reads the quiz anew from the database.
    db.session.flush()
    return quiz


def _take(cohort: Cohort, quiz: Quiz, learner: Enrolment, number: int, text: str, *, at: dt.datetime) -> None:
    """Take the quiz, and mark the written answer where the instructor has done so already."""
    attempt = assessments.start_attempt(quiz, learner, at=at)
    asked = questions_of(attempt)
    answers = {place: _answer(question, text, is_hasty=number in HASTY) for place, question in asked}
    assessments.save_answers(attempt, answers, at=at + TOOK / 2)
    assessments.submit(attempt, at=at + TOOK)
    if number in MARKED:
        points, remark = MARKED[number]
        subject = queries.find_subject(cohort.marker, SubjectKind.ATTEMPTS, attempt.id)
        if subject is None:
            raise LookupError("a written answer can be marked")
        written: dict[int, Decimal] = {hand.position: points for hand in subject.hands}
        judgement = Judgement(answer_points=written, remarks=dict.fromkeys(written, remark))
        operations.save(subject, judgement, by=cohort.marker, seen_version=0, submission_id=None, at=at + DAY)


def _answer(question: Question, text: str, *, is_hasty: bool) -> Answer:
    if isinstance(question, Essay):
        return text
    return nearly(question) if is_hasty else key_of(question)
