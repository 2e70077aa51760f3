"""Decide what somebody may do with an appointment as it stands; pure."""

import datetime as dt
import enum
from dataclasses import dataclass

from sca_lms.mentoring.models import AppointmentState, PlaceState, Side

LIVING = (AppointmentState.OPEN, AppointmentState.REQUESTED, AppointmentState.CONFIRMED)
"""The states in which an appointment that is ahead takes its people's time."""


class Act(enum.StrEnum):
    """Something that can be done with an appointment."""

    CONFIRM = "confirm"
    DECLINE = "decline"
    PROPOSE = "propose"
    MOVE = "move"
    CANCEL = "cancel"
    EDIT = "edit"
    JOIN = "join"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Party:
    """Who acts, and for which side; without a side it is somebody of the staff, who acts for both."""

    side: Side | None
    person_id: int | None
    enrolment_id: int | None
    name: str = ""
    """As the others are told who it was."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides about an appointment."""

    state: AppointmentState
    awaits: Side | None
    is_group: bool
    starts_at: dt.datetime
    ends_at: dt.datetime
    move_until_hours: int
    place: PlaceState | None = None
    """The actor's own place."""


def other(side: Side) -> Side:
    """Return the side across the table."""
    return Side.AMBASSADOR if side is Side.CAPTAIN else Side.CAPTAIN


def move_until(standing: Standing) -> dt.datetime:
    """Return until when an ambassador may move or cancel what both have agreed on."""
    return standing.starts_at - dt.timedelta(hours=standing.move_until_hours)


def acts(standing: Standing, side: Side | None, *, at: dt.datetime) -> frozenset[Act]:
    """Return what a side (None: staff) may do now; nothing but the agenda changes once it has begun."""
    if standing.state not in LIVING or at >= standing.ends_at:
        return frozenset()
    if standing.is_group:
        return _group_acts(standing, side, begun=at >= standing.starts_at)
    if at >= standing.starts_at:
        return frozenset({Act.EDIT})
    if standing.state is AppointmentState.REQUESTED:
        return frozenset({Act.EDIT}) | _requested_acts(standing.awaits, side)
    if side is Side.AMBASSADOR and at > move_until(standing):
        return frozenset({Act.EDIT})
    return frozenset({Act.EDIT, Act.MOVE, Act.CANCEL})


def _requested_acts(awaits: Side | None, side: Side | None) -> frozenset[Act]:
    if side is None:
        return frozenset({Act.CONFIRM, Act.DECLINE, Act.MOVE, Act.CANCEL})
    if awaits is side:
        return frozenset({Act.CONFIRM, Act.DECLINE, Act.PROPOSE})
    return frozenset({Act.MOVE, Act.CANCEL})


def _group_acts(standing: Standing, side: Side | None, *, begun: bool) -> frozenset[Act]:
    if side is not Side.AMBASSADOR:
        return frozenset({Act.EDIT}) if begun else frozenset({Act.EDIT, Act.MOVE, Act.CANCEL})
    if begun:
        return frozenset()
    has_place = standing.place in (PlaceState.IN, PlaceState.WAITING)
    return frozenset({Act.LEAVE if has_place else Act.JOIN})
