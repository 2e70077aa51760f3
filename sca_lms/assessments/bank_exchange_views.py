"""Pages on which files of questions come into the bank and leave it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assessments import bank_file_queries, bank_import, bank_queries
from sca_lms.assessments.bank_access import AUTHORS, refuse_keys
from sca_lms.assessments.bank_csv import lost_in_csv, write_csv
from sca_lms.assessments.bank_import import Plan, Step
from sca_lms.assessments.bank_labels import KINDS
from sca_lms.assessments.bank_views import address_of, read_wish
from sca_lms.assessments.bank_words import tidy_path
from sca_lms.assessments.formats.bank import AttachedFile, Bank, BankQuestion, Loss
from sca_lms.assessments.formats.csv_rows import write_template
from sca_lms.assessments.formats.gift_writing import lost_in_gift, write_gift
from sca_lms.assessments.formats.moodle_xml_writing import lost_in_moodle_xml, write_moodle_xml
from sca_lms.assessments.formats.reading import LARGEST_BANK_BYTES, read_bank
from sca_lms.assessments.models import QuestionAttachment, QuestionImport
from sca_lms.assessments.question_types import parse_question
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.database import transaction
from sca_lms.errors import Refused, Text
from sca_lms.uploads.operations import SCANNERS
from sca_lms.uploads.storage import store
from sca_lms.web.exports import attachment
from sca_lms.web.incoming import takes_files
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset, page_number

bp = Blueprint(
    "bank_exchange", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/questions"
)
USUAL_SHELF = "Imported"
MOST_EXPORTED = 5000
MOST_PICTURE_BYTES = 50 * 1024 * 1024
MOST_LOSSES = 50


@dataclass(frozen=True, slots=True)
class Writer:
    """A format in which questions leave the bank."""

    label: Text
    ending: str
    content_type: str
    write: Callable[[Sequence[BankQuestion]], bytes]
    losses: Callable[[Sequence[BankQuestion]], tuple[Loss, ...]]
    carries_pictures: bool = False


def _gift(questions: Sequence[BankQuestion]) -> bytes:
    return write_gift(questions).encode()


WRITERS: Mapping[str, Writer] = {
    "moodle-xml": Writer(
        _l("Moodle XML"),
        "xml",
        "application/xml",
        write_moodle_xml,
        lost_in_moodle_xml,
        carries_pictures=True,
    ),
    "gift": Writer(_l("GIFT"), "txt", "text/plain; charset=utf-8", _gift, lost_in_gift),
    "csv": Writer(_l("CSV"), "csv", "text/csv; charset=utf-8", write_csv, lost_in_csv),
}


@bp.context_processor
def _words() -> dict[str, object]:
    return {"KINDS": KINDS, "Step": Step}


# ---------------------------------------------------------------- in


@bp.route("/import", methods=["GET", "POST"])
@allow(*AUTHORS)
@takes_files(LARGEST_BANK_BYTES)
def imports(course_id: int) -> ResponseReturnValue:
    """Take a file to be checked; nothing is stored in the bank yet."""
    refuse_keys()
    error = None
    if request.method == "POST":
        file = request.files.get("file")
        content = file.stream.read(LARGEST_BANK_BYTES + 1) if file is not None and file.filename else b""
        if not content:
            error = _("Choose a file that is not empty.")
        elif len(content) > LARGEST_BANK_BYTES:
            error = _("The file is larger than 50 MB.")
        else:
            return _receive(course_id, str(file.filename) if file else "", content)
    page = render_template(
        "assessments/bank/import.html",
        course_id=course_id,
        shelf=tidy_path(request.args.get("shelf", "").replace("\0", "")),
        imports=bank_file_queries.imports_of(course_id),
        error=error,
    )
    return (page, 400) if error else page


@bp.get("/import/template")
@allow(*AUTHORS)
def template(course_id: int) -> ResponseReturnValue:
    """Hand out a CSV file to fill in."""
    return attachment(write_template(), "text/csv; charset=utf-8", _("questions"), "csv")


@bp.route("/import/<int:import_id>", methods=["GET", "POST"])
@allow(*AUTHORS)
def checked(course_id: int, import_id: int) -> ResponseReturnValue:
    """Show what a file would bring and what is wrong with it, and store all of that or nothing."""
    refuse_keys()
    received = bank_file_queries.find_import(actor(), import_id) or abort(404)
    if received.stored_at is not None:
        return redirect(url_for(".imports", course_id=course_id))
    bank = _read(received)
    asked = request.form if request.method == "POST" else request.args
    shelf = tidy_path(asked.get("shelf", USUAL_SHELF).replace("\0", ""))
    keep = asked.get("keep") == "1"
    planned = bank_import.plan(current_course(), bank, shelf=shelf, keep_shelves=keep)
    if request.method == "POST" and asked.get("do") == "store":
        stored = _store(received, bank, planned, shelf=shelf, partly=asked.get("partly") == "1")
        if stored is not None:
            return stored
    return _plan_page(received, bank, planned, shelf=shelf, keep=keep)


@bp.post("/import/<int:import_id>/undo")
@allow(*AUTHORS)
def undo(course_id: int, import_id: int) -> ResponseReturnValue:
    """Take an import back while nothing of it is in use."""
    refuse_keys()
    received = bank_file_queries.find_import(actor(), import_id) or abort(404)
    try:
        with transaction():
            bank_import.undo(current_course(), received, by=actor().person_id, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(_("The import is undone."))
    return redirect(url_for(".imports", course_id=course_id))


def _receive(course_id: int, name: str, content: bytes) -> ResponseReturnValue:
    at = clock.now()
    scanners = current_app.extensions.get(SCANNERS, ())
    try:
        with transaction():
            old = bank_import.forget_old(current_course(), at=at)
            received = bank_import.receive(
                current_course(), name, content, place=store(), scanners=scanners,
                by=actor().person_id, at=at,
            )  # fmt: skip
    except Refused as refusal:
        flash(str(refusal), "alert")
        return redirect(url_for(".imports", course_id=course_id))
    for key in old:
        store().forget(key)
    shelf = tidy_path(request.form.get("shelf", "").replace("\0", "")) or USUAL_SHELF
    keep = "1" if request.form.get("keep") == "1" else None
    return redirect(
        url_for(".checked", course_id=course_id, import_id=received.id, shelf=shelf[:300], keep=keep)
    )


def _read(received: QuestionImport) -> Bank:
    opened = store().open(received.file.key)
    if opened is None:
        abort(404)
    with opened:
        return read_bank(received.file.name, opened.read())


def _store(
    received: QuestionImport, bank: Bank, planned: Plan, *, shelf: str, partly: bool
) -> ResponseReturnValue | None:
    if not planned.rows or (bank.faults and not partly):
        flash(_("Nothing was stored: the file has mistakes."), "alert")
        return None
    try:
        with transaction():
            bank_import.take_in(
                current_course(), received, planned, shelf=shelf, place=store(),
                by=actor().person_id, at=clock.now(),
            )  # fmt: skip
    except Refused as refusal:
        flash(str(refusal), "alert")
        return None
    count = received.added + received.changed
    flash(ngettext("%(num)s question stored.", "%(num)s questions stored.", count))
    return redirect(url_for(".imports", course_id=received.course_id))


def _plan_page(
    received: QuestionImport, bank: Bank, planned: Plan, *, shelf: str, keep: bool
) -> ResponseReturnValue:
    step = request.args.get("step", "")
    rows = [row for row in planned.rows if step not in set(Step) or row.step == step]
    number = fitting(page_number(request.args), size=PAGE_SIZE, total=len(rows))
    start = offset(number, size=PAGE_SIZE)
    return render_template(
        "assessments/bank/checked.html",
        course_id=received.course_id,
        received=received,
        bank=bank,
        plan=planned,
        shelf=shelf,
        keep=keep,
        step=step,
        shelves=bank_queries.shelves_of(received.course_id),
        page=Page(rows[start : start + PAGE_SIZE], number, PAGE_SIZE, len(rows)),
    )


# ---------------------------------------------------------------- out


@bp.get("/export")
@allow(*AUTHORS)
def export(course_id: int) -> ResponseReturnValue:
    """Say which questions would leave, and what each format cannot carry of them."""
    refuse_keys()
    wish = read_wish(request.args)
    count = bank_queries.count_found(course_id, wish)
    if count > MOST_EXPORTED:
        return render_template(
            "assessments/bank/export.html",
            course_id=course_id, wish=wish, asked=address_of(wish), count=count,
            most=MOST_EXPORTED, formats=[],
        )  # fmt: skip
    leaving = _leaving(course_id, with_content=False)
    formats = []
    for name, writer in WRITERS.items():
        losses = writer.losses(leaving)
        formats.append((name, writer.label, losses[:MOST_LOSSES], len(losses)))
    return render_template(
        "assessments/bank/export.html",
        course_id=course_id, wish=wish, asked=address_of(wish), count=count,
        most=MOST_EXPORTED, formats=formats,
    )  # fmt: skip


@bp.get("/export/<bank_format>")
@allow(*AUTHORS)
def download(course_id: int, bank_format: str) -> ResponseReturnValue:
    """Hand out the questions that a search finds as a file."""
    refuse_keys()
    writer = WRITERS.get(bank_format) or abort(404)
    if bank_queries.count_found(course_id, read_wish(request.args)) > MOST_EXPORTED:
        return redirect(url_for(".export", course_id=course_id))
    leaving = _leaving(course_id, with_content=writer.carries_pictures)
    return attachment(writer.write(leaving), writer.content_type, _("questions"), writer.ending)


def _leaving(course_id: int, *, with_content: bool) -> list[BankQuestion]:
    """Return the questions found; the content of pictures is read only up to a bearable sum."""
    found = list(bank_queries.questions_found(course_id, read_wish(request.args)))
    pictures = bank_file_queries.attachments_of_all([version.id for _question, version in found])
    left, leaving = MOST_PICTURE_BYTES, []
    for question, version in found:
        files = []
        for row in pictures.get(version.id, ()):
            left -= row.file.size if with_content else 0
            content = _content(row) if with_content and left >= 0 else b""
            if content or not with_content:
                files.append(AttachedFile(row.name, row.file.media_type, row.file.sha256, content))
        asked = parse_question(version.document)
        leaving.append(
            BankQuestion(question.code, question.category.path, tuple(question.tags), asked, tuple(files))
        )
    return leaving


def _content(row: QuestionAttachment) -> bytes:
    opened = store().open(row.file.key)
    if opened is None:
        return b""
    with opened:
        return opened.read()
