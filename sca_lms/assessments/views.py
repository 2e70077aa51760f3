"""Pages of quizzes: learners take and review them, those who teach look at questions and attempts."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assessments import extension_queries, figures_kept, operations, queries, rules
from sca_lms.assessments.attempt_views import ATTEMPT, PLACE, own_attempt, settle, sheets_of
from sca_lms.assessments.bank_access import refuse_keys
from sca_lms.assessments.bank_queries import draw
from sca_lms.assessments.extension_forms import ReasonForm, ReopenForm
from sca_lms.assessments.models import Attempt, Quiz
from sca_lms.assessments.rules import AttemptState, MarkersWords, OwnTerms, Standing
from sca_lms.assessments.sheets import key_sheets
from sca_lms.courses.access import actor, allow
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import own_enrolment
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.web.paging import page_number

bp = Blueprint("assessments", __name__, template_folder="templates")

QUIZ_HOME = "sca_quiz_home"
QUIZ_MARKS = "sca_quiz_marks"
"""`app.extensions[QUIZ_MARKS]` returns what markers wrote to an attempt and its learner may read."""
COUNTED_WITH = "count"
"""Any seed draws as many questions as any other."""
QUIZ_GATE = "sca_quiz_gate"
"""`app.extensions[QUIZ_GATE]` raises a `Refused` when the quiz is not open to this learner yet."""


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
    found, at = find_quiz_or_404(quiz_id), clock.now()
    learner = own_enrolment(actor()) or abort(404)
    attempts = queries.attempts_of(found, learner.id)
    settle(attempts, at=at)
    if not found.published and not attempts:
        abort(404)
    standing, own = _standing(found, attempts), extension_queries.own_terms(quiz_id, learner.id)
    return render_template(
        "assessments/quiz.html",
        quiz=found,
        home=_home(found),
        attempts=attempts,
        running=next((attempt for attempt in attempts if attempt.state is AttemptState.IN_PROGRESS), None),
        standing=standing,
        own=own,
        close=own_close(found, own),
        left=_left(found, standing, own),
        opening=_opening(found, own, at=at),
        questions=len(draw(found, COUNTED_WITH)),
        percent_of=_percent_of,
    )


@bp.post(f"{PLACE}/attempts")
@allow(Role.LEARNER)
def start(course_id: int, quiz_id: int) -> ResponseReturnValue:
    """Begin an attempt, or go on with the one under way."""
    found, at = find_quiz_or_404(quiz_id), clock.now()
    learner = own_enrolment(actor()) or abort(404)
    settle(queries.attempts_of(found, learner.id), at=at)
    try:
        # Before the transaction: whoever writes to SQLite lets everybody else wait.
        _refuse_locked(found, learner, at=at)
        with transaction():
            attempt = operations.start_attempt(found, learner, at=at)
    except Refused as refusal:
        flash(str(refusal), "alert")
        return redirect(url_for(".quiz", course_id=course_id, quiz_id=quiz_id))
    return redirect(url_for("attempts.page", course_id=course_id, quiz_id=quiz_id, attempt_id=attempt.id))


@bp.get(f"{ATTEMPT}/review")
@allow(Role.LEARNER)
def review(course_id: int, quiz_id: int, attempt_id: int) -> ResponseReturnValue:
    """Show the score and how each question went; the right answers only when the quiz's rule shows them."""
    found, at = own_attempt(quiz_id, attempt_id), clock.now()
    if found.state is AttemptState.IN_PROGRESS:
        return redirect(url_for("attempts.page", course_id=course_id, quiz_id=quiz_id, attempt_id=attempt_id))
    standing = _standing(found.quiz, queries.attempts_of(found.quiz, found.enrolment_id))
    own = extension_queries.own_terms(quiz_id, found.enrolment_id)
    left, opening = _left(found.quiz, standing, own), _opening(found.quiz, own, at=at)
    return render_template(
        "assessments/review.html",
        quiz=found.quiz,
        home=_home(found.quiz),
        attempt=found,
        percent=_percent_of(found),
        sheets=sheets_of(found, queries.responses_of(found)),
        standing=standing,
        left=left,
        allowed=None
        if found.quiz.attempts_allowed is None
        else found.quiz.attempts_allowed + own.extra_attempts,
        may_retry=opening is rules.Opening.OPEN and left != 0,
        marks=_markers_words(found),
        show_answers=found.state in rules.OVER
        and rules.may_see_answers(
            standing.percent,
            pass_percent=found.quiz.pass_percent,
            left=left,
            in_progress=standing.in_progress,
            closed=opening is rules.Opening.CLOSED,
            review=found.quiz.review,
            waiting=standing.waiting,
        ),
    )


# ---------------------------------------------------------------- those who teach


