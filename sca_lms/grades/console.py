"""Bring together what the pages about delivery show: figures, what needs a person, and one person's story."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.errors import Text
from sca_lms.grades import overview, queries
from sca_lms.grades.models import Delivery, DeliveryEntry, GradeColumn, Score
from sca_lms.grades.overview import ColumnOverview, DeliveryFilter, DeliveryRow, PlaceOverview, PlaceState
from sca_lms.grades.rules import Act, Reason, State
from sca_lms.grades.words import STATES
from sca_lms.lti.connection_tests import Report
from sca_lms.lti.self_test import Outcome

LONG_WAIT = dt.timedelta(minutes=3)
"""A worker comes by at least twice a minute; who waits longer should look whether one runs."""
EXPORT_BATCH = 500
STORY_LENGTH = 200

ON_THE_WAY = (State.DUE, State.WAITING)
TO_LOOK_AT = (State.CHANGED, State.MISSING)
SETTLED_BY_PEOPLE = (State.KEPT, State.WITHDRAWN)
TROUBLE = (State.REFUSED, *TO_LOOK_AT)
SENT_TOGETHER = (State.REFUSED, State.MISSING, State.WAITING)
"""What sending a whole column again takes up; a teacher's change is decided one by one."""
SHOWN_STATES = (State.DELIVERED, *ON_THE_WAY, *TROUBLE, *SETTLED_BY_PEOPLE)
"""Everything that there is something to tell of, in the order in which filters stand."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody waits for a worker: since when, and whether that is longer than usual."""

    asked_at: dt.datetime
    is_long: bool

    @classmethod
    def since(cls, asked_at: dt.datetime, *, at: dt.datetime) -> Self:
        """Judge how long somebody has been waiting."""
        return cls(asked_at, at - asked_at > LONG_WAIT)


@dataclass(frozen=True, slots=True)
class Need:
    """Something of one column that does not settle by itself."""

    column: ColumnOverview
    state: State
    reason: Reason
    count: int
    words: Text

    @property
    def state_words(self) -> Text:
        """The short name of the state."""
        return STATES[self.state]


@dataclass(frozen=True, slots=True)
class Resend:
    """A column of which several scores can be sent again by one click."""

    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Console:
    """The first page: all columns of a course, summed up."""

    columns: Sequence[ColumnOverview]
    counts: Mapping[State, int]
    needs: Sequence[Need]

    def count(self, *states: State) -> int:
        """Return how many scores are in any of these states."""
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def total(self) -> int:
        """Return how many scores there are to tell hosts of."""
        return self.count(*SHOWN_STATES)

    @property
    def places(self) -> list[tuple[ColumnOverview, PlaceOverview]]:
        """Return where the columns live, each with its column."""
        return [(column, place) for column in self.columns for place in column.places]

    @property
    def gone(self) -> list[ColumnOverview]:
        """Return the columns that were deleted in a host."""
        return [column for column in self.columns if column.is_gone]

    @property
    def resends(self) -> list[Resend]:
        """Return where something was refused or lost; a deleted column has to be made again instead."""
        return [
            Resend(each.column.code, sum(each.counts[state] for state in SENT_TOGETHER))
            for each in self.columns
            if not each.is_gone and (each.counts[State.REFUSED] or each.counts[State.MISSING])
        ]

    @property
    def compared_at(self) -> dt.datetime | None:
        """Return since when everything has been compared at least once more."""
        found = [place.compared_at for _column, place in self.places if place.state is PlaceState.THERE]
        return min((each for each in found if each), default=None) if all(found) else None

    @property
    def comparison_failures(self) -> list[tuple[ColumnOverview, Text]]:
        """Return the columns that could not be compared the last time, with the reason in words."""
        return [
            (column, place.comparison_words)
            for column, place in self.places
            if place.comparison_words is not None
        ]

    @property
    def can_compare(self) -> bool:
        """Tell whether there is a column in a host to compare with."""
        return any(place.state is PlaceState.THERE for _column, place in self.places)

    def waiting(self, *, at: dt.datetime) -> Waiting | None:
        """Return since when a comparison is due, None when none is."""
        due = [
            place.next_comparison_at
            for _column, place in self.places
            if place.state is PlaceState.THERE
            and place.next_comparison_at is not None
            and place.next_comparison_at <= at
        ]
        return Waiting.since(min(due), at=at) if due else None


