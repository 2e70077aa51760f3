"""Read the work that pairs have agreed on."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.mentoring.models import ActionItem
from sca_lms.projects import queries as projects
from sca_lms.projects.models import Captaincy, Pair

LATELY_DONE = 20
"""So many of the items done last are shown."""


def open_items(pair_ids: Collection[int]) -> Sequence[ActionItem]:
    """Return what is open of pairs: what is due first comes first, what has no date comes last."""
    return db.session.scalars(
        _items()
        .where(ActionItem.pair_id.in_(pair_ids), ActionItem.done_at.is_(None))
        .order_by(ActionItem.due_on.is_(None), ActionItem.due_on, ActionItem.id)
    ).all()


def done_items(pair_ids: Collection[int]) -> Sequence[ActionItem]:
    """Return what pairs have done or dropped last, the newest first."""
    return db.session.scalars(
        _items()
        .where(ActionItem.pair_id.in_(pair_ids), ActionItem.done_at.is_not(None))
        .order_by(ActionItem.done_at.desc(), ActionItem.id.desc())
        .limit(LATELY_DONE)
    ).all()


def find_item(actor: Actor, item_id: int) -> ActionItem | None:
    """Return an item of a pair to which the actor belongs now, as its ambassador or its captain."""
    return db.session.scalar(
        _items().where(
            ActionItem.id == item_id, Pair.course_id == actor.course_id, ActionItem.pair_id.in_(_own(actor))
        )
    )


def own_pairs(actor: Actor) -> Sequence[Pair]:
    """Return the living pairs to which the actor belongs, with their ambassadors."""
    return db.session.scalars(
        sa.select(Pair)
        .where(Pair.id.in_(_own(actor)), Pair.course_id == actor.course_id)
        .options(joinedload(Pair.ambassador).joinedload(Enrolment.person))
        .order_by(Pair.id)
    ).all()


def captains(pair_ids: Collection[int]) -> dict[int, Enrolment]:
    """Return who is the captain of each of these pairs now."""
    return {pair_id: each.captain for pair_id, each in projects.current_captaincies(pair_ids).items()}


def _own(actor: Actor) -> sa.Select[int]:
    led = sa.select(Captaincy.pair_id).where(
        Captaincy.captain_id == actor.enrolment_id, Captaincy.ended_at.is_(None)
    )
    return sa.select(Pair.id).where(
        Pair.ended_at.is_(None), sa.or_(Pair.ambassador_id == actor.enrolment_id, Pair.id.in_(led))
    )


def _items() -> sa.Select[ActionItem]:
    return (
        sa.select(ActionItem)
        .join(ActionItem.pair)
        .options(
            contains_eager(ActionItem.pair).joinedload(Pair.ambassador).joinedload(Enrolment.person),
            joinedload(ActionItem.owner).joinedload(Enrolment.person),
            joinedload(ActionItem.drop_asked_by).joinedload(Enrolment.person),
            joinedload(ActionItem.done_by),
            joinedload(ActionItem.appointment),
        )
    )
