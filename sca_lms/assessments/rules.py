"""Decide deadlines, who may begin, what an attempt is worth and what a learner may see afterwards."""

import datetime as dt
from collections.abc import Iterable, Sequence
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
    ends = []
    if limit_minutes is not None:
        seconds = (limit_minutes * 60 * time_factor).to_integral_value(ROUND_HALF_UP)
        ends.append(started_at + dt.timedelta(seconds=int(seconds)))
    if closes_at is not None:
        ends.append(closes_at + dt.timedelta(minutes=extension_minutes))
    return min(ends, default=None)


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


def attempts_left(allowed: int | None, *, used: int) -> int | None:
    """Return how many attempts may still be begun; None when there is no limit."""
    return None if allowed is None else max(0, allowed - used)


def attempt_score(pairs: Iterable[tuple[Question, Answer]]) -> Decimal:
    """Return the points of a whole attempt, rounded once to four decimals."""
    # What a person still has to mark counts as nothing until then.
    known = (score(question, answer) or Decimal(0) for question, answer in pairs)
    return as_points(sum(known, start=Decimal(0)))


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
    percent: Decimal | None, *, pass_percent: int | None, left: int | None, in_progress: bool, closed: bool
) -> bool:
    """Tell whether the right answers can be shown without giving away an attempt still to come.

    An attempt under way always hides them: they could be read in a second window.
    Where there is no pass mark, only full marks count as passed here.
    """
    if in_progress or percent is None:
        return False
    passed = has_passed(percent, pass_percent=100 if pass_percent is None else pass_percent)
    return passed or left == 0 or closed


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """What the standing of a learner in a quiz is worked out from; no score while it is under way."""

    number: int
    state: AttemptState
    score: Decimal | None
    max_score: Decimal
    submitted_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one learner stands in one quiz."""

    percent: Decimal | None
    passed: bool
    passed_at: dt.datetime | None
    attempts_used: int
    in_progress: bool
    last_submitted_at: dt.datetime | None


def standing(grading: Grading, attempts: Iterable[AttemptFacts], *, pass_percent: int | None) -> Standing:
    """Work out grade, pass and use of attempts; an attempt under way counts as used but earns nothing yet."""
    known = list(attempts)
    results = [
        Result(attempt.number, attempt.score, attempt.max_score, attempt.submitted_at)
        for attempt in known
        if attempt.score is not None and attempt.submitted_at is not None
    ]
    percent = quiz_grade(grading, results)
    return Standing(
        percent=percent,
        passed=has_passed(percent, pass_percent=pass_percent),
        passed_at=passed_at(grading, results, pass_percent=pass_percent),
        attempts_used=len(known),
        in_progress=any(attempt.state is AttemptState.IN_PROGRESS for attempt in known),
        last_submitted_at=max((result.submitted_at for result in results), default=None),
    )
