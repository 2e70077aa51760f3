"""Parse what staff write to learners, and what they note about them."""

import datetime as dt
from typing import Any

import wtforms
from flask_babel import gettext as _
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from sca_lms.guidance.models import InterventionKind
from sca_lms.guidance.receivers import parsed
from sca_lms.guidance.words import INTERVENTIONS
from sca_lms.inbox.rules import LONGEST_FACT
from sca_lms.texts import Bilingual
from sca_lms.web.forms import DayField, Form, answers
from sca_lms.web.forms import lazy_label as _l

LONGEST_TEXT = LONGEST_FACT
NOTED = tuple(kind for kind in InterventionKind if kind is not InterventionKind.MESSAGE)
"""What is noted by hand; messages are noted by sending them."""


class _ForPeople(Form):
    """What both forms carry: whom it is for, the form's own token, and when to look again."""

    people = wtforms.HiddenField()
    token = wtforms.HiddenField(validators=[InputRequired(), Length(max=64)])
    follow_up_on = DayField(
        _l("Look again on"),
        [Optional()],
        description=_l("It then stands in the list of follow-ups until somebody closes it."),
    )

    today: dt.date | None = None

    @property
    def ids(self) -> list[int]:
        """Return the enrolments of whom it is for."""
        return parsed(self.people.data or "")

    def validate_follow_up_on(self, field: Any) -> None:  # WTForms calls it with its own type.
        """Refuse a day that is over."""
        if field.data is not None and self.today is not None and field.data < self.today:
            raise ValidationError(_("This day is over. Choose today or later."))


class MessageForm(_ForPeople):
    """A message in one language or both."""

    text_th = wtforms.TextAreaField(_l("Text in Thai"), [Optional(), Length(max=LONGEST_TEXT)])
    text_en = wtforms.TextAreaField(_l("Text in English"), [Optional(), Length(max=LONGEST_TEXT)])

    @property
    def text(self) -> Bilingual:
        """Return the message."""
        return Bilingual(self.text_th.data or "", self.text_en.data or "")

    def validate(self, extra_validators: Any = None) -> bool:  # WTForms' own signature uses Any.
        """Ask for the text in one of the languages."""
        valid = super().validate(extra_validators)
        if valid and not (self.text_th.data or self.text_en.data):
            self.text_th.errors = [_("Write the message in one language at least.")]
            return False
        return valid


class InterventionForm(_ForPeople):
    """What was done, in a few words."""

    kind = wtforms.RadioField(_l("What was done"), [InputRequired()])
    text = wtforms.TextAreaField(
        _l("What came up, for colleagues"),
        [InputRequired(), Length(max=LONGEST_TEXT)],
        description=_l("Only those who run the course read this; the learner never does."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:  # WTForms' own signature.
        super().__init__(*args, **options)
        self.kind.choices = answers((kind.value, INTERVENTIONS[kind]) for kind in NOTED)


class ClosingForm(Form):
    """What came of a follow-up."""

    outcome = wtforms.TextAreaField(_l("What came of it"), [InputRequired(), Length(max=LONGEST_TEXT)])
