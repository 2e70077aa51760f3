"""Pages on which quizzes are made: settings, places, random draws, publishing."""

import re
from decimal import Decimal
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assessments import bank_queries, quiz_editor_operations, quiz_editor_queries
from sca_lms.assessments.bank_access import AUTHORS, refuse_keys
from sca_lms.assessments.bank_labels import KINDS
from sca_lms.assessments.bank_views import address_of, read_wish
from sca_lms.assessments.bank_words import tidy_tags
from sca_lms.assessments.models import QuestionCategory, Quiz
from sca_lms.assessments.quiz_editor_forms import DrawForm, TermsForm, filled_in, read_points
from sca_lms.assessments.quiz_editor_operations import Terms, terms_of
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.texts import Bilingual
from sca_lms.web.paging import page_number

bp = Blueprint(
    "quiz_editor", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/quizzes"
)
_DO = re.compile(r"(up|down|remove)-([0-9]{1,9})", re.ASCII)


@bp.context_processor
def _words() -> dict[str, object]:
    return {"KINDS": KINDS}


@bp.get("/authoring")
@allow(*AUTHORS)
def index(course_id: int) -> ResponseReturnValue:
    """List the quizzes of the course for those who write them; nothing here is about a learner."""
    return render_template(
        "assessments/editor/index.html",
        course_id=course_id,
        quizzes=quiz_editor_queries.authored(course_id),
        is_staff=actor().has(*STAFF),
    )


@bp.route("/new", methods=["GET", "POST"])
@allow(*AUTHORS)
def new(course_id: int) -> ResponseReturnValue:
    """Make a quiz in the course."""
    form = TermsForm(_posted(), data=filled_in(Terms(Bilingual("", ""), attempts_allowed=1)))
    if request.method == "POST" and form.validate():
        with transaction():
            made = quiz_editor_operations.make_quiz(
                current_course(), form.terms(), by=actor().person_id, at=clock.now()
            )
        flash(_("The quiz is there. Now choose its questions."))
        return redirect(url_for(".edit", course_id=course_id, quiz_id=made.id))
    return render_template("assessments/editor/new.html", course_id=course_id, form=form)


@bp.route("/<int:quiz_id>/edit", methods=["GET", "POST"])
@allow(*AUTHORS)
def edit(course_id: int, quiz_id: int) -> ResponseReturnValue:
    """Show the questions and the settings of a quiz, and change the settings."""
    refuse_keys()
    quiz = _quiz(quiz_id)
    form = TermsForm(_posted(), data=filled_in(terms_of(quiz)))
    if request.method == "POST" and form.validate():
        try:
            with transaction():
                quiz_editor_operations.save_terms(quiz, form.terms(), by=actor().person_id, at=clock.now())
        except Refused as refusal:
            form.reject(refusal)
        else:
            flash(_("The settings are saved."))
            return redirect(url_for(".edit", course_id=course_id, quiz_id=quiz_id))
    return _page(quiz, form, _draw_form(course_id))


@bp.post("/<int:quiz_id>/places")
@allow(*AUTHORS)
def places(course_id: int, quiz_id: int) -> ResponseReturnValue:
    """Save points and counts, and move or remove a place if a button says so."""
    refuse_keys()
    quiz = _quiz(quiz_id)
    points, counts, readable = read_points(request.form)
    by, at = actor().person_id, clock.now()
    found = _DO.fullmatch(request.form.get("do", ""))
    order = [int(part) for part in re.findall(r"[0-9]{1,9}", request.form.get("order", ""), re.ASCII)]
    try:
        with transaction():
            quiz_editor_operations.change_places(quiz, points=points, counts=counts, by=by, at=at)
            if order:
                quiz_editor_operations.order_places(quiz, order, by=by, at=at)
            if found is not None and found[1] == "remove":
                quiz_editor_operations.remove_place(quiz, int(found[2]), by=by, at=at)
            elif found is not None:
                step = -1 if found[1] == "up" else 1
                quiz_editor_operations.move_place(quiz, int(found[2]), step=step, by=by, at=at)
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        if not readable:
            flash(_("Some points could not be read: write numbers above 0, such as 2 or 0.5."), "alert")
        elif found is None and not order:
            flash(_("The points are saved."))
    return redirect(url_for(".edit", course_id=course_id, quiz_id=quiz_id, _anchor="places"))


@bp.post("/<int:quiz_id>/draws")
@allow(*AUTHORS)
def add_draw(course_id: int, quiz_id: int) -> ResponseReturnValue:
    """Add a place that draws questions, or only count how many match."""
    refuse_keys()
    quiz = _quiz(quiz_id)
    form, tags = _draw_form(course_id), tidy_tags(request.form.get("tags", "")[:200])
    if not form.validate():
        return _page(quiz, TermsForm(data=filled_in(terms_of(quiz))), form), 400
    path = str(form.shelf.data)
    if request.form.get("do") == "count":
        count = quiz_editor_queries.matching(course_id, shelf=path, tags=tags)
        return _page(quiz, TermsForm(data=filled_in(terms_of(quiz))), form, matching=count)
    shelf = _shelf(course_id, path)
    try:
        with transaction():
            quiz_editor_operations.add_draw(
                quiz, shelf, tags=tags, count=form.count.data or 1, points=form.points.data or Decimal(1),
                by=actor().person_id, at=clock.now(),
            )  # fmt: skip
    except Refused as refusal:
        form.reject(refusal)
        return _page(quiz, TermsForm(data=filled_in(terms_of(quiz))), form), 409
    flash(_("The draw is added."))
    return redirect(url_for(".edit", course_id=course_id, quiz_id=quiz_id, _anchor="places"))


