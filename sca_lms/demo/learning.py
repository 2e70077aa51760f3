"""Let the sample's learners have worked: some ahead, some behind, most with a slip now and then."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa

from sca_lms.assessments import operations as assessments
from sca_lms.assessments import queries as quizzes
from sca_lms.assessments.answers import Answer, key_of
from sca_lms.assessments.models import Attempt, Quiz
from sca_lms.assessments.question_types import (
    Match,
    MultipleChoice,
    Numeric,
    Order,
    Question,
    SingleChoice,
    TrueFalse,
    parse_question,
)
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.modules import operations as modules
from sca_lms.modules.evidence import add_entry
from sca_lms.modules.models import Unit
from sca_lms.modules.plan import EvidenceKind, UnitType
from sca_lms.modules.watching import WatchReport

VIDEO_SECONDS = 60
ATTEMPT = dt.timedelta(minutes=7)
BETWEEN_ATTEMPTS = dt.timedelta(minutes=15)
JUST_BEGUN = dt.timedelta(minutes=4)


class Care(Enum):
    """How somebody answers quizzes."""

    CAREFUL = "careful"
    USUAL = "usual"
    HASTY = "hasty"
    """Wrong at first, right the second time."""


class Ending(Enum):
    """How the last quiz of somebody stands."""

    PASSED = "passed"
    FAILED = "failed"
    UNDER_WAY = "under-way"


@dataclass(frozen=True, slots=True)
class Habit:
    """How far one learner has come, and how."""

    units: int
    care: Care = Care.USUAL
    ending: Ending = Ending.PASSED


# One for each learner of the sample, from everything to nothing. The first is the newcomer's own: one live
# class is behind them.
HABITS = (
    Habit(1),
    Habit(30),
    Habit(32, Care.CAREFUL),
    Habit(32),
    Habit(27, Care.HASTY),
    Habit(24),
    Habit(32),
    Habit(16, Care.HASTY),
    Habit(32),
    Habit(12, Care.HASTY, Ending.UNDER_WAY),
    Habit(29),
    Habit(8, ending=Ending.FAILED),
    Habit(20),
    Habit(0),
)
SLIPS_EVERY = 3


@dataclass(frozen=True, slots=True)
class Student:
    """A learner at work, and who marks their attendance."""

    enrolment: Enrolment
    instructor: Enrolment
    number: int
    habit: Habit


def study(
    course: Course,
    learners: Sequence[Enrolment],
    instructor: Enrolment,
    *,
    opened_at: dt.datetime,
    at: dt.datetime,
) -> None:
    """Let every learner work through the first units of the programme, a few each evening until `at`."""
    units = db.session.scalars(
        sa.select(Unit)
        .join(Unit.module)
        .where(Unit.course_id == course.id)
        .order_by(Unit.module_id, Unit.position)
    ).all()
    for number, learner in enumerate(learners):
        student = Student(learner, instructor, number, HABITS[number % len(HABITS)])
        done = units[: student.habit.units]
        for place, unit in enumerate(done):
            moment = opened_at + dt.timedelta(days=place // 4, minutes=20 * (place % 4))
            ending = student.habit.ending if unit is done[-1] else Ending.PASSED
            if unit.type is UnitType.QUIZ:
                _take_quiz(unit, student, ending, at=at if ending is Ending.UNDER_WAY else moment)
            else:
                _do(unit, student, at=moment)


def _do(unit: Unit, student: Student, *, at: dt.datetime) -> None:
    learner, key = student.enrolment, f"sample-{student.enrolment.id}"
    match unit.type:
        case UnitType.LIVE:
            marked_at = max(at, (unit.starts_at or at) + dt.timedelta(minutes=unit.minutes))
            by_id = student.instructor.person_id
            modules.mark_present(unit, learner, by_id=by_id, batch=key, at=marked_at)
        case UnitType.READING:
            _note(unit, student, EvidenceKind.READ, at=at)
        case UnitType.VIDEO if unit.video_url:
            whole = WatchReport(((0, VIDEO_SECONDS),), VIDEO_SECONDS, VIDEO_SECONDS)
            modules.record_watching(unit, learner, whole, key=key, at=at)
        case UnitType.VIDEO:
            _note(unit, student, EvidenceKind.READ if unit.transcript else EvidenceKind.DECLARED, at=at)
        case _:
            _note(unit, student, EvidenceKind.DECLARED, at=at)


def _note(unit: Unit, student: Student, kind: EvidenceKind, *, at: dt.datetime) -> None:
    """Note that a unit was done.

    The sample goes through the units in their order, so each is open; to ask for that every time, as for real
    people, would take a third of the time in which the demo is made.
    """
    learner = student.enrolment
    add_entry(
        unit.id, learner, kind, key=f"{unit.code}:{kind}:sample-{learner.id}", at=at, recorded_at=at
    )  # fmt: skip


def _take_quiz(unit: Unit, student: Student, ending: Ending, *, at: dt.datetime) -> None:
    quiz = db.session.get_one(Quiz, unit.quiz_id)
    slips = (student.number + quiz.id) % SLIPS_EVERY == 0 and student.habit.care is not Care.CAREFUL
    if ending is Ending.UNDER_WAY:
        begun_at = at - JUST_BEGUN
        attempt = assessments.start_attempt(quiz, student.enrolment, at=begun_at)
        answered = {place: key_of(question) for place, question in questions_of(attempt)[:1]}
        assessments.save_answers(attempt, answered, at=begun_at + JUST_BEGUN / 2)
        return
    tries = [nearly if slips else key_of]
    if ending is Ending.FAILED:
        tries = [wrongly, wrongly]
    elif student.habit.care is Care.HASTY:
        tries.insert(0, wrongly)
    for number, last in enumerate(tries):
        _hand_in(quiz, student.enrolment, last, at=at + number * BETWEEN_ATTEMPTS)


def _hand_in(
    quiz: Quiz, learner: Enrolment, last_answer: Callable[[Question], Answer], *, at: dt.datetime
) -> None:
    """Take a quiz: all is right but what `last_answer` makes of a question in which one can be half right."""
    attempt = assessments.start_attempt(quiz, learner, at=at)
    questions = questions_of(attempt)
    half = next(
        (place for place, question in questions if isinstance(question, Match | Order | MultipleChoice)),
        questions[-1][0],
    )
    answers = {
        place: last_answer(question) if place == half else key_of(question) for place, question in questions
    }
    assessments.save_answers(attempt, answers, at=at + ATTEMPT / 2)
    assessments.submit(attempt, at=at + ATTEMPT)


def questions_of(attempt: Attempt) -> list[tuple[int, Question]]:
    """Return what an attempt asks, with the place of each question."""
    return [
        (response.position, parse_question(response.question_version.document))
        for response in quizzes.responses_of(attempt)
    ]


def nearly(question: Question) -> Answer:
    """Return an answer that earns a part of the points where the question has parts, else all of them."""
    match question, key_of(question):
        case (Match() | Order(), [*rest, one, other]):
            return [*rest, other, one]
        case MultipleChoice(), [first, *rest]:
            return [first, *rest[:-1]]
        case _, right:
            return right


def wrongly(question: Question) -> Answer:
    """Return an answer that earns nothing."""
    match question:
        case SingleChoice() | TrueFalse():
            return next(place for place, option in enumerate(question.options) if not option.correct)
        case Numeric():
            return f"{question.value + question.tolerance + 1:f}"
        case _:
            return None
