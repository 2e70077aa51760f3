"""Questions of a programme file are read whole, and a faulty one is named."""

from decimal import Decimal

import pytest

from sca_lms.assessments.question_types import (
    Match,
    Numeric,
    Question,
    ShortText,
    document_of,
    parse_question,
)
from sca_lms.assessments.refusals import FaultyQuestion
from tests.assessments.samples import EVERY_TYPE, MARKED_BY_HAND

WORD = {"type": "short"}
CASE = "answer.case_sensitive"
PROMPT = {"th": "ถาม", "en": "Ask"}
YES = {"th": "ใช่", "en": "Yes", "correct": True}
RIGHT_90 = {**YES, "percent": 90}
DRAWING = {"media_type": "image/svg+xml", "sha256": "0" * 64}
GAP = {"kind": "short", "accepted": ["a"]}
NO = {"th": "ไม่", "en": "No", "correct": False}
NO_PERCENT = {**NO, "percent": 0}


@pytest.mark.parametrize("question", [*EVERY_TYPE, *MARKED_BY_HAND], ids=lambda question: question.type)
def test_writing_a_question_and_reading_it_again_is_the_identity(question: Question) -> None:
    document = document_of(question)
    assert parse_question(document) == question
    assert document_of(parse_question(document)) == document


def test_numbers_that_yaml_reads_as_floats_stay_exact() -> None:
    question = parse_question(
        {"type": "numeric", "prompt": PROMPT, "answer": {"value": 0.1, "tolerance": 0.05}}
    )
    assert isinstance(question, Numeric)
    assert (question.value, question.tolerance) == (Decimal("0.1"), Decimal("0.05"))


def test_points_are_one_unless_said_otherwise() -> None:
    assert parse_question({"type": "single", "prompt": PROMPT, "options": [YES, NO]}).points == 1


def test_an_accepted_answer_that_yaml_reads_as_a_number_is_a_text() -> None:
    question = parse_question({**WORD, "prompt": PROMPT, "answer": {"accepted": [168]}})
    assert isinstance(question, ShortText)
    assert question.accepted == ("168",)


