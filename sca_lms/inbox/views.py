"""Show people their notices, and let them choose how they are told."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow, current_person
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from sca_lms.inbox import operations, queries
from sca_lms.inbox.rules import Subject, Urgency
from sca_lms.inbox.words import SUBJECTS, URGENCIES, grouped, kinds, said
from sca_lms.web.forms import LARGEST_INTEGER
from sca_lms.web.paging import page_number

bp = Blueprint("inbox", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/notices")

PEOPLE = tuple(sorted(set(Role) - {Role.GUEST}))
"""Everybody whom we know; a guest has no inbox."""


@bp.app_context_processor
def _spoken() -> dict[str, object]:
    return {"notice_words": said}


@bp.get("")
@allow(*PEOPLE)
def index(course_id: int) -> ResponseReturnValue:
    """Show one's own notices, newest first."""
    unread_only = request.args.get("show") == "unread"
    asking = actor()
    return render_template(
        "inbox/notices.html",
        course_id=course_id,
        unread_only=unread_only,
        unread=queries.unread(asking.enrolment_id) if asking.enrolment_id else 0,
        page=queries.notices(asking, unread_only=unread_only, number=page_number(request.args)),
    )


@bp.post("/<int:notice_id>")
@allow(*PEOPLE)
def follow(course_id: int, notice_id: int) -> ResponseReturnValue:
    """Mark a notice as read and go to the page that it is about."""
    notice = queries.find_notice(actor(), notice_id) or abort(404)
    enrolment = courses.own_enrolment(actor()) or abort(404)
    with transaction():
        operations.read(enrolment, [notice.id], at=clock.now())
    return redirect(notice.path or url_for(".index", course_id=course_id))


@bp.post("/read")
@allow(*PEOPLE)
def read_all(course_id: int) -> ResponseReturnValue:
    """Mark everything as read that was on the page."""
    enrolment = courses.own_enrolment(actor()) or abort(404)
    up_to = request.form.get("up_to", type=int, default=0)
    with transaction():
        # No database holds an id beyond its integers, nor may be asked for one.
        operations.read_all(enrolment, up_to=max(0, min(up_to, LARGEST_INTEGER)), at=clock.now())
    return redirect(url_for(".index", course_id=course_id))


@bp.get("/choices")
@allow(*PEOPLE)
def choices(course_id: int) -> ResponseReturnValue:
    """Ask how a person wants to hear of each kind."""
    person = current_person() or abort(404)
    return render_template(
        "inbox/choices.html",
        course_id=course_id,
        groups=grouped(actor().roles, queries.preferences(person.id)),
        SUBJECTS=SUBJECTS,
        URGENCIES=URGENCIES,
        address=person.email,
    )


@bp.post("/choices")
@allow(*PEOPLE)
def choose(course_id: int) -> ResponseReturnValue:
    """Keep the choices of the page; the button of a group makes all of its kinds alike."""
    person = current_person() or abort(404)
    subject, _between, alike = request.form.get("all", "").partition(":")
    wanted = {name: request.form.get(name, "") for name in kinds()}
    if not {*wanted.values(), alike} <= {"", *Urgency} or (subject and subject not in set(Subject)):
        abort(400)
    if subject and alike:
        wanted |= {
            kind.name: alike
            for kind in kinds().values()
            if kind.subject == subject and kind.may_reach(actor().roles)
        }
    with transaction():
        for name, urgency in wanted.items():
            if urgency:
                operations.prefer(person, name, Urgency(urgency))
    flash(_("Your choice is kept."))
    return redirect(url_for(".choices", course_id=course_id, _anchor=f"about-{subject}" if subject else None))
