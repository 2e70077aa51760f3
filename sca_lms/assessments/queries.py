"""Find quizzes, questions, attempts and grades, always within one course."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.assessments.answers import is_complete
from sca_lms.assessments.models import Attempt, Question, QuestionVersion, Quiz, QuizSlot, Response
from sca_lms.assessments.question_types import FileAnswer
from sca_lms.assessments.rules import GRACE, AttemptFacts, AttemptState, Standing, standing
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.queries import counted_learners, person_matches
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.uploads.models import StoredFile
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset

_FACTS = (
    Attempt.enrolment_id,
    Attempt.number,
    Attempt.state,
    Attempt.score,
    Attempt.max_score,
    Attempt.submitted_at,
)
_WITH_NAMES = (joinedload(Attempt.enrolment, innerjoin=True).joinedload(Enrolment.person, innerjoin=True),)
ATTEMPTS_AT_ONCE = 200


def find_quiz(actor: Actor, quiz_id: int) -> Quiz | None:
    """Return a quiz of the actor's course."""
    return db.session.scalar(sa.select(Quiz).where(Quiz.id == quiz_id, Quiz.course_id == actor.course_id))


def find_quiz_by_code(course_id: int, code: str) -> Quiz | None:
    """Return the quiz that a programme file calls by this code."""
    return db.session.scalar(sa.select(Quiz).where(Quiz.course_id == course_id, Quiz.code == code))


def quizzes_of(course_id: int) -> Sequence[Quiz]:
    """Return all quizzes of a course in the order of its programme file, those it no longer has last."""
    wanted = sa.select(Quiz).where(Quiz.course_id == course_id)
    return db.session.scalars(wanted.order_by(Quiz.published.desc(), Quiz.id)).all()


def find_own_attempt(actor: Actor, quiz_id: int, attempt_id: int) -> Attempt | None:
    """Return an attempt of the actor's own; of others nothing is found."""
    return db.session.scalar(
        _attempts(actor, quiz_id, attempt_id).where(Attempt.enrolment_id == actor.enrolment_id)
    )


def find_attempt(actor: Actor, quiz_id: int, attempt_id: int) -> Attempt | None:
    """Return anybody's attempt in the actor's course, for those who may see every learner."""
    return db.session.scalar(_attempts(actor, quiz_id, attempt_id))


def attempts_of(quiz: Quiz, enrolment_id: int) -> Sequence[Attempt]:
    """Return one learner's attempts at a quiz, first to last, as they stand in the database now."""
    return db.session.scalars(
        sa.select(Attempt)
        .where(Attempt.quiz_id == quiz.id, Attempt.enrolment_id == enrolment_id)
        .options(joinedload(Attempt.quiz, innerjoin=True), joinedload(Attempt.enrolment, innerjoin=True))
        .order_by(Attempt.number)
        .execution_options(populate_existing=True)
    ).all()


