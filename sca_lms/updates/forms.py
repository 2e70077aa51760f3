"""Read what staff decide about updates and answer to reflections."""

from collections.abc import Sequence
from typing import Any

import wtforms
from flask_babel import gettext as _
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from sca_lms.programmes.dimensions import Dimension
from sca_lms.texts import Bilingual
from sca_lms.updates.models import KnowledgeUpdate, UpdateSpeaker
from sca_lms.updates.operations import About, Speaker
from sca_lms.uploads.content import DOCUMENTS
from sca_lms.web.formats import plain
from sca_lms.web.forms import CheckboxesField, Form, MomentField, answers
from sca_lms.web.forms import lazy_label as _l

LONGEST_TITLE, LONGEST_ABOUT, LONGEST_URL, LONGEST_REASON = 300, 10_000, 2_000, 1_000
LONGEST_ANSWER = 4_000
MOST_SPEAKERS = 20
SEPARATOR = "|"
ENDINGS = DOCUMENTS
LARGEST_FILE_BYTES = 25 * 1024 * 1024


def _link(label: str) -> wtforms.StringField:
    return wtforms.StringField(
        label,
        [
            Optional(),
            Length(max=LONGEST_URL),
            Regexp(r"^https://[^\s/]+\S*$", message=_l("Write an address that begins with https://.")),
        ],
        render_kw={"inputmode": "url"},
    )


class TimesForm(Form):
    """When an update takes place."""

    starts_at = MomentField(_l("Begins"), [InputRequired(_l("Write when it begins."))])
    ends_at = MomentField(_l("Ends"), [InputRequired(_l("Write when it ends."))])

    def validate_ends_at(self, field: wtforms.Field) -> None:
        """Ask for an end on the same day as the beginning, after it."""
        begins = self.starts_at.data
        if begins and field.data and not 0 < (field.data - begins).total_seconds() <= 24 * 3600:
            raise ValidationError(_("It must end after it begins, within 24 hours."))


class MoveForm(TimesForm):
    """Other times for an update, and why."""

    reason = wtforms.TextAreaField(
        _l("Reason"), [InputRequired(_l("Write why.")), Length(max=LONGEST_REASON)], render_kw={"rows": 2}
    )
    row_version = wtforms.IntegerField(widget=wtforms.widgets.HiddenInput())


class CancelForm(Form):
    """Why an update is cancelled."""

    reason = wtforms.TextAreaField(
        _l("Reason for cancelling"),
        [InputRequired(_l("Write why.")), Length(max=LONGEST_REASON)],
        render_kw={"rows": 2},
    )
    row_version = wtforms.IntegerField(widget=wtforms.widgets.HiddenInput())


