"""The grader: one work at a time, its judgement beside it, and nothing typed is ever lost."""

import datetime as dt
from dataclasses import replace

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assessments.bank_pictures import picture_address
from sca_lms.assessments.sheets import attempt_sheets
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.queries import learns_elsewhere
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.marking import annotating, forms, operations, queries
from sca_lms.marking.desk import Desk, criterion_line, desk
from sca_lms.marking.models import Mark, MarkDraft
from sca_lms.marking.rules import Judgement, MarkPart
from sca_lms.marking.subjects import Subject, judgement_of
from sca_lms.marking.words import file_name, who
from sca_lms.uploads import answers
from sca_lms.uploads import operations as uploads
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import store
from sca_lms.web.formats import moment
from sca_lms.web.incoming import takes_files

PREFIX = "/courses/<int:course_id>/marking/<any(works,attempts):subject>/<int:subject_id>"
bp = Blueprint("marking_grader", __name__, template_folder="templates", url_prefix=PREFIX)
LARGEST_FEEDBACK = forms.FEEDBACK.largest * forms.MOST_FEEDBACK_FILES


@bp.get("")
@allow(*STAFF)
def page(course_id: int, subject: str, subject_id: int) -> ResponseReturnValue:
    """Show one work and what this person thinks of it so far."""
    found = _subject(subject, subject_id)
    if operations.may_agree(found, actor()) or _is_agreed(found):
        return redirect(_address(found, "agree"))
    return _desk_page(_desk(found, _part(found)))


@bp.post("")
@allow(*STAFF)
@takes_files(LARGEST_FEEDBACK)
def save(course_id: int, subject: str, subject_id: int) -> ResponseReturnValue:
    """Save the judgement as a mark, and go on to the next work when asked to."""
    found = _subject(subject, subject_id)
    return _save(found, _part(found), agrees=False)


@bp.get("/agree")
@allow(*STAFF)
def agree(course_id: int, subject: str, subject_id: int) -> ResponseReturnValue:
    """Show both marks side by side, what differs first, and let one mark be agreed."""
    found = _subject(subject, subject_id)
    _refuse_unless_agreeing(found)
    shown = _desk(found, MarkPart.AGREED)
    if shown.mark is None and shown.draft is None:
        first = queries.mark_of(found, MarkPart.FIRST)
        shown = replace(shown, judgement=_common(found) if first else Judgement())
    return _desk_page(shown)


@bp.post("/agree")
@allow(*STAFF)
@takes_files(LARGEST_FEEDBACK)
def save_agreed(course_id: int, subject: str, subject_id: int) -> ResponseReturnValue:
    """Save the mark that counts where two have marked."""
    found = _subject(subject, subject_id)
    _refuse_unless_agreeing(found)
    return _save(found, MarkPart.AGREED, agrees=True)


@bp.post("/draft")
@allow(*STAFF)
def keep(course_id: int, subject: str, subject_id: int) -> ResponseReturnValue:
    """Keep what is typed for the page's script, a second after it was typed."""
    found, at = _subject(subject, subject_id), clock.now()
    sent = forms.read_sent(found, request.form)
    try:
        with transaction():
            version = operations.keep_draft(
                found, sent.judgement, person_id=_me(), based_on=sent.row_version, at=at,
                seen=sent.draft_version,
            )  # fmt: skip
    except Refused as refusal:
        return jsonify(message=str(refusal), moved=isinstance(refusal, operations.DraftMoved)), 409
    return jsonify(saved_at=moment(at, "time"), missing=found.missing(sent.judgement), draft_version=version)


@bp.post("/draft/compare")
@allow(*STAFF)
def compare(course_id: int, subject: str, subject_id: int) -> ResponseReturnValue:
    """Show what this window holds beside what the same marker typed in another one."""
    found = _subject(subject, subject_id)
    sent = forms.read_sent(found, request.form)
    agrees = request.form.get("view") == "agree" and operations.may_agree(found, actor())
    part = MarkPart.AGREED if agrees else operations.part_for(found, _me())
    if part is None:
        abort(403)
    return _two_windows(found, part, sent, "agree" if agrees else "page")


@bp.post("/draft/discard")
@allow(*STAFF)
def discard(course_id: int, subject: str, subject_id: int) -> ResponseReturnValue:
    """Forget what was typed and not saved."""
    found = _subject(subject, subject_id)
    with transaction():
        operations.discard_draft(found, person_id=_me())
    flash(_("The draft was discarded."))
    return redirect(_address(found))


@bp.get("/files/<int:file_id>")
@allow(*STAFF)
def file(course_id: int, subject: str, subject_id: int, file_id: int) -> ResponseReturnValue:
    """Hand out a file of the work; while names are hidden the file's own name is, too."""
    found = _subject(subject, subject_id, reading=True)
    stored = queries.find_file(found, file_id) or _feedback_file(found, file_id) or abort(404)
    if not found.is_hidden:
        return answers.attachment(stored)
    nameless = StoredFile(
        key=stored.key, name=file_name(found, stored), size=stored.size, media_type=stored.media_type
    )
    return answers.attachment(nameless)


