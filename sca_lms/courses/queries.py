"""Find courses, people and stored programmes; the only place where an id from outside becomes a row."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, defer, joinedload

from sca_lms.courses.models import Course, Enrolment, Person, Programme
from sca_lms.courses.rules import Actor, EnrolmentState, Role
from sca_lms.database import db
from sca_lms.programmes.dimensions import Dimension, dimensions_of
from sca_lms.web.collation import fold
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset

MOST_WORDS = 8
"""Words of a search beyond these are not looked for; nobody's name has as many."""


def has_role(role: Role) -> sa.ColumnElement[bool]:
    """Return the condition that an enrolment includes a role."""
    return sa.type_coerce(Enrolment.roles, sa.String).like(f"%,{role},%")


def counts() -> sa.ColumnElement[bool]:
    """Return the condition, on an enrolment joined to its person, that it counts in lists and grades."""
    return sa.and_(
        Enrolment.state != EnrolmentState.WITHDRAWN, has_role(Role.LEARNER), Person.is_test.is_(False)
    )


def counted_learners(course_id: int) -> sa.Select[int]:
    """Return the ids of those who count in lists, sums and grades: active learners who are no test users."""
    return sa.select(Enrolment.id).join(Enrolment.person).where(Enrolment.course_id == course_id, counts())


def find_course(course_id: int) -> Course | None:
    """Return a course with its programme, for commands; pages have theirs from the guard."""
    return db.session.scalar(
        sa.select(Course).where(Course.id == course_id).options(joinedload(Course.programme))
    )


def dimensions_in(course_id: int) -> Sequence[Dimension]:
    """Return the smart-city dimensions of the programme that a course follows; none without one."""
    course = find_course(course_id)
    return dimensions_of(course.programme.document if course and course.programme else None)


def find_enrolment(actor: Actor, enrolment_id: int) -> Enrolment | None:
    """Return somebody of the actor's course, with the person."""
    return db.session.scalar(
        sa.select(Enrolment)
        .where(Enrolment.id == enrolment_id, Enrolment.course_id == actor.course_id)
        .options(joinedload(Enrolment.person))
    )


def own_enrolment(actor: Actor) -> Enrolment | None:
    """Return the actor's own enrolment, with the person; a guest has none."""
    return find_enrolment(actor, actor.enrolment_id) if actor.enrolment_id else None


def learners(actor: Actor, *, search: str = "", number: int = 1, size: int = PAGE_SIZE) -> Page[Enrolment]:
    """Return one page of the course's learners whom the search finds, in Thai name order.

    Of the whole course only ids and keys are sorted; names and all else are read for the page alone.
    """
    found = counted_learners(actor.course_id).where(*person_matches(search))
    total = db.session.scalar(found.with_only_columns(sa.func.count())) or 0
    shown = fitting(number, size=size, total=total)
    ids = found.order_by(Person.sort_key, Enrolment.id).offset(offset(shown, size=size)).limit(size)
    rows = db.session.scalars(
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(Enrolment.id.in_(ids))
        .options(contains_eager(Enrolment.person))
        .order_by(Person.sort_key, Enrolment.id)
    )
    return Page(items=rows.all(), number=shown, size=size, total=total)


def learns_elsewhere(actor: Actor, course: Course) -> bool:
    """Tell whether somebody of this course is a learner of the same programme in another one."""
    if actor.person_id is None or course.programme_id is None:
        return False
    same_code = sa.select(Programme.code).where(Programme.id == course.programme_id).scalar_subquery()
    wanted = (
        sa.select(Enrolment.id)
        .join(Enrolment.course)
        .join(Course.programme)
        .where(
            Enrolment.person_id == actor.person_id,
            Enrolment.course_id != course.id,
            Enrolment.state == EnrolmentState.ACTIVE,
            has_role(Role.LEARNER),
            Programme.code == same_code,
        )
    )
    return db.session.scalar(wanted.limit(1)) is not None


def person_matches(search: str) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that a person's names or e-mail address hold every word of a search.

    Given, family and nickname count in any order, in Thai and Latin letters alike.
    """
    return [
        sa.or_(
            Person.search_key.contains(word, autoescape=True),
            sa.func.lower(Person.email).contains(word, autoescape=True),
        )
        for word in fold(search).split()[:MOST_WORDS]
    ]


def stored_programmes() -> list[Programme]:
    """Return the newest revision of every stored programme, without their documents."""
    newest = sa.select(sa.func.max(Programme.id)).group_by(Programme.code)
    return list(
        db.session.scalars(
            sa.select(Programme)
            .where(Programme.id.in_(newest))
            .order_by(Programme.code)
            .options(defer(Programme.document))
        )
    )


def find_programme(programme_id: int) -> Programme | None:
    """Return one stored revision, whole."""
    return db.session.get(Programme, programme_id)


def newest_programme(code: str) -> Programme | None:
    """Return the newest stored revision of a programme."""
    return db.session.scalar(
        sa.select(Programme).where(Programme.code == code).order_by(Programme.revision.desc()).limit(1)
    )
