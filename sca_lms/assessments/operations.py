"""Begin attempts, save answers and submit; the server's clock alone decides what is late."""

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.assessments import extension_queries, queries, rules
from sca_lms.assessments.answers import Answer, parse_answer, score, shuffled
from sca_lms.assessments.bank_queries import draw
from sca_lms.assessments.models import Attempt, QuestionVersion, Quiz, Response
from sca_lms.assessments.question_types import FileAnswer, Question
from sca_lms.assessments.rules import OVER, AttemptState, Opening, OwnTerms
from sca_lms.assessments.sheets import asked_question
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.uploads.models import StoredFile

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


class NotToBeMarked(Refused):
    """The attempt is not handed in or does not count, or it has no such answer for a person to mark."""

    code = "not-to-be-marked"


class PointsOutOfRange(Refused):
    """Less than nothing, or more than the question was worth."""

    code = "points-out-of-range"


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
    own = extension_queries.own_terms(quiz.id, learner.id)
    _refuse_unless_open(quiz, own, at=at)
    used = sum(attempt.state is not AttemptState.VOIDED for attempt in known)
    if rules.attempts_left(quiz.attempts_allowed, used=used, extra=own.extra_attempts) == 0:
        raise NoAttemptsLeft(_l("You have used all attempts of this quiz."))
    seed = secrets.token_hex(SEED_BYTES)
    drawn = draw(quiz, seed)
    if not drawn:
        raise QuizEmpty(_l("This quiz has no questions yet."))
    attempt = Attempt(
        quiz=quiz,
        enrolment=learner,
        number=max((attempt.number for attempt in known), default=0) + 1,
        seed=seed,
        shuffled=quiz.shuffle,
        started_at=at,
        deadline_at=own_deadline(quiz, own, started_at=at),
        submitted_at=None,
        state=AttemptState.IN_PROGRESS,
        score=None,
        max_score=sum((points for _version, points in drawn), start=Decimal(0)),
    )
    try:
        with db.session.begin_nested():
            db.session.add(attempt)
            db.session.flush()
            db.session.add_all(_new_responses(attempt, drawn))
    except IntegrityError:
        # The other click was faster; its attempt is the one to go on with.
        return queries.attempts_of(quiz, learner.id)[-1]
    return attempt


def own_deadline(quiz: Quiz, own: OwnTerms, *, started_at: dt.datetime) -> dt.datetime | None:
    """Return when an attempt of somebody with these terms ends."""
    return rules.attempt_deadline(
        started_at,
        limit_minutes=quiz.time_limit_minutes,
        closes_at=quiz.closes_at,
        time_factor=own.time_factor,
        extension_minutes=own.extension_minutes,
    )


def save_answers(attempt: Attempt, answers: Mapping[int, Answer], *, at: dt.datetime) -> Sequence[Response]:
    """Keep answers by their place on the page and return all responses; raise `AttemptOver` or `TimeIsUp`.

    A file that another one replaces, or that is taken away, is forgotten.
    """
    _refuse_unless_running(attempt, at=at)
    responses = queries.responses_of(attempt)
    for response in responses:
        if response.position in answers:
            _keep(response, answers[response.position], at=at)
    db.session.flush()
    return responses


def save_answer(attempt: Attempt, response: Response, answer: Answer, *, at: dt.datetime) -> None:
    """Keep the answer to one question without reading the others; raise `AttemptOver` or `TimeIsUp`."""
    _refuse_unless_running(attempt, at=at)
    # Another window may have answered it since it was read.
    db.session.refresh(response, attribute_names=["answer"])
    _keep(response, answer, at=at)
    db.session.flush()


def flag(attempt: Attempt, position: int, *, flagged: bool, at: dt.datetime) -> None:
    """Note that the learner wants to look at a question again, or not; raise `AttemptOver` or `TimeIsUp`."""
    _refuse_unless_running(attempt, at=at)
    db.session.execute(
        sa.update(Response)
        .where(Response.attempt_id == attempt.id, Response.position == position)
        .values(flagged=flagged)
    )


