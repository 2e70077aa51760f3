"""Find shelves, questions and versions of the bank, and draw the questions of an attempt."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from sca_lms.assessments.bank_drawing import Wanted, deal
from sca_lms.assessments.models import (
    Question,
    QuestionCategory,
    QuestionVersion,
    Quiz,
    QuizSlot,
    Response,
)
from sca_lms.assessments.question_types import parse_question
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset

MOST_AT_ONCE = 500
"""So many numbers stand in one statement at most; databases have limits."""


_WITH_PLACE = (
    joinedload(QuestionVersion.question, innerjoin=True).joinedload(Question.category, innerjoin=True),
    joinedload(QuestionVersion.created_by),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the bank is searched for; what is empty does not matter."""

    text: str = ""
    kind: str = ""
    shelf: str = ""
    tags: tuple[str, ...] = ()
    lacks: str = ""
    """`th` or `en`: only questions that lack a text in this language."""
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One question of a list, with its newest version and how many quizzes name it."""

    question: Question
    version: QuestionVersion
    quizzes: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """A shelf with how many questions lie on it and on all below it; `id` is None for one only implied."""

    path: str
    id: int | None
    own: int
    total: int

    @property
    def depth(self) -> int:
        """Return how many shelves stand above it."""
        return self.path.count("/")

    @property
    def name(self) -> str:
        """Return the last part of the path."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Uses:
    """What stands in the way of deleting a question."""

    quizzes: Sequence[Quiz]
    answers: int

    def __bool__(self) -> bool:
        return bool(self.quizzes) or self.answers > 0


# ---------------------------------------------------------------- one question


def find_question(actor: Actor, question_id: int) -> Question | None:
    """Return a question of the actor's course, with its shelf."""
    return db.session.scalar(
        sa.select(Question)
        .where(Question.id == question_id, Question.course_id == actor.course_id)
        .options(joinedload(Question.category, innerjoin=True))
    )


def newest_version(question: Question) -> QuestionVersion:
    """Return how a question reads now; it has at least one version."""
    return db.session.scalars(
        sa.select(QuestionVersion)
        .where(QuestionVersion.question_id == question.id)
        .order_by(QuestionVersion.number.desc())
        .limit(1)
        .options(*_WITH_PLACE)
        .execution_options(populate_existing=True)
    ).one()


def versions_of(question: Question) -> Sequence[QuestionVersion]:
    """Return all versions of a question, newest first, with who wrote them."""
    return db.session.scalars(
        sa.select(QuestionVersion)
        .where(QuestionVersion.question_id == question.id)
        .order_by(QuestionVersion.number.desc())
        .options(*_WITH_PLACE)
    ).all()


def uses_of(question: Question) -> Uses:
    """Return the quizzes that name a question, and how often it was asked."""
    quizzes = db.session.scalars(
        sa.select(Quiz).join(QuizSlot, QuizSlot.quiz_id == Quiz.id).where(QuizSlot.question_id == question.id)
    ).all()
    answers = db.session.scalar(
        sa.select(sa.func.count(Response.id))
        .join(Response.question_version)
        .where(QuestionVersion.question_id == question.id)
    )
    return Uses(quizzes, answers or 0)


# ---------------------------------------------------------------- the bank


def questions_page(course_id: int, wish: Wish, *, number: int, size: int = PAGE_SIZE) -> Page[Entry]:
    """Return one page of the questions that a search finds, by shelf and code."""
    wanted = _found(course_id, wish)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    shown = fitting(number, size=size, total=total)
    named = (
        sa.select(sa.func.count(QuizSlot.id))
        .where(QuizSlot.question_id == Question.id)
        .correlate(Question)
        .scalar_subquery()
    )
    rows = db.session.execute(
        wanted.add_columns(QuestionVersion, named)
        .options(joinedload(Question.category, innerjoin=True))
        .order_by(QuestionCategory.path, Question.code, Question.id)
        .offset(offset(shown, size=size))
        .limit(size)
    )
    return Page([Entry(*row) for row in rows], shown, size, total)


