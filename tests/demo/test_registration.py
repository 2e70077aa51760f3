"""A tool that registers itself has to present itself exactly as the host wants."""

import datetime as dt
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms.demo.lms import LaunchRefused, PretendLms
from sca_lms.demo.personalities import CANVAS
from sca_lms.demo.platform import lms_of
from sca_lms.demo.registration import PLATFORM_CONFIGURATION, TOOL_CONFIGURATION
from sca_lms.demo.site import SCOPE_LINE_ITEM, SCOPE_RESULT, SCOPE_ROSTER, SCOPE_SCORE, ToolState
from tests.demo.conftest import MakePlatform
from tests.demo.counterpart import Tool
from tests.demo.site import ACTIVITY, COURSE, ISSUER, LEARNER, MANAGER

TOOL = "https://tool.example.org:8443"
CONFIGURATION: dict[str, object] = {
    "domain": "tool.example.org:8443",
    "target_link_uri": f"{TOOL}/lti/launch",
    "description": "Bootcamps",
    "claims": ["iss", "sub", "given_name", "email"],
    "custom_parameters": {"programme": "SCA"},
    "messages": [
        {"type": "LtiDeepLinkingRequest", "target_link_uri": f"{TOOL}/first"},
        {"type": "LtiSubmissionReviewRequest"},
        {"type": "LtiDeepLinkingRequest", "target_link_uri": f"{TOOL}/second"},
    ],
}
BODY: dict[str, object] = {
    "application_type": "web",
    "response_types": ["id_token"],
    "grant_types": ["client_credentials", "implicit"],
    "initiate_login_uri": f"{TOOL}/lti/login",
    "redirect_uris": [f"{TOOL}/lti/launch"],
    "client_name": "SCA LMS",
    "jwks_uri": f"{TOOL}/lti/jwks.json",
    "token_endpoint_auth_method": "private_key_jwt",
    "scope": f"{SCOPE_LINE_ITEM} {SCOPE_ROSTER}",
    TOOL_CONFIGURATION: CONFIGURATION,
}


def post(client: FlaskClient, token: str, body: Mapping[str, object]) -> TestResponse:
    return client.post("/lti/registrations", json=body, headers={"Authorization": f"Bearer {token}"})


def token_of(lms: PretendLms) -> str:
    return lms.begin_registration().parameters["registration_token"]


def changed(**configuration: object) -> dict[str, object]:
    return {**BODY, TOOL_CONFIGURATION: {**CONFIGURATION, **configuration}}


def test_the_registration_begins_in_a_frame_with_configuration_and_token(moodle_client: FlaskClient) -> None:
    moodle_client.post("/enter", data={"user": MANAGER})
    page = moodle_client.post("/admin/register", data={"url": f"{TOOL}/lti/register?invite=abc"})
    source = page.text.split('<iframe class="tool" src="')[1].split('"')[0].replace("&amp;", "&")
    query = parse_qs(urlsplit(source).query)
    assert query["invite"] == ["abc"]
    assert query["openid_configuration"] == [f"{ISSUER}/lti/openid-configuration"]
    assert query["registration_token"]
    assert f"frame-src 'self' http://127.0.0.1:9100 {TOOL}" in page.headers["Content-Security-Policy"]


def test_an_address_that_is_none_is_refused_beside_the_field(moodle_client: FlaskClient) -> None:
    moodle_client.post("/enter", data={"user": MANAGER})
    page = moodle_client.post("/admin/register", data={"url": "javascript:alert(1)"})
    assert page.status_code == 422
    assert 'id="url-fault"' in page.text


def test_moodle_tells_everybody_its_configuration(moodle_client: FlaskClient) -> None:
    said = moodle_client.get("/lti/openid-configuration").json or {}
    assert said["issuer"] == ISSUER
    assert said["registration_endpoint"] == f"{ISSUER}/lti/registrations"
    platform = said[PLATFORM_CONFIGURATION]
    assert platform["product_family_code"] == "moodle"
    kinds = [message["type"] for message in platform["messages_supported"]]
    assert kinds == ["LtiResourceLinkRequest", "LtiDeepLinkingRequest"]
    assert "Context.id.history" in platform["variables"]


def test_canvas_tells_it_to_the_holder_of_a_token(make_platform: MakePlatform) -> None:
    app = make_platform(CANVAS)
    client, lms = app.test_client(), lms_of(app)
    assert client.get("/lti/openid-configuration").status_code == 401
    header = {"Authorization": f"Bearer {token_of(lms)}"}
    assert client.get("/lti/openid-configuration", headers=header).status_code == 200


def test_a_good_registration_is_answered_with_200_and_waits(
    moodle: PretendLms, moodle_client: FlaskClient
) -> None:
    begun = moodle.begin_registration()
    answer = post(moodle_client, begun.parameters["registration_token"], BODY)
    assert answer.status_code == 200
    said = answer.json or {}
    assert said["client_id"] == begun.client_id
    noted = said[TOOL_CONFIGURATION]
    assert noted["deployment_id"] not in {"", "1"}
    assert [message["type"] for message in noted["messages"]] == ["LtiDeepLinkingRequest"] * 2
    assert set(said["scope"].split()) >= {SCOPE_SCORE, SCOPE_RESULT, SCOPE_LINE_ITEM, SCOPE_ROSTER}
    tool = moodle.state.tools[begun.client_id]
    assert (tool.state, tool.deployment_id) == (ToolState.PENDING, noted["deployment_id"])
    assert (tool.sends_name, tool.sends_email) == (True, True)
    assert tool.deep_link_uri == f"{TOOL}/second"
    assert tool.custom == {"programme": "SCA"}


