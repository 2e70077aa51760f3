"""Decide how many minutes of a session a learner has earned.

All periods are half-open: someone who leaves at 10:30 was not there at 10:30. Moments are compared as they
are, with their seconds; only the sum is rounded, once, down to the policy's quantum. So half a minute lost is
lost once, not at every door. Moments of one call are either all aware in UTC or all wall time of one zone:
arithmetic between aware moments of a zone with daylight saving time would count hours that did not pass.
"""

import datetime as dt
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sca_lms.programmes.periods import MINUTE, Period, common, length, united, within, without


class CountingMode(enum.StrEnum):
    """Whether breaks are taken off: net contact time, or a residential camp counted round the clock."""

    NET_CONTACT = "net_contact"
    RESIDENTIAL_GROSS = "residential_gross"


@dataclass(frozen=True, slots=True)
class HoursPolicy:
    """The part of a programme's hours policy that decides the credit of one session."""

    grace_in: dt.timedelta = dt.timedelta()
    grace_out: dt.timedelta = dt.timedelta()
    quantum_minutes: int = 1
    min_session_fraction: Decimal = Decimal()
    counting_mode: CountingMode = CountingMode.NET_CONTACT

    @classmethod
    def of(cls, section: Mapping[str, object]) -> "HoursPolicy":
        """Read the policy from the section `hours_policy` of a checked programme document."""
        return cls(
            grace_in=int(str(section.get("grace_in_minutes", 0))) * MINUTE,
            grace_out=int(str(section.get("grace_out_minutes", 0))) * MINUTE,
            quantum_minutes=int(str(section.get("quantum_minutes", 1))),
            min_session_fraction=Decimal(str(section.get("min_session_fraction", 0))),
            counting_mode=CountingMode(str(section.get("counting_mode", CountingMode.NET_CONTACT))),
        )


@dataclass(frozen=True, slots=True)
class SessionTimes:
    """When a session takes place, and its breaks."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    breaks: tuple[Period, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Presence:
    """A learner's stay: from check-in to check-out, which may be missing."""

    in_at: dt.datetime
    out_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Credit:
    """What a learner earned, whether a missing check-out leaves it open, and the time that was paid."""

    minutes: int
    pending: bool
    paid: tuple[Period, ...] = field(default=(), compare=False)
    elsewhere: tuple[Period, ...] = field(default=(), compare=False)
    """The time of the session that another one pays."""


def credited_minutes(
    presences: Iterable[Presence],
    *,
    session: SessionTimes,
    paid_elsewhere: Sequence[Period] = (),
    policy: HoursPolicy,
) -> Credit:
    """Return what a learner earned in a session by the programme's rule of hours.

    Presences without a check-out earn nothing and make the credit pending. An arrival within the grace counts
    from the start and a departure within the grace to the end; lateness beyond it is lost in full. Minutes
    already paid to the learner in another session are not paid again.
    """
    stays = list(presences)
    there = present_periods(stays, session=session, policy=policy)
    countable = counted_periods(session, counting_mode=policy.counting_mode)
    paid = without(common(there, countable), paid_elsewhere)
    minutes = length(paid) // (policy.quantum_minutes * MINUTE) * policy.quantum_minutes
    if minutes < policy.min_session_fraction * _exact_minutes(length(countable)):
        minutes, paid = 0, []
    pending = any(stay.out_at is None for stay in stays)
    elsewhere = within(paid_elsewhere, frame=(session.starts_at, session.ends_at))
    return Credit(minutes, pending, tuple(paid), tuple(elsewhere))


def present_periods(
    presences: Iterable[Presence], *, session: SessionTimes, policy: HoursPolicy
) -> list[Period]:
    """Return when a learner counts as present: the ended stays inside the session, widened by the grace."""
    frame = (session.starts_at, session.ends_at)
    ended = [(stay.in_at, stay.out_at) for stay in presences if stay.out_at is not None]
    return _with_grace(within(ended, frame=frame), frame=frame, policy=policy)


@dataclass(frozen=True, slots=True)
class Attended:
    """A session as one learner attended it, and the policy in force when it began."""

    session_id: int
    times: SessionTimes
    presences: tuple[Presence, ...]
    policy: HoursPolicy


def credited_together(attended: Iterable[Attended]) -> dict[int, Credit]:
    """Return what one learner earned in sessions that may overlap, by session id.

    The session that the learner entered first is paid first, so no minute is paid twice and the result does
    not depend on the order in which sessions are closed.
    """
    earned: dict[int, Credit] = {}
    paid: list[Period] = []
    for each in sorted(attended, key=_entered_first):
        begins, ends = each.times.starts_at, each.times.ends_at
        near = [period for period in paid if period[1] > begins and period[0] < ends]
        credit = credited_minutes(each.presences, session=each.times, paid_elsewhere=near, policy=each.policy)
        earned[each.session_id] = credit
        paid.extend(credit.paid)
    return earned


def _entered_first(attended: Attended) -> tuple[dt.datetime, dt.datetime, int]:
    first = min((stay.in_at for stay in attended.presences), default=attended.times.ends_at)
    return first, attended.times.starts_at, attended.session_id


def session_minutes(session: SessionTimes, *, counting_mode: CountingMode) -> int:
    """Return what a session is worth to somebody who is there from start to end."""
    return length(counted_periods(session, counting_mode=counting_mode)) // MINUTE


def counted_periods(session: SessionTimes, *, counting_mode: CountingMode) -> list[Period]:
    """Return the parts of a session that count: all of it round the clock, otherwise without its breaks."""
    whole = united([(session.starts_at, session.ends_at)])
    return whole if counting_mode is CountingMode.RESIDENTIAL_GROSS else without(whole, session.breaks)


def _with_grace(there: list[Period], *, frame: Period, policy: HoursPolicy) -> list[Period]:
    if not there:
        return there
    starts_at, ends_at = frame
    forgiven = []
    if there[0][0] <= starts_at + policy.grace_in:
        forgiven.append((starts_at, there[0][0]))
    if there[-1][1] >= ends_at - policy.grace_out:
        forgiven.append((there[-1][1], ends_at))
    return united([*there, *forgiven])


def _exact_minutes(duration: dt.timedelta) -> Decimal:
    return Decimal(duration // dt.timedelta(microseconds=1)) / 60_000_000
