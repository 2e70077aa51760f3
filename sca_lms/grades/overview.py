"""Read what the delivery console and the receipts of learners show; a fixed number of statements each."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.assessments import queries as assessments
from sca_lms.assessments.models import Quiz
from sca_lms.courses import queries as people
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.errors import Text
from sca_lms.grades.awaiting import waits_of
from sca_lms.grades.models import Delivery, DeliveryEntry, GradeColumn, GradeSettings, HostColumn, Score
from sca_lms.grades.queries import DeliveryState, columns_of, state_of
from sca_lms.grades.rules import UNSENT, Act, Reason, State, acts
from sca_lms.grades.sources import QUIZ, family_code, family_of
from sca_lms.grades.words import REASONS, tell_learner
from sca_lms.lti.models import LtiContext
from sca_lms.lti.profiles import Profile, profile_named
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset

NEWEST = 20
"""So many lines of a story stand on a receipt."""
TROUBLED = frozenset({State.REFUSED, State.CHANGED, State.MISSING})


class PlaceState(StrEnum):
    """Whether a host has a column of ours."""

    WANTED = "wanted"
    THERE = "there"
    GONE = "gone"


PLACES: Mapping[PlaceState, Text] = {
    PlaceState.WANTED: _l("Looked for or made with the first score"),
    PlaceState.THERE: _l("In the gradebook"),
    PlaceState.GONE: _l("Deleted in the LMS"),
}


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """For how many people the same thing stands in the way."""

    state: State
    reason: Reason
    count: int

    @property
    def words(self) -> Text:
        """What happened, and who does what."""
        return REASONS[self.reason]


@dataclass(frozen=True, slots=True)
class PlaceOverview:
    """A column in one course of a host, and how comparing it goes."""

    id: int
    platform_name: str
    profile: Profile
    context_title: str
    state: PlaceState
    made_by_tool: bool
    gone_at: dt.datetime | None
    compared_at: dt.datetime | None
    next_comparison_at: dt.datetime | None
    comparison_reason: Reason | None
    comparison_failures: int

    @property
    def profile_title(self) -> str:
        """What kind of host it is."""
        return self.profile.title

    @property
    def words(self) -> Text:
        """Whether the host has the column."""
        return PLACES[self.state]

    @property
    def comparison_words(self) -> Text | None:
        """Why the last comparison failed, if it did."""
        return REASONS[self.comparison_reason] if self.comparison_reason else None

    @property
    def can_withdraw(self) -> bool:
        """Tell whether the host takes a grade back."""
        return self.profile.withdrawal.possible

    @property
    def withdrawal_warning(self) -> Text:
        """What whoever takes a grade back has to know."""
        return self.profile.withdrawal.warning


@dataclass(frozen=True, slots=True)
class ColumnOverview:
    """Where the scores of one column stand; only those who count are counted."""

    column: GradeColumn
    counts: Mapping[State, int]
    last_success_at: dt.datetime | None
    next_try_at: dt.datetime | None
    oldest_due_at: dt.datetime | None
    """When the score that has been due for the longest time could first have been sent."""
    reasons: Sequence[ReasonCount]
    places: Sequence[PlaceOverview]

    @property
    def is_quiz(self) -> bool:
        """Tell whether the column belongs to one quiz."""
        family = family_of(self.column.code)
        return family is not None and family[0] == QUIZ

    @property
    def total(self) -> int:
        """How many scores there are."""
        return sum(self.counts.values())

    @property
    def needs_attention(self) -> int:
        """How many somebody has to look at."""
        return sum(self.counts[state] for state in TROUBLED)

    @property
    def on_its_way(self) -> int:
        """How many the worker has still to send."""
        return sum(self.counts[state] for state in UNSENT)

    @property
    def is_gone(self) -> bool:
        """Tell whether a host has deleted the column."""
        return any(place.state is PlaceState.GONE for place in self.places)


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which scores a list shows."""

    column: str = ""
    state: State | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One person and column, and what may be asked for."""

    score_id: int
    enrolment: Enrolment
    column: GradeColumn
    delivery: DeliveryState
    acts: frozenset[Act]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a learner is told of one score."""

    column: GradeColumn
    delivery: DeliveryState
    events: Sequence[DeliveryEntry]
    """The newest lines of the story, newest first."""
    wait_words: Text | None = None
    """What is to be done with what was handed in before there is a score."""

    @property
    def words(self) -> Text:
        """One sentence."""
        return tell_learner(self.delivery.state, withdraws=self.delivery.withdraws)


