"""Pages of quizzes: learners take and review them, those who teach look at questions and attempts."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Protocol

from flask import (
    Blueprint,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assessments import operations, queries, rules
from sca_lms.assessments.forms import SentAnswers, read_answers
from sca_lms.assessments.models import Attempt, Quiz
from sca_lms.assessments.operations import AttemptOver, TimeIsUp
from sca_lms.assessments.rules import AttemptState, Standing
from sca_lms.assessments.sheets import Sheet, attempt_sheets, key_sheets, missing
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import learns_elsewhere, own_enrolment
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.web.formats import moment
from sca_lms.web.paging import page_number

bp = Blueprint("assessments", __name__, template_folder="templates")

QUIZ_HOME = "sca_quiz_home"
QUIZ_GATE = "sca_quiz_gate"
"""`app.extensions[QUIZ_GATE]` raises a `Refused` when the quiz is not open to this learner yet."""

PLACE = "/courses/<int:course_id>/quizzes/<int:quiz_id>"
ATTEMPT = f"{PLACE}/attempts/<int:attempt_id>"


class Gate(Protocol):
    """What another package has to say about who may begin a quiz."""

    def __call__(self, quiz: Quiz, learner: Enrolment, *, at: dt.datetime) -> None: ...


# ---------------------------------------------------------------- learners


@bp.get(PLACE)
@allow(Role.LEARNER, *STAFF)
def quiz(course_id: int, quiz_id: int) -> ResponseReturnValue:
    """Tell the rules and what has been tried so far, and let the learner begin; staff see the questions."""
    if not actor().has(Role.LEARNER):
        return redirect(url_for(".preview", course_id=course_id, quiz_id=quiz_id))
    found, at = _quiz(quiz_id), clock.now()
    learner = own_enrolment(actor()) or abort(404)
    attempts = _settled(found, learner.id, at=at)
    if not found.published and not attempts:
        abort(404)
    return render_template(
        "assessments/quiz.html",
        quiz=found,
        home=_home(found),
        attempts=attempts,
        running=next((attempt for attempt in attempts if attempt.state is AttemptState.IN_PROGRESS), None),
        standing=_standing(found, attempts),
        left=rules.attempts_left(found.attempts_allowed, used=len(attempts)),
        opening=_opening(found, at=at),
        questions=len(queries.current_versions(found)),
        percent_of=_percent_of,
    )


@bp.post(f"{PLACE}/attempts")
@allow(Role.LEARNER)
def start(course_id: int, quiz_id: int) -> ResponseReturnValue:
    """Begin an attempt, or go on with the one under way."""
    found, at = _quiz(quiz_id), clock.now()
    learner = own_enrolment(actor()) or abort(404)
    _settled(found, learner.id, at=at)
    try:
        with transaction():
            _refuse_locked(found, learner, at=at)
            attempt = operations.start_attempt(found, learner, at=at)
    except Refused as refusal:
        flash(str(refusal), "alert")
        return redirect(url_for(".quiz", course_id=course_id, quiz_id=quiz_id))
    return redirect(url_for(".attempt", course_id=course_id, quiz_id=quiz_id, attempt_id=attempt.id))


@bp.route(ATTEMPT, methods=["GET", "POST"])
@allow(Role.LEARNER)
def attempt(course_id: int, quiz_id: int, attempt_id: int) -> ResponseReturnValue:
    """Show all questions on one page, save what is sent, and hand in."""
    found, at = _own_attempt(quiz_id, attempt_id), clock.now()
    to_review = redirect(url_for(".review", course_id=course_id, quiz_id=quiz_id, attempt_id=attempt_id))
    if found.state is not AttemptState.IN_PROGRESS:
        return to_review
    sheets = attempt_sheets(found, queries.responses_of(found))
    if request.method == "GET":
        return _attempt_page(found, sheets, at=at)
    sent, action = read_answers(sheets, request.form), request.form.get("action", "save")
    handed_in = _is_handed_in(action, sent)
    try:
        with transaction():
            operations.save_answers(found, sent.answers, at=at)
            if handed_in:
                operations.submit(found, at=at)
    except (AttemptOver, TimeIsUp):
        return to_review
    if handed_in:
        return to_review
    if action == "save" and not sent.faulty:
        flash(_("Your answers are saved."))
        return redirect(url_for(".attempt", course_id=course_id, quiz_id=quiz_id, attempt_id=attempt_id))
    return _attempt_page(found, sent.sheets, at=at, sent=sent)


@bp.post(f"{ATTEMPT}/answers/<int:position>")
@allow(Role.LEARNER)
def answer(course_id: int, quiz_id: int, attempt_id: int, position: int) -> ResponseReturnValue:
    """Save the answer to one question for the page's script."""
    found, at = _own_attempt(quiz_id, attempt_id), clock.now()
    sheets = attempt_sheets(found, queries.responses_of(found))
    sent = read_answers([sheet for sheet in sheets if sheet.position == position] or abort(404), request.form)
    if sent.faulty:
        return jsonify(message=sent.faulty[0].error), 422
    try:
        with transaction():
            responses = operations.save_answers(found, sent.answers, at=at)
    except (AttemptOver, TimeIsUp) as refusal:
        next_page = url_for(".review", course_id=course_id, quiz_id=quiz_id, attempt_id=attempt_id)
        return jsonify(message=str(refusal), next=next_page), 409
    return jsonify(
        saved_at=moment(at, "time"),
        answered=sum(sheet.complete for sheet in attempt_sheets(found, responses)),
        seconds_left=rules.seconds_left(found.deadline_at, at=at),
    )