def questions_found(course_id: int, wish: Wish) -> Iterable[tuple[Question, QuestionVersion]]:
    """Return every question that a search finds with its newest version, read a few hundred at a time."""
    rows = db.session.execute(
        _found(course_id, wish)
        .add_columns(QuestionVersion)
        .options(joinedload(Question.category, innerjoin=True))
        .order_by(QuestionCategory.path, Question.code, Question.id)
        .execution_options(yield_per=MOST_AT_ONCE)
    )
    return ((question, version) for question, version in rows)


def on_shelf(course_id: int, path: str) -> Iterable[tuple[Question, QuestionVersion]]:
    """Return every question that lies on this very shelf, archived or not, with its newest version."""
    rows = db.session.execute(
        sa.select(Question, QuestionVersion)
        .join(Question.category)
        .join(QuestionVersion, QuestionVersion.question_id == Question.id)
        .where(Question.course_id == course_id, QuestionCategory.path == path)
        .where(QuestionVersion.number == _newest_number())
        .execution_options(yield_per=MOST_AT_ONCE)
    )
    return ((question, version) for question, version in rows)


def count_found(course_id: int, wish: Wish) -> int:
    """Return how many questions a search finds, such as those that a place may draw from."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(_found(course_id, wish).subquery())) or 0


def shelves_of(course_id: int) -> list[Shelf]:
    """Return all shelves as a tree written down: each below the one it belongs to, with sums."""
    rows = db.session.execute(
        sa.select(QuestionCategory.path, QuestionCategory.id, sa.func.count(Question.id))
        .outerjoin(
            Question, sa.and_(Question.category_id == QuestionCategory.id, Question.archived_at.is_(None))
        )
        .where(QuestionCategory.course_id == course_id)
        .group_by(QuestionCategory.path, QuestionCategory.id)
    )
    known = {path: (shelf_id, count) for path, shelf_id, count in rows}
    totals: Counter[str] = Counter()
    for path, (_id, count) in known.items():
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            totals["/".join(parts[:depth])] += count
    in_order = sorted(totals, key=lambda path: path.casefold().split("/"))
    return [
        Shelf(path, known.get(path, (None, 0))[0], known.get(path, (None, 0))[1], totals[path])
        for path in in_order
    ]


def tags_of(course_id: int) -> list[tuple[str, int]]:
    """Return the tags in use with how many questions bear them, by name."""
    lists = db.session.scalars(
        sa.select(Question.tags).where(Question.course_id == course_id, Question.archived_at.is_(None))
    )
    return sorted(Counter(tag for tags in lists for tag in tags).items())


def find_shelf(actor: Actor, shelf_id: int) -> QuestionCategory | None:
    """Return a shelf of the actor's course."""
    return db.session.scalar(
        sa.select(QuestionCategory).where(
            QuestionCategory.id == shelf_id, QuestionCategory.course_id == actor.course_id
        )
    )


def find_shelf_by_path(course_id: int, path: str) -> QuestionCategory | None:
    """Return the shelf with this path, if it is there."""
    return db.session.scalar(
        sa.select(QuestionCategory).where(
            QuestionCategory.course_id == course_id, QuestionCategory.path == path
        )
    )


def on_or_below(path: str) -> sa.ColumnElement[bool]:
    """Tell of a shelf whether it is this one or stands below it."""
    return sa.or_(
        QuestionCategory.path == path, QuestionCategory.path.startswith(f"{path}/", autoescape=True)
    )


def _found(course_id: int, wish: Wish) -> sa.Select[Question]:
    wanted = (
        sa.select(Question)
        .join(Question.category)
        .join(QuestionVersion, QuestionVersion.question_id == Question.id)
        .where(Question.course_id == course_id, QuestionVersion.number == _newest_number())
        .where(Question.archived_at.is_not(None) if wish.archived else Question.archived_at.is_(None))
    )
    for word in wish.text.casefold().split():
        wanted = wanted.where(
            sa.or_(
                QuestionVersion.words.contains(word, autoescape=True),
                sa.func.lower(Question.code).contains(word, autoescape=True),
            )
        )
    if wish.kind:
        wanted = wanted.where(QuestionVersion.kind == wish.kind)
    if wish.shelf:
        wanted = wanted.where(on_or_below(wish.shelf))
    for tag in wish.tags:
        # Both databases keep the text of the list as it was written.
        wanted = wanted.where(sa.cast(Question.tags, sa.Text).contains(json.dumps(tag), autoescape=True))
    if wish.lacks:
        lacking = QuestionVersion.lacks_thai if wish.lacks == "th" else QuestionVersion.lacks_english
        wanted = wanted.where(lacking)
    return wanted


