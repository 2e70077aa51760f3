"""Parse which report is to come by itself, and when."""

from collections.abc import Mapping
from typing import Any

import wtforms
from flask_babel import gettext as _
from wtforms.validators import InputRequired, Optional

from sca_lms.errors import Text
from sca_lms.guidance.models import ReportKind, Rhythm
from sca_lms.guidance.report_rows import TITLES
from sca_lms.guidance.report_rules import LAST_DAY
from sca_lms.web.forms import Form, answers
from sca_lms.web.forms import lazy_label as _l
from sca_lms.web.i18n import LOCALE_NAMES

RHYTHMS: Mapping[Rhythm, Text] = {
    Rhythm.WEEKLY: _l("every week"),
    Rhythm.MONTHLY: _l("every month"),
}
WEEKDAYS: tuple[Text, ...] = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)


class ScheduleForm(Form):
    """One report that is to come by itself."""

    kind = wtforms.SelectField(_l("Report"), [InputRequired()])
    rhythm = wtforms.RadioField(_l("How often"), [InputRequired()])
    weekday = wtforms.SelectField(_l("Weekday, for every week"), [Optional()])
    month_day = wtforms.IntegerField(_l("Day of the month, for every month"), [Optional()])
    locale = wtforms.RadioField(_l("Language of the report"), [InputRequired()])

    def __init__(self, *args: Any, **options: Any) -> None:  # WTForms' own signature.
        super().__init__(*args, **options)
        self.kind.choices = answers((kind.value, TITLES[kind]) for kind in ReportKind)
        self.rhythm.choices = answers((rhythm.value, RHYTHMS[rhythm]) for rhythm in Rhythm)
        self.weekday.choices = answers((str(number), name) for number, name in enumerate(WEEKDAYS))
        self.locale.choices = answers(LOCALE_NAMES.items())

    def validate(self, extra_validators: Any = None) -> bool:  # WTForms' own signature uses Any.
        """Ask a monthly report for a day that every month has."""
        valid = super().validate(extra_validators)
        day = self.month_day.data or 0
        if valid and self.rhythm.data == Rhythm.MONTHLY and not 1 <= day <= LAST_DAY:
            self.month_day.errors = [
                _("Choose a day from 1 to %(last)s; every month has these.", last=LAST_DAY)
            ]
            return False
        return valid

    @property
    def wanted_kind(self) -> ReportKind:
        """Return which report is wanted."""
        return ReportKind(self.kind.data)

    @property
    def wanted_rhythm(self) -> Rhythm:
        """Return how often it is wanted."""
        return Rhythm(self.rhythm.data)

    @property
    def day(self) -> int:
        """Return the day as a schedule keeps it: a weekday from 0, or a day of the month."""
        if self.wanted_rhythm is Rhythm.WEEKLY:
            return int(self.weekday.data or 0)
        return int(self.month_day.data or 1)
