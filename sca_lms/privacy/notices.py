"""Tell people what became of their requests about their data, and managers what they have to answer."""

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa

from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import has_role
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db
from sca_lms.inbox import operations as inbox
from sca_lms.inbox.models import InboxMail, InboxNotice, MailState
from sca_lms.inbox.rules import Fact, Kind
from sca_lms.privacy import notice_kinds
from sca_lms.privacy.models import PersonExport, PrivacyRequest
from sca_lms.privacy.rules import SOON, RequestKind, RequestState, reminder_of
from sca_lms.privacy.words import REQUEST_KINDS, in_both
from sca_lms.texts import Bilingual


def asked(request: PrivacyRequest, *, at: dt.datetime) -> None:
    """Tell the managers of a new request, and the person when somebody else entered it."""
    _tell_managers(request, notice_kinds.ASKED, "asked", at=at)
    if request.asked_by_id != request.person_id:
        _tell_person(request, notice_kinds.ENTERED, "entered", at=at)


def answered(request: PrivacyRequest, *, at: dt.datetime) -> None:
    """Tell the person that a request was granted or refused; the words of the answer stand on their page."""
    if request.state is RequestState.REFUSED:
        kind = notice_kinds.REFUSED
    elif request.kind is RequestKind.ERASURE:
        kind = notice_kinds.ERASING
    else:
        kind = notice_kinds.GRANTED
    _tell_person(request, kind, "answered", at=at)


def archive_ready(export: PersonExport, *, at: dt.datetime) -> None:
    """Tell the person that their archive can be fetched, and who granted it that it can be handed over."""
    facts: dict[str, Fact] = {"expires_at": export.expires_at or at}
    _tell_of_archive(export, notice_kinds.ARCHIVE_READY, facts, at=at)
    request = db.session.get(PrivacyRequest, export.request_id) if export.request_id else None
    if request is not None and request.decided_by_id is not None:
        inbox.tell(
            _enrolled(request.course_id, request.decided_by_id),
            notice_kinds.HAND_OVER.name,
            key=f"privacy-export:{export.id}:hand-over",
            facts={"number": request.id, **facts},
            path=_desk_path(request),
            at=at,
        )


def archive_failed(export: PersonExport, *, at: dt.datetime) -> None:
    """Tell the person that their archive could not be made."""
    _tell_of_archive(export, notice_kinds.ARCHIVE_FAILED, {}, at=at)


def remind(*, at: dt.datetime) -> int:
    """Tell managers of requests whose thirty days near their end or are over; returns how many were told.

    Each is told at most four times, however often this is done.
    """
    waiting = db.session.scalars(
        sa.select(PrivacyRequest)
        .where(PrivacyRequest.state == RequestState.OPEN, PrivacyRequest.due_at <= at + dt.timedelta(SOON))
        .order_by(PrivacyRequest.due_at, PrivacyRequest.id)
    ).all()
    told = 0
    for request in waiting:
        left = reminder_of(request.due_at, at=at)
        if left is not None:
            kind = notice_kinds.DUE if left else notice_kinds.OVERDUE
            told += _tell_managers(request, kind, f"due-in-{left}", at=at)
    return told


def waits_for_last_words(request: PrivacyRequest) -> bool:
    """Tell whether the e-mail that announces an erasure has still to be sent."""
    notice = db.session.scalar(
        sa.select(InboxNotice)
        .join(InboxNotice.enrolment)
        .where(Enrolment.person_id == request.person_id, InboxNotice.key == _key(request, "answered"))
    )
    if notice is None or notice.mail_settled_at is None:
        return notice is not None
    due = sa.select(InboxMail.id).where(
        InboxMail.key == f"notice:{notice.id}", InboxMail.state == MailState.DUE
    )
    return db.session.scalar(due) is not None


def _tell_person(request: PrivacyRequest, kind: Kind, event: str, *, at: dt.datetime) -> None:
    inbox.tell(
        _enrolled(request.course_id, request.person_id),
        kind.name,
        key=_key(request, event),
        facts=_facts(request),
        path=f"/courses/{request.course_id}/my-data#requests",
        at=at,
    )


def _tell_managers(request: PrivacyRequest, kind: Kind, event: str, *, at: dt.datetime) -> int:
    """Tell everybody who may answer: the managers of the course but the person themselves."""
    managers = db.session.scalars(
        sa.select(Enrolment.id).where(
            Enrolment.course_id == request.course_id,
            has_role(Role.MANAGER),
            Enrolment.state == EnrolmentState.ACTIVE,
            Enrolment.person_id != request.person_id,
        )
    ).all()
    return inbox.tell(
        managers, kind.name, key=_key(request, event), facts=_facts(request), path=_desk_path(request), at=at
    )


def _tell_of_archive(export: PersonExport, kind: Kind, facts: dict[str, Fact], *, at: dt.datetime) -> None:
    inbox.tell(
        _enrolled(export.course_id, export.person_id),
        kind.name,
        key=f"privacy-export:{export.id}:{kind.name}",
        facts=facts,
        path=f"/courses/{export.course_id}/my-data#archive",
        at=at,
    )


def _enrolled(course_id: int, person_id: int) -> Collection[int]:
    return db.session.scalars(
        sa.select(Enrolment.id).where(Enrolment.course_id == course_id, Enrolment.person_id == person_id)
    ).all()


def _facts(request: PrivacyRequest) -> dict[str, Fact]:
    return {
        "what": Bilingual.of(in_both(REQUEST_KINDS[request.kind])),
        "number": request.id,
        "asked_at": request.asked_at,
        "due_at": request.due_at,
    }


def _key(request: PrivacyRequest, event: str) -> str:
    return f"privacy:{request.id}:{event}"


def _desk_path(request: PrivacyRequest) -> str:
    return f"/courses/{request.course_id}/privacy/requests/{request.id}"
