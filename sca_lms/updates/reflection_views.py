"""Let staff read reflections one after the other, accept them or send them back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.updates import queries, reflecting, staff_queries
from sca_lms.updates.forms import AnswerForm
from sca_lms.updates.models import Reflection
from sca_lms.updates.rules import ATTENDED_PERCENT, ReflectionState
from sca_lms.updates.words import REFLECTION_WORDS
from sca_lms.web.exports import table_file
from sca_lms.web.incoming import read_ids
from sca_lms.web.paging import page_number

bp = Blueprint(
    "update_reflections",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/updates/reflections",
)


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """List the reflections that wait, or those that were decided."""
    said = request.args
    state = said.get("show", ReflectionState.SUBMITTED)
    if state not in staff_queries.SHOWN:
        abort(404)
    shown = ReflectionState(state)
    update_id, search = next(iter(read_ids([said.get("update", "")])), None), said.get("q", "").strip()
    found = staff_queries.queue(actor(), shown, update_id=update_id, search=search, number=page_number(said))
    people = [each.enrolment_id for each in found.page.items]
    progress = queries.standings(course_id, people, clock.now())
    return render_template(
        "updates/reflections.html",
        course_id=course_id,
        found=found,
        shown=shown,
        update_id=update_id,
        search_text=search,
        updates=queries.updates_of(course_id),
        progress=progress,
        filters_shown=[
            (url_for(".index", course_id=course_id, show=each, update=update_id, q=search or None),
             REFLECTION_WORDS[each], found.counts[each], each is shown)
            for each in staff_queries.SHOWN
        ],
        states=ReflectionState,
    )  # fmt: skip


@bp.route("/<int:reflection_id>", methods=["GET", "POST"])
@allow(*STAFF)
def one(course_id: int, reflection_id: int) -> ResponseReturnValue:
    """Show one reflection; accept it or send it back, and go on to the next that waits."""
    found = _find(reflection_id)
    if request.method == "GET":
        return _page(found, AnswerForm(data={"answer": found.answer, "row_version": found.row_version}))
    form = AnswerForm(request.form)
    if not form.validate():
        return _page(found, form), 400
    accepts = request.form.get("action") == "accept"
    following = staff_queries.next_waiting(found, actor())
    try:
        with transaction():
            reflecting.decide(
                current_course(), found, accepts=accepts, answer=form.answer.data or "",
                row_version=form.row_version.data or 0, person_id=actor().person_id, at=clock.now(),
            )  # fmt: skip
    except Refused as refusal:
        form.reject(refusal, "answer" if isinstance(refusal, reflecting.NoText) else None)
        return _page(staff_queries.find_reflection(actor(), reflection_id) or found, form), 409
    flash(_("Accepted.") if accepts else _("Sent back with your answer."), "success")
    if following is None:
        return redirect(url_for(".index", course_id=course_id), 303)
    return redirect(url_for(".one", course_id=course_id, reflection_id=following), 303)


@bp.post("/accept")
@allow(*STAFF)
def accept(course_id: int) -> ResponseReturnValue:
    """Accept the reflections that are ticked, after showing which they are."""
    seen = sorted({pair for each in request.form.getlist("reflection") if (pair := _pair(each))})
    if not seen:
        flash(_("Tick at least one reflection."), "alert")
        return redirect(url_for(".index", course_id=course_id), 303)
    if request.form.get("confirmed") != "yes":
        rows = staff_queries.waiting_among(actor(), [pair[0] for pair in seen])
        return render_template("updates/accept.html", course_id=course_id, rows=rows)
    with transaction():
        count = reflecting.accept_all(current_course(), seen, person_id=actor().person_id, at=clock.now())
    flash(ngettext("%(num)d reflection is accepted.", "%(num)d reflections are accepted.", count), "success")
    if count < len(seen):
        flash(_("The others have changed meanwhile and wait to be read."))
    return redirect(url_for(".index", course_id=course_id), 303)


@bp.get("/reflections.<kind>")
@allow(*STAFF)
def export(course_id: int, kind: str) -> ResponseReturnValue:
    """Hand out everything that was handed in, with the answers."""
    if kind not in {"csv", "xlsx"}:
        abort(404)
    rows = [
        (
            each.update.number, each.enrolment.person.full_name, each.enrolment.person.email,
            str(REFLECTION_WORDS[each.state]), each.submitted_at.isoformat() if each.submitted_at else "",
            each.text, each.answer,
        )
        for each in staff_queries.every_reflection(course_id)
    ]  # fmt: skip
    head = (
        _("Update"), _("Name"), _("E-mail"), _("State"), _("Handed in (UTC)"), _("Reflection"), _("Answer"),
    )  # fmt: skip
    return table_file(kind, _("reflections"), head, rows)


def _page(found: Reflection, form: AnswerForm) -> str:
    progress = queries.progress_in([found.update], [found.enrolment_id], clock.now())
    return render_template(
        "updates/reflection.html",
        course_id=found.update.course_id,
        reflection=found,
        update=found.update,
        part=progress[found.enrolment_id].parts[found.update.id],
        form=form,
        following=staff_queries.next_waiting(found, actor()),
        state_word=REFLECTION_WORDS[found.state],
        states=ReflectionState,
        percent=ATTENDED_PERCENT,
    )


def _find(reflection_id: int) -> Reflection:
    return staff_queries.find_reflection(actor(), reflection_id) or abort(404)


def _pair(text: str) -> tuple[int, int] | None:
    """Return the id and the version of a ticked reflection; None for what no page of ours sends."""
    numbers = text.split(".")
    if len(numbers) != 2 or not all(each.isascii() and each.isdigit() and len(each) <= 9 for each in numbers):
        return None
    return int(numbers[0]), int(numbers[1])
