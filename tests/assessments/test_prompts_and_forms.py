"""Prompts with gaps and pictures become HTML, and files are never taken from a form's word."""

from dataclasses import replace

from flask import Flask
from flask import get_template_attribute as macro
from werkzeug.datastructures import MultiDict

from sca_lms.assessments.forms import read_answers
from sca_lms.assessments.prompts import in_pieces
from sca_lms.assessments.question_parts import PromptFormat
from sca_lms.assessments.question_types import Question
from sca_lms.assessments.sheets import Outcome, Sheet, missing
from sca_lms.texts import Bilingual
from tests.assessments.samples import CLOZE, ESSAY, FILE


def sheet(question: Question, *sent: str, complete: bool = False) -> Sheet:
    return Sheet(
        0, question, places=(), sent=sent, earned=None, outcome=Outcome.BLANK, complete=complete
    )  # fmt: skip


def test_each_gap_stands_once_between_the_pieces_of_the_text() -> None:
    assert in_pieces(CLOZE, "en") == ["The capital ", 1, " has ", 2, " million, in ", 3, ""]
    markdown = replace(
        CLOZE, prompt_format=PromptFormat.MARKDOWN, prompt=Bilingual.of("**[[2]]** `[[1]]` <b>[[3]]")
    )
    assert [piece for piece in in_pieces(markdown, "th") if isinstance(piece, int)] == [2, 3, 1]
    assert "<b>" not in "".join(map(str, in_pieces(markdown, "th")))


def test_a_picture_gets_the_address_it_was_given_and_no_other() -> None:
    text = "![map](attachment:a.png) ![x](https://tracker.example/p.png) ![gone](attachment:b.png)"
    question = replace(ESSAY, prompt_format=PromptFormat.MARKDOWN, prompt=Bilingual.of(text))
    html = "".join(map(str, in_pieces(question, "en", (("a.png", "/files/1"),))))
    assert 'src="/files/1"' in html
    assert "tracker.example" not in html
    assert html.count("src=") == 1


def test_the_number_of_a_file_is_never_read_from_the_form() -> None:
    stored = sheet(FILE, "7", complete=True)
    assert read_answers([stored], MultiDict({"a0": "99"})).answers == {}
    assert read_answers([stored], MultiDict(), {0: 12}).answers == {0: 12}
    assert read_answers([stored], MultiDict({"a0-remove": "1"})).answers == {0: None}


def test_a_file_handed_in_before_is_not_missing() -> None:
    assert missing([sheet(FILE, "7", complete=True)], {}) == []
    assert missing([sheet(FILE, "7", complete=True)], {0: None}) == [1]
    assert missing([sheet(FILE, "")], {}) == [1]


def test_gaps_are_read_by_their_own_names() -> None:
    sent = read_answers([sheet(CLOZE, "", "", "")], MultiDict({"a0-0": "Bangkok", "a0-2": "1"}))
    assert sent.answers == {0: ["Bangkok", None, 1]}


def test_gaps_and_essays_have_fields_with_names(app: Flask) -> None:
    with app.test_request_context("/"):
        take = macro("assessments/sheets.html", "take")
        gaps = take(sheet(CLOZE, "Bangkok", "", "1"), 1, "/save")
        assert gaps.count("aria-label=") == 3
        assert 'name="a0-0" value="Bangkok"' in gaps
        essay = take(sheet(ESSAY, "<b>One\ntwo"), 1, "/save")
        assert "&lt;b&gt;One\ntwo</textarea>" in essay
