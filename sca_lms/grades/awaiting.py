"""Say for what a score waits where there is none: for the marking, or for the release of the mark."""

from collections.abc import Mapping

import sqlalchemy as sa

from sca_lms.assessments.models import Attempt, Quiz
from sca_lms.assessments.rules import OVER
from sca_lms.assignments.models import Assignment, AssignmentTeamMember, Work
from sca_lms.database import db
from sca_lms.errors import Text
from sca_lms.grades.sources import ASSIGNMENT, QUIZ, family_code
from sca_lms.grades.words import WAITS_FOR_MARKING, WAITS_FOR_RELEASE
from sca_lms.marking.models import Mark, Release
from sca_lms.marking.queries import counting_in_sql


def waits_of(course_id: int, enrolment_id: int) -> Mapping[str, Text]:
    """Return by code of column for what the scores of handed in work wait, in two statements."""
    teams = sa.select(AssignmentTeamMember.team_id).where(AssignmentTeamMember.enrolment_id == enrolment_id)
    works = db.session.execute(
        sa.select(Assignment.code, Mark.points, Release.settled_at)
        .select_from(Work)
        .join(Work.assignment)
        .outerjoin(Mark, sa.and_(Mark.work_id == Work.id, Mark.part == counting_in_sql()))
        .outerjoin(Mark.release)
        .where(
            Assignment.course_id == course_id,
            Work.versions > 0,
            sa.or_(Work.enrolment_id == enrolment_id, Work.team_id.in_(teams)),
        )
    )
    found: dict[str, Text] = {}
    for code, points, settled_at in works:
        if settled_at is None:
            found[family_code(ASSIGNMENT, code)] = WAITS_FOR_MARKING if points is None else WAITS_FOR_RELEASE
    attempts = db.session.execute(
        sa.select(Quiz.code, Mark.points)
        .select_from(Attempt)
        .join(Attempt.quiz)
        .outerjoin(Mark, Mark.attempt_id == Attempt.id)
        .where(
            Quiz.course_id == course_id,
            Attempt.enrolment_id == enrolment_id,
            Attempt.state.in_(OVER),
            Attempt.awaits_marking,
        )
    )
    for code, points in attempts:
        found[family_code(QUIZ, code)] = WAITS_FOR_MARKING if points is None else WAITS_FOR_RELEASE
    return found
