"""The page on which a learner answers, and what its script sends: answers, files, flags and the time."""

import datetime as dt
from collections.abc import Sequence

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assessments import extension_queries, operations, queries, rules
from sca_lms.assessments.answers import parse_answer
from sca_lms.assessments.attempt_merge import WAS, changed_here, mark_of
from sca_lms.assessments.bank_pictures import picture_address
from sca_lms.assessments.forms import SentAnswers, read_answers
from sca_lms.assessments.models import Attempt, Response
from sca_lms.assessments.operations import AttemptOver, TimeIsUp
from sca_lms.assessments.question_types import FileAnswer
from sca_lms.assessments.rules import AttemptState
from sca_lms.assessments.sheets import Sheet, as_sent, asked_question, attempt_sheets
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import db, transaction
from sca_lms.uploads import operations as uploads
from sca_lms.uploads.answers import attachment
from sca_lms.uploads.content import ANYTHING, MEBIBYTE, Allowed
from sca_lms.uploads.storage import store
from sca_lms.web.formats import moment
from sca_lms.web.incoming import takes_files

PLACE = "/courses/<int:course_id>/quizzes/<int:quiz_id>"
ATTEMPT = f"{PLACE}/attempts/<int:attempt_id>"
LARGEST_FILE = 20 * MEBIBYTE

bp = Blueprint("attempts", __name__, template_folder="templates")


@bp.route(ATTEMPT, methods=["GET", "POST"])
@allow(Role.LEARNER)
@takes_files(LARGEST_FILE)
def page(course_id: int, quiz_id: int, attempt_id: int) -> ResponseReturnValue:
    """Show all questions on one page, save what is sent, and hand in."""
    found, at = own_attempt(quiz_id, attempt_id), clock.now()
    to_review = redirect(review_address(found))
    if found.state is not AttemptState.IN_PROGRESS:
        return to_review
    responses = queries.responses_of(found)
    sheets = sheets_of(found, responses)
    if request.method == "GET":
        return _attempt_page(found, responses, sheets, at=at)
    action = request.form.get("action", "save")
    try:
        with transaction():
            sent = _read(sheets, at=at)
            changed = changed_here(sent.answers, request.form, request.files)
            responses = operations.save_answers(found, changed, at=at)
            # What another window saved meanwhile stands here too.
            sheets = _with_faults(sheets_of(found, responses), sent.faulty)
            _toggle_flag(found, responses, at=at)
            handed_in = _is_handed_in(found, action, sheets, at=at)
            if handed_in:
                operations.submit(found, at=at)
    except (AttemptOver, TimeIsUp):
        return to_review
    if handed_in:
        return to_review
    if not sent.faulty and action != "submit":
        return redirect(_back_to(found, action))
    return _attempt_page(found, responses, sheets, at=at, asked_to_submit=not sent.faulty)


@bp.post(f"{ATTEMPT}/answers/<int:position>")
@allow(Role.LEARNER)
@takes_files(LARGEST_FILE)
def answer(course_id: int, quiz_id: int, attempt_id: int, position: int) -> ResponseReturnValue:
    """Save the answer to one question for the page's script; a file comes with it and is stored at once."""
    found, at = own_attempt(quiz_id, attempt_id), clock.now()
    asked = queries.response_at(found, position) or abort(404)
    if found.state is not AttemptState.IN_PROGRESS:
        return _over(found, _("This attempt has already been submitted; its answers cannot change any more."))
    try:
        # Of all requests these come most often: whatever can be done before the database's turn is.
        sheets = sheets_of(found, [asked])
        with transaction(rows_survive=False):
            sent = _read(sheets, at=at)
            if position in sent.answers:
                operations.save_answer(found, asked, sent.answers[position], at=at)
    except (AttemptOver, TimeIsUp) as refusal:
        return _over(found, str(refusal))
    if sent.faulty:
        return jsonify(message=sent.faulty[0].error), 422
    return jsonify(
        saved_at=moment(at, "time"),
        answered=queries.answered_count(found),
        was=mark_of(parse_answer(sheets[0].question, asked.answer)),
        file=sheets_of(found, [asked])[0].file_link,
        seconds_left=rules.seconds_left(found.deadline_at, at=at),
    )


