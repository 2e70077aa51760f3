"""Take what is due, one worker each, and write down what became of it.

A lease keeps other workers away; it is short, so that what a worker that died had taken is soon taken again.
Before a score leaves, its revision, value and time are on record: whoever comes after a crash knows that it
may have arrived.
"""

import datetime as dt
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import contains_eager

from sca_lms.courses import queries as people
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.grades.addresses import Address, addresses_of, choose
from sca_lms.grades.models import Delivery, DeliveryEntry, GradeColumn, HostColumn, Score
from sca_lms.grades.rules import UNSENT, Reason, State, earliest_send, next_timestamp
from sca_lms.lti.models import Platform
from sca_lms.lti.profiles import profile_named

LEASE = dt.timedelta(seconds=45)
BEGIN_WITHIN = dt.timedelta(seconds=20)
"""With less than this left of the lease nothing is begun: sending must be over before somebody else may."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One score on its way, with everything that is needed to send it."""

    score_id: int
    lease_token: str
    lease_until: dt.datetime
    revision: int
    value: Decimal
    comment: str
    column_id: int
    host_column_id: int
    line_item_url: str | None
    score_maximum: Decimal
    platform: Platform
    offered: frozenset[str]
    subject: str
    failures: int
    timestamp: dt.datetime | None
    """The time it carries, if that is on record already; otherwise `begin` has to be called."""
    attempted_revision: int | None
    attempted_value: Decimal | None
    delivered_value: Decimal | None

    @property
    def may_be_known(self) -> bool:
        """Tell whether the host may have something of ours, so that it is looked at before sending."""
        return self.attempted_value is not None or self.delivered_value is not None


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a parcel that was tried."""

    state: State
    reason: Reason | None = None
    detail: str = ""
    next_try_at: dt.datetime | None = None
    in_doubt: bool = False
    """True when an attempt may have arrived all the same, so that the record of it has to stay."""
    host_value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PutBack:
    """Nothing was tried; with a reason it waits, without one it is only due."""

    until: dt.datetime
    reason: Reason | None = None


Fate = Ending | PutBack


@dataclass(frozen=True, slots=True)
class Finished:
    """A parcel that is no longer under way."""

    parcel: Parcel
    fate: Fate
    timestamp: dt.datetime | None = None
    """The time it carried, if it was sent."""


def claim(*, limit: int, at: dt.datetime) -> tuple[int, list[Parcel]]:
    """Take what is due and nobody else has; returns how much was taken, and what of it can be sent.

    What cannot be sent, because there is nowhere to send it, is settled on the spot.
    """
    lease_token, lease_until = secrets.token_hex(16), at + LEASE
    free = sa.or_(Delivery.lease_until.is_(None), Delivery.lease_until <= at)
    due = sendable().where(Delivery.next_try_at <= at, free)
    chosen = due.order_by(Delivery.next_try_at, Delivery.score_id).limit(limit)
    taken = db.session.scalars(
        sa.update(Delivery)
        .where(Delivery.score_id.in_(chosen), free)
        .values(lease_token=lease_token, lease_until=lease_until)
        .returning(Delivery.score_id)
        .execution_options(synchronize_session=False)
    ).all()
    if not taken:
        return 0, []
    rows = _load(taken)
    places = addresses_of(
        {score.column.course_id for score, _ in rows}, {score.enrolment.person_id for score, _ in rows}
    )
    known = _host_columns({score.column_id for score, _ in rows})
    parcels = []
    for score, delivery in rows:
        if score.value is None:
            _put_away(delivery, score)
            continue
        address = choose(places.get((score.column.course_id, score.enrolment.person_id), ()))
        if isinstance(address, Reason):
            _end(delivery, score.revision, Ending(State.REFUSED, address), at=at)
            continue
        place = _place(known, score.column_id, address.context.id)
        if place.gone_at is not None:
            _end(delivery, score.revision, Ending(State.REFUSED, Reason.COLUMN_GONE), at=at)
            continue
        parcel = _pack(score, score.value, delivery, address, place, at=at)
        if parcel is not None:
            parcels.append(parcel)
    return len(taken), parcels


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


def begin(parcel: Parcel, *, at: dt.datetime) -> dt.datetime | None:
    """Put an attempt on record and return the time it carries; None when the parcel is no longer ours."""
    delivery = _ours([parcel]).get(parcel.score_id)
    if delivery is None:
        return None
    timestamp = next_timestamp(delivery.last_timestamp, shift=_shift(parcel.platform), at=at)
    if timestamp is None:
        return None
    _attempt(delivery, parcel.revision, parcel.value, timestamp)
    freeze(parcel.column_id, at=at)
    return timestamp


def finish(finished: Sequence[Finished], *, at: dt.datetime) -> None:
    """Write down what became of parcels; nothing of those that somebody else has by now."""
    parcels = [each.parcel for each in finished]
    # Scores are locked before their deliveries, as wherever both change: a newer value must not be missed.
    locked = db.session.execute(
        sa.select(Score.id, Score.revision)
        .where(Score.id.in_([parcel.score_id for parcel in parcels]))
        .order_by(Score.id)
        .with_for_update()
    )
    revisions = {row.id: row.revision for row in locked}
    ours = _ours(parcels)
    for each in finished:
        parcel, fate = each.parcel, each.fate
        delivery = ours.get(parcel.score_id)
        if delivery is None:
            continue
        if isinstance(fate, PutBack):
            _put_back(delivery, parcel, fate)
            continue
        if fate.state is State.DELIVERED:
            delivery.delivered_revision, delivery.delivered_value = parcel.revision, parcel.value
            delivery.delivered_at = at
        _end(delivery, parcel.revision, fate, at=at, timestamp=each.timestamp, value=parcel.value)
        if revisions[parcel.score_id] > parcel.revision and fate.state not in UNSENT | {State.CHANGED}:
            delivery.state, delivery.next_try_at = State.DUE, at
            delivery.reason, delivery.detail = None, ""


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
    score: Score, value: Decimal, delivery: Delivery, address: Address, place: HostColumn, *, at: dt.datetime
) -> Parcel | None:
    """Make a parcel; None while it is too early for another score of this person."""
    shift = _shift(address.platform)
    timestamp = next_timestamp(delivery.last_timestamp, shift=shift, at=at)
    if timestamp is None:
        delivery.next_try_at = earliest_send(delivery.last_timestamp or at, shift=shift)
        delivery.lease_token = delivery.lease_until = None
        return None
    attempted_revision, attempted_value = delivery.attempted_revision, delivery.attempted_value
    ready = attempted_value is None and delivery.delivered_value is None and place.line_item_url is not None
    if ready:
        # Most scores go this way: one transaction for many of them.
        _attempt(delivery, score.revision, value, timestamp)
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
        score_maximum=score.column.score_maximum,
        platform=address.platform,
        offered=frozenset(address.context.ags_scopes),
        subject=address.subject,
        failures=delivery.failures,
        timestamp=timestamp if ready else None,
        attempted_revision=attempted_revision,
        attempted_value=attempted_value,
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


def _attempt(delivery: Delivery, revision: int, value: Decimal, timestamp: dt.datetime) -> None:
    delivery.attempted_revision, delivery.attempted_value = revision, value
    delivery.last_timestamp = timestamp


def _put_away(delivery: Delivery, score: Score) -> None:
    """Settle a score that has become nothing; what the host has is left to people."""
    delivered = delivery.delivered_revision is not None
    delivery.state = State.DELIVERED if delivered else State.NOTHING
    delivery.settled_revision = score.revision
    delivery.reason, delivery.next_try_at = None, None
    delivery.lease_token = delivery.lease_until = None


def _end(
    delivery: Delivery,
    revision: int,
    ending: Ending,
    *,
    at: dt.datetime,
    timestamp: dt.datetime | None = None,
    value: Decimal | None = None,
) -> None:
    """Put a delivery into its new state, with a line in its story where that is news."""
    unsent = ending.state in UNSENT
    if ending.state is State.DELIVERED or (delivery.state, delivery.reason) != (ending.state, ending.reason):
        db.session.add(
            DeliveryEntry(
                score_id=delivery.score_id, at=at, state=ending.state, reason=ending.reason,
                detail=ending.detail, value=value, timestamp=timestamp,
            )
        )  # fmt: skip
    delivery.state, delivery.reason, delivery.detail = ending.state, ending.reason, ending.detail
    delivery.failures = delivery.failures + 1 if unsent else 0
    delivery.next_try_at = ending.next_try_at if unsent else None
    delivery.host_value = ending.host_value
    delivery.lease_token = delivery.lease_until = None
    if not unsent:
        delivery.settled_revision, delivery.settled_at = revision, at
    if not ending.in_doubt:
        delivery.attempted_revision = delivery.attempted_value = None


def _put_back(delivery: Delivery, parcel: Parcel, back: PutBack) -> None:
    delivery.state = State.WAITING if back.reason else delivery.state
    delivery.reason = back.reason or delivery.reason
    delivery.next_try_at = back.until
    delivery.lease_token = delivery.lease_until = None
    if parcel.timestamp is not None:
        # The attempt that was put on record when it was taken has certainly not been made.
        delivery.attempted_revision = delivery.attempted_value = None


def _ours(parcels: Sequence[Parcel]) -> dict[int, Delivery]:
    """Return the deliveries of parcels, locked, without those that somebody else has taken since."""
    tokens = {parcel.score_id: parcel.lease_token for parcel in parcels}
    found = db.session.scalars(
        sa.select(Delivery)
        .where(Delivery.score_id.in_(tokens))
        .order_by(Delivery.score_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {each.score_id: each for each in found if each.lease_token == tokens[each.score_id]}


def freeze(column_id: int, *, at: dt.datetime) -> None:
    """Keep a column's maximum from now on, because something on its scale is about to leave."""
    db.session.execute(
        sa.update(GradeColumn)
        .where(GradeColumn.id == column_id, GradeColumn.frozen_at.is_(None))
        .values(frozen_at=at)
        .execution_options(synchronize_session=False)
    )


def _shift(platform: Platform) -> dt.timedelta:
    return dt.timedelta(seconds=profile_named(platform.profile).clock_shift_seconds)
