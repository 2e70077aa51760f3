"""Forms of the calendar page: a time off, and the zone in which one reads times."""

import datetime as dt
from typing import Any
from zoneinfo import available_timezones

import wtforms
from wtforms.validators import InputRequired, Length, Optional

from sca_lms.web.forms import Form, MomentField
from sca_lms.web.forms import lazy_label as _l
from sca_lms.web.i18n import reader_zone

LONGEST_NOTE = 500
LONGEST_TIME_OFF = dt.timedelta(days=366)


class TimeOffForm(Form):
    """When somebody is not to be booked."""

    starts_at = MomentField(_l("Begins"), [InputRequired()], zone=reader_zone)
    ends_at = MomentField(_l("Ends"), [InputRequired()], zone=reader_zone)
    note = wtforms.StringField(
        _l("Note"), [Optional(), Length(max=LONGEST_NOTE)], description=_l("Only you can read it.")
    )

    def validate(self, extra_validators: Any = None) -> bool:  # WTForms' own signature uses Any.
        """Check that it ends after it begins, and within a year."""
        valid = super().validate(extra_validators)
        start, end = self.starts_at.data, self.ends_at.data
        if start is None or end is None:
            return False
        if end <= start:
            self.ends_at.errors = [*self.ends_at.errors, _l("The end must be after the beginning.")]
            return False
        if end - start > LONGEST_TIME_OFF:
            self.ends_at.errors = [*self.ends_at.errors, _l("A time off lasts a year at most.")]
            return False
        return valid


class ZoneForm(Form):
    """The zone in which somebody reads times."""

    zone = wtforms.StringField(
        _l("Time zone"),
        [Optional(), Length(max=64)],
        description=_l("Type a city and choose. Leave it empty for the zone of the course."),
        render_kw={"list": "zones", "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"},
    )


def zone_names() -> list[str]:
    """Return the zones that people live in, by name."""
    return sorted(
        name
        for name in available_timezones()
        if "/" in name and name.partition("/")[0] not in {"Etc", "SystemV", "posix", "right", "US", "Brazil"}
    )
