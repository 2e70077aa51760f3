"""Choose the programme of a course, and enter as the installation's operator."""

from collections.abc import Callable

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses import operator_links, programmes, queries, sessions
from sca_lms.courses.access import (
    actor,
    allow,
    current_course,
    current_session,
    give_cookie,
    let_hosts_frame,
    operator_only,
    session_token,
    take_cookie_back,
)
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.web.access import public
from sca_lms.web.tab_tokens import TAB_TOKEN, tab_prefix

bp = Blueprint("courses", __name__, template_folder="templates")

HOSTS_OF_COURSE = "sca_hosts_of_course"
"""`app.extensions[HOSTS_OF_COURSE]` returns the ids of the hosts that open a course."""
EARLIER_COURSE = "sca_earlier_course"
"""`app.extensions[EARLIER_COURSE]` returns the course that one was copied from in its host, or None."""


@bp.get("/courses/<int:course_id>/programme")
@allow(Role.INSTRUCTOR, Role.MANAGER, Role.AUTHOR)
def programme(course_id: int) -> ResponseReturnValue:
    """Show which programme the course follows, and those it could follow."""
    found, hosts = queries.find_course(course_id) or abort(404), _hosts_of(course_id)
    return render_template(
        "courses/programme.html",
        course=found,
        programmes=[
            stored
            for stored in queries.stored_programmes()
            if stored.id == found.programme_id or programmes.is_offered(stored, hosts)
        ],
        may_choose=actor().has(Role.INSTRUCTOR, Role.MANAGER),
        earlier=_earlier_than(found),
    )


@bp.post("/courses/<int:course_id>/programme/<int:programme_id>")
@allow(Role.INSTRUCTOR, Role.MANAGER)
def use_programme(course_id: int, programme_id: int) -> ResponseReturnValue:
    """Let the course follow another programme that its hosts are offered, or a newer revision of its own."""
    chosen = queries.find_programme(programme_id) or abort(404)
    newest = queries.newest_programme(chosen.code) or abort(404)
    if not programmes.is_offered(newest, _hosts_of(course_id)):
        abort(404)
    with transaction():
        course = db.session.get_one(Course, current_course().id)
        notes = programmes.use_programme(
            course,
            chosen,
            current_app.extensions["sca_programme_appliers"],
            person_id=actor().person_id,
            at=clock.now(),
        )
    flash(_("The course now follows the programme “%(code)s”.", code=chosen.code), "success")
    for note in notes:
        flash(str(note))
    return redirect(url_for("progress.home", course_id=course_id))


def _hosts_of(course_id: int) -> frozenset[int]:
    find: Callable[[int], frozenset[int]] = current_app.extensions[HOSTS_OF_COURSE]
    return find(course_id)


def _earlier_than(course: Course) -> Course | None:
    find: Callable[[Course], Course | None] = current_app.extensions[EARLIER_COURSE]
    return find(course)


@bp.post("/courses/<int:course_id>/logout")
@allow(*Role)
def log_out(course_id: int) -> ResponseReturnValue:
    """End what this browser is in the course, and its session when there is no other course in it."""
    session = current_session() or abort(401)
    with transaction():
        is_gone = sessions.leave(session, course_id)
    # The address of a tab that carried its session leads nowhere any more.
    root = request.script_root.removesuffix(tab_prefix(request.environ.get(TAB_TOKEN, "")))
    answer = redirect(f"{root}/left", 303)
    if is_gone and not session.is_tab:
        take_cookie_back(answer)
    return answer


@bp.get("/left")
@public
def left() -> ResponseReturnValue:
    """Say that somebody has left a course, and how they come back."""
    let_hosts_frame()
    return render_template(
        "web/message.html",
        title=_("You have left the course"),
        text=_("To come back, open the activity in your learning platform. You may close this page."),
        icon="check",
    )


@bp.get("/operator/enter")
@public
def enter() -> ResponseReturnValue:
    """Ask before a one-time link is used up, because programs that preview links open them too."""
    return render_template("courses/enter.html", token=request.args.get("token", ""))


@bp.post("/operator/enter")
@public
def entered() -> ResponseReturnValue:
    """Use the link up and open an operator's session in this browser."""
    at = clock.now()
    with transaction():
        good = operator_links.use_link(request.form.get("token", ""), at=at)
        opened = sessions.open_session(session_token(), at=at, operator=True) if good else None
    if opened is None:
        return render_template("courses/enter.html", token="", spent=True), 403
    response = redirect(url_for(".operator"))
    give_cookie(response, opened.token)
    return response


@bp.get("/operator/")
@operator_only
def operator() -> ResponseReturnValue:
    """Send the operator to the page of the hosts."""
    return redirect(url_for("lti_hosts.hosts"))
