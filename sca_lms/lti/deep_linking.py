"""Open a picker for a host, and answer it once."""

import datetime as dt
from collections.abc import Sequence
from typing import ClassVar

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import joinedload

from sca_lms.courses.operations import record_audit
from sca_lms.courses.rules import Actor, Role
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.lti.content_items import Chosen
from sca_lms.lti.deep_linking_forms import Known
from sca_lms.lti.deep_linking_models import DeepLinkingRequest
from sca_lms.lti.launch import Arrival, origin_of
from sca_lms.lti.linkables import Linkable
from sca_lms.lti.models import ResourceLink
from sca_lms.lti.refusals import Code, LaunchRefused
from sca_lms.web.headers import is_origin

CHOOSERS = frozenset({Role.INSTRUCTOR, Role.MANAGER, Role.AUTHOR})
LIFETIME = dt.timedelta(hours=4)
"""How long a picker may stand open; a session in a tab lasts as long."""


class AlreadyAnswered(Refused):
    """The picker was answered before; the host takes an answer once."""

    code: ClassVar[str] = "deep-linking-answered"

    def __init__(self) -> None:
        super().__init__(
            _l("This selection has already been sent to your course. To add more, open it again from there.")
        )


class PickerExpired(Refused):
    """The picker stood open too long."""

    code: ClassVar[str] = "deep-linking-expired"

    def __init__(self) -> None:
        super().__init__(_l("This selection stood open too long. Open it again from your course."))


def open_request(arrival: Arrival, *, at: dt.datetime) -> DeepLinkingRequest:
    """Remember what a host wants to be answered; raises `LaunchRefused` for those who may not choose."""
    enrolment, context, course = arrival.enrolment, arrival.context, arrival.course
    if course is None or context is None:
        raise LaunchRefused(Code.CONTEXT_MISSING)
    if enrolment is None or enrolment.roles.isdisjoint(CHOOSERS):
        said = ", ".join(sorted(enrolment.roles)) if enrolment else str(Role.GUEST)
        raise LaunchRefused(Code.ROLE_REFUSED, sent=said, known=", ".join(sorted(CHOOSERS)))
    return_url = str(arrival.launch.deep_linking.get("deep_link_return_url"))
    if not is_origin(origin_of(return_url)):
        # The page that answers may only send its form to an origin that its own policy can name.
        raise LaunchRefused(Code.CLAIM_MALFORMED, sent="deep_link_return_url", known=return_url)
    request = DeepLinkingRequest(
        platform_id=arrival.platform.id,
        deployment_id=arrival.launch.deployment_id,
        context_id=context.id,
        course_id=course.id,
        person_id=enrolment.person_id,
        settings=dict(arrival.launch.deep_linking),
        created_at=at,
        expires_at=at + LIFETIME,
        used_at=None,
        activities=[],
        columns=[],
    )
    db.session.add(request)
    db.session.flush()
    return request


def find_request(actor: Actor, request_id: int) -> DeepLinkingRequest | None:
    """Return a picker that this very person opened in this course, with its host."""
    return db.session.scalar(
        sa.select(DeepLinkingRequest)
        .where(
            DeepLinkingRequest.id == request_id,
            DeepLinkingRequest.course_id == actor.course_id,
            DeepLinkingRequest.person_id == actor.person_id,
        )
        .options(joinedload(DeepLinkingRequest.platform), joinedload(DeepLinkingRequest.course))
    )


def known_before(request: DeepLinkingRequest, offered: Sequence[Linkable]) -> Known:
    """Return what the host's course has of the offered things already, in two statements."""
    answered = db.session.execute(
        sa.select(DeepLinkingRequest.activities, DeepLinkingRequest.columns, DeepLinkingRequest.used_at)
        .where(DeepLinkingRequest.context_id == request.context_id, DeepLinkingRequest.used_at.is_not(None))
        .order_by(DeepLinkingRequest.used_at)
    ).all()
    links = db.session.execute(
        sa.select(ResourceLink.activity, ResourceLink.line_item_url).where(
            ResourceLink.context_id == request.context_id, ResourceLink.activity.is_not(None)
        )
    ).all()
    graded = {activity for activity, column_url in links if column_url}
    return Known(
        opened=frozenset(activity for activity, _column_url in links if activity),
        sent={activity: used_at for chosen, _codes, used_at in answered if used_at for activity in chosen},
        columns_there=frozenset(
            each.column.code
            for each in offered
            if each.column and (each.activity in graded or request.context_id in each.column.present_in)
        ),
        columns_sent={code: used_at for _chosen, codes, used_at in answered if used_at for code in codes},
    )


def answer(request: DeepLinkingRequest, chosen: Sequence[Chosen], *, at: dt.datetime) -> str:
    """Use a picker up and return the sentence for the host; of two answers at once the first one counts.

    Raises `AlreadyAnswered` or `PickerExpired`.
    """
    activities = [each.linkable.activity for each in chosen]
    columns = [each.column.code for each in chosen if each.column is not None]
    used = db.session.execute(
        sa.update(DeepLinkingRequest)
        .where(
            DeepLinkingRequest.id == request.id,
            DeepLinkingRequest.used_at.is_(None),
            DeepLinkingRequest.expires_at > at,
        )
        .values(used_at=at, activities=activities, columns=columns)
        .returning(DeepLinkingRequest.id)
        .execution_options(synchronize_session=False)
    )
    if used.first() is None:
        raise PickerExpired if request.expires_at <= at else AlreadyAnswered
    if not chosen:
        return _("Nothing was added.")
    after: dict[str, object] = {"activities": activities, "columns": columns}
    record_audit(request.course, request.person_id, "place-activities", "", at=at, after=after)
    return ngettext("%(num)d activity was added.", "%(num)d activities were added.", len(chosen))


def forget_expired(*, at: dt.datetime) -> None:
    """Delete pickers that nobody answered; answered ones stay, they tell what was asked for."""
    db.session.execute(
        sa.delete(DeepLinkingRequest)
        .where(DeepLinkingRequest.expires_at <= at, DeepLinkingRequest.used_at.is_(None))
        .execution_options(synchronize_session=False)
    )
