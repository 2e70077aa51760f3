"""Parse what people report of a meeting, dispute and decide."""

import wtforms
from wtforms.validators import InputRequired, Length, NumberRange

from sca_lms.web.forms import Form, MomentField
from sca_lms.web.forms import lazy_label as _l
from sca_lms.web.i18n import reader_zone

LONGEST_REMARK = 2000
LONGEST_REASON = 2000
MOST_MINUTES = 24 * 60


class ReportForm(Form):
    """When the meeting really began and ended."""

    began_at = MomentField(_l("It began"), [InputRequired()], zone=reader_zone)
    ended_at = MomentField(_l("It ended"), [InputRequired()], zone=reader_zone)
    remark = wtforms.TextAreaField(
        _l("Remark for the other side"), [Length(max=LONGEST_REMARK)], render_kw={"rows": 2}
    )


class DisputeForm(Form):
    """Why a settled meeting is not right."""

    reason = wtforms.TextAreaField(
        _l("What is not right"), [InputRequired(), Length(max=LONGEST_REASON)], render_kw={"rows": 3}
    )


class DecisionForm(Form):
    """How many minutes a meeting is worth, and why."""

    minutes = wtforms.IntegerField(
        _l("Minutes to credit"), [InputRequired(), NumberRange(min=0, max=MOST_MINUTES)],
        description=_l("0 credits nothing."),
    )  # fmt: skip
    reason = wtforms.TextAreaField(
        _l("Reason, for both sides"), [InputRequired(), Length(max=LONGEST_REASON)], render_kw={"rows": 3}
    )
