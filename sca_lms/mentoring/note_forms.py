"""Parse notes and their templates."""

import wtforms
from wtforms.validators import InputRequired, Length, Optional

from sca_lms.texts import Bilingual
from sca_lms.web.forms import LARGEST_INTEGER, Form, answers
from sca_lms.web.forms import lazy_label as _l

LONGEST_NOTE = 20_000
LONGEST_TITLE = 200


class NoteForm(Form):
    """A note, with the version that was on the page."""

    text = wtforms.TextAreaField(_l("Note"), [Length(max=LONGEST_NOTE)], render_kw={"rows": 10})
    based_on = wtforms.IntegerField(widget=wtforms.widgets.HiddenInput(), default=0)

    @property
    def version(self) -> int:
        """Return the version that was seen, 0 when the page did not say."""
        return max(0, min(self.based_on.data or 0, LARGEST_INTEGER))


class TemplateForm(Form):
    """A template of notes in both languages, for a stage, a topic or anything."""

    title_th = wtforms.StringField(_l("Title in Thai"), [InputRequired(), Length(max=LONGEST_TITLE)])
    title_en = wtforms.StringField(_l("Title in English"), [Optional(), Length(max=LONGEST_TITLE)])
    body_th = wtforms.TextAreaField(
        _l("Text in Thai"), [InputRequired(), Length(max=LONGEST_NOTE)], render_kw={"rows": 8}
    )
    body_en = wtforms.TextAreaField(
        _l("Text in English"), [Optional(), Length(max=LONGEST_NOTE)], render_kw={"rows": 8}
    )
    place = wtforms.SelectField(_l("Offered for"), [Optional()])

    def offer(self, places: list[tuple[str, str]]) -> None:
        """Set what the template can be offered for."""
        self.place.choices = answers(places)

    @property
    def title(self) -> Bilingual:
        """Return the title in both languages."""
        return Bilingual(self.title_th.data or "", self.title_en.data or "")

    @property
    def body(self) -> Bilingual:
        """Return the text in both languages."""
        return Bilingual(self.body_th.data or "", self.body_en.data or "")
