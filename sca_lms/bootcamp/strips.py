"""Draw a session as one learner lived it and say in lines why it gave so many minutes; pure.

The lines take off the session's length what was not paid, one reason at a time, and always end at the minutes
that `attendance.rules.credited_minutes` gives. They are whole seconds: what is smaller goes to the next line.
"""

import datetime as dt
import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sca_lms.attendance.rules import (
    HoursPolicy,
    Presence,
    SessionTimes,
    counted_periods,
    credited_minutes,
    present_periods,
)
from sca_lms.programmes.periods import Period, common, length, united, within, without

SECOND = dt.timedelta(seconds=1)
SECONDS_PER_MINUTE = 60
HUNDREDTH = Decimal("0.01")


class Part(enum.StrEnum):
    """What became of a stretch of a session."""

    PAID = "paid"
    FORGIVEN = "forgiven"
    """Paid although the learner was not there, because of the grace."""
    BREAK = "break"
    LOST = "lost"
    ELSEWHERE = "elsewhere"
    """Paid in another session at the same time."""
    WAITING = "waiting"
    """A check-out is missing; the time could still be paid."""
    COMING = "coming"
    """It is not that late yet."""


TAKEN = frozenset({Part.LOST, Part.ELSEWHERE, Part.WAITING})


class Cause(enum.StrEnum):
    """Why a line takes minutes off, or, for the forgiven ones, why it does not."""

    BREAK = "break"
    ABSENT = "absent"
    LATE = "late"
    LATE_FORGIVEN = "late-forgiven"
    AWAY = "away"
    LEFT_FOR_BREAK = "left-for-break"
    BACK_LATE = "back-late"
    LEFT = "left"
    LEFT_FORGIVEN = "left-forgiven"
    ELSEWHERE = "elsewhere"
    WAITING = "waiting"
    COMING = "coming"
    TOO_LITTLE = "too-little"
    """Less than the share of the session below which nothing is paid."""
    ROUNDING = "rounding"


FORGIVEN = frozenset({Cause.LATE_FORGIVEN, Cause.LEFT_FORGIVEN})
HARMLESS = frozenset({Cause.BREAK, Cause.COMING, *FORGIVEN})
"""Causes that cost nobody anything they could have had."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the strip; place and width in percent of the session."""

    part: Part
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: Decimal
    width: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One reason: how many seconds it takes off (a forgiven one: would have taken off), and which time."""

    cause: Cause
    seconds: int
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None

    @property
    def taken_off(self) -> int:
        """The seconds that it really takes off."""
        return 0 if self.cause in FORGIVEN else self.seconds


@dataclass(frozen=True, slots=True)
class Strip:
    """A session as one learner lived it."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    segments: tuple[Segment, ...]
    lines: tuple[Line, ...]
    seconds: int
    """How long the session is."""
    minutes: int
    """What is paid."""

    @property
    def losses(self) -> tuple[Line, ...]:
        """The lines that cost minutes the learner could have had."""
        return tuple(line for line in self.lines if line.cause not in HARMLESS)

    @property
    def pinned(self) -> tuple[Line, Segment] | None:
        """The largest loss that has a place on the strip, with the stretch where it begins."""
        by_size = sorted(self.losses, key=lambda line: line.seconds, reverse=True)
        for line in by_size:
            for segment in self.segments:
                if line.starts_at and segment.part in TAKEN and segment.starts_at >= line.starts_at:
                    return line, segment
        return None


@dataclass(frozen=True, slots=True)
class _Reason:
    """A reason before it is rounded to seconds."""

    cause: Cause
    duration: dt.timedelta
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class _Times:
    """The session's time by what became of it; the lists do not overlap and fill the session."""

    frame: Period
    breaks: list[Period]
    paid: list[Period]
    forgiven: list[Period]
    elsewhere: list[Period]
    waiting: list[Period]
    coming: list[Period]
    lost: list[Period]
    gaps: list[Period]
    """When the learner did not count as present and could have been."""


def strip_of(
    presences: Iterable[Presence],
    *,
    session: SessionTimes,
    paid_elsewhere: Sequence[Period] = (),
    policy: HoursPolicy,
    until: dt.datetime | None = None,
) -> Strip:
    """Return strip and lines of a session.

    `until` is now, for a session that is still going on: a stay without an end is taken to last until then,
    and what comes after is neither lost nor pending.
    """
    running = until is not None and until < session.ends_at
    stays = list(presences)
    if running and until is not None:
        stays = [_ended(stay, until) for stay in stays]
    credit = credited_minutes(stays, session=session, paid_elsewhere=paid_elsewhere, policy=policy)
    times = _divide(stays, session, paid_elsewhere, policy, until if running else None)
    too_little = bool(times.paid or times.forgiven) and not credit.paid
    lines = _Subtraction(session.ends_at - session.starts_at)
    for reason in _reasons(stays, times, too_little=too_little):
        lines.take_off(reason)
    lines.round_to(credit.minutes)
    return Strip(
        session.starts_at,
        session.ends_at,
        tuple(_segments(times, too_little=too_little)),
        tuple(lines.lines),
        (session.ends_at - session.starts_at) // SECOND,
        credit.minutes,
    )


