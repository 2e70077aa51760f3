"""Pages of the question bank: find, write, try out, compare and put away questions."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assessments import bank_file_queries, bank_operations, bank_queries
from sca_lms.assessments.answers import Answer, score
from sca_lms.assessments.bank_access import AUTHORS, refuse_keys
from sca_lms.assessments.bank_differences import differences
from sca_lms.assessments.bank_labels import FIELDS, HINTS, KINDS, LANGUAGES, PARTS
from sca_lms.assessments.bank_operations import ShelfNotEmpty
from sca_lms.assessments.bank_pictures import version_picture_address
from sca_lms.assessments.bank_queries import Wish
from sca_lms.assessments.bank_words import tidy_path
from sca_lms.assessments.forms import read_answers
from sca_lms.assessments.models import Attempt, Question, QuestionVersion, Response
from sca_lms.assessments.question_parts import PICTURE_TYPES
from sca_lms.assessments.question_types import parse_question
from sca_lms.assessments.sheets import Sheet, attempt_sheets
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.texts import Bilingual
from sca_lms.uploads import answers
from sca_lms.web.paging import page_number

bp = Blueprint("bank", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/questions")

LONGEST_SEARCH = 100
MOST_MOVED = 200


@bp.context_processor
def _words() -> dict[str, object]:
    return {"KINDS": KINDS, "HINTS": HINTS, "FIELDS": FIELDS, "PARTS": PARTS, "LANGUAGES": LANGUAGES}


@bp.app_template_filter("prompt_of")
def prompt_of(version: QuestionVersion) -> Bilingual:
    """Return the text of a question for a list."""
    return Bilingual.of(version.document.get("prompt"))


def read_wish(arguments: Mapping[str, str]) -> Wish:
    """Read what the address of a list asks for; what makes no sense is left out."""
    kind, lacks = arguments.get("kind", ""), arguments.get("lacks", "")
    tag = arguments.get("tag", "").strip()[:LONGEST_SEARCH]
    return Wish(
        text=arguments.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH],
        kind=kind if kind in KINDS else "",
        shelf=tidy_path(arguments.get("shelf", ""))[:300],
        tags=(tag.replace("\0", ""),) if tag else (),
        lacks=lacks if lacks in LANGUAGES else "",
        archived=arguments.get("archived") == "1",
    )


def address_of(wish: Wish) -> dict[str, str]:
    """Return the arguments of an address that asks for the same."""
    named = {
        "q": wish.text,
        "kind": wish.kind,
        "shelf": wish.shelf,
        "tag": wish.tags[0] if wish.tags else "",
        "lacks": wish.lacks,
        "archived": "1" if wish.archived else "",
    }
    return {name: value for name, value in named.items() if value}


@bp.get("/")
@allow(*AUTHORS)
def index(course_id: int) -> ResponseReturnValue:
    """Show the shelves and the questions that a search finds, a page at a time."""
    refuse_keys()
    wish = read_wish(request.args)
    return render_template(
        "assessments/bank/index.html",
        course_id=course_id,
        wish=wish,
        asked=address_of(wish),
        shelves=bank_queries.shelves_of(course_id),
        tags=bank_queries.tags_of(course_id),
        page=bank_queries.questions_page(course_id, wish, number=page_number(request.args)),
    )


@bp.route("/<int:question_id>/try", methods=["GET", "POST"])
@allow(*AUTHORS)
def try_out(course_id: int, question_id: int) -> ResponseReturnValue:
    """Show a question as a learner sees it; what is answered is scored and not kept."""
    question, version = _found(question_id)
    sheet = _try_sheet(version, None)
    marked: Sheet | None = None
    if request.method == "POST":
        sent = read_answers([sheet], request.form)
        sheet = sent.sheets[0]
        if not sent.faulty:
            marked = _try_sheet(version, sent.answers.get(0))
    return render_template(
        "assessments/bank/try.html",
        course_id=course_id, question=question, version=version, sheet=sheet, marked_sheet=marked,
    )  # fmt: skip


@bp.get("/<int:question_id>/versions")
@allow(*AUTHORS)
def versions(course_id: int, question_id: int) -> ResponseReturnValue:
    """List how a question has read over time, and what changed each time."""
    question, version = _found(question_id)
    found = bank_queries.versions_of(question)
    older: Sequence[QuestionVersion | None] = [*found[1:], None]
    changes = [
        differences(before.document, later.document) if before is not None else []
        for later, before in zip(found, older, strict=True)
    ]
    return render_template(
        "assessments/bank/versions.html",
        course_id=course_id,
        question=question,
        version=version,
        versions=list(zip(found, changes, strict=True)),
    )


@bp.post("/<int:question_id>/versions/<int:number>/restore")
@allow(*AUTHORS)
def restore(course_id: int, question_id: int, number: int) -> ResponseReturnValue:
    """Let a question read again as it did."""
    question, _newest = _found(question_id)
    wanted = next((each for each in bank_queries.versions_of(question) if each.number == number), None)
    if wanted is None:
        abort(404)
    with transaction():
        bank_operations.restore(current_course(), wanted, by=actor().person_id, at=clock.now())
    flash(_("The question reads again as in version %(number)s.", number=number))
    return redirect(url_for(".versions", course_id=course_id, question_id=question_id))


@bp.post("/<int:question_id>/archive")
@allow(*AUTHORS)
def archive(course_id: int, question_id: int) -> ResponseReturnValue:
    """Put a question away, or take it out again."""
    question, _version = _found(question_id)
    back = redirect(url_for("bank_editor.edit", course_id=course_id, question_id=question_id))
    wanted = request.form.get("archived") == "1"
    change = bank_operations.archive if wanted else bank_operations.unarchive
    try:
        with transaction():
            change(current_course(), question, by=actor().person_id, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
        return back
    flash(_("The question is in the archive.") if wanted else _("The question is offered again."))
    return back


@bp.post("/<int:question_id>/duplicate")
@allow(*AUTHORS)
def duplicate(course_id: int, question_id: int) -> ResponseReturnValue:
    """Make a copy of a question and open it."""
    question, _version = _found(question_id)
    with transaction():
        copy = bank_operations.duplicate(current_course(), question, by=actor().person_id, at=clock.now())
    flash(_("This is the copy, with the code %(code)s.", code=copy.code))
    return redirect(url_for("bank_editor.edit", course_id=course_id, question_id=copy.id))


@bp.post("/<int:question_id>/delete")
@allow(*AUTHORS)
def delete(course_id: int, question_id: int) -> ResponseReturnValue:
    """Delete a question that was never used."""
    question, _version = _found(question_id)
    shelf = question.category.path
    try:
        with transaction():
            bank_operations.delete(current_course(), question, by=actor().person_id, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
        return redirect(url_for("bank_editor.edit", course_id=course_id, question_id=question_id))
    flash(_("The question is deleted."))
    return redirect(url_for(".index", course_id=course_id, shelf=shelf))


@bp.post("/move")
@allow(*AUTHORS)
def move(course_id: int) -> ResponseReturnValue:
    """Put the questions that were ticked on another shelf, or add a shelf without any."""
    refuse_keys()
    ids = {int(text) for text in request.form.getlist("question") if text.isascii() and text.isdigit()}
    chosen = [
        version.question
        for version in bank_queries.newest_versions([each for each in ids if each < 2**31]).values()
        if version.question.course_id == course_id
    ][:MOST_MOVED]
    path = tidy_path(request.form.get("shelf", "").replace("\0", ""))
    at = clock.now()
    try:
        with transaction():
            shelf = bank_operations.shelf_of(course_id, path, at=at)
            bank_operations.move(current_course(), chosen, shelf, by=actor().person_id, at=at)
    except Refused as refusal:
        flash(str(refusal), "alert")
        return redirect(url_for(".index", course_id=course_id))
    flash(
        ngettext("%(num)s question moved.", "%(num)s questions moved.", len(chosen))
        if chosen
        else _("No question was ticked; the shelf is there.")
    )
    return redirect(url_for(".index", course_id=course_id, shelf=path))


@bp.post("/shelves/<int:shelf_id>/rename")
@allow(*AUTHORS)
def rename_shelf(course_id: int, shelf_id: int) -> ResponseReturnValue:
    """Give a shelf, and those below it, another path."""
    shelf = bank_queries.find_shelf(actor(), shelf_id) or abort(404)
    before, path = shelf.path, tidy_path(request.form.get("path", "").replace("\0", ""))
    try:
        with transaction():
            changed = bank_operations.rename_shelf(
                current_course(), shelf, path, by=actor().person_id, at=clock.now()
            )
    except Refused as refusal:
        flash(str(refusal), "alert")
        return redirect(url_for(".index", course_id=course_id, shelf=before))
    flash(_("The shelf has its new name.") if changed else _("Nothing was changed."))
    return redirect(url_for(".index", course_id=course_id, shelf=path))


@bp.post("/shelves/<int:shelf_id>/remove")
@allow(*AUTHORS)
def remove_shelf(course_id: int, shelf_id: int) -> ResponseReturnValue:
    """Take an empty shelf away."""
    shelf = bank_queries.find_shelf(actor(), shelf_id) or abort(404)
    path = shelf.path
    try:
        with transaction():
            bank_operations.remove_shelf(current_course(), shelf, by=actor().person_id, at=clock.now())
    except ShelfNotEmpty as refusal:
        flash(str(refusal), "alert")
        return redirect(url_for(".index", course_id=course_id, shelf=path))
    flash(_("The shelf is gone."))
    return redirect(url_for(".index", course_id=course_id))


@bp.get("/pictures/<int:version_id>/<name>")
@allow(Role.LEARNER, *AUTHORS)
def picture(course_id: int, version_id: int, name: str) -> ResponseReturnValue:
    """Answer with a picture of a question, to those who write questions and to whom it was asked."""
    asking = actor()
    found = bank_file_queries.find_picture(asking, version_id, name, as_learner=not asking.has(*AUTHORS))
    if found is None or found.file.media_type not in PICTURE_TYPES:
        abort(404)
    # Browsers show an attachment inside a page, and run nothing of it when it is opened alone.
    response = answers.attachment(found.file)
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _found(question_id: int) -> tuple[Question, QuestionVersion]:
    refuse_keys()
    question = bank_queries.find_question(actor(), question_id) or abort(404)
    return question, bank_queries.newest_version(question)


def _try_sheet(version: QuestionVersion, answer: Answer) -> Sheet:
    """Lay a question out as in an attempt that nobody keeps."""
    question = parse_question(version.document)
    earned = None if answer is None else score(question, answer)
    response = Response(
        position=0, question_version=version, answer=answer, score=earned, max_points=question.points
    )
    attempt = Attempt(seed="try", shuffled=False)
    return attempt_sheets(
        attempt, [response], picture_url=lambda _response, name: version_picture_address(version, name)
    )[0]
