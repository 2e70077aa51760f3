"""Read what the pages of modules send."""

from wtforms import HiddenField
from wtforms.validators import AnyOf, InputRequired, Regexp

from sca_lms.modules.plan import EvidenceKind
from sca_lms.web.forms import Form
from sca_lms.web.incoming import KEY


class EvidenceForm(Form):
    """A learner's own word; the key makes sending it twice the same as sending it once."""

    kind = HiddenField(validators=[InputRequired(), AnyOf([EvidenceKind.READ, EvidenceKind.DECLARED])])
    key = HiddenField(validators=[InputRequired(), Regexp(f"^{KEY}$")])

    def evidence_kind(self) -> EvidenceKind:
        """Return what was done."""
        return EvidenceKind(str(self.kind.data))
