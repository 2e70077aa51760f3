"""Remember the language and the theme that a person chose, for as long as the browser's session lasts."""

from flask import g

from sca_lms.courses.access import current_session
from sca_lms.database import transaction


def remember(kind: str, value: str) -> None:
    """Keep a choice (`locale` or `theme`); without a session there is nowhere to keep it."""
    session = current_session()
    if session is None:
        return
    with transaction():
        if kind == "locale":
            session.locale_choice = value
            g.locale_choice = value
        elif kind == "theme":
            session.theme = value
