"""Read how a captain's pairs are doing: one card for each, whatever their number the same statements."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.mentoring import action_queries, concern_rules, credit, report_queries
from sca_lms.mentoring.concern_rules import Concern
from sca_lms.mentoring.credit import Standing
from sca_lms.mentoring.models import (
    ActionItem,
    Appointment,
    AppointmentPlace,
    AppointmentState,
    PlaceState,
    Side,
)
from sca_lms.mentoring.report_queries import Missing
from sca_lms.projects import queries as projects
from sca_lms.projects.models import Pair


@dataclass(frozen=True, slots=True)
class Mentee:
    """One pair of a captain, with what waits there."""

    pair: Pair
    standing: Standing
    next: Appointment | None
    items: Sequence[ActionItem]
    missing: Sequence[Missing]
    """Meetings that are over without both reports."""
    requests: Sequence[Appointment]
    """What the ambassador has asked for and the captain has not answered."""
    disputes: int
    is_overdue: bool

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """Return why somebody should look, the most urgent first."""
        return concern_rules.concerns(
            disputes=self.disputes,
            reports=len(self.mine_missing),
            requests=len(self.requests),
            is_overdue=self.is_overdue,
        )

    @property
    def mine_missing(self) -> Sequence[Missing]:
        """Return the meetings that the captain has not reported."""
        return [each for each in self.missing if Side.CAPTAIN in each.sides]


def mentees(actor: Actor, *, at: dt.datetime) -> list[Mentee]:
    """Return the pairs that the actor leads now: those that need somebody first, then by name."""
    if actor.enrolment_id is None:
        return []
    pairs = [
        pair
        for pair in projects.pairs_of_captain(actor.enrolment_id, at)
        if pair.course_id == actor.course_id
    ]
    people = [pair.ambassador_id for pair in pairs]
    standings = credit.standings(actor.course_id, people, at=at)
    missing = report_queries.missing(
        actor.course_id, at=at, ambassador_ids=people, captain_id=actor.enrolment_id
    )
    items = action_queries.open_items([pair.id for pair in pairs])
    coming = _coming(people, at=at)
    requests = _requests(actor, at=at)
    disputes = _disputes(people)
    found = [
        Mentee(
            pair=pair,
            standing=standings[pair.ambassador_id],
            next=coming.get(pair.ambassador_id),
            items=[item for item in items if item.pair_id == pair.id],
            missing=[each for each in missing if each.place.enrolment_id == pair.ambassador_id],
            requests=[each for each in requests if each.pair_id == pair.id],
            disputes=disputes.get(pair.ambassador_id, 0),
            is_overdue=concern_rules.overdue(standings[pair.ambassador_id].last_met_at, pair.began_at, at=at),
        )
        for pair in pairs
    ]
    return sorted(found, key=lambda each: -len(each.concerns))


def _coming(people: Sequence[int], *, at: dt.datetime) -> dict[int, Appointment]:
    """Return each ambassador's next confirmed appointment."""
    rows = db.session.scalars(
        sa.select(AppointmentPlace)
        .join(AppointmentPlace.appointment)
        .where(
            AppointmentPlace.enrolment_id.in_(people),
            AppointmentPlace.state == PlaceState.IN,
            Appointment.state.in_(credit.TO_COME),
            Appointment.ends_at > at,
        )
        .options(contains_eager(AppointmentPlace.appointment).joinedload(Appointment.topic))
        .order_by(Appointment.starts_at.desc())
    )
    return {place.enrolment_id: place.appointment for place in rows}


def _requests(actor: Actor, *, at: dt.datetime) -> Sequence[Appointment]:
    return db.session.scalars(
        sa.select(Appointment)
        .where(
            Appointment.captain_id == actor.enrolment_id,
            Appointment.state == AppointmentState.REQUESTED,
            Appointment.awaits == Side.CAPTAIN,
            Appointment.starts_at > at,
        )
        .options(joinedload(Appointment.topic), joinedload(Appointment.captain).joinedload(Enrolment.person))
        .order_by(Appointment.starts_at)
    ).all()


def _disputes(people: Sequence[int]) -> dict[int, int]:
    rows = db.session.execute(
        sa.select(AppointmentPlace.enrolment_id, sa.func.count())
        .where(
            AppointmentPlace.enrolment_id.in_(people), AppointmentPlace.outcome == AppointmentState.DISPUTED
        )
        .group_by(AppointmentPlace.enrolment_id)
    )
    return {row[0]: row[1] for row in rows}