@bp.get(f"{ATTEMPT}/review")
@allow(Role.LEARNER)
def review(course_id: int, quiz_id: int, attempt_id: int) -> ResponseReturnValue:
    """Show the score and how each question went; the right answers only when they give nothing away."""
    found, at = _own_attempt(quiz_id, attempt_id), clock.now()
    if found.state is AttemptState.IN_PROGRESS:
        return redirect(url_for(".attempt", course_id=course_id, quiz_id=quiz_id, attempt_id=attempt_id))
    attempts = queries.attempts_of(found.quiz, found.enrolment_id)
    standing = _standing(found.quiz, attempts)
    left = rules.attempts_left(found.quiz.attempts_allowed, used=len(attempts))
    opening = _opening(found.quiz, at=at)
    return render_template(
        "assessments/review.html",
        quiz=found.quiz,
        home=_home(found.quiz),
        attempt=found,
        percent=_percent_of(found),
        sheets=attempt_sheets(found, queries.responses_of(found)),
        standing=standing,
        left=left,
        may_retry=opening is rules.Opening.OPEN and left != 0,
        show_answers=rules.may_see_answers(
            standing.percent,
            pass_percent=found.quiz.pass_percent,
            left=left,
            in_progress=standing.in_progress,
            closed=opening is rules.Opening.CLOSED,
        ),
    )


# ---------------------------------------------------------------- those who teach


@bp.get("/courses/<int:course_id>/quizzes/")
@allow(*STAFF)
def quizzes(course_id: int) -> ResponseReturnValue:
    """List the quizzes of the course and how they went."""
    found = queries.quizzes_of(course_id)
    return render_template(
        "assessments/quizzes.html", quizzes=found, summaries=queries.summaries_of(course_id, found)
    )


@bp.get(f"{PLACE}/preview")
@allow(*STAFF)
def preview(course_id: int, quiz_id: int) -> ResponseReturnValue:
    """Show rules and questions with their right answers; nothing can be answered here."""
    found = _quiz(quiz_id)
    _refuse_keys()
    return render_template(
        "assessments/preview.html",
        course_id=course_id,
        quiz=found,
        home=_home(found),
        sheets=key_sheets(queries.current_versions(found)),
    )


@bp.get(f"{PLACE}/results")
@allow(*STAFF)
def results(course_id: int, quiz_id: int) -> ResponseReturnValue:
    """List every attempt of every learner, a page at a time, searchable by name."""
    found, search = _quiz(quiz_id), request.args.get("q", "").strip()[:100]
    return render_template(
        "assessments/results.html",
        quiz=found,
        search=search,
        summary=queries.summaries_of(course_id, [found])[found.id],
        page=queries.attempts_page(found, search=search, number=page_number(request.args)),
        percent_of=_percent_of,
    )


