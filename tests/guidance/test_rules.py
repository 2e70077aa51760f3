"""Learners are noticed by rules that can be read, and a week holds what was planned for it."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.guidance.rules import (
    DEFAULTS,
    Applied,
    Facts,
    Part,
    RiskKind,
    Setting,
    applied,
    days_since,
    monday_of,
    packed,
    percent_of,
    risk_of,
    unpacked,
    weeks_of,
)

BANGKOK = ZoneInfo("Asia/Bangkok")
MONDAY_MORNING = dt.datetime(2022, 9, 5, 2, 0, tzinfo=dt.UTC)


def test_nothing_known_means_nothing_noticed() -> None:
    assert applied(Facts(), DEFAULTS) == ()


def test_a_learner_who_does_all_is_not_noticed() -> None:
    facts = Facts(True, 0, 0, 0, 0, 3, 0)
    assert risk_of(applied(facts, DEFAULTS)) == 0


@pytest.mark.parametrize(
    ("kind", "below", "at_threshold"),
    [
        (RiskKind.HOURS_BEHIND, Facts(hours_behind=479), Facts(hours_behind=480)),
        (RiskKind.SILENT_DAYS, Facts(silent_days=13), Facts(silent_days=14)),
        (RiskKind.MODULES_LATE, Facts(modules_late=0), Facts(modules_late=1)),
        (RiskKind.WORK_LATE, Facts(work_late=0), Facts(work_late=1)),
        (RiskKind.NO_MENTORING, Facts(days_without_mentoring=34), Facts(days_without_mentoring=35)),
        (RiskKind.UPDATES_MISSED, Facts(updates_missed=1), Facts(updates_missed=2)),
        (RiskKind.CANNOT_REACH, Facts(can_reach=True), Facts(can_reach=False)),
    ],
)
def test_a_rule_applies_from_its_threshold_on(kind: RiskKind, below: Facts, at_threshold: Facts) -> None:
    assert applied(below, DEFAULTS) == ()
    assert [each.kind for each in applied(at_threshold, DEFAULTS)] == [kind]


def test_a_rule_that_is_switched_off_applies_to_nobody() -> None:
    off = Setting(RiskKind.WORK_LATE, 1, 5, enabled=False)
    assert applied(Facts(work_late=9), [off]) == ()


def test_a_threshold_of_nothing_does_not_notice_everybody() -> None:
    assert applied(Facts(work_late=0), [Setting(RiskKind.WORK_LATE, 0, 1)]) == ()


def test_the_weightiest_reason_comes_first() -> None:
    facts = Facts(can_reach=False, modules_late=2, updates_missed=4)
    found = applied(facts, DEFAULTS)
    assert [each.kind for each in found] == [
        RiskKind.CANNOT_REACH,
        RiskKind.MODULES_LATE,
        RiskKind.UPDATES_MISSED,
    ]
    assert risk_of(found) == 8


def test_reasons_come_back_as_they_were_and_kinds_that_are_gone_are_left_out() -> None:
    found = (Applied(RiskKind.WORK_LATE, 3, 1, 2),)
    assert unpacked([*packed(found), {"kind": "phase-of-the-moon", "value": 1}]) == found


def test_a_week_begins_on_the_wall_calendars_monday() -> None:
    # 20:00 UTC on Sunday is Monday morning in Bangkok.
    assert monday_of(dt.datetime(2022, 9, 4, 20, 0, tzinfo=dt.UTC), BANGKOK) == dt.date(2022, 9, 5)
    assert monday_of(dt.datetime(2022, 9, 4, 16, 0, tzinfo=dt.UTC), BANGKOK) == dt.date(2022, 8, 29)


def test_only_what_lies_behind_is_expected_of_a_week() -> None:
    parts = [Part(MONDAY_MORNING, 120, 60), Part(MONDAY_MORNING + dt.timedelta(days=3), 120, 0)]
    assert weeks_of(parts, zone=BANGKOK, at=MONDAY_MORNING + dt.timedelta(days=1)) == {
        dt.date(2022, 9, 5): (120, 60)
    }


MOMENTS = st.datetimes(
    dt.datetime(2022, 1, 1),  # noqa: DTZ001 - The strategy adds the zone.
    dt.datetime(2023, 1, 1),  # noqa: DTZ001 - As above.
    timezones=st.just(dt.UTC),
)


@given(st.lists(st.builds(Part, MOMENTS, st.integers(-10, 600), st.integers(-10, 900))), MOMENTS)
def test_sums_of_weeks_never_exceed_what_was_planned_and_lose_nothing(
    parts: list[Part], at: dt.datetime
) -> None:
    weeks = weeks_of(parts, zone=BANGKOK, at=at)
    assert all(0 <= done <= planned for planned, done in weeks.values())
    expected = sum(part.planned for part in parts if part.planned > 0 and part.at <= at)
    assert sum(planned for planned, _done in weeks.values()) == expected


@pytest.mark.parametrize(("planned", "done", "percent"), [(0, 0, None), (3, 2, 66), (120, 120, 100)])
def test_a_share_is_rounded_down(planned: int, done: int, percent: int | None) -> None:
    assert percent_of(planned, done) == percent


def test_days_are_counted_by_midnights() -> None:
    last = dt.datetime(2022, 9, 5, 16, 59, tzinfo=dt.UTC)
    assert days_since(last, last + dt.timedelta(minutes=2), BANGKOK) == 1
    assert days_since(None, last, BANGKOK) is None
