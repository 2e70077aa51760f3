"""Parse the terms of mentoring."""

import wtforms
from wtforms.validators import InputRequired, NumberRange, ValidationError

from sca_lms.mentoring.programme_section import QUARTER, TermsSpec
from sca_lms.web.forms import Form
from sca_lms.web.forms import lazy_label as _l

MOST_MINUTES = 1440
MOST_HOURS = 24 * 60
MOST_DAYS = 366


def _whole(label: str, first: int, last: int, hint: str = "") -> wtforms.IntegerField:
    return wtforms.IntegerField(label, [InputRequired(), NumberRange(first, last)], description=hint)


class TermsForm(Form):
    """Every rule of mentoring in a course."""

    slot_minutes = _whole(_l("Length of a slot in minutes"), QUARTER, MOST_MINUTES, _l("In steps of 15."))
    buffer_minutes = _whole(_l("Free minutes behind each meeting of a captain"), 0, MOST_MINUTES)
    notice_hours = _whole(
        _l("Hours of notice"), 0, MOST_HOURS, _l("So long before its beginning an ambassador can book.")
    )
    move_until_hours = _whole(
        _l("Hours until which an ambassador can move or cancel"), 0, MOST_HOURS, _l("Before the beginning.")
    )
    most_open_bookings = _whole(_l("Meetings ahead of one ambassador at most"), 1, 100)
    report_within_days = _whole(
        _l("Days to report a meeting"), 1, MOST_DAYS, _l("Afterwards it lapses without credit.")
    )
    tolerance_minutes = _whole(
        _l("Minutes by which two reports may differ"), 0, MOST_MINUTES, _l("The smaller one counts.")
    )
    required_sessions = _whole(_l("Meetings asked for"), 0, 1000)
    required_minutes = _whole(_l("Minutes asked for"), 0, 100_000)
    row_version = wtforms.IntegerField(widget=wtforms.widgets.HiddenInput())
    digest = wtforms.HiddenField()

    def validate_slot_minutes(self, field: wtforms.Field) -> None:
        """Keep to quarters of an hour, in which calendars are kept."""
        if isinstance(field.data, int) and field.data % QUARTER:
            raise ValidationError(_l("Use a multiple of 15."))

    @property
    def spec(self) -> TermsSpec:
        """Return the terms; only after the form was found right."""
        return TermsSpec(
            slot_minutes=self.slot_minutes.data or 0,
            buffer_minutes=self.buffer_minutes.data or 0,
            notice_hours=self.notice_hours.data or 0,
            move_until_hours=self.move_until_hours.data or 0,
            most_open_bookings=self.most_open_bookings.data or 0,
            report_within_days=self.report_within_days.data or 0,
            tolerance_minutes=self.tolerance_minutes.data or 0,
            required_sessions=self.required_sessions.data or 0,
            required_minutes=self.required_minutes.data or 0,
        )
