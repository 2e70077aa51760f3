"""Ask for a make-up or for a second look, and answer; nobody decides on their own hours."""

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.attendance import ledger
from sca_lms.attendance import queries as attendance
from sca_lms.attendance.models import AttendanceSession, EntryKind, SessionState
from sca_lms.bootcamp.notice_kinds import ANSWERED
from sca_lms.bootcamp.request_models import HoursRequest, RequestKind, RequestState
from sca_lms.bootcamp.request_rules import MakeUpRule, dispute_window, makeable_minutes
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.inbox import operations as inbox
from sca_lms.texts import Bilingual
from sca_lms.uploads.models import StoredFile

OUTCOMES: Mapping[RequestState, Bilingual] = {
    RequestState.GRANTED: Bilingual("อนุมัติ", "Granted."),
    RequestState.REFUSED: Bilingual("ไม่อนุมัติ", "Not granted."),
}


class CannotAsk(Refused):
    """The rules do not allow this request."""

    code = "cannot-ask"


class AlreadyAsked(Refused):
    """There is a request like this that waits for its answer."""

    code = "already-asked"


class AlreadyDecided(Refused):
    """What is decided stays as it is."""

    code = "already-decided"


class NotYours(Refused):
    """Nobody decides on their own hours."""

    code = "own-hours"


def left_to_make_up(session: AttendanceSession, learner: Enrolment) -> int:
    """Return how many minutes of a closed session a learner may still make up; waiting requests aside."""
    versions = attendance.policy_versions(session.course_id)
    rule = MakeUpRule.of(versions[-1].document) if versions else MakeUpRule()
    credit = attendance.credits_of([session.id], [learner.id]).get((learner.id, session.id))
    here, everywhere = attendance.made_up_minutes(learner.id, session.id)
    return makeable_minutes(
        worth=session.credit_minutes, credited=credit.minutes if credit else 0, made_up_here=here,
        made_up=everywhere, rule=rule,
    )  # fmt: skip


def ask_make_up(
    session: AttendanceSession,
    learner: Enrolment,
    minutes: int,
    text: str,
    *,
    file: StoredFile | None,
    at: dt.datetime,
) -> HoursRequest:
    """Ask to be credited for minutes that were missed. Raise `CannotAsk` or `AlreadyAsked`."""
    policy = _policy(session)
    rule = MakeUpRule.of(policy)
    _refuse_unless_closed(session, learner)
    if at > session.ends_at + rule.window:
        raise CannotAsk(_l("The time in which this session could be made up is over."))
    if rule.needs_evidence and file is None:
        raise CannotAsk(_l("A make-up needs evidence: add a file."))
    left = left_to_make_up(session, learner)
    if minutes > left:
        raise CannotAsk(_l("At most %(minutes)s minutes of this session can be made up.", minutes=left))
    return _submit(session, learner, RequestKind.MAKE_UP, text, minutes=minutes, file=file, at=at)


def ask_second_look(
    session: AttendanceSession,
    learner: Enrolment,
    text: str,
    *,
    file: StoredFile | None,
    at: dt.datetime,
) -> HoursRequest:
    """Ask staff to look at one's minutes in a session again. Raise `CannotAsk` or `AlreadyAsked`."""
    _refuse_unless_closed(session, learner)
    if at > session.ends_at + dispute_window(_policy(session)):
        raise CannotAsk(_l("The time in which this session could be looked at again is over."))
    return _submit(session, learner, RequestKind.DISPUTE, text, minutes=None, file=file, at=at)


def withdraw(request: HoursRequest, *, at: dt.datetime) -> None:
    """Take a request back that was not decided yet. Raise `AlreadyDecided`."""
    _claim(request)
    request.state, request.decided_at = RequestState.WITHDRAWN, at
    db.session.flush()