@dataclass(frozen=True, slots=True)
class QuizColumn:
    """A quiz, and the column it has of its own, if it has one."""

    quiz: Quiz
    column: GradeColumn | None


def console(course_id: int) -> list[ColumnOverview]:
    """Return where every column of a course stands, in the order of the programme, quizzes last."""
    columns = columns_of(course_id)
    counts: dict[int, dict[State, int]] = {column.id: dict.fromkeys(State, 0) for column in columns}
    reasons: dict[int, list[ReasonCount]] = defaultdict(list)
    moments: dict[int, list[tuple[dt.datetime | None, ...]]] = defaultdict(list)
    rows = db.session.execute(
        sa.select(
            Score.column_id,
            Delivery.state,
            Delivery.reason,
            sa.func.count(),
            sa.func.max(Delivery.delivered_at),
            sa.func.min(Delivery.next_try_at),
        )
        .join(Delivery.score)
        .join(Score.enrolment)
        .join(Enrolment.person)
        .where(Score.column_id.in_(counts), people.counts())
        .group_by(Score.column_id, Delivery.state, Delivery.reason)
    )
    due: dict[int, dt.datetime] = {}
    for column_id, state, reason, count, delivered_at, next_try_at in rows:
        counts[column_id][state] += count
        moments[column_id].append((delivered_at, next_try_at))
        if reason is not None:
            reasons[column_id].append(ReasonCount(state, reason, count))
        if state is State.DUE and next_try_at is not None:
            due[column_id] = min(next_try_at, due.get(column_id, next_try_at))
    places = _places(course_id)
    return [
        ColumnOverview(
            column=column,
            counts=counts[column.id],
            last_success_at=max((each[0] for each in moments[column.id] if each[0]), default=None),
            next_try_at=min((each[1] for each in moments[column.id] if each[1]), default=None),
            oldest_due_at=due.get(column.id),
            reasons=sorted(reasons[column.id], key=lambda each: (-each.count, each.reason)),
            places=places[column.id],
        )
        for column in columns
    ]


def deliveries(
    course_id: int, wanted: DeliveryFilter, *, number: int = 1, size: int = PAGE_SIZE
) -> Page[DeliveryRow]:
    """Return one page of scores in the order of names, then of columns."""
    found = (
        sa.select(Score, Delivery)
        .join(Delivery, Delivery.score_id == Score.id)
        .join(Score.column)
        .join(Score.enrolment)
        .join(Enrolment.person)
        .where(GradeColumn.course_id == course_id, GradeColumn.is_active, people.counts())
    )
    if wanted.column:
        found = found.where(GradeColumn.code == wanted.column)
    if wanted.state is not None:
        found = found.where(Delivery.state == wanted.state)
    found = found.where(*people.person_matches(wanted.search))
    total = db.session.scalar(found.with_only_columns(sa.func.count())) or 0
    shown = fitting(number, size=size, total=total)
    rows = db.session.execute(
        found.options(
            contains_eager(Score.column), contains_eager(Score.enrolment).contains_eager(Enrolment.person)
        )
        .order_by(Person.sort_key, Enrolment.id, GradeColumn.position, GradeColumn.id)
        .offset(offset(shown, size=size))
        .limit(size)
        .execution_options(populate_existing=True)
    )
    items = [
        DeliveryRow(
            score.id,
            score.enrolment,
            score.column,
            state_of(score.column, score, delivery),
            acts_of(score, delivery),
        )
        for score, delivery in rows
    ]
    return Page(items, shown, size, total)


