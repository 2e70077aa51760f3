"""Let a verified launch in: find or make the person, the course, the link and the enrolment it speaks of.

A hundred and fifty learners may open a new course in the same minute. Whatever is missing is made in one
savepoint; when somebody else made it meanwhile, a constraint says so and everything is looked up once more.
"""

import datetime as dt
import functools
from dataclasses import dataclass
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import contains_eager

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db
from sca_lms.lti import news, roster_taking
from sca_lms.lti.claims import Launch
from sca_lms.lti.models import (
    Deployment,
    DeploymentState,
    HostRoles,
    LtiContext,
    LtiUser,
    Platform,
    PlatformState,
    ResourceLink,
)
from sca_lms.lti.queries import Registered
from sca_lms.lti.refusals import Code, LaunchRefused
from sca_lms.lti.vocabulary import MessageType

MOST_UNKNOWN_DEPLOYMENTS = 100
"""How many deployments of one platform may wait for approval; more are refused without a note."""
SEEN_EVERY = dt.timedelta(minutes=5)
TRIES = 5
OF_LINK = "resource-link:"
"""Where a host names no course, its link is the course; this stands before its id."""
UNTITLED = "SCA LMS"
_WITHOUT_COURSE = frozenset({MessageType.DATA_PRIVACY})


@dataclass(slots=True)
class Arrival:
    """A launch that was let in, and the rows it belongs to."""

    launch: Launch
    platform: Platform
    tenant: str
    user: LtiUser | None = None
    person: Person | None = None
    context: LtiContext | None = None
    course: Course | None = None
    link: ResourceLink | None = None
    enrolment: Enrolment | None = None
    host_roles: HostRoles | None = None


_LOOK_UP = (
    sa.select(
        Platform, Deployment.state, LtiUser, Person, LtiContext, Course, ResourceLink, Enrolment, HostRoles
    )
    .outerjoin(
        Deployment,
        sa.and_(
            Deployment.platform_id == Platform.id, Deployment.deployment_id == sa.bindparam("deployment_id")
        ),
    )
    .outerjoin(
        LtiUser,
        sa.and_(
            LtiUser.platform_id == Platform.id,
            LtiUser.tenant == sa.bindparam("tenant"),
            LtiUser.subject == sa.bindparam("subject"),
        ),
    )
    .outerjoin(Person, Person.id == LtiUser.person_id)
    .outerjoin(
        LtiContext,
        sa.and_(
            LtiContext.platform_id == Platform.id,
            LtiContext.tenant == sa.bindparam("tenant"),
            LtiContext.context_id == sa.bindparam("context_id"),
        ),
    )
    .outerjoin(Course, Course.id == LtiContext.course_id)
    .outerjoin(
        ResourceLink,
        sa.and_(
            ResourceLink.context_id == LtiContext.id,
            ResourceLink.resource_link_id == sa.bindparam("link_id"),
        ),
    )
    .outerjoin(Enrolment, sa.and_(Enrolment.course_id == Course.id, Enrolment.person_id == Person.id))
    .outerjoin(HostRoles, HostRoles.enrolment_id == Enrolment.id)
    .where(Platform.id == sa.bindparam("platform_id"))
    .execution_options(populate_existing=True)
)


def settle(platform: Registered, launch: Launch, *, at: dt.datetime) -> Arrival:
    """Return the rows of a verified launch, making those that are missing.

    Raises `LaunchRefused` for a platform or deployment that is not let in. Call it inside a transaction.
    """
    for _ in range(TRIES):
        arrival = _look_up(platform, launch)
        try:
            if _is_complete(arrival):
                _bring_up_to_date(arrival, at=at)
            else:
                with db.session.begin_nested():
                    _complete(arrival, at=at)
                    _bring_up_to_date(arrival, at=at)
        except IntegrityError:
            # Somebody else made the same course, person or link in this very moment.
            continue
        if launch.message_type in _WITHOUT_COURSE:
            _enter_own_course(arrival)
        return arrival
    raise LaunchRefused(Code.COURSE_BUSY)


def _enter_own_course(arrival: Arrival) -> None:
    """Find a course in which somebody is known who asks about their data: the message's, else the last one.

    Nothing is made: who is in no course has no pages here.
    """
    if arrival.person is None:
        return
    named = arrival.launch.context.id if arrival.launch.context else None
    here = sa.select(LtiContext.course_id).where(
        LtiContext.platform_id == arrival.platform.id,
        LtiContext.tenant == arrival.tenant,
        LtiContext.context_id == named,
    )
    seen = sa.func.coalesce(Enrolment.last_seen_at, Enrolment.joined_at)
    arrival.enrolment = db.session.scalar(
        sa.select(Enrolment)
        .join(Enrolment.course)
        .where(Enrolment.person_id == arrival.person.id)
        .options(contains_eager(Enrolment.course))
        .order_by(Enrolment.course_id.in_(here).desc(), seen.desc(), Enrolment.id.desc())
        .limit(1)
    )
    if arrival.enrolment is not None:
        arrival.course = arrival.enrolment.course


