"""Parse what people ask about their data, what the desk answers, and how long things are kept."""

import wtforms
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from sca_lms.privacy.periods import PERIODS
from sca_lms.privacy.rules import RequestKind
from sca_lms.privacy.words import CORRECTABLE, LANGUAGES, REQUEST_KINDS
from sca_lms.web.forms import DayField, Form, answers
from sca_lms.web.forms import lazy_label as _l

LONGEST_TEXT = 4000
LONGEST_NAME = 60
LONGEST_RECORD = 120
LONGEST_DAYS = 36_500


class ProfileForm(Form):
    """What the tool itself owns of a person."""

    nickname = wtforms.StringField(_l("Nickname"), [Optional(), Length(max=LONGEST_NAME)])
    locale = wtforms.SelectField(_l("Language"), choices=answers(LANGUAGES.items()))


class CorrectionForm(Form):
    """What is wrong, and what would be right."""

    field = wtforms.SelectField(_l("What is wrong"), choices=answers(CORRECTABLE.items()))
    record = wtforms.StringField(
        _l("Which record"),
        [Optional(), Length(max=LONGEST_RECORD)],
        description=_l("For example the day of a session or the name of a quiz."),
    )
    text = wtforms.TextAreaField(
        _l("What would be right, and how it can be checked"), [InputRequired(), Length(max=LONGEST_TEXT)],
        render_kw={"rows": 4},
    )  # fmt: skip


class ErasureForm(Form):
    """A wish to be erased, confirmed."""

    text = wtforms.TextAreaField(
        _l("Why (you need not say)"), [Optional(), Length(max=LONGEST_TEXT)], render_kw={"rows": 3}
    )
    sure = wtforms.BooleanField(
        _l("I have read what goes and what stays, and that it cannot be undone"), [InputRequired()]
    )


class DeskForm(Form):
    """A request that somebody makes at the desk, by telephone or by letter."""

    kind = wtforms.SelectField(
        _l("What is asked for"), choices=answers((str(k), w) for k, w in REQUEST_KINDS.items())
    )
    subject = wtforms.StringField(_l("What is to be corrected"), [Optional(), Length(max=LONGEST_RECORD)])
    text = wtforms.TextAreaField(
        _l("What they said, and how you know that it is them"), [InputRequired(), Length(max=LONGEST_TEXT)],
        render_kw={"rows": 4},
    )  # fmt: skip

    def wanted(self) -> RequestKind:
        """Return what is asked for."""
        return RequestKind(str(self.kind.data))


class AnswerForm(Form):
    """The desk's answer, in words; a refusal says why."""

    answer = wtforms.TextAreaField(
        _l("Answer to the person"), [InputRequired(), Length(max=LONGEST_TEXT)], render_kw={"rows": 4},
        description=_l("A refusal has to say why. The answer is kept in the register."),
    )  # fmt: skip


class PeriodForm(Form):
    """How long one kind is kept; empty means as long as the course."""

    kind = wtforms.HiddenField()
    days = wtforms.IntegerField(_l("Days of keeping"), [Optional(), NumberRange(min=1, max=LONGEST_DAYS)])

    def fault(self) -> str | None:
        """Return why the days do not fit the kind, None when they do."""
        period = PERIODS.get(str(self.kind.data))
        if period is None:
            return str(_l("There is no such kind."))
        days = self.days.data
        if days is None:
            return None if period.most is None else str(_l("This kind has to end some time."))
        if days < period.least or (period.most is not None and days > period.most):
            return str(
                _l("Between %(least)s and %(most)s days.")
                % {"least": period.least, "most": period.most or LONGEST_DAYS}
            )
        return None


class AuditFilterForm(Form):
    """Days between which lines of the log are looked for; both are included."""

    start = DayField(_l("From"), [Optional()])
    end = DayField(_l("To"), [Optional()])
