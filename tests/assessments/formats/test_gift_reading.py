"""GIFT as its documentation shows it, and as real files have it."""

from decimal import Decimal

import pytest

from sca_lms.assessments.formats.bank import Bank
from sca_lms.assessments.formats.reading import read_bank
from sca_lms.assessments.question_parts import NOTHING, PromptFormat
from sca_lms.assessments.question_types import (
    Essay,
    Match,
    MultipleChoice,
    Numeric,
    Question,
    ShortText,
    SingleChoice,
    TrueFalse,
)
from sca_lms.texts import Bilingual


def read(text: str) -> Bank:
    return read_bank("bank.gift", text.encode())


def only(text: str) -> Question:
    bank = read(text)
    assert bank.faults == ()
    (found,) = bank.questions
    return found.question


def test_a_single_choice_with_feedback_to_each_option() -> None:
    question = only("::Q2:: Between orange and green? { =yellow # right; good! ~red # wrong ~blue }")
    assert isinstance(question, SingleChoice)
    assert [option.text.en for option in question.options] == ["yellow", "red", "blue"]
    assert [option.correct for option in question.options] == [True, False, False]
    assert question.options[0].feedback == Bilingual.of("right; good!")
    assert question.options[2].feedback == NOTHING


def test_several_right_options_with_percents() -> None:
    question = only("Which two?{~%-100%No one ~%50%Grant ~%50%his wife ~%-100%a father}")
    assert isinstance(question, MultipleChoice)
    assert [option.percent for option in question.options] == [-100, 50, 50, -100]


def test_percents_that_follow_our_own_rule_are_not_kept() -> None:
    question = only("Which?{~%50%a ~%50%b ~%-50%c}")
    assert isinstance(question, MultipleChoice)
    assert [option.percent for option in question.options] == [None, None, None]


@pytest.mark.parametrize(("word", "right"), [("T", True), ("TRUE", True), ("F", False), ("FALSE", False)])
def test_true_or_false(word: str, right: bool) -> None:
    question = only(f"1+1=2 {{{word}#That is wrong.#That is right.}}".replace("=", "\\="))
    assert isinstance(question, TrueFalse)
    assert question.options[0].correct is right
    said = [option.feedback.en for option in question.options]
    assert said == (["That is right.", "That is wrong."] if right else ["That is wrong.", "That is right."])


def test_typed_answers_with_percents() -> None:
    question = only("Jesus' hometown?{ =Nazareth#Yes! =%75%Nazarath#misspelled =%25%Bethlehem }")
    assert isinstance(question, ShortText)
    assert question.accepted == ("Nazareth",)
    assert [(each.text, int(each.percent)) for each in question.graded] == [
        ("Nazareth", 100), ("Nazarath", 75), ("Bethlehem", 25),
    ]  # fmt: skip


def test_a_missing_word_leaves_a_blank() -> None:
    question = only("Two plus {=two =2} equals four.")
    assert question.prompt.en == "Two plus _____ equals four."


def test_pairs_and_what_belongs_to_none() -> None:
    question = only("Match. {\n =cat -> cat food\n =dog -> dog food\n = -> hay\n}")
    assert isinstance(question, Match)
    assert [left.en for left in question.lefts] == ["cat", "dog"]
    assert [right.en for right in question.rights] == ["cat food", "dog food", "hay"]


@pytest.mark.parametrize(
    ("answers", "value", "tolerance"),
    [("#1822:5", 1822, 5), ("#3.14159:0.0005", "3.14159", "0.0005"), ("#1..5", 3, 2),
     ("#-2..-1", "-1.5", "0.5"), ("#42", 42, 0), ("#1e3", 1000, 0)],
)  # fmt: skip
def test_numbers(answers: str, value: str, tolerance: str) -> None:
    question = only(f"How much? {{{answers}}}")
    assert isinstance(question, Numeric)
    assert (question.value, question.tolerance) == (Decimal(value), Decimal(tolerance))


def test_several_numbers() -> None:
    question = only("Born when? {#\n =1822:0#Full credit.\n =%50%1822:2#Half credit.\n}")
    assert isinstance(question, Numeric)
    assert [(int(each.tolerance), int(each.percent)) for each in question.graded] == [(0, 100), (2, 50)]


