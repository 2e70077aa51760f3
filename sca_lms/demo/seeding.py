"""Fill an empty database with the sample programme, opened in the middle of its bootcamp.

Everything goes through the operations that real people use; only units that were read or declared done in the
past are noted as evidence at once, without working out anew at each of them what had been open. People and
agencies are invented.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sca_lms.courses import operations as courses
from sca_lms.courses import programmes
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.programmes import Applier
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.demo import (
    camp,
    field_visit,
    learning,
    proposals,
    review_quiz,
    sample_guidance,
    sample_meetings,
    sample_pairs,
    sample_updates,
)
from sca_lms.demo.cohort import Cohort
from sca_lms.demo.site import Activity, SiteRole, SiteState, User
from sca_lms.lti import vocabulary as lti
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

ROLES: Mapping[SiteRole, frozenset[Role]] = {
    SiteRole.LEARNER: frozenset({Role.LEARNER}),
    SiteRole.MENTOR: frozenset({Role.MENTOR}),
    SiteRole.INSTRUCTOR: frozenset({Role.INSTRUCTOR}),
    SiteRole.MANAGER: frozenset({Role.INSTRUCTOR, Role.MANAGER}),
    SiteRole.TUTOR: frozenset({Role.INSTRUCTOR}),
}


@dataclass(frozen=True, slots=True)
class Host:
    """How the tool knows the pretend LMS."""

    issuer: str
    client_id: str
    deployment_id: str
    auth_login_url: str
    auth_token_url: str
    jwks_url: str
    lineitems_url: str
    memberships_url: str
    line_items: Mapping[str, str]
    """The columns that are there already, by the activity they belong to."""
    ags_scopes: Sequence[str]


def days_to_shift(document: Mapping[str, object], *, today: dt.date) -> int:
    """Return by how many days, in whole weeks, dates must move for the bootcamp's middle to be now."""
    bootcamp = document["bootcamp"]
    if not isinstance(bootcamp, Mapping):
        raise TypeError("only checked documents are shifted")
    start = dt.date.fromisoformat(str(bootcamp["start"]))
    end = dt.date.fromisoformat(str(bootcamp["end"]))
    middle = start + (end - start) / 2
    return round((today - middle).days / 7) * 7


def seed(
    document: Mapping[str, object],
    site: SiteState,
    host: Host,
    appliers: Sequence[Applier],
    *,
    at: dt.datetime,
) -> Course:
    """Make the platform, the course, its people and what they did so far; call it inside a transaction."""
    platform = _platform(host, at=at)
    programme = programmes.store_programme(document, at=at)
    place = next(iter(site.courses.values()))
    course = courses.create_course(title=place.title.th, label=place.label, at=at)
    context = LtiContext(
        platform=platform,
        tenant="",
        context_id=place.id,
        course=course,
        title=place.title.th,
        label=place.label,
        deployment_id=host.deployment_id,
        lineitems_url=host.lineitems_url,
        memberships_url=host.memberships_url,
        ags_scopes=list(host.ags_scopes),
        history=[],
        updated_at=at,
    )
    db.session.add(context)
    db.session.add_all(_link(context, activity, host) for activity in site.activities_of(place.id))
    programmes.use_programme(course, programme, appliers, person_id=None, at=at)
    members = [(site.users[user_id], role) for user_id, role in place.members.items()]
    enrolments = [(_enrol(course, platform, user, role, at=at), role) for user, role in members]
    learners = [enrolment for enrolment, role in enrolments if role is SiteRole.LEARNER]
    instructor = next(enrolment for enrolment, role in enrolments if role is SiteRole.INSTRUCTOR)
    _give_areas(learners, document)
    learning.study(course, learners, instructor, opened_at=_opening(document), at=at)
    camp.attend(course, learners, instructor, document, at=at)
    cohort = Cohort(course, learners, instructor)
    captains = [enrolment for enrolment, role in enrolments if role is SiteRole.MENTOR]
    pairs = sample_pairs.pair_up(cohort, captains, document, begins_at=_opening(document), at=at)
    sample_meetings.meet(cohort, pairs, at=at)
    sample_updates.hold(cohort, at=at)
    proposals.collect(cohort, document, at=at)
    field_visit.prepare(cohort, at=at)
    review_quiz.hold(cohort, at=at)
    manager = next(enrolment for enrolment, role in enrolments if role is SiteRole.MANAGER)
    sample_guidance.look_after(cohort, manager, at=at)
    return course


def _platform(host: Host, *, at: dt.datetime) -> Platform:
    platform = Platform(
        name="Pretend LMS", issuer=host.issuer, client_id=host.client_id, auth_login_url=host.auth_login_url,
        auth_token_url=host.auth_token_url, jwks_url=host.jwks_url, token_audience=None, profile="moodle",
        state=PlatformState.ACTIVE, created_at=at,
    )  # fmt: skip
    db.session.add(platform)
    db.session.add(
        Deployment(
            platform=platform, deployment_id=host.deployment_id, state=DeploymentState.ACTIVE,
            first_seen_at=at, approved_at=at,
        )
    )  # fmt: skip
    db.session.flush()
    return platform


def _link(context: LtiContext, activity: Activity, host: Host) -> ResourceLink:
    """Return what a launch of the activity would have told us, so that the picker knows it is there."""
    return ResourceLink(
        context=context,
        resource_link_id=activity.id,
        activity=activity.custom.get(lti.CUSTOM_ACTIVITY),
        title=activity.title.th,
        line_item_url=host.line_items.get(activity.id),
    )


def _enrol(course: Course, platform: Platform, user: User, role: SiteRole, *, at: dt.datetime) -> Enrolment:
    person = courses.create_person(
        given_name=user.given_name, family_name=user.family_name, name=user.name, email=user.email, at=at
    )
    db.session.add(LtiUser(platform=platform, tenant="", subject=user.id, person=person))
    roles = ROLES.get(role, frozenset())
    enrolment = courses.enrol(course, person, roles, at=at)
    enrolment.last_seen_at = None
    db.session.add(HostRoles(enrolment=enrolment, roles=roles))
    return enrolment


def _give_areas(learners: Sequence[Enrolment], document: Mapping[str, object]) -> None:
    cohort = document.get("sample_cohort")
    pairs = cohort.get("pairs") if isinstance(cohort, Mapping) else None
    for learner, pair in zip(learners, pairs if isinstance(pairs, list) else [], strict=False):
        learner.group = str(pair.get("group", ""))
        province = pair.get("province")
        learner.area = str(province.get("th", "")) if isinstance(province, Mapping) else ""


def _opening(document: Mapping[str, object]) -> dt.datetime:
    """Return the first evening of the pre-bootcamp window, in UTC."""
    section, programme = document["pre_bootcamp"], document["programme"]
    if not isinstance(section, Mapping) or not isinstance(programme, Mapping):
        raise TypeError("only checked documents are seeded")
    window = section["window"]
    if not isinstance(window, Mapping):
        raise TypeError("only checked documents are seeded")
    first = dt.datetime.fromisoformat(str(window["start"])).replace(hour=20)
    return first.replace(tzinfo=ZoneInfo(str(programme["timezone"]))).astimezone(dt.UTC)