@bp.route("/<int:quiz_id>/pick", methods=["GET", "POST"])
@allow(*AUTHORS)
def pick(course_id: int, quiz_id: int) -> ResponseReturnValue:
    """Choose questions of the bank for a quiz."""
    refuse_keys()
    quiz = _quiz(quiz_id)
    if request.method == "POST":
        return _add_picked(quiz)
    wish = read_wish(request.args)
    return render_template(
        "assessments/editor/pick.html",
        course_id=course_id,
        quiz=quiz,
        wish=wish,
        asked=address_of(wish),
        shelves=bank_queries.shelves_of(course_id),
        tags=bank_queries.tags_of(course_id),
        chosen={slot.question_id for slot in bank_queries.slots_of(quiz)},
        page=bank_queries.questions_page(course_id, wish, number=page_number(request.args)),
    )


@bp.post("/<int:quiz_id>/publish")
@allow(*AUTHORS)
def publish(course_id: int, quiz_id: int) -> ResponseReturnValue:
    """Let learners begin the quiz, or no more."""
    quiz, wanted = _quiz(quiz_id), request.form.get("published") == "1"
    try:
        with transaction():
            quiz_editor_operations.set_published(quiz, published=wanted, by=actor().person_id, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(_("The quiz is published.") if wanted else _("Nobody can begin the quiz any more."))
    return redirect(url_for(".edit", course_id=course_id, quiz_id=quiz_id))


@bp.post("/<int:quiz_id>/duplicate")
@allow(*AUTHORS)
def duplicate(course_id: int, quiz_id: int) -> ResponseReturnValue:
    """Make a copy that can be changed."""
    quiz = _quiz(quiz_id)
    with transaction():
        copy = quiz_editor_operations.duplicate(quiz, by=actor().person_id, at=clock.now())
    flash(_("This is the copy. It is not published."))
    return redirect(url_for(".edit", course_id=course_id, quiz_id=copy.id))


@bp.post("/<int:quiz_id>/delete")
@allow(*AUTHORS)
def delete(course_id: int, quiz_id: int) -> ResponseReturnValue:
    """Delete a quiz that nobody has begun."""
    quiz = _quiz(quiz_id)
    try:
        with transaction():
            quiz_editor_operations.delete(quiz, by=actor().person_id, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
        return redirect(url_for(".edit", course_id=course_id, quiz_id=quiz_id))
    flash(_("The quiz is deleted."))
    return redirect(url_for(".index", course_id=course_id))


def _quiz(quiz_id: int) -> Quiz:
    return quiz_editor_queries.find_quiz(actor(), quiz_id) or abort(404)


def _posted() -> MultiDict[str, str] | None:
    return request.form if request.method == "POST" else None


def _shelf(course_id: int, path: str) -> QuestionCategory:
    return bank_queries.find_shelf_by_path(course_id, path) or abort(404)


def _draw_form(course_id: int) -> DrawForm:
    is_draw = request.method == "POST" and request.endpoint == f"{bp.name}.add_draw"
    form = DrawForm(request.form if is_draw else None, data={"count": 1, "points": 1})
    form.shelf.choices = [
        (shelf.path, f"{shelf.path} ({shelf.total})")
        for shelf in bank_queries.shelves_of(course_id)
        if shelf.id is not None
    ]
    return form


def _add_picked(quiz: Quiz) -> ResponseReturnValue:
    ids = {
        int(text) for text in request.form.getlist("question") if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII)
    }
    versions = bank_queries.newest_versions(ids)
    chosen = [
        versions[each].question
        for each in sorted(versions)
        if versions[each].question.course_id == quiz.course_id
    ]
    try:
        with transaction():
            count = quiz_editor_operations.add_questions(quiz, chosen, by=actor().person_id, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(ngettext("%(num)s question added.", "%(num)s questions added.", count))
    if request.form.get("then") == "more":
        address = url_for(".pick", course_id=quiz.course_id, quiz_id=quiz.id)
        return redirect(f"{address}?{urlencode(address_of(read_wish(request.args)))}")
    return redirect(url_for(".edit", course_id=quiz.course_id, quiz_id=quiz.id, _anchor="places"))


def _page(quiz: Quiz, form: TermsForm, draw_form: DrawForm, *, matching: int | None = None) -> str:
    found = quiz_editor_queries.places_of(quiz)
    begun, running = quiz_editor_queries.attempts_of(quiz)
    return render_template(
        "assessments/editor/edit.html",
        course_id=quiz.course_id,
        quiz=quiz,
        form=form,
        draw_form=draw_form,
        matching=matching,
        places=found,
        total=sum(place.points for place in found),
        questions=sum(place.questions for place in found),
        is_ready=quiz_editor_queries.is_ready(found),
        begun=begun,
        running=running,
        is_staff=actor().has(*STAFF),
    )
