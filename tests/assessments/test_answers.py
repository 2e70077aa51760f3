"""Answers survive the page, are scored as the programme says, and hostile ones are refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.assessments.answers import (
    Answer,
    arrangement,
    from_page,
    is_complete,
    is_right,
    key_of,
    parse_answer,
    rows,
    score,
    shuffled,
    to_page,
)
from sca_lms.assessments.question_parts import ALL, GradedNumber, GradedText, Option
from sca_lms.assessments.question_types import MultipleChoice, Numeric, Question, ShortText, SingleChoice
from sca_lms.assessments.refusals import BadAnswer, BadAnswerReason
from tests.assessments.samples import (
    CLOZE,
    ESSAY,
    EVERY_TYPE,
    FILE,
    MARKED_BY_HAND,
    MATCH,
    MULTI,
    NUMERIC,
    ORDER,
    SHORT,
    SINGLE,
    TRUE_FALSE,
    text,
)

questions = st.sampled_from(EVERY_TYPE)
keys = st.text(max_size=12)
FILLED: list[int | str | None] = ["bangkok", "๑๐.๕", 0]
RIGHT: list[tuple[Question, Answer]] = [
    (SINGLE, 0),
    (TRUE_FALSE, 0),
    (MULTI, [0, 1]),
    (NUMERIC, "4"),
    (SHORT, "pdpa"),
    (MATCH, [0, 1, 2]),
    (ORDER, [0, 1, 2, 3]),
    (CLOZE, FILLED),
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(("question", "answer"), RIGHT, ids=lambda value: getattr(value, "type", None))
def test_the_right_answer_earns_all_points(question: Question, answer: Answer) -> None:
    assert score(question, answer) == question.points
    assert is_right(question, answer)


@pytest.mark.parametrize(
    ("question", "answer", "earned"),
    [
        (SINGLE, 1, "0"),
        (TRUE_FALSE, 1, "0"),
        (MULTI, [0], "1"),
        (MULTI, [0, 1, 2], "1"),
        (MULTI, [0, 2], "0"),
        (MULTI, [2, 3], "0"),
        (MULTI, [0, 1, 2, 3], "0"),
        (NUMERIC, "4.5", "1"),
        (NUMERIC, "3.5", "1"),
        (NUMERIC, "๔", "1"),
        (NUMERIC, "4.51", "0"),
        (SHORT, " นํ้า ", "1"),
        (SHORT, "PDP", "0"),
        (MATCH, [0, 2, 1], "1"),
        (MATCH, [0, 1, None], "2"),
        (MATCH, [0, 0, 0], "1"),
        (ORDER, [0, 1, 3, 2], "2"),
        (ORDER, [3, 2, 1, 0], "0"),
        (ORDER, [0, None, None, None], "1"),
        (CLOZE, ["Bangkok", None, None], "1"),
        (CLOZE, [None, "11", 1], "2"),
        (CLOZE, ["Bonn", "12", 1], "0"),
    ],
)
def test_part_of_an_answer_earns_its_share(question: Question, answer: Answer, earned: str) -> None:
    assert score(question, answer) == Decimal(earned)


def test_an_author_who_minds_the_case_is_obeyed() -> None:
    strict = ShortText(text("The law?"), Decimal(1), accepted=("PDPA",), case_sensitive=True)
    assert is_right(strict, "PDPA")
    assert not is_right(strict, "pdpa")


@given(questions)
def test_no_answer_earns_nothing(question: Question) -> None:
    assert score(question, None) == 0


@given(questions, json_values)
def test_whatever_is_sent_is_an_answer_or_a_refusal(question: Question, raw: object) -> None:
    try:
        answer = parse_answer(question, raw)
    except BadAnswer:
        return
    earned = score(question, answer)
    assert earned is not None
    assert 0 <= earned <= question.points
    assert parse_answer(question, answer) == answer


@given(
    questions,
    keys,
    st.lists(st.text(max_size=6) | st.sampled_from(["0", "1", "2", "3", "4", ""]), max_size=6),
)
def test_whatever_a_page_sends_is_an_answer_or_a_refusal(
    question: Question, key: str, sent: list[str]
) -> None:
    places = arrangement(question, key=key, shuffle=True)
    try:
        answer = from_page(question, places, sent)
    except BadAnswer:
        return
    earned = score(question, answer)
    assert earned is not None
    assert 0 <= earned <= question.points


@given(keys, st.integers(0, 40))
def test_shuffling_loses_nothing_and_can_be_repeated(key: str, length: int) -> None:
    places = shuffled(length, key=key)
    assert sorted(places) == list(range(length))
    assert shuffled(length, key=key) == places


def test_two_attempts_see_different_orders() -> None:
    assert len({shuffled(6, key=f"attempt {number}") for number in range(20)}) > 10


@given(keys, st.booleans())
def test_the_right_order_is_never_shown(key: str, shuffle: bool) -> None:
    assert arrangement(ORDER, key=key, shuffle=shuffle) != (0, 1, 2, 3)


@given(keys)
def test_options_stay_as_written_where_the_quiz_does_not_shuffle(key: str) -> None:
    assert arrangement(SINGLE, key=key, shuffle=False) == (0, 1, 2)
    assert arrangement(NUMERIC, key=key, shuffle=True) == ()


@given(keys)
def test_what_is_chosen_on_the_page_is_what_is_kept(key: str) -> None:
    for question in (SINGLE, MULTI):
        places = arrangement(question, key=key, shuffle=True)
        for place, option in enumerate(places):
            kept = from_page(question, places, [str(place)])
            assert kept == (option if question is SINGLE else [option])
    rights = arrangement(MATCH, key=key, shuffle=True)
    assert from_page(MATCH, rights, [str(rights.index(right)) for right in MATCH.key]) == [0, 1, 2]
    items = arrangement(ORDER, key=key, shuffle=True)
    assert from_page(ORDER, items, [str(item + 1) for item in items]) == [0, 1, 2, 3]


@given(questions, keys, json_values, st.booleans())
def test_an_answer_shown_and_sent_back_is_the_same_answer(
    question: Question, key: str, raw: object, shuffle: bool
) -> None:
    try:
        answer = parse_answer(question, raw)
    except BadAnswer:
        answer = key_of(question)
    places = arrangement(question, key=key, shuffle=shuffle)
    assert from_page(question, places, to_page(question, places, answer)) == answer


@given(questions)
def test_the_key_of_a_question_earns_all_points(question: Question) -> None:
    assert is_right(question, key_of(question))


@pytest.mark.parametrize(
    ("question", "sent", "reason"),
    [
        (SINGLE, ["3"], BadAnswerReason.NOT_OFFERED),
        (SINGLE, ["-1"], BadAnswerReason.NOT_OFFERED),
        (SINGLE, ["๑"], BadAnswerReason.NOT_OFFERED),
        (SINGLE, ["0", "1"], BadAnswerReason.CHOSEN_TWICE),
        (MULTI, ["0", "0"], BadAnswerReason.CHOSEN_TWICE),
        (NUMERIC, ["many"], BadAnswerReason.NOT_A_NUMBER),
        (SHORT, ["x" * 501], BadAnswerReason.TOO_LONG),
        (MATCH, ["0"], BadAnswerReason.NOT_OFFERED),
        (ORDER, ["1", "1", "2", "3"], BadAnswerReason.CHOSEN_TWICE),
        (ORDER, ["0", "1", "2", "3"], BadAnswerReason.NOT_OFFERED),
        (ORDER, ["1"], BadAnswerReason.NOT_OFFERED),
        (CLOZE, ["x"], BadAnswerReason.NOT_OFFERED),
        (CLOZE, ["x", "many", "0"], BadAnswerReason.NOT_A_NUMBER),
        (CLOZE, ["x", "1", "2"], BadAnswerReason.NOT_OFFERED),
        (CLOZE, ["x" * 501, "", ""], BadAnswerReason.TOO_LONG),
        (ESSAY, ["x" * 50_001], BadAnswerReason.TOO_LONG),
        (FILE, ["../etc"], BadAnswerReason.NOT_OFFERED),
    ],
)
def test_a_hostile_answer_is_refused_with_its_reason(
    question: Question, sent: list[str], reason: BadAnswerReason
) -> None:
    with pytest.raises(BadAnswer) as refusal:
        from_page(question, arrangement(question, key="", shuffle=False), sent)
    assert refusal.value.reason is reason


@pytest.mark.parametrize("question", EVERY_TYPE, ids=lambda question: question.type)
def test_empty_fields_are_no_answer(question: Question) -> None:
    places = arrangement(question, key="", shuffle=True)
    assert from_page(question, places, [""] * rows(question)) is None
    if rows(question) == 1:
        assert from_page(question, places, []) is None


def test_an_answer_with_a_gap_is_not_complete() -> None:
    assert is_complete([0, 1])
    assert is_complete("4")
    assert not is_complete([0, None])
    assert not is_complete(None)


@pytest.mark.parametrize("question", MARKED_BY_HAND, ids=lambda question: question.type)
def test_what_a_person_marks_has_no_score_until_then(question: Question) -> None:
    assert question.needs_marking
    assert key_of(question) is None
    assert score(question, None) == 0
    assert score(question, "Because." if question is ESSAY else 7) is None


def test_an_essay_keeps_its_lines_and_loses_what_no_screen_shows() -> None:
    assert from_page(ESSAY, (), [" One\r\n\r\n  two\x00\n"]) == "One\n\n  two"
    assert from_page(ESSAY, (), [" \r\n "]) is None


def test_typed_answers_and_numbers_can_earn_a_part() -> None:
    short = ShortText(
        text("Where?"), Decimal(2), accepted=("Nazareth",), case_sensitive=False,
        graded=(GradedText("Nazarath", Decimal(75)), GradedText("Bethlehem", Decimal(25))),
    )  # fmt: skip
    assert score(short, "nazarath") == Decimal("1.5")
    assert score(short, "Bethlehem") == Decimal("0.5")
    year = Numeric(
        text("When?"), Decimal(1), value=Decimal(1822), tolerance=Decimal(0),
        graded=(GradedNumber(Decimal(1822), Decimal(2), Decimal(50)),),
    )  # fmt: skip
    assert score(year, "1822") == 1
    assert score(year, "1820") == Decimal("0.5")
    assert score(year, "1825") == 0


def test_options_can_earn_a_part_and_never_less_than_nothing() -> None:
    half = SingleChoice(
        text("Which?"), Decimal(2),
        (Option(text("a"), True, percent=ALL), Option(text("b"), False, percent=Decimal(50)),
         Option(text("c"), False, percent=Decimal(-50))),
    )  # fmt: skip
    assert [score(half, index) for index in range(3)] == [2, 1, 0]
    many = MultipleChoice(
        text("Which?"), Decimal(1),
        (Option(text("a"), True, percent=Decimal(75)), Option(text("b"), True, percent=Decimal(25)),
         Option(text("c"), False, percent=Decimal(-50))),
    )  # fmt: skip
    assert score(many, [0, 1]) == 1
    assert score(many, [0, 2]) == Decimal("0.25")
    assert score(many, [1, 2]) == 0
