"""Send one score and say what became of it."""

import datetime as dt
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from sca_lms.database import transaction
from sca_lms.grades import host_columns, outbox, settling
from sca_lms.grades.asking import Failed, ask
from sca_lms.grades.containment import Contained
from sca_lms.grades.parcels import Destination, Ending, Fate, Finished, Parcel, PutBack
from sca_lms.grades.rules import (
    Finding,
    HostScore,
    Outcome,
    Reason,
    State,
    look_at,
    on_our_scale,
    retry_delay,
)
from sca_lms.lti import scopes
from sca_lms.lti.ags import GradeServices, ScoreMessage, WithdrawnMessage, reading_scope
from sca_lms.lti.models import Platform
from sca_lms.lti.profiles import profile_named

SOON = dt.timedelta(seconds=1)
"""When a parcel is looked at again that somebody else is in the way of."""
TOKEN_MEMORY = dt.timedelta(minutes=1)
"""How long a refused token is not asked for again by this worker."""
_chance = random.SystemRandom()
ERRORS_BEFORE_FINAL = 10
"""After so many errors 500 for one person a host is believed to mean the person; half an hour has passed."""


@dataclass(frozen=True, slots=True)
class Standstill:
    """Nothing goes to a platform before a moment; a final one ends what is due instead of delaying it."""

    until: dt.datetime
    reason: Reason
    detail: str = ""
    final: bool = False


