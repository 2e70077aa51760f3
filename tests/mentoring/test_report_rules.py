"""Two reports agree within the tolerance or staff decide; time settles at exact moments."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.mentoring import report_rules
from sca_lms.mentoring.report_rules import Fault, Said, Settled

MINUTE = dt.timedelta(minutes=1)
BEGAN = dt.datetime(2022, 10, 3, 6, 0, tzinfo=dt.UTC)
BANGKOK = ZoneInfo("Asia/Bangkok")
MOMENT = dt.timedelta(microseconds=1)


def said(minutes: int | None, *, late: int = 0) -> Said:
    if minutes is None:
        return Said(None, None, BEGAN)
    begins = BEGAN + late * MINUTE
    return Said(begins, begins + minutes * MINUTE, BEGAN + 2 * 60 * MINUTE)


@pytest.mark.parametrize(
    ("captain", "ambassador", "outcome", "minutes"),
    [
        (90, 90, Settled.CREDITED, 90),
        (90, 80, Settled.CREDITED, 80),
        (80, 90, Settled.CREDITED, 80),
        (90, 79, Settled.DISPUTED, None),
        (95, 85, Settled.CREDITED, 85),
        (None, 90, Settled.DISPUTED, None),
        (90, None, Settled.DISPUTED, None),
        (None, None, Settled.DISPUTED, None),
    ],
)
def test_the_smaller_report_counts_when_both_agree_within_ten_minutes(
    captain: int | None, ambassador: int | None, outcome: Settled, minutes: int | None
) -> None:
    verdict = report_rules.settle(said(captain), said(ambassador), tolerance_minutes=10)
    assert (verdict.outcome, verdict.minutes) == (outcome, minutes)


def test_one_report_alone_settles_nothing() -> None:
    assert report_rules.settle(said(90), None, tolerance_minutes=10).outcome is Settled.REPORTED
    assert report_rules.settle(said(None), None, tolerance_minutes=10).outcome is Settled.REPORTED


@given(st.integers(1, 600), st.integers(1, 600), st.integers(0, 60), st.integers(-30, 30))
def test_no_order_of_reports_matters_and_nobody_is_credited_more_than_either_says(
    one: int, other: int, tolerance: int, late: int
) -> None:
    verdict = report_rules.settle(said(one), said(other, late=late), tolerance_minutes=tolerance)
    assert verdict == report_rules.settle(said(other, late=late), said(one), tolerance_minutes=tolerance)
    assert (verdict.outcome is Settled.CREDITED) == (abs(one - other) <= tolerance)
    assert verdict.minutes is None or verdict.minutes == min(one, other)


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ([None], None),
        ([None, None], None),
        ([None, Settled.CREDITED], Settled.REPORTED),
        ([Settled.REPORTED, Settled.CREDITED], Settled.REPORTED),
        ([Settled.DISPUTED, None], Settled.DISPUTED),
        ([Settled.CREDITED, Settled.NO_SHOW], Settled.CREDITED),
        ([Settled.NO_SHOW, Settled.LAPSED], Settled.NO_SHOW),
        ([Settled.LAPSED, Settled.LAPSED], Settled.LAPSED),
    ],
)
def test_an_appointment_stands_where_its_places_do(
    outcomes: list[Settled | None], state: Settled | None
) -> None:
    assert report_rules.meeting_state(outcomes) is state


@pytest.mark.parametrize(
    ("begins", "ends", "fault"),
    [
        (0, 90, None),
        (-60, 90, None),
        (0, 0, Fault.BACKWARDS),
        (90, 0, Fault.BACKWARDS),
        (0, 121, Fault.FUTURE),
        (-13 * 60 - 1, 90, Fault.OTHER_DAY),
        (-13 * 60, 90, None),
    ],
)
def test_times_lie_on_the_day_of_the_meeting_and_never_in_the_future(
    begins: int, ends: int, fault: Fault | None
) -> None:
    day = report_rules.day_of_meeting(BEGAN, BEGAN + 90 * MINUTE, BANGKOK)
    at = BEGAN + 120 * MINUTE
    found = report_rules.fault_of(BEGAN + begins * MINUTE, BEGAN + ends * MINUTE, day=day, at=at)
    assert found is fault


def test_a_meeting_through_midnight_has_both_days() -> None:
    late = dt.datetime(2022, 10, 3, 23, 0, tzinfo=BANGKOK)
    opens, closes = report_rules.day_of_meeting(late, late + 120 * MINUTE, BANGKOK)
    assert opens == dt.datetime(2022, 10, 3, tzinfo=BANGKOK)
    assert closes == dt.datetime(2022, 10, 5, tzinfo=BANGKOK)
    until_midnight = report_rules.day_of_meeting(late, late + 60 * MINUTE, BANGKOK)
    assert until_midnight[1] == dt.datetime(2022, 10, 4, tzinfo=BANGKOK)


def test_a_day_with_25_hours_is_a_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    noon = dt.datetime(2022, 10, 30, 12, 0, tzinfo=berlin)
    opens, closes = report_rules.day_of_meeting(noon, noon + 60 * MINUTE, berlin)
    assert closes - opens == dt.timedelta(hours=25)


def test_deadlines_are_exact() -> None:
    lapses_at = BEGAN + dt.timedelta(days=7)
    assert not report_rules.lapses(BEGAN, within_days=7, at=lapses_at - MOMENT)
    assert report_rules.lapses(BEGAN, within_days=7, at=lapses_at)
    claim = Said(None, None, BEGAN)
    settles_at = BEGAN + dt.timedelta(hours=48)
    assert not report_rules.silence_settles(claim, at=settles_at - MOMENT)
    assert report_rules.silence_settles(claim, at=settles_at)
    assert not report_rules.silence_settles(said(90), at=settles_at + dt.timedelta(days=9))
    assert not report_rules.may_say_nobody_came(BEGAN, at=BEGAN + 15 * MINUTE - MOMENT)
    assert report_rules.may_say_nobody_came(BEGAN, at=BEGAN + 15 * MINUTE)


@pytest.mark.parametrize(
    ("days", "reminder"), [(0, None), (1.99, None), (2, 2), (4.99, 2), (5, 5), (6.99, 5), (7, None)]
)
def test_reminders_come_on_the_second_and_the_fifth_day(days: float, reminder: int | None) -> None:
    at = BEGAN + dt.timedelta(days=days)
    assert report_rules.reminder_due(BEGAN, within_days=7, at=at) == reminder
