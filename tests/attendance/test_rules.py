"""Hours are credited by the programme's rule, to the minute, whatever people do at the doors."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.attendance.rules import (
    CountingMode,
    Credit,
    HoursPolicy,
    Presence,
    SessionTimes,
    credited_minutes,
    session_minutes,
)
from sca_lms.programmes.faults import Document, find_text, find_whole, items, rows
from sca_lms.programmes.periods import Period, read_break, read_moment
from tests.programmes.samples import sample_document

MINUTE = dt.timedelta(minutes=1)
GRACE = HoursPolicy(grace_in=10 * MINUTE, grace_out=10 * MINUTE)


def at(clock: str) -> dt.datetime:
    return read_moment(f"2022-09-05T{clock}")


def stays(*pairs: tuple[str, str | None]) -> list[Presence]:
    return [Presence(at(came), at(left) if left else None) for came, left in pairs]


MORNING = SessionTimes(at("08:30"), at("12:15"), ((at("10:30"), at("10:45")),))


@pytest.mark.parametrize(
    ("presences", "paid", "minutes", "pending"),
    [
        ([("08:30", "12:15")], [], 210, False),
        ([("08:38", "12:15")], [], 210, False),
        ([("08:45", "12:15")], [], 195, False),
        ([("08:30", "10:30"), ("10:50", "12:15")], [], 205, False),
        ([("08:30", "09:30"), ("09:10", "10:40")], [], 120, False),
        ([("10:30", "10:45")], [], 0, False),
        ([("07:50", "12:40")], [], 210, False),
        ([("08:30", "11:55")], [], 190, False),
        ([("08:30", None)], [], 0, True),
        ([("08:30", "12:15")], [("09:00", "10:00")], 150, False),
    ],
)
def test_the_ten_worked_cases(
    presences: list[tuple[str, str | None]], paid: list[tuple[str, str]], minutes: int, pending: bool
) -> None:
    elsewhere = [(at(start), at(end)) for start, end in paid]
    credit = credited_minutes(stays(*presences), session=MORNING, paid_elsewhere=elsewhere, policy=GRACE)
    assert credit == Credit(minutes, pending)


@pytest.mark.parametrize(
    ("presences", "minutes"),
    [
        ([("08:40", "12:15")], 210),
        ([("08:40:01", "12:15")], 199),
        ([("08:30", "12:05")], 210),
        ([("08:30", "12:04:59")], 199),
        ([("07:00", "08:30"), ("09:00", "12:15")], 180),
        ([("08:35", "08:35"), ("09:00", "12:15")], 180),
        ([("12:15", "13:00")], 0),
        ([], 0),
    ],
)
def test_grace_is_given_to_the_second_and_only_for_being_there(
    presences: list[tuple[str, str | None]], minutes: int
) -> None:
    assert credited_minutes(stays(*presences), session=MORNING, policy=GRACE) == Credit(
        minutes, pending=False
    )


def test_seconds_count_until_the_sum_is_rounded_down_once() -> None:
    visits = stays(("08:45:30", "09:00"), ("09:10", "09:20:30"))
    assert credited_minutes(visits, session=MORNING, policy=HoursPolicy()).minutes == 25


def test_an_open_stay_leaves_the_others_credited_and_the_matter_pending() -> None:
    visits = stays(("08:30", "10:30"), ("10:45", None))
    assert credited_minutes(visits, session=MORNING, policy=GRACE) == Credit(120, pending=True)


@pytest.mark.parametrize(("quantum", "minutes"), [(1, 205), (5, 205), (10, 200), (30, 180), (240, 0)])
def test_credit_is_rounded_down_to_the_quantum(quantum: int, minutes: int) -> None:
    visits = stays(("08:30", "10:30"), ("10:50", "12:15"))
    policy = HoursPolicy(quantum_minutes=quantum)
    assert credited_minutes(visits, session=MORNING, policy=policy).minutes == minutes


@pytest.mark.parametrize(("left", "minutes"), [("11:33", 168), ("11:32", 0)])
def test_less_than_the_smallest_part_of_a_session_earns_nothing(left: str, minutes: int) -> None:
    policy = HoursPolicy(min_session_fraction=Decimal("0.8"))
    assert credited_minutes(stays(("08:30", left)), session=MORNING, policy=policy).minutes == minutes


def test_a_camp_counted_round_the_clock_pays_breaks() -> None:
    gross = HoursPolicy(counting_mode=CountingMode.RESIDENTIAL_GROSS)
    assert credited_minutes(stays(("08:30", "12:15")), session=MORNING, policy=gross).minutes == 225
    assert session_minutes(MORNING, counting_mode=CountingMode.RESIDENTIAL_GROSS) == 225
    assert session_minutes(MORNING, counting_mode=CountingMode.NET_CONTACT) == 210


def test_a_week_round_the_clock_is_168_hours() -> None:
    week = SessionTimes(read_moment("2022-09-05T00:00"), read_moment("2022-09-12T00:00"))
    gross = HoursPolicy(counting_mode=CountingMode.RESIDENTIAL_GROSS)
    whole = [Presence(week.starts_at, week.ends_at)]
    assert credited_minutes(whole, session=week, policy=gross).minutes == 168 * 60


def test_minutes_given_by_grace_are_not_paid_twice_either() -> None:
    visits = stays(("08:38", "12:15"))
    paid = [(at("08:00"), at("08:38"))]
    assert credited_minutes(visits, session=MORNING, paid_elsewhere=paid, policy=GRACE).minutes == 202


def test_aware_moments_are_reckoned_like_wall_time() -> None:
    utc = SessionTimes(
        MORNING.starts_at.replace(tzinfo=dt.UTC),
        MORNING.ends_at.replace(tzinfo=dt.UTC),
        tuple((start.replace(tzinfo=dt.UTC), end.replace(tzinfo=dt.UTC)) for start, end in MORNING.breaks),
    )
    visit = Presence(at("08:45").replace(tzinfo=dt.UTC), at("12:15").replace(tzinfo=dt.UTC))
    assert credited_minutes([visit], session=utc, policy=GRACE).minutes == 195


def test_a_policy_is_read_from_the_programme_and_has_defaults() -> None:
    section = sample_document()["hours_policy"]
    assert isinstance(section, dict)
    assert HoursPolicy.of(section) == GRACE
    assert HoursPolicy.of({}) == HoursPolicy()


# Independent of the rule's interval arithmetic: every minute of a small day is looked at by itself.
DAY = 120
minute = st.integers(-20, DAY + 20)
spans = st.tuples(minute, minute)
closed_spans = st.lists(spans, max_size=5)
policies = st.builds(
    HoursPolicy,
    grace_in=st.integers(0, 30).map(lambda minutes: minutes * MINUTE),
    grace_out=st.integers(0, 30).map(lambda minutes: minutes * MINUTE),
    quantum_minutes=st.sampled_from([1, 5, 15, 60]),
    min_session_fraction=st.sampled_from([Decimal(0), Decimal("0.25"), Decimal("0.8"), Decimal(1)]),
    counting_mode=st.sampled_from(CountingMode),
)
START = at("08:00")


def moment(minutes: int) -> dt.datetime:
    return START + minutes * MINUTE


def period(span: tuple[int, int]) -> Period:
    return moment(span[0]), moment(span[1])


def credit_of(
    there: list[tuple[int, int]],
    pauses: list[tuple[int, int]],
    paid: list[tuple[int, int]],
    policy: HoursPolicy,
) -> int:
    session = SessionTimes(moment(0), moment(DAY), tuple(map(period, pauses)))
    visits = [Presence(*period(span)) for span in there]
    credit = credited_minutes(visits, session=session, paid_elsewhere=list(map(period, paid)), policy=policy)
    assert not credit.pending
    return credit.minutes


def minutes_of(spans: list[tuple[int, int]]) -> set[int]:
    return {minute for start, end in spans for minute in range(start, end)}


def simulated(
    there: list[tuple[int, int]],
    pauses: list[tuple[int, int]],
    paid: list[tuple[int, int]],
    policy: HoursPolicy,
) -> int:
    session = set(range(DAY))
    countable = (
        session if policy.counting_mode is CountingMode.RESIDENTIAL_GROSS else session - minutes_of(pauses)
    )
    present = minutes_of(there) & session
    if present:
        first, last = min(present), max(present) + 1
        if first <= policy.grace_in // MINUTE:
            present |= set(range(first))
        if last >= DAY - policy.grace_out // MINUTE:
            present |= set(range(last, DAY))
    earned = len((present & countable) - minutes_of(paid))
    earned -= earned % policy.quantum_minutes
    return 0 if earned < policy.min_session_fraction * len(countable) else earned


@given(closed_spans, closed_spans, closed_spans, policies)
def test_the_rule_agrees_with_looking_at_every_minute(
    there: list[tuple[int, int]],
    pauses: list[tuple[int, int]],
    paid: list[tuple[int, int]],
    policy: HoursPolicy,
) -> None:
    assert credit_of(there, pauses, paid, policy) == simulated(there, pauses, paid, policy)


@given(closed_spans, spans, closed_spans, closed_spans, policies)
def test_being_there_longer_never_costs_a_minute_that_no_grace_had_given(
    there: list[tuple[int, int]],
    more: tuple[int, int],
    pauses: list[tuple[int, int]],
    paid: list[tuple[int, int]],
    policy: HoursPolicy,
) -> None:
    strict = replace(policy, grace_in=dt.timedelta(), grace_out=dt.timedelta())
    assert credit_of([*there, more], pauses, paid, strict) >= credit_of(there, pauses, paid, strict)


def test_the_grace_is_given_once_to_the_first_arrival_and_the_last_departure() -> None:
    """Who comes back within the grace has left later, and was away in between."""
    policy = HoursPolicy(grace_in=10 * MINUTE, grace_out=25 * MINUTE)
    assert credit_of([(10, 95)], [], [], policy) == DAY
    assert credit_of([(10, 95), (97, 98)], [], [], policy) == DAY - 2
    assert credit_of([(2, 4), (10, 95)], [], [], policy) == DAY - 6


@given(closed_spans, closed_spans, closed_spans, spans, policies)
def test_being_paid_elsewhere_never_adds_a_minute(
    there: list[tuple[int, int]],
    pauses: list[tuple[int, int]],
    paid: list[tuple[int, int]],
    more: tuple[int, int],
    policy: HoursPolicy,
) -> None:
    assert credit_of(there, pauses, [*paid, more], policy) <= credit_of(there, pauses, paid, policy)


@given(closed_spans, closed_spans, closed_spans, policies)
def test_a_second_device_earns_nothing_and_a_session_never_pays_more_than_it_is_worth(
    there: list[tuple[int, int]],
    pauses: list[tuple[int, int]],
    paid: list[tuple[int, int]],
    policy: HoursPolicy,
) -> None:
    once = credit_of(there, pauses, paid, policy)
    assert credit_of([*there, *reversed(there)], pauses, paid, policy) == once
    session = SessionTimes(moment(0), moment(DAY), tuple(map(period, pauses)))
    assert 0 <= once <= session_minutes(session, counting_mode=policy.counting_mode)


def visits_of(profile: str, day: int, last_of_day: bool, session: Document) -> list[Presence]:
    """Make up the presences that a profile of the sample programme describes in words."""
    code, start, end = (
        str(session["code"]),
        read_moment(str(session["start"])),
        read_moment(str(session["end"])),
    )
    whole = [Presence(start, end)]
    absent: list[Presence] = []
    match profile:
        case "late_mornings" if code.endswith("A"):
            return [Presence(start + (8 if day % 2 else 25) * MINUTE, end)]
        case "left_early_fridays" if start.isoweekday() == 5 and last_of_day:
            return [Presence(start, end - 45 * MINUTE)]
        case "missed_field_day_makeup_approved":
            return absent if code == "D05A" else whole
        case "two_devices_overlap":
            return [Presence(start, end - 20 * MINUTE), Presence(start + 15 * MINUTE, end)]
        case "missing_checkouts" if code in {"D03B", "D08C", "D12A"}:
            return [Presence(start, None)]
        case "half_days":
            return whole if code.endswith("A") else absent
        case "absent_week_2":
            return absent if 7 <= day <= 11 else whole
        case "withdrawn_day_9":
            return whole if day <= 8 else absent
        case _:
            return whole


@pytest.mark.parametrize(
    ("profile", "makeup"),
    [
        ("full", 0),
        ("late_mornings", 0),
        ("left_early_fridays", 0),
        ("missed_field_day_makeup_approved", 240),
        ("two_devices_overlap", 0),
        ("missing_checkouts", 0),
        ("half_days", 0),
        ("absent_week_2", 0),
        ("withdrawn_day_9", 0),
    ],
)
def test_the_golden_totals_of_the_sample_camp(profile: str, makeup: int) -> None:
    document = sample_document()
    section = document["hours_policy"]
    assert isinstance(section, dict)
    policy = HoursPolicy.of(section)
    total = makeup
    for _, day in rows(document, "bootcamp", "days"):
        sessions = [session for _, session in rows(day, "sessions")]
        for session in sessions:
            start, end = read_moment(str(session["start"])), read_moment(str(session["end"]))
            pauses = [
                read_break(str(pause["start"]), str(pause["end"]), session_start=start)
                for _, pause in rows(session, "breaks")
            ]
            visits = visits_of(profile, int(str(day["day"])), session is sessions[-1], session)
            times = SessionTimes(start, end, tuple(pauses))
            total += credited_minutes(visits, session=times, policy=policy).minutes
    assert total == find_whole(document, "sample_cohort", "attendance_profiles", profile, "expected_minutes")


def test_the_samples_own_worked_cases_are_the_ten() -> None:
    cases = items(sample_document(), "hours_policy", "examples")
    assert [find_whole(case, "minutes") for case in cases] == [210, 210, 195, 205, 120, 0, 210, 190, 0, 150]
    assert {find_text(case, "session", "start") for case in cases} == {"2022-09-05T08:30"}
