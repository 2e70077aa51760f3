"""Tell hosts that send notices of copied courses where to send them; a host is told once for each address.

A launch says where a host wants to be told. The worker does so, because no service is called while somebody
waits for a page.
"""

import datetime as dt

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import contains_eager

from sca_lms import clock
from sca_lms.config import settings
from sca_lms.database import db, transaction
from sca_lms.errors import Refused
from sca_lms.lti import scopes
from sca_lms.lti import vocabulary as lti
from sca_lms.lti.access_tokens import TokenDelayed, TokenRefused
from sca_lms.lti.models import LtiContext, Platform, PlatformState
from sca_lms.lti.notice_models import NoticeService
from sca_lms.lti.outbound import Unreachable, outbound
from sca_lms.lti.service_calls import HostRefused, ServiceCalls

JSON = "application/json"
LEASE = dt.timedelta(minutes=5)
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(hours=1), dt.timedelta(days=7)
AT_ONCE = 20

log = structlog.get_logger(__name__)


def handler_address() -> str:
    """Return the address to which notices are sent."""
    return f"{settings().public_url}/lti/notices"


def subscribe_due(at: dt.datetime) -> int:
    """Tell our address to the hosts that do not know it yet; returns how many were told.

    Call it in an application context, outside of a transaction.
    """
    with transaction():
        _note_new_services(at=at)
        due = _take(at=at)
    return sum(_tell(service) for service in due)


def _note_new_services(*, at: dt.datetime) -> None:
    """Put services on record that launches have told of, and those that know an address we had before."""
    known = sa.exists().where(
        NoticeService.platform_id == LtiContext.platform_id, NoticeService.url == LtiContext.notices_url
    )
    new = db.session.execute(
        sa.select(LtiContext.platform_id, LtiContext.notices_url)
        .where(LtiContext.notices_url.is_not(None), ~known)
        .distinct()
        .limit(AT_ONCE)
    ).all()
    for platform_id, url in new:
        try:
            with db.session.begin_nested():
                db.session.add(NoticeService(platform_id=platform_id, url=url, next_try_at=at))
        except IntegrityError:
            # Another worker has just noted it.
            continue
    db.session.execute(
        sa.update(NoticeService)
        .where(NoticeService.next_try_at.is_(None), NoticeService.handler != handler_address())
        .values(next_try_at=at, failures=0)
        .execution_options(synchronize_session=False)
    )


def _take(*, at: dt.datetime) -> list[NoticeService]:
    """Take some whose turn it is; others leave them alone for a while."""
    due = (
        sa.select(NoticeService.id)
        .join(NoticeService.platform)
        .where(NoticeService.next_try_at <= at, Platform.state == PlatformState.ACTIVE)
        .order_by(NoticeService.next_try_at)
        .limit(AT_ONCE)
    )
    taken = db.session.scalars(
        sa.update(NoticeService)
        .where(NoticeService.id.in_(due), NoticeService.next_try_at <= at)
        .values(next_try_at=at + LEASE)
        .returning(NoticeService.id)
        .execution_options(synchronize_session=False)
    ).all()
    return list(
        db.session.scalars(
            sa.select(NoticeService)
            .join(NoticeService.platform)
            .where(NoticeService.id.in_(taken))
            .options(contains_eager(NoticeService.platform))
        )
    )


def _tell(service: NoticeService) -> bool:
    handler = handler_address()
    calls = ServiceCalls(service.platform, way_out=outbound(), now=clock.now)
    body = {"notice_type": lti.COPY_NOTICE, "handler": handler}
    try:
        calls.call("PUT", service.url, scopes.NOTICES, accept=JSON, content_type=JSON, body=body)
    except (HostRefused, Unreachable, TokenDelayed, TokenRefused) as failure:
        _failed(service, failure)
        return False
    with transaction():
        _change(service, {"handler": handler, "told_at": clock.now(), "next_try_at": None, "failures": 0})
    return True


def _failed(service: NoticeService, failure: Refused) -> None:
    wait = min(FIRST_WAIT * 2 ** min(service.failures, 10), LONGEST_WAIT)
    with transaction():
        _change(service, {"next_try_at": clock.now() + wait, "failures": NoticeService.failures + 1})
    log.info("notices.not-told", service=service.id, reason=failure.code)


def _change(service: NoticeService, values: dict[str, object]) -> None:
    db.session.execute(
        sa.update(NoticeService)
        .where(NoticeService.id == service.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
