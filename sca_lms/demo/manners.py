"""Say in which manners hosts differ; `personalities` fills them in for each kind of host."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sca_lms.demo.site import SiteRole

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"


class Staleness(StrEnum):
    """When a score counts as too old to be taken."""

    SAME_SECOND = "same-second"
    NOT_LATER = "not-later"
    EARLIER = "earlier"
    NEVER = "never"


class ScoreAnswer(StrEnum):
    """What the host says when it has taken a score."""

    NOTHING = "nothing"
    RESULT_URL = "result-url"
    ECHO = "echo"


class ErrorBody(StrEnum):
    """How the body of a refused service request is written."""

    REASON = "reason"
    MESSAGE = "message"
    PROBLEM = "problem"
    OAUTH = "oauth"


class LinkStyle(StrEnum):
    """How the `Link` header of a page of line items is written."""

    PLAIN = "plain"
    TYPOGRAPHIC = "typographic"
    NONE = "none"


class Capitals(StrEnum):
    """How names of custom parameters are written into a launch."""

    AS_GIVEN = "as-given"
    BOTH = "both"


Roles = Mapping[SiteRole, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LaunchRules:
    """What the login and the launch message look like."""

    roles: Roles
    login_by_post: bool = True
    deployment_parameter: str = "lti_deployment_id"
    storage_frame: str = ""  # An empty name: the host has no platform storage and answers no messages.
    json_hint: bool = False
    lifetime_seconds: int = 3600
    custom_names: Capitals = Capitals.AS_GIVEN
    tool_custom_wins: bool = False
    variables: frozenset[str] = frozenset()
    basic_outcome: bool = False
    person_ext: bool = False
    authorized_party: bool = False
    ambiguous_column_hidden: bool = False
    review: bool = True
    review_names_person: bool = False
    privacy_launch: bool = False
    both_line_item_scopes: bool = True
    column_from_second_launch: bool = False
    notices: bool = False


@dataclass(frozen=True, slots=True)
class DeepLinkRules:
    """What a picker may answer and how closely the answer is read."""

    accept_types: tuple[str, ...] = ("ltiResourceLink",)
    accept_multiple: bool = True
    states_line_items: bool = False
    sends_data: bool = False
    checks_audience: bool = True
    checks_nonce: bool = True
    checks_deployment: bool = True
    column_takes_label: bool = True
    makes_columns: bool = True
    url_required: bool = False
    url_is_target: bool = False


@dataclass(frozen=True, slots=True)
class TokenRules:
    """How a service token is asked for and what it is good for."""

    answer_type: str = "application/json"
    checks_audience: bool = True
    audience: str = ""  # An empty one: the address of the tokens itself.
    checks_issuer: bool = True
    single_use: bool = True
    lifetime_seconds: int = 3600
    missing_scope_status: int = 403
    dead_token_status: int = 401
    drops_unknown_scopes: bool = True


@dataclass(frozen=True, slots=True)
class MediaRules:
    """How strictly the media types of services are compared."""

    exact_accept: bool = False
    compared: bool = True
    refused_accept_status: int = 406
    refused_body_status: int = 415


@dataclass(frozen=True, slots=True)
class LineItemRules:
    """What the host does with columns that a tool asks for."""

    link_style: LinkStyle = LinkStyle.PLAIN
    page_size: int | None = None  # None: everything at once unless the client names a limit.
    type_in_query: bool = False
    needs_identity: bool = False
    integer_maximum: bool = False
    label_limit: int = 255
    label_limit_status: int = 400
    foreign_link_status: int = 404
    deletes_coupled: bool = True
    rename_reaches_activity: bool = False
    creates: bool = True
    made_status: int = 201
    removed_status: int = 204


@dataclass(frozen=True, slots=True)
class Said:
    """A refusal in the words of a kind of host."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class ScoreRules:
    """What the host does with a score, and what it answers.

    What is None does not exist there: a score for a stranger is refused as one for a teacher, no time is in
    the future, nothing is ever concluded or locked.
    """

    staleness: Staleness
    stale_status: int
    accepted_status: int = 200
    answer: ScoreAnswer = ScoreAnswer.NOTHING
    not_a_learner: Said = Said(400, "The user is not a learner of this course")
    not_enrolled: Said | None = None
    unknown_user: Said | None = None
    future: Said | None = None
    clock_behind_seconds: int = 0
    concluded: Said | None = None
    maximum_missing_status: int = 400
    graded: frozenset[str] = frozenset({"FullyGraded"})
    ungraded_clears: bool = True
    comment_stamps_now: bool = False
    comments_pile_up: bool = False
    clips: bool = False
    decimals: int | None = None
    override_stays: bool = False
    locked: Said | None = Said(500, "[]")


@dataclass(frozen=True, slots=True)
class ResultRules:
    """How results are read back."""

    by_path: bool = False
    filters_by_user: bool = True
    limit_crashes: bool = False
    cleared_with_comment_listed: bool = True
    timestamps: bool = False
    comments_when_filtered: bool = True
    lists_everybody: bool = False
    filtered_is_no_list: bool = False


@dataclass(frozen=True, slots=True)
class RosterRules:
    """How the members of a course are listed."""

    roles: Roles
    page_size: int | None = None
    largest_page: int = 1000
    next_keeps_role: bool = True
    describes_context: bool = True
    describes_message: bool = False
    filters: bool = True
    start_parameter: str = "from"
    opaque_pages: bool = False
    tells_differences: bool = False
    empty_is_nothing: bool = False
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class RegistrationRules:
    """How a tool is taken in by dynamic registration."""

    configuration_needs_bearer: bool = False
    accepted_status: int = 200
    messages: tuple[str, ...] = ("LtiResourceLinkRequest", "LtiDeepLinkingRequest")
    echoes_review: bool = False
    extension: str = ""


@dataclass(frozen=True, slots=True)
class Throttling:
    """What the host answers to somebody who asks too much."""

    status: int = 429
    headers: Mapping[str, str] = field(default_factory=lambda: {"Retry-After": "30"})
    body: str = ""


@dataclass(frozen=True, slots=True)
class Personality:
    """One kind of host, whole; `profile` is how the tool calls that kind."""

    name: str
    profile: str
    family: str
    version: str
    launch: LaunchRules
    deep_link: DeepLinkRules
    tokens: TokenRules
    media: MediaRules
    line_items: LineItemRules
    scores: ScoreRules
    results: ResultRules
    roster: RosterRules
    registration: RegistrationRules = field(default_factory=RegistrationRules)
    errors: ErrorBody = ErrorBody.REASON
    throttling: Throttling = field(default_factory=Throttling)
