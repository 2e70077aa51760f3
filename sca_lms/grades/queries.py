"""Read scores and what became of them, for pages and for the shell."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.courses import queries as people
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.errors import Text
from sca_lms.grades import outbox
from sca_lms.grades.models import Delivery, DeliveryEntry, GradeColumn, GradedEvidence, HostColumn, Score
from sca_lms.grades.rules import Reason, State
from sca_lms.grades.words import explain
from sca_lms.lti.models import LtiContext, LtiUser, Platform, PlatformState
from sca_lms.lti.profiles import GENERIC, profile_named

ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """What one person has in one column, and what the host knows of it."""

    value: Decimal | None
    maximum: Decimal
    state: State
    reason: Reason | None = None
    detail: str = ""
    delivered_value: Decimal | None = None
    delivered_at: dt.datetime | None = None
    next_try_at: dt.datetime | None = None
    host_value: Decimal | None = None
    """What a teacher made of it in the host, on our scale, where that is known."""
    confirmed_at: dt.datetime | None = None
    """When the host was last seen to show it."""
    withdraws: bool = False
    """True while it is being taken back, and when it was."""

    @property
    def words(self) -> Text:
        """What to tell a person about it."""
        return explain(self.state, self.reason, withdraws=self.withdraws)


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What is left to send."""

    count: int
    next_at: dt.datetime | None
    """When the first of them may be tried."""
    due_at: dt.datetime | None
    """The same of those that do not wait because of a host."""
    taken: int
    """How many are in the hands of some worker."""


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One person and column, for the shell."""

    enrolment: Enrolment
    subjects: tuple[str, ...]
    column: GradeColumn
    delivery: DeliveryState
    is_behind: bool
    """Something happened since the worker last worked out this person's scores."""


def columns_of(course_id: int) -> Sequence[GradeColumn]:
    """Return the columns of a course in the order of the programme."""
    return db.session.scalars(
        sa.select(GradeColumn)
        .where(GradeColumn.course_id == course_id, GradeColumn.is_active)
        .order_by(GradeColumn.position, GradeColumn.id)
    ).all()


def find_column(actor: Actor, code: str) -> GradeColumn | None:
    """Return a column of the actor's course, with the course."""
    return db.session.scalar(
        sa.select(GradeColumn)
        .where(GradeColumn.course_id == actor.course_id, GradeColumn.code == code, GradeColumn.is_active)
        .options(joinedload(GradeColumn.course, innerjoin=True))
    )


def delivery_states(course_id: int, enrolment_ids: Collection[int]) -> dict[int, dict[str, DeliveryState]]:
    """Return scores and deliveries by enrolment and code of column, in two statements."""
    columns = columns_of(course_id)
    found: dict[int, dict[str, DeliveryState]] = {
        enrolment_id: {
            column.code: DeliveryState(None, column.score_maximum, State.NOTHING) for column in columns
        }
        for enrolment_id in enrolment_ids
    }
    by_id = {column.id: column for column in columns}
    rows = db.session.execute(
        _scores().where(Score.column_id.in_(by_id), Score.enrolment_id.in_(enrolment_ids))
    )
    for score, delivery in rows:
        column = by_id[score.column_id]
        found[score.enrolment_id][column.code] = state_of(column, score, delivery)
    return found


def columns_gone(course_id: int) -> Sequence[GradeColumn]:
    """Return the columns that were deleted in the host, which can be made anew on request."""
    return db.session.scalars(
        sa.select(GradeColumn)
        .where(
            GradeColumn.course_id == course_id,
            GradeColumn.is_active,
            sa.exists().where(HostColumn.column_id == GradeColumn.id, HostColumn.gone_at.is_not(None)),
        )
        .options(joinedload(GradeColumn.course, innerjoin=True))
        .order_by(GradeColumn.position, GradeColumn.id)
    ).all()


def outstanding() -> Outstanding:
    """Return what is left to send, everywhere."""
    waiting = outbox.sendable().subquery()
    row = db.session.execute(
        sa.select(
            sa.func.count(),
            sa.func.min(Delivery.next_try_at),
            sa.func.min(
                sa.case(
                    (
                        sa.and_(Delivery.state == State.DUE, Delivery.lease_token.is_(None)),
                        Delivery.next_try_at,
                    )
                )
            ),
            sa.func.count(Delivery.lease_token),
        ).where(Delivery.score_id.in_(sa.select(waiting.c.score_id)))
    ).one()
    return Outstanding(*row)


def status_rows(course_id: int | None = None) -> Iterator[StatusRow]:
    """Yield a row for everybody who counts and every column, of one course or of all, in the order of names.

    Memory does not grow with the number of people.
    """
    wanted = (
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(people.counts(), Enrolment.course_id.in_(sa.select(GradeColumn.course_id)))
        .options(contains_eager(Enrolment.person))
        .order_by(Enrolment.course_id, Person.sort_key, Enrolment.id)
    )
    if course_id is not None:
        wanted = wanted.where(Enrolment.course_id == course_id)
    place = 0
    while batch := db.session.scalars(wanted.offset(place).limit(ROWS_AT_ONCE)).all():
        yield from _status_of(batch)
        place += len(batch)


