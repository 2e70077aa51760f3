"""What staff do with attempts: open again, void, count again, hand in, and export the answers."""

from collections.abc import Iterator

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assessments import attempt_decisions as decisions
from sca_lms.assessments import queries, rules
from sca_lms.assessments.attempt_export import answer_in_words
from sca_lms.assessments.attempt_views import PLACE, settle
from sca_lms.assessments.bank_access import refuse_keys
from sca_lms.assessments.extension_forms import ReasonForm, ReopenForm
from sca_lms.assessments.models import Attempt, Quiz
from sca_lms.assessments.queries import Wanted
from sca_lms.assessments.sheets import attempt_sheets
from sca_lms.assessments.views import asked_of, find_quiz_or_404, result_page
from sca_lms.courses.access import actor, allow
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.web.exports import Cell, streamed_file
from sca_lms.web.formats import moment
from sca_lms.web.i18n import page_locale

bp = Blueprint("attempt_decisions", __name__, template_folder="templates")

RESULT = f"{PLACE}/results/<int:attempt_id>"


@bp.post(f"{RESULT}/reopen")
@allow(*STAFF)
def reopen(course_id: int, quiz_id: int, attempt_id: int) -> ResponseReturnValue:
    """Let the learner go on with an attempt for some minutes."""
    found, form, at = _decidable(quiz_id, attempt_id), ReopenForm(request.form), clock.now()
    if not form.validate():
        return result_page(found, reopening=form), 422
    try:
        with transaction():
            decisions.reopen(
                found,
                minutes=form.minutes.data or 0,
                reason=form.reason.data or "",
                by=actor().person_id,
                at=at,
            )
    except Refused as refusal:
        form.reject(refusal)
        return result_page(found, reopening=form), 409
    flash(_("The attempt is open again until %(time)s.", time=moment(found.deadline_at, "short")))
    return _back(found)


@bp.post(f"{RESULT}/void")
@allow(*STAFF)
def void(course_id: int, quiz_id: int, attempt_id: int) -> ResponseReturnValue:
    """Let an attempt not count."""
    return _decided(quiz_id, attempt_id, decisions.void, _("The attempt does not count any more."))


@bp.post(f"{RESULT}/count")
@allow(*STAFF)
def count(course_id: int, quiz_id: int, attempt_id: int) -> ResponseReturnValue:
    """Let an attempt count again."""
    return _decided(quiz_id, attempt_id, decisions.count_again, _("The attempt counts again."))


@bp.post(f"{RESULT}/submit")
@allow(*STAFF)
def submit(course_id: int, quiz_id: int, attempt_id: int) -> ResponseReturnValue:
    """Hand an attempt in for the learner."""
    return _decided(quiz_id, attempt_id, decisions.submit_for, _("The attempt is handed in."))


@bp.get(f"{PLACE}/results/answers.<any(csv, xlsx):kind>")
@allow(*STAFF)
def answers(course_id: int, quiz_id: int, kind: str) -> ResponseReturnValue:
    """Hand out what everybody answered, with the same filters as the list."""
    found, asked = find_quiz_or_404(quiz_id), asked_of(request.args)
    refuse_keys()
    header = [
        _("Learner"), _("Group"), _("Attempt"), _("State"), _("Begun"), _("Submitted"), _("Points"),
        _("of points"), _("Percent"), _("Question"), _("Version"), _("Answer"), _("Points for it"),
        _("of points"),
    ]  # fmt: skip
    name = f"{found.code} {_('answers')}"
    return streamed_file(kind, name, header, _rows(found, asked))


def _rows(quiz: Quiz, asked: Wanted) -> Iterator[list[Cell]]:
    """Write one line for each answer: attempts may have drawn different questions."""
    states = {
        rules.AttemptState.IN_PROGRESS: _("Under way"),
        rules.AttemptState.SUBMITTED: _("Submitted"),
        rules.AttemptState.AUTO_SUBMITTED: _("Time was up"),
        rules.AttemptState.VOIDED: _("Does not count"),
    }
    for attempt, responses in queries.all_attempts(quiz, asked):
        enrolment = attempt.enrolment
        percent = None if attempt.score is None else rules.attempt_percent(attempt.score, attempt.max_score)
        about: list[Cell] = [
            enrolment.person.full_name or _("(no name)"),
            enrolment.group,
            attempt.number,
            states[attempt.state],
            moment(attempt.started_at, "short"),
            moment(attempt.submitted_at, "short") if attempt.submitted_at else "",
            attempt.score,
            attempt.max_score,
            percent,
        ]
        for sheet, response in zip(attempt_sheets(attempt, responses), responses, strict=True):
            version = response.question_version
            yield [
                *about,
                version.question.code,
                version.number,
                answer_in_words(sheet, page_locale()),
                response.score,
                response.max_points,
            ]


def _decided(quiz_id: int, attempt_id: int, decision: decisions.Decision, said: str) -> ResponseReturnValue:
    found, form = _decidable(quiz_id, attempt_id), ReasonForm(request.form)
    if not form.validate():
        return result_page(found, voiding=form), 422
    try:
        with transaction():
            decision(found, reason=form.reason.data or "", by=actor().person_id, at=clock.now())
    except Refused as refusal:
        form.reject(refusal)
        return result_page(found, voiding=form), 409
    flash(said)
    return _back(found)


def _decidable(quiz_id: int, attempt_id: int) -> Attempt:
    """Return an attempt of somebody else; about one's own, others decide."""
    found = queries.find_attempt(actor(), quiz_id, attempt_id) or abort(404)
    refuse_keys()
    if found.enrolment.person_id == actor().person_id:
        abort(403, description=_("About your own attempt somebody else has to decide."))
    settle([found], at=clock.now())
    return found


def _back(attempt: Attempt) -> ResponseReturnValue:
    return redirect(
        url_for(
            "assessments.result",
            course_id=actor().course_id,
            quiz_id=attempt.quiz_id,
            attempt_id=attempt.id,
        )
    )
