"""Describe, as data, hosts that no machine here has seen: Blackboard, Brightspace, Sakai, and the standard.

The facts come from the makers' documentation, from Sakai's source and from what other tools met there. Where
nothing is known of a host, it does what the specification says.
"""

from collections.abc import Mapping
from types import MappingProxyType

from sca_lms.demo.manners import (
    INSTITUTION,
    MEMBERSHIP,
    SYSTEM,
    TEST_USER,
    DeepLinkRules,
    ErrorBody,
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
    ScoreRules,
    Staleness,
    Throttling,
    TokenRules,
)
from sca_lms.demo.site import SiteRole

_ASSISTANT = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"


def _by_role(roles: Mapping[SiteRole, tuple[str, ...]]) -> Roles:
    return MappingProxyType(dict(roles))


_FULL_ROLES = _by_role(
    {
        SiteRole.LEARNER: (INSTITUTION + "Student", MEMBERSHIP + "Learner"),
        SiteRole.MENTOR: (INSTITUTION + "Student", MEMBERSHIP + "Learner"),
        SiteRole.INSTRUCTOR: (INSTITUTION + "Faculty", MEMBERSHIP + "Instructor"),
        SiteRole.TUTOR: (INSTITUTION + "Faculty", MEMBERSHIP + "Instructor", _ASSISTANT),
        SiteRole.MANAGER: (INSTITUTION + "Administrator", MEMBERSHIP + "Instructor"),
        SiteRole.TEST_USER: (INSTITUTION + "Student", MEMBERSHIP + "Learner", TEST_USER),
    }
)

BLACKBOARD = Personality(
    name="blackboard",
    profile="blackboard",
    family="BlackboardLearn",
    version="3900.93.0",
    launch=LaunchRules(
        roles=_FULL_ROLES,
        # The column of an activity that deep linking made is not there yet at its first launch.
        column_from_second_launch=True,
        review=False,
    ),
    deep_link=DeepLinkRules(sends_data=True, url_required=True),
    tokens=TokenRules(missing_scope_status=403),
    media=MediaRules(),
    line_items=LineItemRules(page_size=100),
    scores=ScoreRules(
        staleness=Staleness.NOT_LATER,
        stale_status=409,
        not_a_learner=Said(400, "User could not be found: they are no student of this course"),
        not_enrolled=Said(400, "User could not be found:"),
        locked=Said(403, "The grade is locked"),
        concluded=Said(403, "The course has ended"),
    ),
    results=ResultRules(comments_when_filtered=False),
    roster=RosterRules(roles=_FULL_ROLES, page_size=100),
    errors=ErrorBody.MESSAGE,
    throttling=Throttling(headers={"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "30"}),
)

D2L = Personality(
    name="d2l",
    profile="d2l",
    family="desire2learn",
    version="20.26",
    launch=LaunchRules(roles=_FULL_ROLES, review=False, notices=True),
    # Under LTI 1.3 no activity brings its column along, and every link leads to the registered address.
    deep_link=DeepLinkRules(makes_columns=False, url_is_target=True),
    tokens=TokenRules(audience="https://api.brightspace.com/auth/token"),
    media=MediaRules(),
    line_items=LineItemRules(page_size=100),
    scores=ScoreRules(
        staleness=Staleness.NOT_LATER,
        stale_status=409,
        not_a_learner=Said(422, "The role of the user cannot be graded in Grades"),
        not_enrolled=Said(403, "User in requested score is not enrolled in the org unit"),
        unknown_user=Said(404, "User in requested score does not exist"),
        future=Said(400, "The time of the score is in the future"),
        clock_behind_seconds=20,
        clips=True,
        locked=Said(403, "The grade is locked"),
        concluded=Said(403, "The course is closed: it has ended"),
    ),
    results=ResultRules(),
    roster=RosterRules(roles=_FULL_ROLES, page_size=100),
    registration=RegistrationRules(accepted_status=201),
    errors=ErrorBody.PROBLEM,
    throttling=Throttling(headers={"Retry-After": "15", "X-Rate-Limit-Remaining": "0"}),
)

_SAKAI_ROLES = _by_role(
    {
        SiteRole.LEARNER: (MEMBERSHIP + "Learner",),
        SiteRole.MENTOR: (MEMBERSHIP + "Learner",),
        SiteRole.INSTRUCTOR: (MEMBERSHIP + "Instructor",),
        SiteRole.TUTOR: (MEMBERSHIP + "TeachingAssistant",),
        SiteRole.MANAGER: (MEMBERSHIP + "Instructor", SYSTEM + "Administrator"),
        SiteRole.TEST_USER: (MEMBERSHIP + "Learner",),
    }
)

SAKAI = Personality(
    name="sakai",
    profile="sakai",
    family="sakai",
    version="23",
    launch=LaunchRules(roles=_SAKAI_ROLES, review=False),
    deep_link=DeepLinkRules(checks_audience=False, checks_nonce=False),
    # A token that is not good any more, as after a restart of the host, is answered like a missing right; a
    # scope too many is refused together with all others.
    tokens=TokenRules(
        checks_audience=False,
        checks_issuer=False,
        single_use=False,
        missing_scope_status=400,
        dead_token_status=403,
        drops_unknown_scopes=False,
    ),
    media=MediaRules(compared=False),
    line_items=LineItemRules(link_style=LinkStyle.NONE, made_status=200, removed_status=200),
    scores=ScoreRules(
        staleness=Staleness.NEVER,
        stale_status=400,
        not_a_learner=Said(400, "User does not belong to site"),
        locked=None,
    ),
    results=ResultRules(lists_everybody=True, filtered_is_no_list=True),
    roster=RosterRules(
        roles=_SAKAI_ROLES,
        filters=False,
        start_parameter="start",
        empty_is_nothing=True,
        media_type="application/json",
    ),
    errors=ErrorBody.OAUTH,
)

GENERIC = Personality(
    name="generic",
    profile="generic",
    family="",
    version="",
    launch=LaunchRules(
        roles=_by_role(
            {
                **_SAKAI_ROLES,
                SiteRole.MENTOR: (MEMBERSHIP + "Mentor",),
                SiteRole.TEST_USER: (MEMBERSHIP + "Learner", TEST_USER),
            }
        ),
        variables=frozenset({"Context.id.history", "ResourceLink.id.history", "User.id", "Context.id"}),
        review_names_person=True,
        privacy_launch=True,
        notices=True,
    ),
    deep_link=DeepLinkRules(states_line_items=True, sends_data=True),
    tokens=TokenRules(),
    media=MediaRules(),
    line_items=LineItemRules(page_size=50),
    scores=ScoreRules(
        staleness=Staleness.NOT_LATER,
        stale_status=409,
        accepted_status=204,
        locked=Said(403, "The grade is locked"),
        concluded=Said(403, "The course has ended"),
    ),
    results=ResultRules(),
    roster=RosterRules(
        roles=_by_role({**_SAKAI_ROLES, SiteRole.MENTOR: (MEMBERSHIP + "Mentor",)}),
        page_size=50,
        largest_page=50,
        opaque_pages=True,
        tells_differences=True,
    ),
    registration=RegistrationRules(
        messages=("LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiSubmissionReviewRequest"),
        echoes_review=True,
    ),
)

FURTHER = (BLACKBOARD, D2L, SAKAI, GENERIC)
