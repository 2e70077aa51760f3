"""Read what the operator sees of hosts: their state, their last launches, and what was refused."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.lti.models import Deployment, DeploymentState, LaunchTrace, LtiContext, Platform, PlatformState
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset


@dataclass(frozen=True, slots=True)
class HostLine:
    """One host as a list shows it."""

    platform: Platform
    last_launch_at: dt.datetime | None
    courses: int
    waiting: int
    """Deployments that wait for approval."""

    @property
    def needs_attention(self) -> bool:
        """Tell whether somebody has to decide something about this host."""
        return self.platform.state is PlatformState.PENDING or self.waiting > 0


def _lines(where: sa.ColumnElement[bool]) -> sa.Select[Platform, dt.datetime | None, int, int]:
    waiting = (
        sa.select(sa.func.count())
        .select_from(Deployment)
        .where(Deployment.platform_id == Platform.id, Deployment.state == DeploymentState.INACTIVE)
        .scalar_subquery()
    )
    courses = (
        sa.select(sa.func.count(sa.distinct(LtiContext.course_id)))
        .where(LtiContext.platform_id == Platform.id)
        .scalar_subquery()
    )
    last_launch = (
        sa.select(sa.func.max(Enrolment.last_seen_at))
        .join(LtiContext, LtiContext.course_id == Enrolment.course_id)
        .where(LtiContext.platform_id == Platform.id)
        .scalar_subquery()
    )
    return sa.select(Platform, last_launch, courses, waiting).where(where)


def hosts(*, number: int = 1, size: int = PAGE_SIZE) -> Page[HostLine]:
    """Return one page of the hosts, those that wait for a decision first."""
    total = db.session.scalar(sa.select(sa.func.count()).select_from(Platform)) or 0
    shown = fitting(number, size=size, total=total)
    pending = sa.case((Platform.state == PlatformState.PENDING, 0), else_=1)
    wanted = _lines(sa.true()).order_by(pending, Platform.name, Platform.id)
    rows = db.session.execute(wanted.offset(offset(shown, size=size)).limit(size)).all()
    return Page(items=[HostLine(*row) for row in rows], number=shown, size=size, total=total)


def find_host(platform_id: int) -> HostLine | None:
    """Return one host with what the list knows of it."""
    row = db.session.execute(_lines(Platform.id == platform_id)).first()
    return HostLine(*row) if row else None


def all_platforms() -> list[Platform]:
    """Return every host in the order in which they were written down."""
    return list(db.session.scalars(sa.select(Platform).order_by(Platform.id)))


def host_ids() -> frozenset[int]:
    """Return the ids of all hosts."""
    return frozenset(db.session.scalars(sa.select(Platform.id)))


def hosts_of_course(course_id: int) -> frozenset[int]:
    """Return the ids of the hosts that open a course."""
    wanted = sa.select(LtiContext.platform_id).where(LtiContext.course_id == course_id)
    return frozenset(db.session.scalars(wanted))


def deployments_of(platform: Platform) -> list[Deployment]:
    """Return the deployments of a host, those that wait for approval first."""
    waiting = sa.case((Deployment.state == DeploymentState.INACTIVE, 0), else_=1)
    return list(
        db.session.scalars(
            sa.select(Deployment)
            .where(Deployment.platform_id == platform.id)
            .order_by(waiting, Deployment.first_seen_at, Deployment.id)
        )
    )


def find_deployment(platform: Platform, row_id: int) -> Deployment | None:
    """Return one deployment of this host."""
    return db.session.scalar(
        sa.select(Deployment).where(Deployment.id == row_id, Deployment.platform_id == platform.id)
    )


def refused_launches(
    *, at: dt.datetime, platform_id: int | None = None, number: int = 1, size: int = PAGE_SIZE
) -> Page[LaunchTrace]:
    """Return one page of the launches that were refused in the last days, the newest first."""
    wanted = sa.select(LaunchTrace).where(LaunchTrace.expires_at > at)
    if platform_id is not None:
        wanted = wanted.where(LaunchTrace.platform_id == platform_id)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    shown = fitting(number, size=size, total=total)
    rows = db.session.scalars(
        wanted.order_by(LaunchTrace.id.desc())
        .offset(offset(shown, size=size))
        .limit(size)
        .options(joinedload(LaunchTrace.platform))
    ).all()
    return Page(items=rows, number=shown, size=size, total=total)
