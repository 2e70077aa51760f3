"""Find who has more time or more attempts than the rules of a quiz give to all."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.assessments.models import Accommodation, Quiz, QuizExtension
from sca_lms.assessments.rules import OwnTerms
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.queries import counted_learners, has_role, person_matches
from sca_lms.courses.rules import Actor, EnrolmentState, Role
from sca_lms.database import db
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset


def own_terms(quiz_id: int, enrolment_id: int) -> OwnTerms:
    """Return what one learner has beyond the rules of a quiz, in one statement."""
    return own_terms_of([quiz_id], enrolment_id).get(quiz_id, OwnTerms())


def own_terms_of(quiz_ids: Collection[int], enrolment_id: int) -> dict[int, OwnTerms]:
    """Return what one learner has beyond the rules of each of these quizzes, in one statement."""
    usual = OwnTerms()
    rows = db.session.execute(
        sa.select(Quiz.id, Accommodation.time_factor, QuizExtension.minutes, QuizExtension.extra_attempts)
        .select_from(Quiz)
        .outerjoin(Accommodation, Accommodation.enrolment_id == enrolment_id)
        .outerjoin(
            QuizExtension,
            sa.and_(QuizExtension.enrolment_id == enrolment_id, QuizExtension.quiz_id == Quiz.id),
        )
        .where(Quiz.id.in_(quiz_ids))
    )
    return {
        row.id: OwnTerms(
            time_factor=row.time_factor or usual.time_factor,
            extension_minutes=row.minutes or 0,
            extra_attempts=row.extra_attempts or 0,
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class Holder:
    """A learner with the accommodation and, where a quiz was asked about, the extension they have."""

    enrolment: Enrolment
    accommodation: Accommodation | None
    extension: QuizExtension | None


def holders(
    actor: Actor, quiz: Quiz | None, *, search: str = "", only: bool = False, number: int = 1
) -> Page[Holder]:
    """Return one page of the learners in name order with what they have; `only` those with something."""
    found = QuizExtension.id if quiz is not None else Accommodation.enrolment_id
    wanted = (
        sa.select(Enrolment.id)
        .select_from(Enrolment)
        .join(Enrolment.person)
        .outerjoin(Accommodation, Accommodation.enrolment_id == Enrolment.id)
        .outerjoin(
            QuizExtension,
            sa.and_(
                QuizExtension.enrolment_id == Enrolment.id,
                QuizExtension.quiz_id == (quiz.id if quiz is not None else None),
            ),
        )
        .where(Enrolment.course_id == actor.course_id, *_may_have_terms(), *person_matches(search))
    )
    if only:
        wanted = wanted.where(found.is_not(None))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery()))
    shown = fitting(number, size=PAGE_SIZE, total=total or 0)
    # Of everybody only ids and keys are sorted; whole rows are read for the page alone.
    ids = (
        wanted.order_by(Person.sort_key, Enrolment.id).offset(offset(shown, size=PAGE_SIZE)).limit(PAGE_SIZE)
    )
    rows = db.session.execute(
        wanted.with_only_columns(Enrolment, Accommodation, QuizExtension)
        .where(Enrolment.id.in_(ids))
        .options(contains_eager(Enrolment.person), joinedload(Accommodation.set_by))
        .order_by(Person.sort_key, Enrolment.id)
    )
    return Page([Holder(*row) for row in rows], shown, PAGE_SIZE, total or 0)


def learners_of(actor: Actor) -> Sequence[Enrolment]:
    """Return everybody in the course who may be given more time, in name order, with their names."""
    return db.session.scalars(
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(Enrolment.course_id == actor.course_id, *_may_have_terms())
        .options(joinedload(Enrolment.person, innerjoin=True))
        .order_by(Person.sort_key, Enrolment.id)
    ).all()


def groups_of(actor: Actor) -> Sequence[str]:
    """Return the groups in which there is somebody who may be given more time, by name."""
    found = (
        sa.select(Enrolment.group)
        .where(Enrolment.course_id == actor.course_id, Enrolment.group != "", *_may_have_terms())
        .distinct()
    )
    return db.session.scalars(found.order_by(Enrolment.group)).all()


def accommodations(enrolment_ids: Collection[int]) -> Mapping[int, Accommodation]:
    """Return the accommodations of these people, by enrolment, as they stand now."""
    found = db.session.scalars(
        sa.select(Accommodation)
        .where(Accommodation.enrolment_id.in_(enrolment_ids))
        .execution_options(populate_existing=True)
    )
    return {each.enrolment_id: each for each in found}


def extensions(quiz: Quiz, enrolment_ids: Collection[int]) -> Mapping[int, QuizExtension]:
    """Return the extensions of these people in one quiz, by enrolment, as they stand now."""
    found = db.session.scalars(
        sa.select(QuizExtension)
        .where(QuizExtension.quiz_id == quiz.id, QuizExtension.enrolment_id.in_(enrolment_ids))
        .execution_options(populate_existing=True)
    )
    return {each.enrolment_id: each for each in found}


def count_holders(course_id: int) -> int:
    """Return how many learners of a course have an accommodation."""
    counted = counted_learners(course_id)
    wanted = sa.select(sa.func.count()).select_from(Accommodation)
    return db.session.scalar(wanted.where(Accommodation.enrolment_id.in_(counted))) or 0


def _may_have_terms() -> list[sa.ColumnElement[bool]]:
    """Test users are among them: staff try with one what a learner will see."""
    return [Enrolment.state != EnrolmentState.WITHDRAWN, has_role(Role.LEARNER)]