@bp.get("/courses/<int:course_id>/quizzes/")
@allow(*STAFF)
def quizzes(course_id: int) -> ResponseReturnValue:
    """List the quizzes of the course and how they went."""
    found = queries.quizzes_of(course_id)
    summaries = figures_kept.summaries_of(course_id, found)
    return render_template(
        "assessments/quizzes.html", quizzes=found, summaries=summaries.by_quiz,
        worked_out_at=summaries.worked_out_at,
    )  # fmt: skip


@bp.get(f"{PLACE}/preview")
@allow(*STAFF)
def preview(course_id: int, quiz_id: int) -> ResponseReturnValue:
    """Show rules and questions with their right answers; nothing can be answered here."""
    found = find_quiz_or_404(quiz_id)
    refuse_keys()
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
    """List every attempt of every learner, a page at a time, by name, state and group."""
    found, asked = find_quiz_or_404(quiz_id), asked_of(request.args)
    summaries = figures_kept.summaries_of(course_id, [found])
    return render_template(
        "assessments/results.html",
        quiz=found,
        asked=asked,
        shown=queries.Shown,
        groups=queries.groups_of(found),
        summary=summaries.by_quiz[found.id],
        worked_out_at=summaries.worked_out_at,
        page=queries.attempts_page(found, asked, number=page_number(request.args)),
        percent_of=_percent_of,
    )


@bp.get(f"{PLACE}/results/<int:attempt_id>")
@allow(*STAFF)
def result(course_id: int, quiz_id: int, attempt_id: int) -> ResponseReturnValue:
    """Show one attempt of one learner with the right answers; one under way shows what is saved so far."""
    found = queries.find_attempt(actor(), quiz_id, attempt_id) or abort(404)
    refuse_keys()
    return result_page(found)


# ---------------------------------------------------------------- what several pages need


def find_quiz_or_404(quiz_id: int) -> Quiz:
    """Return a quiz of the actor's course."""
    return queries.find_quiz(actor(), quiz_id) or abort(404)


def asked_of(args: Mapping[str, str]) -> queries.Wanted:
    """Read from an address which attempts are asked for; a state that there is not is a 404."""
    shown = args.get("state", "") or queries.Shown.ALL
    if shown not in list(queries.Shown):
        abort(404)
    return queries.Wanted(
        args.get("q", "").strip()[:100], queries.Shown(shown), args.get("group", "").strip()[:64]
    )


def result_page(
    found: Attempt, *, reopening: ReopenForm | None = None, voiding: ReasonForm | None = None
) -> str:
    """Draw the page on which staff look at an attempt and decide about it."""
    return render_template(
        "assessments/result.html",
        course_id=found.quiz.course_id,
        quiz=found.quiz,
        attempt=found,
        person=found.enrolment.person,
        percent=_percent_of(found),
        sheets=sheets_of(found, queries.responses_of(found)),
        marks=_markers_words(found),
        reopening=reopening or ReopenForm(),
        voiding=voiding or ReasonForm(),
        may_decide=found.enrolment.person_id != actor().person_id,
    )


def _opening(quiz: Quiz, own: OwnTerms, *, at: dt.datetime) -> rules.Opening:
    """Tell whether a learner can begin; what the programme no longer has is closed for good."""
    if not quiz.published:
        return rules.Opening.CLOSED
    return rules.opening(quiz.opens_at, own_close(quiz, own), at=at)


def own_close(quiz: Quiz, own: OwnTerms) -> dt.datetime | None:
    """Return when the quiz closes for somebody with these terms."""
    return rules.own_close(
        quiz.closes_at,
        limit_minutes=quiz.time_limit_minutes,
        time_factor=own.time_factor,
        extension_minutes=own.extension_minutes,
    )


def _left(quiz: Quiz, standing: Standing, own: OwnTerms) -> int | None:
    return rules.attempts_left(quiz.attempts_allowed, used=standing.attempts_used, extra=own.extra_attempts)


def _markers_words(attempt: Attempt) -> MarkersWords | None:
    find: Callable[[Attempt], MarkersWords | None] | None = current_app.extensions.get(QUIZ_MARKS)
    return find(attempt) if find is not None and attempt.state in rules.OVER else None


def _refuse_locked(quiz: Quiz, learner: Enrolment, *, at: dt.datetime) -> None:
    gate: Gate | None = current_app.extensions.get(QUIZ_GATE)
    if gate is not None:
        gate(quiz, learner, at=at)


def _standing(quiz: Quiz, attempts: Sequence[Attempt]) -> Standing:
    facts = [queries.facts_of(attempt) for attempt in attempts]
    return rules.standing(quiz.grading, facts, pass_percent=quiz.pass_percent)


def _percent_of(attempt: Attempt) -> object:
    return None if attempt.score is None else rules.attempt_percent(attempt.score, attempt.max_score)


def _home(quiz: Quiz) -> str | None:
    """Return the page that the quiz belongs to, as the application was told; None when nobody said."""
    find: Callable[[Quiz], str | None] | None = current_app.extensions.get(QUIZ_HOME)
    return find(quiz) if find else None
