"""Find the host's column for one of ours, or make it; of several workers one does so.

First comes the column that the host itself gave to the activity (deep linking), then one with our resource
id and tag, and only then a new one. No transaction is open while the host takes its time.
"""

import datetime as dt
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.database import db, transaction
from sca_lms.grades import outbox
from sca_lms.grades.models import Delivery, GradeColumn, HostColumn, Score
from sca_lms.grades.rules import Reason, State
from sca_lms.lti import scopes
from sca_lms.lti.ags import GradeServices, LineItemDraft, reading_scope
from sca_lms.lti.linkables import linkables_of
from sca_lms.lti.models import LtiContext, ResourceLink

LEASE = dt.timedelta(seconds=45)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column to be found or made, and the lease under which that is done."""

    place: HostColumn
    lease_token: str

    @property
    def column(self) -> GradeColumn:
        """Our column."""
        return self.place.column

    @property
    def context(self) -> LtiContext:
        """The course of the host."""
        return self.place.context


def resolve(
    host_column_id: int, services: GradeServices, *, now: Callable[[], dt.datetime]
) -> str | Reason | None:
    """Return the column's address, why there is none, or None while another worker is at it.

    Raises what `GradeServices` raises; the column is then as it was.
    """
    with transaction():
        wanted = _take(host_column_id, at=now())
        if wanted is None:
            return _known(host_column_id)
        activities = activities_of(wanted.column)
        linked = find_linked(wanted.context.id, activities)
    url: str | None = None
    try:
        url = (
            linked if linked and linked != wanted.place.gone_url else _in_gradebook(wanted, services, now=now)
        )
    finally:
        with transaction():
            _keep(wanted, url, at=now())
    return url or Reason.NO_COLUMN


def note_gone(host_column_id: int, url: str, *, at: dt.datetime) -> None:
    """Remember that the host no longer has a column, unless it has been found elsewhere meanwhile."""
    db.session.execute(
        sa.update(HostColumn)
        .where(HostColumn.id == host_column_id, HostColumn.line_item_url == url)
        .values(gone_at=at, gone_url=url, line_item_url=None)
        .execution_options(synchronize_session=False)
    )


def look_for_changes(*, at: dt.datetime) -> None:
    """Try again what failed for want of something in the host, where the host has changed since.

    That is so for services a launch has described anew, and for columns that a launch has named.
    """
    _reopen(
        (Reason.NO_SERVICE, Reason.NO_COLUMN, Reason.PERMISSION, Reason.TOKEN),
        sa.exists().where(
            LtiContext.course_id == GradeColumn.course_id, LtiContext.updated_at > Delivery.settled_at
        ),
        at=at,
    )
    without = db.session.scalars(
        sa.select(HostColumn)
        .where(HostColumn.line_item_url.is_(None))
        .options(joinedload(HostColumn.column, innerjoin=True))
        .execution_options(populate_existing=True)
    )
    for place in without:
        linked = find_linked(place.context_id, activities_of(place.column))
        if linked is not None and linked != place.gone_url:
            place.line_item_url, place.gone_at, place.compared_at = linked, None, at
            _reopen((Reason.NO_COLUMN, Reason.COLUMN_GONE), GradeColumn.id == place.column_id, at=at)


def activities_of(column: GradeColumn) -> Collection[str]:
    """Return the activities whose links carry a column: those that offer it, and the one of its own name."""
    offering = {
        linkable.activity
        for linkable in linkables_of(column.course_id)
        if linkable.column is not None and linkable.column.code == column.code
    }
    return {activity.lower() for activity in (*offering, column.code)}


def find_linked(context_id: int, activities: Collection[str]) -> str | None:
    """Return the column that the host gave to one of these activities; the newest link counts."""
    return db.session.scalar(
        sa.select(ResourceLink.line_item_url)
        .where(
            ResourceLink.context_id == context_id,
            sa.func.lower(ResourceLink.activity).in_(activities),
            ResourceLink.line_item_url.is_not(None),
        )
        .order_by(ResourceLink.id.desc())
        .limit(1)
    )


def _in_gradebook(wanted: Wanted, services: GradeServices, *, now: Callable[[], dt.datetime]) -> str | None:
    """Return the address of the column with our identity, made if need be and allowed."""
    column, context = wanted.column, wanted.context
    offered = frozenset(context.ags_scopes)
    reading = reading_scope(offered)
    if context.lineitems_url is None or reading is None:
        return None
    found = services.find_line_items(
        context.lineitems_url, resource_id=column.resource_id, tag=column.tag, scope=reading
    )
    if found:
        return found[0].url
    if not column.may_create or scopes.LINE_ITEM not in offered:
        return None
    with transaction():
        outbox.freeze(column.id, at=now())
    draft = LineItemDraft(
        label=column.title.pick(column.course.default_locale)[0] or column.code,
        score_maximum=column.score_maximum,
        resource_id=column.resource_id,
        tag=column.tag,
    )
    return services.create_line_item(context.lineitems_url, draft).url


def _take(host_column_id: int, *, at: dt.datetime) -> Wanted | None:
    lease_token = secrets.token_hex(16)
    taken = db.session.scalars(
        sa.update(HostColumn)
        .where(
            HostColumn.id == host_column_id,
            HostColumn.line_item_url.is_(None),
            HostColumn.gone_at.is_(None),
            sa.or_(HostColumn.lease_until.is_(None), HostColumn.lease_until <= at),
        )
        .values(lease_token=lease_token, lease_until=at + LEASE)
        .returning(HostColumn.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not taken:
        return None
    place = db.session.scalars(
        sa.select(HostColumn)
        .where(HostColumn.id == host_column_id)
        .options(
            joinedload(HostColumn.column, innerjoin=True).joinedload(GradeColumn.course, innerjoin=True),
            joinedload(HostColumn.context, innerjoin=True).joinedload(LtiContext.platform, innerjoin=True),
        )
        .execution_options(populate_existing=True)
    ).one()
    return Wanted(place, lease_token)


def _known(host_column_id: int) -> str | Reason | None:
    """Return what another worker found meanwhile, None while it is still looking."""
    row = db.session.execute(
        sa.select(HostColumn.line_item_url, HostColumn.gone_at).where(HostColumn.id == host_column_id)
    ).one()
    return Reason.COLUMN_GONE if row.gone_at is not None else row.line_item_url


def _keep(wanted: Wanted, url: str | None, *, at: dt.datetime) -> None:
    """Give the column back, with its address if one was found; it is first compared a day from now."""
    found: dict[str, object] = {"line_item_url": url, "compared_at": at} if url else {}
    db.session.execute(
        sa.update(HostColumn)
        .where(HostColumn.id == wanted.place.id, HostColumn.lease_token == wanted.lease_token)
        .values(lease_token=None, lease_until=None, **found)
        .execution_options(synchronize_session=False)
    )


def _reopen(reasons: Collection[Reason], condition: sa.ColumnElement[bool], *, at: dt.datetime) -> None:
    affected = (
        sa.select(Delivery.score_id)
        .join(Delivery.score)
        .join(Score.column)
        .where(Delivery.state == State.REFUSED, Delivery.reason.in_(reasons), condition)
    )
    db.session.execute(
        sa.update(Delivery)
        .where(Delivery.score_id.in_(affected))
        .values(state=State.DUE, next_try_at=at, reason=None, detail="", failures=0)
        .execution_options(synchronize_session=False)
    )
