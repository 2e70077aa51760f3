"""Verified claims become our own words: harmless sloppiness is let through, rights are never guessed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sca_lms.courses.rules import Role
from sca_lms.lti.claims import Launch, read
from sca_lms.lti.plain import is_clean
from sca_lms.lti.refusals import Code, LaunchRefused
from tests.lti.platform_double import AGS, DEEP_LINKING, INSTRUCTOR, LEARNER, LTI, NRPS

BARE: dict[str, object] = {
    "sub": "5",
    LTI + "message_type": "LtiResourceLinkRequest",
    LTI + "version": "1.3.0",
    LTI + "deployment_id": "1",
    LTI + "target_link_uri": "https://tool.example.org/lti/launch",
    LTI + "resource_link": {"id": "link-1"},
    LTI + "roles": [LEARNER],
}


def reading(**changes: object) -> Launch:
    named = {"sub", "name", "given_name", "family_name", "email"}
    longer = {"ags": AGS, "nrps": NRPS, "deep_linking_settings": DEEP_LINKING}
    told = dict(BARE)
    told.update(
        {longer.get(name, name if name in named else LTI + name): value for name, value in changes.items()}
    )
    return read({name: value for name, value in told.items() if value is not None})


def refusal(**changes: object) -> Code:
    with pytest.raises(LaunchRefused) as caught:
        reading(**changes)
    return caught.value.reason


def test_a_launch_with_nothing_but_what_is_required_is_read() -> None:
    launch = reading()
    assert launch.subject == "5"
    assert launch.roles == {Role.LEARNER}
    assert launch.link is not None
    assert launch.link.id == "link-1"
    assert launch.context is None
    assert launch.names.shown == ""


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"version": None}, Code.CLAIM_MISSING),
        ({"version": "11.3"}, Code.VERSION_UNSUPPORTED),
        ({"version": 1.3}, Code.VERSION_UNSUPPORTED),
        ({"message_type": None}, Code.CLAIM_MISSING),
        ({"message_type": "LtiStartProctoring"}, Code.MESSAGE_TYPE_UNKNOWN),
        ({"message_type": ["LtiResourceLinkRequest"]}, Code.MESSAGE_TYPE_UNKNOWN),
        ({"deployment_id": None}, Code.CLAIM_MISSING),
        ({"deployment_id": ""}, Code.CLAIM_MISSING),
        ({"deployment_id": " "}, Code.CLAIM_MISSING),
        ({"deployment_id": {"a": 1}}, Code.CLAIM_MALFORMED),
        ({"deployment_id": "x" * 256}, Code.CLAIM_MALFORMED),
        ({"roles": None}, Code.CLAIM_MISSING),
        ({"roles": {"a": 1}}, Code.CLAIM_MALFORMED),
        ({"target_link_uri": None}, Code.CLAIM_MISSING),
        ({"target_link_uri": ""}, Code.CLAIM_MISSING),
        ({"resource_link": None}, Code.CLAIM_MISSING),
        ({"resource_link": {}}, Code.CLAIM_MISSING),
        ({"resource_link": {"id": ""}}, Code.CLAIM_MISSING),
        ({"resource_link": "link-1"}, Code.CLAIM_MISSING),
        ({"sub": ""}, Code.CLAIM_MISSING),
        ({"sub": "  "}, Code.CLAIM_MISSING),
        ({"sub": True}, Code.CLAIM_MALFORMED),
        ({"sub": 5.5}, Code.CLAIM_MALFORMED),
        ({"sub": "a\x00b"}, Code.CLAIM_MALFORMED),
        ({"sub": "a\ud800"}, Code.CLAIM_MALFORMED),
        ({"sub": "x" * 256}, Code.CLAIM_MALFORMED),
    ],
)  # fmt: skip
def test_what_lti_requires_is_required(changes: dict[str, object], code: Code) -> None:
    assert refusal(**changes) == code


def test_an_explicitly_empty_subject_is_refused_and_a_missing_one_is_anonymous() -> None:
    without = {name: value for name, value in BARE.items() if name != "sub"}
    assert read(without).subject is None
    with pytest.raises(LaunchRefused):
        read({**without, "sub": None})


@pytest.mark.parametrize(
    "message", ["LtiDeepLinkingRequest", "LtiSubmissionReviewRequest", "DataPrivacyLaunchRequest"]
)
def test_only_a_resource_launch_may_be_anonymous(message: str) -> None:
    settings_of_picker = {"deep_link_return_url": "https://lms.example.edu/return"}
    assert (
        refusal(message_type=message, sub=None, deep_linking_settings=settings_of_picker)
        == Code.SUBJECT_MISSING
    )


@pytest.mark.parametrize(
    "settings_of_picker",
    [None, {}, {"deep_link_return_url": "javascript:alert(1)"}, {"deep_link_return_url": 5}, "x"],
)
def test_a_deep_linking_request_says_where_to_return(settings_of_picker: object) -> None:
    assert (
        refusal(message_type="LtiDeepLinkingRequest", deep_linking_settings=settings_of_picker)
        == Code.CLAIM_MISSING
    )


def test_a_deep_linking_request_needs_neither_a_target_nor_a_link() -> None:
    launch = reading(
        message_type="LtiDeepLinkingRequest",
        target_link_uri=None,
        resource_link=None,
        deep_linking_settings={"deep_link_return_url": "https://lms.example.edu/return", "accept_types": []},
    )
    assert launch.link is None


def test_a_review_of_nobody_in_particular_is_read() -> None:
    launch = reading(message_type="LtiSubmissionReviewRequest", resource_link=None)
    assert launch.for_user is None
    assert reading(message_type="LtiSubmissionReviewRequest", for_user={"user_id": 7}).for_user == "7"


def test_numbers_as_ids_are_read_as_text() -> None:
    launch = reading(sub=5, deployment_id=7, resource_link={"id": 9}, context={"id": 2})
    assert (launch.subject, launch.deployment_id) == ("5", "7")
    assert launch.link is not None
    assert launch.link.id == "9"
    assert launch.context is not None
    assert launch.context.id == "2"


@pytest.mark.parametrize("roles", [[], [""], ["…#Unknown"], [None, 5, {}], ["Nobody"], ""])
def test_roles_may_be_empty_or_unknown_and_then_give_no_right(roles: object) -> None:
    assert reading(roles=roles).roles == {Role.GUEST}


def test_roles_written_as_one_string_are_read() -> None:
    assert reading(roles=f"{INSTRUCTOR},Learner").roles == {Role.INSTRUCTOR, Role.LEARNER}


@pytest.mark.parametrize("context", [None, {}, {"id": ""}, "course", [], {"title": "x"}])
def test_a_course_is_not_required(context: object) -> None:
    assert reading(context=context).context is None


def test_names_are_taken_as_they_are_without_what_no_page_can_hold() -> None:
    names = reading(name="ปวีณา\x00 แก้วมณี", given_name=5, family_name=["x"], email="nobody").names
    assert names.name == "ปวีณา แก้วมณี"
    assert (names.given_name, names.family_name, names.email) == ("5", "", "")
    assert reading(given_name="ปวีณา", family_name="แก้วมณี").names.shown == "ปวีณา แก้วมณี"


def test_custom_parameters_are_found_whatever_their_case_and_without_unfilled_variables() -> None:
    launch = reading(
        custom={
            "Activity": "wrong",
            "activity": "quiz:Q1",
            "begin": "$ResourceLink.available.startDateTime",
            "price": "$5",
            "number": 7,
            "nothing": None,
            "list": [1],
            "CONTEXT_HISTORY": "12, 9,,3",
        }
    )
    assert launch.custom == {
        "activity": "quiz:Q1",
        "price": "$5",
        "number": "7",
        "context_history": "12, 9,,3",
    }
    assert launch.activity == "quiz:Q1"
    assert launch.history == ("12", "9", "3")


@pytest.mark.parametrize(
    ("said", "activity"),
    [
        ("programme", "programme"),
        ("module:PB1", "module:PB1"),
        ("quiz:../../admin", None),
        ("quiz:a/b", None),
        ("//evil.example", None),
        ("Quiz:Q1", None),
        ("", None),
        ("quiz:" + "x" * 65, None),
    ],
)
def test_an_activity_is_a_kind_and_a_code_and_nothing_else(said: str, activity: str | None) -> None:
    assert reading(custom={"activity": said}).activity == activity


def test_services_and_presentation_are_read() -> None:
    launch = reading(
        ags={
            "scope": ["b", "a", "a", 5],
            "lineitems": "https://lms.example.edu/items?type_id=1",
            "lineitem": "ftp://x",
        },
        nrps={"context_memberships_url": "https://lms.example.edu/members"},
        launch_presentation={
            "locale": "th-TH",
            "return_url": "javascript:alert(1)",
            "document_target": "iframe",
        },
        tool_platform={"product_family_code": "Moodle"},
        role_scope_mentor=["7", 8, None],
    )
    assert launch.grades.scopes == ("a", "b")
    assert launch.grades.lineitems_url == "https://lms.example.edu/items?type_id=1"
    assert launch.grades.lineitem_url is None
    assert launch.memberships_url == "https://lms.example.edu/members"
    assert (launch.locale, launch.return_url, launch.document_target) == ("th-TH", None, "iframe")
    assert launch.family == "moodle"
    assert launch.mentees == ("7", "8")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [*BARE, "name", "email", LTI + "context", LTI + "custom", LTI + "launch_presentation", LTI + "for_user",
     LTI + "role_scope_mentor", LTI + "tool_platform", AGS, NRPS, DEEP_LINKING]
)  # fmt: skip
INNER = st.sampled_from(["id", "title", "scope", "lineitems", "user_id", "locale", "return_url", "activity"])


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(NAMES, ANYTHING | st.dictionaries(INNER, ANYTHING, max_size=4), max_size=6))
def test_whatever_the_claims_hold_they_are_read_or_refused(changes: dict[str, object]) -> None:
    try:
        launch = read({**BARE, **changes})
    except LaunchRefused:
        return
    for identifier in (launch.subject, launch.deployment_id, launch.link.id if launch.link else None):
        assert identifier is None or is_clean(identifier)
    for text in (launch.names.name, launch.custom.get("activity", ""), launch.target_link_uri):
        text.encode()
        assert "\x00" not in text
