"""Find courses, people and stored programmes; the only place where an id from outside becomes a row."""

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload

from sca_lms.courses.models import Course, Enrolment, Person, Programme
from sca_lms.courses.rules import Actor, EnrolmentState, Role
from sca_lms.database import db
from sca_lms.web.collation import fold
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset


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
    """Return one page of the course's learners whose name holds the search, in Thai name order."""
    wanted = (
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(Enrolment.id.in_(counted_learners(actor.course_id)))
        .options(joinedload(Enrolment.person))
    )
    if words := fold(search):
        wanted = wanted.where(Person.search_key.contains(words, autoescape=True))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    shown = fitting(number, size=size, total=total)
    ordered = wanted.order_by(Person.sort_key, Enrolment.id).offset(offset(shown, size=size)).limit(size)
    return Page(items=db.session.scalars(ordered).all(), number=shown, size=size, total=total)


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
