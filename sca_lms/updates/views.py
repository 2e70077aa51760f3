"""Show learners the monthly updates, let them join, and take their reflections in."""

from dataclasses import dataclass

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.attendance.models import SessionState
from sca_lms.courses import rich_text
from sca_lms.courses.access import actor, allow
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import dimensions_in, own_enrolment
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.texts import Bilingual
from sca_lms.updates import queries, reflecting
from sca_lms.updates.models import KnowledgeUpdate
from sca_lms.updates.rules import (
    ATTENDED_PERCENT,
    ReflectionState,
    Standing,
    may_hand_in,
    may_join,
    may_write,
)
from sca_lms.updates.words import STANDING_MARKS, STANDING_WORDS
from sca_lms.uploads import answers
from sca_lms.web.formats import moment
from sca_lms.web.forms import clean_text

bp = Blueprint(
    "updates", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/updates"
)

READERS = (Role.LEARNER, Role.MENTOR)


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form holds, before anything was stored."""

    text: str
    row_version: int


@bp.get("")
@allow(*READERS)
def index(course_id: int) -> ResponseReturnValue:
    """Show the year's updates with where the reader stands with each."""
    at, me = clock.now(), _learner()
    updates = queries.updates_of(course_id)
    progress = queries.progress_in(updates, [me.id], at)[me.id] if me else None
    return render_template(
        "updates/list.html",
        course_id=course_id,
        updates=updates,
        next=next(
            (
                each for each in updates
                if each.session.ends_at > at and each.session.state is not SessionState.CANCELLED
            ),
            None,
        ),
        progress=progress,
        titles=dimension_titles(course_id),
        words=STANDING_WORDS,
        marks=STANDING_MARKS,
        standings=Standing,
        percent=ATTENDED_PERCENT,
        at=at,
    )  # fmt: skip


@bp.get("/<int:number>")
@allow(*READERS)
def page(course_id: int, number: int) -> ResponseReturnValue:
    """Show one update: what it is about, how to join, what came of it, and one's reflection."""
    return _page(_update(number))


@bp.post("/<int:number>")
@allow(Role.LEARNER)
def write(course_id: int, number: int) -> ResponseReturnValue:
    """Save a reflection, hand it in, or take it back, as the button says."""
    update, learner, at = _update(number), _own(), clock.now()
    action = request.form.get("action", "save")
    typed = Typed("", _version())
    try:
        typed = _typed()
        with transaction():
            if action == "take-back":
                reflecting.take_back(update, learner, row_version=typed.row_version, at=at)
            elif action == "hand-in":
                reflecting.hand_in(update, learner, typed.text, row_version=typed.row_version, at=at)
            else:
                reflecting.save_draft(update, learner, typed.text, row_version=typed.row_version, at=at)
    except Refused as refusal:
        return _page(
            update, typed=typed if action != "take-back" else None, refusal=refusal,
            has_moved=isinstance(refusal, reflecting.TextMoved) and action != "take-back",
        ), 409  # fmt: skip
    said = {
        "hand-in": _("Your reflection is handed in. An instructor reads it."),
        "take-back": _("You can write on. Hand it in again when you are done."),
    }
    flash(said.get(action, _("Your draft is saved.")), "success")
    return redirect(url_for(".page", course_id=course_id, number=number) + "#reflection", 303)


@bp.post("/<int:number>/draft")
@allow(Role.LEARNER)
def draft(course_id: int, number: int) -> ResponseReturnValue:
    """Save what was typed for the page's script; what another tab saved meanwhile is sent back."""
    update, learner, at = _update(number), _own(), clock.now()
    try:
        typed = _typed()
        with transaction():
            stored = reflecting.save_draft(update, learner, typed.text, row_version=typed.row_version, at=at)
    except reflecting.TextMoved as refusal:
        found = queries.own_reflection(update, learner.id)
        return jsonify(
            message=str(refusal), code=refusal.code, text=found.text if found else "", link="",
            version=str(found.row_version if found else 0),
        ), 409  # fmt: skip
    except Refused as refusal:
        return jsonify(message=str(refusal), code=refusal.code), 422
    return jsonify(saved_at=moment(at, "time"), version=str(stored.row_version))


@bp.get("/<int:number>/files/<int:file_id>")
@allow(*STAFF, *READERS)
def file(course_id: int, number: int, file_id: int) -> ResponseReturnValue:
    """Hand out slides; learners get them when the update has begun."""
    is_staff = actor().has(*STAFF)
    update = queries.find_update(course_id, number, drafts=is_staff) or abort(404)
    found = queries.find_file(update, file_id) or abort(404)
    if not is_staff and clock.now() < update.session.starts_at:
        abort(404)
    return answers.attachment(found.file)


def dimension_titles(course_id: int) -> dict[str, Bilingual]:
    """Return the titles of the programme's dimensions by code, in their order."""
    return {each.code: each.title for each in dimensions_in(course_id)}


def texts_of(text: Bilingual) -> list[tuple[str, str]]:
    """Return a text as safe HTML with its language, in each language it is written in."""
    both = (("th", text.th), ("en", text.en)) if text.th != text.en else (("th", text.th),)
    return [(language, rich_text.to_html(said)) for language, said in both if said]


def _page(
    update: KnowledgeUpdate,
    *,
    typed: Typed | None = None,
    refusal: Refused | None = None,
    has_moved: bool = False,
) -> str:
    at, me, session = clock.now(), _learner(), update.session
    timing = queries.timing_of(session)
    mine = queries.own_reflection(update, me.id) if me else None
    state = mine.state if mine else None
    part = queries.progress_in([update], [me.id], at)[me.id].parts[update.id] if me else None
    return render_template(
        "updates/page.html",
        course_id=update.course_id,
        update=update,
        session=session,
        learner=me,
        speakers=queries.speakers_of([update.id]).get(update.id, []),
        files=queries.files_of(update.id),
        about=texts_of(update.about),
        titles=dimension_titles(update.course_id),
        timing=timing,
        part=part,
        mine=mine,
        typed=typed,
        refusal=refusal,
        has_moved=has_moved,
        may_join=may_join(timing, at),
        may_write=may_write(timing, at) and state in {None, *reflecting.WRITABLE},
        may_hand_in=may_hand_in(timing, state, update.reflection_due_at, at)
        and (part is None or part.standing is not Standing.MISSED),
        may_take_back=state is ReflectionState.SUBMITTED
        and (update.reflection_due_at is None or at <= update.reflection_due_at),
        is_over=at >= session.ends_at,
        has_begun=at >= session.starts_at,
        is_due=update.reflection_due_at is not None and at > update.reflection_due_at,
        words=STANDING_WORDS,
        marks=STANDING_MARKS,
        standings=Standing,
        percent=ATTENDED_PERCENT,
    )


def _update(number: int) -> KnowledgeUpdate:
    return queries.find_update(actor().course_id, number) or abort(404)


def _learner() -> Enrolment | None:
    return own_enrolment(actor()) if actor().has(Role.LEARNER) else None


def _own() -> Enrolment:
    return own_enrolment(actor()) or abort(404)


def _typed() -> Typed:
    try:
        text = clean_text(request.form.get("text", ""), lines=True)
    except ValueError as error:
        raise reflecting.NoText(str(error)) from error
    return Typed(text, _version())


def _version() -> int:
    said = request.form.get("draft_version", "0")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 9 else -1
