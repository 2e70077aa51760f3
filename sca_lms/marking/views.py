"""The queue of all that waits to be marked in a course, and the bank of comments."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assessments import queries as assessments
from sca_lms.assignments import queries as assignments
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.marking import comments, forms, queue, regrading, rules
from sca_lms.marking.desk import first_waiting
from sca_lms.marking.queue import Wanted, What
from sca_lms.marking.subjects import SubjectKind
from sca_lms.marking.words import STEPS, WHATS
from sca_lms.texts import Bilingual
from sca_lms.web.paging import page_number

bp = Blueprint(
    "marking", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/marking"
)
LONGEST_SEARCH = 100


@bp.get("/")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show what waits, the oldest first, by assignment, group and step."""
    wanted = _wanted()
    tallies, counts = queue.tallies(actor(), wanted)
    return render_template(
        "marking/queue.html",
        course_id=course_id,
        wanted=wanted,
        page=queue.page(actor(), wanted, number=page_number(request.args)),
        subjects=_subjects(course_id, tallies),
        counts=counts,
        total=sum(each.waiting for each in tallies),
        groups=queue.groups_of(course_id),
        requests=regrading.open_requests(course_id),
        STEPS=STEPS,
        WHATS=WHATS,
        What=What,
    )


@bp.get("/next")
@allow(*STAFF)
def next_one(course_id: int) -> ResponseReturnValue:
    """Lead to the next work in the reader's own order, or back to the queue when nothing waits any more."""
    wanted = _wanted()
    place = {"assignment_id": wanted.assignment_id, "quiz_id": wanted.quiz_id}
    if wanted.assignment_id is None and wanted.quiz_id is None:
        abort(404)
    after = forms.whole_number(request.args.get("after"))
    found = first_waiting(actor(), **place) if after is None else _next_after(after, wanted)
    if found is None:
        flash(_("Nothing waits here any more. Marks are seen by learners once they are released."))
        return redirect(url_for(".index", course_id=course_id))
    kind = SubjectKind.WORKS if wanted.assignment_id is not None else SubjectKind.ATTEMPTS
    return redirect(
        url_for("marking_grader.page", course_id=course_id, subject=kind.value, subject_id=found)
    )  # fmt: skip


@bp.get("/comments")
@allow(*STAFF)
def bank(course_id: int) -> ResponseReturnValue:
    """List the comments that are used again."""
    return render_template(
        "marking/bank.html", course_id=course_id, bank=comments.bank(actor()), form=forms.BankForm()
    )


@bp.post("/comments")
@allow(*STAFF)
def add_comment(course_id: int) -> ResponseReturnValue:
    """Keep a comment, in Thai, in English or both; the page's script gets it back as data."""
    form = forms.BankForm(request.form)
    wants_data = request.accept_mimetypes.best == "application/json"
    text = Bilingual(th=form.th.data or "", en=form.en.data or "")
    if not form.validate() or not text:
        if wants_data:
            return jsonify(message=_("Write the comment first.")), 400
        if form.validate():
            form.th.errors = [_("Write the comment in Thai, in English or both.")]
        page = render_template(
            "marking/bank.html", course_id=course_id, bank=comments.bank(actor()), form=form
        )
        return page, 400
    owner_id = None if form.shared.data else actor().person_id
    with transaction():
        kept = comments.add(current_course(), text, owner_id=owner_id, at=clock.now())
    if wants_data:
        return jsonify(id=kept.id, th=kept.text.th, en=kept.text.en)
    flash(_("The comment is kept."))
    return redirect(url_for(".bank", course_id=course_id))


@bp.post("/comments/<int:comment_id>/used")
@allow(*STAFF)
def use_comment(course_id: int, comment_id: int) -> ResponseReturnValue:
    """Count that a comment was used, so that it comes up sooner."""
    found = comments.find_comment(actor(), comment_id) or abort(404)
    with transaction():
        comments.count_use(found)
    return "", 204


@bp.post("/comments/<int:comment_id>/delete")
@allow(*STAFF)
def forget_comment(course_id: int, comment_id: int) -> ResponseReturnValue:
    """Take a comment out of the bank."""
    found = comments.find_comment(actor(), comment_id) or abort(404)
    with transaction():
        comments.forget(found)
    flash(_("The comment was taken out of the bank."))
    return redirect(url_for(".bank", course_id=course_id))


def _wanted() -> Wanted:
    """Read the filters of the address; what is none limits nothing."""
    named = request.args.get("what", "")
    return Wanted(
        assignment_id=forms.whole_number(request.args.get("assignment")),
        quiz_id=forms.whole_number(request.args.get("quiz")),
        group=request.args.get("group", "")[:LONGEST_SEARCH],
        search=request.args.get("q", "").strip()[:LONGEST_SEARCH],
        what=What(named) if named in set(What) else What.ALL,
    )


def _next_after(after: int, wanted: Wanted) -> int | None:
    about = (
        f"assignment {wanted.assignment_id}" if wanted.assignment_id is not None else f"quiz {wanted.quiz_id}"
    )
    place = {"assignment_id": wanted.assignment_id, "quiz_id": wanted.quiz_id}
    everything = queue.all_ids(**place)
    ordered = rules.reading_order(everything, about=about, marker_id=actor().person_id or 0)
    return rules.next_after(after, ordered, set(queue.waiting_ids(actor(), **place)))


def _subjects(
    course_id: int, tallies: list[queue.Tally]
) -> list[tuple[str, int, Bilingual, int]]:  # fmt: skip
    """Return what has something to mark: its argument in addresses, number, title, and how much waits."""
    works = {each.assignment_id: each.waiting for each in tallies if each.assignment_id is not None}
    attempts = {each.quiz_id: each.waiting for each in tallies if each.quiz_id is not None}
    return [
        *(
            ("assignment", each.id, each.title, works.get(each.id, 0))
            for each in assignments.assignments_of(course_id)
        ),
        *(
            ("quiz", each.id, each.title, attempts[each.id])
            for each in assessments.quizzes_of(course_id)
            if each.id in attempts
        ),
    ]
