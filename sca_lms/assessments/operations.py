"""Begin attempts, save answers and submit; the server's clock alone decides what is late."""

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.assessments import queries, rules
from sca_lms.assessments.answers import Answer, parse_answer, score, shuffled
from sca_lms.assessments.models import Attempt, QuestionVersion, Quiz, Response
from sca_lms.assessments.question_types import parse_question
from sca_lms.assessments.rules import AttemptState, Opening
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.errors import Refused

SWEEP_AT_ONCE = 500
SEED_BYTES = 16
"""From an order of options a shorter seed, and with it the right order, could be found by trying them all."""


class QuizNotOpen(Refused):
    """It is before the opening or after the close."""

    code = "quiz-not-open"


class NoAttemptsLeft(Refused):
    """The learner has used every attempt the quiz allows."""

    code = "no-attempts-left"


class QuizEmpty(Refused):
    """There is nothing to answer yet."""

    code = "quiz-empty"


class AttemptOver(Refused):
    """The attempt has been submitted, so its answers stand."""

    code = "attempt-over"


class TimeIsUp(Refused):
    """The deadline and its grace have passed."""

    code = "time-is-up"


def start_attempt(quiz: Quiz, learner: Enrolment, *, at: dt.datetime) -> Attempt:
    """Begin an attempt, or return the one under way; of two clicks both get the same one.

    Raise `QuizNotOpen`, `NoAttemptsLeft` or `QuizEmpty`.
    """
    db.session.refresh(quiz)
    known = queries.attempts_of(quiz, learner.id)
    settle(known, at=at)
    running = next((attempt for attempt in known if attempt.state is AttemptState.IN_PROGRESS), None)
    if running is not None:
        return running
    _refuse_unless_open(quiz, at=at)
    if rules.attempts_left(quiz.attempts_allowed, used=len(known)) == 0:
        raise NoAttemptsLeft(_l("You have used all attempts of this quiz."))
    versions = queries.current_versions(quiz)
    if not versions:
        raise QuizEmpty(_l("This quiz has no questions yet."))
    attempt = _new_attempt(quiz, learner, number=len(known) + 1, versions=versions, at=at)
    try:
        with db.session.begin_nested():
            db.session.add(attempt)
            db.session.flush()
            db.session.add_all(_new_responses(attempt, versions))
    except IntegrityError:
        # The other click was faster; its attempt is the one to go on with.
        return queries.attempts_of(quiz, learner.id)[-1]
    return attempt


def save_answers(attempt: Attempt, answers: Mapping[int, Answer], *, at: dt.datetime) -> Sequence[Response]:
    """Keep answers by their place on the page and return all responses; raise `AttemptOver` or `TimeIsUp`."""
    _lock(attempt)
    if attempt.state is not AttemptState.IN_PROGRESS:
        raise AttemptOver(_l("This attempt has already been submitted; its answers cannot change any more."))
    if rules.is_overdue(attempt.deadline_at, at=at):
        raise TimeIsUp(_l("Time is up. What was saved before counts."))
    responses = queries.responses_of(attempt)
    for response in responses:
        if response.position in answers and answers[response.position] != response.answer:
            response.answer = answers[response.position]
            response.saved_at = at
    db.session.flush()
    return responses


def submit(attempt: Attempt, *, at: dt.datetime) -> Attempt:
    """Hand the attempt in and score it; doing so again changes nothing."""
    _lock(attempt)
    if attempt.state is AttemptState.IN_PROGRESS:
        _finish([attempt], at=at)
    return attempt


def is_overdue(attempt: Attempt, *, at: dt.datetime) -> bool:
    """Tell whether the attempt is still under way although its time and grace are over."""
    return attempt.state is AttemptState.IN_PROGRESS and rules.is_overdue(attempt.deadline_at, at=at)


def settle(attempts: Sequence[Attempt], *, at: dt.datetime) -> int:
    """Hand in those attempts whose time is over and return how many there were."""
    overdue = [attempt for attempt in attempts if is_overdue(attempt, at=at)]
    for attempt in overdue:
        _lock(attempt)
    still_open = [attempt for attempt in overdue if attempt.state is AttemptState.IN_PROGRESS]
    _finish(still_open, at=at)
    return len(still_open)


def sweep_overdue(*, at: dt.datetime) -> int:
    """Hand in every attempt whose time is over, a batch at a time; return how many there were."""
    overdue = queries.overdue_attempts(at=at, at_most=SWEEP_AT_ONCE)
    _finish(overdue, at=at)
    return len(overdue)


def _lock(attempt: Attempt) -> None:
    db.session.refresh(
        attempt, attribute_names=["state", "deadline_at", "submitted_at", "score"], with_for_update=True
    )


def _finish(attempts: Sequence[Attempt], *, at: dt.datetime) -> None:
    """Score attempts and close them; after its deadline an attempt counts as handed in at the deadline."""
    by_attempt = queries.responses_of_all(attempts) if attempts else {}
    for attempt in attempts:
        pairs = []
        for response in by_attempt[attempt.id]:
            question = parse_question(response.question_version.document)
            answer = parse_answer(question, response.answer)
            earned = score(question, answer)
            response.score = None if earned is None else rules.as_points(earned)
            pairs.append((question, answer))
        attempt.score = rules.attempt_score(pairs)
        timed_out = attempt.deadline_at is not None and at >= attempt.deadline_at
        attempt.state = AttemptState.AUTO_SUBMITTED if timed_out else AttemptState.SUBMITTED
        attempt.submitted_at = min(at, attempt.deadline_at or at)
        courses.touch(db.session.get_one(Enrolment, attempt.enrolment_id))
    db.session.flush()


def _refuse_unless_open(quiz: Quiz, *, at: dt.datetime) -> None:
    if not quiz.published:
        raise QuizNotOpen(_l("This quiz is no longer part of the programme."))
    match rules.opening(quiz.opens_at, quiz.closes_at, at=at):
        case Opening.NOT_YET:
            raise QuizNotOpen(_l("This quiz is not open yet."))
        case Opening.CLOSED:
            raise QuizNotOpen(_l("This quiz is closed."))
        case Opening.OPEN:
            return


def _new_attempt(
    quiz: Quiz, learner: Enrolment, *, number: int, versions: Sequence[QuestionVersion], at: dt.datetime
) -> Attempt:
    points = [parse_question(version.document).points for version in versions]
    return Attempt(
        quiz=quiz,
        enrolment=learner,
        number=number,
        seed=secrets.token_hex(SEED_BYTES),
        shuffled=quiz.shuffle,
        started_at=at,
        deadline_at=rules.attempt_deadline(
            at, limit_minutes=quiz.time_limit_minutes, closes_at=quiz.closes_at
        ),
        submitted_at=None,
        state=AttemptState.IN_PROGRESS,
        score=None,
        max_score=sum(points, start=Decimal(0)),
    )


def _new_responses(attempt: Attempt, versions: Sequence[QuestionVersion]) -> list[Response]:
    count = len(versions)
    places = shuffled(count, key=attempt.seed) if attempt.shuffled else range(count)
    return [
        Response(
            attempt=attempt,
            question_version=versions[index],
            position=position,
            answer=None,
            max_points=parse_question(versions[index].document).points,
        )
        for position, index in enumerate(places)
    ]
