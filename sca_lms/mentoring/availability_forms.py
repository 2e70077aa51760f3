"""Parse the week in which a captain can be booked."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias
from zoneinfo import available_timezones

import wtforms
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from sca_lms.mentoring.availability import Habit
from sca_lms.mentoring.availability_rules import (
    DAYS,
    MOST_SPANS,
    Span,
    SpanFault,
    Spot,
    Week,
    clashing,
    span_of,
    times_of,
)
from sca_lms.mentoring.booking_forms import LONGEST_LINK, LONGEST_PLACE
from sca_lms.web.forms import Form, answers
from sca_lms.web.forms import lazy_label as _l
from sca_lms.web.links import is_web_address

Lines: TypeAlias = "wtforms.FieldList[Any]"  # WTForms' stubs leave the type of the lines open.
DAY_NAMES: Sequence[str] = (
    _l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday"),
)  # fmt: skip
FAULTS: Mapping[SpanFault, str] = {
    SpanFault.HALF: _l("Give both the beginning and the end, or neither."),
    SpanFault.BACKWARDS: _l("The end must be after the beginning."),
    SpanFault.UNEVEN: _l("Use full quarters of an hour, such as 09:00 or 09:15."),
    SpanFault.TWO_PLACES: _l("These hours overlap others of the day that are at another place."),
}


def web_address(_form: wtforms.Form, field: wtforms.Field) -> None:
    """Take only addresses that a browser can follow to another site."""
    if not is_web_address(field.data):
        raise ValidationError(_l("Write a web address that begins with https://."))


def _time(label: str) -> wtforms.TimeField:
    return wtforms.TimeField(label, [Optional()], render_kw={"step": 900})


class SpanForm(Form):
    """One time of a day."""

    begins = _time(_l("From"))
    ends = _time(_l("To"))
    place = wtforms.StringField(_l("Place in these hours"), [Optional(), Length(max=LONGEST_PLACE)])
    join_url = wtforms.URLField(
        _l("Link in these hours"), [Optional(), Length(max=LONGEST_LINK), web_address]
    )

    def validate(self, extra_validators: Any = None) -> bool:  # WTForms' own signature uses Any.
        """Check each time, then the two together."""
        if not super().validate(extra_validators):
            return False
        found = self._found()
        if isinstance(found, SpanFault):
            self.ends.errors = [*self.ends.errors, FAULTS[found]]
            return False
        return True

    @property
    def span(self) -> Span | None:
        """Return the span, None for an empty line."""
        found = self._found()
        return None if isinstance(found, SpanFault) else found

    @property
    def has_spot(self) -> bool:
        """Tell whether these hours have a place of their own."""
        return bool(self.place.data or self.join_url.data)

    def _found(self) -> Span | SpanFault | None:
        spot = Spot((self.place.data or "").strip(), (self.join_url.data or "").strip())
        return span_of(self.begins.data, self.ends.data, spot)


def _day(number: int) -> Lines:
    return wtforms.FieldList(
        wtforms.FormField(SpanForm), DAY_NAMES[number], min_entries=2, max_entries=MOST_SPANS
    )


class WeekForm(Form):
    """The hours of each day, their zone, and where people are met."""

    zone = wtforms.SelectField(
        _l("These times are in the zone"), [InputRequired()],
        choices=answers((name, name) for name in sorted(available_timezones())),
    )  # fmt: skip
    place = wtforms.StringField(_l("Place"), [Optional(), Length(max=LONGEST_PLACE)])
    join_url = wtforms.URLField(
        _l("Link to the online meeting"), [Optional(), Length(max=LONGEST_LINK), web_address]
    )
    day0 = _day(0)
    day1 = _day(1)
    day2 = _day(2)
    day3 = _day(3)
    day4 = _day(4)
    day5 = _day(5)
    day6 = _day(6)

    @property
    def days(self) -> list[Lines]:
        """Return the fields of every day, Monday first."""
        return [self.day0, self.day1, self.day2, self.day3, self.day4, self.day5, self.day6]

    def validate(self, extra_validators: Any = None) -> bool:  # WTForms' own signature uses Any.
        """Check each line, then the lines of each day together."""
        if not super().validate(extra_validators):
            return False
        wrong = [
            line.form
            for number, day in zip(DAYS, self.days, strict=True)
            for line in day
            if line.form.span is not None and line.form.span == clashing(self.week[number])
        ]
        for form in wrong:
            form.ends.errors = [*form.ends.errors, FAULTS[SpanFault.TWO_PLACES]]
        return not wrong

    @property
    def week(self) -> Week:
        """Return the hours; only after the form was found right."""
        return {
            number: [line.form.span for line in day if line.form.span is not None]
            for number, day in zip(DAYS, self.days, strict=True)
        }

    @property
    def habit(self) -> Habit:
        """Return everything that was given; only after the form was found right."""
        return Habit(self.week, str(self.zone.data), self.place.data or "", self.join_url.data or "")

    @classmethod
    def showing(cls, habit: Habit) -> "WeekForm":
        """Return the form filled with what holds, with one empty line for each day."""
        values: dict[str, object] = {
            "zone": habit.zone, "place": habit.place, "join_url": habit.join_url,
        }  # fmt: skip
        for number in DAYS:
            lines = [
                {**dict(zip(("begins", "ends"), times_of(span), strict=True)), **span.spot._asdict()}
                for span in habit.week.get(number, ())
            ]
            values[f"day{number}"] = [*lines, *([{}] if len(lines) < MOST_SPANS else [])]
        return cls(data=values)