def overdue_attempts(*, at: dt.datetime, at_most: int) -> Sequence[Attempt]:
    """Lock and return attempts whose time and grace are over; those another worker holds are left to it."""
    return db.session.scalars(
        sa.select(Attempt)
        .where(Attempt.state == AttemptState.IN_PROGRESS, Attempt.deadline_at < at - GRACE)
        .options(joinedload(Attempt.quiz, innerjoin=True), joinedload(Attempt.enrolment, innerjoin=True))
        .order_by(Attempt.deadline_at, Attempt.id)
        .limit(at_most)
        .with_for_update(of=Attempt, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def responses_of(attempt: Attempt) -> Sequence[Response]:
    """Return an attempt's questions and answers in the order of its page."""
    return responses_of_all([attempt])[attempt.id]


def response_at(attempt: Attempt, position: int) -> Response | None:
    """Return one question of an attempt with its answer, by its place on the page."""
    return db.session.scalar(
        _responses().where(Response.attempt_id == attempt.id, Response.position == position)
    )


def answered_count(attempt: Attempt) -> int:
    """Return how many questions of an attempt have a whole answer; the questions themselves are not read."""
    stored = sa.select(Response.answer).where(Response.attempt_id == attempt.id)
    return sum(is_complete(answer) for answer in db.session.scalars(stored))


def responses_of_all(attempts: Collection[Attempt]) -> Mapping[int, Sequence[Response]]:
    """Return questions and answers of several attempts by attempt, as they stand in the database now."""
    found = db.session.scalars(
        _responses()
        .where(Response.attempt_id.in_([attempt.id for attempt in attempts]))
        .order_by(Response.attempt_id, Response.position)
        .execution_options(populate_existing=True)
    )
    by_attempt: dict[int, list[Response]] = {attempt.id: [] for attempt in attempts}
    for response in found:
        by_attempt[response.attempt_id].append(response)
    return by_attempt


def _responses() -> sa.Select[Response]:
    question = joinedload(Response.question_version, innerjoin=True)
    return sa.select(Response).options(question.joinedload(QuestionVersion.question, innerjoin=True))


def current_versions(quiz: Quiz) -> Sequence[QuestionVersion]:
    """Return the newest version of each question that is asked now, in the order as written."""
    newest = (
        sa.select(sa.func.max(QuestionVersion.number))
        .where(QuestionVersion.question_id == Question.id)
        .correlate(Question)
        .scalar_subquery()
    )
    return db.session.scalars(
        sa.select(QuestionVersion)
        .join(QuestionVersion.question)
        .join(QuizSlot, QuizSlot.question_id == Question.id)
        .where(QuizSlot.quiz_id == quiz.id, QuestionVersion.number == newest)
        .options(joinedload(QuestionVersion.question, innerjoin=True))
        .order_by(QuizSlot.position, QuizSlot.id)
    ).all()


def standings(
    course_id: int,
    *,
    enrolment_ids: Collection[int] | sa.Select[int] | None = None,
    quiz_ids: Collection[int] | None = None,
) -> dict[tuple[int, int], Standing]:
    """Return where learners stand, by (enrolment, quiz), in one statement; who never began is left out."""
    wanted = (
        sa.select(*_FACTS, Quiz.id, Quiz.grading, Quiz.pass_percent)
        .join(Attempt.quiz)
        .where(Quiz.course_id == course_id)
    )
    if enrolment_ids is not None:
        wanted = wanted.where(Attempt.enrolment_id.in_(enrolment_ids))
    if quiz_ids is not None:
        wanted = wanted.where(Attempt.quiz_id.in_(quiz_ids))
    facts: dict[tuple[int, int], list[AttemptFacts]] = defaultdict(list)
    terms = {}
    for row in db.session.execute(wanted):
        key = (row.enrolment_id, row.id)
        facts[key].append(AttemptFacts(row.number, row.state, row.score, row.max_score, row.submitted_at))
        terms[key] = (row.grading, row.pass_percent)
    return {
        key: standing(terms[key][0], attempts, pass_percent=terms[key][1]) for key, attempts in facts.items()
    }


def quiz_grades(
    course_id: int, enrolment_ids: Collection[int] | None = None
) -> dict[tuple[int, int], Decimal]:
    """Return the percentages that count, by (enrolment, quiz), in one statement; no submission, no entry."""
    found = standings(course_id, enrolment_ids=enrolment_ids)
    return {key: learner.percent for key, learner in found.items() if learner.percent is not None}


@dataclass(frozen=True, slots=True)
class QuizSummary:
    """How a quiz went for the learners of a course; test users are not counted."""

    began: int
    submitted: int
    passed: int
    waiting: int
    mean_percent: Decimal | None


def summaries_of(course_id: int, quizzes: Collection[Quiz]) -> dict[int, QuizSummary]:
    """Return by quiz how many began, submitted and passed, and the mean of their grades (not rounded)."""
    found: dict[int, list[Standing]] = {quiz.id: [] for quiz in quizzes}
    learners = counted_learners(course_id)
    for (_, quiz_id), learner in standings(course_id, enrolment_ids=learners, quiz_ids=list(found)).items():
        found[quiz_id].append(learner)
    return {quiz_id: _summary(learners) for quiz_id, learners in found.items()}


def facts_of(attempt: Attempt) -> AttemptFacts:
    """Return what a learner's standing is worked out from."""
    return AttemptFacts(attempt.number, attempt.state, attempt.score, attempt.max_score, attempt.submitted_at)


class Shown(StrEnum):
    """Which attempts a list shows."""

    ALL = "all"
    UNDER_WAY = "under-way"
    WAITING = "waiting"
    SUBMITTED = "submitted"
    TIME_UP = "time-up"
    VOIDED = "voided"


_SHOWN: Mapping[Shown, sa.ColumnElement[bool]] = {
    Shown.ALL: sa.true(),
    Shown.UNDER_WAY: Attempt.state == AttemptState.IN_PROGRESS,
    Shown.WAITING: Attempt.awaits_marking.is_(True),
    Shown.SUBMITTED: Attempt.state == AttemptState.SUBMITTED,
    Shown.TIME_UP: Attempt.state == AttemptState.AUTO_SUBMITTED,
    Shown.VOIDED: Attempt.state == AttemptState.VOIDED,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the list of attempts."""

    search: str = ""
    shown: Shown = Shown.ALL
    group: str = ""


def attempts_page(quiz: Quiz, asked: Wanted, *, number: int, size: int = PAGE_SIZE) -> Page[Attempt]:
    """Return one page of those attempts in the order of names."""
    wanted = _listed(quiz, asked)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.order_by(None).subquery())) or 0
    shown = fitting(number, size=size, total=total)
    rows = db.session.scalars(wanted.offset(offset(shown, size=size)).limit(size)).all()
    return Page(rows, shown, size, total)


def all_attempts(quiz: Quiz, asked: Wanted) -> Iterator[tuple[Attempt, Sequence[Response]]]:
    """Give those attempts with questions and answers, all of them in the order of names, a few at a time.

    A session forgets rows that nobody holds, so memory does not grow with the cohort.
    """
    ids = db.session.scalars(_listed(quiz, asked).with_only_columns(Attempt.id)).all()
    for start in range(0, len(ids), ATTEMPTS_AT_ONCE):
        some = sa.select(Attempt).where(Attempt.id.in_(ids[start : start + ATTEMPTS_AT_ONCE]))
        found = {attempt.id: attempt for attempt in db.session.scalars(some.options(*_WITH_NAMES))}
        given = responses_of_all(found.values())
        for attempt_id in ids[start : start + ATTEMPTS_AT_ONCE]:
            if attempt_id in found:
                yield found[attempt_id], given[attempt_id]


def groups_of(quiz: Quiz) -> Sequence[str]:
    """Return the groups of the quiz's course, by name."""
    found = sa.select(Enrolment.group).where(Enrolment.course_id == quiz.course_id, Enrolment.group != "")
    return db.session.scalars(found.distinct().order_by(Enrolment.group)).all()


def stored_file(attempt: Attempt, position: int) -> StoredFile | None:
    """Return the file that was handed in at this place of an attempt, if one was."""
    response = next((each for each in responses_of(attempt) if each.position == position), None)
    if response is None or response.question_version.document.get("type") != FileAnswer.type:
        return None
    return db.session.get(StoredFile, response.answer) if isinstance(response.answer, int) else None


def _listed(quiz: Quiz, asked: Wanted) -> sa.Select[Attempt]:
    wanted = (
        sa.select(Attempt)
        .join(Attempt.enrolment)
        .join(Enrolment.person)
        .where(Attempt.quiz_id == quiz.id, _SHOWN[asked.shown], *person_matches(asked.search))
        .options(*_WITH_NAMES)
        .order_by(Person.sort_key, Enrolment.id, Attempt.number)
    )
    return wanted.where(Enrolment.group == asked.group) if asked.group else wanted


def _attempts(actor: Actor, quiz_id: int, attempt_id: int) -> sa.Select[Attempt]:
    return (
        sa.select(Attempt)
        .join(Attempt.quiz)
        .where(Attempt.id == attempt_id, Attempt.quiz_id == quiz_id, Quiz.course_id == actor.course_id)
        .options(
            joinedload(Attempt.quiz, innerjoin=True),
            joinedload(Attempt.enrolment, innerjoin=True).joinedload(Enrolment.person, innerjoin=True),
        )
    )


def _summary(learners: Sequence[Standing]) -> QuizSummary:
    grades = [learner.percent for learner in learners if learner.percent is not None]
    return QuizSummary(
        began=sum(learner.attempts_used > 0 for learner in learners),
        submitted=sum(learner.last_submitted_at is not None for learner in learners),
        passed=sum(learner.passed for learner in learners),
        waiting=sum(learner.waiting for learner in learners),
        mean_percent=sum(grades, start=Decimal(0)) / len(grades) if grades else None,
    )
