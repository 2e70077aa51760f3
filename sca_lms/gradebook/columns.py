"""Bring together the columns of a gradebook: the programme's, and one for every quiz and assignment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import sqlalchemy as sa

from sca_lms.assessments import queries as assessments
from sca_lms.assignments import queries as assignments
from sca_lms.attendance import queries as attendance
from sca_lms.bootcamp.queries import pass_rule
from sca_lms.courses.models import Course, Programme
from sca_lms.database import db
from sca_lms.gradebook.models import ColumnWeight
from sca_lms.gradebook.rules import FULL, Kind
from sca_lms.grades.models import GradeColumn
from sca_lms.grades.queries import columns_of
from sca_lms.grades.sources import HRS, QUIZ, QUIZ_MAXIMUM, family_code
from sca_lms.texts import Bilingual

ASSIGNMENT = "ASSIGNMENT"
"""The word before the code of an assignment in the name of its column."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the gradebook."""

    code: str
    title: Bilingual
    kind: Kind
    maximum: Decimal
    programme_weight: Decimal
    """What the programme says; 0 for what it does not weigh."""
    weight: Decimal
    """What counts here."""
    pass_percent: Decimal | None = None
    grade_column: GradeColumn | None = None
    """The column that the host has too, None for one that is shown here alone."""
    subject_id: int | None = None
    """The quiz or assignment."""

    @property
    def label(self) -> str:
        """A short word for the head of the column."""
        return self.code.partition(":")[2] or self.code


def columns(course: Course) -> list[Column]:
    """Return all columns of a course in a constant number of statements, the programme's first."""
    document = document_of(course)
    decided = weights_decided(course.id)
    in_host = {column.code: column for column in columns_of(course.id)}
    hours = pass_rule(attendance.policy_versions(course.id))
    found: list[Column] = []
    for item in _line_items(document):
        code = str(item.get("code"))
        host = in_host.get(code)
        weight = _number(item.get("weight"))
        found.append(
            Column(
                code,
                Bilingual.of(item.get("title")),
                Kind.PROGRAMME,
                host.score_maximum if host else _number(item.get("score_maximum")) or FULL,
                weight,
                decided.get(code, weight),
                hours.pass_percent if hours is not None and code == HRS else None,
                host,
            )
        )
    for quiz in assessments.quizzes_of(course.id):
        code = family_code(QUIZ, quiz.code)
        found.append(
            Column(
                code,
                quiz.title,
                Kind.QUIZ,
                QUIZ_MAXIMUM,
                Decimal(0),
                decided.get(code, Decimal(0)),
                None if quiz.pass_percent is None else Decimal(quiz.pass_percent),
                in_host.get(code),
                quiz.id,
            )
        )
    for work in assignments.assignments_of(course.id):
        code = family_code(ASSIGNMENT, work.code)
        host = in_host.get(code)
        found.append(
            Column(
                code,
                work.title,
                Kind.ASSIGNMENT,
                host.score_maximum if host else work.max_score,
                Decimal(0),
                decided.get(code, Decimal(0)),
                None if work.pass_percent is None else Decimal(work.pass_percent),
                host,
                work.id,
            )
        )
    known = {column.code for column in found}
    # A column that the course made before its programme was changed is kept while hosts have it.
    found += [
        Column(
            code, host.title, Kind.PROGRAMME, host.score_maximum, Decimal(0), decided.get(code, Decimal(0)),
            grade_column=host,
        )
        for code, host in in_host.items()
        if code not in known
    ]  # fmt: skip
    return found


def weights_decided(course_id: int) -> dict[str, Decimal]:
    """Return the weights that a course has decided by itself."""
    rows = db.session.execute(
        sa.select(ColumnWeight.code, ColumnWeight.weight).where(ColumnWeight.course_id == course_id)
    )
    return {row.code: row.weight for row in rows}


def document_of(course: Course) -> Mapping[str, object]:
    """Return the programme of a course as it was imported, empty without one."""
    if course.programme_id is None:
        return {}
    found = db.session.scalar(sa.select(Programme.document).where(Programme.id == course.programme_id))
    return found or {}


def _line_items(document: Mapping[str, object]) -> list[Mapping[str, object]]:
    items = document.get("line_items")
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, Sequence) else []


def _number(value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)
