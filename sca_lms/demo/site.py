"""Hold what a pretend LMS knows: people, courses, activities, columns, grades and registered tools."""

import datetime as dt
import secrets
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from sca_lms.texts import Bilingual

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCOPE_LINE_ITEM = AGS + "lineitem"
SCOPE_LINE_ITEM_READ = AGS + "lineitem.readonly"
SCOPE_RESULT = AGS + "result.readonly"
SCOPE_SCORE = AGS + "score"
SCOPE_ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPE_NOTICES = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
ALL_SCOPES = (SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ, SCOPE_RESULT, SCOPE_SCORE, SCOPE_ROSTER)

ARRIVALS_KEPT = 20_000
LEADING_VOWELS = "เแโใไ"


class SiteRole(StrEnum):
    """What somebody is in a course of the LMS."""

    LEARNER = "learner"
    MENTOR = "mentor"
    INSTRUCTOR = "instructor"
    TUTOR = "tutor"
    MANAGER = "manager"
    TEST_USER = "test-user"


GRADED_ROLES = frozenset({SiteRole.LEARNER, SiteRole.TEST_USER})
TEACHING_ROLES = frozenset({SiteRole.INSTRUCTOR, SiteRole.TUTOR, SiteRole.MANAGER})
EDITING_ROLES = frozenset({SiteRole.INSTRUCTOR, SiteRole.MANAGER})


class ToolState(StrEnum):
    """Whether an administrator has let a registered tool in."""

    PENDING = "pending"
    ACTIVE = "active"


class Message(StrEnum):
    """The kinds of message that the LMS can send to a tool."""

    RESOURCE = "LtiResourceLinkRequest"
    DEEP_LINK = "LtiDeepLinkingRequest"
    REVIEW = "LtiSubmissionReviewRequest"
    PRIVACY = "LtiDataPrivacyRequest"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account; every name here is invented."""

    id: str
    given_name: str
    family_name: str
    name_en: str = ""
    email: str = ""
    username: str = ""
    sourced_id: str = ""

    @property
    def name(self) -> str:
        """Return the whole name as the LMS writes it."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def initial(self) -> str:
        """Return the first letter of the name; a Thai vowel written before its consonant does not count."""
        return self.given_name.lstrip(LEADING_VOWELS)[:1]


@dataclass(slots=True)
class Course:
    """A course with its members and their roles, in the order of enrolment."""

    id: str
    label: str
    title: Bilingual
    members: dict[str, SiteRole] = field(default_factory=dict)
    history: tuple[str, ...] = ()
    concluded: bool = False


@dataclass(slots=True)
class Activity:
    """A resource link: the place in a course from which a tool is opened."""

    id: str
    course_id: str
    client_id: str
    title: Bilingual
    url: str = ""
    text: str = ""
    custom: dict[str, str] = field(default_factory=dict)
    opened: bool = False
    history: str = ""


@dataclass(slots=True)
class Grade:
    """What one cell of the gradebook holds; `score` is on the column's scale."""

    score: Decimal | None
    comment: str
    modified_at: dt.datetime
    arrived_at: dt.datetime
    by_teacher: bool = False
    overridden: bool = False
    locked: bool = False


@dataclass(slots=True)
class LineItem:
    """A column of the gradebook, made by a tool or together with an activity (`coupled`)."""

    id: str
    course_id: str
    client_id: str
    label: str
    maximum: Decimal
    activity_id: str = ""
    resource_id: str = ""
    tag: str = ""
    coupled: bool = False
    review_url: str = ""
    review_custom: dict[str, str] = field(default_factory=dict)
    grades: dict[str, Grade] = field(default_factory=dict)


