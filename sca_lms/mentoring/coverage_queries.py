"""Read how all pairs of a course are doing: counts, one page of pairs, and who met in which month.

Whatever the number of pairs, a page costs the same statements; sums are made by the database.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.queries import person_matches
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.mentoring import concern_rules, credit, report_queries
from sca_lms.mentoring.concern_rules import Concern
from sca_lms.mentoring.credit import Standing
from sca_lms.mentoring.models import Appointment, AppointmentPlace, AppointmentState, PlaceState
from sca_lms.mentoring.months import Month
from sca_lms.projects import queries as projects
from sca_lms.projects.models import Captaincy, Pair
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset

EXPORT_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pairs to show; empty means all."""

    concern: Concern | None = None
    group: str = ""
    area_id: int | None = None
    captain_id: int | None = None
    search: str = ""

    @property
    def place(self) -> "Wanted":
        """Return the same without the concern, for counting all concerns."""
        return Wanted(None, self.group, self.area_id, self.captain_id, self.search)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The figures of all pairs within a filter."""

    pairs: int
    concerns: Mapping[Concern, int]
    met: Mapping[Month, int]
    """How many different pairs were credited a meeting in each month."""


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pair with what there is to say of it."""

    pair: Pair
    captain: Enrolment | None
    standing: Standing
    disputes: int
    reports: int
    requests: int
    is_overdue: bool
    months: Mapping[Month, int]
    """Credited minutes by month."""

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """Return why somebody should look, the most urgent first."""
        return concern_rules.concerns(
            disputes=self.disputes,
            reports=self.reports,
            requests=self.requests,
            is_overdue=self.is_overdue,
        )


@dataclass(frozen=True, slots=True)
class _Flags:
    disputes: int
    reports: int
    requests: int
    last_met_at: dt.datetime | None


def coverage(actor: Actor, wanted: Wanted, months: Sequence[Month], *, at: dt.datetime) -> Coverage:
    """Return the figures of all pairs within a filter, in two statements."""
    story = _story(actor.course_id, at=at)
    flags = _conditions(story, at=at)
    row = db.session.execute(
        _found(actor, wanted.place, story, at=at).with_only_columns(
            sa.func.count(),
            *(sa.func.coalesce(sa.func.sum(sa.case((flag, 1), else_=0)), 0) for flag in flags.values()),
        )
    ).one()
    counts = {concern: int(count) for concern, count in zip(flags, row[1:], strict=True)}
    met: dict[Month, int] = dict.fromkeys(months, 0)
    if months:
        number = sa.case(
            *(
                (
                    sa.and_(Appointment.starts_at >= month.starts_at, Appointment.starts_at < month.ends_at),
                    place,
                )
                for place, month in enumerate(months)
            ),
            else_=-1,
        ).label("month")
        people = _found(actor, wanted.place, story, at=at).with_only_columns(Pair.ambassador_id)
        rows = db.session.execute(
            sa.select(number, sa.func.count(sa.distinct(AppointmentPlace.enrolment_id)))
            .join(AppointmentPlace.appointment)
            .where(
                Appointment.course_id == actor.course_id,
                Appointment.starts_at >= months[0].starts_at,
                Appointment.starts_at < months[-1].ends_at,
                AppointmentPlace.credited_minutes > 0,
                AppointmentPlace.enrolment_id.in_(people),
            )
            .group_by(number)
        )
        met |= {months[place]: count for place, count in rows if place >= 0}
    return Coverage(int(row[0]), counts, met)


def pairs_page(
    actor: Actor,
    wanted: Wanted,
    months: Sequence[Month],
    *,
    total: int,
    at: dt.datetime,
    number: int = 1,
    size: int = PAGE_SIZE,
) -> Page[PairRow]:
    """Return one page of pairs, those that need somebody first; `total` is how many the filter finds."""
    shown = fitting(number, size=size, total=total)
    story = _story(actor.course_id, at=at)
    chosen = _ordered(actor, wanted, story, at=at).offset(offset(shown, size=size)).limit(size)
    return Page(items=_rows(actor, chosen, months, at=at), number=shown, size=size, total=total)


def all_pairs(actor: Actor, wanted: Wanted, months: Sequence[Month], *, at: dt.datetime) -> Iterator[PairRow]:
    """Return every pair that is wanted, in the same order, a few at a time."""
    story = _story(actor.course_id, at=at)
    ids = [row[0] for row in db.session.execute(_ordered(actor, wanted, story, at=at))]
    for start in range(0, len(ids), EXPORT_CHUNK):
        part = _ordered(actor, wanted, story, at=at).where(Pair.id.in_(ids[start : start + EXPORT_CHUNK]))
        yield from _rows(actor, part, months, at=at)


def groups(actor: Actor) -> Sequence[str]:
    """Return the cohort groups of the course's learners."""
    return db.session.scalars(
        sa.select(Enrolment.group)
        .where(Enrolment.course_id == actor.course_id, Enrolment.group != "")
        .distinct()
        .order_by(Enrolment.group)
    ).all()


def captains(actor: Actor) -> Sequence[tuple[int, str]]:
    """Return who leads a pair now, by name."""
    rows = db.session.execute(
        sa.select(Enrolment, Person)
        .join(Captaincy, Captaincy.captain_id == Enrolment.id)
        .join(Enrolment.person)
        .where(Enrolment.course_id == actor.course_id, Captaincy.ended_at.is_(None))
        .distinct()
        .order_by(Person.sort_key, Enrolment.id)
    )
    return [(enrolment.id, person.full_name) for enrolment, person in rows]


