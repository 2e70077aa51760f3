"""Decide deadlines, who may begin, what an attempt is worth and what a learner may see afterwards."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from sca_lms.assessments.answers import Answer, score
from sca_lms.assessments.question_types import Question

# An answer that was on its way when the time ended still counts.
GRACE = dt.timedelta(seconds=10)

_POINTS = Decimal("0.0001")
_PERCENT = Decimal("0.01")


class Grading(StrEnum):
    """Which of several submitted attempts counts."""

    HIGHEST = "highest"
    AVERAGE = "average"
    FIRST = "first"
    LAST = "last"


class AttemptState(StrEnum):
    """Where an attempt stands."""

    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    AUTO_SUBMITTED = "auto_submitted"
    VOIDED = "voided"
    """Kept with all its answers, and counted nowhere."""


OVER = frozenset({AttemptState.SUBMITTED, AttemptState.AUTO_SUBMITTED})
"""States of an attempt that was handed in and counts."""


class Review(StrEnum):
    """When a learner is shown the right answers of an attempt that was handed in."""

    WHEN_SETTLED = "when-settled"
    """When they give nothing away any more: passed, no attempt left, or closed."""
    AT_ONCE = "at-once"
    AFTER_CLOSE = "after-close"
    NEVER = "never"


class Opening(StrEnum):
    """Whether a quiz can be begun now."""

    NOT_YET = "not-yet"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Result:
    """What one submitted attempt earned."""

    number: int
    score: Decimal
    max_score: Decimal
    submitted_at: dt.datetime

    @property
    def exact_percent(self) -> Decimal:
        """Return the percentage, not rounded."""
        return self.score * 100 / self.max_score


@dataclass(frozen=True, slots=True)
class OwnTerms:
    """What one learner has beyond the rules of a quiz."""

    time_factor: Decimal = Decimal(1)
    extension_minutes: int = 0
    extra_attempts: int = 0

    @property
    def changes_time(self) -> bool:
        """Tell whether the learner has more time than others."""
        return self.time_factor > 1 or self.extension_minutes > 0


def stretched(minutes: int, time_factor: Decimal) -> dt.timedelta:
    """Return a time limit of whole minutes stretched for one person, rounded half up to seconds."""
    return dt.timedelta(seconds=int((minutes * 60 * time_factor).to_integral_value(ROUND_HALF_UP)))


def own_close(
    closes_at: dt.datetime | None,
    *,
    limit_minutes: int | None,
    time_factor: Decimal = Decimal(1),
    extension_minutes: int = 0,
) -> dt.datetime | None:
    """Return when a quiz closes for one learner: later by the extension, and by what the limit is longer.

    Who begins at the last moment at which others still have their whole time has a whole stretched time too.
    """
    if closes_at is None:
        return None
    later = dt.timedelta(minutes=extension_minutes)
    if limit_minutes is not None:
        later += stretched(limit_minutes, time_factor) - dt.timedelta(minutes=limit_minutes)
    return closes_at + later


def attempt_deadline(
    started_at: dt.datetime,
    *,
    limit_minutes: int | None,
    closes_at: dt.datetime | None,
    time_factor: Decimal = Decimal(1),
    extension_minutes: int = 0,
) -> dt.datetime | None:
    """Return when the attempt ends: the learner's own time limit or own closing time, whichever comes first.

    A longer time for one person stretches the limit and moves the closing time; otherwise who needs
    more time would be cut off by the close.
    """
    ends = [] if limit_minutes is None else [started_at + stretched(limit_minutes, time_factor)]
    close = own_close(
        closes_at,
        limit_minutes=limit_minutes,
        time_factor=time_factor,
        extension_minutes=extension_minutes,
    )
    return min([*ends, *([] if close is None else [close])], default=None)


def later_deadline(now: dt.datetime | None, moved: dt.datetime | None) -> dt.datetime | None:
    """Return the later of two deadlines, so that nobody's running attempt becomes shorter; None is no end."""
    return None if now is None or moved is None else max(now, moved)


def is_overdue(deadline_at: dt.datetime | None, *, at: dt.datetime) -> bool:
    """Tell whether the deadline and the grace after it have passed, so that no answer counts any more."""
    return deadline_at is not None and at > deadline_at + GRACE


