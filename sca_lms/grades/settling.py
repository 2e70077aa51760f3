"""Write down that a score leaves, and what became of it.

Before a score leaves, its revision, value and time are on record: whoever comes after a crash knows that it
may have arrived.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from sca_lms.database import db
from sca_lms.grades.models import Delivery, DeliveryEntry, GradeColumn, Score, Tally
from sca_lms.grades.parcels import Ending, Finished, Parcel, PutBack
from sca_lms.grades.rules import STANDS, UNSENT, Reason, State, next_timestamp
from sca_lms.lti.models import Platform
from sca_lms.lti.profiles import profile_named

MOST_EARLIER = 20
KNOWN = frozenset({State.DELIVERED, State.WITHDRAWN})
"""Endings after which it is known what the host has; after every other one, doubts stay."""


def clock_shift(platform: Platform) -> dt.timedelta:
    """Return what a platform wants added to the time of a score."""
    return dt.timedelta(seconds=profile_named(platform.profile).clock_shift_seconds)


def begin(parcel: Parcel, *, at: dt.datetime) -> dt.datetime | None:
    """Put an attempt on record and return the time it carries; None when the parcel is no longer ours."""
    delivery = _ours([parcel]).get(parcel.score_id)
    if delivery is None:
        return None
    timestamp = next_timestamp(delivery.last_timestamp, shift=clock_shift(parcel.platform), at=at)
    if timestamp is None:
        return None
    record_attempt(delivery, parcel.revision, parcel.value, timestamp)
    freeze(parcel.column_id, at=at)
    return timestamp


def record_attempt(delivery: Delivery, revision: int, value: Decimal | None, timestamp: dt.datetime) -> None:
    """Note what is about to leave; taking back leaves the note of an older value, which it is taking back."""
    delivery.last_timestamp = timestamp
    if value is None:
        return
    before = delivery.attempted_value
    if before is not None and before != value:
        # Two attempts may fail in a row, and the host may have taken the first of them.
        may_be_shown(delivery, before)
    delivery.attempted_revision, delivery.attempted_value = revision, value


def may_be_shown(delivery: Delivery, value: Decimal) -> None:
    """Note one more value that the host may show without a teacher having changed anything since."""
    delivery.earlier_values = [*(delivery.earlier_values or ()), str(value)][-MOST_EARLIER:]


def freeze(column_id: int, *, at: dt.datetime) -> None:
    """Keep a column's maximum from now on, because something on its scale is about to leave."""
    db.session.execute(
        sa.update(GradeColumn)
        .where(GradeColumn.id == column_id, GradeColumn.frozen_at.is_(None))
        .values(frozen_at=at)
        .execution_options(synchronize_session=False)
    )


def finish(finished: Sequence[Finished], *, at: dt.datetime) -> None:
    """Write down what became of parcels; nothing of those that somebody else has by now."""
    parcels = [each.parcel for each in finished]
    # Scores are locked before their deliveries, as wherever both change: a newer value must not be missed.
    revisions = locked_revisions([parcel.score_id for parcel in parcels])
    ours = _ours(parcels)
    outcomes: Counter[tuple[State, str]] = Counter()
    for each in finished:
        parcel, fate = each.parcel, each.fate
        delivery = ours.get(parcel.score_id)
        if delivery is None:
            continue
        if isinstance(fate, PutBack):
            _put_back(delivery, parcel, fate)
            continue
        outcomes[fate.state, fate.reason or ""] += 1
        if not fate.in_doubt:
            _unmake(delivery, parcel)
        _note_what_the_host_has(delivery, parcel, fate, at=at)
        end(delivery, parcel.revision, fate, at=at, timestamp=each.timestamp, value=parcel.value)
        newer = revisions[parcel.score_id] > parcel.revision
        # What was taken back in the meantime, or is wanted again, has a newer revision as well.
        settled = STANDS if parcel.value is not None or delivery.withdraws else {State.CHANGED}
        if newer and fate.state not in UNSENT | settled:
            delivery.state, delivery.next_try_at = State.DUE, at
            delivery.reason, delivery.detail = None, ""
    _count(outcomes)


def locked_revisions(score_ids: Collection[int]) -> dict[int, int]:
    """Lock scores, in one order everywhere, and return their revisions."""
    rows = db.session.execute(
        sa.select(Score.id, Score.revision)
        .where(Score.id.in_(score_ids))
        .order_by(Score.id)
        .with_for_update()
    )
    return {row.id: row.revision for row in rows}