def test_an_essay_general_feedback_and_a_description() -> None:
    bank = read("You may use a pencil.\n\nWrite. {####Thank you}\n")
    assert isinstance(bank.questions[0].question, Essay)
    assert bank.questions[0].question.feedback.en == "Thank you"
    assert [(note.line, note.where) for note in bank.notes] == [(1, "text")]


def test_escapes_comments_and_line_ends() -> None:
    question = only("// a comment { with a brace\r\n::a\\:b::Is \\{x\\} \\= \\~ \\#1?\\nSecond line {T}\r\n")
    assert question.prompt.en == "Is {x} = ~ #1?\nSecond line"
    assert read("// [id:Q\\]7] [tag:one] [tag:สอง]\n::n::x {T}").questions[0].code == "Q]7"
    assert read("// [tag:one] [tag:สอง]\n::n::x {T}").questions[0].tags == ("one", "สอง")


def test_latex_stays_text() -> None:
    question = only("[html]<p>Solve \\\\(x^2 \\= 4\\\\) and $$\\\\frac\\{1\\}\\{2\\}$$</p> {#2}")
    assert question.prompt.en == "Solve \\(x^2 = 4\\) and $$\\frac{1}{2}$$"


def test_html_becomes_markdown_and_scripts_are_dropped() -> None:
    question = only("[html]<p>Say <b>yes</b></p><ul><li>one</li><li>*two*</li></ul><script>x()</script> {T}")
    assert question.prompt_format is PromptFormat.MARKDOWN
    assert question.prompt.en == "Say **yes**\n\n- one\n- \\*two\\*"


def test_languages_are_told_apart() -> None:
    marked = (
        '[html]<span lang="th" class="multilang">ถาม</span><span lang="en" class="multilang">Ask</span> {T}'
    )
    assert only(marked.replace("=", "\\=")).prompt == Bilingual("ถาม", "Ask")
    assert only("\\{mlang th\\}ถาม\\{mlang\\}\\{mlang en\\}Ask\\{mlang\\} {T}").prompt == Bilingual(
        "ถาม", "Ask"
    )


def test_categories_hold_until_the_next() -> None:
    bank = read("$CATEGORY: $course$/top/Data/Basics\n\na {T}\n\nb {F}\n\n$CATEGORY: $course$/top\nc {T}")
    assert [each.category for each in bank.questions] == ["Data/Basics", "Data/Basics", ""]
    assert bank.counts == {"truefalse": 3}


def test_names_that_repeat_are_numbered() -> None:
    bank = read("::Same::a {T}\n\n::Same::b {T}\n\n::Same::c {T}")
    assert [each.code for each in bank.questions] == ["Same", "Same-2", "Same-3"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Who? {=a ~b", "have no }"),
        ("Who? =a }", "has no { before"),
        ("Who? {=a\n\n~b}", "have no }"),
        ("Who? {maybe}", "begin neither"),
        ("Who? {~a ~b}", "one option must be correct"),
        ("Who? {=a =%x%b ~c}", "exactly one option must be correct"),
        ("Who? {=a}  {=b}", "second pair of braces"),
        ("Match {=a -> 1 =b}", "no ->"),
        ("{=a ~b}", "is empty"),
        ("How much? {#many}", "must be a number"),
        ("How much? {#5..1}", "no range"),
        ("Word {=ran*}", "is a pattern"),
        ("Which {~%60%a ~%60%b}", "add up to 100"),
        ("Which {~%999%a ~b}", "no percentage"),
        ("Which {=a ~a}", "read the same"),
        ('[html]See <img src="@@PLUGINFILE@@/a.png"> {T}'.replace("=", "\\="), "not in the file"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_rest_is_read(text: str, reason: str) -> None:
    bank = read(f"// first\nGood {{T}}\n\n{text}\n\nAlso good {{F}}\n")
    assert reason in " ".join(fault.reason for fault in bank.faults)
    assert bank.faults[0].line == 4
    assert [each.question.prompt.en for each in bank.questions] == ["Good", "Also good"]
