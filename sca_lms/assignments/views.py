"""Let learners see what is due, write, add files and hand in; nothing typed is lost on the way."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assignments import hooks, queries, rules, writing
from sca_lms.assignments.models import Assignment, AssignmentTeam, Work
from sca_lms.assignments.pages import learner_page, list_page
from sca_lms.assignments.words import STATE_MARKS, STATE_WORDS
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import own_enrolment
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.uploads import answers
from sca_lms.uploads import operations as uploads
from sca_lms.uploads.content import MEBIBYTE, Allowed
from sca_lms.uploads.storage import store
from sca_lms.web.formats import moment
from sca_lms.web.forms import clean_text
from sca_lms.web.incoming import takes_files

bp = Blueprint(
    "assignments", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/assignments"
)
READERS = (Role.LEARNER, Role.AUTHOR, *STAFF)
PLACE = "/<int:assignment_id>"
LARGEST_UPLOAD = 100 * MEBIBYTE
"""The largest file of any assignment; what one of this assignment may have is checked while it is read."""
JSON_TYPE = "application/json"


@bp.context_processor
def _words() -> dict[str, object]:
    return {"STATE_WORDS": STATE_WORDS, "STATE_MARKS": STATE_MARKS}


@bp.get("/")
@allow(*READERS)
def index(course_id: int) -> ResponseReturnValue:
    """List what is to be handed in: learners see where they stand, those who teach where all do."""
    at = clock.now()
    if actor().has(*STAFF, Role.AUTHOR):
        return list_page(course_id)
    learner = own_enrolment(actor()) or abort(404)
    works = queries.own_works(course_id, learner.id)
    extensions = queries.extensions_for(course_id, learner.id)
    known = hooks.marks()
    released = known.released_to(course_id, learner.id, at=at) if known else {}
    rows = []
    for assignment in queries.assignments_of(course_id):
        work = works.get(assignment.id)
        if not assignment.published and (work is None or not work.versions):
            continue
        times = queries.times_of(assignment, extensions.get(assignment.id))
        state = rules.state(
            times,
            has_draft=work is not None and work.draft_saved_at is not None,
            handed_in_at=work.last_submitted_at if work else None,
            is_marked=assignment.id in released,
            at=at,
        )
        rows.append((assignment, times, state, work, released.get(assignment.id)))
    return render_template("assignments/mine.html", course_id=course_id, rows=rows)


@bp.route(PLACE, methods=["GET", "POST"])
@allow(*READERS)
def page(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Show what is to be done and what is written so far; save it, or hand it in."""
    if not actor().has(Role.LEARNER):
        endpoint = "assignments_staff.overview" if actor().has(*STAFF) else "assignments_staff.edit"
        return redirect(url_for(endpoint, course_id=course_id, assignment_id=assignment_id))
    assignment, learner, team, at = *_mine(assignment_id), clock.now()
    if request.method == "GET":
        return learner_page(assignment, learner, team, at=at)
    typed = _typed()
    try:
        with transaction():
            work = writing.open_work(assignment, learner, team)
            writing.save_draft(assignment, work, **typed, at=at)
            submission = None
            if request.form.get("action") == "hand-in":
                seen = request.form.get("seen_versions", "")
                submission = writing.hand_in(assignment, work, learner, seen_versions=_whole(seen), at=at)
    except Refused as refusal:
        return learner_page(assignment, learner, team, at=at, typed=typed, refusal=refusal), 409
    if submission is None:
        flash(_("Your draft is saved. It is not handed in yet."))
        return redirect(_address(assignment), 303)
    flash(_("Handed in. This page is your receipt."))
    number = submission.number
    return redirect(url_for(".receipt", course_id=course_id, assignment_id=assignment_id, number=number), 303)


