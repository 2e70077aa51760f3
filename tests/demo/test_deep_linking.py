"""A picker's answer is read against the request that led to it, and becomes activities and columns."""

from dataclasses import replace
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.demo.deep_linking import AnswerRefused
from sca_lms.demo.keys import BadSignature
from sca_lms.demo.launches import DEEP_LINKING, LTI
from sca_lms.demo.lms import PretendLms
from sca_lms.demo.personalities import CANVAS, MOODLE
from sca_lms.demo.platform import lms_of
from sca_lms.demo.site import Activity, Message
from tests.demo.conftest import MakePlatform
from tests.demo.counterpart import Tool, new_key, open_token
from tests.demo.site import COURSE, INSTRUCTOR, LEARNER, TOOL_URL

MODULE: dict[str, object] = {
    "type": "ltiResourceLink",
    "title": "Module 1",
    "text": "What a city is",
    "url": f"{TOOL_URL}/lti/launch",
    "custom": {"activity": "m1", "order": 1},
    "lineItem": {
        "label": "Module 1 score",
        "scoreMaximum": 12.5,
        "resourceId": "sca-lms:M1",
        "tag": "M1",
        "submissionReview": {"url": f"{TOOL_URL}/lti/launch?review=1", "custom": {"view": "marking"}},
    },
}


def open_picker(lms: PretendLms, tool: Tool) -> tuple[str, object]:
    """Open the picker as the instructor; returns the launch's id and the `data` that came with it."""
    launch = lms.begin_launch(
        INSTRUCTOR, course_id=COURSE, client_id=tool.client_id, message=Message.DEEP_LINK
    )
    answer = lms.authorize(tool.request_for(lms.login_fields(launch), lms), INSTRUCTOR)
    settings = open_token(answer.fields["id_token"], lms)[DEEP_LINKING + "deep_linking_settings"]
    assert isinstance(settings, dict)
    assert str(settings["deep_link_return_url"]).endswith(f"?launch={launch.id}")
    return launch.id, settings.get("data")


def pick(lms: PretendLms, tool: Tool, items: object, **changes: object) -> list[Activity]:
    launch_id, data = open_picker(lms, tool)
    claims = {DEEP_LINKING + "data": data, **changes}
    return lms.picked(launch_id, INSTRUCTOR, tool.picked(lms, items, **claims))[1]


def test_an_item_becomes_an_activity_with_its_column(moodle: PretendLms, tool: Tool) -> None:
    (made,) = pick(moodle, tool, [MODULE])
    assert (made.title.th, made.text, made.url) == ("Module 1", "What a city is", f"{TOOL_URL}/lti/launch")
    assert made.custom == {"activity": "m1", "order": "1"}
    (column,) = moodle.state.columns_of(made.id)
    assert column.label == "Module 1"
    assert (column.maximum, column.resource_id, column.tag) == (Decimal("12.5"), "sca-lms:M1", "M1")
    assert column.review_url == f"{TOOL_URL}/lti/launch?review=1"
    assert column.review_custom == {"view": "marking"}
    assert column.coupled


def test_only_moodle_ignores_the_columns_own_label(make_platform: MakePlatform, tool: Tool) -> None:
    canvas = lms_of(make_platform(CANVAS))
    (made,) = pick(canvas, tool, [MODULE])
    assert canvas.state.columns_of(made.id)[0].label == "Module 1 score"


def test_several_items_are_made_in_order_and_one_without_a_column_is_ungraded(
    moodle: PretendLms, tool: Tool
) -> None:
    plain = {"type": "ltiResourceLink", "title": "Home"}
    made = pick(moodle, tool, [plain, MODULE])
    assert [each.title.th for each in made] == ["Home", "Module 1"]
    assert moodle.state.columns_of(made[0].id) == []
    assert moodle.begin_login(LEARNER, made[0].id)["target_link_uri"] == f"{TOOL_URL}/lti/launch"


def test_an_item_without_a_title_takes_the_tools_name(moodle: PretendLms, tool: Tool) -> None:
    assert pick(moodle, tool, [{"type": "ltiResourceLink"}])[0].title.th == "SCA LMS"


def test_a_host_that_takes_one_item_refuses_two(make_platform: MakePlatform, tool: Tool) -> None:
    single = replace(MOODLE, deep_link=replace(MOODLE.deep_link, accept_multiple=False))
    with pytest.raises(AnswerRefused, match="one item"):
        pick(lms_of(make_platform(single)), tool, [MODULE, MODULE])


