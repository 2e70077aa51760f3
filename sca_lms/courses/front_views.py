"""The first page of the installation: what this is, and that people enter from their course."""

from collections.abc import Sequence

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from sca_lms import __version__
from sca_lms.config import settings
from sca_lms.courses import sessions
from sca_lms.courses.access import current_session
from sca_lms.courses.sessions import SessionGrant
from sca_lms.web.access import public

bp = Blueprint("front", __name__, template_folder="templates")


@bp.get("/")
@public
def page() -> ResponseReturnValue:
    """Say what this is and how to enter, and lead back to the courses that are open in this browser."""
    grants = _open_courses()
    g.frame_ancestors = [grant.frame_origin for grant in grants if grant.frame_origin]
    return render_template(
        "courses/front.html", grants=grants, version=__version__, public_url=settings().public_url
    )


def _open_courses() -> Sequence[SessionGrant]:
    session = current_session()
    return sessions.grants_of(session) if session is not None else ()
