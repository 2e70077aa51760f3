"""Make quizzes in the course: settings, places, publishing; nobody's running attempt becomes shorter."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.assessments import authoring, quiz_editor_queries
from sca_lms.assessments.models import Attempt, Question, QuestionCategory, Quiz, QuizExtension, QuizSlot
from sca_lms.assessments.question_parts import NOTHING
from sca_lms.assessments.rules import Grading, Review
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course
from sca_lms.database import db, lock
from sca_lms.errors import Refused
from sca_lms.texts import Bilingual

MOST_PLACES = 200
FIRST_CODE = "C-1"


class FromProgramme(Refused):
    """The quiz is exactly what the programme file says."""

    code = "from-programme"


class NotReady(Refused):
    """Something is missing before learners can take the quiz."""

    code = "quiz-not-ready"


class QuizUsed(Refused):
    """Somebody has begun the quiz, or something else needs it."""

    code = "quiz-used"


class TooManyPlaces(Refused):
    """A quiz has room for so many places only."""

    code = "too-many-places"


@dataclass(frozen=True, slots=True)
class Terms:
    """The settings of a quiz."""

    title: Bilingual
    instructions: Bilingual = NOTHING
    attempts_allowed: int | None = None
    grading: Grading = Grading.HIGHEST
    time_limit_minutes: int | None = None
    shuffle: bool = False
    opens_at: dt.datetime | None = None
    closes_at: dt.datetime | None = None
    pass_percent: int | None = None
    review: Review = Review.WHEN_SETTLED


def terms_of(quiz: Quiz) -> Terms:
    """Return the settings that a quiz has."""
    return Terms(
        quiz.title, quiz.instructions, quiz.attempts_allowed, quiz.grading, quiz.time_limit_minutes,
        quiz.shuffle, quiz.opens_at, quiz.closes_at, quiz.pass_percent, quiz.review,
    )  # fmt: skip


def make_quiz(course: Course, terms: Terms, *, by: int | None, at: dt.datetime) -> Quiz:
    """Make a quiz that is not published yet; it gets a code of its own."""
    quiz = Quiz(
        course=course,
        code=authoring.free_quiz_code(course.id, FIRST_CODE),
        from_programme=False,
        published=False,
        created_at=at,
    )
    _take(quiz, terms)
    db.session.add(quiz)
    db.session.flush()
    courses.record_audit(course, by, "quiz-made", quiz.code, at=at, after=_as_mapping(terms))
    return quiz


def save_terms(quiz: Quiz, terms: Terms, *, by: int | None, at: dt.datetime) -> None:
    """Change the settings; a limit or close that comes nearer holds for new attempts only."""
    _lock(quiz)
    before = terms_of(quiz)
    if before == terms:
        return
    _take(quiz, terms)
    db.session.flush()
    authoring.move_deadlines_out(quiz)
    if (before.grading, before.pass_percent) != (terms.grading, terms.pass_percent):
        authoring.touch_everybody_who_began(quiz)
    courses.record_audit(
        quiz.course, by, "quiz-changed", quiz.code, at=at,
        before=_as_mapping(before), after=_as_mapping(terms),
    )  # fmt: skip


def set_published(quiz: Quiz, *, published: bool, by: int | None, at: dt.datetime) -> None:
    """Let learners begin the quiz, or no more; raise `NotReady` while something is missing."""
    _lock(quiz)
    if published and not quiz_editor_queries.is_ready(quiz_editor_queries.places_of(quiz)):
        raise NotReady(_l("The quiz is not ready: look at what is marked among its questions."))
    if quiz.published != published:
        quiz.published = published
        db.session.flush()
        verb = "quiz-published" if published else "quiz-unpublished"
        courses.record_audit(quiz.course, by, verb, quiz.code, at=at)


def add_questions(quiz: Quiz, questions: Sequence[Question], *, by: int | None, at: dt.datetime) -> int:
    """Give each question a place at the end, those that have one already none; return how many came."""
    slots = _locked_slots(quiz, more=len(questions))
    known = {slot.question_id for slot in slots}
    new = [question for question in questions if question.id not in known and question.archived_at is None]
    for position, question in enumerate(new, start=_end_of(slots)):
        db.session.add(QuizSlot(quiz_id=quiz.id, question_id=question.id, position=position, draw_tags=[]))
    db.session.flush()
    _note_places(quiz, by=by, at=at)
    return len(new)


def add_draw(
    quiz: Quiz,
    shelf: QuestionCategory,
    *,
    tags: Sequence[str],
    count: int,
    points: Decimal,
    by: int | None,
    at: dt.datetime,
) -> QuizSlot:
    """Add a place that draws so many questions at random, each worth so many points."""
    slots = _locked_slots(quiz, more=1)
    slot = QuizSlot(
        quiz_id=quiz.id, question_id=None, category=shelf, draw_count=count, draw_tags=list(tags),
        points=points, position=_end_of(slots),
    )  # fmt: skip
    db.session.add(slot)
    db.session.flush()
    _note_places(quiz, by=by, at=at)
    return slot


def change_places(
    quiz: Quiz,
    *,
    points: Mapping[int, Decimal | None],
    counts: Mapping[int, int],
    by: int | None,
    at: dt.datetime,
) -> None:
    """Change what places are worth and how many questions they draw, by the number of the place."""
    for slot in _locked_slots(quiz):
        if slot.id in points and (points[slot.id] is not None or slot.question_id is not None):
            slot.points = points[slot.id]
        if slot.id in counts and slot.draw_count is not None:
            slot.draw_count = counts[slot.id]
    if db.session.dirty:
        _note_places(quiz, by=by, at=at)
    db.session.flush()


def remove_place(quiz: Quiz, slot_id: int, *, by: int | None, at: dt.datetime) -> None:
    """Take a place away; one that is gone already is fine. Attempts keep what they were asked."""
    for slot in _locked_slots(quiz):
        if slot.id == slot_id:
            db.session.delete(slot)
    db.session.flush()
    _note_places(quiz, by=by, at=at)


def order_places(quiz: Quiz, slot_ids: Sequence[int], *, by: int | None, at: dt.datetime) -> None:
    """Bring places into this order; those not named come after, as they stood."""
    slots = _locked_slots(quiz)
    wanted = {slot_id: index for index, slot_id in enumerate(slot_ids)}
    in_order = sorted(slots, key=lambda slot: (wanted.get(slot.id, len(wanted)), slot.position, slot.id))
    for position, slot in enumerate(in_order):
        slot.position = position
    db.session.flush()
    _note_places(quiz, by=by, at=at)


def move_place(quiz: Quiz, slot_id: int, *, step: int, by: int | None, at: dt.datetime) -> None:
    """Move a place up or down by one."""
    ids = [slot.id for slot in _locked_slots(quiz)]
    if slot_id not in ids:
        return
    position = ids.index(slot_id)
    ids.insert(min(max(0, position + step), len(ids) - 1), ids.pop(position))
    order_places(quiz, ids, by=by, at=at)


def duplicate(quiz: Quiz, *, by: int | None, at: dt.datetime) -> Quiz:
    """Make a quiz in the course with the same settings and places, also of one of the programme."""
    terms = terms_of(quiz)
    title = Bilingual(
        th=f"{terms.title.th} (สำเนา)" if terms.title.th else "",
        en=f"{terms.title.en} (copy)" if terms.title.en else "",
    )
    copy = make_quiz(quiz.course, replace(terms, title=title), by=by, at=at)
    for slot in db.session.scalars(sa.select(QuizSlot).where(QuizSlot.quiz_id == quiz.id)):
        db.session.add(
            QuizSlot(
                quiz_id=copy.id, position=slot.position, question_id=slot.question_id,
                category_id=slot.category_id, draw_count=slot.draw_count, draw_tags=list(slot.draw_tags),
                points=slot.points,
            )
        )  # fmt: skip
    db.session.flush()
    return copy


def delete(quiz: Quiz, *, by: int | None, at: dt.datetime) -> None:
    """Delete a quiz that nobody has begun; raise `QuizUsed` otherwise."""
    _lock(quiz)
    course, code = quiz.course, quiz.code
    begun = db.session.scalar(sa.select(sa.exists().where(Attempt.quiz_id == quiz.id)))
    try:
        with db.session.begin_nested():
            if begun:
                raise QuizUsed(_l("Somebody has begun this quiz, so it stays. Unpublish it instead."))
            db.session.execute(sa.delete(QuizSlot).where(QuizSlot.quiz_id == quiz.id))
            db.session.execute(sa.delete(QuizExtension).where(QuizExtension.quiz_id == quiz.id))
            db.session.execute(sa.delete(Quiz).where(Quiz.id == quiz.id))
    except IntegrityError as error:
        raise QuizUsed(_l("Something else still needs this quiz. Unpublish it instead.")) from error
    courses.record_audit(course, by, "quiz-deleted", code, at=at)


def _take(quiz: Quiz, terms: Terms) -> None:
    for name in Terms.__slots__:
        setattr(quiz, name, getattr(terms, name))


def _as_mapping(terms: Terms) -> dict[str, object]:
    return {
        name: value if isinstance(value, int | dict) else None if value is None else str(value)
        for name, value in asdict(terms).items()
    }


def _lock(quiz: Quiz) -> None:
    """Let nobody else change the quiz meanwhile; raise `FromProgramme` when only its file may."""
    lock(quiz)
    if quiz.from_programme:
        raise FromProgramme(_l("This quiz came with the programme file and is exactly what it says."))


def _locked_slots(quiz: Quiz, *, more: int = 0) -> list[QuizSlot]:
    _lock(quiz)
    slots = list(
        db.session.scalars(
            sa.select(QuizSlot)
            .where(QuizSlot.quiz_id == quiz.id)
            .order_by(QuizSlot.position, QuizSlot.id)
            .execution_options(populate_existing=True)
        )
    )
    if more and len(slots) + more > MOST_PLACES:
        raise TooManyPlaces(_l("A quiz has at most %(most)s places.", most=MOST_PLACES))
    return slots


def _end_of(slots: Sequence[QuizSlot]) -> int:
    return slots[-1].position + 1 if slots else 0


def _note_places(quiz: Quiz, *, by: int | None, at: dt.datetime) -> None:
    courses.record_audit(quiz.course, by, "quiz-places-changed", quiz.code, at=at)
