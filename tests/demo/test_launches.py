"""The claims of each message are those that the host's kind sends."""

import pytest
from flask import Flask

from sca_lms.demo.launches import AGS_ENDPOINT, BASIC_OUTCOME, DEEP_LINKING, LTI, NRPS_SERVICE
from sca_lms.demo.lms import LaunchRefused, PretendLms
from sca_lms.demo.manners import INSTITUTION, MEMBERSHIP, SYSTEM, TEST_USER
from sca_lms.demo.personalities import CANVAS, OPENEDX, PRETEND
from sca_lms.demo.platform import lms_of
from sca_lms.demo.site import SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ, LineItem, Message
from tests.demo.conftest import MakePlatform
from tests.demo.counterpart import Tool, hidden_fields, open_token
from tests.demo.site import (
    ACTIVITY,
    CLASSMATE,
    COLUMN,
    COURSE,
    INSTRUCTOR,
    ISSUER,
    LEARNER,
    MANAGER,
    MENTOR,
    TESTER,
    TOOL_URL,
    TUTOR,
    UNGRADED,
)


def claims_of(
    lms: PretendLms,
    user_id: str,
    activity_id: str = ACTIVITY,
    *,
    message: Message = Message.RESOURCE,
    review_of: str = "",
) -> dict[str, object]:
    form = lms.launch_form(user_id, activity_id, state="s", nonce="n", message=message, review_of=review_of)
    return open_token(form["id_token"], lms)


def course_message(lms: PretendLms, tool: Tool, user_id: str, message: Message) -> dict[str, object]:
    launch = lms.begin_launch(user_id, course_id=COURSE, client_id=tool.client_id, message=message)
    answer = lms.authorize(tool.request_for(lms.login_fields(launch), lms), user_id)
    return open_token(answer.fields["id_token"], lms)


def part(claims: dict[str, object], name: str) -> dict[str, object]:
    found = claims[name]
    assert isinstance(found, dict)
    return found


def test_moodle_writes_a_resource_launch(moodle: PretendLms) -> None:
    claims = claims_of(moodle, LEARNER)
    assert claims["aud"] == "sca-lms-demo"
    assert "azp" not in claims
    assert claims[LTI + "version"] == "1.3.0"
    assert claims[LTI + "deployment_id"] == "1"
    assert part(claims, LTI + "resource_link")["id"] == ACTIVITY
    assert part(claims, LTI + "context") == {
        "id": COURSE,
        "label": "SCA2",
        "title": "รายวิชา",
        "type": ["CourseSection"],
    }
    assert part(claims, LTI + "tool_platform")["product_family_code"] == "moodle"
    assert part(claims, LTI + "ext") == {"user_username": "u5", "lms": "moodle-2"}
    assert part(claims, LTI + "launch_presentation")["return_url"] == f"{ISSUER}/lti/return?course={COURSE}"
    assert claims["name"] == "กานต์ ใจกล้า"
    assert BASIC_OUTCOME in claims


def test_moodle_puts_the_type_into_the_query_of_its_service_addresses(moodle: PretendLms) -> None:
    endpoint = part(claims_of(moodle, LEARNER), AGS_ENDPOINT)
    assert endpoint["lineitems"] == f"{ISSUER}/lti/services/2/lineitems?type_id=1"
    assert endpoint["lineitem"] == f"{ISSUER}/lti/services/2/lineitems/{COLUMN}/lineitem?type_id=1"
    service = part(claims_of(moodle, LEARNER), NRPS_SERVICE)
    assert service["context_memberships_url"] == (
        f"{ISSUER}/lti/services/CourseSection/2/bindings/1/memberships"
    )


def test_an_ungraded_activity_names_no_column(moodle: PretendLms) -> None:
    assert "lineitem" not in part(claims_of(moodle, LEARNER, UNGRADED), AGS_ENDPOINT)


