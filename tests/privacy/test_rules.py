"""The clock of thirty days, and taking people out of documents."""

import datetime as dt

import pytest

from sca_lms.privacy import rules, washing
from sca_lms.privacy.holdings import ERASED

ASKED = dt.datetime(2026, 11, 1, 9, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("after", "left", "mark"),
    [
        (dt.timedelta(0), 30, "wait"),
        (dt.timedelta(minutes=1), 30, "wait"),
        (22 * DAY, 8, "wait"),
        (23 * DAY, 7, "behind"),
        (30 * DAY, 0, "behind"),
        (30 * DAY + dt.timedelta(minutes=1), -1, "never"),
        (33 * DAY, -3, "never"),
    ],
)
def test_thirty_days_are_counted_and_stand_out_near_their_end(
    after: dt.timedelta, left: int, mark: str
) -> None:
    due = rules.due_at(ASKED)
    assert rules.days_left(due, at=ASKED + after) == left
    assert rules.urgency(due, at=ASKED + after) == mark


def test_washing_leaves_figures_dates_and_states() -> None:
    document = {
        "minutes": 60, "reason": "ไม่สบาย", "score": "12.5", "due_at": "2026-11-01T09:00:00+00:00",
        "state": "granted", "roles": ["learner"], "lines": [{"text": "secret"}], "none": None, "empty": "",
    }  # fmt: skip
    assert washing.washed(document) == {
        "minutes": 60, "reason": ERASED, "score": "12.5", "due_at": "2026-11-01T09:00:00+00:00",
        "state": "granted", "roles": ["learner"], "lines": [{"text": ERASED}], "none": None, "empty": "",
    }  # fmt: skip


def test_a_name_goes_wherever_it_stands_and_short_or_numeric_ones_are_left() -> None:
    terms = washing.terms_of("นก", "12345", "Nok Sukjai", "", "nok@example.org")
    assert terms == ("nok@example.org", "Nok Sukjai")
    assert washing.without({"Nok Sukjai": ["to nok@example.org", 5]}, terms) == {ERASED: [f"to {ERASED}", 5]}
