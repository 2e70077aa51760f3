"""Read what the pages of the timetable builder send."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import wtforms
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)
from wtforms.widgets import TimeInput

from sca_lms.attendance.rules import SessionTimes
from sca_lms.bootcamp import timetable_csv
from sca_lms.bootcamp.timetable_clock import break_problem, length_problem, read_edge
from sca_lms.bootcamp.timetable_rows import (
    CODE,
    LARGEST_CAPACITY,
    LONGEST_TEXT,
    MODES,
    ordered,
)
from sca_lms.bootcamp.timetable_rules import PlannedSession
from sca_lms.programmes.periods import Period
from sca_lms.texts import Bilingual
from sca_lms.web.forms import CheckboxesField, Form, MomentField, answers
from sca_lms.web.forms import lazy_label as _l
from sca_lms.web.i18n import page_zone
from sca_lms.web.links import is_web_address

MOST_BREAKS = 12
SPARE_BREAKS = 2
LARGEST_FILE = 400 * 1024
"""Bytes of an imported file; some two thousand sessions."""
FARTHEST_MINUTES, FARTHEST_DAYS = 24 * 60, 366
CODE_ADVICE = _l("Use at most 40 letters A-Z, digits, dots, hyphens and underscores.")
TIME = r"([01]?\d|2[0-3])[:.][0-5]\d(:[0-5]\d)?"
MODE_WORDS = dict(zip(MODES, (_l("On site"), _l("In the field"), _l("Online")), strict=True))


class BreakForm(Form):
    """One break; both times or neither."""

    start = wtforms.StringField(
        _l("From"), [Optional(), Regexp(rf"^{TIME}$", message=_l("Write the time as 13:15."))],
        widget=TimeInput(),
    )  # fmt: skip
    end = wtforms.StringField(
        _l("To"), [Optional(), Regexp(rf"^{TIME}$", message=_l("Write the time as 13:15."))],
        widget=TimeInput(),
    )  # fmt: skip


class PlaceForm(Form):
    """What every session has, whether it is a draft or published."""

    title_th = wtforms.StringField(_l("Title in Thai"), [Length(max=LONGEST_TEXT)])
    title_en = wtforms.StringField(_l("Title in English"), [Length(max=LONGEST_TEXT)])
    starts_at = MomentField(_l("Begins"), [InputRequired()])
    ends_at = MomentField(_l("Ends"), [InputRequired()])
    breaks = wtforms.FieldList(wtforms.FormField(BreakForm), max_entries=MOST_BREAKS)
    mode = wtforms.SelectField(_l("How"), choices=answers(MODE_WORDS.items()))
    room = wtforms.StringField(_l("Room"), [Length(max=LONGEST_TEXT)])
    venue_th = wtforms.StringField(_l("Venue in Thai"), [Length(max=LONGEST_TEXT)])
    venue_en = wtforms.StringField(_l("Venue in English"), [Length(max=LONGEST_TEXT)])
    join_url = wtforms.StringField(_l("Link to join"), [Optional(), Length(max=LONGEST_TEXT)])
    capacity = wtforms.IntegerField(_l("Places"), [Optional(), NumberRange(1, LARGEST_CAPACITY)])
    digest = wtforms.HiddenField(validators=[Length(max=64)])

    known: PlannedSession | None = None
    """The session as it was when the form was made, whose breaks keep their very moments."""

    def validate_title_th(self, field: wtforms.Field) -> None:
        """Ask for a title in one language at least."""
        if not (field.data or self.title_en.data):
            raise ValidationError(_("Write a title in one language at least."))

    def validate_join_url(self, field: wtforms.Field) -> None:
        """Take only addresses that a browser can follow to another site."""
        if not is_web_address(field.data):
            raise ValidationError(_("Write a web address that begins with https://."))

    def validate(self, extra_validators: Any = None) -> bool:  # WTForms' own signature uses Any.
        """Check the fields, then whether the times fit together."""
        valid = super().validate(extra_validators)
        starts_at, ends_at = self.starts_at.data, self.ends_at.data
        if starts_at is None or ends_at is None:
            return False
        if (problem := length_problem(starts_at, ends_at)) is not None:
            self.ends_at.errors = [*self.ends_at.errors, _sentence(str(problem))]
            return False
        return self._breaks_fit() and valid

    def _breaks_fit(self) -> bool:
        fit = True
        for entry in self.breaks.entries:
            row = entry.form
            if bool(row.start.data) != bool(row.end.data):
                empty = row.end if row.start.data else row.start
                empty.errors = [*empty.errors, _("Fill in both times of a break, or neither.")]
                fit = False
        if not fit or any(each.form.errors for each in self.breaks.entries):
            return False
        if (problem := break_problem(self.times())) is not None:
            filled_in = [each.form for each in self.breaks.entries if each.form.start.data]
            filled_in[-1].start.errors = [*filled_in[-1].start.errors, _sentence(str(problem))]
            return False
        return True

    def times(self) -> SessionTimes:
        """Return the times; the form must have been found valid as far as start and end."""
        starts_at, ends_at = self.starts_at.data, self.ends_at.data
        if starts_at is None or ends_at is None:
            raise TypeError("only valid forms have times")
        pairs = [
            (str(each.form.start.data), str(each.form.end.data))
            for each in self.breaks.entries
            if each.form.start.data
        ]
        return SessionTimes(starts_at, ends_at, tuple(sorted(self._breaks(pairs, (starts_at, ends_at)))))

    def _breaks(self, pairs: Sequence[tuple[str, str]], times: Period) -> list[Period]:
        """Return the moments of breaks; in a session of several days each follows the one before it."""
        zone, (starts_at, ends_at) = page_zone(), times
        known = self.known.times if self.known is not None else None
        if known is not None and (known.starts_at, _pairs(known, zone)) == (starts_at, list(pairs)):
            # Where the clock shows a time twice, unchanged breaks stay where they were.
            return list(known.breaks)
        is_long = ends_at - starts_at >= dt.timedelta(days=1)
        found: list[Period] = []
        for first, last in pairs:
            after = found[-1][1] if is_long and found else starts_at
            start = read_edge(first, after=after, zone=zone)
            found.append((start, read_edge(last, after=start, zone=zone)))
        return found

    def particulars(self) -> dict[str, Any]:  # The fields of PlannedSession, each of its own type.
        """Return what both kinds of forms say about a session."""
        return {
            "title": Bilingual(self.title_th.data or "", self.title_en.data or ""),
            "times": self.times(),
            "mode": str(self.mode.data),
            "venue": Bilingual(self.venue_th.data or "", self.venue_en.data or ""),
            "room": self.room.data or "",
            "join_url": self.join_url.data or "",
            "capacity": self.capacity.data,
        }


class DraftForm(PlaceForm):
    """A draft: everything about it can be chosen."""

    code = wtforms.StringField(
        _l("Code"),
        [DataRequired(), Regexp(CODE.pattern + r"\Z", message=CODE_ADVICE)],
        description=_l("Names the session in files and ledgers; it never changes."),
    )  # fmt: skip
    category = wtforms.SelectField(_l("Category"), [InputRequired()])
    groups = CheckboxesField(
        _l("Groups"), [Optional()], description=_l("None ticked: the session is for everybody.")
    )

    def offer(self, categories: Mapping[str, str], groups: Mapping[str, str]) -> None:
        """Set what can be chosen, words by code."""
        self.category.choices = answers(categories.items())
        self.groups.choices = answers(groups.items())
        self.group_order = list(groups)

    def plan(self, code: str) -> PlannedSession:
        """Return the session that a valid form describes."""
        return PlannedSession(
            code=code,
            category=str(self.category.data),
            groups=ordered(self.groups.data or (), self.group_order),
            **self.particulars(),
        )


class ChangeForm(PlaceForm):
    """A published session: its category and groups stay."""

    reason = wtforms.TextAreaField(
        _l("Reason"), [DataRequired(), Length(max=LONGEST_TEXT)],
        description=_l("Stands in the ledger of everybody whose minutes change."), render_kw={"rows": 2},
    )  # fmt: skip

    def plan(self, before: PlannedSession) -> PlannedSession:
        """Return the session as a valid form wants it."""
        return PlannedSession(
            code=before.code,
            category=before.category,
            groups=before.groups,
            published=True,
            **self.particulars(),
        )


class CancelForm(Form):
    """Why a session is cancelled."""

    reason = wtforms.TextAreaField(
        _l("Reason"), [DataRequired(), Length(max=LONGEST_TEXT)],
        description=_l("Stands in the ledger of everybody whose minutes change."), render_kw={"rows": 2},
    )  # fmt: skip
    digest = wtforms.HiddenField(validators=[Length(max=64)])


class ShiftForm(Form):
    """By how much a draft is moved on the wall clock."""

    days = wtforms.IntegerField(validators=[Optional(), NumberRange(-FARTHEST_DAYS, FARTHEST_DAYS)])
    minutes = wtforms.IntegerField(validators=[Optional(), NumberRange(-FARTHEST_MINUTES, FARTHEST_MINUTES)])


class ImportForm(Form):
    """A file or pasted text, and what becomes of sessions that it leaves out."""

    file = wtforms.FileField(_l("File"), render_kw={"accept": ".csv,.ics,.txt,text/csv,text/calendar"})
    text = wtforms.TextAreaField(_l("Or paste its text"), [Length(max=LARGEST_FILE)], render_kw={"rows": 8})
    remove = wtforms.BooleanField(_l("Remove the sessions that the file leaves out"))
    reason = wtforms.TextAreaField(_l("Reason"), [Length(max=LONGEST_TEXT)], render_kw={"rows": 2})
    digest = wtforms.HiddenField(validators=[Length(max=64)])

    def content(self) -> str | None:
        """Return the text to read; None when it is in no encoding that we read, or there is none."""
        uploaded = self.file.data
        if isinstance(uploaded, FileStorage) and uploaded.filename:
            content = uploaded.stream.read(LARGEST_FILE + 1)
            if len(content) > LARGEST_FILE:
                self.file.errors = [_("The file is larger than 400 KB.")]
                return None
            decoded = timetable_csv.decoded(content)
            if decoded is None:
                self.file.errors = [_("Save the file as “CSV UTF-8” and choose it again.")]
            return decoded
        if not self.text.data:
            self.file.errors = [_("Choose a file or paste its text.")]
            return None
        return str(self.text.data)


def named(sent: MultiDict[str, str]) -> MultiDict[str, str]:
    """Return what a form sent, without parts that have no name: a list of fields stumbles over those."""
    return MultiDict((name, value) for name, value in sent.items(multi=True) if name)


def with_spare_breaks(values: Mapping[str, object]) -> dict[str, object]:
    """Return what a form begins with, and empty lines for more breaks."""
    given = values.get("breaks")
    breaks = given if isinstance(given, list) else []
    spare = min(SPARE_BREAKS, MOST_BREAKS - len(breaks))
    return {**values, "breaks": [*breaks, *({} for _spare in range(spare))]}


def filled_in(plan: PlannedSession) -> dict[str, object]:
    """Return what a form about this session begins with."""
    zone = page_zone()
    breaks = [dict(zip(("start", "end"), _wall_pair(each, zone), strict=True)) for each in plan.times.breaks]
    values: dict[str, object] = {
        "code": plan.code,
        "category": plan.category,
        "groups": list(plan.groups),
        "title_th": plan.title.th,
        "title_en": plan.title.en,
        "starts_at": plan.times.starts_at,
        "ends_at": plan.times.ends_at,
        "breaks": breaks,
        "mode": plan.mode,
        "venue_th": plan.venue.th,
        "venue_en": plan.venue.en,
        "room": plan.room,
        "join_url": plan.join_url,
        "capacity": plan.capacity,
    }
    return with_spare_breaks(values)


def _pairs(times: SessionTimes, zone: ZoneInfo) -> list[tuple[str, str]]:
    return [_wall_pair(each, zone) for each in times.breaks]


def _wall_pair(period: Period, zone: ZoneInfo) -> tuple[str, str]:
    start, end = (_wall_time(moment, zone) for moment in period)
    return start, end


def _wall_time(moment: dt.datetime, zone: ZoneInfo) -> str:
    wall = moment.astimezone(zone)
    return f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}"


def _sentence(text: str) -> str:
    """Write a reason as a sentence."""
    return f"{text[:1].upper()}{text[1:]}."
