"""Read what the pages of modules send."""

from flask_babel import gettext as _
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, Regexp, ValidationError

from sca_lms.modules.discussing import LONGEST_POST, characters_of
from sca_lms.modules.plan import EvidenceKind
from sca_lms.programmes.markdown_tables import table_fault
from sca_lms.web.formats import spoken
from sca_lms.web.forms import Form
from sca_lms.web.forms import lazy_label as _l
from sca_lms.web.incoming import KEY

LONGEST_REASON = 500


class EvidenceForm(Form):
    """A learner's own word; the key makes sending it twice the same as sending it once."""

    kind = HiddenField(validators=[InputRequired(), AnyOf([EvidenceKind.READ, EvidenceKind.DECLARED])])
    key = HiddenField(validators=[InputRequired(), Regexp(f"^{KEY}$")])

    def evidence_kind(self) -> EvidenceKind:
        """Return what was done."""
        return EvidenceKind(str(self.kind.data))


class PostForm(Form):
    """What somebody writes in a discussion."""

    body = TextAreaField(
        _l("Your post"), [InputRequired(), Length(max=LONGEST_POST)],
        description=_l("Markdown: **bold**, - for a list, > for a quotation."),
    )  # fmt: skip
    key = HiddenField(validators=[InputRequired(), Regexp(f"^{KEY}$")])
    to = HiddenField()

    def validate_body(self, field: TextAreaField) -> None:
        """Refuse a text of which nothing can be seen, and tables too large to be shown."""
        if not characters_of(field.data or ""):
            raise ValidationError(_("Write something first."))
        if reason := table_fault(field.data or ""):
            raise ValidationError(_("A table in it %(reason)s.", reason=spoken(reason)))

    def text(self) -> str:
        """Return what was typed with the line ends that are stored."""
        return str(self.body.data or "").replace("\r\n", "\n").strip()


class HideForm(Form):
    """Why a post is hidden; its writer reads it."""

    reason = StringField(
        _l("Reason"), [DataRequired(), Length(max=LONGEST_REASON)],
        description=_l("The writer reads it. It stays in the audit."),
    )  # fmt: skip
