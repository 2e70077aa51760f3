"""Decide scores, when and with which time they may be sent, and what an answer of the host means."""

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from sca_lms.lti.throttling import asks_to_wait

PLACES = Decimal("0.01")
STEP = dt.timedelta(seconds=1)
"""By how much the time of a learner's scores in one column must grow: Moodle compares whole seconds."""
FIRST_DELAY = dt.timedelta(seconds=4)
LONGEST_DELAY = dt.timedelta(hours=1)
LONGEST_WISH = dt.timedelta(days=1)
"""No host makes us wait longer than this, whatever it asks for."""
DOUBLINGS = 16
LARGEST_SHOWN = Decimal(99_999)
SAME = Decimal("0.01")
"""Two scores are the same within this, on our scale: hosts round when they rescale."""


class State(StrEnum):
    """Where one score stands between us and the host."""

    NOTHING = "nothing"
    DUE = "due"
    WAITING = "waiting"
    DELIVERED = "delivered"
    REFUSED = "refused"
    CHANGED = "changed"
    KEPT = "kept"
    """A teacher's change in the host, which somebody has said may stay."""
    MISSING = "missing"
    WITHDRAWN = "withdrawn"
    """Taken back on request; the host shows no score."""


STANDS = frozenset({State.CHANGED, State.KEPT, State.WITHDRAWN})
"""States that no newer score leaves by itself: somebody has decided, or has to."""
UNSENT = frozenset({State.DUE, State.WAITING})


class Reason(StrEnum):
    """Why a score is where it is; `words` has a sentence with what to do for each."""

    UNREACHABLE = "unreachable"
    BUSY = "busy"
    HOST_ERROR = "host-error"
    CLOCKS = "clocks"
    NO_SERVICE = "no-service"
    NO_ACCOUNT = "no-account"
    NO_COLUMN = "no-column"
    TOKEN = "token-refused"  # noqa: S105 - A code, not a secret.
    PERMISSION = "permission"
    NOT_ENROLLED = "not-enrolled"
    COLUMN_GONE = "column-gone"
    CONCLUDED = "concluded"
    LOCKED = "locked"
    ATTEMPTS = "attempts-exhausted"
    REJECTED = "rejected"
    CHANGED = "changed-in-host"
    MISSING = "missing-in-host"
    FAILS_THERE = "fails-there"
    STILL_SHOWN = "still-shown"
    TOO_LONG = "too-long"
    DEFECT = "defect"


class Act(StrEnum):
    """What somebody may ask for about one score."""

    SEND_AGAIN = "send-again"
    WITHDRAW = "withdraw"
    OVERWRITE = "overwrite"
    KEEP = "keep"


class Outcome(StrEnum):
    """What follows from the answer to a request."""

    ACCEPTED = "accepted"
    RETRY = "retry"
    """Nothing was done; the same may be asked again later."""
    DOUBT = "doubt"
    """It may have been done; what the host shows decides before anything is sent again."""
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Answered:
    """As much of a host's answer as is needed to understand it; the text is never stored or logged."""

    status: int
    text: str = ""
    throttled: bool = False
    """True when a header says that the caller's allowance is used up."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means; an accepted one has no reason."""

    outcome: Outcome
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class HostScore:
    """What the host's gradebook shows for one learner, on the host's scale."""

    score: Decimal
    maximum: Decimal | None


class Finding(StrEnum):
    """What the host's gradebook tells about a score that is to be sent."""

    LANDED = "landed"
    FREE = "free"
    CHANGED = "changed"


def pre_bootcamp_score(quiz_ids: Collection[int], percents: Mapping[int, Decimal]) -> Decimal | None:
    """Return the mean of the grades of all these quizzes, 0 to 100, rounded half up to two decimals.

    A quiz without a submission counts 0; without any submission there is nothing to tell the host.
    """
    known = [percents[quiz_id] for quiz_id in quiz_ids if quiz_id in percents]
    if not known:
        return None
    return (sum(known, start=Decimal(0)) / len(quiz_ids)).quantize(PLACES, ROUND_HALF_UP)


def next_timestamp(
    last: dt.datetime | None, *, shift: dt.timedelta = dt.timedelta(0), at: dt.datetime
) -> dt.datetime | None:
    """Return the time that a score sent now carries, None while it would be too close to the last one.

    It is never in the future; `shift` moves it further into the past for hosts whose clocks are behind.
    """
    now = at + min(shift, dt.timedelta(0))
    stamp = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return stamp if last is None or stamp >= last + STEP else None


def earliest_send(last: dt.datetime, *, shift: dt.timedelta = dt.timedelta(0)) -> dt.datetime:
    """Return from when on `next_timestamp` has a time to give; a millisecond more than needed."""
    return last + STEP - min(shift, dt.timedelta(0)) + dt.timedelta(milliseconds=1)


def retry_delay(failures: int, *, jitter: float, wish: dt.timedelta | None = None) -> dt.timedelta:
    """Return how long to wait after so many failures in a row (1 or more).

    The wait doubles up to an hour; `jitter` (0 to 1) takes up to half of it away, so that many do not come
    back at once. The host's own wish (Retry-After) is a lower bound, up to a day.
    """
    grown = min(FIRST_DELAY * (1 << min(failures - 1, DOUBLINGS)), LONGEST_DELAY)
    own = grown * (1 - 0.5 * jitter)
    return max(own, min(wish, LONGEST_WISH)) if wish is not None else own


