"""Pictures of a cohort come from sums that can be worked out by hand."""

import datetime as dt
from decimal import Decimal

from sca_lms.guidance.cohort_rules import (
    Activity,
    Pictures,
    Step,
    Trend,
    average_of,
    packed,
    unpacked,
)
from sca_lms.progress.funnel_rules import rows_of
from sca_lms.progress.trend_rules import drawing_of

MONDAY = dt.date(2022, 9, 5)
A_DAY = dt.timedelta(days=1)


def a_trend() -> Trend:
    planned = {MONDAY: 400, MONDAY + A_DAY: 400, MONDAY + 7 * A_DAY: 400}
    days = average_of(planned, {MONDAY: 300, MONDAY + A_DAY: 400}, learners=2, today=MONDAY + A_DAY)
    return Trend(days, 600, 480, 550)


def test_minutes_add_up_and_are_shared_among_the_learners() -> None:
    days = a_trend().days
    assert [(each.planned, each.credited) for each in days] == [(0, 0), (200, 150), (400, 350), (600, None)]
    assert days[0].day == MONDAY - A_DAY


def test_a_week_keeps_its_last_day_and_the_beginning() -> None:
    weeks = a_trend().by_week().days
    assert [(each.planned, each.credited) for each in weeks] == [(0, 0), (400, 350), (600, None)]


def test_nobody_has_no_average() -> None:
    assert average_of({MONDAY: 1}, {}, learners=0, today=MONDAY) == ()


def test_the_lines_lie_where_the_numbers_say() -> None:
    drawing = drawing_of(a_trend())
    assert drawing is not None
    assert drawing.plan.split()[-1] == "1000.00,0.00"
    assert drawing.real.split() == ["0.00,200.00", "125.00,150.00", "250.00,83.33"]
    assert drawing.passing_top == Decimal("40.00")
    assert [each.minutes for each in drawing.ticks] == [0, 300, 600]
    assert drawing.reach.startswith("250.00,83.33 1000,16.67")


def test_before_anything_is_credited_there_is_no_line() -> None:
    days = average_of({MONDAY: 400}, {}, learners=2, today=MONDAY)
    assert drawing_of(Trend(days, 600, 480, 550)) is None


def test_bars_are_as_wide_as_the_shares() -> None:
    row = rows_of([Step(Activity.PRE, 8, 6, 2)])[0]
    assert (row.completed, row.on_the_way) == (Decimal("25.00"), Decimal("50.00"))
    assert (row.began_percent, row.completed_percent, row.step.not_begun) == (75, 25, 2)


def test_pictures_come_back_as_they_were() -> None:
    pictures = Pictures((Step(Activity.UPDATES, 3, 2, 1),), a_trend())
    assert unpacked(packed(pictures)) == pictures
    assert unpacked({}) == Pictures((), None)