def test_a_second_column_hides_both_in_moodle_only(make_platform: MakePlatform, moodle: PretendLms) -> None:
    canvas = lms_of(make_platform(CANVAS))
    for lms in (moodle, canvas):
        first = lms.state.line_items[COLUMN]
        lms.state.line_items["22"] = LineItem(
            "22", COURSE, first.client_id, "More", first.maximum, activity_id=ACTIVITY
        )
    assert "lineitem" not in part(claims_of(moodle, LEARNER), AGS_ENDPOINT)
    assert "lineitem" in part(claims_of(canvas, LEARNER), AGS_ENDPOINT)


@pytest.mark.parametrize(
    ("user_id", "roles"),
    [
        (LEARNER, ["Learner"]),
        (MENTOR, ["Learner"]),
        (INSTRUCTOR, ["Instructor"]),
        (TUTOR, ["Instructor"]),
        (TESTER, ["Learner"]),
    ],
)
def test_moodle_knows_two_roles_in_a_course(moodle: PretendLms, user_id: str, roles: list[str]) -> None:
    assert claims_of(moodle, user_id)[LTI + "roles"] == [MEMBERSHIP + role for role in roles]


def test_a_manager_of_moodle_is_instructor_and_administrator(moodle: PretendLms) -> None:
    assert claims_of(moodle, MANAGER)[LTI + "roles"] == [
        MEMBERSHIP + "Instructor",
        INSTITUTION + "Administrator",
        SYSTEM + "Administrator",
    ]


def test_the_demo_adds_the_mentor_role_to_moodles_manners(make_platform: MakePlatform) -> None:
    lms = lms_of(make_platform(PRETEND))
    assert claims_of(lms, MENTOR)[LTI + "roles"] == [MEMBERSHIP + "Mentor"]


def test_canvas_tells_mentors_assistants_and_the_test_student_apart(make_platform: MakePlatform) -> None:
    lms = lms_of(make_platform(CANVAS))
    assert MEMBERSHIP + "Mentor" in str(claims_of(lms, MENTOR)[LTI + "roles"])
    assert "Instructor#TeachingAssistant" in str(claims_of(lms, TUTOR)[LTI + "roles"])
    assert TEST_USER in str(claims_of(lms, TESTER)[LTI + "roles"])
    assert claims_of(lms, LEARNER)["azp"] == "sca-lms-demo"


def test_openedx_offers_one_scope_for_columns(make_platform: MakePlatform) -> None:
    scopes = part(claims_of(lms_of(make_platform(OPENEDX)), LEARNER), AGS_ENDPOINT)["scope"]
    assert isinstance(scopes, list)
    assert SCOPE_LINE_ITEM in scopes
    assert SCOPE_LINE_ITEM_READ not in scopes


def test_moodle_writes_custom_names_twice_and_the_tool_wins(moodle: PretendLms) -> None:
    moodle.state.activities[ACTIVITY].custom |= {
        "Who": "$User.username",
        "old": "$Context.id.history",
        "begins": "$ResourceLink.available.startDateTime",
        "mixed": "is $User.id",
    }
    custom = part(claims_of(moodle, LEARNER), LTI + "custom")
    assert (custom["activity"], custom["Activity"]) == ("hrs", "hrs")
    assert custom["level"] == "tool"
    assert (custom["who"], custom["Who"]) == ("u5", "u5")
    assert custom["old"] == "1"
    assert custom["begins"] == "$ResourceLink.available.startDateTime"
    assert custom["mixed"] == "is $User.id"


def test_canvas_keeps_names_and_lets_the_item_win(make_platform: MakePlatform) -> None:
    custom = part(claims_of(lms_of(make_platform(CANVAS)), LEARNER), LTI + "custom")
    assert custom == {"Activity": "hrs", "level": "item"}


def test_a_tool_without_leave_gets_no_name_and_no_address(moodle: PretendLms) -> None:
    registered = moodle.state.tools["sca-lms-demo"]
    registered.sends_name = registered.sends_email = False
    assert {"name", "given_name", "family_name", "email"}.isdisjoint(claims_of(moodle, LEARNER))