def _newest_number() -> sa.ScalarSelect[int]:
    of_same = aliased(QuestionVersion)
    return (
        sa.select(sa.func.max(of_same.number))
        .where(of_same.question_id == Question.id)
        .correlate(Question)
        .scalar_subquery()
    )


# ---------------------------------------------------------------- drawing


def slots_of(quiz: Quiz) -> Sequence[QuizSlot]:
    """Return the places of a quiz in their order, with the shelves they draw from."""
    return db.session.scalars(
        sa.select(QuizSlot)
        .where(QuizSlot.quiz_id == quiz.id)
        .options(joinedload(QuizSlot.category))
        .order_by(QuizSlot.position, QuizSlot.id)
        .execution_options(populate_existing=True)
    ).all()


def draw(quiz: Quiz, seed: str) -> list[tuple[QuestionVersion, Decimal]]:
    """Return what an attempt asks, in the order of the quiz, with what each question is worth.

    The same seed draws the same questions as long as the bank stays the same, and none comes twice. Where
    too few questions match a place, it asks those that there are.
    """
    slots = slots_of(quiz)
    dealt = dealt_to(quiz.course_id, slots, seed=seed)
    asked = [
        (question_id, slot.points)
        for slot in slots
        for question_id in ([slot.question_id] if slot.question_id is not None else dealt[slot.id])
    ]
    newest = newest_versions([question_id for question_id, _points in asked])
    return [
        (version, points if points is not None else parse_question(version.document).points)
        for version, points in ((newest[question_id], points) for question_id, points in asked)
    ]


def dealt_to(course_id: int, slots: Sequence[QuizSlot], *, seed: str) -> dict[int, list[int]]:
    """Return by drawn place the questions that a seed gives it."""
    named = [slot.question_id for slot in slots if slot.question_id is not None]
    drawn = [slot for slot in slots if slot.category is not None]
    pools = pools_of(course_id, drawn)
    wanted = [Wanted(str(slot.id), slot.draw_count or 0, pools[slot.id]) for slot in drawn]
    return {
        slot.id: questions
        for slot, questions in zip(drawn, deal(wanted, seed=seed, taken=named), strict=True)
    }


def newest_versions(question_ids: Collection[int]) -> Mapping[int, QuestionVersion]:
    """Return the newest version of each question by question."""
    found: dict[int, QuestionVersion] = {}
    ids = sorted(set(question_ids))
    for start in range(0, len(ids), MOST_AT_ONCE):
        versions = db.session.scalars(
            sa.select(QuestionVersion)
            .join(QuestionVersion.question)
            .where(
                Question.id.in_(ids[start : start + MOST_AT_ONCE]), QuestionVersion.number == _newest_number()
            )
            .options(
                joinedload(QuestionVersion.question, innerjoin=True).joinedload(
                    Question.category, innerjoin=True
                )
            )
        )
        found |= {version.question_id: version for version in versions}
    return found


def pools_of(course_id: int, slots: Sequence[QuizSlot]) -> dict[int, frozenset[int]]:
    """Return by drawn place the questions that match it, all read in one statement."""
    drawn = [slot for slot in slots if slot.category is not None]
    paths = {slot.category.path for slot in drawn if slot.category is not None}
    if not paths:
        return {}
    rows = db.session.execute(
        sa.select(Question.id, Question.tags, QuestionCategory.path)
        .join(Question.category)
        .where(Question.course_id == course_id, Question.archived_at.is_(None))
        .where(sa.or_(*map(on_or_below, sorted(paths))))
    ).all()
    return {
        slot.id: frozenset(
            row.id
            for row in rows
            if slot.category is not None
            and f"{row.path}/".startswith(f"{slot.category.path}/")
            and set(slot.draw_tags) <= set(row.tags)
        )
        for slot in drawn
    }