@pytest.mark.parametrize(
    "item",
    [
        "no object",
        {"type": "link", "url": "https://example.org"},
        {**MODULE, "url": "https://elsewhere.example.org/"},
        {**MODULE, "title": 5},
        {**MODULE, "lineItem": {"label": "x"}},
        {**MODULE, "lineItem": {"scoreMaximum": "12"}},
        {**MODULE, "lineItem": {"scoreMaximum": 0}},
    ],
)
def test_a_bad_item_refuses_the_whole_answer(moodle: PretendLms, tool: Tool, item: object) -> None:
    before = dict(moodle.state.activities)
    with pytest.raises(AnswerRefused):
        pick(moodle, tool, [MODULE, item])
    assert moodle.state.activities == before


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "http://127.0.0.1:9100"},
        {LTI + "message_type": "LtiResourceLinkRequest"},
        {LTI + "version": "1.1"},
        {DEEP_LINKING + "content_items": {}},
    ],
)
def test_wrong_claims_are_refused(moodle: PretendLms, tool: Tool, changes: dict[str, object]) -> None:
    with pytest.raises(AnswerRefused):
        pick(moodle, tool, [MODULE], **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://other.example.org"},
        {LTI + "deployment_id": "7"},
        {"nonce": None},
        {DEEP_LINKING + "data": "changed"},
    ],
)
def test_moodle_overlooks_what_canvas_demands(
    make_platform: MakePlatform, moodle: PretendLms, tool: Tool, changes: dict[str, object]
) -> None:
    assert pick(moodle, tool, [MODULE], **changes)
    with pytest.raises(AnswerRefused):
        pick(lms_of(make_platform(CANVAS)), tool, [MODULE], **changes)


@pytest.mark.parametrize(
    "changes", [{"exp": 22222}, {"iat": 99999999999}, {"nbf": 99999999999}, {"exp": "soon"}]
)
def test_times_have_no_leeway(moodle: PretendLms, tool: Tool, changes: dict[str, object]) -> None:
    with pytest.raises(BadSignature):
        pick(moodle, tool, [MODULE], **changes)


def test_a_strangers_signature_is_refused(moodle: PretendLms, tool: Tool) -> None:
    launch_id, _data = open_picker(moodle, tool)
    forged = Tool(new_key()).picked(moodle, [MODULE])
    with pytest.raises(BadSignature):
        moodle.picked(launch_id, INSTRUCTOR, forged)


def test_an_answer_counts_once_and_for_its_person(moodle: PretendLms, tool: Tool) -> None:
    launch_id, _data = open_picker(moodle, tool)
    with pytest.raises(AnswerRefused):
        moodle.picked(launch_id, LEARNER, tool.picked(moodle, [MODULE]))
    moodle.picked(launch_id, INSTRUCTOR, tool.picked(moodle, [MODULE]))
    with pytest.raises(AnswerRefused):
        moodle.picked(launch_id, INSTRUCTOR, tool.picked(moodle, [MODULE], nonce="other"))


def test_the_page_tells_what_was_added_and_what_the_tool_says(
    moodle: PretendLms, moodle_client: FlaskClient, tool: Tool
) -> None:
    moodle_client.post("/enter", data={"user": INSTRUCTOR})
    launch_id, _data = open_picker(moodle, tool)
    words = {DEEP_LINKING + "msg": "Added one", DEEP_LINKING + "errormsg": "One is <missing>"}
    token = tool.picked(moodle, [MODULE], **words)
    page = moodle_client.post(f"/lti/deep-link-return?launch={launch_id}", data={"JWT": token})
    assert page.status_code == 200
    for text in ("Module 1", "Added one", "One is &lt;missing&gt;"):
        assert text in page.text
    course = moodle_client.get(f"/courses/{COURSE}")
    assert "Module 1" in course.text


def test_nothing_picked_is_no_fault(moodle: PretendLms, tool: Tool) -> None:
    assert pick(moodle, tool, []) == []


def test_without_a_cookie_the_answer_is_sent_once_more(
    moodle: PretendLms, moodle_app: Flask, tool: Tool
) -> None:
    launch_id, _data = open_picker(moodle, tool)
    address = f"/lti/deep-link-return?launch={launch_id}"
    page = moodle_app.test_client().post(address, data={"JWT": tool.picked(moodle, [MODULE])})
    assert 'name="repost"' in page.text
    assert f'action="{address}"' in page.text


@pytest.mark.parametrize("token", ["", "no.jwt.here", "é"])
def test_a_page_explains_an_answer_that_cannot_be_read(
    moodle: PretendLms, moodle_client: FlaskClient, tool: Tool, token: str
) -> None:
    moodle_client.post("/enter", data={"user": INSTRUCTOR})
    launch_id, _data = open_picker(moodle, tool)
    page = moodle_client.post(f"/lti/deep-link-return?launch={launch_id}", data={"JWT": token})
    assert page.status_code == 400
