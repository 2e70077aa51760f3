"""Parse what markers and learners send; what cannot be read is named and nothing typed is lost."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import wtforms
from flask_babel import gettext as _
from wtforms.validators import InputRequired, Length

from sca_lms.assignments import rubric_rules
from sca_lms.errors import Text
from sca_lms.marking.annotating import Place
from sca_lms.marking.rules import Judgement
from sca_lms.marking.subjects import Subject
from sca_lms.uploads.content import ANYTHING, Allowed
from sca_lms.web.forms import LARGEST_INTEGER, Form, clean_text
from sca_lms.web.forms import lazy_label as _l

LONGEST_COMMENT = 20_000
LONGEST_NOTE = 2_000
FEEDBACK = Allowed(ANYTHING, 20 * 1024 * 1024)
MOST_FEEDBACK_FILES = 5
_POINTS = re.compile(r"\d{1,5}([.,]\d{0,4})?")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a marker sent: the judgement as far as it can be read, and what is wrong by field."""

    judgement: Judgement
    faults: Mapping[str, Text]
    typed: Mapping[str, str]
    """Points as they were typed, where they cannot be read."""
    row_version: int
    draft_version: int | None
    """Which draft the window knows, 0 for none; without a number the form was not written by the grader."""
    submission_id: int | None
    reason: str


def read_sent(subject: Subject, form: Mapping[str, str]) -> Sent:
    """Read the fields of the grader."""
    faults: dict[str, Text] = {}
    typed: dict[str, str] = {}

    def points(name: str, largest: Decimal) -> Decimal | None:
        text = form.get(name, "").strip()
        if not text:
            return None
        if _POINTS.fullmatch(text) and (number := Decimal(text.replace(",", "."))) <= largest:
            return number
        typed[name] = text[:40]
        faults[name] = _("Write a number from 0 to %(maximum)s.", maximum=rubric_rules.number_of(largest))
        return None

    rubric = subject.rubric
    levels = {
        code: rubric_rules.number_of(value)
        for code, value in (
            rubric_rules.read_levels(
                rubric, {each.code: form.get(f"level-{each.code}", "") for each in rubric.criteria}
            ).items()
            if rubric
            else ()
        )
    }
    answers = {
        hand.position: worth
        for hand in subject.hands
        if (worth := points(f"answer-{hand.position}", hand.maximum)) is not None
    }
    free = points("points", subject.maximum) if rubric is None and not subject.hands else None
    remarks = {
        hand.position: text
        for hand in subject.hands
        if (text := _comment(form.get(f"remark-{hand.position}", ""))[0][:LONGEST_NOTE])
    }
    comment, fault = _comment(form.get("comment", ""))
    if fault:
        faults["comment"] = fault
    reason, _fault = _comment(form.get("reason", ""))
    return Sent(
        Judgement(levels, free, answers, remarks, comment), faults, typed,
        whole_number(form.get("row_version")) or 0, whole_number(form.get("draft_version")),
        whole_number(form.get("submission")),
        reason[:LONGEST_NOTE],
    )  # fmt: skip


def _comment(text: str) -> tuple[str, Text | None]:
    try:
        clean = clean_text(text, lines=True)
    except ValueError as error:
        return "".join(each for each in text if each.isprintable() or each in "\n\t"), str(error)
    if len(clean) > LONGEST_COMMENT:
        return clean[:LONGEST_COMMENT], _("The comment is too long.")
    return clean, None


def whole_number(text: str | None) -> int | None:
    """Read a number that the page itself wrote; None for anything else."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > len(str(LARGEST_INTEGER)):
        return None
    number = int(text)
    return number if number <= LARGEST_INTEGER else None


class NoteForm(Form):
    """A comment on a place of a work."""

    text = wtforms.TextAreaField(
        _l("Comment on this place"), [InputRequired(), Length(max=LONGEST_NOTE)], render_kw={"rows": 2}
    )
    quote = wtforms.TextAreaField(_l("The passage, copied from the text"), render_kw={"rows": 2})


def read_place(form: Mapping[str, str]) -> Place:
    """Read to which place of a work a comment belongs."""
    return Place(
        starts=whole_number(form.get("starts")), ends=whole_number(form.get("ends")),
        file_id=whole_number(form.get("file")), page=whole_number(form.get("page")),
        left=whole_number(form.get("left")), top=whole_number(form.get("top")),
    )  # fmt: skip


class BankForm(Form):
    """A comment for the bank, in one language or both."""

    th = wtforms.TextAreaField(_l("In Thai"), [Length(max=LONGEST_NOTE)], render_kw={"rows": 2, "lang": "th"})
    en = wtforms.TextAreaField(
        _l("In English"), [Length(max=LONGEST_NOTE)], render_kw={"rows": 2, "lang": "en"}
    )
    shared = wtforms.BooleanField(_l("For all who mark in this course"))


class AskForm(Form):
    """A learner's wish to have a mark looked at again."""

    text = wtforms.TextAreaField(
        _l("What should be looked at again, and why"),
        [InputRequired(), Length(max=LONGEST_NOTE)],
        render_kw={"rows": 4},
    )


class KeepForm(Form):
    """Why a mark stays as it is."""

    answer = wtforms.TextAreaField(
        _l("Answer to the learner"), [InputRequired(), Length(max=LONGEST_NOTE)], render_kw={"rows": 3}
    )
