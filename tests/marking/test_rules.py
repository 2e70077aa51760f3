"""What a mark is worth, and in which order works are read, for every judgement there can be."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.assignments.rubric_rules import Criterion, Level, Rubric
from sca_lms.marking.annotating import pieces
from sca_lms.marking.rules import (
    Judgement,
    MarkPart,
    as_points,
    distribution,
    may_ask_again,
    next_after,
    part_of,
    reading_order,
    sum_of_answers,
)
from sca_lms.marking.subjects import rubric_points
from sca_lms.texts import Bilingual

NOTHING = Bilingual("", "")
AT = dt.datetime(2022, 9, 20, 2, 0, tzinfo=dt.UTC)

weights = st.integers(1, 100).map(Decimal)
chosen = st.lists(st.tuples(weights, st.integers(0, 4) | st.none()), min_size=1, max_size=8)
points = st.decimals(0, 9999, places=4)


def rubric_of(criteria: list[tuple[Decimal, int | None]]) -> Rubric:
    levels = tuple(Level(Decimal(value), NOTHING, Bilingual.of("text")) for value in range(5))
    return Rubric(
        tuple(
            Criterion(f"C{number}", Bilingual.of("title"), NOTHING, weight, levels)
            for number, (weight, _) in enumerate(criteria)
        )
    )


@given(chosen)
def test_a_mark_has_points_exactly_when_every_criterion_has_a_level(
    criteria: list[tuple[Decimal, int | None]],
) -> None:
    levels = {f"C{number}": str(level) for number, (_, level) in enumerate(criteria) if level is not None}
    found = rubric_points(rubric_of(criteria), levels, maximum=Decimal(50))
    if any(level is None for _, level in criteria):
        assert found is None
        return
    reached = sum((weight * (level or 0) / 4 for weight, level in criteria), start=Decimal(0))
    exact = 50 * reached / sum((weight for weight, _ in criteria), start=Decimal(0))
    assert found is not None
    assert 0 <= found <= 50
    assert abs(found - exact) <= Decimal("0.0001")


@given(chosen, st.integers(0, 7))
def test_a_better_level_never_costs_points(criteria: list[tuple[Decimal, int | None]], place: int) -> None:
    given_levels = [(weight, level or 0) for weight, level in criteria]
    index = place % len(given_levels)
    better = list(given_levels)
    better[index] = (better[index][0], min(4, better[index][1] + 1))

    def worth(rows: list[tuple[Decimal, int]]) -> Decimal:
        levels = {f"C{number}": str(level) for number, (_, level) in enumerate(rows)}
        found = rubric_points(rubric_of([*rows]), levels, maximum=Decimal(100))
        assert found is not None
        return found

    assert worth(better) >= worth(given_levels)


@given(
    st.dictionaries(st.text("ABC0", min_size=1), st.text("0123456789", min_size=1)),
    st.none() | points,
    st.dictionaries(st.integers(0, 30), points),
    st.dictionaries(st.integers(0, 30), st.text(min_size=1)),
    st.text(),
)
def test_a_draft_says_what_was_typed(
    levels: dict[str, str],
    free: Decimal | None,
    answers: dict[int, Decimal],
    remarks: dict[int, str],
    comment: str,
) -> None:
    judgement = Judgement(levels, free, answers, remarks, comment)
    assert Judgement.of(judgement.document()) == judgement


@given(st.dictionaries(st.integers(0, 9), points), st.sets(st.integers(0, 9), min_size=1))
def test_an_attempt_has_points_when_every_answer_has(
    given_points: dict[int, Decimal], wanted: set[int]
) -> None:
    found = sum_of_answers(given_points, wanted)
    if wanted <= set(given_points):
        assert found == sum(given_points[place] for place in wanted)
    else:
        assert found is None


@given(st.sets(st.integers(1, 10_000), max_size=60), st.integers(1, 99))
def test_the_order_of_reading_is_stable_and_each_markers_own(ids: set[int], marker: int) -> None:
    ordered = reading_order(ids, about="assignment 1", marker_id=marker)
    assert sorted(ordered) == sorted(ids)
    assert ordered == reading_order(sorted(ids, reverse=True), about="assignment 1", marker_id=marker)
    # Works that come later do not move those that were there.
    more = reading_order(ids | {20_000}, about="assignment 1", marker_id=marker)
    assert [each for each in more if each != 20_000] == ordered


def test_two_markers_read_in_different_orders() -> None:
    ids = range(1, 100)
    assert reading_order(ids, about="assignment 1", marker_id=1) != reading_order(
        ids, about="assignment 1", marker_id=2
    )


@given(st.permutations(range(8)), st.sets(st.integers(0, 7)), st.integers(0, 7))
def test_going_on_reaches_all_that_wait(ordered: list[int], waiting: set[int], start: int) -> None:
    current, seen = start, set()
    left = set(waiting) - {start}
    while (found := next_after(current, ordered, left)) is not None:
        seen.add(found)
        left.discard(found)
        current = found
    assert seen == set(waiting) - {start}


@pytest.mark.parametrize(
    ("markers", "two", "person", "expected"),
    [
        ({}, False, 1, MarkPart.FIRST),
        ({MarkPart.FIRST: 2}, False, 1, MarkPart.FIRST),
        ({}, True, 1, MarkPart.FIRST),
        ({MarkPart.FIRST: 1}, True, 1, MarkPart.FIRST),
        ({MarkPart.FIRST: 2}, True, 1, MarkPart.SECOND),
        ({MarkPart.FIRST: 2, MarkPart.SECOND: 1}, True, 1, MarkPart.SECOND),
        ({MarkPart.FIRST: 2, MarkPart.SECOND: 3}, True, 1, None),
        ({MarkPart.FIRST: None}, True, 1, MarkPart.SECOND),
    ],
)
def test_nobody_gives_both_marks(
    markers: dict[MarkPart, int | None], two: bool, person: int, expected: MarkPart | None
) -> None:
    assert part_of(markers, two=two, person_id=person) is expected


@given(st.lists(st.decimals(0, 50, places=2), max_size=80))
def test_every_mark_stands_in_one_bar(marks: list[Decimal]) -> None:
    assert sum(distribution(marks, maximum=Decimal(50))) == len(marks)


def test_full_marks_stand_in_the_last_bar() -> None:
    assert distribution([Decimal(50), Decimal(0)], maximum=Decimal(50)) == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_a_learner_may_ask_for_fourteen_days() -> None:
    assert may_ask_again(AT, at=AT)
    assert may_ask_again(AT, at=AT + dt.timedelta(days=13, hours=23))
    assert not may_ask_again(AT, at=AT + dt.timedelta(days=14))
    assert not may_ask_again(AT, at=AT - dt.timedelta(seconds=1))


@pytest.mark.parametrize("text", [None, "", "NaN", "Infinity", "four", "1 2"])
def test_what_is_no_number_is_no_points(text: str | None) -> None:
    assert as_points(text) is None


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.integers(0, 59), st.integers(1, 30)), max_size=6),
)
def test_cutting_a_text_for_comments_loses_no_letter(text: str, spans: list[tuple[int, int]]) -> None:
    inside = [
        (number, start, min(start + length, len(text)))
        for number, (start, length) in enumerate(spans, start=1)
        if start < len(text)
    ]
    found = pieces(text, inside)
    assert "".join(piece.text for piece in found) == text
    for number, start, end in inside:
        assert "".join(piece.text for piece in found if number in piece.numbers) == text[start:end]
