"""Find what the quiz editor shows: places with their questions, sums of points, and what is in the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.assessments import bank_queries
from sca_lms.assessments.bank_queries import Wish
from sca_lms.assessments.models import Attempt, QuestionVersion, Quiz, QuizSlot
from sca_lms.assessments.question_types import parse_question
from sca_lms.assessments.rules import AttemptState
from sca_lms.courses.rules import Actor
from sca_lms.database import db

TRIAL = "trial"
"""The seed of the drawing that only tells whether there are enough questions."""


class PlaceFault(StrEnum):
    """Why a quiz cannot be published with this place."""

    NOTHING_MATCHES = "nothing-matches"
    TOO_FEW = "too-few"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a quiz: what it asks, what that is worth, and what is wrong with it."""

    slot: QuizSlot
    version: QuestionVersion | None
    matching: int
    """How many questions it may draw from."""
    drawn: int
    """How many it would get, after all other places took theirs."""
    points: Decimal
    fault: PlaceFault | None

    @property
    def questions(self) -> int:
        """Return how many questions it asks."""
        return 1 if self.version is not None else self.drawn


@dataclass(frozen=True, slots=True)
class Authored:
    """A quiz in the list of those who write, without anything about learners."""

    quiz: Quiz
    places: int


def find_slot(quiz: Quiz, slot_id: int) -> QuizSlot | None:
    """Return a place of a quiz."""
    return db.session.scalar(sa.select(QuizSlot).where(QuizSlot.id == slot_id, QuizSlot.quiz_id == quiz.id))


def find_quiz(actor: Actor, quiz_id: int) -> Quiz | None:
    """Return a quiz of the actor's course, with its course."""
    return db.session.scalar(
        sa.select(Quiz)
        .where(Quiz.id == quiz_id, Quiz.course_id == actor.course_id)
        .options(joinedload(Quiz.course, innerjoin=True))
    )


def authored(course_id: int) -> list[Authored]:
    """Return all quizzes of a course with how many places they have, those made here first."""
    places = (
        sa.select(sa.func.count(QuizSlot.id))
        .where(QuizSlot.quiz_id == Quiz.id)
        .correlate(Quiz)
        .scalar_subquery()
    )
    rows = db.session.execute(
        sa.select(Quiz, places).where(Quiz.course_id == course_id).order_by(Quiz.from_programme, Quiz.id)
    )
    return [Authored(quiz, count) for quiz, count in rows]


def attempts_of(quiz: Quiz) -> tuple[int, int]:
    """Return how many attempts there are, and how many of them are under way."""
    row = db.session.execute(
        sa.select(
            sa.func.count(Attempt.id),
            sa.func.count(Attempt.id).filter(Attempt.state == AttemptState.IN_PROGRESS),
        ).where(Attempt.quiz_id == quiz.id)
    ).one()
    return row[0], row[1]


def places_of(quiz: Quiz) -> list[Place]:
    """Return the places of a quiz in their order."""
    slots = bank_queries.slots_of(quiz)
    dealt = bank_queries.dealt_to(quiz.course_id, slots, seed=TRIAL)
    pools = bank_queries.pools_of(quiz.course_id, slots)
    named = [slot.question_id for slot in slots if slot.question_id is not None]
    newest = bank_queries.newest_versions([*named, *(each for some in dealt.values() for each in some)])
    places = []
    for slot in slots:
        if slot.question_id is not None:
            version = newest[slot.question_id]
            worth = slot.points if slot.points is not None else parse_question(version.document).points
            fault = PlaceFault.ARCHIVED if version.question.archived_at is not None else None
            places.append(Place(slot, version, 1, 1, worth, fault))
            continue
        got = [newest[each] for each in dealt[slot.id]]
        worth = sum(
            (
                slot.points if slot.points is not None else parse_question(version.document).points
                for version in got
            ),
            start=Decimal(0),
        )
        fault = _draw_fault(matching=len(pools[slot.id]), drawn=len(got), wanted=slot.draw_count or 0)
        places.append(Place(slot, None, len(pools[slot.id]), len(got), worth, fault))
    return places


def is_ready(places: Sequence[Place]) -> bool:
    """Tell whether a quiz with these places can be published."""
    return bool(places) and all(place.fault is None for place in places)


def matching(course_id: int, *, shelf: str, tags: Sequence[str]) -> int:
    """Return how many questions a place could draw from."""
    return bank_queries.count_found(course_id, Wish(shelf=shelf, tags=tuple(tags)))


def _draw_fault(*, matching: int, drawn: int, wanted: int) -> PlaceFault | None:
    if matching == 0:
        return PlaceFault.NOTHING_MATCHES
    return PlaceFault.TOO_FEW if drawn < wanted else None
