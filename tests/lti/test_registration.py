"""A host registers itself by an invite: against the pretend LMS, and against hosts with ways of their own."""

import datetime as dt
import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms import clock
from sca_lms.courses.models import AuditEvent
from sca_lms.database import db, transaction
from sca_lms.demo.personalities import PERSONALITIES
from sca_lms.demo.serving import RunningPlatform
from sca_lms.demo.settings import PlatformSettings
from sca_lms.demo.site import ALL_SCOPES, SiteState
from sca_lms.lti import invites
from sca_lms.lti.models import DeploymentState, PlatformState, RegistrationInvite
from sca_lms.lti.registration_documents import (
    CANVAS_CONFIGURATION,
    TOOL_CONFIGURATION,
)
from tests.lti.host_server import HostServer, Said, running_host
from tests.lti.registration_world import (
    PLATFORM,
    TOOL,
    begin_at,
    deployments,
    invite,
    look,
    offer,
    parameters,
    platforms,
    refused,
    register,
)


@pytest.fixture
def host() -> Iterator[HostServer]:
    with running_host() as running:
        yield running


@pytest.mark.parametrize("personality", ["moodle", "canvas"])
def test_a_real_host_registers_itself_and_waits_for_the_operator(
    app: Flask, client: FlaskClient, personality: str
) -> None:
    settings = PlatformSettings(base_url="", site=SiteState(), personality=PERSONALITIES[personality])
    with RunningPlatform(settings) as running:
        given = begin_at(app, running)
        preview = look(client, given)
        assert preview.status_code == 200, preview.text
        assert "Scores into the gradebook" in preview.text
        assert platforms(app) == []
        done = register(client, given)
        assert done.status_code == 200, done.text
        [tool] = running.lms.state.tools.values()
    [platform] = platforms(app)
    assert platform.issuer == running.url
    assert platform.client_id == tool.client_id
    assert platform.profile == personality
    assert platform.state is PlatformState.PENDING
    assert deployments(app) == {tool.deployment_id: DeploymentState.INACTIVE}
    assert tool.redirect_uris == (f"{TOOL}/lti/launch",)
    assert tool.initiate_login_uri == f"{TOOL}/lti/login"
    assert tool.jwks_uri == f"{TOOL}/lti/jwks.json"
    assert tool.target_link_uri == tool.deep_link_uri == f"{TOOL}/lti/launch"
    assert set(ALL_SCOPES) <= set(tool.scopes)
    assert tool.sends_name
    assert tool.sends_email
    assert "activity" not in tool.custom
    assert "data-close-registration" in done.text


def test_the_page_can_be_sent_twice_without_registering_twice(
    app: Flask, client: FlaskClient, host: HostServer
) -> None:
    offer(host)
    given = parameters(host, invite(app))
    assert register(client, given).status_code == 200
    again = register(client, given)
    assert again.status_code == 200
    assert "SCA LMS is registered" in again.text
    assert "SCA LMS is registered" in look(client, given).text
    assert len(host.requests("/register")) == 1
    assert len(platforms(app)) == 1


def test_of_two_browsers_with_one_invite_one_registers(app: Flask, host: HostServer) -> None:
    offer(host)
    given = parameters(host, invite(app))
    at_the_host, go_on = threading.Event(), threading.Event()

    def slowly(_asked: object) -> Said:
        at_the_host.set()
        go_on.wait(5)
        return Said.of({"client_id": "abc"})

    host.serve("/register", slowly)
    answers: list[TestResponse] = []
    first = threading.Thread(target=lambda: answers.append(register(app.test_client(), given)))
    first.start()
    assert at_the_host.wait(5)
    assert refused(register(app.test_client(), given)) == "registration-under-way"
    go_on.set()
    first.join()
    assert answers[0].status_code == 200
    assert len(platforms(app)) == 1


def test_an_invite_that_approves_lets_the_host_in_at_once(
    app: Flask, client: FlaskClient, host: HostServer
) -> None:
    offer(host)
    register(client, parameters(host, invite(app, approves=True)))
    [platform] = platforms(app)
    assert platform.state is PlatformState.ACTIVE
    assert deployments(app) == {"7": DeploymentState.ACTIVE}
    with app.app_context():
        verbs = list(db.session.scalars(sa.select(AuditEvent.verb).order_by(AuditEvent.id)))
    assert verbs == ["invite-host", "add-host", "add-deployment"]


def test_both_requests_carry_the_registration_token(
    app: Flask, client: FlaskClient, host: HostServer
) -> None:
    offer(host)
    register(client, parameters(host, invite(app)))
    for path in ("/configuration", "/register"):
        assert [each.headers["authorization"] for each in host.requests(path)] == ["Bearer one-time-token"]


def test_the_request_asks_for_what_the_host_has_and_for_one_picker(
    app: Flask, client: FlaskClient, host: HostServer
) -> None:
    offer(host)
    register(client, parameters(host, invite(app)))
    [asked] = host.requests("/register")
    body = asked.json()
    assert body["response_types"] == ["id_token"]
    assert body["token_endpoint_auth_method"] == "private_key_jwt"
    assert str(body["scope"]).split() == [
        f"https://purl.imsglobal.org/spec/lti-ags/scope/{name}"
        for name in ("lineitem", "lineitem.readonly", "result.readonly", "score")
    ] + ["https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"]
    tool = body[TOOL_CONFIGURATION]
    assert isinstance(tool, dict)
    assert tool["domain"] == "tool.example.org"
    assert tool["claims"] == ["iss", "sub", "name"]
    assert tool["custom_parameters"] == {"context_history": "$Context.id.history"}
    assert [message["type"] for message in tool["messages"]] == ["LtiDeepLinkingRequest"]
    assert CANVAS_CONFIGURATION not in body