def test_a_right_side_that_belongs_to_two_lefts_is_offered_once() -> None:
    pairs = [
        {"left": "ปู", "right": "animal"},
        {"left": "กบ", "right": "animal"},
        {"left": "ไผ่", "right": "plant"},
    ]
    question = parse_question({"type": "match", "prompt": PROMPT, "pairs": pairs})
    assert isinstance(question, Match)
    assert [right.en for right in question.rights] == ["animal", "plant"]
    assert question.key == (0, 0, 1)


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({}, "type"),
        ({"type": "poem"}, "type"),
        ({"type": "essay"}, "prompt"),
        ({"type": ["single"]}, "type"),
        ({"type": "single", "options": [YES, NO]}, "prompt"),
        ({"type": "single", "prompt": {"th": "", "en": ""}, "options": [YES, NO]}, "prompt"),
        ({"type": "single", "prompt": "x" * 4001, "options": [YES, NO]}, "prompt"),
        ({"type": "single", "prompt": PROMPT, "points": 0, "options": [YES, NO]}, "points"),
        ({"type": "single", "prompt": PROMPT, "points": True, "options": [YES, NO]}, "points"),
        ({"type": "single", "prompt": PROMPT, "points": "x", "options": [YES, NO]}, "points"),
        ({"type": "single", "prompt": PROMPT, "points": float("nan"), "options": [YES, NO]}, "points"),
        ({"type": "single", "prompt": PROMPT, "points": "0.001", "options": [YES, NO]}, "points"),
        ({"type": "single", "prompt": PROMPT}, "options"),
        ({"type": "single", "prompt": PROMPT, "options": "yes"}, "options"),
        ({"type": "single", "prompt": PROMPT, "options": [YES]}, "options"),
        ({"type": "single", "prompt": PROMPT, "options": [NO, {**NO, "en": "Never"}]}, "options"),
        ({"type": "single", "prompt": PROMPT, "options": [YES, {**NO, "correct": True}]}, "options"),
        ({"type": "single", "prompt": PROMPT, "options": [YES, {**YES, "correct": False}]}, "options"),
        ({"type": "single", "prompt": PROMPT, "options": [YES, {**NO, "correct": "no"}]}, "options"),
        ({"type": "single", "prompt": PROMPT, "options": [YES, 7]}, "options"),
        ({"type": "truefalse", "prompt": PROMPT, "options": [YES, NO, {**NO, "en": "Never"}]}, "options"),
        ({"type": "multi", "prompt": PROMPT, "options": [NO, {**NO, "en": "Never"}]}, "options"),
        ({"type": "numeric", "prompt": PROMPT}, "answer"),
        ({"type": "numeric", "prompt": PROMPT, "answer": {}}, "answer.value"),
        ({"type": "numeric", "prompt": PROMPT, "answer": {"value": "many"}}, "answer.value"),
        ({"type": "numeric", "prompt": PROMPT, "answer": {"value": 1, "tolerance": -1}}, "answer.tolerance"),
        ({**WORD, "prompt": PROMPT, "answer": {"accepted": []}}, "answer.accepted"),
        ({**WORD, "prompt": PROMPT, "answer": {"accepted": [" "]}}, "answer.accepted"),
        ({**WORD, "prompt": PROMPT, "answer": {"accepted": [True]}}, "answer.accepted"),
        ({**WORD, "prompt": "x", "answer": {"accepted": ["a"], "case_sensitive": 1}}, CASE),
        ({"type": "match", "prompt": PROMPT, "pairs": ["a", "b"]}, "pairs"),
        ({"type": "match", "prompt": PROMPT, "pairs": [{"left": "a"}, {"left": "b"}]}, "pairs.right"),
        ({"type": "match", "prompt": PROMPT, "pairs": [{"left": "a", "right": "b"}] * 2}, "pairs.left"),
        ({"type": "order", "prompt": PROMPT, "items": ["one"]}, "items"),
        ({"type": "cloze", "prompt": "no gap", "gaps": [GAP]}, "prompt"),
        ({"type": "cloze", "prompt": "[[1]] [[1]]", "gaps": [GAP]}, "prompt"),
        ({"type": "cloze", "prompt": {"th": "[[1]]", "en": "none"}, "gaps": [GAP]}, "prompt"),
        ({"type": "cloze", "prompt": "[[1]]", "gaps": []}, "gaps"),
        ({"type": "cloze", "prompt": "[[1]]", "gaps": [{"kind": "essay"}]}, "gaps[1].kind"),
        ({"type": "cloze", "prompt": "[[1]]", "gaps": [{**GAP, "weight": 0}]}, "gaps[1].weight"),
        ({"type": "essay", "prompt": PROMPT, "words_at_most": 0}, "words_at_most"),
        ({"type": "essay", "prompt": PROMPT, "words_at_most": "many"}, "words_at_most"),
        ({"type": "file", "prompt": PROMPT, "endings": []}, "endings"),
        ({"type": "file", "prompt": PROMPT, "endings": ["../pdf"]}, "endings"),
        ({"type": "essay", "prompt": PROMPT, "prompt_format": "html"}, "prompt_format"),
        ({"type": "essay", "prompt": PROMPT, "attachments": {"../a": {}}}, "attachments"),
        ({"type": "essay", "prompt": PROMPT, "attachments": {"a": DRAWING}}, "attachments"),
        ({"type": "single", "prompt": PROMPT, "options": [RIGHT_90, NO]}, "options.percent"),
        ({"type": "single", "prompt": PROMPT, "options": [RIGHT_90, NO_PERCENT]}, "options.percent"),
        ({"type": "multi", "prompt": PROMPT, "options": [RIGHT_90, NO_PERCENT]}, "options.percent"),
        ({"type": "order", "prompt": PROMPT, "items": ["one", "one"]}, "items"),
    ],
)  # fmt: skip
def test_a_faulty_question_is_refused_by_field(mapping: dict[str, object], field: str) -> None:
    with pytest.raises(FaultyQuestion) as refusal:
        parse_question(mapping)
    assert refusal.value.field == field


def test_what_a_question_lacks_is_not_in_its_document() -> None:
    question = parse_question({"type": "single", "prompt": PROMPT, "options": [YES, NO]})
    assert set(document_of(question)) == {"type", "prompt", "points", "options"}


def test_feedback_format_pictures_and_percents_come_back() -> None:
    picture = {"media_type": "image/png", "sha256": "0" * 64}
    document = {
        "type": "multi", "prompt": PROMPT, "points": "2", "prompt_format": "markdown", "feedback": PROMPT,
        "attachments": {"a.png": picture},
        "options": [{**YES, "percent": "100", "feedback": PROMPT}, {**NO, "percent": "-50"}],
    }  # fmt: skip
    assert document_of(parse_question(document)) == document
