"""A question that many are asked is read from its document once, and never mistaken for another."""

import pytest

from sca_lms.assessments import known_questions
from sca_lms.assessments.known_questions import question_of
from sca_lms.assessments.question_types import document_of
from tests.assessments.samples import NUMERIC, SHORT


def test_a_question_is_read_once_and_a_changed_document_anew() -> None:
    document = document_of(NUMERIC)
    first = question_of(-1, document)
    assert first == NUMERIC
    assert question_of(-1, dict(document)) is first
    assert question_of(-1, document_of(SHORT)) == SHORT


def test_only_so_many_questions_are_kept_those_that_were_asked_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_questions, "MOST_KEPT", 1)
    document = document_of(NUMERIC)
    first = question_of(-1, document)
    question_of(-2, document)
    assert question_of(-1, document) is not first
