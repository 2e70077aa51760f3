"""Read hosts' rosters in the worker: whose turn it is, page after page, and what to do when a host fails.

A reading lives in the database: its lease keeps other workers away, its next page is on record with the
members seen so far, so whoever comes after a crash goes on where it happened. Only members that are another
than last time are looked at again; who is gone is known after the last page and not before.
"""

import datetime as dt
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import contains_eager

from sca_lms.config import settings
from sca_lms.courses.models import Enrolment
from sca_lms.database import db, transaction
from sca_lms.errors import Refused
from sca_lms.lti import roster_staging, roster_taking
from sca_lms.lti.access_tokens import TokenDelayed, TokenRefused
from sca_lms.lti.models import LtiContext, Platform, PlatformState
from sca_lms.lti.nrps import RosterPage, RosterService
from sca_lms.lti.outbound import Outbound, Unreachable, outbound
from sca_lms.lti.roster_models import RosterChange, RosterMember, RosterSync
from sca_lms.lti.roster_rules import Trouble
from sca_lms.lti.service_calls import HostRefused

EVERY = dt.timedelta(hours=24)
IN_USE = dt.timedelta(days=30)
"""A course that nobody has opened for so long is only read when somebody asks for it."""
LEASE = dt.timedelta(minutes=2)
"""Longer than one page may take, token and all; every page renews it."""
STALE = dt.timedelta(hours=1)
"""A reading that began longer ago starts again: the list may be another by now."""
TURN = dt.timedelta(seconds=20)
"""How long readings go on before scores have their turn again, where one process does everything."""
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(minutes=5), dt.timedelta(hours=6)
MOST_RESUMES = 3
"""How often a reading goes on where it failed before it begins again."""
CHANGES_KEPT = dt.timedelta(days=180)
WHOLE_EVERY = dt.timedelta(days=7)
"""How often everybody is read although the host tells what has changed: nobody is missed for long."""
STAGED_AT_ONCE = 500
SHORTEST_BREATH, LONGEST_BREATH = 0.005, 0.2
"""Seconds between two transactions, in which others write."""
NEW_AT_ONCE = 100

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """One worker's hold on the roster of one host course."""

    context: LtiContext
    platform: Platform
    number: int
    started_at: dt.datetime
    next_page_url: str | None
    only_changes: bool
    is_listed: bool
    lease_token: str


class TurnLost(Exception):
    """Another worker has taken over, because this one took too long."""


def refresh_due(at: dt.datetime) -> int:
    """Read the rosters that are due, for some seconds; returns how many were read to the end.

    What is left goes on at the next call. Call it in an application context, outside of a transaction.
    """
    began = time.monotonic()

    def now() -> dt.datetime:
        return at + dt.timedelta(seconds=time.monotonic() - began)

    with transaction():
        want_daily(at=at)
        roster_taking.welcome_back(at=at)
        db.session.execute(sa.delete(RosterChange).where(RosterChange.at < at - CHANGES_KEPT))
    done = 0
    while True:
        with transaction():
            turn = claim(at=now())
        db.session.close()
        if turn is None:
            return done
        # At least one piece is read each time, however late it is.
        done += read(turn, way_out=outbound(), now=now, until=at + TURN)
        if now() - at >= TURN:
            return done


def want_daily(*, at: dt.datetime) -> None:
    """Say that the courses in use have to be read when the last time is a day ago."""
    in_use = (
        sa.select(LtiContext.id)
        .join(LtiContext.platform)
        .where(
            LtiContext.memberships_url.is_not(None),
            Platform.state == PlatformState.ACTIVE,
            sa.exists().where(
                Enrolment.course_id == LtiContext.course_id, Enrolment.last_seen_at >= at - IN_USE
            ),
        )
    )
    new = in_use.where(~sa.exists().where(RosterSync.context_id == LtiContext.id)).limit(NEW_AT_ONCE)
    for context_id in db.session.scalars(new).all():
        want(context_id, at=at)
    db.session.execute(
        sa.update(RosterSync)
        .where(
            RosterSync.context_id.in_(in_use),
            RosterSync.wanted_at.is_(None),
            sa.or_(RosterSync.finished_at.is_(None), RosterSync.finished_at <= at - EVERY),
        )
        .values(wanted_at=at)
        .execution_options(synchronize_session=False)
    )


def want(context_id: int, *, at: dt.datetime) -> None:
    """Have everybody on a roster read as soon as a worker is free, whatever it was waiting for."""
    try:
        with db.session.begin_nested():
            if db.session.scalar(sa.select(RosterSync.context_id).where(RosterSync.context_id == context_id)):
                db.session.execute(
                    sa.update(RosterSync)
                    .where(RosterSync.context_id == context_id)
                    .values(wanted_at=at, whole_at=None)
                    .execution_options(synchronize_session=False)
                )
            else:
                db.session.add(RosterSync(context_id=context_id, wanted_at=at))
    except IntegrityError:
        # Somebody else has just asked for the same.
        return


