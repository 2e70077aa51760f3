"""Moodle XML as Moodle writes it, and as it breaks."""

import base64

import pytest

from sca_lms.assessments.formats.bank import Bank
from sca_lms.assessments.formats.reading import read_bank
from sca_lms.assessments.question_parts import ChoiceGap, NumericGap, PromptFormat, ShortGap
from sca_lms.assessments.question_types import (
    Cloze,
    Essay,
    FileAnswer,
    Match,
    Numeric,
    Order,
    Question,
    ShortText,
)
from tests.assessments.formats.round_trips import PNG

PICTURE = f'<file name="รูป 1.png" path="/" encoding="base64">{base64.b64encode(PNG).decode()}</file>'


def question(kind: str, body: str, *, text: str = "<p>Ask</p>", files: str = "") -> str:
    return (
        f'<question type="{kind}"><name><text>Name</text></name><questiontext format="html">'
        f"<text><![CDATA[{text}]]></text>{files}</questiontext><defaultgrade>2.0000000</defaultgrade>"
        f"<penalty>0.3333333</penalty><hidden>0</hidden>{body}</question>"
    )


def answer(text: str, fraction: str, more: str = "") -> str:
    return f'<answer fraction="{fraction}" format="html"><text><![CDATA[{text}]]></text>{more}</answer>'


def read(*questions: str) -> Bank:
    lines = "\n".join(questions)
    return read_bank(
        "bank.xml", f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{lines}\n</quiz>\n'.encode()
    )


def only(text: str) -> Question:
    bank = read(text)
    assert bank.faults == ()
    return bank.questions[0].question


def test_a_choice_with_thirds_and_markup() -> None:
    body = "<single>false</single>" + "".join(
        answer(f"<p>{letter}</p>", fraction)
        for letter, fraction in (("a", "33.33333"), ("b", "33.33333"), ("c", "33.33333"), ("d", "-100"))
    )
    found = only(question("multichoice", body, text="<p>Say <strong>all</strong> &amp; more</p>"))
    assert (found.type, int(found.points), found.prompt_format) == ("multi", 2, PromptFormat.MARKDOWN)
    assert found.prompt.en == "Say **all** & more"


def test_true_false_short_and_numerical() -> None:
    said = '<feedback format="html"><text>Right</text></feedback>'
    bank = read(
        question("truefalse", answer("true", "0") + answer("false", "100", said)),
        question("shortanswer", "<usecase>1</usecase>" + answer("PDPA", "100") + answer("*", "0", said)),
        question("numerical", answer("3.14", "100", "<tolerance>0.01</tolerance>") + answer("3", "50")),
    )
    assert bank.faults == ()
    short, numeric = bank.questions[1].question, bank.questions[2].question
    assert isinstance(short, ShortText)
    assert short.case_sensitive
    assert isinstance(numeric, Numeric)
    assert numeric.graded[0].percent == 50
    assert [note.reason for note in bank.notes] == ["feedback to any other answer is left out"]


def test_pairs_orders_essays_and_files() -> None:
    pair = '<subquestion format="html"><text>{0}</text><answer><text>{1}</text></answer></subquestion>'
    essay = (
        "<responseformat>editor</responseformat><attachments>0</attachments><maxwordlimit>150</maxwordlimit>"
    )
    file = (
        "<responseformat>noinline</responseformat><attachments>1</attachments>"
        "<filetypeslist>{}</filetypeslist>"
    )
    bank = read(
        question("matching", pair.format("a", "1") + pair.format("b", "2") + pair.format("", "3")),
        question("ordering", answer("one", "1") + answer("two", "2")),
        question("essay", essay),
        question("essay", file.format(".pdf,image")),
    )
    assert bank.faults == ()
    match, order, written, upload = (each.question for each in bank.questions)
    assert isinstance(match, Match)
    assert len(match.rights) == 3
    assert isinstance(order, Order)
    assert isinstance(written, Essay)
    assert written.words_at_most == 150
    assert isinstance(upload, FileAnswer)
    assert upload.endings == ("jpg", "pdf", "png", "webp")


