"""What is written as GIFT or Moodle XML reads back the same; what cannot be carried is named."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sca_lms.assessments.formats.bank import BankQuestion
from sca_lms.assessments.formats.gift_writing import lost_in_gift, write_gift
from sca_lms.assessments.formats.moodle_xml_writing import lost_in_moodle_xml, write_moodle_xml
from sca_lms.assessments.formats.reading import read_bank
from sca_lms.assessments.question_types import parse_question
from tests.assessments.formats.round_trips import banks
from tests.assessments.samples import CLOZE, ESSAY, FILE, ORDER, SHORT, SINGLE, TRUE_FALSE

GIFT = ("single", "multi", "truefalse", "numeric", "short", "match", "essay")
MOODLE = (*GIFT, "order", "cloze", "file")
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=40)


def _bank(*questions: object) -> list[BankQuestion]:
    return [BankQuestion(f"q{number}", "", (), each) for number, each in enumerate(questions)]  # type: ignore[arg-type]  # Samples of every kind.


@unhurried
@given(banks(GIFT, lean=True))
def test_gift_gives_back_what_was_written(questions: list[BankQuestion]) -> None:
    bank = read_bank("bank.gift", write_gift(questions).encode())
    assert bank.faults == ()
    assert lost_in_gift(questions) == ()
    assert list(bank.questions) == questions


@unhurried
@given(banks(MOODLE, lean=False))
def test_moodle_xml_gives_back_what_was_written(questions: list[BankQuestion]) -> None:
    bank = read_bank("bank.xml", write_moodle_xml(questions))
    assert bank.faults == ()
    assert lost_in_moodle_xml(questions) == ()
    assert list(bank.questions) == questions


@pytest.mark.parametrize("question", [CLOZE, ORDER, FILE, ESSAY, TRUE_FALSE], ids=lambda each: each.type)
def test_what_gift_cannot_carry_is_named(question: object) -> None:
    questions = _bank(question)
    losses = lost_in_gift(questions)
    assert losses
    assert {loss.code for loss in losses} == {"q0"}
    assert f"// not carried by GIFT: {losses[0].what}" in write_gift(questions)


def test_an_arrow_in_a_typed_answer_is_named_because_gift_reads_a_pair() -> None:
    arrow = parse_question({"type": "short", "prompt": "?", "answer": {"accepted": ["a -> b"]}})
    assert [loss.what for loss in lost_in_gift(_bank(arrow))] == ["an arrow in a typed answer"]


def test_own_words_for_true_and_false_become_a_single_choice() -> None:
    bank = read_bank("x", write_moodle_xml(_bank(TRUE_FALSE)))
    assert [each.question.type for each in bank.questions] == ["single"]
    assert [loss.code for loss in lost_in_moodle_xml(_bank(TRUE_FALSE))] == ["q0"]


def test_a_text_that_holds_marks_of_languages_is_named() -> None:
    tricky = parse_question({"type": "essay", "prompt": "{mlang th}x{mlang}"})
    for lost in (lost_in_gift, lost_in_moodle_xml):
        assert "mlang" in lost(_bank(tricky))[0].what


def test_a_backslash_at_the_end_of_a_gap_answer_comes_back() -> None:
    gap = {"kind": "short", "accepted": ["a\\"], "graded": [{"text": "b~c", "percent": "50"}]}
    (question,) = _bank(parse_question({"type": "cloze", "prompt": "[[1]]", "gaps": [gap]}))
    assert read_bank("x", write_moodle_xml([question])).questions == (question,)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_marks_of_encodings_do_not_matter(end: str) -> None:
    written = write_gift(_bank(SINGLE, SHORT)).replace("\n", end)
    encodings: list[Callable[[str], bytes]] = [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("cp874"),
    ]
    for encode in encodings:
        assert [each.question for each in read_bank("x", encode(written)).questions] == [SINGLE, SHORT]


@settings(deadline=None, max_examples=100)
@given(
    st.binary(max_size=300)
    | st.text(alphabet="{}=~#:%\\->\n[]<ANSWER: T.B)?'\"&;/1$", max_size=120).map(str.encode)
    | st.text(max_size=80).map(lambda text: f"<quiz><question type='cloze'>{text}</question></quiz>".encode())
    | st.binary(max_size=200).map(lambda rest: b"PK\x03\x04" + rest)
)
def test_no_file_breaks_the_reader(content: bytes) -> None:
    bank = read_bank("bank", content)
    assert bank.questions or bank.faults or bank.notes
    assert all(fault.line >= 1 and fault.reason for fault in bank.faults)
