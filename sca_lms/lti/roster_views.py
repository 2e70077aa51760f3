"""Show instructors who the host says is in the course, what that changed, and who seems to have left."""

import datetime as dt
from collections.abc import Mapping

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses import programmes
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.models import Course
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import db, transaction
from sca_lms.errors import Refused, Text
from sca_lms.lti import roster, roster_queries, roster_sync
from sca_lms.lti.roster_rules import GIVABLE, Change, Presence, Trouble
from sca_lms.web.paging import page_number

bp = Blueprint(
    "lti_roster", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/roster"
)

ROLE_WORDS: Mapping[str, Text] = {
    Role.LEARNER: _l("Learner"),
    Role.MENTOR: _l("Mentor"),
    Role.INSTRUCTOR: _l("Instructor"),
    Role.JUDGE: _l("Judge"),
    Role.CHAIR: _l("Chair of the jury"),
    Role.MANAGER: _l("Manager"),
    Role.AUTHOR: _l("Author"),
    Role.GUEST: _l("Guest"),
}
TROUBLE_WORDS: Mapping[Trouble, Text] = {
    Trouble.UNREACHABLE: _l("The host could not be reached, or its answer was not a list of members."),
    Trouble.TOKEN: _l(
        "The host gives the tool no access. Its administrator has to switch on the service "
        "“Names and Role Provisioning” in the tool's settings there."
    ),
    Trouble.REFUSED: _l(
        "The host refuses to show its members. Its administrator has to look whether the tool may use the "
        "service “Names and Role Provisioning” in this course."
    ),
    Trouble.BUSY: _l("The host is busy."),
}
FILTERS: Mapping[str, Text] = {
    "": _l("Everybody"),
    Presence.GONE: _l("No longer listed"),
    Presence.LEFT: _l("Withdrawn"),
    Change.JOINED: _l("New"),
    Change.RETURNED: _l("Back again"),
    Change.RENAMED: _l("Another name"),
    Change.ROLES: _l("Other roles"),
}


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show the people of the course, or one kind of change, a page at a time."""
    at = clock.now()
    shown, search = request.args.get("show", ""), request.args.get("q", "").strip()
    number = page_number(request.args)
    if shown not in FILTERS:
        abort(404)
    found = {
        "people": roster_queries.people(actor(), search=search, number=number) if not shown else None,
        "absent": roster_queries.absent(actor(), Presence(shown), search=search, number=number)
        if shown in set(Presence)
        else None,
        "changes": roster_queries.changes(actor(), Change(shown), at=at, search=search, number=number)
        if shown in set(Change)
        else None,
    }
    counts = roster_queries.counts(course_id, at=at)
    numbers: dict[str, int] = {"": counts.people, Presence.GONE: counts.gone, Presence.LEFT: counts.left}
    numbers |= {str(kind): number for kind, number in counts.changes.items()}
    batch = request.args.get("done", "")
    return render_template(
        "lti/roster.html",
        **found,
        course_id=course_id,
        shown=shown,
        search_text=search,
        at=at,
        filters_shown=[
            (url_for(".index", course_id=course_id, show=key or None, q=search or None), word,
             numbers.get(key, 0), key == shown)
            for key, word in FILTERS.items()
        ],
        title_shown=FILTERS[shown],
        places=roster_queries.places(course_id),
        earlier=roster_queries.earlier_course(current_course()),
        batch=batch,
        done=roster_queries.left_together(actor(), batch) if batch else 0,
        role_words=ROLE_WORDS,
        trouble_words=TROUBLE_WORDS,
        givable=GIVABLE,
        may_change_roles=actor().has(Role.MANAGER),
    )  # fmt: skip


@bp.post("/refresh")
@allow(*STAFF)
def refresh(course_id: int) -> ResponseReturnValue:
    """Ask for the rosters of the course's hosts; a worker fetches them within a minute."""
    found = roster_queries.places(course_id) or abort(404)
    with transaction():
        for place in found:
            roster_sync.want(place.context.id, at=clock.now())
    flash(_("The list will be fetched from the host within a minute."), "success")
    return _back(course_id)


@bp.post("/leaving")
@allow(*STAFF)
def confirm_all(course_id: int) -> ResponseReturnValue:
    """Withdraw everybody who was shown as no longer listed."""
    return _confirm(course_id, None, shown_at=_shown_at())


