"""Find the host's column for one of ours, or make it; of several workers one does so.

First comes the column that the host itself gave to the activity (deep linking), then one with our resource
id and tag, then one that stands alone at a link of the activity, and only then a new one. A column of the
host serves one of ours: two would write over each other.

No transaction is open while the host takes its time.
"""

import datetime as dt
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.database import db, transaction
from sca_lms.grades import settling
from sca_lms.grades.models import Delivery, GradeColumn, GradeSettings, HostColumn, Score
from sca_lms.grades.parcels import Destination
from sca_lms.grades.rules import Reason, State
from sca_lms.lti import scopes
from sca_lms.lti.ags import GradeServices, LineItemDraft, reading_scope
from sca_lms.lti.linkables import linkables_of
from sca_lms.lti.models import LtiContext, ResourceLink
from sca_lms.lti.profiles import Profile, profile_named

LEASE = dt.timedelta(seconds=45)
COMPARED_EVERY = dt.timedelta(hours=24)
MOST_LINKS = 5
"""At so many links of an activity a column is looked for; each costs a request."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column to be found or made, and the lease under which that is done."""

    place: HostColumn
    lease_token: str
    activities: Collection[str]
    linked: str | None
    """The column that the host gave to one of the activities."""
    lonely_links: Collection[str]
    """Links of the activities for which the host names no column: there is none, or there are several."""
    others: Collection[str]
    """Columns of the host that serve other columns of ours."""
    may_create: bool

    @property
    def column(self) -> GradeColumn:
        """Our column."""
        return self.place.column

    @property
    def context(self) -> LtiContext:
        """The course of the host."""
        return self.place.context

    @property
    def profile(self) -> Profile:
        """The habits of the host."""
        return profile_named(self.context.platform.profile)


def resolve(
    host_column_id: int, services: GradeServices, *, now: Callable[[], dt.datetime]
) -> Destination | Reason | None:
    """Return where the column is, why there is none, or None while another worker is at it.

    Raises what `GradeServices` raises; the column is then as it was.
    """
    with transaction():
        wanted = _take(host_column_id, at=now())
        if wanted is None:
            return _known(host_column_id)
    found, kept = None, False
    try:
        if wanted.linked and wanted.linked != wanted.place.gone_url:
            found = Destination(wanted.linked, made_by_tool=False)
        else:
            found = _in_gradebook(wanted, services, now=now)
    finally:
        with transaction():
            kept = _keep(wanted, found, at=now())
    if found is None:
        return Reason.NO_COLUMN
    return found if kept else None


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
        others = _others(place)
        linked = find_linked(place.context_id, activities_of(place.column), without=others)
        if linked is not None and linked != place.gone_url:
            place.line_item_url, place.gone_at, place.made_by_tool = linked, None, False
            place.next_comparison_at = at + COMPARED_EVERY
            _reopen((Reason.NO_COLUMN, Reason.COLUMN_GONE), GradeColumn.id == place.column_id, at=at)


def activities_of(column: GradeColumn) -> Collection[str]:
    """Return the activities whose links carry a column: those that offer it, and the one of its own name."""
    offering = {
        linkable.activity
        for linkable in linkables_of(column.course_id)
        if linkable.column is not None and linkable.column.code == column.code
    }
    return {activity.lower() for activity in (*offering, column.code)}


def find_linked(context_id: int, activities: Collection[str], *, without: Collection[str] = ()) -> str | None:
    """Return the column that the host gave to one of these activities; the newest link counts.

    Several links may share a column. One that serves another column of ours is passed over.
    """
    return db.session.scalar(
        sa.select(ResourceLink.line_item_url)
        .where(
            ResourceLink.context_id == context_id,
            sa.func.lower(ResourceLink.activity).in_(activities),
            ResourceLink.line_item_url.is_not(None),
            ResourceLink.line_item_url.not_in(without),
        )
        .order_by(ResourceLink.id.desc())
        .limit(1)
    )


