"""List what an instructor can place in the host's course: the whole programme, and each of its modules."""

import sqlalchemy as sa

from sca_lms.courses import queries as courses
from sca_lms.database import db
from sca_lms.grades.models import GradeColumn, HostColumn
from sca_lms.grades.queries import columns_of
from sca_lms.grades.sources import PRE
from sca_lms.lti.linkables import HOME, Column, Linkable
from sca_lms.modules import queries as modules
from sca_lms.texts import Bilingual


def linkables(course_id: int) -> list[Linkable]:
    """Return the home and the modules of a course; empty while it follows no programme.

    All of them feed the same column, which deep linking attaches to one of those that are chosen.
    """
    course = courses.find_course(course_id)
    if course is None or course.programme is None:
        return []
    there = present(course_id)
    column = next(
        (
            Column(each.code, each.title, each.score_maximum, frozenset(there.get(each.id, ())))
            for each in columns_of(course_id)
            if each.code == PRE
        ),
        None,
    )
    text = Bilingual(
        th="สถานะของคุณ สิ่งที่ต้องทำต่อ และสิ่งที่ยังขาด",
        en="Where you stand, what is next, and what is missing.",
    )
    home = Linkable(HOME, course.programme.title, text, kind="today", column=column)
    return [
        home,
        *(
            Linkable(f"module:{module.code}", module.title, kind="book", column=column, due=module.due_at)
            for module in modules.outline(course_id)
        ),
    ]


def present(course_id: int) -> dict[int, set[int]]:
    """Return in which courses of hosts each column is already."""
    rows = db.session.execute(
        sa.select(HostColumn.column_id, HostColumn.context_id)
        .join(HostColumn.column)
        .where(GradeColumn.course_id == course_id, HostColumn.line_item_url.is_not(None))
    )
    found: dict[int, set[int]] = {}
    for column_id, context_id in rows:
        found.setdefault(column_id, set()).add(context_id)
    return found
