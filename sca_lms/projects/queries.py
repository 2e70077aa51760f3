"""Read pairs, their captains and their places; the only place where an id from outside becomes one."""

import datetime as dt
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, contains_eager, joinedload

from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.rules import STAFF, Actor
from sca_lms.database import db
from sca_lms.projects.models import Agency, Area, Captaincy, Pair


def pair_of(enrolment_id: int, at: dt.datetime) -> Pair | None:
    """Return the pair whose ambassador somebody is at a moment."""
    return db.session.scalar(_pairs().where(Pair.ambassador_id == enrolment_id, lives(at)))


def pairs_of_captain(enrolment_id: int, at: dt.datetime) -> Sequence[Pair]:
    """Return the pairs of which somebody is the captain at a moment, in the order of names."""
    theirs = sa.select(Captaincy.pair_id).where(Captaincy.captain_id == enrolment_id, holds(at))
    return db.session.scalars(_pairs().where(Pair.id.in_(theirs), lives(at))).all()


def pairs_ever_of_captain(enrolment_id: int) -> Sequence[Pair]:
    """Return the pairs of which somebody is or was the captain, in the order of names."""
    theirs = sa.select(Captaincy.pair_id).where(Captaincy.captain_id == enrolment_id)
    return db.session.scalars(_pairs().where(Pair.id.in_(theirs))).all()


def living_pairs(course_id: int, at: dt.datetime) -> Sequence[Pair]:
    """Return all pairs that a course has at a moment, in the order of names."""
    return db.session.scalars(_pairs().where(Pair.course_id == course_id, lives(at))).all()


def captain_at(pair: Pair, at: dt.datetime) -> Captaincy | None:
    """Return who is the captain of a pair at a moment."""
    return captains_at([pair.id], at).get(pair.id)


def captains_at(pair_ids: Collection[int], at: dt.datetime) -> dict[int, Captaincy]:
    """Return who is the captain of each of these pairs at a moment; those without one are left out."""
    rows = db.session.scalars(_captaincies().where(Captaincy.pair_id.in_(pair_ids), holds(at)))
    return {each.pair_id: each for each in rows}


def every_pair(course_id: int) -> Sequence[Pair]:
    """Return all pairs of a course, also those that have ended or are yet to begin, in the order of names."""
    return db.session.scalars(_pairs().where(Pair.course_id == course_id)).all()


def current_captaincies(pair_ids: Collection[int]) -> dict[int, Captaincy]:
    """Return for each of these pairs the captaincy that has no end; it may be yet to begin."""
    rows = db.session.scalars(
        _captaincies().where(Captaincy.pair_id.in_(pair_ids), Captaincy.ended_at.is_(None))
    )
    return {each.pair_id: each for each in rows}


def captaincies(pair_ids: Collection[int]) -> Sequence[Captaincy]:
    """Return everybody who is or was a captain of these pairs, the first ones first."""
    return db.session.scalars(
        _captaincies()
        .where(Captaincy.pair_id.in_(pair_ids))
        .options(joinedload(Captaincy.recorded_by))
        .order_by(Captaincy.began_at, Captaincy.id)
    ).all()


def find_pair(actor: Actor, pair_id: int) -> Pair | None:
    """Return a pair that the actor may see: staff any, captains theirs also of before, learners their own."""
    wanted = _pairs().where(Pair.id == pair_id, Pair.course_id == actor.course_id)
    if not actor.has(*STAFF):
        led = sa.select(Captaincy.pair_id).where(Captaincy.captain_id == actor.enrolment_id)
        wanted = wanted.where(sa.or_(Pair.ambassador_id == actor.enrolment_id, Pair.id.in_(led)))
    return db.session.scalar(wanted)


def find_area(actor: Actor, area_id: int) -> Area | None:
    """Return an area of the actor's course."""
    return db.session.scalar(sa.select(Area).where(Area.id == area_id, Area.course_id == actor.course_id))


def find_agency(actor: Actor, agency_id: int) -> Agency | None:
    """Return an agency of the actor's course."""
    return db.session.scalar(
        sa.select(Agency).where(Agency.id == agency_id, Agency.course_id == actor.course_id)
    )


def areas(course_id: int) -> Sequence[Area]:
    """Return the areas of a course by their codes."""
    return db.session.scalars(sa.select(Area).where(Area.course_id == course_id).order_by(Area.code)).all()


def agencies(course_id: int) -> Sequence[Agency]:
    """Return the agencies of a course by their codes."""
    return db.session.scalars(
        sa.select(Agency).where(Agency.course_id == course_id).order_by(Agency.code)
    ).all()


def pairs_in_areas(course_id: int) -> dict[int, int]:
    """Return how many living pairs each area has; areas without one are left out."""
    return _counted(course_id, Pair.area_id)


def pairs_in_agencies(course_id: int) -> dict[int, int]:
    """Return how many living pairs each agency has; agencies without one are left out."""
    return _counted(course_id, Pair.agency_id)


def lives(at: dt.datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a pair has begun and not ended at a moment."""
    return sa.and_(Pair.began_at <= at, sa.or_(Pair.ended_at.is_(None), Pair.ended_at > at))


def holds(at: dt.datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a captaincy has begun and not ended at a moment."""
    return sa.and_(Captaincy.began_at <= at, sa.or_(Captaincy.ended_at.is_(None), Captaincy.ended_at > at))


def _counted(course_id: int, place: InstrumentedAttribute[int | None]) -> dict[int, int]:
    rows = db.session.execute(
        sa.select(place, sa.func.count())
        .where(Pair.course_id == course_id, Pair.ended_at.is_(None), place.is_not(None))
        .group_by(place)
    )
    return {place_id: count for place_id, count in rows if place_id is not None}


def _pairs() -> sa.Select[Pair]:
    return (
        sa.select(Pair)
        .join(Pair.ambassador)
        .join(Enrolment.person)
        .options(
            contains_eager(Pair.ambassador).contains_eager(Enrolment.person),
            joinedload(Pair.area),
            joinedload(Pair.agency),
        )
        .order_by(Person.sort_key, Pair.id)
    )


def _captaincies() -> sa.Select[Captaincy]:
    return sa.select(Captaincy).options(
        joinedload(Captaincy.captain, innerjoin=True).joinedload(Enrolment.person, innerjoin=True)
    )
