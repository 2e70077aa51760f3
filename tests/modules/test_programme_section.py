"""The pre-bootcamp section of a checked file becomes modules, units and quizzes."""

import datetime as dt

import pytest

from sca_lms.assessments.quiz_specification import FaultyQuiz
from sca_lms.modules.plan import UnitType
from sca_lms.modules.programme_section import read_modules
from sca_lms.texts import Bilingual
from tests.modules.builders import a_document, a_unit, first_module, second_module, with_modules
from tests.programmes.samples import sample_document


def test_the_sample_programme_gives_eight_modules_with_their_quizzes() -> None:
    modules = read_modules(sample_document())
    assert [module.code for module in modules] == [f"PB{number}" for number in range(1, 9)]
    assert sum(len(module.units) for module in modules) == 32
    assert all(module.quiz is not None and len(module.quiz.questions) == 3 for module in modules)
    assert sum(module.minutes for module in modules) == 780


def test_wall_times_of_the_file_become_moments_in_utc() -> None:
    module = read_modules(a_document())[0]
    assert module.due_at == dt.datetime(2022, 9, 4, 16, 59, tzinfo=dt.UTC)
    assert module.units[0].starts_at == dt.datetime(2022, 8, 25, 12, 0, tzinfo=dt.UTC)


def test_what_is_optional_takes_its_default() -> None:
    task, discussion = read_modules(a_document())[1].units
    assert (task.type, task.required, task.starts_at, task.video_url) == (UnitType.TASK, True, None, "")
    assert not task.body
    assert discussion.required is False


def test_a_text_that_serves_both_languages_is_kept_in_both() -> None:
    module = read_modules(with_modules(second_module(units=[a_unit("PB2.1", "reading", body="Text")])))[0]
    assert module.units[0].body == Bilingual("Text", "Text")


def test_a_quiz_carries_the_name_of_its_module() -> None:
    quiz = read_modules(a_document())[0].quiz
    assert quiz is not None
    assert (quiz.code, quiz.title.en, quiz.pass_percent) == ("PB1.4", "Unit PB1.4: Roles and duties", 70)


def test_a_quiz_unit_without_questions_holds_nobody_up() -> None:
    module = read_modules(with_modules(first_module(questions=[])))[0]
    assert module.quiz is None
    assert [unit.required for unit in module.units] == [True, True, True, False]


def test_where_not_all_units_are_required_only_the_quiz_is() -> None:
    completion = {"all_required_units": False, "quiz_pass_percent": 69.5}
    module = read_modules(with_modules(first_module(completion=completion)))[0]
    assert [unit.required for unit in module.units] == [False, False, False, True]
    assert module.quiz_pass_percent == 70
    without_quiz = read_modules(with_modules(second_module(completion={"all_required_units": False})))[0]
    assert without_quiz.units[0].required


def test_a_pass_mark_of_zero_is_no_mark() -> None:
    completion = {"all_required_units": True, "quiz_pass_percent": 0}
    assert read_modules(with_modules(first_module(completion=completion)))[0].quiz_pass_percent is None


def test_a_quiz_that_cannot_be_asked_is_named() -> None:
    with pytest.raises(FaultyQuiz, match=r"questions\[0\]"):
        read_modules(with_modules(first_module(questions=[{"id": "PB1-Q1"}, {"id": "PB1-Q1"}])))
