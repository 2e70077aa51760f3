"""A session's strip and its lines always end at the minutes that the rules give."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.attendance.rules import (
    CountingMode,
    HoursPolicy,
    Presence,
    SessionTimes,
    credited_minutes,
)
from sca_lms.bootcamp.strips import Cause, Part, Strip, strip_of
from sca_lms.programmes.periods import Period, length

DAY = dt.datetime(2022, 9, 5, tzinfo=dt.UTC)
GRACE = dt.timedelta(minutes=10)
POLICY = HoursPolicy(grace_in=GRACE, grace_out=GRACE)


def at(clock: str) -> dt.datetime:
    parts = [int(part) for part in clock.split(":")]
    return DAY + dt.timedelta(hours=parts[0], minutes=parts[1], seconds=sum(parts[2:]))


SESSION = SessionTimes(at("8:30"), at("12:15"), ((at("10:30"), at("10:45")),))


def stays(*times: tuple[str, str | None]) -> list[Presence]:
    return [Presence(at(came), at(left) if left else None) for came, left in times]


def told(strip: Strip) -> list[tuple[str, int]]:
    """Return the lines in seconds, or in minutes where they are whole."""
    return [(line.cause.value, line.seconds // 60) for line in strip.lines if line.seconds % 60 == 0]


CASES: list[tuple[list[Presence], list[tuple[str, int]], int]] = [
    (stays(("8:30", "12:15")), [("break", 15)], 210),
    (stays(("8:38", "12:15")), [("break", 15), ("late-forgiven", 8)], 210),
    (stays(("8:45", "12:15")), [("break", 15), ("late", 15)], 195),
    (stays(("8:30", "10:30"), ("10:50", "12:15")), [("break", 15), ("back-late", 5)], 205),
    (
        stays(("8:30", "10:25"), ("10:50", "12:15")),
        [("break", 15), ("left-for-break", 5), ("back-late", 5)],
        200,
    ),
    (stays(("8:30", "9:00"), ("9:20", "12:15")), [("break", 15), ("away", 20)], 190),
    (stays(("8:30", "11:55")), [("break", 15), ("left", 20)], 190),
    (stays(("8:30", "12:08")), [("break", 15), ("left-forgiven", 7)], 210),
    (stays(("10:30", "10:45")), [("break", 15), ("late", 120), ("left", 90)], 0),
    (stays(("11:00", "12:15")), [("break", 15), ("late", 135)], 75),
    (stays(("8:30", None)), [("break", 15), ("waiting", 210)], 0),
    (stays(("9:00", None)), [("break", 15), ("late", 30), ("waiting", 180)], 0),
    (stays(("8:30", "10:30"), ("10:45", None)), [("break", 15), ("waiting", 90)], 120),
    ([], [("break", 15), ("absent", 210)], 0),
]  # fmt: skip


@pytest.mark.parametrize(("presences", "lines", "minutes"), CASES)
def test_the_lines_say_what_was_taken_off_and_why(
    presences: list[Presence], lines: list[tuple[str, int]], minutes: int
) -> None:
    strip = strip_of(presences, session=SESSION, policy=POLICY)
    assert told(strip) == lines
    assert strip.minutes == minutes


def test_what_another_room_pays_is_neither_lost_nor_paid_here() -> None:
    other = [(at("9:00"), at("10:00"))]
    strip = strip_of(stays(("8:30", "12:15")), session=SESSION, paid_elsewhere=other, policy=POLICY)
    assert told(strip) == [("break", 15), ("elsewhere", 60)]
    absent = strip_of([], session=SESSION, paid_elsewhere=other, policy=POLICY)
    assert told(absent) == [("break", 15), ("absent", 150), ("elsewhere", 60)]


def test_seconds_are_shown_and_rounded_down_once_in_a_line_of_their_own() -> None:
    strip = strip_of(stays(("8:45:20", "12:15")), session=SESSION, policy=POLICY)
    lines = [(line.cause, line.seconds) for line in strip.lines]
    assert lines == [(Cause.BREAK, 900), (Cause.LATE, 920), (Cause.ROUNDING, 40)]
    assert strip.minutes == 194


def test_less_than_the_share_that_is_asked_for_is_not_paid_and_says_so() -> None:
    policy = HoursPolicy(min_session_fraction=Decimal("0.5"))
    strip = strip_of(stays(("8:30", "9:30")), session=SESSION, policy=policy)
    assert told(strip) == [("break", 15), ("left", 150), ("too-little", 60)]
    assert {segment.part for segment in strip.segments} == {Part.BREAK, Part.LOST}


def test_a_residential_camp_has_no_breaks_to_take_off() -> None:
    policy = HoursPolicy(counting_mode=CountingMode.RESIDENTIAL_GROSS)
    strip = strip_of(stays(("8:30", "12:15")), session=SESSION, policy=policy)
    assert (strip.lines, strip.minutes) == ((), 225)


def test_a_session_that_is_going_on_counts_until_now_and_the_rest_is_to_come() -> None:
    strip = strip_of(stays(("8:30", None)), session=SESSION, policy=POLICY, until=at("11:00"))
    assert told(strip) == [("break", 15), ("coming", 75)]
    assert strip.minutes == 135
    left = strip_of(stays(("8:30", "10:00")), session=SESSION, policy=POLICY, until=at("11:00"))
    assert told(left) == [("break", 15), ("left", 45), ("coming", 75)]
    nobody = strip_of([], session=SESSION, policy=POLICY, until=at("8:40"))
    assert told(nobody) == [("break", 15), ("absent", 10), ("coming", 200)]


# ---------------------------------------------------------------- whatever happens, it adds up

moments = st.integers(-40 * 60, 280 * 60).map(lambda seconds: at("8:30") + dt.timedelta(seconds=seconds))
fractions = st.integers(0, 999_999).map(lambda each: dt.timedelta(microseconds=each))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    first, second = sorted((draw(moments), draw(moments)))
    return first, second


@st.composite
def presences_of_somebody(draw: st.DrawFn) -> Presence:
    start, end = draw(periods())
    came = start + draw(fractions)
    left = max(came, end + draw(fractions))
    return Presence(came, None if draw(st.booleans()) and draw(st.booleans()) else left)


policies = st.builds(
    HoursPolicy,
    grace_in=st.sampled_from([dt.timedelta(), GRACE]),
    grace_out=st.sampled_from([dt.timedelta(), GRACE]),
    quantum_minutes=st.sampled_from([1, 5, 15, 60]),
    min_session_fraction=st.sampled_from([Decimal(), Decimal("0.5"), Decimal(1)]),
    counting_mode=st.sampled_from(list(CountingMode)),
)


@given(
    st.lists(presences_of_somebody(), max_size=5),
    st.lists(periods(), max_size=2),
    st.lists(periods(), max_size=2),
    policies,
)
def test_lines_and_segments_always_add_up_to_what_the_rules_pay(
    presences: list[Presence], breaks: list[Period], elsewhere: list[Period], policy: HoursPolicy
) -> None:
    session = SessionTimes(SESSION.starts_at, SESSION.ends_at, tuple(breaks))
    credit = credited_minutes(presences, session=session, paid_elsewhere=elsewhere, policy=policy)
    strip = strip_of(presences, session=session, paid_elsewhere=elsewhere, policy=policy)
    assert strip.minutes == credit.minutes
    assert strip.seconds - sum(line.taken_off for line in strip.lines) == credit.minutes * 60
    assert all(line.seconds > 0 for line in strip.lines)
    rounding = [line.seconds for line in strip.lines if line.cause is Cause.ROUNDING]
    assert sum(rounding) < policy.quantum_minutes * 60
    _fill_the_session(strip)
    paid = [
        (segment.starts_at, segment.ends_at)
        for segment in strip.segments
        if segment.part in {Part.PAID, Part.FORGIVEN}
    ]
    assert length(paid) == length(credit.paid)


@given(st.lists(presences_of_somebody(), max_size=4), moments, policies)
def test_a_running_session_adds_up_at_any_moment(
    presences: list[Presence], now: dt.datetime, policy: HoursPolicy
) -> None:
    known = [
        Presence(stay.in_at, stay.out_at if stay.out_at and stay.out_at <= now else None)
        for stay in presences
        if stay.in_at <= now
    ]
    strip = strip_of(known, session=SESSION, policy=policy, until=now)
    assert strip.seconds - sum(line.taken_off for line in strip.lines) == strip.minutes * 60
    _fill_the_session(strip)


def _fill_the_session(strip: Strip) -> None:
    edge = strip.starts_at
    for segment in strip.segments:
        assert segment.starts_at == edge < segment.ends_at
        edge = segment.ends_at
    assert edge == strip.ends_at
    assert sum((segment.width for segment in strip.segments), Decimal()) == 100
