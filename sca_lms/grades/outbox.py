"""Take what is due, one worker each.

A lease keeps other workers away; it is short, so that what a worker that died had taken is soon taken again.
"""

import datetime as dt
import secrets
from collections.abc import Collection, Sequence
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import contains_eager

from sca_lms.courses import queries as people
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.grades.addresses import Address, addresses_of, choose
from sca_lms.grades.models import Delivery, GradeColumn, HostColumn, Score
from sca_lms.grades.parcels import Ending, Parcel
from sca_lms.grades.rules import Reason, State, earliest_send, next_timestamp
from sca_lms.grades.settling import clock_shift, end, put_away, record_attempt
from sca_lms.lti.models import LtiContext

LEASE = dt.timedelta(seconds=45)
BEGIN_WITHIN = dt.timedelta(seconds=20)
"""With less than this left of the lease nothing is begun: sending must be over before somebody else may."""


def claim(
    *, limit: int, at: dt.datetime, without_platforms: Collection[int] = (), only: int | None = None
) -> tuple[int, list[Parcel]]:
    """Take what is due and nobody else has; returns how much was taken, and what of it can be sent.

    What cannot be sent, because there is nowhere to send it, is settled on the spot. Courses of the platforms
    that have enough to do are left for later; `only` takes one score and no other.
    """
    lease_token, lease_until = secrets.token_hex(16), at + LEASE
    free = sa.or_(Delivery.lease_until.is_(None), Delivery.lease_until <= at)
    due = sendable().where(Delivery.next_try_at <= at, free)
    if only is not None:
        due = due.where(Delivery.score_id == only)
    if without_platforms:
        busy = sa.select(LtiContext.course_id).where(LtiContext.platform_id.in_(without_platforms))
        due = due.where(GradeColumn.course_id.not_in(busy))
    chosen = due.order_by(Delivery.next_try_at, Delivery.score_id).limit(limit)
    taken = db.session.scalars(
        sa.update(Delivery)
        .where(Delivery.score_id.in_(chosen), free)
        .values(lease_token=lease_token, lease_until=lease_until)
        .returning(Delivery.score_id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(taken), _parcels(taken, at=at) if taken else []


def due_ids(*, limit: int, at: dt.datetime) -> Sequence[int]:
    """Return what `claim` would take."""
    free = sa.or_(Delivery.lease_until.is_(None), Delivery.lease_until <= at)
    due = sendable().where(Delivery.next_try_at <= at, free)
    return db.session.scalars(due.order_by(Delivery.next_try_at, Delivery.score_id).limit(limit)).all()


def sendable() -> sa.Select[int]:
    """Return the ids of all scores that have to be sent, now or later."""
    return (
        sa.select(Delivery.score_id)
        .join(Delivery.score)
        .join(Score.column)
        .join(Score.enrolment)
        .join(Enrolment.person)
        .where(Delivery.next_try_at.is_not(None), GradeColumn.is_active, people.counts())
    )


def _parcels(taken: Sequence[int], *, at: dt.datetime) -> list[Parcel]:
    rows = _load(taken)
    places = addresses_of(
        {score.column.course_id for score, _ in rows}, {score.enrolment.person_id for score, _ in rows}
    )
    known = _host_columns({score.column_id for score, _ in rows})
    parcels = []
    for score, delivery in rows:
        if score.value is None and not delivery.withdraws:
            put_away(delivery, score)
            continue
        address = choose(places.get((score.column.course_id, score.enrolment.person_id), ()))
        if isinstance(address, Reason):
            end(delivery, score.revision, Ending(State.REFUSED, address), at=at)
            continue
        place = _place(known, score.column_id, address.context.id)
        if place.gone_at is not None:
            end(delivery, score.revision, Ending(State.REFUSED, Reason.COLUMN_GONE), at=at)
            continue
        wanted = None if delivery.withdraws else score.value
        parcel = _pack(score, wanted, delivery, address, place, at=at)
        if parcel is not None:
            parcels.append(parcel)
    return parcels


def _load(score_ids: Sequence[int]) -> list[tuple[Score, Delivery]]:
    rows = db.session.execute(
        sa.select(Score, Delivery)
        .join(Delivery, Delivery.score_id == Score.id)
        .join(Score.column)
        .join(Score.enrolment)
        .where(Score.id.in_(score_ids))
        .options(contains_eager(Score.column), contains_eager(Score.enrolment))
        .order_by(Delivery.next_try_at, Score.id)
        .execution_options(populate_existing=True)
    )
    return [(score, delivery) for score, delivery in rows]


def _pack(
    score: Score,
    value: Decimal | None,
    delivery: Delivery,
    address: Address,
    place: HostColumn,
    *,
    at: dt.datetime,
) -> Parcel | None:
    """Make a parcel; None while it is too early for another score of this person."""
    shift = clock_shift(address.platform)
    timestamp = next_timestamp(delivery.last_timestamp, shift=shift, at=at)
    if timestamp is None:
        delivery.next_try_at = earliest_send(delivery.last_timestamp or at, shift=shift)
        delivery.lease_token = delivery.lease_until = None
        return None
    attempted_revision, attempted_value = delivery.attempted_revision, delivery.attempted_value
    is_first = attempted_value is None and delivery.delivered_value is None and not delivery.earlier_values
    ready = is_first and value is not None and place.line_item_url is not None and place.made_by_tool
    if ready:
        # Nothing has to be looked at before: one transaction for many of them.
        record_attempt(delivery, score.revision, value, timestamp)
        score.column.frozen_at = score.column.frozen_at or at
    return Parcel(
        score_id=score.id,
        lease_token=delivery.lease_token or "",
        lease_until=delivery.lease_until or at,
        revision=score.revision,
        value=value,
        comment=score.comment,
        column_id=score.column_id,
        host_column_id=place.id,
        line_item_url=place.line_item_url,
        made_by_tool=place.made_by_tool,
        score_maximum=score.column.score_maximum,
        platform=address.platform,
        offered=frozenset(address.context.ags_scopes),
        subject=address.subject,
        failures=delivery.failures,
        detail=delivery.detail,
        timestamp=timestamp if ready else None,
        attempted_revision=attempted_revision,
        attempted_value=attempted_value,
        earlier_values=tuple(map(Decimal, delivery.earlier_values or ())),
        delivered_value=delivery.delivered_value,
    )


def _host_columns(column_ids: Collection[int]) -> dict[tuple[int, int], HostColumn]:
    found = db.session.scalars(
        sa.select(HostColumn)
        .where(HostColumn.column_id.in_(column_ids))
        .execution_options(populate_existing=True)
    )
    return {(place.column_id, place.context_id): place for place in found}


def _place(known: dict[tuple[int, int], HostColumn], column_id: int, context_id: int) -> HostColumn:
    """Return where a column lives in one course of a host, noting it the first time."""
    key = (column_id, context_id)
    if key not in known:
        place = HostColumn(column_id=column_id, context_id=context_id)
        try:
            with db.session.begin_nested():
                db.session.add(place)
        except IntegrityError:
            # Another worker wanted the same column at the same moment.
            known |= _host_columns({column_id})
        else:
            known[key] = place
    return known[key]