@bp.post("/annotations")
@allow(*STAFF)
def annotate(course_id: int, subject: str, subject_id: int) -> ResponseReturnValue:
    """Comment on a passage of the text or on a place of a page; the page's script sends the place."""
    found = _subject(subject, subject_id)
    if found.submission is None:
        abort(404)
    form = forms.NoteForm(request.form)
    if not form.validate():
        flash(_("Write the comment, then send it."), "alert")
        return redirect(_address(found))
    place = forms.read_place(request.form)
    if place.file_id is None and place.starts is None:
        starts, ends = annotating.passage(found.submission.text, form.quote.data or "") or (None, None)
        place = replace(place, starts=starts, ends=ends)
    try:
        with transaction():
            annotating.annotate(
                found.submission, place, form.text.data or "", author_id=_me(), at=clock.now()
            )  # fmt: skip
    except Refused as refusal:
        flash(str(refusal), "alert")
    return redirect(_address(found) + "#notes")


@bp.post("/annotations/<int:annotation_id>/delete")
@allow(*STAFF)
def take_back(course_id: int, subject: str, subject_id: int, annotation_id: int) -> ResponseReturnValue:
    """Take one's own comment on a place back; one that is gone already is fine."""
    found = _subject(subject, subject_id)
    if found.submission is None:
        abort(404)
    mine = annotating.find_annotation([found.submission.id], annotation_id, _me())
    if mine is not None:
        with transaction():
            annotating.forget(mine)
    return redirect(_address(found) + "#notes")


# ---------------------------------------------------------------- what several views need


def _subject(kind: str, subject_id: int, *, reading: bool = False) -> Subject:
    found = queries.find_subject(actor(), kind, subject_id) or abort(404)
    if not reading and queries.is_own(found, actor().person_id):
        abort(403, description=_l("Nobody marks their own work. Ask another instructor."))
    if found.attempt is not None and learns_elsewhere(actor(), current_course()):
        reason = _l("You learn in this programme in another course, so its questions are not marked by you.")
        abort(403, description=reason)
    return found


def _me() -> int:
    return actor().person_id or abort(403)


def _part(found: Subject) -> MarkPart:
    part = operations.part_for(found, _me())
    if part is None:
        abort(403, description=_l("Two others mark this work."))
    return part


def _is_agreed(found: Subject) -> bool:
    return queries.mark_of(found, MarkPart.AGREED) is not None


def _refuse_unless_agreeing(found: Subject) -> None:
    if not operations.may_agree(found, actor()):
        abort(403, description=_l("A mark is agreed by one of the two markers once both have marked."))


def _address(found: Subject, view: str = "page") -> str:
    return url_for(
        f".{view}", course_id=found.course_id, subject=found.kind.value, subject_id=found.id
    )  # fmt: skip


def _desk(found: Subject, part: MarkPart) -> Desk:
    mark = queries.mark_of(found, part)
    return desk(
        found, actor(), part,
        needs_reason=mark is not None and queries.is_effective(mark.release, at=clock.now()),
        version=forms.whole_number(request.args.get("version")),
        with_others=part is MarkPart.AGREED,
    )  # fmt: skip


def _desk_page(shown: Desk) -> str:
    found = shown.subject
    others = [
        (each, judgement_of(each)) for each in found.marks if each.part is not MarkPart.AGREED
    ] if shown.part is MarkPart.AGREED else []  # fmt: skip
    sheets = attempt_sheets(
        found.attempt, found.responses, picture_url=picture_address,
        file_url=lambda file_id: url_for(
            ".file", course_id=found.course_id, subject=found.kind.value, subject_id=found.id, file_id=file_id
        ),
    ) if found.attempt else []  # fmt: skip
    return render_template(
        "marking/grader.html", desk=shown, subject=found, sheets=sheets, others=others,
        who=who(found), file_name=file_name, forms=forms, me=_me(), part=MarkPart,
        hands={hand.position: hand for hand in found.hands},
    )  # fmt: skip


def _save(found: Subject, part: MarkPart, *, agrees: bool) -> ResponseReturnValue:
    sent, at = forms.read_sent(found, request.form), clock.now()
    view = "agree" if agrees else "page"
    if sent.faults:
        if _other_window_typed(found, sent):
            return _two_windows(found, part, sent, view)
        _keep_what_was_typed(found, sent, at=at)
        shown = replace(_desk(found, part), faults=sent.faults, typed=sent.typed, reason=sent.reason)
        return _desk_page(shown), 400
    try:
        with transaction():
            if sent.draft_version is not None:
                operations.refuse_other_draft(found, sent.judgement, person_id=_me(), seen=sent.draft_version)
            mark = operations.save(
                found, sent.judgement, by=actor(), seen_version=sent.row_version,
                submission_id=sent.submission_id, at=at, reason=sent.reason, agrees=agrees,
            )  # fmt: skip
            _give_back(mark, at=at)
    except operations.DraftMoved:
        return _two_windows(found, part, sent, view)
    except operations.MarkChanged:
        _keep_what_was_typed(found, sent, at=at)
        return _conflict_page(_subject(found.kind, found.id), part, sent, view)
    except (Refused, uploads.FileRefused) as refusal:
        _keep_what_was_typed(found, sent, at=at)
        field = "reason" if isinstance(refusal, operations.ReasonMissing) else "form"
        fresh = _desk(_subject(found.kind, found.id), part)
        return _desk_page(replace(fresh, faults={field: str(refusal)}, reason=sent.reason)), 409
    return _after_saving(found, mark, view)


