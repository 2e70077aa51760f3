"""Parse who is to have more time or more attempts: chosen people, a whole group, or a pasted table."""

from collections.abc import Sequence

import wtforms
from werkzeug.datastructures import MultiDict
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from sca_lms.assessments.extension_rows import (
    LONGEST_REASON,
    MOST_EXTRA_ATTEMPTS,
    MOST_MINUTES,
    BadCell,
    Extension,
    Known,
    MoreTime,
    Table,
    read_extensions,
    read_factor,
    read_more_time,
)
from sca_lms.courses.models import Enrolment
from sca_lms.web.forms import Form
from sca_lms.web.forms import lazy_label as _l

LONGEST_TABLE = 200_000


class ReasonForm(Form):
    """Why somebody decided something about an attempt."""

    reason = wtforms.StringField(_l("Reason"), [InputRequired(), Length(max=LONGEST_REASON)])


class ReopenForm(ReasonForm):
    """For how long an attempt is opened again."""

    minutes = wtforms.IntegerField(
        _l("Minutes from now"), [InputRequired(), NumberRange(min=1, max=MOST_MINUTES)]
    )


class PeopleForm(Form):
    """Whom it is for; a pasted table says it all by itself."""

    group = wtforms.StringField(_l("Everybody of the group"), [Optional(), Length(max=64)])
    table = wtforms.TextAreaField(
        _l("Table"), [Optional(), Length(max=LONGEST_TABLE)], render_kw={"rows": 6, "spellcheck": "false"}
    )
    reason = wtforms.StringField(_l("Reason, for staff only"), [Optional(), Length(max=LONGEST_REASON)])


class AccommodationForm(PeopleForm):
    """By what limits are stretched."""

    factor = wtforms.StringField(_l("Time factor"), [Optional(), Length(max=10)])

    def validate_factor(self, field: wtforms.StringField) -> None:
        """Refuse what is no factor."""
        try:
            read_factor(field.data or "1")
        except BadCell as fault:
            raise ValidationError(str(fault.reason)) from fault

    def wanted(self, chosen: Sequence[int], people: Sequence[Enrolment]) -> Table[MoreTime]:
        """Return what each person is to have, from the table if there is one."""
        if self.table.data:
            return read_more_time(self.table.data, known(people))
        more = MoreTime(read_factor(self.factor.data or "1"), self.reason.data or "")
        return Table(dict.fromkeys(picked(chosen, self.group.data or "", people), more), [])


class ExtensionForm(PeopleForm):
    """How much later the quiz closes, and how many more attempts there are."""

    minutes = wtforms.IntegerField(
        _l("Minutes by which the quiz closes later"), [Optional(), NumberRange(min=0, max=MOST_MINUTES)]
    )
    extra_attempts = wtforms.IntegerField(
        _l("More attempts"), [Optional(), NumberRange(min=0, max=MOST_EXTRA_ATTEMPTS)]
    )

    def wanted(self, chosen: Sequence[int], people: Sequence[Enrolment]) -> Table[Extension]:
        """Return what each person is to have, from the table if there is one."""
        if self.table.data:
            return read_extensions(self.table.data, known(people))
        more = Extension(self.minutes.data or 0, self.extra_attempts.data or 0, self.reason.data or "")
        return Table(dict.fromkeys(picked(chosen, self.group.data or "", people), more), [])


def chosen_people(form: MultiDict[str, str]) -> list[int]:
    """Return the numbers of the people ticked; what is no number is left out."""
    return [
        int(each) for each in form.getlist("person") if each.isascii() and each.isdecimal() and len(each) < 16
    ]


def picked(chosen: Sequence[int], group: str, people: Sequence[Enrolment]) -> list[int]:
    """Return those of the course who were ticked or belong to the group, in name order."""
    wanted = set(chosen)
    return [each.id for each in people if each.id in wanted or (group and each.group == group)]


def known(people: Sequence[Enrolment]) -> list[Known]:
    """Return by what people can be named in a table."""
    return [Known(each.id, each.person.email, each.person.full_name) for each in people]
