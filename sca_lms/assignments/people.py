"""Find the learners whom a list means: by e-mail address, by the host's id, or by name."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.queries import counted_learners
from sca_lms.database import db
from sca_lms.lti.matching import matching


def matches(course_id: int, wanted: Collection[str]) -> Mapping[str, Sequence[Enrolment]]:
    """Return for each text the learners it may mean: one when it is clear, several when it is not.

    An address or an id is preferred to a name; two statements for however many names.
    """
    learners = db.session.scalars(
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(Enrolment.id.in_(counted_learners(course_id)))
        .order_by(Person.sort_key, Enrolment.id)
        .options(joinedload(Enrolment.person))
    ).all()
    return matching(learners, wanted)


def learners_among(course_id: int, enrolment_ids: Collection[int]) -> Sequence[Enrolment]:
    """Return those of the ids who are learners of the course and count, in name order."""
    return db.session.scalars(
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(Enrolment.id.in_(enrolment_ids), Enrolment.id.in_(counted_learners(course_id)))
        .order_by(Person.sort_key, Enrolment.id)
        .options(joinedload(Enrolment.person))
    ).all()


def groups_of(course_id: int) -> Sequence[str]:
    """Return the groups that learners of the course are in."""
    return db.session.scalars(
        sa.select(Enrolment.group)
        .where(Enrolment.id.in_(counted_learners(course_id)), Enrolment.group != "")
        .distinct()
        .order_by(Enrolment.group)
    ).all()


def everybody(course_id: int, *, group: str | None = None) -> Sequence[Enrolment]:
    """Return the counted learners of a course, or of one of its groups, in name order."""
    wanted = (
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(Enrolment.id.in_(counted_learners(course_id)))
        .order_by(Person.sort_key, Enrolment.id)
        .options(joinedload(Enrolment.person))
    )
    if group is not None:
        wanted = wanted.where(Enrolment.group == group)
    return db.session.scalars(wanted).all()
