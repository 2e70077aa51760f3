"""Parse what learners ask about their hours, and what staff answer."""

import wtforms
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from sca_lms.uploads.content import PAPERS, Allowed
from sca_lms.web.forms import Form
from sca_lms.web.forms import lazy_label as _l

LONGEST_TEXT = 4000
EVIDENCE = Allowed(PAPERS)


class AskForm(Form):
    """A second look at one's minutes; the file comes with the request itself."""

    text = wtforms.TextAreaField(
        _l("What happened, in your words"), [InputRequired(), Length(max=LONGEST_TEXT)], render_kw={"rows": 4}
    )
    file = wtforms.FileField(_l("Evidence"), [Optional()], description=_l("A PDF or a photo, at most 10 MB."))


class MakeUpForm(AskForm):
    """A make-up: how many minutes, and what was done instead."""

    minutes = wtforms.IntegerField(_l("Minutes to make up"), [InputRequired(), NumberRange(min=1)])
    text = wtforms.TextAreaField(
        _l("What you did instead"), [InputRequired(), Length(max=LONGEST_TEXT)], render_kw={"rows": 4}
    )


class AnswerForm(Form):
    """What staff answer; the minutes are for a make-up that is granted."""

    minutes = wtforms.IntegerField(_l("Minutes to credit"), [Optional(), NumberRange(min=1)])
    answer = wtforms.TextAreaField(
        _l("Answer to the learner"), [InputRequired(), Length(max=LONGEST_TEXT)], render_kw={"rows": 3}
    )
