"""The authorization endpoint lets nothing pass that Moodle would not."""

import json

import pytest
from flask.testing import FlaskClient
from joserfc import jws

from sca_lms.demo.launches import LTI
from sca_lms.demo.lms import LaunchRefused, PretendLms
from sca_lms.demo.oidc import AuthorizationPage
from sca_lms.demo.personalities import CANVAS, MOODLE, OPENEDX
from sca_lms.demo.platform import lms_of
from tests.demo.conftest import MakePlatform
from tests.demo.counterpart import NONCE, STATE, Tool, open_token
from tests.demo.site import ACTIVITY, CLASSMATE, ISSUER, LEARNER, MANAGER, STRANGER, TOOL_URL


def test_the_login_carries_what_moodle_sends_and_no_storage(moodle: PretendLms) -> None:
    login = moodle.begin_login(LEARNER, ACTIVITY)
    assert login["iss"] == ISSUER
    assert login["login_hint"] == LEARNER
    assert login["lti_deployment_id"] == "1"
    assert login["target_link_uri"] == f"{TOOL_URL}/lti/launch"
    assert login["lti_message_hint"].startswith('{"cmid":11,"launchid":"')
    assert set(login) == {
        *("iss", "target_link_uri", "login_hint", "lti_message_hint", "client_id", "lti_deployment_id")
    }


def test_a_good_request_gets_a_signed_launch(moodle: PretendLms, tool: Tool) -> None:
    answer = moodle.authorize(tool.request_for(moodle.begin_login(LEARNER, ACTIVITY), moodle), LEARNER)
    assert answer.redirect_uri == f"{TOOL_URL}/lti/launch"
    assert answer.fields["state"] == STATE
    claims = open_token(answer.fields["id_token"], moodle)
    assert (claims["nonce"], claims["sub"], claims["aud"]) == (NONCE, LEARNER, tool.client_id)
    issued, expires = claims["iat"], claims["exp"]
    assert isinstance(issued, int)
    assert isinstance(expires, int)
    assert expires - issued == 60


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": ""}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
        ({"login_hint": ""}, "invalid_request"),
        ({"scope": "openid profile"}, "invalid_scope"),
        ({"response_type": "code"}, "unsupported_response_type"),
        ({"response_mode": ""}, "invalid_request"),
        ({"response_mode": "query"}, "invalid_request"),
        ({"prompt": "login"}, "invalid_request"),
        ({"login_hint": CLASSMATE}, "access_denied"),
        ({"lti_message_hint": "ltilaunch_made-up"}, "invalid_request"),
        ({"lti_message_hint": ""}, "invalid_request"),
    ],
)
def test_a_wrong_request_is_answered_to_the_tool(
    moodle: PretendLms, tool: Tool, changes: dict[str, str], error: str
) -> None:
    request = tool.request_for(moodle.begin_login(LEARNER, ACTIVITY), moodle, **changes)
    answer = moodle.authorize(request, LEARNER)
    assert answer.fields["error"] == error
    assert answer.fields["state"] == STATE
    assert "id_token" not in answer.fields


def test_the_prompt_may_be_absent(moodle: PretendLms, tool: Tool) -> None:
    request = tool.request_for(moodle.begin_login(LEARNER, ACTIVITY), moodle, prompt="")
    assert "id_token" in moodle.authorize(request, LEARNER).fields


def test_a_hint_that_was_written_anew_is_unknown(moodle: PretendLms, tool: Tool) -> None:
    login = moodle.begin_login(LEARNER, ACTIVITY)
    login["lti_message_hint"] = login["lti_message_hint"].replace(":", ": ")
    assert moodle.authorize(tool.request_for(login, moodle), LEARNER).fields["error"] == "invalid_request"


def test_a_launch_can_be_asked_for_once(moodle: PretendLms, tool: Tool) -> None:
    request = tool.request_for(moodle.begin_login(LEARNER, ACTIVITY), moodle)
    moodle.authorize(request, LEARNER)
    second = moodle.authorize(request, LEARNER)
    assert second.fields["error"] == "invalid_request"


@pytest.mark.parametrize("person", [CLASSMATE, None])
def test_a_launch_of_somebody_else_is_denied(moodle: PretendLms, tool: Tool, person: str | None) -> None:
    request = tool.request_for(moodle.begin_login(LEARNER, ACTIVITY), moodle)
    assert moodle.authorize(request, person).fields["error"] == "access_denied"


@pytest.mark.parametrize(
    "address",
    [
        f"{TOOL_URL}/lti/launch/",
        f"{TOOL_URL}/lti/launch?activity=hrs",
        "http://127.0.0.1:9100/LTI/launch",
        "",
    ],
)
def test_an_unregistered_address_is_told_nothing(moodle: PretendLms, tool: Tool, address: str) -> None:
    request = tool.request_for(moodle.begin_login(LEARNER, ACTIVITY), moodle, redirect_uri=address)
    with pytest.raises(AuthorizationPage):
        moodle.authorize(request, LEARNER)