@bp.post("/leaving/<int:member_id>")
@allow(*STAFF)
def confirm(course_id: int, member_id: int) -> ResponseReturnValue:
    """Withdraw one of them."""
    return _confirm(course_id, member_id, shown_at=clock.now())


@bp.post("/undo")
@allow(*STAFF)
def undo_all(course_id: int) -> ResponseReturnValue:
    """Take a confirmation back for everybody it was for."""
    return _undo(course_id, batch=request.form.get("batch", "").replace("\0", ""))


@bp.post("/undo/<int:member_id>")
@allow(*STAFF)
def undo(course_id: int, member_id: int) -> ResponseReturnValue:
    """Take a confirmation back for one person."""
    return _undo(course_id, member_id=member_id)


@bp.post("/people/<int:enrolment_id>/role")
@allow(Role.MANAGER)
def change_role(course_id: int, enrolment_id: int) -> ResponseReturnValue:
    """Give somebody a role in this course, or take one."""
    enrolment = courses.find_enrolment(actor(), enrolment_id) or abort(404)
    wanted, action = request.form.get("role", ""), request.form.get("action", "")
    if wanted not in set(GIVABLE) or action not in {"give", "take"}:
        flash(_("Choose a role."), "alert")
        return _back(course_id)
    try:
        with transaction():
            roster.change_role(
                current_course(), enrolment, Role(wanted), given=action == "give",
                by_enrolment_id=actor().enrolment_id, person_id=actor().person_id, at=clock.now(),
            )  # fmt: skip
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(_("The roles are saved."), "success")
    return _back(course_id)


@bp.post("/take-over")
@allow(*STAFF)
def take_over(course_id: int) -> ResponseReturnValue:
    """Let the course follow the programme of the course it was copied from; no grade comes with it."""
    earlier = roster_queries.earlier_course(current_course())
    if earlier is None or earlier.programme is None:
        abort(404)
    with transaction():
        notes = programmes.use_programme(
            db.session.get_one(Course, course_id),
            earlier.programme,
            current_app.extensions["sca_programme_appliers"],
            person_id=actor().person_id,
            at=clock.now(),
        )
    flash(_("The course now follows the programme “%(code)s”.", code=earlier.programme.code), "success")
    for note in notes:
        flash(str(note))
    return _back(course_id)


def _confirm(course_id: int, member_id: int | None, *, shown_at: dt.datetime) -> ResponseReturnValue:
    member = None
    if member_id is not None:
        member = roster_queries.find_absent(actor(), member_id) or abort(404)
    try:
        with transaction():
            batch = roster.confirm_leaving(
                current_course(),
                member=member,
                person_id=actor().person_id,
                at=clock.now(),
                shown_at=shown_at,
            )
    except roster.NobodyGone as refusal:
        flash(str(refusal), "alert")
        return _back(course_id, show=Presence.GONE)
    return _back(course_id, show=Presence.GONE, done=batch)


def _undo(course_id: int, *, batch: str = "", member_id: int | None = None) -> ResponseReturnValue:
    member = None
    if member_id is not None:
        member = roster_queries.find_absent(actor(), member_id) or abort(404)
    try:
        with transaction():
            count = roster.undo_leaving(
                current_course(), batch=batch, member=member, person_id=actor().person_id, at=clock.now()
            )
    except roster.NobodyGone as refusal:
        flash(str(refusal), "alert")
    else:
        words = ngettext(
            "%(num)d person is in the course again.", "%(num)d people are in the course again.", count
        )
        flash(words, "success")
    return _back(course_id, show=Presence.GONE)


def _shown_at() -> dt.datetime:
    """Return when the page was shown, so that nobody is withdrawn who was not on it."""
    try:
        shown_at = dt.datetime.fromisoformat(request.form.get("shown_at", ""))
    except ValueError:
        abort(400)
    if shown_at.tzinfo is None:
        abort(400)
    return shown_at


def _back(course_id: int, *, show: str = "", done: str = "") -> ResponseReturnValue:
    """Go back to the list as it was, with its filter, search and page."""
    sent = request.form
    return redirect(
        url_for(
            ".index",
            course_id=course_id,
            show=show or sent.get("show") or None,
            q=sent.get("q") or None,
            page=sent.get("page") or None,
            done=done or None,
        )
    )
