"""Write down what a list of pairs did, so that it can be taken back, and find such lists again."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, cast

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.courses.models import Course
from sca_lms.courses.rules import Actor, Role
from sca_lms.database import db
from sca_lms.projects import queries
from sca_lms.projects.importing import Kind, Plan
from sca_lms.projects.models import Agency, Area, Captaincy, Pair, PairList
from sca_lms.projects.place_values import Values, values_of

UNDO_TIME = dt.timedelta(hours=24)
MOST_SHOWN = 10


class PairStand(TypedDict):
    """Where a pair stood; ids of the rows."""

    area: int | None
    agency: int | None
    dimension: str
    captaincy: int | None


class PairDeed(TypedDict):
    """What a list did to one pair; `before` is None for one that it made."""

    pair: int
    before: PairStand | None
    after: PairStand


class PlaceDeed(TypedDict):
    """What a list did to an area or agency; `before` is None for one that it made."""

    place: int
    before: Values | None
    after: Values


class RoleDeed(TypedDict):
    """A course role that a list gave."""

    enrolment: int
    role: str


class Deeds(TypedDict):
    """Everything that a list did, as it is stored."""

    pairs: list[PairDeed]
    areas: list[PlaceDeed]
    agencies: list[PlaceDeed]
    roles: list[RoleDeed]


@dataclass(frozen=True, slots=True)
class Seen:
    """How everything stood that a list is about to change."""

    pairs: Mapping[int, PairStand]
    areas: Mapping[int, Values]
    agencies: Mapping[int, Values]
    roles: Mapping[int, frozenset[Role]]


def seen_before(course: Course, plan: Plan) -> Seen:
    """Return how everything stands that a plan may change; call it before the plan is stored."""
    pairs = [each.pair for each in plan.pairs if each.pair is not None]
    people = [each.captain for each in plan.pairs if each.captain is not None] + plan.judges
    return Seen(
        _stands(pairs),
        {each.id: values_of(each) for each in queries.areas(course.id)},
        {each.id: values_of(each) for each in queries.agencies(course.id)},
        {each.id: each.roles for each in people},
    )


def write_down(course: Course, plan: Plan, seen: Seen, *, person_id: int | None, at: dt.datetime) -> PairList:
    """Keep what a plan did that was just stored, so that it can be taken back."""
    db.session.flush()
    codes = {each.code for each in plan.pairs if each.kind is not Kind.UNCHANGED}
    touched = [each for each in queries.every_pair(course.id) if each.code in codes]
    people = {each.captain.id: each.captain for each in plan.pairs if each.captain is not None}
    people |= {each.id: each for each in plan.judges}
    deeds = Deeds(
        pairs=[
            PairDeed(pair=pair_id, before=seen.pairs.get(pair_id), after=after)
            for pair_id, after in _stands(touched).items()
        ],
        areas=_place_deeds(seen.areas, queries.areas(course.id)),
        agencies=_place_deeds(seen.agencies, queries.agencies(course.id)),
        roles=[
            RoleDeed(enrolment=each.id, role=str(role))
            for each in people.values()
            for role in sorted(each.roles - seen.roles[each.id])
        ],
    )
    row = PairList(
        course_id=course.id, stored_at=at, stored_by_id=person_id, deeds=cast("dict[str, object]", deeds)
    )
    db.session.add(row)
    db.session.flush()
    return row


def _place_deeds(before: Mapping[int, Values], after: Sequence[Area] | Sequence[Agency]) -> list[PlaceDeed]:
    found = []
    for each in after:
        now = values_of(each)
        if before.get(each.id) != now:
            found.append(PlaceDeed(place=each.id, before=before.get(each.id), after=now))
    return found


def _stands(pairs: Sequence[Pair]) -> dict[int, PairStand]:
    captaincies = queries.current_captaincies([each.id for each in pairs])
    return {each.id: stand_of(each, captaincies.get(each.id)) for each in pairs}


def stand_of(pair: Pair, captaincy: Captaincy | None) -> PairStand:
    """Return where a pair stands with the captaincy that has no end."""
    return PairStand(
        area=pair.area.id if pair.area else None,
        agency=pair.agency.id if pair.agency else None,
        dimension=pair.dimension,
        captaincy=captaincy.id if captaincy else None,
    )


def lists(course_id: int) -> Sequence[PairList]:
    """Return the lists that were stored last, with who stored and who took them back."""
    return db.session.scalars(
        _lists().where(PairList.course_id == course_id).order_by(PairList.id.desc()).limit(MOST_SHOWN)
    ).all()


def find_list(actor: Actor, list_id: int) -> PairList | None:
    """Return a stored list of the actor's course."""
    return db.session.scalar(_lists().where(PairList.id == list_id, PairList.course_id == actor.course_id))


def count(row: PairList) -> int:
    """Return how many pairs a stored list made or changed."""
    return len(deeds_of(row)["pairs"])


def can_still(row: PairList, *, at: dt.datetime) -> bool:
    """Tell whether a stored list may be taken back at a moment."""
    return row.undone_at is None and at < row.stored_at + UNDO_TIME


def _lists() -> sa.Select[PairList]:
    return sa.select(PairList).options(joinedload(PairList.stored_by), joinedload(PairList.undone_by))


def deeds_of(row: PairList) -> Deeds:
    """Return what a stored list did."""
    return cast("Deeds", row.deeds)