def _in_gradebook(
    wanted: Wanted, services: GradeServices, *, now: Callable[[], dt.datetime]
) -> Destination | None:
    """Return the column with our identity, or alone at one of our links; made if need be and allowed."""
    column, context = wanted.column, wanted.context
    offered = frozenset(context.ags_scopes)
    reading = reading_scope(offered)
    if context.lineitems_url is None or reading is None:
        return None
    tag = wanted.profile.tag(column.tag)
    found = services.find_line_items(
        context.lineitems_url, resource_id=column.resource_id, tag=tag, scope=reading
    )
    urls = [item.url for item in found] or _at_links(wanted, services, context.lineitems_url, reading)
    known = next((url for url in urls if url not in wanted.others), None)
    if known is not None:
        return Destination(known, made_by_tool=False)
    if not wanted.may_create or scopes.LINE_ITEM not in offered:
        return None
    with transaction():
        settling.freeze(column.id, at=now())
    draft = LineItemDraft(
        label=wanted.profile.label(column.title.pick(column.course.default_locale)[0] or column.code),
        score_maximum=column.score_maximum,
        resource_id=column.resource_id,
        tag=tag,
    )
    return Destination(services.create_line_item(context.lineitems_url, draft).url, made_by_tool=True)


def _at_links(wanted: Wanted, services: GradeServices, line_items_url: str, reading: str) -> list[str]:
    """Return the one column without an identity at links whose launches name none.

    A host leaves the name out when a link has several columns; those with an identity belong to others.
    """
    urls = {
        item.url
        for link in wanted.lonely_links
        for item in services.line_items_of_link(line_items_url, link, scope=reading)
        if not item.resource_id and not item.tag
    }
    return list(urls) if len(urls) == 1 else []


def _others(place: HostColumn) -> Collection[str]:
    """Return the columns of the host's course that serve other columns of ours."""
    return [
        url
        for url in db.session.scalars(
            sa.select(HostColumn.line_item_url).where(
                HostColumn.context_id == place.context_id,
                HostColumn.id != place.id,
                HostColumn.line_item_url.is_not(None),
            )
        )
        if url is not None
    ]


def _lonely_links(context_id: int, activities: Collection[str]) -> Collection[str]:
    return db.session.scalars(
        sa.select(ResourceLink.resource_link_id)
        .where(
            ResourceLink.context_id == context_id,
            sa.func.lower(ResourceLink.activity).in_(activities),
            ResourceLink.line_item_url.is_(None),
        )
        .order_by(ResourceLink.id.desc())
        .limit(MOST_LINKS)
    ).all()


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
    activities, others = activities_of(place.column), _others(place)
    may_create = sa.select(GradeSettings.may_create_columns).where(
        GradeSettings.course_id == place.column.course_id
    )
    return Wanted(
        place=place,
        lease_token=lease_token,
        activities=activities,
        linked=find_linked(place.context_id, activities, without=others),
        lonely_links=_lonely_links(place.context_id, activities),
        others=others,
        may_create=db.session.scalar(may_create) is not False,
    )


def _known(host_column_id: int) -> Destination | Reason | None:
    """Return what another worker found meanwhile, None while it is still looking."""
    row = db.session.execute(
        sa.select(HostColumn.line_item_url, HostColumn.gone_at, HostColumn.made_by_tool).where(
            HostColumn.id == host_column_id
        )
    ).one()
    if row.gone_at is not None:
        return Reason.COLUMN_GONE
    return Destination(row.line_item_url, row.made_by_tool) if row.line_item_url is not None else None


def _keep(wanted: Wanted, destination: Destination | None, *, at: dt.datetime) -> bool:
    """Give the column back, with its address if one was found; it is first compared a day from now.

    False when another column of ours has got the same one of the host in the meantime.
    """
    # Who looks for another column of the same course waits here, and then sees what was kept.
    db.session.execute(sa.select(LtiContext.id).where(LtiContext.id == wanted.context.id).with_for_update())
    found: dict[str, object] = {}
    is_free = destination is None or destination.url not in _others(wanted.place)
    if destination is not None and is_free:
        found = {
            "line_item_url": destination.url,
            "made_by_tool": destination.made_by_tool,
            "next_comparison_at": at + COMPARED_EVERY,
        }
    db.session.execute(
        sa.update(HostColumn)
        .where(HostColumn.id == wanted.place.id, HostColumn.lease_token == wanted.lease_token)
        .values(lease_token=None, lease_until=None, **found)
        .execution_options(synchronize_session=False)
    )
    return is_free


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
