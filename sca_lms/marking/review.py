"""Say where staff mark what one learner did, for the submission review that a host asks for."""

import sqlalchemy as sa
from flask import url_for

from sca_lms.assessments.models import Attempt, Quiz
from sca_lms.assessments.rules import OVER
from sca_lms.assignments.models import Assignment, AssignmentTeamMember, Work
from sca_lms.database import db
from sca_lms.marking.queries import hands_of_attempt
from sca_lms.marking.subjects import SubjectKind


def work_path(course_id: int, code: str, enrolment_id: int) -> str | None:
    """Return the grader of the work that somebody handed in, alone or with a team; None without one."""
    teams = sa.select(AssignmentTeamMember.team_id).where(AssignmentTeamMember.enrolment_id == enrolment_id)
    work_id = db.session.scalar(
        sa.select(Work.id)
        .join(Work.assignment)
        .where(
            Assignment.course_id == course_id,
            sa.func.lower(Assignment.code) == code.lower(),
            Work.versions > 0,
            sa.or_(Work.enrolment_id == enrolment_id, Work.team_id.in_(teams)),
        )
        .limit(1)
    )
    return None if work_id is None else _grader(course_id, SubjectKind.WORKS, work_id)


def attempt_path(course_id: int, code: str, enrolment_id: int) -> str | None:
    """Return where staff see somebody's last attempt: the grader, if a person has to mark in it."""
    attempt = db.session.scalars(
        sa.select(Attempt)
        .join(Attempt.quiz)
        .where(
            Quiz.course_id == course_id,
            sa.func.lower(Quiz.code) == code.lower(),
            Attempt.enrolment_id == enrolment_id,
            Attempt.state.in_(OVER),
        )
        .order_by(Attempt.awaits_marking.desc(), Attempt.number.desc())
        .limit(1)
    ).first()
    if attempt is None:
        return None
    if hands_of_attempt(attempt):
        return _grader(course_id, SubjectKind.ATTEMPTS, attempt.id)
    return url_for(
        "assessments.result", course_id=course_id, quiz_id=attempt.quiz_id, attempt_id=attempt.id
    )  # fmt: skip


def _grader(course_id: int, kind: SubjectKind, subject_id: int) -> str:
    return url_for("marking_grader.page", course_id=course_id, subject=kind.value, subject_id=subject_id)
