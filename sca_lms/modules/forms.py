"""Read what the pages of modules send."""

import re
from collections.abc import Iterable

from wtforms import HiddenField
from wtforms.validators import AnyOf, InputRequired, Regexp

from sca_lms.modules.plan import EvidenceKind
from sca_lms.web.forms import Form
from sca_lms.web.incoming import LARGEST_ID

KEY = r"[A-Za-z0-9_-]{8,64}"
_ID = re.compile(r"[0-9]{1,10}", re.ASCII)


class EvidenceForm(Form):
    """A learner's own word; the key makes sending it twice the same as sending it once."""

    kind = HiddenField(validators=[InputRequired(), AnyOf([EvidenceKind.READ, EvidenceKind.DECLARED])])
    key = HiddenField(validators=[InputRequired(), Regexp(f"^{KEY}$")])

    def evidence_kind(self) -> EvidenceKind:
        """Return what was done."""
        return EvidenceKind(str(self.kind.data))


def is_key(value: object) -> bool:
    """Tell whether a value can be the key of an entry."""
    return isinstance(value, str) and re.fullmatch(KEY, value) is not None


def read_ids(values: Iterable[str]) -> set[int]:
    """Return the ids among the values; what no page of ours sends is left out."""
    numbers = {int(value) for value in values if _ID.fullmatch(value)}
    return {number for number in numbers if 0 < number <= LARGEST_ID}
