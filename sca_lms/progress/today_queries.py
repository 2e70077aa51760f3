"""Read what a learner's first page needs beyond the figures; a constant number of statements."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.assessments import extension_queries
from sca_lms.assessments.models import Attempt, Quiz
from sca_lms.assessments.rules import AttemptState, Opening, opening, own_close
from sca_lms.assignments import queries as assignments
from sca_lms.assignments import rules as work_rules
from sca_lms.assignments.models import Assignment
from sca_lms.assignments.rules import OwnTimes, WorkState
from sca_lms.bootcamp.request_models import HoursRequest, RequestState
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.mentoring import action_queries, booking_queries, report_queries
from sca_lms.mentoring.models import ActionItem, Appointment, AppointmentState, Side
from sca_lms.mentoring.report_queries import Missing
from sca_lms.modules.models import Unit
from sca_lms.projects.models import Pair
from sca_lms.updates import queries as updates
from sca_lms.updates.models import KnowledgeUpdate

ANSWERED_LATELY = dt.timedelta(days=7)
OPEN_WORK = (WorkState.TO_DO, WorkState.STARTED, WorkState.OVERDUE)


@dataclass(frozen=True, slots=True)
class OpenWork:
    """An assignment that can be handed in and was not."""

    assignment: Assignment
    times: OwnTimes
    state: WorkState


@dataclass(frozen=True, slots=True)
class OpenQuiz:
    """A quiz that somebody can begin, and when it closes for them."""

    quiz: Quiz
    closes_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a learner in the features that the figures do not tell of."""

    requests: Sequence[Appointment]
    """Meetings that their captain has asked for."""
    reports: Sequence[Missing]
    """Meetings that they have not reported."""
    actions: Sequence[ActionItem]
    """What they have agreed to do and not done."""
    works: Sequence[OpenWork]
    attempts: Sequence[Attempt]
    """Quizzes that are begun and not handed in."""
    quizzes: Sequence[OpenQuiz]
    """Quizzes of no module that can be begun, never were, and close."""
    answers: Sequence[HoursRequest]
    """Requests about hours that were answered lately."""
    updates: Sequence[KnowledgeUpdate]
    """Every update, with its session."""


def waiting_for(actor: Actor, learner: Enrolment, pair: Pair | None, *, at: dt.datetime) -> Waiting:
    """Return what waits for a learner."""
    coming = booking_queries.coming(actor, at=at)
    missing = report_queries.missing(learner.course_id, at=at, ambassador_ids=[learner.id])
    items = action_queries.open_items([pair.id]) if pair else ()
    return Waiting(
        [
            each
            for each in coming
            if each.state is AppointmentState.REQUESTED
            and each.awaits is Side.AMBASSADOR
            and each.captain_id != learner.id
            and each.starts_at > at
        ],
        [each for each in missing if Side.AMBASSADOR in each.sides],
        [each for each in items if each.owner_id == learner.id],
        open_works(learner, at=at),
        _attempts(learner, at=at),
        _quizzes(learner, at=at),
        _answers(learner, at=at),
        updates.updates_of(learner.course_id),
    )


def open_works(learner: Enrolment, *, at: dt.datetime) -> list[OpenWork]:
    """Return the published assignments that a learner can hand in and has not, by the own due date."""
    works = assignments.own_works(learner.course_id, learner.id)
    extensions = assignments.extensions_for(learner.course_id, learner.id)
    found: list[OpenWork] = []
    for assignment in assignments.assignments_of(learner.course_id, published_only=True):
        work = works.get(assignment.id)
        times = assignments.times_of(assignment, extensions.get(assignment.id))
        state = work_rules.state(
            times,
            has_draft=work is not None and work.draft_saved_at is not None,
            handed_in_at=work.last_submitted_at if work else None,
            at=at,
        )
        if state in OPEN_WORK:
            found.append(OpenWork(assignment, times, state))
    return found


def _attempts(learner: Enrolment, *, at: dt.datetime) -> Sequence[Attempt]:
    return db.session.scalars(
        sa.select(Attempt)
        .join(Attempt.quiz)
        .where(
            Attempt.enrolment_id == learner.id,
            Attempt.state == AttemptState.IN_PROGRESS,
            sa.or_(Attempt.deadline_at.is_(None), Attempt.deadline_at > at),
            Quiz.course_id == learner.course_id,
        )
        .options(joinedload(Attempt.quiz))
        .order_by(Attempt.started_at)
    ).all()


def _quizzes(learner: Enrolment, *, at: dt.datetime) -> list[OpenQuiz]:
    """Return the quizzes that stand alone, with the closing time of this learner, the nearest first."""
    begun = sa.exists().where(Attempt.quiz_id == Quiz.id, Attempt.enrolment_id == learner.id)
    in_module = sa.exists().where(Unit.quiz_id == Quiz.id)
    alone = db.session.scalars(
        sa.select(Quiz)
        .where(Quiz.course_id == learner.course_id, Quiz.published, Quiz.closes_at.is_not(None))
        .where(~begun, ~in_module)
        .order_by(Quiz.closes_at, Quiz.id)
    ).all()
    terms = extension_queries.own_terms_of([each.id for each in alone], learner.id)
    found = []
    for quiz in alone:
        closes_at = own_close(
            quiz.closes_at,
            limit_minutes=quiz.time_limit_minutes,
            time_factor=terms[quiz.id].time_factor,
            extension_minutes=terms[quiz.id].extension_minutes,
        )
        if closes_at is not None and opening(quiz.opens_at, closes_at, at=at) is Opening.OPEN:
            found.append(OpenQuiz(quiz, closes_at))
    return found


def _answers(learner: Enrolment, *, at: dt.datetime) -> Sequence[HoursRequest]:
    return db.session.scalars(
        sa.select(HoursRequest)
        .where(
            HoursRequest.enrolment_id == learner.id,
            HoursRequest.state.in_((RequestState.GRANTED, RequestState.REFUSED)),
            HoursRequest.decided_at > at - ANSWERED_LATELY,
        )
        .options(joinedload(HoursRequest.session))
        .order_by(HoursRequest.decided_at.desc())
    ).all()
