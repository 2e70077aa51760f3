"""Fill an empty database with the sample programme, opened in the middle of its bootcamp.

Everything goes through the same operations as for real people. People and agencies are invented.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sca_lms.assessments import operations as assessments
from sca_lms.assessments import queries as quizzes
from sca_lms.assessments.answers import Answer, key_of
from sca_lms.assessments.models import Quiz
from sca_lms.assessments.question_types import parse_question
from sca_lms.courses import operations as courses
from sca_lms.courses import programmes
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.programmes import Applier
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.demo.site import SiteRole, SiteState, User
from sca_lms.lti.models import (
    Deployment,
    DeploymentState,
    HostRoles,
    LtiContext,
    LtiUser,
    Platform,
    PlatformState,
)
from sca_lms.modules import operations as modules
from sca_lms.modules.models import Unit
from sca_lms.modules.plan import EvidenceKind, UnitType
from sca_lms.modules.watching import WatchReport

ROLES: Mapping[SiteRole, frozenset[Role]] = {
    SiteRole.LEARNER: frozenset({Role.LEARNER}),
    SiteRole.MENTOR: frozenset({Role.MENTOR}),
    SiteRole.INSTRUCTOR: frozenset({Role.INSTRUCTOR}),
    SiteRole.MANAGER: frozenset({Role.INSTRUCTOR, Role.MANAGER}),
    SiteRole.TUTOR: frozenset({Role.INSTRUCTOR}),
}
# How many units each sample learner has worked through, from everything to nothing. The first is the
# newcomer's own: one live class is behind them.
PACES = (1, 30, 32, 32, 27, 24, 32, 16, 32, 12, 29, 8, 20, 0)
STRUGGLING = frozenset({4, 7, 9})
VIDEO_SECONDS = 60


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
    db.session.add(
        LtiContext(
            platform=platform,
            tenant="",
            context_id=place.id,
            course=course,
            title=place.title.th,
            label=place.label,
            deployment_id=host.deployment_id,
            lineitems_url=host.lineitems_url,
            memberships_url=None,
            ags_scopes=list(host.ags_scopes),
            history=[],
            updated_at=at,
        )
    )
    programmes.use_programme(course, programme, appliers, person_id=None, at=at)
    members = [(site.users[user_id], role) for user_id, role in place.members.items()]
    enrolments = [(_enrol(course, platform, user, role, at=at), role) for user, role in members]
    learners = [enrolment for enrolment, role in enrolments if role is SiteRole.LEARNER]
    instructor = next(enrolment for enrolment, role in enrolments if role is SiteRole.INSTRUCTOR)
    _give_areas(learners, document)
    opened_at = _opening(document)
    for number, learner in enumerate(learners):
        pace = PACES[number % len(PACES)]
        _study(course, learner, instructor, pace=pace, struggling=number in STRUGGLING, opened_at=opened_at)
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


def _study(
    course: Course,
    learner: Enrolment,
    instructor: Enrolment,
    *,
    pace: int,
    struggling: bool,
    opened_at: dt.datetime,
) -> None:
    """Let a learner work through the first units of the programme, a few each evening."""
    units = db.session.scalars(
        sa.select(Unit)
        .join(Unit.module)
        .where(Unit.course_id == course.id)
        .order_by(Unit.module_id, Unit.position)
    ).all()
    for number, unit in enumerate(units[:pace]):
        moment = opened_at + dt.timedelta(days=number // 4, minutes=20 * (number % 4))
        _do(unit, learner, instructor, struggling=struggling, at=moment)


def _do(unit: Unit, learner: Enrolment, instructor: Enrolment, *, struggling: bool, at: dt.datetime) -> None:
    key = f"sample-{learner.id}"
    match unit.type:
        case UnitType.LIVE:
            marked_at = max(at, (unit.starts_at or at) + dt.timedelta(minutes=unit.minutes))
            modules.mark_present(unit, learner, by_id=instructor.person_id, batch=key, at=marked_at)
        case UnitType.READING:
            modules.record_evidence(unit, learner, EvidenceKind.READ, key=key, at=at)
        case UnitType.VIDEO if unit.video_url:
            whole = WatchReport(((0, VIDEO_SECONDS),), VIDEO_SECONDS, VIDEO_SECONDS)
            modules.record_watching(unit, learner, whole, key=key, at=at)
        case UnitType.VIDEO:
            kind = EvidenceKind.READ if unit.transcript else EvidenceKind.DECLARED
            modules.record_evidence(unit, learner, kind, key=key, at=at)
        case UnitType.QUIZ:
            _take_quiz(unit, learner, struggling=struggling, at=at)
        case UnitType.TASK | UnitType.DISCUSSION:
            modules.record_evidence(unit, learner, EvidenceKind.DECLARED, key=key, at=at)


def _take_quiz(unit: Unit, learner: Enrolment, *, struggling: bool, at: dt.datetime) -> None:
    """Answer everything right; who struggles gets the first question wrong at the first attempt."""
    quiz = db.session.get_one(Quiz, unit.quiz_id)
    for number in range(2 if struggling else 1):
        begun_at = at + dt.timedelta(minutes=15 * number)
        attempt = assessments.start_attempt(quiz, learner, at=begun_at)
        answers: dict[int, Answer] = {}
        for response in quizzes.responses_of(attempt):
            if struggling and number == 0 and response.position == 0:
                continue
            question = parse_question(response.question_version.document)
            answers[response.position] = key_of(question)
        assessments.save_answers(attempt, answers, at=begun_at + dt.timedelta(minutes=6))
        assessments.submit(attempt, at=begun_at + dt.timedelta(minutes=7))