def receipts(course_id: int, enrolment_id: int) -> list[Receipt]:
    """Return what has become of each score of one person, in the order of the programme."""
    rows = {
        score.column_id: (score, delivery)
        for score, delivery in db.session.execute(
            sa.select(Score, Delivery)
            .join(Delivery, Delivery.score_id == Score.id)
            .where(Score.enrolment_id == enrolment_id)
            .execution_options(populate_existing=True)
        )
    }
    events: dict[int, list[DeliveryEntry]] = defaultdict(list)
    place = sa.func.row_number().over(partition_by=DeliveryEntry.score_id, order_by=DeliveryEntry.id.desc())
    ranked = (
        sa.select(DeliveryEntry.id, place.label("place"))
        .join(DeliveryEntry.score)
        .where(Score.enrolment_id == enrolment_id)
        .subquery()
    )
    newest = (
        sa.select(DeliveryEntry)
        .join(ranked, ranked.c.id == DeliveryEntry.id)
        .where(ranked.c.place <= NEWEST)
        .order_by(DeliveryEntry.id.desc())
    )
    for event in db.session.scalars(newest):
        events[event.score_id].append(event)
    found, waits = [], waits_of(course_id, enrolment_id)
    for column in columns_of(course_id):
        score, delivery = rows.get(column.id, (None, None))
        if score is None or delivery is None:
            nothing = DeliveryState(None, column.score_maximum, State.NOTHING)
            found.append(Receipt(column, nothing, (), waits.get(column.code)))
        else:
            found.append(Receipt(column, state_of(column, score, delivery), events[score.id]))
    return found


def find_delivery(actor: Actor, score_id: int) -> Delivery | None:
    """Return what the host knows of a score of the actor's course, with all that decisions need."""
    return db.session.scalar(
        _whole_deliveries().where(
            Delivery.score_id == score_id,
            GradeColumn.course_id == actor.course_id,
            Enrolment.course_id == actor.course_id,
        )
    )


def deliveries_of(enrolment: Enrolment) -> Sequence[Delivery]:
    """Return what the host knows of all scores of one person, with all that decisions need."""
    wanted = _whole_deliveries().where(Score.enrolment_id == enrolment.id)
    return db.session.scalars(wanted.order_by(GradeColumn.position, GradeColumn.id)).all()


def quiz_columns(course_id: int) -> list[QuizColumn]:
    """Return every quiz of a course, with its own column where it has one."""
    columns = {column.code: column for column in columns_of(course_id)}
    return [
        QuizColumn(quiz, columns.get(family_code(QUIZ, quiz.code)))
        for quiz in assessments.quizzes_of(course_id)
    ]


def may_create_columns(course_id: int) -> bool:
    """Tell whether the tool makes columns in the hosts of a course."""
    decided = sa.select(GradeSettings.may_create_columns).where(GradeSettings.course_id == course_id)
    return db.session.scalar(decided) is not False


def _whole_deliveries() -> sa.Select[Delivery]:
    return (
        sa.select(Delivery)
        .join(Delivery.score)
        .join(Score.column)
        .join(Score.enrolment)
        .where(GradeColumn.is_active)
        .options(
            contains_eager(Delivery.score).options(
                contains_eager(Score.column).joinedload(GradeColumn.course, innerjoin=True),
                contains_eager(Score.enrolment).joinedload(Enrolment.person, innerjoin=True),
            )
        )
        .execution_options(populate_existing=True)
    )


def acts_of(score: Score, delivery: Delivery) -> frozenset[Act]:
    """Return what somebody may ask for about a score."""
    known = (delivery.delivered_value, delivery.attempted_value, delivery.host_value)
    is_known = any(value is not None for value in known)
    return acts(delivery.state, has_value=score.value is not None, is_known_to_host=is_known)


def _places(course_id: int) -> Mapping[int, list[PlaceOverview]]:
    found: dict[int, list[PlaceOverview]] = defaultdict(list)
    rows = db.session.scalars(
        sa.select(HostColumn)
        .join(HostColumn.column)
        .where(GradeColumn.course_id == course_id)
        .options(
            joinedload(HostColumn.context, innerjoin=True).joinedload(LtiContext.platform, innerjoin=True)
        )
        .order_by(HostColumn.id)
        .execution_options(populate_existing=True)
    )
    for place in rows:
        there = PlaceState.THERE if place.line_item_url is not None else PlaceState.WANTED
        found[place.column_id].append(
            PlaceOverview(
                id=place.id,
                platform_name=place.context.platform.name,
                profile=profile_named(place.context.platform.profile),
                context_title=place.context.title,
                state=PlaceState.GONE if place.gone_at is not None else there,
                made_by_tool=place.made_by_tool,
                gone_at=place.gone_at,
                compared_at=place.compared_at,
                next_comparison_at=place.next_comparison_at,
                comparison_reason=place.comparison_reason,
                comparison_failures=place.comparison_failures,
            )
        )
    return found
