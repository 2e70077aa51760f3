"""Take requests of people about their data in, and answer them; every step leaves an audit line."""

import datetime as dt

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.operations import name_keys
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.privacy import erasing, exporting, notices
from sca_lms.privacy.models import PrivacyRequest
from sca_lms.privacy.queries import elsewhere
from sca_lms.privacy.rules import UNANSWERED, RequestKind, RequestState, due_at


class AlreadyAsked(Refused):
    """Of each kind one request at a time waits."""

    code = "already-asked"


class AlreadyAnswered(Refused):
    """A request is answered once."""

    code = "already-answered"


class OwnRequest(Refused):
    """Nobody answers a request of their own."""

    code = "own-request"


class NotTheirsAlone(Refused):
    """The person takes part in courses that the one who decides does not manage."""

    code = "takes-part-elsewhere"


def ask(
    course: Course, person_id: int, kind: RequestKind, *, by: int | None, at: dt.datetime, subject: str = "",
    text: str = "",
) -> PrivacyRequest:  # fmt: skip
    """Enter a request and start its thirty days; raise `AlreadyAsked` while one of its kind waits."""
    db.session.scalar(sa.select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))
    waiting = db.session.scalar(
        sa.select(PrivacyRequest.id).where(
            PrivacyRequest.person_id == person_id, PrivacyRequest.kind == kind,
            PrivacyRequest.state.in_(UNANSWERED), PrivacyRequest.subject == subject,
        )
    )  # fmt: skip
    if waiting is not None:
        raise AlreadyAsked(_l("The same request waits for its answer already."))
    request = PrivacyRequest(
        course_id=course.id, person_id=person_id, kind=kind, state=RequestState.OPEN, subject=subject,
        text=text, asked_at=at, due_at=due_at(at), asked_by_id=by, answer="",
    )  # fmt: skip
    db.session.add(request)
    db.session.flush()
    _audit(course, by, "privacy-asked", request, at=at)
    notices.asked(request, at=at)
    return request


def withdraw(request: PrivacyRequest, course: Course, *, by: int | None, at: dt.datetime) -> None:
    """Take a request back that nobody has answered; raise `AlreadyAnswered` otherwise."""
    _require_open(request)
    request.state, request.decided_at = RequestState.WITHDRAWN, at
    _audit(course, by, "privacy-withdrawn", request, at=at)


def answer(
    request: PrivacyRequest, course: Course, *, granted: bool, text: str, by: int | None, at: dt.datetime
) -> None:
    """Answer a request in words; what was granted is done now, or by the worker.

    Raise `AlreadyAnswered`, `OwnRequest`, or `NotTheirsAlone` where other courses are concerned as well.
    """
    _require_open(request)
    if by is not None and by == request.person_id:
        raise OwnRequest(_l("This is your own request. Another manager answers it."))
    if granted and request.kind is not RequestKind.CORRECTION:
        require_whole_say(request.person_id, by)
    request.answer, request.decided_by_id, request.decided_at = text, by, at
    if not granted:
        request.state, request.done_at = RequestState.REFUSED, at
    elif request.kind is RequestKind.ERASURE:
        request.state = RequestState.GRANTED
    else:
        request.state, request.done_at = RequestState.DONE, at
        if request.kind is RequestKind.ACCESS:
            exporting.ask(course, request.person_id, by=by, at=at, request=request)
    db.session.flush()
    _audit(course, by, "privacy-answered", request, at=at)
    notices.answered(request, at=at)


def require_whole_say(person_id: int, by: int | None) -> None:
    """Raise `NotTheirsAlone` when a person is in courses that this manager does not manage.

    All of somebody's data belongs to all of their courses; without a name it is the operator, who may.
    """
    if by is not None and elsewhere(person_id, by):
        raise NotTheirsAlone(
            _l(
                "This person takes part in other courses that you do not manage. The operator of the"
                " installation does this for all of them: sca-lms privacy."
            )
        )


def carry_out(request: PrivacyRequest, course: Course, person: Person, *, at: dt.datetime) -> erasing.Erased:
    """Erase the person whose request was granted, after `parting.part_from`; doing it again is harmless."""
    done = erasing.erase(person, at=at)
    request.state, request.done_at = RequestState.DONE, at
    courses.record_audit(
        course, request.decided_by_id, "erase-person", f"person {person.id}", at=at, after={"rows": done.rows}
    )
    db.session.flush()
    return done


def change_own(person: Person, course: Course, *, nickname: str, locale: str | None, at: dt.datetime) -> bool:
    """Let a person change what the tool itself owns of them; returns whether anything is new."""
    if (person.nickname, person.locale) == (nickname, locale):
        return False
    person.nickname, person.locale = nickname, locale
    person.sort_key, person.search_key = name_keys(
        person.full_name, person.given_name, person.family_name, nickname
    )
    courses.record_audit(course, person.id, "privacy-profile", f"person {person.id}", at=at)
    db.session.flush()
    return True


def course_of(person: Person) -> Course | None:
    """Return the course that an operator's request about a person is entered in: the newest one."""
    return db.session.scalar(
        sa.select(Course)
        .join(Enrolment, Enrolment.course_id == Course.id)
        .where(Enrolment.person_id == person.id)
        .order_by(Enrolment.id.desc())
        .limit(1)
    )


def _require_open(request: PrivacyRequest) -> None:
    state = db.session.scalar(
        sa.select(PrivacyRequest.state).where(PrivacyRequest.id == request.id).with_for_update()
    )
    if state is not RequestState.OPEN:
        raise AlreadyAnswered(_l("This request has been answered already."))


def _audit(course: Course, by: int | None, verb: str, request: PrivacyRequest, *, at: dt.datetime) -> None:
    courses.record_audit(
        course, by, verb, f"person {request.person_id}", at=at,
        after={"kind": request.kind.value, "state": request.state.value, "request": request.id},
    )  # fmt: skip
