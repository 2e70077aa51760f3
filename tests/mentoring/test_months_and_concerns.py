"""Months are those of the wall clock, and a pair is overdue on its thirtieth day without a meeting."""

import datetime as dt
import itertools
from zoneinfo import ZoneInfo

from sca_lms.mentoring import concern_rules
from sca_lms.mentoring.concern_rules import Concern
from sca_lms.mentoring.months import months_of

BANGKOK = ZoneInfo("Asia/Bangkok")


def test_a_month_begins_at_midnight_where_the_course_is() -> None:
    (only,) = months_of([], today=dt.date(2022, 12, 31), zone=BANGKOK)
    assert only.starts_at == dt.datetime(2022, 11, 30, 17, tzinfo=dt.UTC)
    assert only.ends_at == dt.datetime(2022, 12, 31, 17, tzinfo=dt.UTC)


def test_months_run_from_the_first_day_to_the_last_without_a_gap() -> None:
    found = months_of([dt.date(2022, 10, 1), dt.date(2023, 9, 1)], today=dt.date(2023, 1, 15), zone=BANGKOK)
    assert [each.first.isoformat()[:7] for each in (found[0], found[-1])] == ["2022-10", "2023-09"]
    assert len(found) == 12
    assert all(one.ends_at == other.starts_at for one, other in itertools.pairwise(found))


def test_of_many_months_those_around_today_are_shown() -> None:
    found = months_of([dt.date(2019, 1, 1), dt.date(2026, 1, 1)], today=dt.date(2023, 1, 15), zone=BANGKOK)
    assert len(found) == 13
    assert dt.date(2023, 1, 1) in [each.first for each in found]


def test_a_pair_is_overdue_thirty_days_after_it_met_or_began() -> None:
    began = dt.datetime(2022, 10, 1, tzinfo=dt.UTC)
    moment = dt.timedelta(microseconds=1)
    assert not concern_rules.overdue(None, began, at=began + dt.timedelta(days=30) - moment)
    assert concern_rules.overdue(None, began, at=began + dt.timedelta(days=30))
    assert not concern_rules.overdue(began + dt.timedelta(days=10), began, at=began + dt.timedelta(days=39))


def test_the_most_urgent_concern_comes_first() -> None:
    found = concern_rules.concerns(disputes=1, reports=0, requests=2, is_overdue=True)
    assert found == (Concern.DISPUTE, Concern.REQUEST, Concern.NOT_MET)
