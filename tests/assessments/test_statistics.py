"""The figures of a quiz agree with numbers worked out apart from them, with the standard library's floats."""

import statistics as independent
from decimal import Decimal

import pytest

from sca_lms.assessments.statistics import (
    Answered,
    Group,
    Hint,
    ItemTally,
    alpha_of,
    bounds_of,
    overview_of,
)
from sca_lms.assessments.statistics_choices import Choice, chosen_in, offered_by
from tests.assessments.samples import MATCH, MULTI, SINGLE, text

# Twelve attempts at five questions, right or wrong.
TABLE = (
    (1, 1, 1, 1, 1), (1, 1, 1, 1, 0), (1, 1, 1, 0, 1), (1, 1, 0, 1, 0), (1, 0, 1, 1, 0), (1, 1, 1, 0, 0),
    (1, 1, 0, 0, 0), (1, 0, 1, 0, 1), (0, 1, 0, 0, 0), (1, 0, 0, 0, 0), (0, 0, 0, 0, 1), (0, 0, 0, 0, 0),
)  # fmt: skip


def groups_of(totals: list[tuple[int, Decimal]]) -> dict[int, Group | None]:
    bounds = bounds_of(totals)
    assert bounds is not None
    return {
        number: bounds.group(share, is_early=number <= bounds.weakest[1], is_late=number >= bounds.best[1])
        for number, share in totals
    }


def _tally(column: int, choices: dict[int, tuple[Choice, ...]] | None = None) -> ItemTally:
    totals = [(number, Decimal(sum(row)) / 5) for number, row in enumerate(TABLE)]
    groups = groups_of(totals)
    tally = ItemTally()
    for number, row in enumerate(TABLE):
        answered = Answered(
            Decimal(row[column]), Decimal(1), Decimal(sum(row)), Decimal(5),
            (choices or {}).get(number, ()), blank=False,
        )  # fmt: skip
        tally.add(answered, groups.get(number))
    return tally


@pytest.mark.parametrize("column", range(5))
def test_facility_deviation_and_correlation_are_those_of_the_standard_library(column: int) -> None:
    figures = _tally(column).figures()
    shares = [row[column] for row in TABLE]
    rests = [sum(row) - row[column] for row in TABLE]

    assert float(figures.facility) == pytest.approx(independent.mean(shares))
    assert float(figures.deviation or 0) == pytest.approx(independent.stdev(shares))
    assert float(figures.correlation or 0) == pytest.approx(independent.correlation(shares, rests))


def test_the_best_and_the_weakest_are_27_percent_each() -> None:
    groups = groups_of([(number, Decimal(sum(row)) / 5) for number, row in enumerate(TABLE)])

    # 12 · 0.27 = 3.24, so three of each.
    assert {number for number, group in groups.items() if group is Group.UPPER} == {0, 1, 2}
    assert {number for number, group in groups.items() if group is Group.LOWER} == {8, 10, 11} or {
        number for number, group in groups.items() if group is Group.LOWER
    } == {8, 9, 11}
    figures = _tally(0).figures()
    assert figures.difference is not None
    assert 0 < figures.difference <= 1


def test_alpha_is_that_of_the_formula_with_floats() -> None:
    variances = [_tally(column).variance_of_points() for column in range(5)]
    totals = [sum(row) for row in TABLE]
    wanted = (
        5
        / 4
        * (
            1
            - sum(independent.variance(row[c] for row in TABLE) for c in range(5))
            / independent.variance(totals)
        )
    )

    assert float(alpha_of(variances, map(Decimal, totals)) or 0) == pytest.approx(wanted)


def test_alpha_is_not_defined_for_one_question_or_for_equal_totals() -> None:
    assert alpha_of([Decimal(1)], [Decimal(1), Decimal(0)]) is None
    assert alpha_of([Decimal(1), Decimal(1)], [Decimal(1), Decimal(1)]) is None


def test_the_overview_agrees_with_the_standard_library() -> None:
    percents = [Decimal(sum(row) * 20) for row in TABLE]
    found = overview_of(percents)

    assert float(found.mean or 0) == pytest.approx(float(independent.mean(percents)))
    assert float(found.deviation or 0) == pytest.approx(float(independent.stdev(percents)))
    assert found.median == independent.median(percents)
    assert sum(found.bins) == len(percents)
    assert found.bins[9] == 1
    assert overview_of([]).mean is None


def test_a_question_that_the_weak_answer_better_is_worth_a_look() -> None:
    tally = ItemTally()
    for number in range(20):
        total = Decimal(number)
        right = Decimal(1 if number < 10 else 0)
        tally.add(Answered(right, Decimal(1), total, Decimal(20), (), blank=False), None)
    assert Hint.NEGATIVE in tally.figures().hints


def test_an_option_that_nobody_chooses_and_a_wrong_one_of_the_best_are_named() -> None:
    right, wrong = (
        Choice("", text("r"), right=True, offered=True),
        Choice("", text("w"), right=False, offered=True),
    )
    idle = Choice("", text("i"), right=False, offered=True)
    tally = ItemTally()
    tally.offer((right, wrong, idle))
    for number in range(20):
        chosen = wrong if number >= 15 else right
        group = Group.UPPER if number >= 15 else None
        tally.add(
            Answered(Decimal(chosen is right), Decimal(1), Decimal(9), Decimal(20), (chosen,), blank=False),
            group,
        )
    figures = tally.figures()
    assert {Hint.KEY, Hint.IDLE} <= set(figures.hints)
    assert [(each.count, each.upper) for each in figures.choices] == [(15, 0), (5, 5), (0, 0)]


def test_a_handful_of_attempts_gives_no_hint() -> None:
    tally = ItemTally()
    tally.add(Answered(Decimal(0), Decimal(1), Decimal(0), Decimal(1), (), blank=True), None)
    assert tally.figures().hints == ()


def test_answers_name_what_was_chosen() -> None:
    assert [each.right for each in offered_by(SINGLE)] == [True, False, False]
    assert [each.text for each in chosen_in(MULTI, [0, 2], share=Decimal(0))] == [
        text("option 0"),
        text("option 2"),
    ]
    assert [each.right for each in chosen_in(MATCH, [0, 2, None], share=Decimal(0))] == [True, False]