def grant_make_up(
    request: HoursRequest,
    session: AttendanceSession,
    learner: Enrolment,
    *,
    minutes: int,
    answer: str,
    course: Course,
    person_id: int,
    at: dt.datetime,
) -> None:
    """Credit a make-up, in full or in part.

    Raise `AlreadyDecided`, `NotYours`, or `CannotAsk` when meanwhile less is left to make up.
    """
    _refuse_own(learner, person_id)
    _claim(request)
    left = left_to_make_up(session, learner)
    if not 0 < minutes <= left:
        raise CannotAsk(_l("At most %(minutes)s minutes of this session can be made up.", minutes=left))
    versions = attendance.policy_versions(session.course_id)
    version = attendance.in_force(versions, session.starts_at)
    draft = ledger.Draft(
        learner.id, session.category_id, minutes, EntryKind.MAKE_UP, "make-up", answer or request.text,
        session.id, version.id if version else None,
    )  # fmt: skip
    (entry,) = ledger.post([draft], person_id=person_id, at=at)
    request.entry_id = entry.id
    _decide(request, RequestState.GRANTED, answer, course=course, person_id=person_id, at=at)


def answer_request(
    request: HoursRequest,
    learner: Enrolment,
    *,
    granted: bool,
    answer: str,
    course: Course,
    person_id: int,
    at: dt.datetime,
) -> None:
    """Refuse a make-up, or answer a second look; what was wrong is put right at the door beforehand.

    Raise `AlreadyDecided` or `NotYours`.
    """
    _refuse_own(learner, person_id)
    _claim(request)
    if granted and request.kind is RequestKind.MAKE_UP:
        raise CannotAsk(_l("Say how many minutes are credited."))
    state = RequestState.GRANTED if granted else RequestState.REFUSED
    _decide(request, state, answer, course=course, person_id=person_id, at=at)


def _policy(session: AttendanceSession) -> Mapping[str, object]:
    versions = attendance.policy_versions(session.course_id)
    return versions[-1].document if versions else {}


def _refuse_unless_closed(session: AttendanceSession, learner: Enrolment) -> None:
    if session.state is not SessionState.CLOSED:
        raise CannotAsk(_l("This can be asked for after the session is closed."))
    if not session.expects(learner.group):
        raise CannotAsk(_l("This session was for other groups."))


def _refuse_own(learner: Enrolment, person_id: int) -> None:
    if learner.person_id == person_id:
        raise NotYours(_l("Nobody decides on their own hours. Ask another instructor."))


def _submit(
    session: AttendanceSession,
    learner: Enrolment,
    kind: RequestKind,
    text: str,
    *,
    minutes: int | None,
    file: StoredFile | None,
    at: dt.datetime,
) -> HoursRequest:
    request = HoursRequest(
        course_id=session.course_id, enrolment_id=learner.id, session_id=session.id, kind=kind,
        minutes=minutes, text=text, file_id=file.id if file else None, state=RequestState.SUBMITTED,
        created_at=at, answer="",
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(request)
    except IntegrityError as error:
        raise AlreadyAsked(_l("You have asked for this already. Wait for the answer.")) from error
    return request


def _claim(request: HoursRequest) -> None:
    """Make sure that this transaction is the one that decides."""
    claimed = db.session.scalar(
        sa.update(HoursRequest)
        .where(HoursRequest.id == request.id, HoursRequest.state == RequestState.SUBMITTED)
        .values(state=HoursRequest.state)
        .returning(HoursRequest.id)
        .execution_options(synchronize_session=False)
    )
    if claimed is None:
        raise AlreadyDecided(_l("Somebody has decided this already."))


def _decide(
    request: HoursRequest,
    state: RequestState,
    answer: str,
    *,
    course: Course,
    person_id: int,
    at: dt.datetime,
) -> None:
    request.state, request.answer = state, answer
    request.decided_by_id, request.decided_at = person_id, at
    db.session.flush()
    courses.record_audit(
        course, person_id, "decide-hours-request", f"{request.kind.value} {request.id}", at=at,
        before={"state": RequestState.SUBMITTED.value, "minutes": request.minutes},
        after={"state": state.value},
    )  # fmt: skip
    inbox.tell(
        [request.enrolment_id],
        ANSWERED.name,
        key=f"hours-request:{request.id}:{state.value}",
        facts={
            "title": db.session.get_one(AttendanceSession, request.session_id).title,
            "outcome": OUTCOMES[state],
            "answer": answer,
        },
        path=f"/courses/{course.id}/requests/mine",
        at=at,
    )
