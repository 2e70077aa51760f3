"""Read what learners ask about their hours: one's own requests, and the queue of a course."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from sca_lms.attendance.models import AttendanceSession
from sca_lms.bootcamp.request_models import HoursRequest, RequestState
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import person_matches
from sca_lms.courses.rules import STAFF, Actor
from sca_lms.database import db
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset


def find_request(actor: Actor, request_id: int) -> HoursRequest | None:
    """Return a request with everything its page shows; learners find their own only."""
    wanted = _whole().where(HoursRequest.id == request_id, HoursRequest.course_id == actor.course_id)
    if not actor.has(*STAFF):
        wanted = wanted.where(HoursRequest.enrolment_id == actor.enrolment_id)
    return db.session.scalar(wanted)


def own_requests(actor: Actor) -> list[HoursRequest]:
    """Return what the actor has asked for, the newest first."""
    return list(
        db.session.scalars(
            _whole()
            .where(HoursRequest.course_id == actor.course_id, HoursRequest.enrolment_id == actor.enrolment_id)
            .order_by(HoursRequest.created_at.desc(), HoursRequest.id.desc())
        )
    )


def queue_counts(actor: Actor, *, search: str = "") -> Mapping[RequestState, int]:
    """Return how many requests of the course there are in each state, within a search."""
    rows = db.session.execute(
        _of_course(actor, search=search)
        .with_only_columns(HoursRequest.state, sa.func.count())
        .group_by(HoursRequest.state)
    )
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in RequestState}


def queue(
    actor: Actor, state: RequestState, *, search: str = "", number: int = 1, size: int = PAGE_SIZE
) -> Page[HoursRequest]:
    """Return one page of requests: what waits by its age, what was decided with the newest first."""
    found = _of_course(actor, search=search).where(HoursRequest.state == state)
    total = db.session.scalar(found.with_only_columns(sa.func.count())) or 0
    shown = fitting(number, size=size, total=total)
    waits = state is RequestState.SUBMITTED
    order = HoursRequest.created_at if waits else HoursRequest.decided_at.desc()
    page = (
        found.options(
            contains_eager(HoursRequest.enrolment).contains_eager(Enrolment.person),
            joinedload(HoursRequest.session).joinedload(AttendanceSession.category),
            joinedload(HoursRequest.decided_by),
        )
        .order_by(order, HoursRequest.id)
        .offset(offset(shown, size=size))
        .limit(size)
    )
    return Page(items=db.session.scalars(page).all(), number=shown, size=size, total=total)


def waiting(actor: Actor) -> int:
    """Return how many requests of the course wait for an answer."""
    found = sa.select(sa.func.count()).where(
        HoursRequest.course_id == actor.course_id, HoursRequest.state == RequestState.SUBMITTED
    )
    return db.session.scalar(found) or 0


def _of_course(actor: Actor, *, search: str) -> sa.Select[HoursRequest]:
    found = (
        sa.select(HoursRequest)
        .join(HoursRequest.enrolment)
        .join(Enrolment.person)
        .where(HoursRequest.course_id == actor.course_id)
    )
    return found.where(*person_matches(search))


def _whole() -> sa.Select[HoursRequest]:
    session = joinedload(HoursRequest.session)
    return sa.select(HoursRequest).options(
        joinedload(HoursRequest.enrolment).joinedload(Enrolment.person),
        session.joinedload(AttendanceSession.category),
        session.options(selectinload(AttendanceSession.breaks)),
        joinedload(HoursRequest.file),
        joinedload(HoursRequest.decided_by),
        joinedload(HoursRequest.entry),
    )
