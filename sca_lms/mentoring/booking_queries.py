"""Find appointments that somebody may see; the only place where an id from outside becomes one."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import STAFF, Actor, EnrolmentState, Role
from sca_lms.database import db
from sca_lms.mentoring.booking_rules import LIVING, Party, Standing
from sca_lms.mentoring.models import (
    Appointment,
    AppointmentEvent,
    AppointmentFile,
    AppointmentPlace,
    AppointmentState,
    Audience,
    MentoringTerms,
    PlaceState,
    Side,
)
from sca_lms.projects.models import Captaincy, Pair
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset


def find_appointment(actor: Actor, appointment_id: int) -> Appointment | None:
    """Return an appointment with its people, topic and planned meeting.

    Staff see all of the course; a captain their own and those of pairs they lead now, also from before them;
    an ambassador those in which they have or had a place, and group slots that they may join.
    """
    wanted = _whole().where(Appointment.id == appointment_id, Appointment.course_id == actor.course_id)
    if not actor.has(*STAFF):
        wanted = wanted.where(_visible(actor))
    return db.session.scalar(wanted)


def _visible(actor: Actor) -> sa.ColumnElement[bool]:
    me = actor.enrolment_id
    placed = sa.select(AppointmentPlace.appointment_id).where(AppointmentPlace.enrolment_id == me)
    led = sa.select(Captaincy.pair_id).where(Captaincy.captain_id == me, Captaincy.ended_at.is_(None))
    seen = [Appointment.captain_id == me, Appointment.id.in_(placed), Appointment.pair_id.in_(led)]
    if actor.has(Role.LEARNER):
        seen.append(sa.and_(Appointment.state == AppointmentState.OPEN, invites(me)))
    return sa.or_(*seen)


def invites(enrolment_id: int | None) -> sa.ColumnElement[bool]:
    """Return the condition on a group slot that an ambassador belongs to those who may join it."""
    own_captains = (
        sa.select(Captaincy.captain_id)
        .join(Captaincy.pair)
        .where(Pair.ambassador_id == enrolment_id, Pair.ended_at.is_(None), Captaincy.ended_at.is_(None))
    )
    own_group = sa.select(Enrolment.group).where(Enrolment.id == enrolment_id).scalar_subquery()
    return sa.or_(
        Appointment.audience == Audience.COURSE,
        sa.and_(Appointment.audience == Audience.PAIRS, Appointment.captain_id.in_(own_captains)),
        sa.and_(Appointment.audience == Audience.GROUP, Appointment.audience_group == own_group),
    )


def _whole() -> sa.Select[Appointment]:
    return sa.select(Appointment).options(
        joinedload(Appointment.captain, innerjoin=True).joinedload(Enrolment.person, innerjoin=True),
        joinedload(Appointment.topic, innerjoin=True),
        joinedload(Appointment.planned_meeting),
        joinedload(Appointment.occasion),
        joinedload(Appointment.pair).joinedload(Pair.ambassador).joinedload(Enrolment.person),
    )


def whole(appointment_ids: Collection[int]) -> Sequence[Appointment]:
    """Return these appointments, the earliest first, with their people, topics and planned meetings."""
    return db.session.scalars(
        _whole().where(Appointment.id.in_(appointment_ids)).order_by(Appointment.starts_at, Appointment.id)
    ).all()


def meetings_since(pair_ids: Collection[int], since: dt.datetime) -> set[tuple[int, int]]:
    """Return of which pairs and captains (enrolment ids) meetings were made since a moment."""
    rows = db.session.execute(
        sa.select(Appointment.pair_id, Appointment.captain_id)
        .where(Appointment.pair_id.in_(pair_ids), Appointment.created_at >= since)
        .distinct()
    )
    return {(pair_id, captain_id) for pair_id, captain_id in rows if pair_id is not None}


def places_of(appointment_ids: Collection[int]) -> dict[int, list[AppointmentPlace]]:
    """Return who has, waits for or has left a place in each of these, by when they asked; people loaded."""
    found: dict[int, list[AppointmentPlace]] = defaultdict(list)
    for place in db.session.scalars(
        sa.select(AppointmentPlace)
        .where(AppointmentPlace.appointment_id.in_(appointment_ids))
        .options(
            joinedload(AppointmentPlace.enrolment, innerjoin=True).joinedload(
                Enrolment.person, innerjoin=True
            )
        )
        .order_by(AppointmentPlace.asked_at, AppointmentPlace.id)
    ):
        found[place.appointment_id].append(place)
    return found


def events_of(appointment_id: int) -> Sequence[AppointmentEvent]:
    """Return everything that happened to an appointment, the oldest first, with who did it."""
    return db.session.scalars(
        sa.select(AppointmentEvent)
        .where(AppointmentEvent.appointment_id == appointment_id)
        .options(joinedload(AppointmentEvent.person))
        .order_by(AppointmentEvent.at, AppointmentEvent.id)
    ).all()


def files_of(appointment_id: int) -> Sequence[AppointmentFile]:
    """Return the files of an appointment in the order in which they were added."""
    return db.session.scalars(
        sa.select(AppointmentFile)
        .where(AppointmentFile.appointment_id == appointment_id)
        .options(
            joinedload(AppointmentFile.file, innerjoin=True),
            joinedload(AppointmentFile.added_by, innerjoin=True).joinedload(Enrolment.person, innerjoin=True),
        )
        .order_by(AppointmentFile.added_at, AppointmentFile.id)
    ).all()


def side_of(actor: Actor, appointment: Appointment, places: Sequence[AppointmentPlace]) -> Side | None:
    """Return on which side of an appointment somebody is; None for staff and for who may only look."""
    if actor.enrolment_id is None:
        return None
    if appointment.captain_id == actor.enrolment_id:
        return Side.CAPTAIN
    if any(each.enrolment_id == actor.enrolment_id for each in places):
        return Side.AMBASSADOR
    if appointment.pair_id is None and actor.has(Role.LEARNER) and not actor.has(*STAFF):
        return Side.AMBASSADOR
    return None


def party_of(
    actor: Actor, appointment: Appointment, places: Sequence[AppointmentPlace], *, name: str
) -> Party | None:
    """Return as whom, and under which name, somebody acts on an appointment; None for who may only look."""
    side = side_of(actor, appointment, places)
    if side is None and not actor.has(*STAFF):
        return None
    return Party(side, actor.person_id, actor.enrolment_id, name)


def standing_of(
    appointment: Appointment, terms: MentoringTerms | None, place: AppointmentPlace | None
) -> Standing:
    """Return what the rules ask about an appointment."""
    return Standing(
        appointment.state,
        appointment.awaits,
        appointment.pair_id is None,
        appointment.starts_at,
        appointment.ends_at,
        terms.move_until_hours if terms else 0,
        place.state if place else None,
    )


def open_ahead(enrolment_id: int, *, at: dt.datetime) -> int:
    """Return how many appointments with their captain an ambassador has ahead; group slots do not count."""
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(AppointmentPlace)
            .join(AppointmentPlace.appointment)
            .where(
                AppointmentPlace.enrolment_id == enrolment_id,
                AppointmentPlace.state == PlaceState.IN,
                Appointment.pair_id.is_not(None),
                Appointment.state.in_(LIVING),
                Appointment.starts_at > at,
            )
        )
        or 0
    )


def taken_meetings(enrolment_id: int) -> Mapping[int | None, int]:
    """Return how many appointments of an ambassador, ahead or not lost, go with each planned meeting."""
    lost = (
        AppointmentState.DECLINED,
        AppointmentState.CANCELLED,
        AppointmentState.LAPSED,
        AppointmentState.NO_SHOW,
    )
    rows = db.session.execute(
        sa.select(Appointment.planned_meeting_id, sa.func.count())
        .join(AppointmentPlace, AppointmentPlace.appointment_id == Appointment.id)
        .where(
            AppointmentPlace.enrolment_id == enrolment_id,
            AppointmentPlace.state == PlaceState.IN,
            Appointment.state.not_in(lost),
        )
        .group_by(Appointment.planned_meeting_id)
    )
    return {row[0]: row[1] for row in rows}


def coming(actor: Actor, *, at: dt.datetime, most: int = 100) -> Sequence[Appointment]:
    """Return the actor's own appointments that have not ended, the next one first, group places included."""
    placed = sa.select(AppointmentPlace.appointment_id).where(
        AppointmentPlace.enrolment_id == actor.enrolment_id, AppointmentPlace.state != PlaceState.LEFT
    )
    return db.session.scalars(
        _whole()
        .where(
            Appointment.course_id == actor.course_id,
            sa.or_(Appointment.captain_id == actor.enrolment_id, Appointment.id.in_(placed)),
            Appointment.state.in_(LIVING),
            Appointment.ends_at > at,
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(most)
    ).all()


def joinable(actor: Actor, *, at: dt.datetime, most: int = 20) -> Sequence[Appointment]:
    """Return the group slots ahead that an ambassador may join and has no place in yet."""
    placed = sa.select(AppointmentPlace.appointment_id).where(
        AppointmentPlace.enrolment_id == actor.enrolment_id, AppointmentPlace.state != PlaceState.LEFT
    )
    return db.session.scalars(
        _whole()
        .where(
            Appointment.course_id == actor.course_id,
            Appointment.state == AppointmentState.OPEN,
            Appointment.starts_at > at,
            Appointment.captain_id != actor.enrolment_id,
            Appointment.id.not_in(placed),
            invites(actor.enrolment_id),
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(most)
    ).all()


def listed(
    actor: Actor,
    states: Collection[AppointmentState] | None,
    *,
    ahead: bool,
    at: dt.datetime,
    number: int,
    size: int = PAGE_SIZE,
) -> Page[Appointment]:
    """Return a page of the appointments that the actor may list: staff all, others their own.

    Those ahead come by their beginning, those behind the latest first.
    """
    conditions = [
        Appointment.course_id == actor.course_id,
        Appointment.ends_at > at if ahead else Appointment.ends_at <= at,
    ]
    if states is not None:
        conditions.append(Appointment.state.in_(states))
    if not actor.has(*STAFF):
        conditions.append(_own(actor))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(Appointment).where(*conditions)) or 0
    shown = fitting(number, size=size, total=total)
    order = Appointment.starts_at if ahead else Appointment.starts_at.desc()
    rows = db.session.scalars(
        _whole()
        .where(*conditions)
        .order_by(order, Appointment.id)
        .offset(offset(shown, size=size))
        .limit(size)
    )
    return Page(items=rows.all(), number=shown, size=size, total=total)


def _own(actor: Actor) -> sa.ColumnElement[bool]:
    placed = sa.select(AppointmentPlace.appointment_id).where(
        AppointmentPlace.enrolment_id == actor.enrolment_id, AppointmentPlace.state != PlaceState.LEFT
    )
    return sa.or_(Appointment.captain_id == actor.enrolment_id, Appointment.id.in_(placed))


def unanswered(*, at: dt.datetime, most: int) -> Sequence[Appointment]:
    """Return requests of every course that nobody has answered before their beginning."""
    return db.session.scalars(
        _whole()
        .where(Appointment.state == AppointmentState.REQUESTED, Appointment.starts_at <= at)
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(most)
    ).all()


def living_of_captain(pair_id: int, captain_id: int, *, after: dt.datetime) -> Sequence[Appointment]:
    """Return what a captain still has ahead with a pair after a moment."""
    return db.session.scalars(
        _whole()
        .where(
            Appointment.pair_id == pair_id,
            Appointment.captain_id == captain_id,
            Appointment.state.in_(LIVING),
            Appointment.starts_at >= after,
        )
        .order_by(Appointment.starts_at, Appointment.id)
    ).all()


def beginning_between(
    first: dt.datetime, last: dt.datetime, *, but: sa.ColumnElement[bool], most: int
) -> Sequence[Appointment]:
    """Return agreed meetings and group slots of every course that begin in a period, but for some."""
    return db.session.scalars(
        _whole()
        .where(
            Appointment.state.in_((AppointmentState.CONFIRMED, AppointmentState.OPEN)),
            Appointment.starts_at >= first,
            Appointment.starts_at < last,
            ~but,
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(most)
    ).all()


def groups(course_id: int) -> Sequence[str]:
    """Return the groups into which a course is divided, in their order."""
    return db.session.scalars(
        sa.select(Enrolment.group)
        .where(
            Enrolment.course_id == course_id,
            Enrolment.group != "",
            Enrolment.state != EnrolmentState.WITHDRAWN,
        )
        .distinct()
        .order_by(Enrolment.group)
    ).all()