def test_cloze_as_documented() -> None:
    text = (
        "<p>Match: {1:MULTICHOICE:Wrong#No~=Bangkok#Yes~%50%Thonburi} is "
        "{2:SHORTANSWER_C:=Capital~%50%capital}"
        " with {:NUMERICAL:=10.5:0.5#Right~%50%10.5:2}</p>"
    )
    found = only(question("cloze", "", text=text).replace("<defaultgrade>2.0000000</defaultgrade>", ""))
    assert isinstance(found, Cloze)
    assert found.points == 4
    assert found.prompt.en == "Match: [[1]] is [[2]] with [[3]]"
    choice, short, number = found.gaps
    assert isinstance(choice, ChoiceGap)
    assert [option.percent for option in choice.options] == [0, 100, 50]
    assert isinstance(short, ShortGap)
    assert (int(short.weight), short.case_sensitive, short.accepted) == (2, True, ("Capital",))
    assert isinstance(number, NumericGap)
    assert len(number.graded) == 2


def test_pictures_come_with_their_bytes() -> None:
    html = '<p>See <img src="@@PLUGINFILE@@/%E0%B8%A3%E0%B8%B9%E0%B8%9B%201.png" alt="A map"></p>'
    (found,) = read(question("essay", "", text=html, files=PICTURE)).questions
    (picture,) = found.attachments
    assert picture.content == PNG
    assert found.question.prompt.en == f"See ![A map](attachment:{picture.name})"
    assert found.question.attachments[0].sha256 == picture.sha256


def test_categories_tags_and_numbers() -> None:
    category = '<question type="category"><category><text>$course$/top/A/B</text></category></question>'
    more = "<idnumber>Q-7</idnumber><tags><tag><text>one</text></tag><tag><text>two</text></tag></tags>"
    (found,) = read(category, question("essay", more)).questions
    assert (found.category, found.code, found.tags) == ("A/B", "Q-7", ("one", "two"))


@pytest.mark.parametrize(
    "kind", ["calculated", "ddimageortext", "ddwtos", "gapselect", "random", "stack", ""]
)
def test_other_types_are_named_with_their_line(kind: str) -> None:
    bank = read(question("essay", ""), question(kind, ""), question("essay", ""))
    assert [fault.line for fault in bank.faults] == [4]
    assert "not supported" in bank.faults[0].reason
    assert len(bank.questions) == 2


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (
            question("multichoice", "<single>true</single>" + answer("a", "50") + answer("b", "0")),
            "one option",
        ),
        (question("multichoice", answer("a", "100") + answer("a", "0")), "read the same"),
        (question("multichoice", answer("a", "many") + answer("b", "0")), "-100 to 100"),
        (question("truefalse", answer("yes", "100")), "true or false"),
        (question("cloze", "", text="no gap"), "no gap"),
        (question("cloze", "", text="{1:SA:=a"), "no }"),
        (question("cloze", "", text="{1:MULTIRESPONSE:=a~=b}"), "not supported"),
        (question("essay", "", text='<img src="@@PLUGINFILE@@/gone.png">'), "not in the file"),
        (question("essay", "", text='<img src="https://example.org/x.png">'), "not in the file"),
        (question("essay", "", text=""), "is empty"),
        (question("numerical", answer("x", "100")), "number"),
        ('<question type="essay"><name><text>x</text></name></question>', "missing"),
    ],
)
def test_a_mistake_is_named_and_the_rest_is_read(broken: str, reason: str) -> None:
    bank = read(question("essay", ""), broken, question("essay", ""))
    assert reason in " ".join(fault.reason for fault in bank.faults)
    assert {fault.line for fault in bank.faults} == {4}
    assert len(bank.questions) == 2


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (
            "<quiz>\n<question>\n</quiz>",
            3,
            "column 3: </question> is missing before this; <question> began on line 2",
        ),
        ('<!DOCTYPE x [<!ENTITY a "b">]>\n<quiz>&a;</quiz>', 1, "refused"),
        ('<!DOCTYPE quiz SYSTEM "file:///etc/passwd">\n<quiz/>', 1, "refused"),
        ("<quiz>&nbsp;</quiz>", 1, "column 7: XML does not know a character by this name"),
        ("<html></html>", 1, "outermost element"),
        ("<a>" * 200, 1, "nested too deeply"),
    ],
)
def test_xml_that_could_do_harm_or_is_broken_is_refused(content: str, line: int, reason: str) -> None:
    bank = read_bank("bank.xml", content.encode())
    assert reason in bank.faults[0].reason
    assert bank.faults[0].line == line


def test_hints_and_combined_feedback_are_named_as_left_out() -> None:
    more = "<hint><text>Try</text></hint><correctfeedback><text>Well done</text></correctfeedback>"
    bank = read(question("multichoice", answer("a", "100") + answer("b", "0") + more))
    assert bank.faults == ()
    assert [note.where for note in bank.notes] == ["Name: correctfeedback", "Name: hint"]