@bp.post(f"{ATTEMPT}/flags/<int:position>")
@allow(Role.LEARNER)
def flag(course_id: int, quiz_id: int, attempt_id: int, position: int) -> ResponseReturnValue:
    """Keep for the page's script whether the learner wants to look at a question again."""
    found, at = own_attempt(quiz_id, attempt_id), clock.now()
    if all(response.position != position for response in queries.responses_of(found)):
        abort(404)
    try:
        with transaction():
            operations.flag(found, position, flagged=request.form.get("on") == "1", at=at)
    except (AttemptOver, TimeIsUp) as refusal:
        return _over(found, str(refusal))
    return jsonify(seconds_left=rules.seconds_left(found.deadline_at, at=at))


@bp.get(f"{ATTEMPT}/time")
@allow(Role.LEARNER)
def time_left(course_id: int, quiz_id: int, attempt_id: int) -> ResponseReturnValue:
    """Tell the page's script how long there is still; staff may have given more meanwhile."""
    found = own_attempt(quiz_id, attempt_id)
    if found.state is not AttemptState.IN_PROGRESS:
        return _over(found, _("This attempt has already been submitted; its answers cannot change any more."))
    return jsonify(seconds_left=rules.seconds_left(found.deadline_at, at=clock.now()))


@bp.get(f"{ATTEMPT}/files/<int:position>")
@allow(Role.LEARNER, *STAFF)
def file(course_id: int, quiz_id: int, attempt_id: int, position: int) -> ResponseReturnValue:
    """Hand out the file that was given as an answer: to its learner, and to those who teach."""
    find = queries.find_attempt if actor().has(*STAFF) else queries.find_own_attempt
    found = find(actor(), quiz_id, attempt_id) or abort(404)
    return attachment(queries.stored_file(found, position) or abort(404))


# ---------------------------------------------------------------- what several pages need


def own_attempt(quiz_id: int, attempt_id: int) -> Attempt:
    """Return an attempt of the actor's own, handed in if its time is over; of others there is none."""
    found = queries.find_own_attempt(actor(), quiz_id, attempt_id) or abort(404)
    settle([found], at=clock.now())
    return found


def settle(attempts: Sequence[Attempt], *, at: dt.datetime) -> None:
    """Hand in what is overdue, in a transaction of its own; most pages find nothing and write nothing."""
    if any(operations.is_overdue(attempt, at=at) for attempt in attempts):
        with transaction():
            operations.settle(attempts, at=at)


def sheets_of(attempt: Attempt, responses: Sequence[Response]) -> list[Sheet]:
    """Lay an attempt out with the addresses of its pictures and files."""
    place_of = {response.answer: response.position for response in responses if _is_file(response)}

    def file_address(stored_id: int) -> str:
        return url_for(
            "attempts.file",
            course_id=actor().course_id,
            quiz_id=attempt.quiz_id,
            attempt_id=attempt.id,
            position=place_of[stored_id],
        )

    return attempt_sheets(attempt, responses, picture_url=picture_address, file_url=file_address)


def _is_file(response: Response) -> bool:
    return isinstance(response.answer, int) and response.question_version.document.get("type") == "file"


