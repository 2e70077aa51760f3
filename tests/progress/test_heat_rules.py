"""The heat map shows twelve weeks, names their phases, and a phone steps by six."""

import datetime as dt

import pytest

from sca_lms.progress.heat_rules import Phase, level_of, phases_of, weeks_shown
from tests.programmes.samples import sample_document

FIRST = dt.date(2022, 8, 22)


@pytest.mark.parametrize(
    ("percent", "level"),
    [(None, "lvx"), (0, "lv0"), (19, "lv0"), (20, "lv1"), (50, "lv2"), (75, "lv3"), (94, "lv3"), (95, "lv4")],
)
def test_a_cell_is_as_dark_as_it_needs_somebody(percent: int | None, level: str) -> None:
    assert level_of(percent) == level


def test_the_phases_are_those_of_the_programme_file() -> None:
    phases = phases_of(sample_document())
    assert [each.phase for each in phases] == [Phase.BEFORE, Phase.CAMP, Phase.PLACE]
    weeks = weeks_shown(FIRST, dt.date(2022, 11, 10), None, phases)
    assert [(each.phase, each.weeks) for each in weeks.phases] == [
        (Phase.BEFORE, 2),
        (Phase.CAMP, 4),
        (Phase.PLACE, 6),
    ]
    assert [each.number for each in weeks.columns] == list(range(1, 13))
    assert sum(each.on_phones for each in weeks.columns) == 6


def test_steps_lead_to_every_week_and_stop_at_both_ends() -> None:
    weeks = weeks_shown(FIRST, dt.date(2022, 12, 31), None, [])
    assert weeks.total == 19
    assert weeks.columns[-1].number == 19
    assert weeks.later(12) is None
    before = weeks_shown(FIRST, dt.date(2022, 12, 31), weeks.earlier(12), [])
    assert (before.columns[0].number, before.columns[-1].number) == (1, 12)
    assert before.earlier(12) is None
    phone = weeks_shown(FIRST, dt.date(2022, 12, 31), weeks.earlier(6), [])
    assert phone.columns[-1].number == 13
    assert before.later(12) == weeks.columns[-1].monday


def test_without_phases_and_with_one_week_there_is_one_column() -> None:
    weeks = weeks_shown(FIRST, FIRST, dt.date(1, 1, 3), [])
    assert [each.phase for each in weeks.columns] == [Phase.OTHER]
    assert weeks.earlier(6) is None
    assert weeks.later(6) is None
