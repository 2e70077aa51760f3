"""Let an assignment be placed in the host's course, with a column of its own, and be opened from there."""

import datetime as dt

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.exc import IntegrityError

from sca_lms.assignments import queries as assignments
from sca_lms.assignments.models import Assignment
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course
from sca_lms.database import db, transaction
from sca_lms.grades.linkables import present
from sca_lms.grades.models import GradeColumn
from sca_lms.grades.queries import columns_of
from sca_lms.grades.sources import ASSIGNMENT, family_code
from sca_lms.lti.linkables import Column, Linkable, resource_id_of, tag_of
from sca_lms.lti.models import LtiContext, ResourceLink

ASSIGNMENT_ACTIVITY = "assignment:"
"""Before its code, the activity of a host that opens an assignment."""
ASSIGNMENT_POSITION = 20_000
"""Columns of assignments stand behind those of the programme and of quizzes."""


def assignment_linkables(course_id: int) -> list[Linkable]:
    """Return the published assignments of a course; each brings a column of its own to the host."""
    there = present(course_id)
    columns = {column.code: column for column in columns_of(course_id)}
    found = []
    for each in assignments.assignments_of(course_id, published_only=True):
        code = family_code(ASSIGNMENT, each.code)
        known = columns.get(code)
        maximum = known.score_maximum if known else each.max_score
        places = frozenset(there.get(known.id, ())) if known else frozenset[int]()
        found.append(
            Linkable(
                ASSIGNMENT_ACTIVITY + each.code,
                each.title,
                kind="task",
                column=Column(code, each.title, maximum, places),
                available_from=each.opens_at,
                available_until=each.closes_at,
                due=each.due_at,
            )
        )
    return found


def assignment_path(course_id: int, code: str) -> str:
    """Return the path that `assignment:CODE` of a host leads to; an unknown code leads to the home."""
    found = db.session.scalar(
        sa.select(Assignment).where(
            Assignment.course_id == course_id, sa.func.lower(Assignment.code) == code.lower()
        )
    )
    if found is None or not found.published:
        return f"/courses/{course_id}/"
    return url_for("assignments.page", course_id=course_id, assignment_id=found.id)


def put_linked_columns(at: dt.datetime) -> None:
    """Take up the columns that hosts have made with links to assignments, when somebody placed them there."""
    code = sa.literal(family_code(ASSIGNMENT, "")) + Assignment.code
    linked = db.session.execute(
        sa.select(Course, Assignment)
        .select_from(ResourceLink)
        .join(ResourceLink.context)
        .join(LtiContext.course)
        .join(Assignment, Assignment.course_id == Course.id)
        .where(
            ResourceLink.line_item_url.is_not(None),
            sa.func.lower(ResourceLink.activity) == sa.func.lower(ASSIGNMENT_ACTIVITY + Assignment.code),
            ~sa.exists().where(GradeColumn.course_id == Course.id, GradeColumn.code == code),
        )
    ).all()
    if not linked:
        return
    with transaction():
        # Several links may lead to one assignment; PostgreSQL cannot compare the whole rows.
        for course, assignment in dict.fromkeys(linked):
            add_assignment_column(course, assignment, by=None, at=at)


def add_assignment_column(
    course: Course, assignment: Assignment, *, by: int | None, at: dt.datetime
) -> GradeColumn:
    """Give an assignment a column of its own; of two who ask at once both get the same one."""
    code = family_code(ASSIGNMENT, assignment.code)
    wanted = sa.select(GradeColumn).where(GradeColumn.course_id == course.id, GradeColumn.code == code)
    known = db.session.scalar(wanted)
    if known is not None:
        known.is_active = True
        return known
    column = GradeColumn(
        course_id=course.id, code=code, title=assignment.title,
        position=ASSIGNMENT_POSITION + assignment.id, resource_id=resource_id_of(code), tag=tag_of(code),
        score_maximum=assignment.max_score, is_active=True, frozen_at=None, created_at=at,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(column)
    except IntegrityError:
        return db.session.scalars(wanted).one()
    courses.touch_everybody(course)
    courses.record_audit(course, by, "add-grade-column", code, at=at)
    return column