def test_canvas_keeps_review_messages(make_platform: MakePlatform) -> None:
    app = make_platform(CANVAS)
    said = post(app.test_client(), token_of(lms_of(app)), BODY).json or {}
    assert "LtiSubmissionReviewRequest" in str(said[TOOL_CONFIGURATION]["messages"])


def test_grade_and_name_leave_depend_on_what_was_asked(
    moodle: PretendLms, moodle_client: FlaskClient
) -> None:
    begun = moodle.begin_registration()
    body = {**changed(claims=["sub"]), "scope": SCOPE_SCORE}
    post(moodle_client, begun.parameters["registration_token"], body)
    tool = moodle.state.tools[begun.client_id]
    assert SCOPE_LINE_ITEM not in tool.scopes
    assert SCOPE_ROSTER not in tool.scopes
    assert (tool.sends_name, tool.sends_email) == (False, False)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        *(
            ({**BODY, name: None}, f"missing required attribute {name}")
            for name in (
                *("response_types", "initiate_login_uri", "redirect_uris", "client_name", "jwks_uri"),
                *("token_endpoint_auth_method", TOOL_CONFIGURATION),
            )
        ),
        ({**BODY, "response_types": ["code"]}, "invalid_response_types"),
        ({**BODY, "redirect_uris": f"{TOOL}/lti/launch"}, "invalid_redirect_uris"),
        ({**BODY, "redirect_uris": ["javascript:1"]}, "invalid_redirect_uris"),
        ({**BODY, "token_endpoint_auth_method": "client_secret_post"}, "invalid_token_endpoint_auth_method"),
        ({**BODY, "application_type": "native"}, "invalid_application_type"),
        ({**BODY, "jwks_uri": "keys"}, "invalid_jwks_uri"),
        ({**BODY, TOOL_CONFIGURATION: "text"}, "invalid_tool_configuration"),
        (changed(domain="tool.example.org"), "domain_targetlinkuri_mismatch"),
        (changed(domain=""), "missing required attribute domain"),
        (changed(target_link_uri=None), "missing required attribute target_link_uri"),
    ],
)
def test_each_fault_is_named(
    moodle: PretendLms, moodle_client: FlaskClient, body: dict[str, object], error: str
) -> None:
    token = token_of(moodle)
    answer = post(moodle_client, token, body)
    assert (answer.status_code, answer.json) == (400, {"error": error})
    assert len(moodle.state.tools) == 1
    assert post(moodle_client, token, BODY).status_code == 200


def test_a_token_registers_one_tool(moodle: PretendLms, moodle_client: FlaskClient) -> None:
    token = token_of(moodle)
    assert post(moodle_client, token, BODY).status_code == 200
    again = post(moodle_client, token, BODY)
    assert (again.status_code, again.json) == (401, {"error": "token_already_used"})


def test_a_token_ends_after_an_hour(moodle: PretendLms, moodle_client: FlaskClient) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC), tick=False) as clock:
        token = token_of(moodle)
        clock.shift(3600)
        assert post(moodle_client, token, BODY).status_code == 401


def test_another_token_of_ours_does_not_register(
    moodle: PretendLms, moodle_client: FlaskClient, tool: Tool
) -> None:
    launch = moodle.launch_form(LEARNER, ACTIVITY, state="s", nonce="n")["id_token"]
    foreign = tool.sign({"sub": "me", "scope": "reg", "exp": 99999999999})
    for token in (launch, foreign, "", "made-up"):
        assert post(moodle_client, token, BODY).status_code == 401
    assert moodle_client.post("/lti/registrations", json=BODY).status_code == 401


def test_the_body_must_be_json(moodle: PretendLms, moodle_client: FlaskClient) -> None:
    header = {"Authorization": f"Bearer {token_of(moodle)}"}
    assert moodle_client.post("/lti/registrations", data={"a": "b"}, headers=header).status_code == 400
    broken = moodle_client.post(
        "/lti/registrations", data="{", headers=header, content_type="application/json"
    )
    assert broken.status_code == 400


def test_a_pending_tool_opens_only_after_activation(moodle: PretendLms, moodle_app: Flask) -> None:
    client = moodle_app.test_client()
    begun = moodle.begin_registration()
    post(client, begun.parameters["registration_token"], BODY)
    moodle.state.activities[ACTIVITY].client_id = begun.client_id
    with pytest.raises(LaunchRefused):
        moodle.begin_login(LEARNER, ACTIVITY)
    client.post("/enter", data={"user": MANAGER})
    assert client.post(f"/admin/tools/{begun.client_id}/activate").status_code == 303
    assert moodle.begin_login(LEARNER, ACTIVITY)["client_id"] == begun.client_id
    assert client.get(f"/courses/{COURSE}").status_code == 200


def test_the_configuration_of_a_tool_can_be_copied(moodle_client: FlaskClient, tool: Tool) -> None:
    moodle_client.post("/enter", data={"user": MANAGER})
    said = moodle_client.get(f"/admin/tools/{tool.client_id}.json").json or {}
    assert said["issuer"] == ISSUER
    assert said["auth_login_url"] == f"{ISSUER}/lti/auth"
    assert said["deployment_ids"] == ["1"]
    assert moodle_client.get("/admin/tools/none.json").status_code == 404
    assert moodle_client.post("/admin/tools/none/activate").status_code == 404