def test_an_unknown_client_sees_a_page(moodle: PretendLms, tool: Tool, moodle_client: FlaskClient) -> None:
    moodle_client.post("/enter", data={"user": LEARNER})
    request = tool.request_for(moodle.begin_login(LEARNER, ACTIVITY), moodle) | {"client_id": "other"}
    answer = moodle_client.get("/lti/auth", query_string=request)
    assert answer.status_code == 400
    assert "client_id" in answer.text


def test_another_tool_cannot_fetch_the_launch(moodle: PretendLms, tool: Tool) -> None:
    moodle.state.register_tool(
        "rival",
        initiate_login_uri="https://rival.example.org/login",
        redirect_uris=["https://rival.example.org/launch"],
        jwks_uri="https://rival.example.org/keys",
        target_link_uri="https://rival.example.org/launch",
    )
    request = tool.request_for(moodle.begin_login(LEARNER, ACTIVITY), moodle)
    request |= {"client_id": "rival", "redirect_uri": "https://rival.example.org/launch"}
    assert moodle.authorize(request, LEARNER).fields["error"] == "unauthorized_client"


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_endpoint_answers_get_and_post_by_a_form(
    moodle: PretendLms, tool: Tool, moodle_client: FlaskClient, method: str
) -> None:
    moodle_client.post("/enter", data={"user": LEARNER})
    request = tool.request_for(moodle.begin_login(LEARNER, ACTIVITY), moodle)
    if method == "get":
        answer = moodle_client.get("/lti/auth", query_string=request)
    else:
        answer = moodle_client.post("/lti/auth", data=request)
    assert f'action="{TOOL_URL}/lti/launch"' in answer.text
    assert 'name="id_token"' in answer.text


def test_without_a_cookie_the_request_is_sent_once_more(
    moodle: PretendLms, tool: Tool, moodle_client: FlaskClient
) -> None:
    request = tool.request_for(moodle.begin_login(LEARNER, ACTIVITY), moodle)
    first = moodle_client.get("/lti/auth", query_string=request)
    assert 'name="repost"' in first.text
    assert 'action="/lti/auth"' in first.text
    assert "Set-Cookie" not in first.headers
    moodle_client.post("/enter", data={"user": LEARNER})
    assert 'name="id_token"' in moodle_client.post("/lti/auth", data={**request, "repost": "1"}).text


def test_who_is_still_logged_out_after_the_repost_is_denied(
    moodle: PretendLms, tool: Tool, moodle_client: FlaskClient
) -> None:
    request = tool.request_for(moodle.begin_login(LEARNER, ACTIVITY), moodle)
    answer = moodle_client.post("/lti/auth", data={**request, "repost": "1"})
    assert 'value="access_denied"' in answer.text


def test_a_stranger_cannot_open_an_activity(moodle: PretendLms) -> None:
    with pytest.raises(LaunchRefused):
        moodle.begin_login(STRANGER, ACTIVITY)


def test_canvas_names_a_storage_frame_and_its_own_deployment_parameter(make_platform: MakePlatform) -> None:
    login = lms_of(make_platform(CANVAS)).begin_login(LEARNER, ACTIVITY)
    assert login["lti_storage_target"] == "pretend-storage"
    assert login["deployment_id"] == "1"
    assert "lti_deployment_id" not in login
    assert not login["lti_message_hint"].startswith("{")


def test_openedx_begins_by_a_redirect_and_moodle_by_a_form(make_platform: MakePlatform) -> None:
    for personality, status in ((OPENEDX, 302), (MOODLE, 200)):
        client = make_platform(personality).test_client()
        client.post("/enter", data={"user": MANAGER})
        answer = client.get(f"/activities/{ACTIVITY}/launch")
        assert answer.status_code == status
        wanted = answer.headers.get("Location", "") if status == 302 else answer.text
        assert f"{TOOL_URL}/lti/login" in wanted


def test_a_forged_form_can_change_and_drop_claims(moodle: PretendLms) -> None:
    form = moodle.launch_form(
        LEARNER,
        ACTIVITY,
        state="s",
        nonce="n",
        overrides={"exp": 22222},
        without=[LTI + "version"],
        header={"kid": "unknown", "typ": None},
    )
    written = jws.extract_compact(form["id_token"].encode())
    claims = json.loads(written.payload)
    assert form["state"] == "s"
    assert written.headers() == {"alg": "RS256", "kid": "unknown"}
    assert claims["exp"] == 22222
    assert LTI + "version" not in claims
