"""Let staff decide about an attempt: open it again, let it not count, hand it in; each is audited."""

import datetime as dt
from typing import Protocol

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.assessments import operations, queries, rules
from sca_lms.assessments.models import Attempt
from sca_lms.assessments.rules import OVER, AttemptState
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import find_course
from sca_lms.database import db, lock
from sca_lms.errors import Refused


class Decision(Protocol):
    """What all decisions need beside the attempt: a reason, who decides, and when."""

    def __call__(self, attempt: Attempt, *, reason: str, by: int | None, at: dt.datetime) -> None: ...


class NotInThatState(Refused):
    """The attempt is not in a state in which this can be done; somebody else may have been faster."""

    code = "not-in-that-state"


class AnotherIsRunning(Refused):
    """The learner has another attempt under way, and can have only one."""

    code = "another-is-running"


def reopen(attempt: Attempt, *, minutes: int, reason: str, by: int | None, at: dt.datetime) -> None:
    """Let the learner go on with an attempt for so many minutes; its marks are gone until it is handed in.

    Raise `NotInThatState` or `AnotherIsRunning`.
    """
    _lock(attempt, OVER)
    before = _facts(attempt)
    try:
        with db.session.begin_nested():
            attempt.state, attempt.submitted_at, attempt.score = AttemptState.IN_PROGRESS, None, None
            attempt.awaits_marking = False
            attempt.deadline_at = at + dt.timedelta(minutes=minutes)
            db.session.flush()
    except IntegrityError as error:
        raise AnotherIsRunning(_l("The learner has another attempt under way.")) from error
    for response in queries.responses_of(attempt):
        response.score = None
    _done(attempt, "reopen-attempt", before, reason=reason, by=by, at=at)


def void(attempt: Attempt, *, reason: str, by: int | None, at: dt.datetime) -> None:
    """Let an attempt not count; it is kept with its answers and gives the learner one attempt back.

    Raise `NotInThatState` when it does not count already.
    """
    _lock(attempt, OVER | {AttemptState.IN_PROGRESS})
    before = _facts(attempt)
    attempt.submitted_at = attempt.submitted_at or at
    attempt.state, attempt.awaits_marking, attempt.void_reason = AttemptState.VOIDED, False, reason
    _done(attempt, "void-attempt", before, reason=reason, by=by, at=at)


def count_again(attempt: Attempt, *, reason: str, by: int | None, at: dt.datetime) -> None:
    """Let an attempt count that did not; raise `NotInThatState` when it counts already."""
    _lock(attempt, {AttemptState.VOIDED})
    before = _facts(attempt)
    timed_out = attempt.deadline_at is not None and attempt.deadline_at == attempt.submitted_at
    attempt.state = AttemptState.AUTO_SUBMITTED if timed_out else AttemptState.SUBMITTED
    attempt.void_reason = ""
    operations.score_attempt(attempt, queries.responses_of(attempt))
    _done(attempt, "count-attempt-again", before, reason=reason, by=by, at=at)


def submit_for(attempt: Attempt, *, reason: str, by: int | None, at: dt.datetime) -> None:
    """Hand in for the learner what is saved; raise `NotInThatState` when it was handed in already."""
    _lock(attempt, {AttemptState.IN_PROGRESS})
    before = _facts(attempt)
    operations.submit(attempt, at=at)
    _done(attempt, "submit-attempt-for-learner", before, reason=reason, by=by, at=at)


def _lock(attempt: Attempt, states: frozenset[AttemptState] | set[AttemptState]) -> None:
    lock(attempt)
    if attempt.state not in states:
        raise NotInThatState(_l("The attempt stands otherwise by now. Look at it again before you decide."))


def _facts(attempt: Attempt) -> dict[str, object]:
    return {
        "state": attempt.state.value,
        "score": None if attempt.score is None else str(rules.as_points(attempt.score)),
        "deadline": attempt.deadline_at.isoformat() if attempt.deadline_at else None,
    }


def _done(
    attempt: Attempt, verb: str, before: dict[str, object], *, reason: str, by: int | None, at: dt.datetime
) -> None:
    learner = db.session.get_one(Enrolment, attempt.enrolment_id)
    courses.touch(learner)
    subject = f"quiz {attempt.quiz_id}, enrolment {learner.id}, attempt {attempt.number}"
    after = {**_facts(attempt), "reason": reason}
    courses.record_audit(find_course(learner.course_id), by, verb, subject, at=at, before=before, after=after)
    db.session.flush()