def end(
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
        tell(
            delivery, ending.state, at=at, reason=ending.reason, detail=ending.detail, value=value,
            timestamp=timestamp,
        )  # fmt: skip
    delivery.state, delivery.reason, delivery.detail = ending.state, ending.reason, ending.detail
    delivery.failures = delivery.failures + 1 if unsent else 0
    delivery.next_try_at = ending.next_try_at if unsent else None
    delivery.host_value = ending.host_value
    delivery.lease_token = delivery.lease_until = None
    if not unsent:
        delivery.settled_revision, delivery.settled_at = revision, at
    if ending.again:
        delivery.attempted_revision = None
    elif ending.state in KNOWN:
        delivery.attempted_revision = delivery.attempted_value = delivery.earlier_values = None


def tell(
    delivery: Delivery,
    state: State,
    *,
    at: dt.datetime,
    reason: Reason | None = None,
    detail: str = "",
    value: Decimal | None = None,
    timestamp: dt.datetime | None = None,
) -> None:
    """Add a line to the story of a score with its host."""
    db.session.add(
        DeliveryEntry(
            score_id=delivery.score_id, at=at, state=state, reason=reason, detail=detail, value=value,
            timestamp=timestamp,
        )
    )  # fmt: skip


def put_away(delivery: Delivery, score: Score) -> None:
    """Settle a score that has become nothing; what the host has is left to people."""
    delivered = delivery.delivered_revision is not None
    delivery.state = State.DELIVERED if delivered else State.NOTHING
    delivery.settled_revision = score.revision
    delivery.reason, delivery.next_try_at = None, None
    delivery.lease_token = delivery.lease_until = None


def failures_of(score_id: int) -> int:
    """Return how often in a row sending a score has failed."""
    return db.session.scalar(sa.select(Delivery.failures).where(Delivery.score_id == score_id)) or 0


def set_aside(score_id: int, *, reference: str, until: dt.datetime) -> None:
    """Let a score wait whose very packing meets a defect of ours; `reference` leads to it in the log."""
    db.session.execute(
        sa.update(Delivery)
        .where(Delivery.score_id == score_id, Delivery.next_try_at.is_not(None))
        .values(
            state=State.WAITING, reason=Reason.DEFECT, detail=reference, next_try_at=until,
            failures=Delivery.failures + 1, lease_token=None, lease_until=None,
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def _note_what_the_host_has(delivery: Delivery, parcel: Parcel, ending: Ending, *, at: dt.datetime) -> None:
    match ending.state:
        case State.DELIVERED:
            delivery.delivered_revision, delivery.delivered_value = parcel.revision, parcel.value
            delivery.delivered_at = at
            delivery.confirmed_at = at if ending.confirmed else None
        case State.WITHDRAWN:
            delivery.delivered_revision = delivery.delivered_value = delivery.confirmed_at = None
        case State.CHANGED:
            # Whoever wanted it taken back has not seen what a teacher made of it.
            delivery.withdraws = False


def _put_back(delivery: Delivery, parcel: Parcel, back: PutBack) -> None:
    delivery.state = State.WAITING if back.reason else delivery.state
    delivery.reason = back.reason or delivery.reason
    delivery.next_try_at = back.until
    delivery.lease_token = delivery.lease_until = None
    _unmake(delivery, parcel)


def _unmake(delivery: Delivery, parcel: Parcel) -> None:
    """Strike an attempt from the record that has certainly not arrived; earlier ones still may have.

    Were they forgotten, what they have left in the host would be taken for a teacher's change.
    """
    delivery.attempted_revision, delivery.attempted_value = parcel.attempted_revision, parcel.attempted_value
    delivery.earlier_values = [*map(str, parcel.earlier_values)] or None


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


def _count(outcomes: Mapping[tuple[State, str], int]) -> None:
    """Add to the tallies, in one order everywhere, so that two workers cannot wait for each other."""
    for (outcome, reason), count in sorted(outcomes.items()):
        known = (Tally.outcome == outcome, Tally.reason == reason)
        grown = sa.update(Tally).where(*known).values(count=Tally.count + count).returning(Tally.count)
        if db.session.execute(grown.execution_options(synchronize_session=False)).first() is not None:
            continue
        try:
            with db.session.begin_nested():
                db.session.execute(sa.insert(Tally).values(outcome=outcome, reason=reason, count=count))
        except IntegrityError:
            # Another worker was the first to see this outcome.
            db.session.execute(grown.execution_options(synchronize_session=False))