def person_status(enrolment: Enrolment) -> list[StatusRow]:
    """Return all columns of one person, who is loaded with the enrolment."""
    return list(_status_of([enrolment]))


def story(enrolment: Enrolment) -> Sequence[DeliveryEntry]:
    """Return everything that happened between us and the host about one person, oldest first."""
    return db.session.scalars(
        sa.select(DeliveryEntry)
        .join(DeliveryEntry.score)
        .join(Score.column)
        .where(Score.enrolment_id == enrolment.id)
        .options(contains_eager(DeliveryEntry.score).contains_eager(Score.column))
        .order_by(DeliveryEntry.id)
    ).all()


def scores_of(enrolment: Enrolment) -> Mapping[str, tuple[Score, Delivery]]:
    """Return the scores of one person with their deliveries, by code of column."""
    rows = db.session.execute(
        _scores().where(Score.enrolment_id == enrolment.id).options(joinedload(Score.column))
    )
    return {score.column.code: (score, delivery) for score, delivery in rows}


def host_columns_of(course_id: int) -> Sequence[HostColumn]:
    """Return where the columns of a course live in hosts."""
    return db.session.scalars(
        sa.select(HostColumn)
        .join(HostColumn.column)
        .where(GradeColumn.course_id == course_id)
        .options(
            contains_eager(HostColumn.column),
            joinedload(HostColumn.context, innerjoin=True).joinedload(LtiContext.platform, innerjoin=True),
        )
        .order_by(GradeColumn.position, HostColumn.id)
        .execution_options(populate_existing=True)
    ).all()


def withdrawal_warnings(course_id: int) -> list[Text]:
    """Return what whoever takes a grade back has to know, for each kind of host of a course."""
    found = db.session.scalars(
        sa.select(Platform.profile)
        .join(LtiContext, LtiContext.platform_id == Platform.id)
        .where(LtiContext.course_id == course_id, Platform.state == PlatformState.ACTIVE)
        .distinct()
        .order_by(Platform.profile)
    ).all()
    return [profile_named(name).withdrawal.warning for name in found or [GENERIC.name]]


def _scores() -> sa.Select[Score, Delivery]:
    return (
        sa.select(Score, Delivery)
        .join(Delivery, Delivery.score_id == Score.id)
        .execution_options(populate_existing=True)
    )


def state_of(column: GradeColumn, score: Score, delivery: Delivery) -> DeliveryState:
    """Return what one person has in a column, and what the host knows of it."""
    return DeliveryState(
        value=score.value,
        maximum=column.score_maximum,
        state=delivery.state,
        reason=delivery.reason,
        detail=delivery.detail,
        delivered_value=delivery.delivered_value,
        delivered_at=delivery.delivered_at,
        next_try_at=delivery.next_try_at,
        host_value=delivery.host_value,
        confirmed_at=delivery.confirmed_at,
        withdraws=delivery.withdraws,
    )


def _status_of(batch: Sequence[Enrolment]) -> Iterator[StatusRow]:
    subjects: dict[int, list[str]] = {}
    rows = db.session.execute(
        sa.select(LtiUser.person_id, LtiUser.subject)
        .where(LtiUser.person_id.in_([enrolment.person_id for enrolment in batch]))
        .order_by(LtiUser.id)
    )
    for person_id, subject in rows:
        subjects.setdefault(person_id, []).append(subject)
    by_course: dict[int, list[int]] = {}
    for enrolment in batch:
        by_course.setdefault(enrolment.course_id, []).append(enrolment.id)
    states: dict[int, dict[str, DeliveryState]] = {}
    columns: dict[int, Sequence[GradeColumn]] = {}
    for course_id, ids in by_course.items():
        columns[course_id] = columns_of(course_id)
        states |= delivery_states(course_id, ids)
    behind = _behind(batch)
    for enrolment in batch:
        for column in columns[enrolment.course_id]:
            yield StatusRow(
                enrolment,
                tuple(subjects.get(enrolment.person_id, ())),
                column,
                states[enrolment.id][column.code],
                enrolment.id in behind,
            )


def _behind(batch: Sequence[Enrolment]) -> frozenset[int]:
    """Return the enrolments whose evidence is newer than their scores, or was never looked at."""
    wanted = (
        sa.select(Enrolment.id)
        .outerjoin(GradedEvidence, GradedEvidence.enrolment_id == Enrolment.id)
        .where(
            Enrolment.id.in_([enrolment.id for enrolment in batch]),
            Enrolment.evidence_revision > sa.func.coalesce(GradedEvidence.revision, 0),
        )
    )
    return frozenset(db.session.scalars(wanted))
