"""Parse work that a pair agrees on."""

import wtforms
from wtforms.validators import InputRequired, Length, Optional

from sca_lms.web.forms import DayField, Form, answers
from sca_lms.web.forms import lazy_label as _l

LONGEST_TEXT = 500


class ActionForm(Form):
    """One thing: what, who, until when."""

    text = wtforms.StringField(_l("What was agreed"), [InputRequired(), Length(max=LONGEST_TEXT)])
    owner = wtforms.RadioField(_l("Who does it"), [InputRequired()])
    due_on = DayField(_l("Until"), [Optional()])

    def offer(self, people: list[tuple[str, str]]) -> None:
        """Set who can do it: pair and person as `PAIR-ENROLMENT`."""
        self.owner.choices = answers(people)


class DueForm(Form):
    """Another due date, or none."""

    due_on = DayField(_l("Until"), [Optional()])