def claim(*, at: dt.datetime) -> Turn | None:
    """Take the roster that waits longest and that nobody else is reading."""
    free = sa.or_(RosterSync.lease_until.is_(None), RosterSync.lease_until <= at)
    due = (
        sa.select(RosterSync.context_id)
        .join(RosterSync.context)
        .join(LtiContext.platform)
        .where(
            RosterSync.wanted_at <= at,
            free,
            LtiContext.memberships_url.is_not(None),
            Platform.state == PlatformState.ACTIVE,
        )
        .order_by(RosterSync.wanted_at, RosterSync.context_id)
        .limit(1)
    )
    token = secrets.token_hex(16)
    taken = db.session.scalar(
        sa.update(RosterSync)
        .where(RosterSync.context_id.in_(due), free)
        .values(lease_token=token, lease_until=at + LEASE)
        .returning(RosterSync.context_id)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        return None
    sync = db.session.scalars(
        sa.select(RosterSync)
        .join(RosterSync.context)
        .join(LtiContext.platform)
        .where(RosterSync.context_id == taken)
        .options(contains_eager(RosterSync.context).contains_eager(LtiContext.platform))
        .execution_options(populate_existing=True)
    ).one()
    if sync.started_at is None or sync.started_at <= at - STALE:
        _begin(sync, at=at)
    return Turn(
        context=sync.context,
        platform=sync.context.platform,
        number=sync.number,
        started_at=sync.started_at or at,
        next_page_url=sync.next_page_url,
        only_changes=sync.only_changes,
        is_listed=sync.listed_at is not None,
        lease_token=token,
    )


def _begin(sync: RosterSync, *, at: dt.datetime) -> None:
    """Begin a reading: of what has changed where the host tells that, and every week of everybody."""
    sync.only_changes = (
        sync.differences_url is not None and sync.whole_at is not None and sync.whole_at > at - WHOLE_EVERY
    )
    if not sync.only_changes:
        # Whoever is not mentioned among changes was seen in the reading before: they keep their number.
        sync.number += 1
    sync.next_page_url = sync.differences_url if sync.only_changes else None
    sync.started_at, sync.listed_at, sync.listed = at, None, 0


def read(turn: Turn, *, way_out: Outbound, now: Callable[[], dt.datetime], until: dt.datetime) -> bool:
    """Go on with a reading until it is done, its host fails, or `until`; tells whether it is done."""
    try:
        if not turn.is_listed and not _list(turn, way_out, now=now, until=until):
            return False
        return _take_over(turn, now=now, until=until)
    except TurnLost:
        return False
    except (HostRefused, Unreachable, TokenDelayed, TokenRefused) as failure:
        with transaction():
            fail(turn, failure, at=now())
        log.info("roster.failed", context=turn.context.id, reason=failure.code)
        return False


def _list(turn: Turn, way_out: Outbound, *, now: Callable[[], dt.datetime], until: dt.datetime) -> bool:
    service = RosterService(turn.platform, way_out=way_out, now=now)
    if turn.next_page_url is not None:
        pages = service.pages_from(turn.next_page_url)
    else:
        pages = service.pages(turn.context.memberships_url or "")
    for page in pages:
        _keep_page(turn, page, now=now)
        if page.following is not None and now() >= until:
            _release(turn)
            return False
    return True


def _keep_page(turn: Turn, page: RosterPage, *, now: Callable[[], dt.datetime]) -> None:
    """Write a page down and, with its last members, where the list goes on."""
    here = [member for member in page.members if member.is_active]
    for start in range(0, max(len(here), 1), STAGED_AT_ONCE):
        with _breathing(), transaction():
            hold(turn, at=now())
            part = here[start : start + STAGED_AT_ONCE]
            roster_staging.stage(turn.context.id, part, number=turn.number)
            values: dict[str, object] = {"listed": RosterSync.listed + len(part)}
            if start + STAGED_AT_ONCE >= len(here):
                values |= _page_is_kept(turn, page, at=now())
            _change(turn, values)
        # What was read is written; nothing of it has to stay in memory.
        db.session.expunge_all()


def _page_is_kept(turn: Turn, page: RosterPage, *, at: dt.datetime) -> dict[str, object]:
    """Strike out whom a page of changes says to have left, and return how the reading stands after it."""
    if turn.only_changes:
        left = [member.subject for member in page.members if not member.is_active]
        roster_staging.strike_out(turn.context.id, left)
    values: dict[str, object] = {"next_page_url": page.following}
    if page.following is None:
        values["listed_at"] = at
        if page.differences_url is not None or not turn.only_changes:
            # Until a host names a new address, the old one tells all changes since then.
            values["differences_url"] = page.differences_url
    return values


@contextmanager
def _breathing() -> Iterator[None]:
    """Let others write for as long as this block took, within bounds.

    The embedded database has one writer at a time, and whoever waits looks again only now and then: a worker
    that goes on at once would keep everybody out until it is done.
    """
    began = time.monotonic()
    yield
    if settings().is_sqlite:
        time.sleep(min(max(time.monotonic() - began, SHORTEST_BREATH), LONGEST_BREATH))


def _take_over(turn: Turn, *, now: Callable[[], dt.datetime], until: dt.datetime) -> bool:
    """Carry over what the list changes, some people at a time, and then find out who is gone."""
    context, number = turn.context, turn.number
    while (pending := roster_taking.some_pending(context.id, number=number)).rows:
        with _breathing(), transaction():
            hold(turn, at=now())
            roster_taking.take_over(context, turn.platform, pending, at=now())
        # What was carried over is written; nothing of it has to stay in memory.
        db.session.expunge_all()
        if now() >= until:
            _release(turn)
            return False
    steps: list[Callable[[], int]] = [
        lambda: roster_taking.note_unlisted(context, turn.platform, since=turn.started_at),
        lambda: roster_taking.find_some_gone(context, number=number, since=turn.started_at, at=now()),
        lambda: roster_taking.forget_some_unmet(context, number=number),
    ]
    if turn.only_changes:
        # Whoever is not mentioned among changes may well be listed.
        del steps[0]
    for some in steps:
        while True:
            with _breathing(), transaction():
                hold(turn, at=now())
                count = some()
            db.session.expunge_all()
            if not count:
                break
            if now() >= until:
                _release(turn)
                return False
    with transaction():
        hold(turn, at=now())
        _finish(turn, at=now())
    log.info("roster.read", context=turn.context.id, only_changes=turn.only_changes)
    return True


def hold(turn: Turn, *, at: dt.datetime) -> None:
    """Renew the lease; raises `TurnLost` when it is somebody else's by now."""
    if not _change(turn, {"lease_until": at + LEASE}):
        raise TurnLost


def fail(turn: Turn, failure: Refused, *, at: dt.datetime) -> None:
    """Write down why a host gave no roster, and when to try again."""
    trouble, detail, wish, is_final = _understood(failure)
    sync = db.session.scalar(
        sa.select(RosterSync)
        .where(RosterSync.context_id == turn.context.id, RosterSync.lease_token == turn.lease_token)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if sync is None:
        return
    if sync.only_changes and trouble is Trouble.REFUSED:
        # Hosts remember for some time what has changed; afterwards everybody has to be read.
        sync.differences_url = sync.started_at = sync.next_page_url = sync.listed_at = None
        sync.wanted_at, sync.lease_token, sync.lease_until = at, None, None
        return
    wait = min(FIRST_WAIT * 2 ** min(sync.failures, 10), LONGEST_WAIT)
    if is_final and turn.next_page_url is None:
        wait = EVERY
    sync.failures += 1
    sync.failed_at, sync.trouble, sync.detail = at, trouble, detail
    sync.wanted_at = at + max(wait, min(wish or wait, EVERY))
    sync.lease_token = sync.lease_until = None
    if is_final or sync.failures % MOST_RESUMES == 0:
        # A page that leads nowhere, or in circles, would do so again: begin with the first one.
        sync.started_at = sync.next_page_url = sync.listed_at = sync.differences_url = None


def _understood(failure: Refused) -> tuple[Trouble, str, dt.timedelta | None, bool]:
    """Return the trouble, its detail, how long the host asks us to wait, and whether waiting is no use."""
    if isinstance(failure, HostRefused):
        busy = failure.throttled or failure.status in {408, 425, 429} or failure.status >= 500
        trouble = Trouble.BUSY if busy else Trouble.REFUSED
        return trouble, f"HTTP {failure.status}", failure.retry_after, not busy
    if isinstance(failure, TokenDelayed):
        return Trouble.BUSY, f"HTTP {failure.status}", failure.retry_after, False
    if isinstance(failure, TokenRefused):
        return Trouble.TOKEN, failure.error or f"HTTP {failure.status}", None, True
    return Trouble.UNREACHABLE, "", None, False


def _release(turn: Turn) -> None:
    with transaction():
        _change(turn, {"lease_token": None, "lease_until": None})


def _finish(turn: Turn, *, at: dt.datetime) -> None:
    seen = sa.select(sa.func.count(RosterMember.id)).where(
        RosterMember.context_id == turn.context.id, RosterMember.seen_in == turn.number
    )
    _change(
        turn,
        {
            "finished_at": at, "finished_number": turn.number, "finished_count": seen.scalar_subquery(),
            "wanted_at": None, "started_at": None, "next_page_url": None, "listed_at": None,
            "lease_token": None, "lease_until": None, "failures": 0, "trouble": None, "detail": "",
            **({} if turn.only_changes else {"whole_at": turn.started_at}),
        },
    )  # fmt: skip


def _change(turn: Turn, values: dict[str, object]) -> bool:
    """Change the reading if it is still ours; tells whether it is."""
    changed = db.session.scalar(
        sa.update(RosterSync)
        .where(RosterSync.context_id == turn.context.id, RosterSync.lease_token == turn.lease_token)
        .values(**values)
        .returning(RosterSync.context_id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None