def require_approval(platform: Registered, launch: Launch) -> None:
    """Raise `LaunchRefused` where platform or deployment are not let in, before anybody has to continue."""
    _look_up(platform, launch)


def note_deployment(platform_id: int, deployment_id: str, *, at: dt.datetime) -> None:
    """Remember a deployment that nobody has approved, so that the operator can; the number is bounded."""
    waiting = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(Deployment)
        .where(Deployment.platform_id == platform_id, Deployment.state == DeploymentState.INACTIVE)
    )
    if (waiting or 0) >= MOST_UNKNOWN_DEPLOYMENTS:
        return
    try:
        with db.session.begin_nested():
            db.session.add(
                Deployment(
                    platform_id=platform_id,
                    deployment_id=deployment_id,
                    state=DeploymentState.INACTIVE,
                    first_seen_at=at,
                    approved_at=None,
                )
            )
    except IntegrityError:
        # It was noted before.
        return


def frame_origins(platform: Registered, return_url: str | None) -> list[str]:
    """Return the origins that may show our pages in a frame, the one most likely to do so first."""
    found = (origin_of(address) for address in (return_url, platform.auth_login_url, platform.issuer))
    return list(dict.fromkeys(origin for origin in found if origin))


def known_hosts() -> list[str]:
    """Return the origins of every active platform: who may frame a page that only says what to do."""
    addresses = db.session.execute(
        sa.select(Platform.auth_login_url, Platform.issuer).where(Platform.state == PlatformState.ACTIVE)
    )
    found = (origin_of(address) for pair in addresses for address in pair)
    return list(dict.fromkeys(origin for origin in found if origin))


@functools.lru_cache(maxsize=1024)
def origin_of(address: str | None) -> str | None:
    """Return the origin of a web address, None for anything else."""
    try:
        parts = urlsplit(address or "")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}"


def _look_up(platform: Registered, launch: Launch) -> Arrival:
    tenant = platform.profile.tenant(launch.deployment_id)
    row = db.session.execute(
        _LOOK_UP,
        {
            "platform_id": platform.id,
            "deployment_id": launch.deployment_id,
            "tenant": tenant,
            "subject": launch.subject,
            "context_id": context_id_of(launch),
            "link_id": launch.link.id if launch.link else None,
        },
    ).first()
    if row is None or row[0].state is not PlatformState.ACTIVE:
        raise LaunchRefused(Code.PLATFORM_INACTIVE)
    if row[1] is not DeploymentState.ACTIVE:
        raise LaunchRefused(Code.DEPLOYMENT_INACTIVE, sent=launch.deployment_id)
    return Arrival(launch, row[0], tenant, *row[2:])


def context_id_of(launch: Launch) -> str | None:
    """Return what we call the host's course; None for a message that belongs to no course."""
    if launch.message_type in _WITHOUT_COURSE:
        return None
    if launch.context is not None:
        return launch.context.id
    return OF_LINK + launch.link.id if launch.link else None


def _is_complete(arrival: Arrival) -> bool:
    """Tell whether nothing has to be made, which is so for nearly every launch."""
    launch = arrival.launch
    return (
        (arrival.user is not None or launch.subject is None)
        and (arrival.context is not None or context_id_of(launch) is None)
        and (arrival.link is not None or launch.link is None or context_id_of(launch) is None)
        and (arrival.enrolment is not None or launch.subject is None or context_id_of(launch) is None)
    )


def _complete(arrival: Arrival, *, at: dt.datetime) -> None:
    """Make what is missing, always in the same order, so that two launches cannot wait for each other."""
    launch = arrival.launch
    context_id = context_id_of(launch)
    if arrival.context is None and context_id is not None:
        _open_course(arrival, context_id, at=at)
    if arrival.user is None and launch.subject is not None:
        _meet(arrival, launch.subject, at=at)
    if arrival.link is None and launch.link is not None and arrival.context is not None:
        arrival.link = ResourceLink(
            context=arrival.context,
            resource_link_id=launch.link.id,
            title="",
            activity=None if launch.activity else _activity_of_origin(arrival),
        )
        db.session.add(arrival.link)
        db.session.flush()
    if arrival.enrolment is None and arrival.course is not None and arrival.person is not None:
        arrival.enrolment = courses.enrol(arrival.course, arrival.person, launch.roles, at=at)
        arrival.host_roles = HostRoles(enrolment=arrival.enrolment, roles=launch.roles)
        db.session.add(arrival.host_roles)


