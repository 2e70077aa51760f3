"""Describe, as data, how each kind of host behaves where hosts differ.

The facts were observed on Moodle 4.5 and read in the sources and the documentation of Canvas and of the
Open edX LTI consumer; `further_personalities` has other kinds. No other module asks for a platform's name.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from sca_lms.demo.further_personalities import FURTHER
from sca_lms.demo.manners import (
    INSTITUTION,
    MEMBERSHIP,
    SYSTEM,
    TEST_USER,
    Capitals,
    DeepLinkRules,
    LaunchRules,
    LineItemRules,
    LinkStyle,
    MediaRules,
    Personality,
    RegistrationRules,
    ResultRules,
    Roles,
    RosterRules,
    Said,
    ScoreAnswer,
    ScoreRules,
    Staleness,
    Throttling,
    TokenRules,
)
from sca_lms.demo.site import SiteRole


def _roles(**roles: tuple[str, ...]) -> Roles:
    return MappingProxyType({SiteRole[name]: uris for name, uris in roles.items()})


_INSTRUCTOR = (MEMBERSHIP + "Instructor",)
_LEARNER = (MEMBERSHIP + "Learner",)

MOODLE = Personality(
    name="moodle",
    profile="moodle",
    family="moodle",
    version="2024100706",
    launch=LaunchRules(
        # Moodle knows two: who may manage the activity is an instructor, everybody else a learner.
        roles=_roles(
            LEARNER=_LEARNER,
            MENTOR=_LEARNER,
            INSTRUCTOR=_INSTRUCTOR,
            TUTOR=_INSTRUCTOR,
            MANAGER=(*_INSTRUCTOR, INSTITUTION + "Administrator", SYSTEM + "Administrator"),
            TEST_USER=_LEARNER,
        ),
        json_hint=True,
        lifetime_seconds=60,
        custom_names=Capitals.BOTH,
        tool_custom_wins=True,
        variables=frozenset(
            {
                "User.id",
                "User.username",
                "Person.sourcedId",
                "Person.name.given",
                "Person.name.family",
                "Person.name.full",
                "Person.email.primary",
                "Context.id",
                "Context.title",
                "Context.label",
                "Context.id.history",
                "CourseSection.sourcedId",
                "ResourceLink.id",
                "ResourceLink.title",
                "ResourceLink.description",
                "Membership.role",
            }
        ),
        basic_outcome=True,
        person_ext=True,
        ambiguous_column_hidden=True,
    ),
    deep_link=DeepLinkRules(
        checks_audience=False, checks_nonce=False, checks_deployment=False, column_takes_label=False
    ),
    tokens=TokenRules(
        answer_type="text/html; charset=utf-8",
        checks_audience=False,
        checks_issuer=False,
        single_use=False,
        missing_scope_status=401,
    ),
    media=MediaRules(exact_accept=True, refused_accept_status=400, refused_body_status=400),
    line_items=LineItemRules(
        link_style=LinkStyle.TYPOGRAPHIC,
        type_in_query=True,
        label_limit_status=502,
        foreign_link_status=403,
    ),
    scores=ScoreRules(
        staleness=Staleness.SAME_SECOND,
        stale_status=409,
        comment_stamps_now=True,
        clips=True,
        decimals=5,
        override_stays=True,
    ),
    results=ResultRules(limit_crashes=True, timestamps=True),
    roster=RosterRules(
        roles=_roles(
            LEARNER=("Learner",),
            MENTOR=("Learner",),
            INSTRUCTOR=("Instructor",),
            TUTOR=("Learner",),
            MANAGER=("Instructor",),
            TEST_USER=("Learner",),
        ),
        next_keeps_role=False,
        describes_message=True,
    ),
)

PRETEND = replace(
    MOODLE,
    name="pretend",
    # Moodle's manners, and what the specification knows and Moodle does not do: the mentor role, with which a
    # newcomer can try all four roles of the programme by one click each, and columns called as the tool asks.
    deep_link=replace(MOODLE.deep_link, column_takes_label=True),
    launch=replace(
        MOODLE.launch,
        roles=MappingProxyType({**MOODLE.launch.roles, SiteRole.MENTOR: (MEMBERSHIP + "Mentor",)}),
    ),
    roster=replace(
        MOODLE.roster,
        roles=MappingProxyType(
            {**MOODLE.roster.roles, SiteRole.MENTOR: ("Mentor",), SiteRole.TUTOR: ("Instructor",)}
        ),
    ),
)

_CANVAS_ROLES = _roles(
    LEARNER=(INSTITUTION + "Student", *_LEARNER, SYSTEM + "User"),
    MENTOR=(INSTITUTION + "Observer", MEMBERSHIP + "Mentor", SYSTEM + "User"),
    INSTRUCTOR=(INSTITUTION + "Instructor", *_INSTRUCTOR, SYSTEM + "User"),
    TUTOR=(
        *_INSTRUCTOR,
        "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant",
        SYSTEM + "User",
    ),
    MANAGER=(INSTITUTION + "Administrator", *_INSTRUCTOR, SYSTEM + "User"),
    TEST_USER=(*_LEARNER, TEST_USER),
)

CANVAS = Personality(
    name="canvas",
    profile="canvas",
    family="canvas",
    version="cloud",
    launch=LaunchRules(
        roles=_CANVAS_ROLES,
        deployment_parameter="deployment_id",
        storage_frame="pretend-storage",
        variables=frozenset(
            {"Context.id.history", "Context.title", "Membership.role", "User.id", "Person.name.full"}
        ),
        authorized_party=True,
        review_names_person=True,
        privacy_launch=True,
        notices=True,
    ),
    # The specification lets a host send `data` and demands that it comes back; this one does, so that the
    # demand is tested.
    deep_link=DeepLinkRules(
        accept_types=("link", "file", "html", "ltiResourceLink", "image"),
        states_line_items=True,
        sends_data=True,
    ),
    tokens=TokenRules(missing_scope_status=401),
    media=MediaRules(),
    line_items=LineItemRules(page_size=10, deletes_coupled=False, rename_reaches_activity=True),
    scores=ScoreRules(
        staleness=Staleness.EARLIER,
        stale_status=400,
        answer=ScoreAnswer.RESULT_URL,
        not_a_learner=Said(422, "User not found in course or is not a student"),
        maximum_missing_status=422,
        concluded=Said(404, "This course has concluded"),
        locked=None,
        graded=frozenset({"FullyGraded", "PendingManual"}),
        comments_pile_up=True,
    ),
    throttling=Throttling(
        403, {"X-Rate-Limit-Remaining": "0.0", "X-Request-Cost": "1.0"}, "403 Forbidden (Rate Limit Exceeded)"
    ),
    results=ResultRules(cleared_with_comment_listed=False),
    roster=RosterRules(roles=_CANVAS_ROLES, page_size=10, largest_page=50),
    registration=RegistrationRules(
        configuration_needs_bearer=True,
        messages=("LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiDataPrivacyRequest"),
        echoes_review=True,
        extension="https://canvas.instructure.com/lti/tool_configuration",
    ),
)

_OPENEDX_ROLES = _roles(
    LEARNER=(INSTITUTION + "Student", *_LEARNER),
    MENTOR=(INSTITUTION + "Student", *_LEARNER),
    INSTRUCTOR=(INSTITUTION + "Instructor", *_INSTRUCTOR),
    TUTOR=(INSTITUTION + "Instructor", *_INSTRUCTOR),
    MANAGER=(SYSTEM + "Administrator", INSTITUTION + "Instructor", *_INSTRUCTOR),
    TEST_USER=(INSTITUTION + "Student", *_LEARNER),
)

OPENEDX = Personality(
    name="openedx",
    profile="openedx",
    family="openedx",
    version="teak",
    launch=LaunchRules(
        roles=_OPENEDX_ROLES,
        login_by_post=False,
        lifetime_seconds=300,
        review=False,
        both_line_item_scopes=False,
    ),
    deep_link=DeepLinkRules(),
    tokens=TokenRules(checks_audience=False, single_use=False, missing_scope_status=403),
    media=MediaRules(),
    line_items=LineItemRules(link_style=LinkStyle.NONE, needs_identity=True, integer_maximum=True),
    scores=ScoreRules(
        staleness=Staleness.NOT_LATER,
        stale_status=400,
        accepted_status=201,
        answer=ScoreAnswer.ECHO,
        graded=frozenset({"FullyGraded", "Pending", "PendingManual", "NotReady", "Failed"}),
        ungraded_clears=False,
        locked=None,
    ),
    results=ResultRules(by_path=True, filters_by_user=False, cleared_with_comment_listed=False),
    roster=RosterRules(roles=_OPENEDX_ROLES, describes_context=False),
    registration=RegistrationRules(messages=("LtiResourceLinkRequest",)),
)

PERSONALITIES: Mapping[str, Personality] = MappingProxyType(
    {each.name: each for each in (PRETEND, MOODLE, CANVAS, OPENEDX, *FURTHER)}
)