@bp.get(f"{PLACE}/results/<int:attempt_id>")
@allow(*STAFF)
def result(course_id: int, quiz_id: int, attempt_id: int) -> ResponseReturnValue:
    """Show one attempt of one learner with the right answers; one under way shows what is saved so far."""
    found = queries.find_attempt(actor(), quiz_id, attempt_id) or abort(404)
    _refuse_keys()
    return render_template(
        "assessments/result.html",
        course_id=course_id,
        quiz=found.quiz,
        attempt=found,
        person=found.enrolment.person,
        percent=_percent_of(found),
        sheets=attempt_sheets(found, queries.responses_of(found)),
    )


# ---------------------------------------------------------------- what several pages need


def _quiz(quiz_id: int) -> Quiz:
    return queries.find_quiz(actor(), quiz_id) or abort(404)


def _opening(quiz: Quiz, *, at: dt.datetime) -> rules.Opening:
    """Tell whether a quiz can be begun; one that its programme no longer has is closed for good."""
    if not quiz.published:
        return rules.Opening.CLOSED
    return rules.opening(quiz.opens_at, quiz.closes_at, at=at)


def _refuse_keys() -> None:
    """Refuse the right answers to somebody who has to find them in another course.

    Any instructor may choose the same programme for a course of their own, and learn from its pages.
    """
    if learns_elsewhere(actor(), current_course()):
        reason = _l(
            "You learn in this programme in another course, so its right answers are not shown to you."
        )
        abort(403, description=reason)


def _refuse_locked(quiz: Quiz, learner: Enrolment, *, at: dt.datetime) -> None:
    gate: Gate | None = current_app.extensions.get(QUIZ_GATE)
    if gate is not None:
        gate(quiz, learner, at=at)


def _own_attempt(quiz_id: int, attempt_id: int) -> Attempt:
    """Find an attempt of the actor's own, handed in if its time is over."""
    found = queries.find_own_attempt(actor(), quiz_id, attempt_id) or abort(404)
    _settle([found], at=clock.now())
    return found


def _settled(quiz: Quiz, enrolment_id: int, *, at: dt.datetime) -> Sequence[Attempt]:
    attempts = queries.attempts_of(quiz, enrolment_id)
    _settle(attempts, at=at)
    return attempts


def _settle(attempts: Sequence[Attempt], *, at: dt.datetime) -> None:
    """Hand in what is overdue, in a transaction of its own; most pages find nothing and write nothing."""
    if any(operations.is_overdue(attempt, at=at) for attempt in attempts):
        with transaction():
            operations.settle(attempts, at=at)


def _is_handed_in(action: str, sent: SentAnswers) -> bool:
    """Tell whether the attempt ends here; when time is up it does, whatever is missing or wrong."""
    if action == "time-up":
        return True
    if sent.faulty:
        return False
    return action == "submit-anyway" or (action == "submit" and not missing(sent.sheets, sent.answers))


def _attempt_page(
    found: Attempt, sheets: Sequence[Sheet], *, at: dt.datetime, sent: SentAnswers | None = None
) -> ResponseReturnValue:
    return render_template(
        "assessments/attempt.html",
        quiz=found.quiz,
        attempt=found,
        sheets=sheets,
        answered=sum(sheet.complete for sheet in sheets),
        missing=missing(sent.sheets, sent.answers) if sent and not sent.faulty else [],
        faulty=sent.faulty if sent else [],
        seconds_left=rules.seconds_left(found.deadline_at, at=at),
    )


def _standing(quiz: Quiz, attempts: Sequence[Attempt]) -> Standing:
    facts = [queries.facts_of(attempt) for attempt in attempts]
    return rules.standing(quiz.grading, facts, pass_percent=quiz.pass_percent)


def _percent_of(attempt: Attempt) -> object:
    return None if attempt.score is None else rules.attempt_percent(attempt.score, attempt.max_score)


def _home(quiz: Quiz) -> str | None:
    """Return the page that the quiz belongs to, as the application was told; None when nobody said."""
    find: Callable[[Quiz], str | None] | None = current_app.extensions.get(QUIZ_HOME)
    return find(quiz) if find else None