def _activity_of_origin(arrival: Arrival) -> str | None:
    """Return what a copied link opened before it was copied, where the host has forgotten what it opens."""
    origins = arrival.launch.link_history
    if not origins:
        return None
    return db.session.scalar(
        sa.select(ResourceLink.activity)
        .join(ResourceLink.context)
        .where(
            LtiContext.platform_id == arrival.platform.id,
            LtiContext.tenant == arrival.tenant,
            ResourceLink.resource_link_id.in_(origins),
            ResourceLink.activity.is_not(None),
        )
        .order_by(ResourceLink.id.desc())
        .limit(1)
    )


def _open_course(arrival: Arrival, context_id: str, *, at: dt.datetime) -> None:
    launch = arrival.launch
    title, label = news.titles(launch)
    arrival.course = courses.create_course(title=title or label or UNTITLED, label=label or title, at=at)
    arrival.context = LtiContext(
        platform=arrival.platform,
        tenant=arrival.tenant,
        context_id=context_id,
        course=arrival.course,
        title=title,
        label=label,
        deployment_id=launch.deployment_id,
        ags_scopes=[],
        history=[],
        updated_at=at,
    )
    db.session.add(arrival.context)
    db.session.flush()


def _meet(arrival: Arrival, subject: str, *, at: dt.datetime) -> None:
    launch = arrival.launch
    arrival.person = courses.create_person(
        at=at,
        name=launch.names.name,
        given_name=launch.names.given_name,
        family_name=launch.names.family_name,
        email=launch.names.email,
        is_test=launch.is_test,
    )
    arrival.user = LtiUser(
        platform=arrival.platform, tenant=arrival.tenant, subject=subject, person=arrival.person
    )
    db.session.add(arrival.user)
    db.session.flush()


def _bring_up_to_date(arrival: Arrival, *, at: dt.datetime) -> None:
    """Take over what the host says now; what it leaves out keeps its last known value."""
    launch = arrival.launch
    if arrival.person is not None:
        _rename(arrival.person, launch)
    if arrival.context is not None and arrival.course is not None:
        _renew_context(arrival.context, arrival.course, launch, at=at)
    if arrival.link is not None and launch.link is not None:
        _take(arrival.link, news.of_link(arrival.link, launch))
    if arrival.enrolment is not None:
        _renew_roles(arrival, arrival.enrolment)
        if arrival.enrolment.state is EnrolmentState.WITHDRAWN and launch.roles != {Role.GUEST}:
            # The host's signed word counts more than a list of members that somebody has missed.
            roster_taking.welcome(arrival.enrolment, at=at)
        if is_worth_noting(arrival.enrolment.last_seen_at, at=at):
            arrival.enrolment.last_seen_at = at


def is_worth_noting(last_seen_at: dt.datetime | None, *, at: dt.datetime) -> bool:
    """Tell whether it is worth a write that somebody was seen."""
    return last_seen_at is None or at - last_seen_at > SEEN_EVERY


def _rename(person: Person, launch: Launch) -> None:
    new = news.of_person(person, launch)
    if not new.keys().isdisjoint(news.NAMES):
        said = launch.names
        courses.name_person(
            person,
            name=said.name,
            given_name=said.given_name,
            family_name=said.family_name,
            email=said.email,
        )
    person.is_test = person.is_test or launch.is_test


def _renew_context(context: LtiContext, course: Course, launch: Launch, *, at: dt.datetime) -> None:
    new = news.of_context(context, launch)
    if "title" in new and course.title in {context.title, UNTITLED}:
        # A course that still has the host's title follows it; one that was renamed here does not.
        course.title = str(new["title"])
    _take(context, new)
    if new.keys() - {"history", "deployment_id", "notices_url"}:
        context.updated_at = at


def _take(row: LtiContext | ResourceLink, new: news.News) -> None:
    for name, value in new.items():
        setattr(row, name, value)


def _renew_roles(arrival: Arrival, enrolment: Enrolment) -> None:
    """Exchange what the host claimed last time for what it claims now; keep what was given here."""
    host = arrival.host_roles
    if host is None:
        host = arrival.host_roles = HostRoles(enrolment=enrolment, roles=frozenset())
        db.session.add(host)
    if host.roles == arrival.launch.roles and enrolment.roles:
        return
    given_here = enrolment.roles - host.roles - {Role.GUEST}
    wanted = given_here | arrival.launch.roles
    enrolment.roles = wanted - {Role.GUEST} or frozenset({Role.GUEST})
    host.roles = arrival.launch.roles