def _read(sheets: Sequence[Sheet], *, at: dt.datetime) -> SentAnswers:
    """Read what was sent; files are stored, and one that is refused is told beside its question."""
    uploaded: dict[int, int] = {}
    refused: dict[int, str] = {}
    for sheet in sheets:
        source = request.files.get(sheet.name)
        if not isinstance(sheet.question, FileAnswer) or source is None or not source.filename:
            continue
        allowed = Allowed(frozenset(sheet.question.endings) & ANYTHING, LARGEST_FILE)
        try:
            with db.session.begin_nested():
                uploaded[sheet.position] = uploads.take(
                    current_course(), source.filename, source.stream, allowed=allowed, place=store(),
                    scanners=current_app.extensions.get(uploads.SCANNERS, ()), person_id=actor().person_id,
                    at=at,
                ).id  # fmt: skip
        except uploads.FileRefused as refusal:
            refused[sheet.position] = str(refusal)
    sent = read_answers(sheets, request.form, uploaded)
    as_left = [
        as_sent(sheet, sheet.sent, refused[sheet.position]) if sheet.position in refused else sheet
        for sheet in sent.sheets
    ]
    return SentAnswers(sent.answers, as_left)


def review_address(attempt: Attempt) -> str:
    """Return the address of the page on which a learner sees how an attempt went."""
    return url_for(
        "assessments.review",
        course_id=actor().course_id,
        quiz_id=attempt.quiz_id,
        attempt_id=attempt.id,
    )


def _over(attempt: Attempt, message: str) -> ResponseReturnValue:
    return jsonify(message=message, next=review_address(attempt)), 409


def _toggle_flag(attempt: Attempt, responses: Sequence[Response], *, at: dt.datetime) -> None:
    """Turn the flag of the question whose flag button sent the form."""
    action = request.form.get("action", "")
    for response in responses:
        if action == f"flag-{response.position}":
            operations.flag(attempt, response.position, flagged=not response.flagged, at=at)


def _back_to(attempt: Attempt, action: str) -> str:
    kind, _dash, position = action.partition("-")
    if action == "save":
        flash(_("Your answers are saved."))
    return url_for(
        "attempts.page",
        course_id=actor().course_id,
        quiz_id=attempt.quiz_id,
        attempt_id=attempt.id,
        _anchor=f"q{int(position) + 1}" if kind == "flag" and position.isdecimal() else None,
    )


def _with_faults(sheets: Sequence[Sheet], faulty: Sequence[Sheet]) -> list[Sheet]:
    """Show what cannot be taken as it was sent, and everything else as it is stored."""
    refused = {sheet.position: sheet for sheet in faulty}
    return [refused.get(sheet.position, sheet) for sheet in sheets]


def _incomplete(sheets: Sequence[Sheet]) -> list[int]:
    return [sheet.number for sheet in sheets if not sheet.complete]


def _is_handed_in(attempt: Attempt, action: str, sheets: Sequence[Sheet], *, at: dt.datetime) -> bool:
    """Tell whether the attempt ends here; when time is up it does, whatever is missing or wrong.

    Staff may have given more time since the page was drawn, so the page's word for it is not enough.
    """
    if action == "time-up":
        return rules.seconds_left(attempt.deadline_at, at=at) == 0
    if any(sheet.error for sheet in sheets):
        return False
    return action == "submit-anyway" or (action == "submit" and not _incomplete(sheets))


def _attempt_page(
    found: Attempt,
    responses: Sequence[Response],
    sheets: Sequence[Sheet],
    *,
    at: dt.datetime,
    asked_to_submit: bool = False,
) -> ResponseReturnValue:
    own = extension_queries.own_terms(found.quiz_id, found.enrolment_id)
    return render_template(
        "assessments/attempt.html",
        quiz=found.quiz,
        attempt=found,
        own=own,
        allowed=None
        if found.quiz.attempts_allowed is None
        else found.quiz.attempts_allowed + own.extra_attempts,
        sheets=sheets,
        was={each.position: mark_of(parse_answer(asked_question(each), each.answer)) for each in responses},
        was_name=WAS,
        flagged={response.position for response in responses if response.flagged},
        answered=sum(sheet.complete for sheet in sheets),
        missing=_incomplete(sheets) if asked_to_submit else [],
        faulty=[sheet for sheet in sheets if sheet.error],
        seconds_left=rules.seconds_left(found.deadline_at, at=at),
    )
