"""Take back what a list of pairs did, as long as nothing was built upon it.

Every pair goes back whole or stays whole. What stays is named with its reason before anything happens.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.lti import roster
from sca_lms.projects import queries
from sca_lms.projects.list_deeds import UNDO_TIME, Deeds, PairDeed, PlaceDeed, deeds_of, stand_of
from sca_lms.projects.models import Agency, Area, Captaincy, Pair, PairList
from sca_lms.projects.place_values import restore, values_of

Meetings = Callable[[Collection[int], dt.datetime], Collection[tuple[int, int]]]
"""Tells which captains (enrolment ids) of these pairs have made meetings with them since a moment."""


class TooLate(Refused):
    """A list cannot be taken back any more."""

    code = "too-late"


class Stays(StrEnum):
    """Why something is not taken back."""

    MEETINGS = "meetings"
    CAPTAIN_SINCE = "captain-since"
    ENDED_SINCE = "ended-since"
    CHANGED_SINCE = "changed-since"
    FORMER_LEFT = "former-left"
    PLACE_USED = "place-used"
    PLACE_CHANGED = "place-changed"
    STILL_CAPTAIN = "still-captain"


@dataclass(slots=True)
class Undo:
    """What taking a list back would do, and what would stay and why."""

    removed: list[Pair] = field(default_factory=list)
    """Pairs that the list made."""
    restored: list[Pair] = field(default_factory=list)
    kept: list[tuple[Pair, Stays]] = field(default_factory=list)
    removed_places: list[Area | Agency] = field(default_factory=list)
    restored_places: list[Area | Agency] = field(default_factory=list)
    kept_places: list[tuple[Area | Agency, Stays]] = field(default_factory=list)
    taken_roles: list[tuple[Enrolment, Role]] = field(default_factory=list)
    kept_roles: list[tuple[Enrolment, Stays]] = field(default_factory=list)
    had_captain: bool = False
    """Whether somebody is captain again whose meetings were called off by the list."""

    @property
    def does_something(self) -> bool:
        """Tell whether anything can be taken back."""
        return bool(
            self.removed or self.restored or self.removed_places or self.restored_places or self.taken_roles
        )


def plan_undo(row: PairList, meetings: Sequence[Meetings] = ()) -> Undo:
    """Work out what can be taken back and what stays; a constant number of statements."""
    deeds, found = deeds_of(row), Undo()
    every_pair = {each.id: each for each in queries.every_pair(row.course_id)}
    mine = [each for each in deeds["pairs"] if each["pair"] in every_pair]
    history: dict[int, list[Captaincy]] = {}
    for captaincy in queries.captaincies([each["pair"] for each in mine]):
        history.setdefault(captaincy.pair_id, []).append(captaincy)
    met = {one for tell in meetings for one in tell([each["pair"] for each in mine], row.stored_at)}
    for deed in mine:
        pair, led = every_pair[deed["pair"]], history.get(deed["pair"], [])
        if (why := _why_it_stays(pair, deed, led, met)) is not None:
            found.kept.append((pair, why))
        elif deed["before"] is None:
            found.removed.append(pair)
        else:
            found.restored.append(pair)
            found.had_captain |= deed["before"]["captaincy"] not in (None, deed["after"]["captaincy"])
    # Where the pairs will be then decides which places nobody needs any more.
    back = {each.id for each in (*found.removed, *found.restored)}
    stay = [each for each in every_pair.values() if each.id not in back]
    befores = [each["before"] for each in mine if each["pair"] in back and each["before"] is not None]
    areas = {each.area_id for each in stay} | {each["area"] for each in befores}
    agencies = {each.agency_id for each in stay} | {each["agency"] for each in befores}
    _plan_places(found, deeds["areas"], {each.id: each for each in queries.areas(row.course_id)}, areas)
    _plan_places(
        found, deeds["agencies"], {each.id: each for each in queries.agencies(row.course_id)}, agencies
    )
    _plan_roles(found, row, deeds)
    return found


def undo(
    course: Course,
    row: PairList,
    *,
    person_id: int | None,
    at: dt.datetime,
    meetings: Sequence[Meetings] = (),
) -> Undo | None:
    """Take a list back as far as it goes and return what that was; None when it was taken back before.

    Raise `TooLate` a day after it was stored.
    """
    mine = db.session.scalar(
        sa.update(PairList)
        .where(PairList.id == row.id, PairList.undone_at.is_(None), PairList.stored_at > at - UNDO_TIME)
        .values(undone_at=at, undone_by_id=person_id)
        .returning(PairList.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(row, ["undone_at", "undone_by_id"])
    if mine is None:
        if row.undone_at is not None:
            return None
        raise TooLate(_l("A list can be taken back for one day. Change the pairs one by one now."))
    deeds = deeds_of(row)
    # Whoever books a meeting of one of these pairs meanwhile has it before, or finds the pair gone.
    db.session.scalars(
        sa.select(Pair)
        .where(Pair.id.in_([each["pair"] for each in deeds["pairs"]]))
        .order_by(Pair.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    found = plan_undo(row, meetings)
    stands = {each["pair"]: each for each in deeds["pairs"]}
    people: set[int] = set()
    for pair in (*found.restored, *found.removed):
        people |= _take_back(pair, stands[pair.id])
    db.session.flush()
    _take_back_places(found, deeds)
    for enrolment, role in found.taken_roles:
        roster.change_role(
            course, enrolment, role, given=False, by_enrolment_id=None, person_id=person_id, at=at
        )
    courses.record_audit(
        course, person_id, "undo-pair-list", f"pair list {row.id}", at=at,
        before={"pairs": sorted(each.code for each in (*found.removed, *found.restored))},
        after={
            "removed": sorted(each.code for each in found.removed),
            "restored": sorted(each.code for each in found.restored),
            "kept": {each.code: str(why) for each, why in found.kept},
        },
    )  # fmt: skip
    courses.touch_all(sorted(people))
    return found


def _why_it_stays(
    pair: Pair, deed: PairDeed, led: Sequence[Captaincy], met: Collection[tuple[int, int]]
) -> Stays | None:
    before, after = deed["before"], deed["after"]
    current = next((each for each in led if each.ended_at is None), None)
    if pair.ended_at is not None:
        return Stays.ENDED_SINCE
    if (current.id if current else None) != after["captaincy"]:
        return Stays.CAPTAIN_SINCE
    if stand_of(pair, current) != after:
        return Stays.CHANGED_SINCE
    if before is None:
        others = any(each.id != after["captaincy"] for each in led)
        with_anybody = any(pair_id == pair.id for pair_id, _captain in met)
        return Stays.CAPTAIN_SINCE if others else Stays.MEETINGS if with_anybody else None
    if before["captaincy"] == after["captaincy"]:
        return None
    if current is not None and (pair.id, current.captain_id) in met:
        return Stays.MEETINGS
    former = next((each for each in led if each.id == before["captaincy"]), None)
    gone = former is not None and former.captain.state is EnrolmentState.WITHDRAWN
    return Stays.FORMER_LEFT if gone else None


def _plan_places(
    found: Undo, deeds: Sequence[PlaceDeed], known: Mapping[int, Area | Agency], used: Collection[int | None]
) -> None:
    for deed in deeds:
        place = known.get(deed["place"])
        if place is None:
            continue
        if values_of(place) != deed["after"]:
            found.kept_places.append((place, Stays.PLACE_CHANGED))
        elif deed["before"] is not None:
            found.restored_places.append(place)
        elif place.id in used:
            found.kept_places.append((place, Stays.PLACE_USED))
        else:
            found.removed_places.append(place)


def _plan_roles(found: Undo, row: PairList, deeds: Deeds) -> None:
    wanted = {(each["enrolment"], Role(each["role"])) for each in deeds["roles"]}
    people = db.session.scalars(
        sa.select(Enrolment)
        .where(Enrolment.id.in_([enrolment_id for enrolment_id, _role in wanted]))
        .options(joinedload(Enrolment.person))
        .order_by(Enrolment.id)
    ).all()
    gone = {each.id for each in found.removed}
    ended = {
        each["after"]["captaincy"]
        for each in deeds["pairs"]
        if each["before"] is None or each["before"]["captaincy"] != each["after"]["captaincy"]
        if each["pair"] in gone | {pair.id for pair in found.restored}
    }
    leading = set(
        db.session.scalars(
            sa.select(Captaincy.captain_id)
            .join(Captaincy.pair)
            .where(
                Pair.course_id == row.course_id,
                Captaincy.captain_id.in_([each.id for each in people]),
                Captaincy.id.not_in([each for each in ended if each is not None]),
            )
        )
    )
    for each in people:
        for role in sorted(role for enrolment_id, role in wanted if enrolment_id == each.id):
            if role not in each.roles:
                continue
            if role is Role.MENTOR and each.id in leading:
                found.kept_roles.append((each, Stays.STILL_CAPTAIN))
            else:
                found.taken_roles.append((each, role))


def _take_back(pair: Pair, deed: PairDeed) -> set[int]:
    """Put one pair back as it was and return the enrolments that it concerns."""
    before, after = deed["before"], deed["after"]
    people = {pair.ambassador_id}
    if before is None or before["captaincy"] != after["captaincy"]:
        new = db.session.get(Captaincy, after["captaincy"]) if after["captaincy"] else None
        if new is not None:
            people.add(new.captain_id)
            db.session.delete(new)
            # The former one may only stand again when the new one is gone.
            db.session.flush()
        former = db.session.get(Captaincy, before["captaincy"]) if before and before["captaincy"] else None
        if former is not None:
            former.ended_at, former.reason = None, ""
            people.add(former.captain_id)
    if before is None:
        db.session.delete(pair)
        return people
    pair.area = db.session.get(Area, before["area"]) if before["area"] else None
    pair.agency = db.session.get(Agency, before["agency"]) if before["agency"] else None
    pair.dimension = before["dimension"]
    return people


def _take_back_places(found: Undo, deeds: Deeds) -> None:
    was = {(Area, each["place"]): each["before"] for each in deeds["areas"]}
    also = {(Agency, each["place"]): each["before"] for each in deeds["agencies"]}
    for place in found.restored_places:
        values = was.get((Area, place.id)) if isinstance(place, Area) else also.get((Agency, place.id))
        if values is not None:
            restore(place, values)
    db.session.flush()
    for place in tuple(found.removed_places):
        try:
            with db.session.begin_nested():
                db.session.delete(place)
        except IntegrityError:
            # Somebody has let a pair work there in this very moment.
            found.removed_places.remove(place)
            found.kept_places.append((place, Stays.PLACE_USED))
