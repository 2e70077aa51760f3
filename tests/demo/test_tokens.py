"""A service token is given only to who proves to be a registered tool."""

import datetime as dt
import json

import pytest
import time_machine
from flask.testing import FlaskClient

from sca_lms.demo.lms import PretendLms
from sca_lms.demo.personalities import CANVAS, OPENEDX
from sca_lms.demo.platform import lms_of
from sca_lms.demo.service_views import LINE_ITEMS
from sca_lms.demo.site import SCOPE_LINE_ITEM, SCOPE_ROSTER, SCOPE_SCORE, ToolState
from tests.demo.conftest import MakePlatform
from tests.demo.counterpart import Tool, new_key
from tests.demo.site import COURSE

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
LISTING = f"/lti/services/{COURSE}/lineitems"


def error_of(text: str) -> object:
    return json.loads(text)["error"]


def test_moodle_answers_json_that_is_called_html(
    moodle: PretendLms, moodle_client: FlaskClient, tool: Tool
) -> None:
    answer = tool.ask_token(moodle_client, moodle, f"{SCOPE_SCORE} {SCOPE_LINE_ITEM}")
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    granted = json.loads(answer.text)
    assert granted["expires_in"] == 3600
    assert set(granted["scope"].split()) == {SCOPE_SCORE, SCOPE_LINE_ITEM}


def test_others_call_it_json(make_platform: MakePlatform, tool: Tool) -> None:
    app = make_platform(CANVAS)
    assert tool.ask_token(app.test_client(), lms_of(app), SCOPE_SCORE).mimetype == "application/json"


def test_unknown_scopes_are_dropped_and_none_left_is_refused(
    moodle: PretendLms, moodle_client: FlaskClient, tool: Tool
) -> None:
    granted = json.loads(tool.ask_token(moodle_client, moodle, f"{SCOPE_SCORE} urn:other").text)
    assert granted["scope"] == SCOPE_SCORE
    refused = tool.ask_token(moodle_client, moodle, "urn:other")
    assert (refused.status_code, error_of(refused.text)) == (400, "invalid_scope")


def test_scopes_that_the_registration_did_not_bring_are_not_given(
    moodle: PretendLms, moodle_client: FlaskClient, tool: Tool
) -> None:
    moodle.state.tools[tool.client_id].scopes = (SCOPE_ROSTER,)
    assert tool.ask_token(moodle_client, moodle, SCOPE_SCORE).status_code == 400


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "urn:other"}, "invalid_request"),
        ({"client_assertion": ""}, "invalid_request"),
        ({"client_assertion": "no.jwt"}, "invalid_client"),
        ({"scope": ""}, "invalid_scope"),
    ],
)
def test_a_malformed_request_is_refused(
    moodle: PretendLms, moodle_client: FlaskClient, tool: Tool, form: dict[str, str], error: str
) -> None:
    answer = tool.ask_token(moodle_client, moodle, SCOPE_SCORE, form=form)
    assert (answer.status_code, error_of(answer.text)) == (400, error)


def test_json_is_not_a_form(moodle_client: FlaskClient) -> None:
    assert moodle_client.post("/lti/token", json={"grant_type": "client_credentials"}).status_code == 400


def test_a_strangers_signature_is_refused(moodle: PretendLms, moodle_client: FlaskClient, tool: Tool) -> None:
    answer = tool.ask_token(moodle_client, moodle, SCOPE_SCORE, key=new_key())
    assert error_of(answer.text) == "invalid_client"


@pytest.mark.parametrize("changes", [{"sub": "other"}, {"exp": 22222}, {"exp": None}, {"iat": 99999999999}])
def test_a_wrong_assertion_is_refused(
    moodle: PretendLms, moodle_client: FlaskClient, tool: Tool, changes: dict[str, object]
) -> None:
    answer = tool.ask_token(moodle_client, moodle, SCOPE_SCORE, claims=changes)
    assert (answer.status_code, error_of(answer.text)) == (400, "invalid_client")


