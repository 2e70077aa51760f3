"""Laws that scores, deadlines and standings keep, whatever the answers, times and attempts are."""

import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sca_lms.assessments.answers import Answer, key_of
from sca_lms.assessments.attempt_merge import changed_here, mark_of
from sca_lms.assessments.question_types import Essay, Question
from sca_lms.assessments.rules import (
    OVER,
    AttemptFacts,
    AttemptState,
    Grading,
    attempt_deadline,
    attempt_score,
    later_deadline,
    own_close,
    standing,
    stretched,
)
from tests.assessments.builders import NINE
from tests.assessments.samples import EVERY_TYPE, text

FACTORS = st.decimals(min_value=1, max_value=5, places=2)
LIMITS = st.none() | st.integers(1, 600)
CLOSES = st.none() | st.integers(-60, 3000).map(lambda minutes: NINE + dt.timedelta(minutes=minutes))
EXTENSIONS = st.integers(0, 5000)
ESSAY = Essay(text("Why?"), Decimal(5))
POINTS = st.decimals(min_value=0, max_value=5, places=2)


def facts(number: int, state: AttemptState, score: Decimal | None) -> AttemptFacts:
    submitted = None if state is AttemptState.IN_PROGRESS else NINE + dt.timedelta(minutes=number)
    return AttemptFacts(
        number, state, score if state is not AttemptState.IN_PROGRESS else None, Decimal(5), submitted
    )


ATTEMPTS = st.lists(st.tuples(st.sampled_from(AttemptState), st.none() | POINTS), max_size=6).map(
    lambda drawn: [facts(number, *each) for number, each in enumerate(drawn, start=1)]
)


@given(LIMITS, CLOSES, FACTORS, FACTORS, EXTENSIONS, EXTENSIONS)
def test_more_time_never_ends_sooner(
    limit: int | None, close: dt.datetime | None, one: Decimal, other: Decimal, less: int, more: int
) -> None:
    def deadline(factor: Decimal, minutes: int) -> dt.datetime | None:
        return attempt_deadline(
            NINE, limit_minutes=limit, closes_at=close, time_factor=factor, extension_minutes=minutes
        )

    sooner, later = deadline(min(one, other), min(less, more)), deadline(max(one, other), max(less, more))
    assert (sooner is None) == (later is None)
    if sooner is not None and later is not None:
        assert sooner <= later


@given(st.integers(1, 600), st.integers(600, 3000), FACTORS)
def test_who_begins_while_others_have_their_whole_time_has_a_whole_stretched_time(
    limit: int, closes_after: int, factor: Decimal
) -> None:
    close = NINE + dt.timedelta(minutes=closes_after)
    last_start = close - dt.timedelta(minutes=limit)
    ends = attempt_deadline(last_start, limit_minutes=limit, closes_at=close, time_factor=factor)
    assert ends == last_start + stretched(limit, factor)
    assert ends == own_close(close, limit_minutes=limit, time_factor=factor)


@given(CLOSES, CLOSES)
def test_a_deadline_only_moves_out(now: dt.datetime | None, moved: dt.datetime | None) -> None:
    found = later_deadline(now, moved)
    assert found is None or (now is not None and found >= now)


@given(st.lists(st.tuples(st.sampled_from(EVERY_TYPE), st.booleans())), st.lists(POINTS, max_size=3))
def test_an_attempt_is_worth_between_nothing_and_everything(
    asked: list[tuple[Question, bool]], by_hand: list[Decimal]
) -> None:
    pairs: list[tuple[Question, Answer]] = [
        (question, key_of(question) if right else None) for question, right in asked
    ]
    given_points = dict(enumerate(by_hand, start=len(pairs)))
    pairs += [(ESSAY, "Because.") for _each in by_hand]
    earned = attempt_score(pairs, given_points)
    assert earned is not None
    assert 0 <= earned <= sum(question.points for question, _answer in pairs)
    assert earned == sum(q.points for q, right in asked if right) + sum(by_hand)


@given(st.lists(POINTS, min_size=1, max_size=4), st.data())
def test_as_long_as_one_answer_waits_there_is_no_score(by_hand: list[Decimal], data: st.DataObject) -> None:
    pairs: list[tuple[Question, Answer]] = [(ESSAY, "Because.") for _each in by_hand]
    left_out = data.draw(st.integers(0, len(by_hand) - 1))
    given_points = {place: points for place, points in enumerate(by_hand) if place != left_out}
    assert attempt_score(pairs, given_points) is None


@given(st.sampled_from(Grading), ATTEMPTS, st.none() | st.integers(1, 100))
def test_what_is_voided_under_way_or_waiting_neither_passes_nor_fails(
    grading: Grading, attempts: list[AttemptFacts], mark: int | None
) -> None:
    found = standing(grading, attempts, pass_percent=mark)
    counted = [each for each in attempts if each.state in OVER and each.score is not None]
    assert found.attempts_used == sum(each.state is not AttemptState.VOIDED for each in attempts)
    assert found.waiting == any(each.state in OVER and each.score is None for each in attempts)
    assert found.passed == (found.passed_at is not None)
    assert not (found.passed and found.percent is None)
    if not counted:
        assert (found.percent, found.passed) == (None, False)
    else:
        percents = [each.score * 100 / each.max_score for each in counted if each.score is not None]
        assert found.percent is None or min(percents) <= found.percent <= max(percents)


@given(ATTEMPTS)
def test_where_the_first_attempt_counts_no_other_stands_in_for_it(attempts: list[AttemptFacts]) -> None:
    found = standing(Grading.FIRST, attempts, pass_percent=None)
    first = next((each for each in attempts if each.state is not AttemptState.VOIDED), None)
    has_score = first is not None and first.state in OVER and first.score is not None
    assert (found.percent is not None) == has_score


ANSWERS: st.SearchStrategy[Answer] = (
    st.none() | st.text(max_size=5) | st.integers(0, 5) | st.lists(st.none() | st.integers(0, 3), max_size=4)
)


@given(st.dictionaries(st.integers(0, 3), ANSWERS), st.dictionaries(st.integers(0, 3), ANSWERS))
def test_a_window_writes_what_its_reader_changed_and_nothing_else(
    drawn: dict[int, Answer], now: dict[int, Answer]
) -> None:
    form = {f"a{position}-was": mark_of(answer) for position, answer in drawn.items()}
    changed = {
        position: answer
        for position, answer in now.items()
        if position not in drawn or mark_of(drawn[position]) != mark_of(answer)
    }
    assert changed_here(now, form | {f"a{position}": "" for position in now}) == changed
    assert changed_here(now, form, {f"a{position}" for position in now}) == changed
    # Of what is neither told of nor sent, nothing is written.
    assert changed_here(now, form) == {each: changed[each] for each in changed if each in drawn}
