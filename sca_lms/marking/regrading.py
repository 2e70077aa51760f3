"""Ask to have a released mark looked at again, and answer; a new mark answers by itself."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from sca_lms.assessments.models import Attempt
from sca_lms.assignments.models import Work
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.marking import queries
from sca_lms.marking.models import Mark, RegradeRequest
from sca_lms.marking.rules import RegradeState, may_ask_again
from sca_lms.marking.subjects import Subject
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset


class CannotAsk(Refused):
    """There is no mark to ask about, or the time to ask is over."""

    code = "cannot-ask-again"


class AlreadyAsked(Refused):
    """A request for this mark waits for its answer."""

    code = "already-asked-again"


class AlreadyAnswered(Refused):
    """What is answered stays as it is."""

    code = "already-answered"


class OwnRequest(Refused):
    """Nobody answers their own request."""

    code = "own-request"


def may_ask(subject: Subject, *, at: dt.datetime) -> bool:
    """Tell whether the time to ask about a mark that is seen is still running."""
    mark = queries.released_mark(subject, at=at)
    return (
        mark is not None and mark.release is not None and may_ask_again(mark.release.takes_effect_at, at=at)
    )


def ask(subject: Subject, learner: Enrolment, text: str, *, at: dt.datetime) -> RegradeRequest:
    """Ask staff to look at a mark again; one request at a time. Raise `CannotAsk` or `AlreadyAsked`."""
    mark = queries.released_mark(subject, at=at)
    if mark is None or not may_ask(subject, at=at):
        raise CannotAsk(_l("The time in which this mark could be looked at again is over."))
    request = RegradeRequest(
        course_id=subject.course_id, mark_id=mark.id, enrolment_id=learner.id, text=text, asked_at=at,
        state=RegradeState.OPEN, answer="",
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(request)
    except IntegrityError as error:
        raise AlreadyAsked(_l("You have asked for this already. Wait for the answer.")) from error
    return request


def keep(request: RegradeRequest, subject: Subject, answer: str, *, by: int, at: dt.datetime) -> None:
    """Answer that the mark stays, in words. Raise `AlreadyAnswered` or `OwnRequest`."""
    if queries.is_own(subject, by):
        raise OwnRequest(_l("Nobody answers their own request. Ask another instructor."))
    answered = db.session.scalar(
        sa.update(RegradeRequest)
        .where(RegradeRequest.id == request.id, RegradeRequest.state == RegradeState.OPEN)
        .values(state=RegradeState.KEPT, answer=answer, answered_at=at, answered_by_id=by)
        .returning(RegradeRequest.id)
        .execution_options(synchronize_session=False)
    )
    if answered is None:
        raise AlreadyAnswered(_l("Somebody has answered this already."))
    courses.record_audit(request.course, by, "keep-mark", str(request.id), at=at)


def requests_about(mark: Mark) -> Sequence[RegradeRequest]:
    """Return what was asked about a mark, the newest first."""
    return db.session.scalars(
        sa.select(RegradeRequest)
        .where(RegradeRequest.mark_id == mark.id)
        .order_by(RegradeRequest.asked_at.desc(), RegradeRequest.id.desc())
        .options(joinedload(RegradeRequest.answered_by))
        .execution_options(populate_existing=True)
    ).all()


def find_request(course_id: int, request_id: int) -> RegradeRequest | None:
    """Return a request of a course with its mark."""
    return db.session.scalar(
        _whole().where(RegradeRequest.id == request_id, RegradeRequest.course_id == course_id)
    )


def open_requests(course_id: int) -> int:
    """Return how many requests of a course wait."""
    wanted = sa.select(sa.func.count()).where(
        RegradeRequest.course_id == course_id, RegradeRequest.state == RegradeState.OPEN
    )
    return db.session.scalar(wanted) or 0


def page(course_id: int, *, is_open: bool, number: int = 1, size: int = PAGE_SIZE) -> Page[RegradeRequest]:
    """Return one page of requests: what waits, oldest first, or what was answered, newest first."""
    state = RegradeRequest.state == RegradeState.OPEN
    condition = (RegradeRequest.course_id == course_id, state if is_open else sa.not_(state))
    total = db.session.scalar(sa.select(sa.func.count()).where(*condition)) or 0
    shown = fitting(number, size=size, total=total)
    order = RegradeRequest.asked_at if is_open else RegradeRequest.answered_at.desc()
    found = _whole().where(*condition).order_by(order, RegradeRequest.id)
    items = db.session.scalars(found.offset(offset(shown, size=size)).limit(size)).all()
    return Page(items, shown, size, total)


def _whole() -> sa.Select[RegradeRequest]:
    mark = joinedload(RegradeRequest.mark)
    return sa.select(RegradeRequest).options(
        mark.joinedload(Mark.work).joinedload(Work.assignment),
        mark.joinedload(Mark.attempt).joinedload(Attempt.quiz),
        joinedload(RegradeRequest.enrolment).joinedload(Enrolment.person),
        joinedload(RegradeRequest.answered_by),
        joinedload(RegradeRequest.course),
    )
