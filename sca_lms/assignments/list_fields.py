"""Take the text of a list: pasted into the page, or from the file that was chosen."""

from flask import request
from flask_babel import gettext as _

from sca_lms.assignments.forms import LONGEST_LIST, ListForm
from sca_lms.web.tables import decoded


def pasted(form: ListForm) -> str | None:
    """Return the text of a valid form, a file before what was pasted; None after saying what is wrong."""
    if not form.validate():
        return None
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return form.text.data or ""
    raw = sent.stream.read(LONGEST_LIST + 1)
    text = decoded(raw) if len(raw) <= LONGEST_LIST else None
    if text is None:
        form.file.errors = [_("This file is too large or holds no text. Save it as CSV.")]
    return text