def seconds_left(deadline_at: dt.datetime | None, *, at: dt.datetime) -> int | None:
    """Return the seconds until the deadline, a begun one counted whole, at least 0; None without one."""
    return None if deadline_at is None else max(0, -((at - deadline_at) // dt.timedelta(seconds=1)))


def opening(opens_at: dt.datetime | None, closes_at: dt.datetime | None, *, at: dt.datetime) -> Opening:
    """Tell whether a quiz can be begun; it is closed from the closing moment on."""
    if opens_at is not None and at < opens_at:
        return Opening.NOT_YET
    return Opening.CLOSED if closes_at is not None and at >= closes_at else Opening.OPEN


def attempts_left(allowed: int | None, *, used: int, extra: int = 0) -> int | None:
    """Return how many attempts may still be begun, of those `extra` to one learner; None without a limit."""
    return None if allowed is None else max(0, allowed + extra - used)


def attempt_score(
    answered: Iterable[tuple[Question, Answer]], by_hand: Mapping[int, Decimal] | None = None
) -> Decimal | None:
    """Return the points of a whole attempt, rounded once to four decimals; None while an answer waits.

    `by_hand` holds what a person gave for answers that no rule can mark, by their place in the attempt.
    """
    total = Decimal(0)
    for position, (question, answer) in enumerate(answered):
        earned = score(question, answer)
        if earned is None:
            earned = (by_hand or {}).get(position)
        if earned is None:
            return None
        total += earned
    return as_points(total)


def as_points(exact: Decimal) -> Decimal:
    """Round points to the four decimals that are kept."""
    return exact.quantize(_POINTS, ROUND_HALF_UP)


def attempt_percent(score: Decimal, max_score: Decimal) -> Decimal:
    """Return an attempt's percentage, 0 to 100, rounded half up to two decimals."""
    return (score * 100 / max_score).quantize(_PERCENT, ROUND_HALF_UP)


def quiz_grade(grading: Grading, results: Sequence[Result]) -> Decimal | None:
    """Return the percentage that counts, rounded half up once to two decimals; None before any submission."""
    if not results:
        return None
    in_order = sorted(results, key=lambda result: result.number)
    match grading:
        case Grading.HIGHEST:
            exact = max(result.exact_percent for result in in_order)
        case Grading.AVERAGE:
            exact = sum((result.exact_percent for result in in_order), start=Decimal(0)) / len(in_order)
        case Grading.FIRST:
            exact = in_order[0].exact_percent
        case Grading.LAST:
            exact = in_order[-1].exact_percent
    return exact.quantize(_PERCENT, ROUND_HALF_UP)


def has_passed(percent: Decimal | None, *, pass_percent: int | None) -> bool:
    """Tell whether a grade reaches the pass mark; without a mark every submitted attempt passes."""
    return percent is not None and (pass_percent is None or percent >= pass_percent)


def passed_at(grading: Grading, results: Sequence[Result], *, pass_percent: int | None) -> dt.datetime | None:
    """Return since when the quiz has been passed without a break; None when it is not passed now."""
    since: dt.datetime | None = None
    in_order = sorted(results, key=lambda result: result.number)
    for count, result in enumerate(in_order, start=1):
        if not has_passed(quiz_grade(grading, in_order[:count]), pass_percent=pass_percent):
            since = None
        elif since is None:
            since = result.submitted_at
    return since


def may_see_answers(
    percent: Decimal | None,
    *,
    pass_percent: int | None,
    left: int | None,
    in_progress: bool,
    closed: bool,
    review: Review = Review.WHEN_SETTLED,
    waiting: bool = False,
) -> bool:
    """Tell whether the right answers of a submitted attempt are shown now, as the quiz's rule for it says.

    An attempt under way always hides them: they could be read in a second window. When they are shown as
    soon as they give nothing away, a quiz without a pass mark counts as passed with full marks only.
    """
    if in_progress or (percent is None and not waiting):
        return False
    match review:
        case Review.AT_ONCE:
            return True
        case Review.NEVER:
            return False
        case Review.AFTER_CLOSE:
            return closed
        case Review.WHEN_SETTLED:
            passed = has_passed(percent, pass_percent=100 if pass_percent is None else pass_percent)
            return passed or left == 0 or closed


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """What the standing of a learner in a quiz is worked out from.

    No score while it is under way, and none after that while a person has still to mark an answer.
    """

    number: int
    state: AttemptState
    score: Decimal | None
    max_score: Decimal
    submitted_at: dt.datetime | None

    @property
    def waits(self) -> bool:
        """Tell whether it was handed in and is not marked yet."""
        return self.state in OVER and self.score is None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one learner stands in one quiz."""

    percent: Decimal | None
    passed: bool
    passed_at: dt.datetime | None
    attempts_used: int
    in_progress: bool
    last_submitted_at: dt.datetime | None
    waiting: bool = False
    """Whether an attempt waits to be marked: it is neither passed nor failed."""


def standing(grading: Grading, attempts: Iterable[AttemptFacts], *, pass_percent: int | None) -> Standing:
    """Work out grade, pass and use of attempts.

    An attempt under way counts as used but earns nothing yet, as does one that waits to be marked; where the
    first attempt counts, no other one stands in for it meanwhile. One that was voided counts nowhere.
    """
    known = sorted(
        (attempt for attempt in attempts if attempt.state is not AttemptState.VOIDED),
        key=lambda attempt: attempt.number,
    )
    results = [
        Result(attempt.number, attempt.score, attempt.max_score, attempt.submitted_at)
        for attempt in known
        if attempt.state in OVER and attempt.score is not None and attempt.submitted_at is not None
    ]
    if grading is Grading.FIRST and results and results[0].number != known[0].number:
        results = []
    percent = quiz_grade(grading, results)
    return Standing(
        percent=percent,
        passed=has_passed(percent, pass_percent=pass_percent),
        passed_at=passed_at(grading, results, pass_percent=pass_percent),
        attempts_used=len(known),
        in_progress=any(attempt.state is AttemptState.IN_PROGRESS for attempt in known),
        last_submitted_at=max(
            (attempt.submitted_at for attempt in known if attempt.submitted_at is not None), default=None
        ),
        waiting=any(attempt.waits for attempt in known),
    )


@dataclass(frozen=True, slots=True)
class MarkersWords:
    """What a marker wrote to one attempt, by place of the answer, and where all of it can be read."""

    comments: Mapping[int, Sequence[str]]
    address: str | None = None
