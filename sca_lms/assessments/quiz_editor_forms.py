"""Read what the pages of the quiz editor send."""

import re
from decimal import Decimal
from typing import cast

import wtforms
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from sca_lms.assessments.quiz_editor_operations import Terms
from sca_lms.assessments.rules import Grading, Review
from sca_lms.programmes.schema_modules import LONGEST_LIMIT_MINUTES, MOST_ATTEMPTS
from sca_lms.texts import Bilingual
from sca_lms.web.forms import Form, MomentField, ScoreField, answers
from sca_lms.web.forms import lazy_label as _l

LONGEST_TITLE, LONGEST_INSTRUCTIONS = 200, 10_000
MOST_DRAWN = 200
_POINTS = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,2})?", re.ASCII)

GRADINGS = (
    (Grading.HIGHEST.value, _l("Best attempt")),
    (Grading.AVERAGE.value, _l("Average of all attempts")),
    (Grading.FIRST.value, _l("First attempt")),
    (Grading.LAST.value, _l("Last attempt")),
)
REVIEWS = (
    (Review.WHEN_SETTLED.value, _l("When they give nothing away: passed, no attempt left, or closed")),
    (Review.AT_ONCE.value, _l("At once after handing in")),
    (Review.AFTER_CLOSE.value, _l("After the quiz has closed")),
    (Review.NEVER.value, _l("Never")),
)


class TermsForm(Form):
    """The settings of a quiz."""

    title_th = wtforms.StringField(_l("Title in Thai"), [Length(max=LONGEST_TITLE)])
    title_en = wtforms.StringField(_l("Title in English"), [Length(max=LONGEST_TITLE)])
    instructions_th = wtforms.TextAreaField(
        _l("Instructions in Thai"), [Optional(), Length(max=LONGEST_INSTRUCTIONS)]
    )
    instructions_en = wtforms.TextAreaField(
        _l("Instructions in English"), [Optional(), Length(max=LONGEST_INSTRUCTIONS)]
    )
    attempts_allowed = wtforms.IntegerField(
        _l("Attempts"), [Optional(), NumberRange(1, MOST_ATTEMPTS)], description=_l("Empty for no limit.")
    )
    grading = wtforms.SelectField(_l("What counts"), choices=answers(GRADINGS))
    time_limit_minutes = wtforms.IntegerField(
        _l("Time limit in minutes"), [Optional(), NumberRange(1, LONGEST_LIMIT_MINUTES)],
        description=_l("Empty for no limit."),
    )  # fmt: skip
    opens_at = MomentField(_l("Opens"), [Optional()])
    closes_at = MomentField(_l("Closes"), [Optional()])
    pass_percent = wtforms.IntegerField(
        _l("Pass mark in percent"), [Optional(), NumberRange(1, 100)],
        description=_l("Empty: whoever hands in has passed."),
    )  # fmt: skip
    shuffle = wtforms.BooleanField(_l("Shuffle questions and options"))
    review = wtforms.SelectField(_l("Show right answers"), choices=answers(REVIEWS))

    def validate_title_en(self, _field: wtforms.StringField) -> None:
        """Ask for a title in one language at least."""
        if not (self.title_th.data or self.title_en.data):
            raise ValidationError(_("Write a title, in Thai, in English, or in both."))

    def validate_closes_at(self, _field: MomentField) -> None:
        """Refuse a close that does not lie after the opening."""
        if self.opens_at.data and self.closes_at.data and self.closes_at.data <= self.opens_at.data:
            raise ValidationError(_("The close lies after the opening."))

    def terms(self) -> Terms:
        """Return the settings as typed; only after `validate`."""
        return Terms(
            title=Bilingual(self.title_th.data or "", self.title_en.data or ""),
            instructions=Bilingual(self.instructions_th.data or "", self.instructions_en.data or ""),
            attempts_allowed=self.attempts_allowed.data,
            grading=Grading(cast("str", self.grading.data)),
            time_limit_minutes=self.time_limit_minutes.data,
            shuffle=bool(self.shuffle.data),
            opens_at=self.opens_at.data,
            closes_at=self.closes_at.data,
            pass_percent=self.pass_percent.data,
            review=Review(cast("str", self.review.data)),
        )


def filled_in(terms: Terms) -> dict[str, object]:
    """Return what the form of a quiz shows at first."""
    return {
        "title_th": terms.title.th,
        "title_en": terms.title.en,
        "instructions_th": terms.instructions.th,
        "instructions_en": terms.instructions.en,
        "attempts_allowed": terms.attempts_allowed,
        "grading": terms.grading.value,
        "time_limit_minutes": terms.time_limit_minutes,
        "shuffle": terms.shuffle,
        "opens_at": terms.opens_at,
        "closes_at": terms.closes_at,
        "pass_percent": terms.pass_percent,
        "review": terms.review.value,
    }


class DrawForm(Form):
    """A place that draws questions at random."""

    shelf = wtforms.SelectField(_l("From the shelf, and those below it"))
    tags = wtforms.StringField(
        _l("Bearing all of these tags"), [Optional(), Length(max=200)],
        description=_l("With commas between them; empty for any question."),
    )  # fmt: skip
    count = wtforms.IntegerField(
        _l("How many questions"), [wtforms.validators.InputRequired(), NumberRange(1, MOST_DRAWN)]
    )
    points = ScoreField(_l("Points for each"), [wtforms.validators.InputRequired()], places=2)

    def validate_points(self, field: ScoreField) -> None:
        """Refuse a place that is worth nothing."""
        if field.data is not None and not 0 < field.data <= 1000:
            raise ValidationError(_("Write a number above 0 and at most 1,000."))


def read_points(form: MultiDict[str, str]) -> tuple[dict[int, Decimal | None], dict[int, int], bool]:
    """Return points and counts by place, and whether all that was typed could be read.

    An empty field means what the question itself is worth.
    """
    points: dict[int, Decimal | None] = {}
    counts: dict[int, int] = {}
    readable = True
    for name, typed in form.items():
        found = re.fullmatch(r"(points|count)-([0-9]{1,9})", name, re.ASCII)
        if found is None:
            continue
        text, number = typed.strip().replace(",", ""), int(found[2])
        if found[1] == "points" and not text:
            points[number] = None
        elif found[1] == "points" and _POINTS.fullmatch(text) and 0 < Decimal(text) <= 1000:
            points[number] = Decimal(text)
        elif found[1] == "count" and re.fullmatch(r"[0-9]{1,3}", text, re.ASCII):
            counts[number] = int(text)
            readable = readable and 0 < counts[number] <= MOST_DRAWN
        else:
            readable = False
    return points, {each: count for each, count in counts.items() if 0 < count <= MOST_DRAWN}, readable