def _other_window_typed(found: Subject, sent: forms.Sent) -> bool:
    """Tell whether the marker typed something else in another window, which must not be overwritten."""
    if sent.draft_version is None:
        return False
    try:
        operations.refuse_other_draft(found, sent.judgement, person_id=_me(), seen=sent.draft_version)
    except operations.DraftMoved:
        return True
    return False


def _after_saving(found: Subject, mark: Mark, view: str) -> ResponseReturnValue:
    if request.form.get("action") != "next":
        draft = _("Saved as a draft: it has no score until everything is marked.")
        flash(draft if mark.points is None else _("The mark is saved."))
        return redirect(_address(found, view))
    return redirect(
        url_for(
            "marking.next_one",
            course_id=found.course_id,
            assignment=found.assignment.id if found.assignment else None,
            quiz=found.attempt.quiz_id if found.attempt else None,
            after=found.id,
        )
    )


def _keep_what_was_typed(found: Subject, sent: forms.Sent, *, at: dt.datetime) -> None:
    with transaction():
        operations.keep_draft(found, sent.judgement, person_id=_me(), based_on=sent.row_version, at=at)


def _conflict_page(found: Subject, part: MarkPart, sent: forms.Sent, view: str) -> ResponseReturnValue:
    theirs = queries.mark_of(found, part) or abort(404)
    return _both(found, sent, view, judgement_of(theirs), theirs=theirs, row_version=theirs.row_version)


def _two_windows(found: Subject, part: MarkPart, sent: forms.Sent, view: str) -> ResponseReturnValue:
    draft = queries.draft_of(found, _me())
    if draft is None:
        # The other window has saved or discarded it meanwhile; what this one holds becomes the draft.
        _keep_what_was_typed(found, sent, at=clock.now())
        return redirect(_address(found, view), 303)
    mark = queries.mark_of(found, part)
    version = mark.row_version if mark is not None else 0
    return _both(found, sent, view, Judgement.of(draft.document), draft=draft, row_version=version)


def _both(
    found: Subject,
    sent: forms.Sent,
    view: str,
    other: Judgement,
    *,
    row_version: int,
    theirs: Mark | None = None,
    draft: MarkDraft | None = None,
) -> ResponseReturnValue:
    rubric, mine = found.rubric, sent.judgement
    return (
        render_template(
            "marking/conflict.html", subject=found, theirs=theirs, draft=draft, row_version=row_version,
            mine=mine, other=other, view=view,
            who=who(found), reason=sent.reason, address=_address(found, view),
            criteria=[
                (criterion_line(each, mine), criterion_line(each, other)) for each in rubric.criteria
            ] if rubric else [],
        ),
        409,
    )  # fmt: skip


def _give_back(mark: Mark, *, at: dt.datetime) -> None:
    """Take the files in that are given back with the mark, and drop those that were unticked."""
    sent = [each for each in request.files.getlist("feedback") if each.filename]
    stored = [
        uploads.take(
            current_course(), each.filename or "", each.stream, allowed=forms.FEEDBACK, place=store(),
            scanners=current_app.extensions.get(uploads.SCANNERS, ()), person_id=_me(), at=at,
        )
        for each in sent[: forms.MOST_FEEDBACK_FILES]
    ]  # fmt: skip
    dropped = [
        number for text in request.form.getlist("drop") if (number := forms.whole_number(text)) is not None
    ]
    operations.give_back(mark, stored, without=dropped)


def _feedback_file(found: Subject, file_id: int) -> StoredFile | None:
    """Find a file that a marker gives back; the other marker's only once both have marked."""
    open_to_both = not found.two_markers or operations.may_agree(found, actor())
    marks = [mark.id for mark in found.marks if open_to_both or mark.marker_id == actor().person_id]
    files = queries.feedback_files(marks)
    return next((each for stored in files.values() for each in stored if each.id == file_id), None)


def _common(found: Subject) -> Judgement:
    """Return what both markers agree on already, so that only differences are left to decide."""
    marks = [each for each in found.marks if each.part is not MarkPart.AGREED]
    first, second = (
        judgement_of(each) for each in sorted(marks, key=lambda mark: mark.part is MarkPart.SECOND)
    )
    levels = {code: value for code, value in first.levels.items() if second.levels.get(code) == value}
    points = first.points if first.points == second.points else None
    both = "\n\n".join(filter(None, (first.comment, second.comment)))
    return Judgement(levels=levels, points=points, comment=both)
