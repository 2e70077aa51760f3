"""Parse what people ask for when they book, answer, move and describe appointments."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import wtforms
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from sca_lms.mentoring.booking_subjects import Choice, Subjects
from sca_lms.mentoring.models import Audience
from sca_lms.uploads.content import DOCUMENTS, Allowed
from sca_lms.web.forms import Form, MomentField, answers
from sca_lms.web.forms import lazy_label as _l
from sca_lms.web.i18n import reader_zone
from sca_lms.web.links import is_web_address

LONGEST_AGENDA = 4000
LONGEST_REASON = 2000
LONGEST_PLACE = 300
LONGEST_LINK = 1000
LONGEST_TITLE = 200
MOST_PLACES = 200
MOST_MINUTES = 480
FILES = Allowed(DOCUMENTS)
MOST_AT_ONCE = 5
"""Files that come with one form."""


class SubjectForm(Form):
    """What a meeting is about and where it is."""

    subject = wtforms.SelectField(_l("What it is about"), [InputRequired()])
    agenda = wtforms.TextAreaField(
        _l("What you want to talk about"), [Optional(), Length(max=LONGEST_AGENDA)], render_kw={"rows": 4},
        description=_l("Both of you read this."),
    )  # fmt: skip
    place = wtforms.StringField(_l("Place"), [Optional(), Length(max=LONGEST_PLACE)])
    join_url = wtforms.URLField(_l("Link to the online meeting"), [Optional(), Length(max=LONGEST_LINK)])

    offered: Subjects

    def offer(self, subjects: Subjects) -> None:
        """Fill the field of what it is about."""
        self.offered = subjects
        self.subject.choices = [
            replace(choice, optgroup=group)
            for group, lines in subjects.groups.items()
            for choice in answers(lines)
        ]

    @property
    def chosen(self) -> Choice:
        """Return the topic and the planned meeting; only after the form was found right."""
        return self.offered.choices[str(self.subject.data)]

    def validate_join_url(self, field: wtforms.Field) -> None:
        """Take only addresses that a browser can follow to another site."""
        if not is_web_address(field.data):
            raise ValidationError(_l("Write a web address that begins with https://."))


class BookForm(SubjectForm):
    """A request of an ambassador: the time is one of the free slots."""

    start = wtforms.HiddenField(validators=[Length(max=40)])
    files = wtforms.MultipleFileField(
        _l("Files"),
        [Optional()],
        description=_l("Documents or photos for the meeting, at most 10 MB together."),
    )

    @property
    def starts_at(self) -> dt.datetime | None:
        """Return the chosen time, None for what is none."""
        return read_start(self.start.data)


class BookForAmbassadorForm(SubjectForm):
    """A booking by a captain or by staff: any time that is free."""

    starts = MomentField(_l("Begins"), [InputRequired()], zone=reader_zone)
    minutes = wtforms.IntegerField(
        _l("Minutes"), [InputRequired(), NumberRange(15, MOST_MINUTES)], render_kw={"step": 15}
    )
    files = wtforms.MultipleFileField(
        _l("Files"),
        [Optional()],
        description=_l("Documents or photos for the meeting, at most 10 MB together."),
    )

    @property
    def starts_at(self) -> dt.datetime | None:
        """Return the chosen time."""
        return self.starts.data


class GroupForm(SubjectForm):
    """A group slot: what, when, for how many and for whom."""

    title = wtforms.StringField(
        _l("What the group slot is called"), [InputRequired(), Length(max=LONGEST_TITLE)]
    )
    starts = MomentField(_l("Begins"), [InputRequired()], zone=reader_zone)
    minutes = wtforms.IntegerField(
        _l("Minutes"), [InputRequired(), NumberRange(15, MOST_MINUTES)], render_kw={"step": 15}
    )
    capacity = wtforms.IntegerField(_l("Number of places"), [InputRequired(), NumberRange(1, MOST_PLACES)])
    audience = wtforms.RadioField(
        _l("Who may join"),
        [InputRequired()],
        choices=answers(
            [
                (Audience.PAIRS, _l("My own ambassadors")),
                (Audience.GROUP, _l("The ambassadors of one group")),
                (Audience.COURSE, _l("Every ambassador of the course")),
            ]
        ),
        default=Audience.PAIRS,
    )
    group = wtforms.SelectField(_l("Group"), [Optional()], validate_choice=False)
    known_groups: Sequence[str] = ()

    def offer_groups(self, groups: Sequence[str]) -> None:
        """Fill the field of groups."""
        self.known_groups = groups
        self.group.choices = answers((each, each or "–") for each in ("", *groups))

    def validate_group(self, field: wtforms.Field) -> None:
        """Ask for a group where only one may join."""
        if self.audience.data == Audience.GROUP and field.data not in self.known_groups:
            raise ValidationError(_l("Choose the group."))


class DetailsForm(SubjectForm):
    """What both sides may change about an appointment."""

    capacity = wtforms.IntegerField(_l("Number of places"), [Optional(), NumberRange(1, MOST_PLACES)])
    seen = wtforms.IntegerField(widget=wtforms.widgets.HiddenInput())


class ReasonForm(Form):
    """Why a meeting is declined or called off."""

    reason = wtforms.TextAreaField(
        _l("Reason, for the other side"), [InputRequired(), Length(max=LONGEST_REASON)], render_kw={"rows": 3}
    )
    seen = wtforms.IntegerField(widget=wtforms.widgets.HiddenInput())


class MoveForm(Form):
    """Another time for a meeting."""

    starts = MomentField(_l("New beginning"), [Optional()], zone=reader_zone)
    start = wtforms.HiddenField(validators=[Optional(), Length(max=40)])
    seen = wtforms.IntegerField(widget=wtforms.widgets.HiddenInput())

    @property
    def starts_at(self) -> dt.datetime | None:
        """Return the free slot that was chosen, else the time that was typed."""
        return read_start(self.start.data) or self.starts.data


def read_start(text: object) -> dt.datetime | None:
    """Read the moment of a free slot as pages write it, None for what no page of ours sends."""
    try:
        moment = dt.datetime.fromisoformat(str(text or ""))
        if moment.tzinfo is None or not 2000 <= moment.year <= 2400:
            return None
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
