"""Write down what is to be handed in, publish it, and copy it."""

import datetime as dt
from dataclasses import dataclass, fields
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.assignments import queries
from sca_lms.assignments.models import Assignment
from sca_lms.courses.models import Course
from sca_lms.courses.operations import record_audit, touch_everybody
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.texts import Bilingual

LONGEST_CODE = 64


class CodeTaken(Refused):
    """Another assignment of the course has this code."""

    code = "code-taken"


class ChangedMeanwhile(Refused):
    """Somebody saved the assignment after the page was opened."""

    code = "changed-meanwhile"


class AlreadyBegun(Refused):
    """Learners have begun; who works together cannot be switched under them."""

    code = "already-begun"


@dataclass(frozen=True, slots=True)
class AssignmentTerms:
    """Everything that staff decide about an assignment, but its code, its rubric and whether it is shown."""

    title: Bilingual
    instructions: Bilingual
    takes_text: bool
    takes_files: bool
    takes_link: bool
    endings: list[str]
    most_files: int
    largest_mebibytes: int
    by_team: bool
    anonymous: bool
    two_markers: bool
    opens_at: dt.datetime | None
    due_at: dt.datetime | None
    closes_at: dt.datetime | None
    most_versions: int | None
    max_score: Decimal
    pass_percent: int | None
    late_percent_per_day: Decimal
    late_percent_at_most: Decimal


def terms_of(assignment: Assignment) -> AssignmentTerms:
    """Return what was decided about an assignment."""
    return AssignmentTerms(
        **{field.name: getattr(assignment, field.name) for field in fields(AssignmentTerms)}
    )


def create(
    course: Course, code: str, terms: AssignmentTerms, *, person_id: int | None, at: dt.datetime
) -> Assignment:
    """Add an assignment as a draft that only staff see; raise `CodeTaken`."""
    values = {field.name: getattr(terms, field.name) for field in fields(terms)}
    assignment = Assignment(
        course_id=course.id, code=code, published=False, created_at=at, row_version=1, **values
    )
    try:
        with db.session.begin_nested():
            db.session.add(assignment)
    except IntegrityError as error:
        raise CodeTaken(_l("Another assignment has this code.")) from error
    record_audit(course, person_id, "assignment.create", code, after=_line(terms), at=at)
    return assignment


def change(
    assignment: Assignment,
    course: Course,
    terms: AssignmentTerms,
    *,
    based_on: int,
    person_id: int | None,
    at: dt.datetime,
) -> None:
    """Put new terms into force for everybody; `based_on` is the `row_version` that was on the page.

    Raise `ChangedMeanwhile` and `AlreadyBegun`; terms that are the same change nothing.
    """
    db.session.refresh(assignment, ["row_version"], with_for_update=True)
    before = terms_of(assignment)
    if before == terms:
        return
    if assignment.row_version != based_on:
        raise ChangedMeanwhile(
            _l("Somebody saved this assignment meanwhile. What differs is marked; save again to replace it.")
        )
    if terms.by_team != assignment.by_team and queries.has_works(assignment):
        raise AlreadyBegun(_l("Learners have begun, so it cannot be switched between alone and in teams."))
    for field in fields(terms):
        setattr(assignment, field.name, getattr(terms, field.name))
    assignment.row_version += 1
    db.session.flush()
    record_audit(
        course,
        person_id,
        "assignment.change",
        assignment.code,
        before=_line(before),
        after=_line(terms),
        at=at,
    )
    # Due dates, penalties and maxima are part of every score that is derived from them.
    touch_everybody(course)


def publish(
    assignment: Assignment, course: Course, *, published: bool, person_id: int | None, at: dt.datetime
) -> None:
    """Show an assignment to learners, or hide it from those who have not begun; a repeat changes nothing."""
    db.session.refresh(assignment, ["published"], with_for_update=True)
    if assignment.published == published:
        return
    assignment.published = published
    db.session.flush()
    verb = "assignment.publish" if published else "assignment.hide"
    record_audit(course, person_id, verb, assignment.code, at=at)
    touch_everybody(course)


def duplicate(
    assignment: Assignment, course: Course, *, person_id: int | None, at: dt.datetime
) -> Assignment:
    """Copy an assignment with its rubric as a draft, without dates, teams and extensions."""
    terms = terms_of(assignment)
    values = {field.name: getattr(terms, field.name) for field in fields(terms)}
    undated = AssignmentTerms(**{**values, "opens_at": None, "due_at": None, "closes_at": None})
    copy = create(course, free_code(course, assignment.code), undated, person_id=person_id, at=at)
    copy.rubric_version_id = assignment.rubric_version_id
    return copy


def free_code(course: Course, wanted: str) -> str:
    """Return a code that no assignment of the course has: the one wanted, or the same with a number."""
    taken = set(db.session.scalars(sa.select(Assignment.code).where(Assignment.course_id == course.id)))
    code, number = wanted, 2
    while code in taken:
        code = f"{wanted[: LONGEST_CODE - 6]}-{number}"
        number += 1
    return code


def _line(terms: AssignmentTerms) -> dict[str, object]:
    """Return the terms as an audit line holds them; the long texts are told by their length."""
    line: dict[str, object] = {}
    for field in fields(terms):
        value = getattr(terms, field.name)
        if isinstance(value, Bilingual):
            is_long = field.name == "instructions"
            value = (
                {"th": len(value.th), "en": len(value.en)} if is_long else {"th": value.th, "en": value.en}
            )
        elif isinstance(value, dt.datetime):
            value = value.isoformat()
        elif isinstance(value, Decimal):
            value = str(value)
        line[field.name] = value
    return line