def first_credit(actor: Actor) -> dt.datetime | None:
    """Return when the first credited meeting of the course began."""
    return db.session.scalar(
        sa.select(sa.func.min(Appointment.starts_at))
        .join(AppointmentPlace, AppointmentPlace.appointment_id == Appointment.id)
        .where(Appointment.course_id == actor.course_id, AppointmentPlace.credited_minutes > 0)
    )


def _story(course_id: int, *, at: dt.datetime) -> sa.Subquery:
    """Return what there is to say of each ambassador's places, as a table."""
    ended = Appointment.ends_at <= at
    return (
        sa.select(
            AppointmentPlace.enrolment_id.label("ambassador_id"),
            sa.func.max(sa.case((credit.has_met(), Appointment.ends_at))).label("last_met_at"),
            _count(AppointmentPlace.outcome == AppointmentState.DISPUTED).label("disputes"),
            _count(sa.and_(ended, *report_queries.unsettled())).label("reports"),
            _count(
                sa.and_(Appointment.state == AppointmentState.REQUESTED, Appointment.starts_at > at)
            ).label("requests"),
        )
        .join(AppointmentPlace.appointment)
        .where(Appointment.course_id == course_id, AppointmentPlace.state == PlaceState.IN)
        .group_by(AppointmentPlace.enrolment_id)
        .subquery("story")
    )


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _conditions(story: sa.Subquery, *, at: dt.datetime) -> dict[Concern, sa.ColumnElement[bool]]:
    last = sa.func.coalesce(story.c.last_met_at, Pair.began_at, type_=Pair.began_at.type)
    return {
        Concern.DISPUTE: story.c.disputes > 0,
        Concern.REPORT: story.c.reports > 0,
        Concern.REQUEST: story.c.requests > 0,
        Concern.NOT_MET: last <= at - concern_rules.NOT_MET,
    }


def _found(actor: Actor, wanted: Wanted, story: sa.Subquery, *, at: dt.datetime) -> sa.Select[Any]:
    """Return the living pairs within a filter, joined to their story."""
    found = (
        sa.select(Pair.id)
        .join(Pair.ambassador)
        .join(Enrolment.person)
        .outerjoin(story, story.c.ambassador_id == Pair.ambassador_id)
        .where(Pair.course_id == actor.course_id, projects.lives(at), *person_matches(wanted.search))
    )
    if wanted.group:
        found = found.where(Enrolment.group == wanted.group)
    if wanted.area_id is not None:
        found = found.where(Pair.area_id == wanted.area_id)
    if wanted.captain_id is not None:
        led = sa.select(Captaincy.pair_id).where(
            Captaincy.captain_id == wanted.captain_id, projects.holds(at)
        )
        found = found.where(Pair.id.in_(led))
    if wanted.concern is not None:
        found = found.where(_conditions(story, at=at)[wanted.concern])
    return found


def _ordered(actor: Actor, wanted: Wanted, story: sa.Subquery, *, at: dt.datetime) -> sa.Select[Any]:
    """Return ids and what decides the order of the pairs that are wanted."""
    rank = sa.case(
        *((flag, place) for place, flag in enumerate(_conditions(story, at=at).values())),
        else_=len(Concern),
    )
    return (
        _found(actor, wanted, story, at=at)
        .with_only_columns(Pair.id, story.c.disputes, story.c.reports, story.c.requests, story.c.last_met_at)
        .order_by(rank, story.c.last_met_at.is_not(None), story.c.last_met_at, Person.sort_key, Pair.id)
    )


def _rows(actor: Actor, chosen: sa.Select[Any], months: Sequence[Month], *, at: dt.datetime) -> list[PairRow]:
    flags = {
        row[0]: _Flags(int(row[1] or 0), int(row[2] or 0), int(row[3] or 0), row[4])
        for row in db.session.execute(chosen)
    }
    pairs = {
        pair.id: pair
        for pair in db.session.scalars(
            sa.select(Pair)
            .where(Pair.id.in_(list(flags)))
            .options(
                joinedload(Pair.ambassador).joinedload(Enrolment.person),
                joinedload(Pair.area),
                joinedload(Pair.agency),
            )
        )
    }
    captaincies = projects.captains_at(list(flags), at)
    people = [pairs[pair_id].ambassador_id for pair_id in flags]
    standings = credit.standings(actor.course_id, people, at=at)
    by_month = _minutes_by_month(actor.course_id, people, months)
    return [
        PairRow(
            pair=pairs[pair_id],
            captain=captaincies[pair_id].captain if pair_id in captaincies else None,
            standing=standings[pairs[pair_id].ambassador_id],
            disputes=flag.disputes,
            reports=flag.reports,
            requests=flag.requests,
            is_overdue=concern_rules.overdue(flag.last_met_at, pairs[pair_id].began_at, at=at),
            months=by_month.get(pairs[pair_id].ambassador_id, {}),
        )
        for pair_id, flag in flags.items()
    ]


def _minutes_by_month(
    course_id: int, people: Sequence[int], months: Sequence[Month]
) -> dict[int, dict[Month, int]]:
    rows = db.session.execute(
        sa.select(AppointmentPlace.enrolment_id, Appointment.starts_at, AppointmentPlace.credited_minutes)
        .join(AppointmentPlace.appointment)
        .where(
            Appointment.course_id == course_id,
            AppointmentPlace.enrolment_id.in_(people),
            AppointmentPlace.credited_minutes > 0,
        )
    )
    found: dict[int, dict[Month, int]] = {}
    for enrolment_id, starts_at, minutes in rows:
        month = next((each for each in months if each.starts_at <= starts_at < each.ends_at), None)
        if month is not None:
            mine = found.setdefault(enrolment_id, {})
            mine[month] = mine.get(month, 0) + (minutes or 0)
    return found
