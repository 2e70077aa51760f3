"""Decide what two reports of one meeting are worth, and when time decides instead; pure.

Both sides say when a meeting began and ended. When their minutes differ by no more than the tolerance they
agree, and the smaller figure is credited; otherwise somebody of the staff decides. A side may say instead
that the other one did not come; silence of the other side settles that.
"""

import datetime as dt
import enum
from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

REMINDER_DAYS = (2, 5)
"""So many days after the end, who has not reported is reminded."""
NO_SHOW_SILENCE = dt.timedelta(hours=48)
"""So long the other side has to answer that it was there after all."""
NO_SHOW_WAIT = dt.timedelta(minutes=15)
"""So long after the beginning somebody is waited for, before it can be said that they did not come."""
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


class Settled(enum.StrEnum):
    """Where a place in a meeting stands; the words are those of the states of an appointment."""

    REPORTED = "reported"
    """One side is missing, or has not answered yet that it did not come."""
    CREDITED = "credited"
    DISPUTED = "disputed"
    NO_SHOW = "no-show"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Said:
    """What one side says: from when to when they met, or, without a time, that the other did not come."""

    began_at: dt.datetime | None
    ended_at: dt.datetime | None
    at: dt.datetime

    @property
    def nobody_came(self) -> bool:
        """Tell whether it says that the other side did not come."""
        return self.began_at is None or self.ended_at is None

    @property
    def minutes(self) -> int:
        """Return the whole minutes of the meeting, 0 when the other side did not come."""
        if self.began_at is None or self.ended_at is None:
            return 0
        return (self.ended_at - self.began_at) // MINUTE


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the reports come to, and the minutes when they agree."""

    outcome: Settled
    minutes: int | None = None


def settle(first: Said, second: Said | None, *, tolerance_minutes: int) -> Verdict:
    """Compare what the two sides say; it does not matter which of them is called the first."""
    if second is None:
        return Verdict(Settled.REPORTED)
    if first.nobody_came or second.nobody_came:
        return Verdict(Settled.DISPUTED)
    if abs(first.minutes - second.minutes) > tolerance_minutes:
        return Verdict(Settled.DISPUTED)
    return Verdict(Settled.CREDITED, min(first.minutes, second.minutes))


def meeting_state(outcomes: Collection[Settled | None]) -> Settled | None:
    """Return where a meeting stands by its places; None when nobody has reported on any of them.

    A dispute shows first, then that something is still missing; a meeting of which anything was credited is
    credited.
    """
    if Settled.DISPUTED in outcomes:
        return Settled.DISPUTED
    if not any(outcomes):
        return None
    if None in outcomes or Settled.REPORTED in outcomes:
        return Settled.REPORTED
    if Settled.CREDITED in outcomes:
        return Settled.CREDITED
    return Settled.NO_SHOW if Settled.NO_SHOW in outcomes else Settled.LAPSED


def day_of_meeting(
    starts_at: dt.datetime, ends_at: dt.datetime, zone: ZoneInfo
) -> tuple[dt.datetime, dt.datetime]:
    """Return the midnights around a planned meeting on the wall clock of a zone, as moments in UTC.

    A meeting planned through midnight has both days.
    """
    first = starts_at.astimezone(zone).date()
    last = (ends_at - MINUTE).astimezone(zone).date()
    opens = dt.datetime.combine(first, dt.time(), tzinfo=zone)
    closes = dt.datetime.combine(last + DAY, dt.time(), tzinfo=zone)
    return opens.astimezone(dt.UTC), closes.astimezone(dt.UTC)


class Fault(enum.StrEnum):
    """Why a report of times cannot be taken."""

    BACKWARDS = "backwards"
    FUTURE = "future"
    OTHER_DAY = "other-day"


def fault_of(
    began_at: dt.datetime,
    ended_at: dt.datetime,
    *,
    day: tuple[dt.datetime, dt.datetime],
    at: dt.datetime,
) -> Fault | None:
    """Return what is wrong with times that somebody reports, None when they can be taken."""
    if ended_at - began_at < MINUTE:
        return Fault.BACKWARDS
    if ended_at > at:
        return Fault.FUTURE
    if began_at < day[0] or ended_at > day[1]:
        return Fault.OTHER_DAY
    return None


def may_say_nobody_came(starts_at: dt.datetime, *, at: dt.datetime) -> bool:
    """Tell whether the other side has been waited for long enough."""
    return at >= starts_at + NO_SHOW_WAIT


def last_moment(ends_at: dt.datetime, *, within_days: int) -> dt.datetime:
    """Return when a meeting without both reports lapses; reports are taken before that moment."""
    return ends_at + within_days * DAY


def lapses(ends_at: dt.datetime, *, within_days: int, at: dt.datetime) -> bool:
    """Tell whether the time for reports is over, from its first moment on."""
    return at >= last_moment(ends_at, within_days=within_days)


def answer_until(said: Said) -> dt.datetime:
    """Return until when the other side can answer that it was there after all."""
    return said.at + NO_SHOW_SILENCE


def silence_settles(said: Said, *, at: dt.datetime) -> bool:
    """Tell whether the other side has had its time to answer, from that moment on."""
    return said.nobody_came and at >= answer_until(said)


def may_dispute(settled_at: dt.datetime, *, within_days: int, at: dt.datetime) -> bool:
    """Tell whether a settled meeting may still be disputed: as long again as there was to report it."""
    return at < settled_at + within_days * DAY


def reminder_due(ends_at: dt.datetime, *, within_days: int, at: dt.datetime) -> int | None:
    """Return the latest reminder whose day has come, None before the first and once it has lapsed.

    After a worker that stood still only the latest one goes out.
    """
    if lapses(ends_at, within_days=within_days, at=at):
        return None
    due = [days for days in REMINDER_DAYS if days < within_days and at >= ends_at + days * DAY]
    return due[-1] if due else None