class AboutForm(Form):
    """Everything that staff decide about an update, its times apart."""

    title_th = wtforms.StringField(_l("Title in Thai"), [Length(max=LONGEST_TITLE)])
    title_en = wtforms.StringField(_l("Title in English"), [Length(max=LONGEST_TITLE)])
    dimensions = CheckboxesField(_l("Smart-city dimensions"))
    first = wtforms.SelectField(_l("First dimension"))
    partner_th = wtforms.StringField(_l("Partner network in Thai"), [Length(max=LONGEST_TITLE)])
    partner_en = wtforms.StringField(_l("Partner network in English"), [Length(max=LONGEST_TITLE)])
    speakers = wtforms.TextAreaField(
        _l("Speakers"),
        [Length(max=LONGEST_ABOUT)],
        description=_l(
            "One a line: name in Thai | name in English | organisation in Thai | organisation in English. "
            "What stands behind the first may be left out."
        ),
        render_kw={"rows": 3},
    )
    about_th = wtforms.TextAreaField(
        _l("About it, in Thai"), [Length(max=LONGEST_ABOUT)], render_kw={"rows": 4}
    )
    about_en = wtforms.TextAreaField(
        _l("About it, in English"), [Length(max=LONGEST_ABOUT)], render_kw={"rows": 4}
    )
    join_url = _link(_l("Join link"))
    recording_url = _link(_l("Recording"))
    reflection_due_at = MomentField(
        _l("Reflections are taken until"), [Optional()], description=_l("Empty: without an end.")
    )
    row_version = wtforms.IntegerField(widget=wtforms.widgets.HiddenInput())

    def offer(self, dimensions: Sequence[Dimension]) -> None:
        """Offer the dimensions of the programme."""
        pairs = [(each.code, plain(each.title)) for each in dimensions]
        self.dimensions.choices = answers(pairs)
        self.first.choices = answers([("", _("the first that is ticked")), *pairs])

    def validate_title_th(self, field: wtforms.Field) -> None:
        """Ask for a title in one language at least."""
        if not (field.data or self.title_en.data):
            raise ValidationError(_("Write a title in one language at least."))

    def validate_speakers(self, field: wtforms.Field) -> None:
        """Take as many speakers as fit, each with at most four parts."""
        lines = _lines(field.data)
        if len(lines) > MOST_SPEAKERS:
            raise ValidationError(_("At most %(number)d speakers.", number=MOST_SPEAKERS))
        if any(line.count(SEPARATOR) > 3 or not line.split(SEPARATOR)[0].strip() for line in lines):
            raise ValidationError(_("A line is a name, and at most three more parts between |."))

    def about(self) -> About:
        """Return what was typed, after `validate()`."""
        ticked = list(self.dimensions.data or ())
        first = self.first.data
        order = [first, *(each for each in ticked if each != first)] if first else ticked
        return About(
            title=Bilingual(self.title_th.data or "", self.title_en.data or ""),
            about=Bilingual(self.about_th.data or "", self.about_en.data or ""),
            partner=Bilingual(self.partner_th.data or "", self.partner_en.data or ""),
            dimensions=tuple(order),
            speakers=tuple(_speaker(line) for line in _lines(self.speakers.data)),
            join_url=self.join_url.data or "",
            recording_url=self.recording_url.data or "",
            reflection_due_at=self.reflection_due_at.data,
        )


class NewForm(AboutForm, TimesForm):
    """A new update."""


class FileForm(Form):
    """Slides or a handout, and what it is called."""

    file = wtforms.FileField(_l("File"))
    title_th = wtforms.StringField(_l("Title in Thai"), [Length(max=LONGEST_TITLE)])
    title_en = wtforms.StringField(_l("Title in English"), [Length(max=LONGEST_TITLE)])


class AnswerForm(Form):
    """What somebody answers to a reflection."""

    answer = wtforms.TextAreaField(
        _l("Answer to the learner"), [Length(max=LONGEST_ANSWER)], render_kw={"rows": 4}
    )
    row_version = wtforms.IntegerField(widget=wtforms.widgets.HiddenInput())


def shown_about(
    update: KnowledgeUpdate, speakers: Sequence[UpdateSpeaker]
) -> dict[str, Any]:  # Values of many kinds.
    """Return what a form shows of an update."""
    title = update.session.title
    return {
        "title_th": title.th, "title_en": title.en, "dimensions": list(update.dimensions),
        "first": update.dimensions[0] if update.dimensions else "",
        "partner_th": update.partner.th, "partner_en": update.partner.en,
        "speakers": "\n".join(_line(each) for each in speakers),
        "about_th": update.about.th, "about_en": update.about.en,
        "join_url": update.session.join_url, "recording_url": update.recording_url,
        "reflection_due_at": update.reflection_due_at, "row_version": update.row_version,
    }  # fmt: skip


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _speaker(line: str) -> Speaker:
    parts = [part.strip() for part in line.split(SEPARATOR)]
    th, en, at_th, at_en = [*parts, "", "", ""][:4]
    return Speaker(Bilingual(th, en), Bilingual(at_th, at_en))


def _line(speaker: UpdateSpeaker) -> str:
    parts = [speaker.name.th, speaker.name.en, speaker.organisation.th, speaker.organisation.en]
    if not speaker.name.th:
        parts[0] = speaker.name.en
    while parts and not parts[-1]:
        parts.pop()
    return f" {SEPARATOR} ".join(parts)