def test_a_review_names_the_person_by_id_alone(moodle: PretendLms) -> None:
    item = moodle.state.line_items[COLUMN]
    item.review_url, item.review_custom = f"{TOOL_URL}/lti/launch?review=1", {"from": "gradebook"}
    claims = claims_of(moodle, INSTRUCTOR, message=Message.REVIEW, review_of=LEARNER)
    assert claims[LTI + "message_type"] == "LtiSubmissionReviewRequest"
    assert claims[LTI + "for_user"] == {"user_id": LEARNER}
    assert claims[LTI + "target_link_uri"] == f"{TOOL_URL}/lti/launch?review=1"
    custom = part(claims, LTI + "custom")
    assert (custom["from"], custom["activity"]) == ("gradebook", "hrs")


def test_a_review_from_the_column_heading_names_nobody(moodle: PretendLms) -> None:
    claims = claims_of(moodle, INSTRUCTOR, message=Message.REVIEW)
    assert LTI + "for_user" not in claims


def test_a_learner_obtains_a_signed_review_of_a_classmate(
    moodle: PretendLms, moodle_app: Flask, tool: Tool
) -> None:
    client = moodle_app.test_client()
    client.post("/enter", data={"user": LEARNER})
    page = client.get(f"/activities/{ACTIVITY}/launch?action=gradeReport&user={CLASSMATE}")
    answer = moodle.authorize(tool.request_for(hidden_fields(page.text), moodle), LEARNER)
    claims = open_token(answer.fields["id_token"], moodle)
    assert claims[LTI + "roles"] == [MEMBERSHIP + "Learner"]
    assert claims["sub"] == LEARNER
    assert claims[LTI + "for_user"] == {"user_id": CLASSMATE}


def test_openedx_has_no_review(make_platform: MakePlatform) -> None:
    with pytest.raises(LaunchRefused):
        lms_of(make_platform(OPENEDX)).begin_login(INSTRUCTOR, ACTIVITY, message=Message.REVIEW)


def test_moodles_picker_request_has_no_data(moodle: PretendLms, tool: Tool) -> None:
    claims = course_message(moodle, tool, INSTRUCTOR, Message.DEEP_LINK)
    settings = part(claims, DEEP_LINKING + "deep_linking_settings")
    assert settings["accept_types"] == ["ltiResourceLink"]
    assert settings["accept_multiple"] is True
    assert settings["auto_create"] is False
    assert "data" not in settings
    assert "accept_lineitem" not in settings
    assert LTI + "resource_link" not in claims
    assert "lineitem" not in part(claims, AGS_ENDPOINT)


def test_canvas_states_line_items_and_sends_data(make_platform: MakePlatform, tool: Tool) -> None:
    lms = lms_of(make_platform(CANVAS))
    settings = part(
        course_message(lms, tool, INSTRUCTOR, Message.DEEP_LINK), DEEP_LINKING + "deep_linking_settings"
    )
    assert settings["accept_lineitem"] is True
    assert settings["data"]


@pytest.mark.parametrize("user_id", [LEARNER, MENTOR, TUTOR])
def test_only_editors_get_the_picker(moodle: PretendLms, tool: Tool, user_id: str) -> None:
    with pytest.raises(LaunchRefused):
        course_message(moodle, tool, user_id, Message.DEEP_LINK)


def test_the_privacy_launch_is_canvas_own(
    make_platform: MakePlatform, moodle: PretendLms, tool: Tool
) -> None:
    claims = course_message(lms_of(make_platform(CANVAS)), tool, LEARNER, Message.PRIVACY)
    assert claims[LTI + "message_type"] == "LtiDataPrivacyRequest"
    assert LTI + "context" not in claims
    with pytest.raises(LaunchRefused):
        course_message(moodle, tool, LEARNER, Message.PRIVACY)
