"""Count what waits for somebody, and since when the oldest of it waits; a fixed number of statements."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from sca_lms.bootcamp.request_models import HoursRequest, RequestState
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import counted_learners, counts
from sca_lms.courses.rules import Actor, Role
from sca_lms.database import db
from sca_lms.grades.models import Delivery, GradeColumn, Score
from sca_lms.grades.rules import State
from sca_lms.guidance.models import Intervention
from sca_lms.marking import queue
from sca_lms.mentoring import report_queries
from sca_lms.mentoring.models import Appointment, AppointmentPlace, AppointmentState
from sca_lms.privacy.models import PrivacyRequest
from sca_lms.privacy.rules import RequestState as PrivacyState
from sca_lms.projects import queries as projects
from sca_lms.projects.models import Captaincy, Pair
from sca_lms.updates.models import KnowledgeUpdate, Reflection
from sca_lms.updates.rules import ReflectionState


class Wait(StrEnum):
    """What waits for somebody, in the order of the page."""

    FOLLOW_UPS = "follow-ups"
    REQUESTS = "requests"
    MARKING = "marking"
    DISPUTES = "disputes"
    REPORTS = "reports"
    REFLECTIONS = "reflections"
    CAPTAINS = "captains"
    REFUSED = "refused"
    SENDING = "sending"
    PRIVACY = "privacy"


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much of something waits, and since when the oldest of it does."""

    what: Wait
    number: int
    since: dt.datetime | dt.date | None


def waiting(actor: Actor, *, today: dt.date, at: dt.datetime) -> list[Waiting]:
    """Return everything of which something waits; requests about data are for managers alone."""
    sources: Mapping[Wait, Callable[[], tuple[int, dt.datetime | dt.date | None]]] = {
        Wait.FOLLOW_UPS: lambda: _follow_ups(actor, today),
        Wait.REQUESTS: lambda: _requests(actor),
        Wait.MARKING: lambda: _marking(actor),
        Wait.DISPUTES: lambda: _disputes(actor),
        Wait.REPORTS: lambda: _reports(actor, at),
        Wait.REFLECTIONS: lambda: _reflections(actor),
        Wait.CAPTAINS: lambda: _without_captain(actor, at),
    }
    found = [Waiting(what, *count()) for what, count in sources.items()]
    found += _scores(actor)
    if actor.has(Role.MANAGER):
        found.append(Waiting(Wait.PRIVACY, *_privacy(actor)))
    return [each for each in found if each.number]


def _one(statement: sa.Select[Any, Any]) -> tuple[int, Any]:  # A moment or a day, as the column is.
    number, since = db.session.execute(statement).one()
    return int(number), since


def _follow_ups(actor: Actor, today: dt.date) -> tuple[int, dt.date | None]:
    return _one(
        sa.select(sa.func.count(), sa.func.min(Intervention.follow_up_on))
        .select_from(Intervention)
        .join(Intervention.enrolment)
        .join(Enrolment.person)
        .where(
            Intervention.course_id == actor.course_id,
            Intervention.closed_at.is_(None),
            Intervention.follow_up_on <= today,
            counts(),
        )
    )


def _requests(actor: Actor) -> tuple[int, dt.datetime | None]:
    return _one(
        sa.select(sa.func.count(), sa.func.min(HoursRequest.created_at)).where(
            HoursRequest.course_id == actor.course_id, HoursRequest.state == RequestState.SUBMITTED
        )
    )


def _marking(actor: Actor) -> tuple[int, dt.datetime | None]:
    page = queue.page(actor, queue.Wanted(), size=1)
    return page.total, page.items[0].since if page.items else None


def _disputes(actor: Actor) -> tuple[int, dt.datetime | None]:
    return _one(
        sa.select(sa.func.count(), sa.func.min(Appointment.ends_at))
        .select_from(AppointmentPlace)
        .join(AppointmentPlace.appointment)
        .where(
            Appointment.course_id == actor.course_id, AppointmentPlace.outcome == AppointmentState.DISPUTED
        )
    )


def _reports(actor: Actor, at: dt.datetime) -> tuple[int, dt.datetime | None]:
    return _one(
        sa.select(sa.func.count(), sa.func.min(Appointment.ends_at))
        .select_from(AppointmentPlace)
        .join(AppointmentPlace.appointment)
        .where(
            Appointment.course_id == actor.course_id, Appointment.ends_at <= at, *report_queries.unsettled()
        )
    )


def _reflections(actor: Actor) -> tuple[int, dt.datetime | None]:
    return _one(
        sa.select(sa.func.count(), sa.func.min(Reflection.submitted_at))
        .select_from(Reflection)
        .join(Reflection.update)
        .where(
            KnowledgeUpdate.course_id == actor.course_id,
            Reflection.state == ReflectionState.SUBMITTED,
            Reflection.enrolment_id.in_(counted_learners(actor.course_id)),
        )
    )


def _without_captain(actor: Actor, at: dt.datetime) -> tuple[int, dt.datetime | None]:
    held = sa.select(Captaincy.pair_id).where(projects.holds(at))
    return _one(
        sa.select(sa.func.count(), sa.func.min(Pair.began_at)).where(
            Pair.course_id == actor.course_id,
            sa.or_(Pair.ended_at.is_(None), Pair.ended_at > at),
            Pair.id.not_in(held),
        )
    )


def _scores(actor: Actor) -> list[Waiting]:
    """Return scores that the host refused, and those that wait for it."""
    rows = db.session.execute(
        sa.select(Delivery.state, sa.func.count(), sa.func.min(Score.computed_at))
        .join(Delivery.score)
        .join(GradeColumn, GradeColumn.id == Score.column_id)
        .join(Score.enrolment)
        .join(Enrolment.person)
        .where(
            GradeColumn.course_id == actor.course_id,
            Delivery.state.in_((State.REFUSED, State.WAITING)),
            counts(),
        )
        .group_by(Delivery.state)
    )
    found = {state: (int(number), since) for state, number, since in rows}
    return [
        Waiting(what, *found.get(state, (0, None)))
        for what, state in ((Wait.REFUSED, State.REFUSED), (Wait.SENDING, State.WAITING))
    ]


def _privacy(actor: Actor) -> tuple[int, dt.datetime | None]:
    return _one(
        sa.select(sa.func.count(), sa.func.min(PrivacyRequest.asked_at)).where(
            PrivacyRequest.course_id == actor.course_id,
            PrivacyRequest.state.in_((PrivacyState.OPEN, PrivacyState.GRANTED)),
        )
    )