@bp.post(f"{PLACE}/draft")
@allow(Role.LEARNER)
def draft(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Save text and link for the page's script; what somebody else saved meanwhile is sent back."""
    assignment, learner, team, at = *_mine(assignment_id), clock.now()
    try:
        with transaction():
            work = writing.open_work(assignment, learner, team)
            version = writing.save_draft(assignment, work, **_typed(), at=at)
    except writing.DraftMoved as refusal:
        stored = _stored(assignment, learner, team)
        return jsonify(message=str(refusal), code=refusal.code, **stored), 409
    except Refused as refusal:
        return jsonify(message=str(refusal), code=refusal.code), 422
    return jsonify(saved_at=moment(at, "time"), version=version)


@bp.post(f"{PLACE}/files")
@allow(Role.LEARNER)
@takes_files(LARGEST_UPLOAD)
def upload(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Take files into the draft, one after the other; the first that is refused ends it."""
    assignment, learner, team, at = *_mine(assignment_id), clock.now()
    refusal: Refused | None = None
    for sent in request.files.getlist("file"):
        if not sent.filename:
            continue
        refusal = _take(assignment, learner, team, sent, at=at)
        if refusal is not None:
            break
    if request.accept_mimetypes.best == JSON_TYPE:
        work = queries.own_work(assignment, learner.id, team)
        files = queries.draft_files(work.id) if work else []
        drawn = render_template("assignments/files.html", assignment=assignment, files=files)
        message = str(refusal) if refusal else ""
        return jsonify(html=drawn, count=len(files), message=message), 422 if refusal else 200
    if refusal is not None:
        flash(str(refusal), "alert")
    return redirect(_address(assignment, "files"), 303)


@bp.post(f"{PLACE}/files/<int:file_id>/remove")
@allow(Role.LEARNER)
def remove(course_id: int, assignment_id: int, file_id: int) -> ResponseReturnValue:
    """Take a file out of the draft; what was handed in with it stays handed in."""
    assignment, learner, team, at = *_mine(assignment_id), clock.now()
    work = queries.own_work(assignment, learner.id, team) or abort(404)
    try:
        with transaction():
            key = writing.remove_file(assignment, work, file_id, at=at)
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        if key is not None:
            store().forget(key)
        flash(_("The file was taken away."))
    return redirect(_address(assignment, "files"), 303)


@bp.get(f"{PLACE}/files/<int:file_id>")
@allow(Role.LEARNER, *STAFF)
def file(course_id: int, assignment_id: int, file_id: int) -> ResponseReturnValue:
    """Hand out a file: learners their own, staff what was handed in."""
    assignment = queries.find_assignment(actor(), assignment_id) or abort(404)
    found = None
    if actor().has(Role.LEARNER) and (learner := own_enrolment(actor())) is not None:
        team = queries.team_of(assignment, learner.id)
        work = queries.own_work(assignment, learner.id, team)
        found = queries.find_file(assignment, file_id, work) if work else None
    if found is None and actor().has(*STAFF):
        found = queries.find_file(assignment, file_id, None)
    if found is None:
        abort(404)
    return answers.attachment(found.file)


@bp.get(f"{PLACE}/versions/<int:number>")
@allow(Role.LEARNER)
def receipt(course_id: int, assignment_id: int, number: int) -> ResponseReturnValue:
    """Show one version exactly as it was handed in, with when, by whom and the digests of its files."""
    assignment, learner, team = _mine(assignment_id)
    work = queries.own_work(assignment, learner.id, team) or abort(404)
    submission = queries.find_submission(work.id, number) or abort(404)
    times = queries.times_of(assignment, queries.extension_of(assignment, learner.id, team))
    terms = queries.terms_of(assignment)
    return render_template(
        "assignments/receipt.html",
        course_id=course_id,
        assignment=assignment,
        team=team,
        work=work,
        submission=submission,
        files=queries.files_of([submission.id]).get(submission.id, []),
        late_days=rules.late_days(submission.submitted_at, times.due_at),
        penalty=rules.late_penalty_percent(submission.submitted_at, times.due_at, terms),
    )


# ---------------------------------------------------------------- what several pages need


def _mine(assignment_id: int) -> tuple[Assignment, Enrolment, AssignmentTeam | None]:
    """Find an assignment that this learner may see, with their team."""
    assignment = queries.find_assignment(actor(), assignment_id) or abort(404)
    learner = own_enrolment(actor()) or abort(404)
    team = queries.team_of(assignment, learner.id) if assignment.by_team else None
    if not assignment.published:
        work = queries.own_work(assignment, learner.id, team)
        if work is None or not work.versions:
            abort(404)
    return assignment, learner, team


def _typed() -> dict[str, Any]:  # The keyword arguments of `save_draft`.
    try:
        text = clean_text(request.form.get("text", ""), lines=True)
    except ValueError:
        # A character that no keyboard makes is left out; the rest of what was written counts.
        kept = "".join(
            letter for letter in request.form.get("text", "") if letter.isprintable() or letter in "\n\t"
        )
        text = clean_text(kept, lines=True)
    link = "".join(letter for letter in request.form.get("link", "") if letter.isprintable()).strip()
    return {"text": text, "link": link, "based_on": _whole(request.form.get("draft_version", ""))}


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def _stored(assignment: Assignment, learner: Enrolment, team: AssignmentTeam | None) -> Mapping[str, object]:
    work = queries.own_work(assignment, learner.id, team) or abort(404)
    return {"text": work.draft_text, "link": work.draft_link, "version": work.draft_version}


def _take(
    assignment: Assignment,
    learner: Enrolment,
    team: AssignmentTeam | None,
    sent: FileStorage,
    *,
    at: dt.datetime,
) -> Refused | None:
    allowed = Allowed(frozenset(assignment.endings), assignment.largest_mebibytes * MEBIBYTE)
    try:
        with transaction():
            work: Work = writing.open_work(assignment, learner, team)
            writing.refuse_another_file(assignment, work, at=at)
            stored = uploads.take(
                current_course(), sent.filename or "", sent.stream, allowed=allowed, place=store(),
                scanners=current_app.extensions.get(uploads.SCANNERS, ()), person_id=actor().person_id, at=at,
            )  # fmt: skip
            writing.add_file(work, stored, at=at)
    except Refused as refusal:
        return refusal
    return None


def _address(assignment: Assignment, anchor: str | None = None) -> str:
    return url_for(
        "assignments.page", course_id=assignment.course_id, assignment_id=assignment.id, _anchor=anchor
    )