_NOT_A_LEARNER = re.compile(
    r"incorrect score received|not enrol|unenrol|not a (student|learner|member)|no such (user|learner)"
    r"|does not belong"
    r"|(user|learner|student|person)\b.{0,60}?(not (be )?found|does not exist|doesn.t exist|unknown|no such)",
    re.DOTALL,
)
_CONCLUDED = re.compile(r"conclud|has ended|course is closed|unpublished|not published|archived")
_STALE = re.compile(r"timestamp|already exists|earlier|newer score")
_EXHAUSTED = re.compile(
    r"attempts?\b.{0,60}?(exhaust|maximum|exceed|allowed|remain|left)|maximum.{0,40}?attempts?", re.DOTALL
)
_LOCKED = re.compile(r"\blocked\b")

# Moodle's own answer for a grade that a teacher locked, see its gradebookservices.
_MOODLE_LOCKED = "[]"

_BY_TEXT = (
    (_CONCLUDED, Reason.CONCLUDED),
    (_EXHAUSTED, Reason.ATTEMPTS),
    (_LOCKED, Reason.LOCKED),
    (_NOT_A_LEARNER, Reason.NOT_ENROLLED),
)
_BY_STATUS = {
    401: Reason.PERMISSION,
    403: Reason.PERMISSION,
    404: Reason.COLUMN_GONE,
    410: Reason.COLUMN_GONE,
    # Canvas says it for everybody who is no student of the course.
    422: Reason.NOT_ENROLLED,
    423: Reason.LOCKED,
}


def understand(answered: Answered) -> Verdict:
    """Tell what an answer means, from its status, its headers and the words hosts are known to use."""
    status, text = answered.status, answered.text.lower()
    if 200 <= status < 300:
        return Verdict(Outcome.ACCEPTED)
    if status in {425, 429} or (status == 403 and (answered.throttled or asks_to_wait(text))):
        return Verdict(Outcome.RETRY, Reason.BUSY)
    if status == 500 and text.strip() == _MOODLE_LOCKED:
        return Verdict(Outcome.FINAL, Reason.LOCKED)
    if status == 408 or status >= 500:
        return Verdict(Outcome.DOUBT, Reason.HOST_ERROR)
    if status == 409 or (status == 400 and _STALE.search(text)):
        return Verdict(Outcome.DOUBT, Reason.CLOCKS)
    # A refused token says nothing about the learner, whatever words come with it.
    by_text = next((reason for words, reason in _BY_TEXT if status != 401 and words.search(text)), None)
    return Verdict(Outcome.FINAL, by_text or _BY_STATUS.get(status, Reason.REJECTED))


def on_our_scale(host: HostScore, maximum: Decimal) -> Decimal:
    """Return what the host shows, on the scale of our column."""
    shown = host.score * maximum / host.maximum if host.maximum else host.score
    # Whatever the host's scale is, what is written down has to fit the table.
    return max(-LARGEST_SHOWN, min(LARGEST_SHOWN, shown))


def same_score(one: Decimal, other: Decimal) -> bool:
    """Tell whether two scores differ by no more than hosts round."""
    return abs(one - other) <= SAME


def look_at(
    host: HostScore | None,
    *,
    maximum: Decimal,
    wanted: Decimal | None,
    attempted: Decimal | None,
    others: Collection[Decimal] = (),
) -> Finding:
    """Tell from what the host shows whether an attempt has landed or a teacher has changed the score.

    `attempted` is what was sent of all that is wanted now, None if it was not yet sent; `others` is what else
    of ours the host may show. Of two that hosts would round alike the nearer one is shown, and a score that
    was sent before with another comment may be that one: only what is certain has landed. A value that we
    sent at any time, or that is wanted anyway, is nobody else's change. Where nothing is wanted (None), an
    empty cell is all there is to reach.
    """
    if host is None:
        return Finding.LANDED if wanted is None else Finding.FREE
    shown = on_our_scale(host, maximum)
    if attempted is not None and same_score(shown, attempted):
        is_another = any(abs(shown - other) <= abs(shown - attempted) for other in others)
        return Finding.FREE if is_another else Finding.LANDED
    ours = others if wanted is None else (wanted, *others)
    return Finding.FREE if any(same_score(shown, value) for value in ours) else Finding.CHANGED


def compare(
    host: HostScore | None, *, maximum: Decimal, delivered: Decimal, accepted: Decimal | None = None
) -> State:
    """Tell whether the host still shows what it was sent, or the change that was accepted."""
    if host is None:
        return State.MISSING
    shown = on_our_scale(host, maximum)
    if same_score(shown, delivered):
        return State.DELIVERED
    return State.KEPT if accepted is not None and same_score(shown, accepted) else State.CHANGED


def acts(state: State, *, has_value: bool, is_known_to_host: bool) -> frozenset[Act]:
    """Return what somebody may ask for: nothing that would silently undo what a teacher did in the host."""
    allowed: set[Act] = set()
    if has_value and state in {State.REFUSED, State.MISSING, State.WAITING, State.WITHDRAWN}:
        allowed.add(Act.SEND_AGAIN)
    if has_value and state in {State.CHANGED, State.KEPT}:
        allowed.add(Act.OVERWRITE)
    if state is State.CHANGED:
        allowed.add(Act.KEEP)
    if is_known_to_host and state not in {State.WITHDRAWN, State.NOTHING}:
        allowed.add(Act.WITHDRAW)
    return frozenset(allowed)


def percent_score(percent: Decimal, maximum: Decimal) -> Decimal:
    """Return a grade in per cent on the scale of a column, rounded half up to two decimals."""
    return (percent * maximum / 100).quantize(PLACES, ROUND_HALF_UP)
