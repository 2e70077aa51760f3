"""Remind those who have not handed anything in two days before it is due for them."""

import datetime as dt
from collections import defaultdict

import sqlalchemy as sa

from sca_lms.assignments.models import Assignment, AssignmentExtension, AssignmentTeamMember, Work
from sca_lms.assignments.notice_kinds import DUE_SOON
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import counted_learners
from sca_lms.database import db, transaction
from sca_lms.inbox import operations as inbox

AHEAD = dt.timedelta(days=2)


def remind_of_due_work(at: dt.datetime) -> None:
    """Look once an hour in every course what falls due within two days, own due dates included."""
    hour = at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H")
    for course_id in db.session.scalars(_courses(at)).all():
        with transaction():
            if inbox.take_turn(course_id, f"due-work:{hour}", at=at):
                for assignment in db.session.scalars(_candidates(course_id)).all():
                    _remind(assignment, at=at)
        db.session.expunge_all()


def _soon(column: sa.SQLColumnExpression[dt.datetime | None], at: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.and_(column > at, column <= at + AHEAD)


def _courses(at: dt.datetime) -> sa.Select[int]:
    own = sa.exists().where(
        AssignmentExtension.assignment_id == Assignment.id, _soon(AssignmentExtension.due_at, at)
    )
    return (
        sa.select(Assignment.course_id)
        .where(Assignment.published, sa.or_(_soon(Assignment.due_at, at), own))
        .distinct()
        .order_by(Assignment.course_id)
    )


def _candidates(course_id: int) -> sa.Select[Assignment]:
    return (
        sa.select(Assignment)
        .where(Assignment.course_id == course_id, Assignment.published)
        .order_by(Assignment.id)
    )


def _remind(assignment: Assignment, *, at: dt.datetime) -> None:
    """Tell who has handed in nothing, alone or in a team, and whose own due date is near."""
    alone = sa.select(Work.enrolment_id).where(
        Work.assignment_id == assignment.id, Work.versions > 0, Work.enrolment_id.is_not(None)
    )
    together = (
        sa.select(AssignmentTeamMember.enrolment_id)
        .join(Work, Work.team_id == AssignmentTeamMember.team_id)
        .where(Work.assignment_id == assignment.id, Work.versions > 0)
    )
    due_at = sa.func.coalesce(
        AssignmentExtension.due_at, sa.literal(assignment.due_at, Assignment.due_at.type)
    )
    rows = db.session.execute(
        sa.select(Enrolment.id, due_at)
        .outerjoin(
            AssignmentExtension,
            sa.and_(
                AssignmentExtension.enrolment_id == Enrolment.id,
                AssignmentExtension.assignment_id == assignment.id,
            ),
        )
        .where(
            Enrolment.id.in_(counted_learners(assignment.course_id)),
            Enrolment.id.not_in(alone),
            Enrolment.id.not_in(together),
            _soon(due_at, at),
        )
    )
    by_moment: dict[dt.datetime, list[int]] = defaultdict(list)
    for enrolment_id, due in rows:
        by_moment[due].append(enrolment_id)
    for due, people in by_moment.items():
        inbox.tell(
            people,
            DUE_SOON.name,
            key=f"assignment:{assignment.id}:due:{due:%Y-%m-%dT%H:%M}",
            facts={"title": assignment.title, "due_at": due},
            path=f"/courses/{assignment.course_id}/assignments/{assignment.id}",
            at=at,
        )