def test_a_pending_tool_gets_no_token(moodle: PretendLms, moodle_client: FlaskClient, tool: Tool) -> None:
    moodle.state.tools[tool.client_id].state = ToolState.PENDING
    assert tool.ask_token(moodle_client, moodle, SCOPE_SCORE).status_code == 400


@pytest.mark.parametrize("changes", [{"aud": "https://other.example.org"}, {"iss": "other"}, {"jti": None}])
def test_moodle_overlooks_what_canvas_demands(
    make_platform: MakePlatform,
    moodle: PretendLms,
    moodle_client: FlaskClient,
    tool: Tool,
    changes: dict[str, object],
) -> None:
    canvas = make_platform(CANVAS)
    assert tool.ask_token(moodle_client, moodle, SCOPE_SCORE, claims=changes).status_code == 200
    assert (
        tool.ask_token(canvas.test_client(), lms_of(canvas), SCOPE_SCORE, claims=changes).status_code == 400
    )


def test_an_audience_may_be_one_of_several(make_platform: MakePlatform, tool: Tool) -> None:
    canvas = make_platform(CANVAS)
    lms = lms_of(canvas)
    audience = [lms.addresses.base, lms.addresses.tokens]
    assert tool.ask_token(canvas.test_client(), lms, SCOPE_SCORE, claims={"aud": audience}).status_code == 200


def test_canvas_takes_an_assertion_once_and_moodle_again(
    make_platform: MakePlatform, moodle: PretendLms, moodle_client: FlaskClient, tool: Tool
) -> None:
    canvas = make_platform(CANVAS)
    for client, lms, second in ((canvas.test_client(), lms_of(canvas), 400), (moodle_client, moodle, 200)):
        assert tool.ask_token(client, lms, SCOPE_SCORE, claims={"jti": "once"}).status_code == 200
        assert tool.ask_token(client, lms, SCOPE_SCORE, claims={"jti": "once"}).status_code == second


def test_the_tools_keys_are_kept_and_fetched_anew_after_a_rotation(
    moodle: PretendLms, moodle_client: FlaskClient, tool: Tool
) -> None:
    tool.bearer(moodle_client, moodle, SCOPE_SCORE)
    tool.bearer(moodle_client, moodle, SCOPE_SCORE)
    assert tool.fetches == 1
    tool.key = new_key()
    tool.bearer(moodle_client, moodle, SCOPE_SCORE)
    assert tool.fetches == 2


@pytest.mark.parametrize("header", ["", "Bearer made-up", "Basic abc"])
def test_services_demand_a_token(moodle_client: FlaskClient, header: str) -> None:
    answer = moodle_client.get(LISTING, headers={"Authorization": header, "Accept": LINE_ITEMS})
    assert answer.status_code == 401


def test_a_token_ends(moodle: PretendLms, moodle_client: FlaskClient, tool: Tool) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        headers = {**tool.bearer(moodle_client, moodle, SCOPE_LINE_ITEM), "Accept": LINE_ITEMS}
        clock.shift(3599)
        assert moodle_client.get(LISTING, headers=headers).status_code == 200
        clock.shift(1)
        assert moodle_client.get(LISTING, headers=headers).status_code == 401


def test_a_token_can_be_lost_by_the_host(moodle: PretendLms, moodle_client: FlaskClient, tool: Tool) -> None:
    headers = {**tool.bearer(moodle_client, moodle, SCOPE_LINE_ITEM), "Accept": LINE_ITEMS}
    moodle.tokens.revoke_all()
    assert moodle_client.get(LISTING, headers=headers).status_code == 401


def test_the_scope_must_fit_the_call(make_platform: MakePlatform, moodle: PretendLms, tool: Tool) -> None:
    openedx = make_platform(OPENEDX)
    client = openedx.test_client()
    headers = {**tool.bearer(client, lms_of(openedx), SCOPE_ROSTER), "Accept": LINE_ITEMS}
    assert client.get(LISTING, headers=headers).status_code == 403
