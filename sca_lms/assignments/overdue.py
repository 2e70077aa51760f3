"""Count what people have not handed in although it is due for them."""

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa

from sca_lms.assignments.models import Assignment, AssignmentExtension, AssignmentTeamMember, Work
from sca_lms.courses.models import Enrolment
from sca_lms.database import db


def overdue_counts(course_id: int, enrolment_ids: Collection[int], *, at: dt.datetime) -> dict[int, int]:
    """Return by enrolment how many assignments are past their own due date with nothing handed in.

    One statement, however many people they are.
    """
    own_due = sa.func.coalesce(AssignmentExtension.due_at, Assignment.due_at)
    alone = sa.exists().where(
        Work.assignment_id == Assignment.id, Work.enrolment_id == Enrolment.id, Work.versions > 0
    )
    together = sa.exists().where(
        AssignmentTeamMember.assignment_id == Assignment.id,
        AssignmentTeamMember.enrolment_id == Enrolment.id,
        Work.team_id == AssignmentTeamMember.team_id,
        Work.versions > 0,
    )
    rows = db.session.execute(
        sa.select(Enrolment.id, sa.func.count())
        .join(Assignment, Assignment.course_id == Enrolment.course_id)
        .outerjoin(
            AssignmentExtension,
            sa.and_(
                AssignmentExtension.assignment_id == Assignment.id,
                AssignmentExtension.enrolment_id == Enrolment.id,
            ),
        )
        .where(
            Enrolment.course_id == course_id,
            Enrolment.id.in_(enrolment_ids),
            Assignment.published,
            own_due < at,
            ~alone,
            ~together,
        )
        .group_by(Enrolment.id)
    )
    return {row[0]: row[1] for row in rows}