@dataclass(slots=True)
class Tool:
    """A registered LTI tool."""

    client_id: str
    name: str
    initiate_login_uri: str
    redirect_uris: tuple[str, ...]
    jwks_uri: str
    target_link_uri: str
    deployment_ids: tuple[str, ...]
    scopes: tuple[str, ...] = ALL_SCOPES
    custom: dict[str, str] = field(default_factory=dict)
    deep_link_uri: str = ""
    description: str = ""
    sends_name: bool = True
    sends_email: bool = True
    state: ToolState = ToolState.ACTIVE
    notice_handlers: dict[str, str] = field(default_factory=dict)

    @property
    def deployment_id(self) -> str:
        """Return the deployment that activities of this site use."""
        return self.deployment_ids[0]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One score that was taken, for those who want to know what really came."""

    line_item_id: str
    user_id: str
    score: Decimal | None
    timestamp: dt.datetime
    arrived_at: dt.datetime


@dataclass(slots=True)
class SiteState:
    """Everything the LMS remembers; `lms.PretendLms` guards it with a lock."""

    users: dict[str, User] = field(default_factory=dict)
    courses: dict[str, Course] = field(default_factory=dict)
    activities: dict[str, Activity] = field(default_factory=dict)
    line_items: dict[str, LineItem] = field(default_factory=dict)
    tools: dict[str, Tool] = field(default_factory=dict)
    used_registrations: set[str] = field(default_factory=set)
    arrivals: deque[Arrival] = field(default_factory=lambda: deque(maxlen=ARRIVALS_KEPT))
    last_id: int = 0

    def new_id(self) -> str:
        """Give out a number that no activity, column or deployment has had before."""
        taken = [*self.activities, *self.line_items]
        taken += [deployment for tool in self.tools.values() for deployment in tool.deployment_ids]
        numbers = [int(each) for each in taken if each.isdecimal()]
        self.last_id = max([self.last_id, *numbers]) + 1
        return str(self.last_id)

    def register_tool(
        self,
        client_id: str,
        *,
        initiate_login_uri: str,
        redirect_uris: Iterable[str],
        jwks_uri: str,
        target_link_uri: str,
        deployment_ids: Iterable[str] = (),
        name: str = "SCA LMS",
        deep_link_uri: str = "",
        custom: Mapping[str, str] | None = None,
        scopes: Iterable[str] = ALL_SCOPES,
        state: ToolState = ToolState.ACTIVE,
    ) -> Tool:
        """Take a tool in by hand, as an administrator would; a tool of the same client id is replaced."""
        tool = Tool(
            client_id=client_id,
            name=name,
            initiate_login_uri=initiate_login_uri,
            redirect_uris=tuple(redirect_uris),
            jwks_uri=jwks_uri,
            target_link_uri=target_link_uri,
            deployment_ids=tuple(deployment_ids) or (self.new_id(),),
            scopes=tuple(scopes),
            custom=dict(custom or {}),
            deep_link_uri=deep_link_uri or target_link_uri,
            state=state,
        )
        self.tools[client_id] = tool
        return tool

    def active_tools(self) -> list[Tool]:
        """Return the tools that may be opened."""
        return [tool for tool in self.tools.values() if tool.state is ToolState.ACTIVE]

    def role(self, user_id: str, course_id: str) -> SiteRole | None:
        """Return what somebody is in a course, or None for a stranger."""
        course = self.courses.get(course_id)
        return course.members.get(user_id) if course else None

    def columns(self, course_id: str) -> list[LineItem]:
        """Return the columns of a course in the order in which they were made."""
        return [item for item in self.line_items.values() if item.course_id == course_id]

    def columns_of(self, activity_id: str) -> list[LineItem]:
        """Return the columns that point to an activity."""
        return [item for item in self.line_items.values() if item.activity_id == activity_id]

    def activities_of(self, course_id: str) -> list[Activity]:
        """Return the activities of a course in the order in which they were made."""
        return [each for each in self.activities.values() if each.course_id == course_id]

    def courses_of(self, user_id: str) -> list[Course]:
        """Return the courses in which somebody is enrolled."""
        return [course for course in self.courses.values() if user_id in course.members]


def new_client_id() -> str:
    """Invent a client id for a tool that is about to register."""
    return secrets.token_hex(8)