def test_canvas_is_told_its_own_placements_and_privacy(
    app: Flask, client: FlaskClient, host: HostServer
) -> None:
    canvas = "https://canvas.instructure.com/lti/"
    product = {
        "product_family_code": "canvas",
        f"{canvas}account_name": "Example Institute",
        "messages_supported": [
            {"type": "LtiResourceLinkRequest", "placements": [f"{canvas}course_navigation"]},
            {
                "type": "LtiDeepLinkingRequest",
                "placements": ["ContentArea", f"{canvas}link_selection", f"{canvas}assignment_selection"],
            },
        ],
    }
    offer(host, **{PLATFORM: product})
    register(client, parameters(host, invite(app)))
    [asked] = host.requests("/register")
    body = asked.json()
    tool = body[TOOL_CONFIGURATION]
    assert isinstance(tool, dict)
    assert tool[f"{canvas}privacy_level"] == "public"
    picker, navigation = tool["messages"]
    assert picker["placements"] == [f"{canvas}assignment_selection", f"{canvas}link_selection"]
    assert navigation["placements"] == [f"{canvas}course_navigation"]
    assert body[CANVAS_CONFIGURATION] == {**body[CANVAS_CONFIGURATION], "privacy_level": "public"}  # type: ignore[dict-item]  # It is a mapping.
    [platform] = platforms(app)
    assert platform.profile == "canvas"
    assert platform.name.startswith("Example Institute")


@pytest.mark.parametrize("status", [200, 201])
def test_hosts_say_yes_in_two_ways(app: Flask, client: FlaskClient, host: HostServer, status: int) -> None:
    offer(host)
    host.serve("/register", Said.of({"client_id": 10000000000017}, status=status))
    assert register(client, parameters(host, invite(app))).status_code == 200
    [platform] = platforms(app)
    assert platform.client_id == "10000000000017"
    assert deployments(app) == {}


def test_the_preview_says_what_will_be_missing(app: Flask, client: FlaskClient, host: HostServer) -> None:
    offer(host, scopes_supported=["openid"], claims_supported=["sub", "iss"])
    page = look(client, parameters(host, invite(app))).text
    assert "Without it scores stay in this tool." in page
    assert "Without names, learners choose a name to be shown" in page


def test_the_pages_speak_thai(app: Flask, client: FlaskClient, host: HostServer) -> None:
    offer(host)
    page = look(client, parameters(host, invite(app)), language="th").text
    assert '<html lang="th"' in page
    assert "ส่งคะแนนเข้าสมุดคะแนน" in page


def test_nothing_is_registered_without_an_invite(app: Flask, client: FlaskClient, host: HostServer) -> None:
    offer(host)
    given = parameters(host, invite(app))
    assert refused(look(client, {**given, "invite": ""})) == "invite-missing"
    assert refused(look(client, {**given, "invite": "invented"})) == "invite-unknown"
    assert refused(register(client, {**given, "invite": "x" * 5000})) == "invite-unknown"
    assert host.asked == []


def test_an_invite_ends(app: Flask, client: FlaskClient, host: HostServer) -> None:
    offer(host)
    given = parameters(host, invite(app, hours=1))
    with time_machine.travel(clock.now() + dt.timedelta(hours=2), tick=False):
        assert refused(look(client, given)) == "invite-expired"
        assert refused(register(client, given)) == "invite-expired"
    assert host.asked == []


def test_the_address_opened_in_a_browser_explains_itself(app: Flask, client: FlaskClient) -> None:
    assert refused(look(client, {"invite": invite(app)})) == "host-missing"


def test_only_the_hash_of_an_invite_is_kept(app: Flask) -> None:
    token = invite(app)
    with app.app_context():
        [kept] = db.session.scalars(sa.select(RegistrationInvite))
        assert token not in (kept.token_hash, str(vars(kept)))


def test_a_refusal_of_the_host_is_told_and_can_be_repeated(
    app: Flask, client: FlaskClient, host: HostServer
) -> None:
    offer(host)
    host.serve(
        "/register", Said.of({"error": "invalid_token", "error_description": "<b>used</b>"}, status=400)
    )
    given = parameters(host, invite(app))
    answer = register(client, given)
    assert refused(answer) == "registration-refused"
    assert "400 &lt;b&gt;used&lt;/b&gt;" in answer.text
    assert "<b>used" not in answer.text
    offer(host)
    assert register(client, given).status_code == 200


def test_an_attempt_that_died_frees_its_invite_after_two_minutes(
    app: Flask, client: FlaskClient, host: HostServer
) -> None:
    offer(host)
    token = invite(app)
    given = parameters(host, token)
    with app.app_context():
        found = invites.find_invite(token)
        assert found is not None
        with transaction():
            assert invites.take(found, at=clock.now())
    assert refused(register(client, given)) == "registration-under-way"
    with time_machine.travel(clock.now() + dt.timedelta(minutes=3)):
        assert register(client, given).status_code == 200