class _Subtraction:
    """Lines whose seconds add up exactly, whatever fractions of a second the stays have."""

    def __init__(self, whole: dt.timedelta) -> None:
        self.lines: list[Line] = []
        self._rest = whole

    def take_off(self, reason: _Reason) -> None:
        """Add a line that takes off a duration; none for less than a second."""
        before = self._rest // SECOND
        if reason.cause in FORGIVEN:
            seconds = reason.duration // SECOND
        else:
            self._rest -= reason.duration
            seconds = before - self._rest // SECOND
        if seconds:
            self.lines.append(Line(reason.cause, seconds, reason.starts_at, reason.ends_at))

    def round_to(self, minutes: int) -> None:
        """Add the line for what the policy rounds down."""
        self.take_off(_Reason(Cause.ROUNDING, self._rest - minutes * SECONDS_PER_MINUTE * SECOND))


def _ended(stay: Presence, until: dt.datetime) -> Presence:
    return stay if stay.out_at is not None else Presence(stay.in_at, max(stay.in_at, until))


def _divide(
    stays: Sequence[Presence],
    session: SessionTimes,
    paid_elsewhere: Sequence[Period],
    policy: HoursPolicy,
    until: dt.datetime | None,
) -> _Times:
    frame = (session.starts_at, session.ends_at)
    countable = counted_periods(session, counting_mode=policy.counting_mode)
    elsewhere = common(countable, paid_elsewhere)
    there = present_periods(stays, session=session, policy=policy)
    if_stayed = present_periods(
        [_ended(stay, session.ends_at) for stay in stays], session=session, policy=policy
    )
    later = within([(until, session.ends_at)], frame=frame) if until is not None else []
    bodily = within(((stay.in_at, stay.out_at) for stay in stays if stay.out_at is not None), frame=frame)
    free = without(countable, elsewhere)
    given = common(free, there)
    waiting = without(common(free, if_stayed), there)
    coming = without(common(free, later), [*there, *if_stayed])
    return _Times(
        frame,
        breaks=without([frame], countable),
        paid=common(given, bodily),
        forgiven=without(given, bodily),
        elsewhere=elsewhere,
        waiting=waiting,
        coming=coming,
        lost=without(free, [*there, *if_stayed, *later]),
        gaps=without([frame], [*there, *if_stayed, *later]),
    )


def _reasons(stays: Sequence[Presence], times: _Times, *, too_little: bool) -> Iterator[_Reason]:
    """Give every reason with the time that it takes off, in the order of a session."""
    yield _whole(Cause.BREAK, times.breaks)
    at_start = [each for each in times.forgiven if each[0] == times.frame[0]]
    yield _whole(Cause.LATE_FORGIVEN, at_start)
    if not stays:
        yield _Reason(Cause.ABSENT, length(times.lost), *times.frame)
    else:
        for gap in times.gaps:
            yield from _gap(gap, times)
    yield _whole(Cause.LEFT_FORGIVEN, [each for each in times.forgiven if each not in at_start])
    yield _whole(Cause.ELSEWHERE, times.elsewhere)
    yield _whole(Cause.WAITING, times.waiting)
    yield _whole(Cause.COMING, times.coming)
    if too_little:
        yield _whole(Cause.TOO_LITTLE, united([*times.paid, *times.forgiven]))


def _whole(cause: Cause, periods: Sequence[Period]) -> _Reason:
    if not periods:
        return _Reason(cause, dt.timedelta())
    return _Reason(cause, length(periods), periods[0][0], periods[-1][1])


def _gap(gap: Period, times: _Times) -> Iterator[_Reason]:
    """Say why the time of one absence was lost; around a break it was left early or come back from late."""
    pieces = common([gap], times.lost)
    ends_now = bool(times.coming) and gap[1] == times.coming[0][0]
    if gap[0] == times.frame[0]:
        yield _Reason(Cause.LATE, length(pieces), *gap)
    elif gap[1] == times.frame[1] or ends_now:
        yield _Reason(Cause.LEFT, length(pieces), *gap)
    else:
        for piece in pieces:
            yield _Reason(_around_break(piece, gap, times.breaks), piece[1] - piece[0], *piece)


def _around_break(piece: Period, gap: Period, breaks: Sequence[Period]) -> Cause:
    if piece[1] == gap[1] and any(piece[0] == end for _start, end in breaks):
        return Cause.BACK_LATE
    if piece[0] == gap[0] and any(piece[1] == start for start, _end in breaks):
        return Cause.LEFT_FOR_BREAK
    return Cause.AWAY


def _segments(times: _Times, *, too_little: bool) -> Iterator[Segment]:
    given = {Part.PAID: times.paid, Part.FORGIVEN: times.forgiven}
    if too_little:
        given = {Part.LOST: united([*times.paid, *times.forgiven, *times.lost])}
    else:
        given[Part.LOST] = times.lost
    parts = given | {
        Part.BREAK: times.breaks,
        Part.ELSEWHERE: times.elsewhere,
        Part.WAITING: times.waiting,
        Part.COMING: times.coming,
    }
    start, end = times.frame
    placed = sorted((period[0], period[1], part) for part, periods in parts.items() for period in periods)
    for begins, ends, part in placed:
        place = _percent(begins - start, end - start)
        yield Segment(part, begins, ends, place, _percent(ends - start, end - start) - place)


def _percent(part: dt.timedelta, whole: dt.timedelta) -> Decimal:
    share = Decimal(part // dt.timedelta(microseconds=1)) / (whole // dt.timedelta(microseconds=1))
    return (share * 100).quantize(HUNDREDTH)
