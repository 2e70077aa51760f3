"""The pathway says where somebody stands in every stage, and shows its months."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from sca_lms.progress.pathway import Stage, StageKey, StageState, limits, span_of, state_of
from sca_lms.progress.pathway_queries import rounds_of
from tests.guidance.house import AT, House, a_house
from tests.programmes.samples import sample_document

FIRST, LAST = dt.date(2022, 9, 5), dt.date(2022, 9, 30)


@pytest.mark.parametrize(
    ("today", "is_done", "is_locked", "state"),
    [
        (dt.date(2022, 9, 4), False, False, StageState.AHEAD),
        (dt.date(2022, 9, 4), False, True, StageState.AHEAD),
        (dt.date(2022, 9, 5), False, False, StageState.NOW),
        (dt.date(2022, 9, 30), False, False, StageState.NOW),
        (dt.date(2022, 9, 5), False, True, StageState.LOCKED),
        (dt.date(2022, 10, 1), False, False, StageState.SHORT),
        (dt.date(2022, 9, 4), True, True, StageState.DONE),
        (dt.date(2022, 10, 1), True, False, StageState.DONE),
    ],
)
def test_a_stage_is_ahead_now_locked_over_or_done(
    today: dt.date, *, is_done: bool, is_locked: bool, state: StageState
) -> None:
    assert state_of(today, FIRST, LAST, is_done=is_done, is_locked=is_locked) is state


def test_a_stage_without_dates_goes_on() -> None:
    assert state_of(FIRST, None, None, is_done=False) is StageState.NOW


def test_shares_are_rounded_down_and_never_beyond_all() -> None:
    assert Stage(StageKey.PRE, StageState.NOW, None, None, 2, 3).percent == 66
    assert Stage(StageKey.PRE, StageState.NOW, None, None, 5, 3).percent == 100
    assert Stage(StageKey.PITCHING, StageState.AHEAD, None, None).percent is None


def test_months_hold_every_stage_and_today() -> None:
    stages = [
        Stage(StageKey.BOOTCAMP, StageState.NOW, FIRST, LAST, 1, 2),
        Stage(StageKey.UPDATES, StageState.AHEAD, dt.date(2022, 10, 27), dt.date(2023, 1, 31)),
        Stage(StageKey.PITCHING, StageState.AHEAD, None, None),
    ]
    span = span_of(stages, FIRST)
    assert span is not None
    assert [month.month for month in span.months] == [9, 10, 11, 12, 1]
    assert all(bar.left >= 0 and bar.left + bar.width <= 100.01 for bar in span.bars)
    assert span.bars[0].done_width == pytest.approx(span.bars[0].width / 2, abs=0.01)
    assert span.today is not None
    outside = span_of(stages, dt.date(2024, 1, 1))
    assert outside is not None
    assert outside.today is None
    assert limits(stages) == (FIRST, dt.date(2023, 1, 31))
    assert span_of([], FIRST) is None


def test_the_rounds_are_those_that_the_programme_announces() -> None:
    rounds = rounds_of(sample_document())
    assert [len(each.days) for each in rounds] == [2, 2, 1]
    assert [(each.teams_in, each.teams_out) for each in rounds] == [(150, 30), (30, 10), (10, 1)]
    assert rounds[2].days == (dt.date(2023, 6, 14),)


@pytest.mark.parametrize("document", [{}, {"pitching": 3}, {"pitching": {"rounds": "x"}}])
def test_a_programme_without_pitching_announces_nothing(document: dict[str, object]) -> None:
    assert rounds_of(document) == []


@pytest.fixture
def house(app: Flask) -> Iterator[House]:
    with time_machine.travel(AT, tick=True):
        yield a_house(app)


def test_the_pathway_names_five_stages_and_why_modules_are_locked(house: House) -> None:
    page = house.page("pathway", house.learners[0])
    for words in ("Pre-bootcamp", "Bootcamp", "Mentoring", "Monthly updates", "Project pitching"):
        assert f"<h3>{words}</h3>" in page
    assert "Complete the module" in page
    assert "over, not complete" in page
    assert "going on now" in page
    assert "14 Jun 2023" in page
    assert "do not take place in this tool" in page


def test_mentoring_is_locked_without_a_pair_once_it_has_begun(house: House) -> None:
    with time_machine.travel(dt.datetime(2022, 10, 10, tzinfo=dt.UTC), tick=True):
        assert "You have no pair yet." in house.page("pathway", house.learners[1])
        assert "You have no pair yet." not in house.page("pathway", house.learners[0])


def test_staff_have_no_pathway(house: House) -> None:
    assert house.get("pathway").status_code == 403
