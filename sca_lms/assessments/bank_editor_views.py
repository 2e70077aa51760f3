"""The form of a question: of two who change one, the second is shown what the first one did."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assessments import bank_file_queries, bank_operations, bank_queries
from sca_lms.assessments.bank_access import AUTHORS, refuse_keys
from sca_lms.assessments.bank_differences import Change, differences
from sca_lms.assessments.bank_draft import CHOICES, Draft, blank, change_rows, draft_of, read_draft
from sca_lms.assessments.bank_forms import Placed, check
from sca_lms.assessments.bank_labels import FIELDS, HINTS, KINDS, PARTS
from sca_lms.assessments.bank_operations import ChangedMeanwhile, CodeTaken, Content
from sca_lms.assessments.bank_pictures import (
    MOST_PICTURES,
    PICTURES,
    take_pictures,
    version_picture_address,
)
from sca_lms.assessments.bank_words import tidy_path
from sca_lms.assessments.models import Question, QuestionVersion
from sca_lms.assessments.question_types import document_of, parse_question
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.operations import FileRefused
from sca_lms.web.incoming import takes_files

bp = Blueprint(
    "bank_editor", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/questions"
)


@bp.context_processor
def _words() -> dict[str, object]:
    return {"KINDS": KINDS, "HINTS": HINTS, "FIELDS": FIELDS, "PARTS": PARTS, "CHOICES": CHOICES}


@bp.route("/new/<question_kind>", methods=["GET", "POST"])
@allow(*AUTHORS)
@takes_files(PICTURES.largest * MOST_PICTURES)
def new(course_id: int, question_kind: str) -> ResponseReturnValue:
    """Write a new question of one kind."""
    refuse_keys()
    if question_kind not in KINDS:
        abort(404)
    if request.method == "GET":
        shelf = tidy_path(request.args.get("shelf", "").replace("\0", ""))
        return _form(blank(question_kind, shelf=shelf, code=""), None)
    draft = read_draft(question_kind, request.form)
    if change_rows(draft, request.form.get("row", "")):
        return _form(draft, None)
    return _try_to_save(draft, None)


@bp.route("/<int:question_id>", methods=["GET", "POST"])
@allow(*AUTHORS)
@takes_files(PICTURES.largest * MOST_PICTURES)
def edit(course_id: int, question_id: int) -> ResponseReturnValue:
    """Change a question; attempts under way and handed in keep what they were asked."""
    refuse_keys()
    question = bank_queries.find_question(actor(), question_id) or abort(404)
    newest = bank_queries.newest_version(question)
    if request.method == "GET":
        return _form(_draft(question, newest), question, newest)
    draft = read_draft(newest.kind or str(newest.document["type"]), request.form)
    if change_rows(draft, request.form.get("row", "")):
        return _form(draft, question, newest)
    return _try_to_save(draft, question, newest)


def _draft(question: Question, newest: QuestionVersion) -> Draft:
    return draft_of(
        parse_question(newest.document),
        code=question.code,
        shelf=question.category.path,
        tags=question.tags,
        based_on=newest.number,
    )


def _try_to_save(
    draft: Draft, question: Question | None, newest: QuestionVersion | None = None
) -> ResponseReturnValue:
    """Store what was typed, or show it again with what is wrong."""
    kept = _kept_pictures(newest)
    changes: list[Change] | None = None
    saved_id: int | None = None
    try:
        with transaction():
            saved_id = _save(draft, question, newest, kept)
    except FileRefused as refusal:
        draft.refuse("pictures", refusal)
    except CodeTaken as refusal:
        draft.refuse("code", refusal)
    except ChangedMeanwhile as refusal:
        draft.refuse("", refusal)
        question, newest, changes = _with_changes(draft, question)
    except Refused as refusal:
        draft.refuse("shelf", refusal)
    if saved_id is None:
        return _form(draft, question, newest, changes=changes), 409 if changes is not None else 400
    flash(_("The question is saved."))
    target = "bank.try_out" if request.form.get("then") == "try" else ".edit"
    return redirect(url_for(target, course_id=actor().course_id, question_id=saved_id))


def _save(
    draft: Draft,
    question: Question | None,
    newest: QuestionVersion | None,
    kept: Mapping[str, StoredFile],
) -> int | None:
    """Store the question and return its number; None when the form is not right."""
    course, by, at = current_course(), actor().person_id, clock.now()
    files: Sequence[FileStorage] = request.files.getlist("pictures")[:MOST_PICTURES]
    known = {name: stored.media_type for name, stored in kept.items()}
    attachments: dict[str, object] = {
        name: {"media_type": known[name], "sha256": stored.sha256} for name, stored in kept.items()
    }
    if check(draft, attachments=attachments) is None:
        return None
    pictures = {**kept, **take_pictures(course, files, taken=kept, person_id=by, at=at)}
    attachments = {
        name: {"media_type": stored.media_type, "sha256": stored.sha256} for name, stored in pictures.items()
    }
    checked = check(draft, attachments=attachments)
    if checked is None:
        return None
    asked, placed = checked
    content = Content(document_of(asked), pictures)
    return _stored(draft, question, content, placed)


def _stored(draft: Draft, question: Question | None, content: Content, placed: Placed) -> int:
    course, by, at = current_course(), actor().person_id, clock.now()
    shelf = bank_operations.shelf_of(course.id, placed.shelf, at=at)
    if question is None:
        return bank_operations.add_question(
            course, shelf, placed.code, content, tags=placed.tags, by=by, at=at
        ).id
    bank_operations.save_question(
        course, question, content, based_on=draft.based_on,
        shelf=shelf, code=placed.code, tags=placed.tags, by=by, at=at,
    )  # fmt: skip
    return question.id


def _with_changes(
    draft: Draft, question: Question | None
) -> tuple[Question | None, QuestionVersion | None, list[Change]]:
    """Return the question as somebody else left it, with their changes; sending again is then a decision."""
    if question is None:
        return None, None, []
    found = bank_queries.find_question(actor(), question.id) or abort(404)
    versions = {version.number: version for version in bank_queries.versions_of(found)}
    newest = versions[max(versions)]
    based_on = versions.get(draft.based_on)
    draft.based_on = newest.number
    return found, newest, differences(based_on.document, newest.document) if based_on else []


def _kept_pictures(newest: QuestionVersion | None) -> dict[str, StoredFile]:
    removed = set(request.form.getlist("remove_picture"))
    if newest is None:
        return {}
    return {
        each.name: each.file for each in bank_file_queries.attachments_of(newest) if each.name not in removed
    }


def _form(
    draft: Draft,
    question: Question | None,
    newest: QuestionVersion | None = None,
    *,
    changes: list[Change] | None = None,
) -> str:
    course_id = actor().course_id
    pictures = bank_file_queries.attachments_of(newest) if newest is not None else []
    return render_template(
        "assessments/bank/edit.html",
        course_id=course_id,
        draft=draft,
        question=question,
        version=newest,
        uses=bank_queries.uses_of(question) if question is not None else None,
        shelves=bank_queries.shelves_of(course_id),
        pictures=[
            (each.name, version_picture_address(newest, each.name)) for each in pictures if newest is not None
        ],
        removed=set(request.form.getlist("remove_picture")),
        accept=PICTURES.accept,
        changes=changes,
    )
