"""Read the answers that a quiz page sends, with a sentence beside every one that cannot be taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from sca_lms.assessments.answers import Answer, from_page
from sca_lms.assessments.question_types import Cloze, FileAnswer, Match, Numeric, Order
from sca_lms.assessments.refusals import BadAnswer, BadAnswerReason
from sca_lms.assessments.sheets import Sheet, as_sent

_SENTENCES = {
    BadAnswerReason.NOT_A_NUMBER: _l("Write only the number, such as 1,500 or 4.5."),
    BadAnswerReason.TOO_LONG: _l("Write a shorter answer."),
    BadAnswerReason.NOT_OFFERED: _l("Choose again from what is offered."),
    BadAnswerReason.CHOSEN_TWICE: _l("Choose each one only once."),
}


@dataclass(frozen=True, slots=True)
class SentAnswers:
    """What a page sent: the answers that can be kept, and the sheets as the person left them."""

    answers: dict[int, Answer]
    sheets: list[Sheet]

    @property
    def faulty(self) -> list[Sheet]:
        """Return the questions whose answer cannot be taken."""
        return [sheet for sheet in self.sheets if sheet.error]


REMOVE = "-remove"
"""Ends the name of the field that takes a file away again."""


def read_answers(
    sheets: Sequence[Sheet], form: MultiDict[str, str], uploaded: Mapping[int, int] | None = None
) -> SentAnswers:
    """Read the answers to these questions; a field that was not sent means no answer.

    `uploaded` holds, by the place of its question, the number of each file that was stored just now. The
    number of a file is never read from the form: a made-up one would hand in somebody else's file. Where
    none was uploaded and none taken away, the one handed in before stays, and `answers` says nothing.
    """
    answers: dict[int, Answer] = {}
    as_left: list[Sheet] = []
    for sheet in sheets:
        error = None
        if isinstance(sheet.question, FileAnswer):
            answers |= _file(sheet, form, uploaded or {})
            as_left.append(sheet)
            continue
        sent = _sent(sheet, form)
        try:
            answers[sheet.position] = from_page(sheet.question, sheet.places, sent)
        except BadAnswer as refusal:
            error = str(_SENTENCES[refusal.reason])
        as_left.append(as_sent(sheet, sent, error))
    return SentAnswers(answers, as_left)


def _file(sheet: Sheet, form: MultiDict[str, str], uploaded: Mapping[int, int]) -> dict[int, Answer]:
    if sheet.position in uploaded:
        return {sheet.position: uploaded[sheet.position]}
    return {sheet.position: None} if form.get(f"{sheet.name}{REMOVE}") else {}


def _sent(sheet: Sheet, form: MultiDict[str, str]) -> list[str]:
    if isinstance(sheet.question, Match | Order | Cloze):
        return [form.get(name, "").strip() for name in sheet.field_names]
    if isinstance(sheet.question, Numeric):
        return [form.get(sheet.name, "").strip()]
    return form.getlist(sheet.name)