class Standstills:
    """Which platforms take nothing now, as one worker has found out; it spares asking them for each score."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, Standstill] = {}

    def note(self, platform: Platform, standstill: Standstill) -> None:
        """Remember a standstill, unless a longer one is known."""
        with self._lock:
            before = self._known.get(platform.id)
            if before is None or before.until < standstill.until:
                self._known[platform.id] = standstill

    def fate(self, platform: Platform, *, at: dt.datetime) -> Fate | None:
        """Return what becomes of everything for a platform now, None when it may be asked."""
        with self._lock:
            found = self._known.get(platform.id)
        if found is None or found.until <= at:
            return None
        if found.final:
            return Ending(State.REFUSED, found.reason, found.detail)
        return PutBack(found.until, found.reason)


class Sender:
    """Sends scores of any platform; used by several threads at once, each in an application context."""

    def __init__(self, standstills: Standstills, *, now: Callable[[], dt.datetime]) -> None:
        self._standstills = standstills
        self._now = now

    def send(self, parcel: Parcel, destination: Destination, services: GradeServices) -> Finished:
        """Bring a score into a column; what comes back has still to be written down.

        A defect of ours puts this score aside and no other.
        """
        with Contained("send", score=parcel.score_id, platform=parcel.platform.id) as held:
            return self._send(parcel, destination, services)
        return Finished(parcel, self.put_aside(parcel, held.reference))

    def put_aside(self, parcel: Parcel, reference: str) -> Ending:
        """Return the ending of a parcel that met a defect of ours; `reference` leads to it in the log."""
        delay = retry_delay(parcel.failures + 1, jitter=_jitter())
        next_try_at = self._now() + delay
        return Ending(State.WAITING, Reason.DEFECT, reference, next_try_at=next_try_at, in_doubt=True)

    def _send(self, parcel: Parcel, destination: Destination, services: GradeServices) -> Finished:
        url = destination.url
        if self._is_late(parcel):
            return Finished(parcel, PutBack(self._now()))
        fate = self._standstills.fate(parcel.platform, at=self._now())
        if fate is None and not (parcel.is_first and destination.made_by_tool and parcel.value is not None):
            fate = self._look(parcel, url, services)
        if fate is not None:
            return Finished(parcel, fate)
        if self._is_late(parcel):
            # Looking took long; what leaves now could arrive after what somebody else sends.
            return Finished(parcel, PutBack(self._now()))
        timestamp = parcel.timestamp
        if timestamp is None:
            with transaction():
                timestamp = settling.begin(parcel, at=self._now())
        if timestamp is None:
            return Finished(parcel, PutBack(self._now() + SOON))
        message = _message(parcel, timestamp)
        try:
            ask(lambda: services.send_score(url, message, over_by=parcel.lease_until))
        except Failed as failure:
            return Finished(parcel, self._understood(parcel, url, services, failure), timestamp)
        if parcel.value is None:
            return Finished(parcel, self._taken_back(parcel, url, services), timestamp)
        return Finished(parcel, Ending(State.DELIVERED), timestamp)

    def _is_late(self, parcel: Parcel) -> bool:
        return parcel.lease_until - self._now() < outbox.BEGIN_WITHIN

    def after(self, parcel: Parcel, failure: Failed, *, nothing_sent: bool = False) -> Ending:
        """Return the ending after a failure, and hold the platform up where it would fail for others too."""
        verdict, at = failure.verdict, self._now()
        reason = verdict.reason or Reason.REJECTED
        if verdict.outcome is Outcome.FINAL:
            if failure.everybody:
                standstill = Standstill(at + TOKEN_MEMORY, reason, failure.detail, final=True)
                self._standstills.note(parcel.platform, standstill)
            return Ending(State.REFUSED, reason, failure.detail)
        delay = retry_delay(parcel.failures + 1, jitter=_jitter(), wish=failure.wish)
        if failure.everybody or failure.wish is not None:
            self._standstills.note(parcel.platform, Standstill(at + delay, reason, failure.detail))
        doubtful = verdict.outcome is Outcome.DOUBT and not nothing_sent
        return Ending(State.WAITING, reason, failure.detail, next_try_at=at + delay, in_doubt=doubtful)

    def _look(
        self, parcel: Parcel, url: str, services: GradeServices, *, just_sent: bool = False
    ) -> Ending | None:
        """Compare with the host before something is sent over what it has; None when it may be sent."""
        if scopes.RESULT not in parcel.offered:
            return None
        try:
            result = ask(lambda: services.result_of(url, parcel.subject))
        except Failed as failure:
            if failure.is_final:
                # A host that does not show results still takes scores, and says itself what is wrong.
                return None
            return self.after(parcel, failure, nothing_sent=True)
        shown = HostScore(result.score, result.maximum) if result and result.score is not None else None
        finding = look_at(
            shown,
            maximum=parcel.score_maximum,
            wanted=parcel.value,
            attempted=parcel.value if just_sent or parcel.has_current_attempt else None,
            others=parcel.other_values,
        )
        if finding is Finding.LANDED:
            return Ending(State.DELIVERED if parcel.value is not None else State.WITHDRAWN, confirmed=True)
        if finding is Finding.CHANGED and shown is not None:
            host_value = on_our_scale(shown, parcel.score_maximum)
            return Ending(State.CHANGED, Reason.CHANGED, host_value=host_value)
        return None

    def _understood(self, parcel: Parcel, url: str, services: GradeServices, failure: Failed) -> Ending:
        """Return the ending of a score that the host did not simply take."""
        reason = failure.verdict.reason
        if failure.status == 500 and profile_named(parcel.platform.profile).stores_before_failing:
            return self._failed_after_storing(parcel, failure)
        if reason is Reason.CLOCKS:
            found = self._look(parcel, url, services, just_sent=True)
            if found is not None:
                return found
        if reason is Reason.COLUMN_GONE:
            try:
                there = self._is_there(parcel, url, services)
            except Failed as second:
                return self.after(parcel, second)
            if there:
                return Ending(State.REFUSED, Reason.NOT_ENROLLED, failure.detail)
            with transaction():
                host_columns.note_gone(parcel.host_column_id, url, at=self._now())
        return self.after(parcel, failure)

    def _failed_after_storing(self, parcel: Parcel, failure: Failed) -> Ending:
        """Return the ending where the host shows what it has not taken: it is sent again, not for ever."""
        if parcel.failures + 1 >= ERRORS_BEFORE_FINAL and parcel.detail == failure.detail:
            return Ending(State.REFUSED, Reason.FAILS_THERE, failure.detail, in_doubt=True, again=True)
        return replace(self.after(parcel, failure), again=True)

    def _taken_back(self, parcel: Parcel, url: str, services: GradeServices) -> Ending:
        """Return the ending of a message that there is no score: some hosts take it and clear nothing."""
        if scopes.RESULT not in parcel.offered:
            return Ending(State.WITHDRAWN)
        try:
            result = ask(lambda: services.result_of(url, parcel.subject))
        except Failed as failure:
            return Ending(State.WITHDRAWN) if failure.is_final else self.after(parcel, failure)
        if result is None or result.score is None:
            return Ending(State.WITHDRAWN, confirmed=True)
        return Ending(State.REFUSED, Reason.STILL_SHOWN)

    @staticmethod
    def _is_there(parcel: Parcel, url: str, services: GradeServices) -> bool:
        """Tell whether a column exists after all: some hosts say 404 for a person they do not know."""
        reading = reading_scope(parcel.offered)
        if reading is None:
            return False
        try:
            ask(lambda: services.line_item(url, scope=reading))
        except Failed as failure:
            if failure.is_final:
                return False
            raise
        return True


def _message(parcel: Parcel, timestamp: dt.datetime) -> ScoreMessage | WithdrawnMessage:
    profile = profile_named(parcel.platform.profile)
    if parcel.value is None:
        return WithdrawnMessage(parcel.subject, timestamp, profile.score_extras)
    return ScoreMessage(
        user_id=parcel.subject,
        given=parcel.value,
        maximum=parcel.score_maximum,
        timestamp=timestamp,
        comment=profile.comment(parcel.comment),
        extras=profile.score_extras,
    )


def _jitter() -> float:
    return _chance.random()