def console(course_id: int) -> Console:
    """Return all columns of a course with what became of their scores."""
    columns = overview.console(course_id)
    counts: Counter[State] = Counter()
    for column in columns:
        counts.update(column.counts)
    needs = [
        Need(column, each.state, each.reason, each.count, each.words)
        for column in columns
        for each in column.reasons
        if each.state in TROUBLE
    ]
    needs.sort(key=lambda need: (TROUBLE.index(need.state), -need.count))
    return Console(columns, counts, needs)


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One score of one person: what it is now, and what somebody may do about it."""

    score_id: int
    receipt: overview.Receipt
    acts: frozenset[Act]

    def may(self, act: str) -> bool:
        """Tell whether somebody may ask for this now."""
        return Act(act) in self.acts


@dataclass(frozen=True, slots=True)
class Story:
    """Everything about one person's scores and the hosts."""

    lines: Sequence[StoryLine]
    without_score: Sequence[overview.Receipt]
    """The columns in which the person has nothing yet."""
    entries: Sequence[DeliveryEntry]
    """What happened, newest first."""


def story(enrolment: Enrolment) -> Story:
    """Return the whole story of one person's scores."""
    receipts = overview.receipts(enrolment.course_id, enrolment.id)
    known = {each.score.column_id: each for each in overview.deliveries_of(enrolment)}
    lines, without = [], []
    for receipt in receipts:
        delivery = known.get(receipt.column.id)
        if delivery is None:
            without.append(receipt)
        else:
            lines.append(StoryLine(delivery.score_id, receipt, overview.acts_of(delivery.score, delivery)))
    entries = list(reversed(queries.story(enrolment)))[:STORY_LENGTH]
    return Story(lines, without, entries)


def all_deliveries(course_id: int, wanted: DeliveryFilter) -> Iterator[DeliveryRow]:
    """Yield everything that a filter finds, in batches that bound the memory."""
    number = 1
    while True:
        page = overview.deliveries(course_id, wanted, number=number, size=EXPORT_BATCH)
        yield from page.items
        if not page.has_next:
            return
        number += 1


def find_deliveries(actor: Actor, score_ids: Collection[int]) -> Sequence[Delivery]:
    """Return those of these that are scores of the actor's course, with all that decisions need."""
    return db.session.scalars(
        sa.select(Delivery)
        .join(Delivery.score)
        .join(Score.column)
        .join(GradeColumn.course)
        .join(Score.enrolment)
        .join(Enrolment.person)
        .where(
            Delivery.score_id.in_(score_ids),
            Score.value.is_not(None),
            GradeColumn.course_id == actor.course_id,
            GradeColumn.is_active,
        )
        .options(
            contains_eager(Delivery.score).contains_eager(Score.column).contains_eager(GradeColumn.course),
            contains_eager(Delivery.score).contains_eager(Score.enrolment).contains_eager(Enrolment.person),
        )
        .order_by(Delivery.score_id)
        .execution_options(populate_existing=True)
    ).all()


def places_of(delivery: Delivery) -> Sequence[PlaceOverview]:
    """Return where the column of a score lives, with what each host makes of a withdrawal."""
    column_id = delivery.score.column_id
    columns = overview.console(delivery.score.enrolment.course_id)
    return next((each.places for each in columns if each.column.id == column_id), ())


@dataclass(frozen=True, slots=True)
class Connection:
    """How the last test of the connection to one host went, as far as it is known."""

    report: Report
    waiting: Waiting | None

    @property
    def faults(self) -> int:
        """Return how many things have to be changed."""
        return self.report.count(Outcome.FAULT)

    @property
    def warnings(self) -> int:
        """Return how many things are worth a look."""
        return self.report.count(Outcome.WARNING)


def connections(reports: Sequence[Report], *, at: dt.datetime) -> list[Connection]:
    """Return the reports with how long somebody waits for each."""
    return [
        Connection(report, Waiting.since(report.asked_at, at=at) if report.asked_at else None)
        for report in reports
    ]