def mark_by_hand(attempt: Attempt, points: Mapping[int, Decimal], *, at: dt.datetime) -> Attempt:
    """Give points to answers that a person marks, by their place; later calls change what was given before.

    The attempt has a score as soon as each of its answers has. Raise `NotToBeMarked` or `PointsOutOfRange`.
    """
    _lock(attempt)
    if attempt.state not in OVER:
        raise NotToBeMarked(_l("This attempt cannot be marked: it is under way or does not count."))
    responses = queries.responses_of(attempt)
    waiting = {response.position: response for response in responses if _is_marked_by_hand(response)}
    if not points.keys() <= waiting.keys():
        raise NotToBeMarked(_l("This answer is not marked by hand."))
    for position, given in points.items():
        if not 0 <= given <= waiting[position].max_points:
            raise PointsOutOfRange(
                _l(
                    "Give between 0 and %(most)s points.",
                    most=f"{waiting[position].max_points.normalize():f}",
                )
            )
        waiting[position].score = rules.as_points(given)
    attempt.marked_at = at
    score_attempt(attempt, responses)
    courses.touch(db.session.get_one(Enrolment, attempt.enrolment_id))
    db.session.flush()
    return attempt


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


def score_attempt(attempt: Attempt, responses: Sequence[Response]) -> None:
    """Score every answer that a rule can mark, and the attempt unless an answer waits for a person."""
    pairs: list[tuple[Question, Answer]] = []
    by_hand: dict[int, Decimal] = {}
    for place, response in enumerate(responses):
        question = asked_question(response)
        answer = parse_answer(question, response.answer)
        earned = score(question, answer)
        if earned is not None:
            response.score = rules.as_points(earned)
        elif response.score is not None:
            by_hand[place] = response.score
        pairs.append((question, answer))
    attempt.score = rules.attempt_score(pairs, by_hand)
    attempt.awaits_marking = attempt.score is None


def _is_marked_by_hand(response: Response) -> bool:
    return response.answer is not None and asked_question(response).needs_marking


def _keep(response: Response, answer: Answer, *, at: dt.datetime) -> None:
    if answer != response.answer:
        _forget_file(response)
        response.answer = answer
        response.saved_at = at


def _forget_file(response: Response) -> None:
    """Forget the file that an answer was; only its answer knew of it."""
    if isinstance(response.answer, int) and isinstance(asked_question(response), FileAnswer):
        db.session.execute(sa.delete(StoredFile).where(StoredFile.id == response.answer))


def _lock(attempt: Attempt) -> None:
    names = ["state", "deadline_at", "submitted_at", "score", "awaits_marking"]
    db.session.refresh(attempt, attribute_names=names, with_for_update=True)


def _refuse_unless_running(attempt: Attempt, *, at: dt.datetime) -> None:
    _lock(attempt)
    if attempt.state is not AttemptState.IN_PROGRESS:
        raise AttemptOver(_l("This attempt has already been submitted; its answers cannot change any more."))
    if rules.is_overdue(attempt.deadline_at, at=at):
        raise TimeIsUp(_l("Time is up. What was saved before counts."))


def _finish(attempts: Sequence[Attempt], *, at: dt.datetime) -> None:
    """Score attempts and close them; after its deadline an attempt counts as handed in at the deadline."""
    by_attempt = queries.responses_of_all(attempts) if attempts else {}
    for attempt in attempts:
        score_attempt(attempt, by_attempt[attempt.id])
        timed_out = attempt.deadline_at is not None and at >= attempt.deadline_at
        attempt.state = AttemptState.AUTO_SUBMITTED if timed_out else AttemptState.SUBMITTED
        attempt.submitted_at = min(at, attempt.deadline_at or at)
        courses.touch(db.session.get_one(Enrolment, attempt.enrolment_id))
    db.session.flush()


def _refuse_unless_open(quiz: Quiz, own: OwnTerms, *, at: dt.datetime) -> None:
    if not quiz.published:
        raise QuizNotOpen(_l("This quiz is no longer part of the programme."))
    closes_at = rules.own_close(
        quiz.closes_at,
        limit_minutes=quiz.time_limit_minutes,
        time_factor=own.time_factor,
        extension_minutes=own.extension_minutes,
    )
    match rules.opening(quiz.opens_at, closes_at, at=at):
        case Opening.NOT_YET:
            raise QuizNotOpen(_l("This quiz is not open yet."))
        case Opening.CLOSED:
            raise QuizNotOpen(_l("This quiz is closed."))
        case Opening.OPEN:
            return


def _new_responses(attempt: Attempt, drawn: Sequence[tuple[QuestionVersion, Decimal]]) -> list[Response]:
    count = len(drawn)
    places = shuffled(count, key=attempt.seed) if attempt.shuffled else range(count)
    return [
        Response(
            attempt=attempt,
            question_version=drawn[index][0],
            position=position,
            answer=None,
            max_points=drawn[index][1],
        )
        for position, index in enumerate(places)
    ]
