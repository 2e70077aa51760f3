"""A quiz of a programme file is read whole; every fault is named in one pass."""

import datetime as dt
from pathlib import Path

import pytest
import yaml

from sca_lms.assessments.quiz_specification import FaultyQuiz, parse_quiz
from sca_lms.assessments.rules import Grading
from sca_lms.texts import Bilingual

TITLE = Bilingual(th="แบบทดสอบ", en="Quiz")
QUESTION = {"id": "Q1", "type": "numeric", "prompt": "How many?", "answer": {"value": 4}}
SAMPLE = Path(__file__).parents[2] / "programmes" / "sca-gen2.yaml"


def test_a_quiz_without_settings_has_no_limits_and_counts_the_best_attempt() -> None:
    spec = parse_quiz("PB1.4", TITLE, {}, [QUESTION])
    assert (spec.attempts_allowed, spec.time_limit_minutes, spec.pass_percent) == (None, None, None)
    assert spec.grading is Grading.HIGHEST
    assert not spec.shuffle


def test_all_settings_of_a_programme_file_are_taken_over() -> None:
    settings = {
        "unit": "PB1.4",
        "attempts": 3,
        "grading": "average",
        "time_limit_minutes": 15,
        "shuffle": True,
    }
    spec = parse_quiz("PB1.4", TITLE, settings, [QUESTION], pass_percent=70)
    assert (spec.attempts_allowed, spec.time_limit_minutes, spec.pass_percent) == (3, 15, 70)
    assert spec.grading is Grading.AVERAGE
    assert spec.shuffle
    assert [code for code, _ in spec.questions] == ["Q1"]


def test_every_fault_is_named_at_once() -> None:
    settings = {"attempts": 0, "grading": "best", "time_limit_minutes": "15", "shuffle": "yes"}
    questions = [QUESTION, QUESTION, {"id": 7}, "What?", {"id": "Q4", "type": "riddle"}]
    with pytest.raises(FaultyQuiz) as refusal:
        parse_quiz("", TITLE, settings, questions, pass_percent=170)
    assert [fault.field for fault in refusal.value.faults] == [
        "code",
        "quiz.grading",
        "quiz.shuffle",
        "quiz.attempts",
        "quiz.time_limit_minutes",
        "pass_percent",
        "questions[1].id",
        "questions[2].id",
        "questions[3].id",
        "questions[4].type",
    ]


@pytest.mark.parametrize("questions", [None, [], "Q1", {"Q1": QUESTION}])
def test_a_quiz_needs_a_list_of_questions(questions: object) -> None:
    with pytest.raises(FaultyQuiz, match="questions"):
        parse_quiz("PB1.4", TITLE, {}, questions)


def test_a_quiz_cannot_close_before_it_opens() -> None:
    nine = dt.datetime(2022, 9, 1, 9, tzinfo=dt.UTC)
    with pytest.raises(FaultyQuiz, match="closes_at"):
        parse_quiz("PB1.4", TITLE, {}, [QUESTION], opens_at=nine, closes_at=nine)


def test_every_quiz_of_the_sample_programme_can_be_set() -> None:
    if not SAMPLE.exists():
        pytest.skip("the sample programme is not part of this tree")
    modules = yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))["pre_bootcamp"]["modules"]
    specs = [
        parse_quiz(module["quiz"]["unit"], Bilingual.of(module["title"]), module["quiz"], module["questions"])
        for module in modules
    ]
    assert sum(len(spec.questions) for spec in specs) == 24
    assert len({type(question) for spec in specs for _, question in spec.questions}) == 7
