"""A host registers itself by an invite: against the pretend LMS, and against hosts that mean no good."""

import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.courses.models import AuditEvent
from sca_lms.database import db, transaction
from sca_lms.demo.personalities import PERSONALITIES
from sca_lms.demo.serving import RunningPlatform
from sca_lms.demo.settings import PlatformSettings
from sca_lms.demo.site import ALL_SCOPES, SiteState
from sca_lms.lti import invites
from sca_lms.lti.models import Deployment, DeploymentState, Platform, PlatformState, RegistrationInvite
from sca_lms.lti.refused_registration import RegistrationRefused, Trouble
from sca_lms.lti.registration_documents import (
    CANVAS_CONFIGURATION,
    TOOL_CONFIGURATION,
    read_configuration,
)
from tests.lti.host_server import HostServer, Said, closed_port, running_host

TOOL = "https://tool.example.org"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"


@pytest.fixture
def host() -> Iterator[HostServer]:
    with running_host() as running:
        yield running


def invite(app: Flask, *, approves: bool = False, hours: int = 72) -> str:
    with app.app_context(), transaction():
        return invites.make_invite(lifetime=dt.timedelta(hours=hours), approves=approves, at=clock.now())


def configuration(host: HostServer, **changes: object) -> dict[str, object]:
    described: dict[str, object] = {
        "issuer": host.url,
        "authorization_endpoint": f"{host.url}/auth",
        "token_endpoint": f"{host.url}/token",
        "jwks_uri": f"{host.url}/jwks",
        "registration_endpoint": f"{host.url}/register",
        "scopes_supported": ["openid", *ALL_SCOPES],
        "claims_supported": ["sub", "iss", "name"],
        PLATFORM: {
            "product_family_code": "moodle",
            "version": "4.5",
            "messages_supported": [{"type": "LtiResourceLinkRequest"}, {"type": "LtiDeepLinkingRequest"}],
            "variables": ["Context.id.history"],
        },
        **changes,
    }
    return {name: value for name, value in described.items() if value is not None}


def offer(host: HostServer, **changes: object) -> None:
    host.serve("/configuration", Said.of(configuration(host, **changes)))
    host.serve("/register", Said.of({"client_id": "abc", TOOL_CONFIGURATION: {"deployment_id": "7"}}))


def parameters(host: HostServer, token: str) -> dict[str, str]:
    return {
        "invite": token,
        "openid_configuration": f"{host.url}/configuration",
        "registration_token": "one-time-token",
    }


def look(client: FlaskClient, given: dict[str, str], language: str = "en") -> TestResponse:
    return client.get(
        "/lti/register", query_string=given, base_url=TOOL, headers={"Accept-Language": language}
    )


def register(client: FlaskClient, given: dict[str, str]) -> TestResponse:
    return client.post("/lti/register", data=given, base_url=TOOL, headers={"Accept-Language": "en"})


def refused(answer: TestResponse) -> str:
    assert 400 <= answer.status_code < 500, answer.text
    code = answer.headers["X-Error-Code"]
    assert f'data-error-code="{code}"' in answer.text
    return code


def platforms(app: Flask) -> list[Platform]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Platform)))


def deployments(app: Flask) -> dict[str, DeploymentState]:
    with app.app_context():
        return {each.deployment_id: each.state for each in db.session.scalars(sa.select(Deployment))}


def begin_at(app: Flask, running: RunningPlatform) -> dict[str, str]:
    begun = running.lms.begin_registration()
    return {"invite": invite(app), **begun.parameters}


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


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Said(200, b"<html>Log in</html>"), "configuration-unreadable"),
        (
            Said(200, b'{"issuer": "https://a.example", "issuer": "https://b.example"}'),
            "configuration-unreadable",
        ),
        (Said(200, b"[" * 100_000), "configuration-unreadable"),
        (Said(200, b"[]"), "configuration-unreadable"),
        (Said(200, b"{}"), "configuration-incomplete"),
        (Said(403, b"no"), "configuration-refused"),
        (Said(200, b" " * 300_000), "host-unreachable"),
        (Said(302, b"", {"Location": "http://169.254.169.254/latest/meta-data"}), "host-unreachable"),
        (Said(302, b"", {"Location": "/configuration"}), "host-unreachable"),
    ],
)
def test_a_configuration_that_is_none_is_named(
    app: Flask, client: FlaskClient, host: HostServer, said: Said, code: str
) -> None:
    host.serve("/configuration", said)
    given = parameters(host, invite(app))
    assert refused(look(client, given)) == code
    assert refused(register(client, given)) == code
    assert platforms(app) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"issuer": "https://other.example.org"}, "issuer-mismatch"),
        ({"issuer": "https://canvas.instructure.com"}, "issuer-mismatch"),
        ({"issuer": 7}, "configuration-incomplete"),
        ({"issuer": "javascript:alert(1)"}, "host-address-refused"),
        ({"token_endpoint": None}, "configuration-incomplete"),
        ({"jwks_uri": "file:///etc/passwd"}, "host-address-refused"),
        ({"authorization_endpoint": "https://user:secret@lms.example.org/"}, "host-address-refused"),
        ({"registration_endpoint": "https://collector.example.org/"}, "registration-endpoint-foreign"),
        ({"token_endpoint_auth_methods_supported": ["client_secret_basic"]}, "method-missing"),
    ],
)
def test_a_configuration_that_cannot_be_right_is_refused(
    app: Flask, client: FlaskClient, host: HostServer, changes: dict[str, object], code: str
) -> None:
    offer(host, **changes)
    assert refused(register(client, parameters(host, invite(app)))) == code
    assert host.requests("/register") == []
    assert platforms(app) == []


@pytest.mark.parametrize(
    ("issuer_path", "document_path", "is_its_own"),
    [
        ("", "/mod/lti/openid-configuration.php", True),
        ("/", "/mod/lti/openid-configuration.php", True),
        ("/moodle", "/moodle/mod/lti/openid-configuration.php", True),
        ("/moodle/", "/moodle/mod/lti/openid-configuration.php", True),
        ("/moodle", "/.well-known/openid-configuration/moodle", True),
        ("/moodle", "/moodle/.well-known/openid-configuration", True),
        ("/moodle", "/mod/lti/openid-configuration.php", False),
        ("/moodle", "/moodle2/openid-configuration", False),
        ("/moodle", "/other/moodle/openid-configuration", False),
        ("/moodle", "/moodle/../other/openid-configuration", False),
        ("/moodle", "/moodle/%2e%2e/other/openid-configuration", False),
        ("/moodle", "/.well-known/openid-configuration/other", False),
    ],
)
def test_of_several_hosts_under_one_name_none_speaks_for_another(
    host: HostServer, issuer_path: str, document_path: str, is_its_own: bool
) -> None:
    document = configuration(host, issuer=host.url + issuer_path)
    if is_its_own:
        read = read_configuration(document, url=host.url + document_path, allow_private=True)
        assert read.issuer == host.url + issuer_path
    else:
        with pytest.raises(RegistrationRefused) as caught:
            read_configuration(document, url=host.url + document_path, allow_private=True)
        assert caught.value.reason is Trouble.ISSUER_MISMATCH


@pytest.mark.parametrize(
    "said",
    [
        Said(200, b"<html>ok</html>"),
        Said.of([]),
        Said.of({}),
        Said.of({"client_id": ""}),
        Said.of({"client_id": True}),
        Said.of({"client_id": "x" * 300}),
        Said.of({"client_id": "a\u0000b"}),
    ],
)
def test_an_answer_without_a_client_id_is_told(
    app: Flask, client: FlaskClient, host: HostServer, said: Said
) -> None:
    offer(host)
    host.serve("/register", said)
    assert refused(register(client, parameters(host, invite(app)))) == "registration-answer-unreadable"


def test_names_of_a_host_are_shown_as_text(app: Flask, client: FlaskClient, host: HostServer) -> None:
    product = {
        "product_family_code": "<script>alert(1)</script>",
        "version": "\u0000\u202e<img src=x>",
        "https://canvas.instructure.com/lti/account_name": "<script>alert(2)</script>" * 50,
    }
    offer(host, **{PLATFORM: product})
    given = parameters(host, invite(app))
    for page in (look(client, given).text, register(client, given).text):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    [platform] = platforms(app)
    assert len(platform.name) <= 200


def test_a_host_that_does_not_answer_is_no_defect(app: Flask, client: FlaskClient) -> None:
    given = {
        "invite": invite(app),
        "openid_configuration": f"http://127.0.0.1:{closed_port()}/configuration",
        "registration_token": "t",
    }
    assert refused(look(client, given)) == "host-unreachable"


@pytest.mark.parametrize(
    "address",
    [
        "http://lms.example.org/configuration",
        "https://127.0.0.1/configuration",
        "https://[::1]/configuration",
        "https://[::ffff:10.0.0.1]/configuration",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/configuration",
        "https://router.local/configuration",
        "https://2130706433/configuration",
        "https://0x7f000001/configuration",
        "https://lms.example.org:0/configuration",
        "https://user:secret@lms.example.org/configuration",
        "gopher://lms.example.org/",
        "https://lms.example.org/a b",
        "configuration",
        "https://[broken/configuration",
    ],
)
def test_no_invite_reaches_into_the_private_network(settings: Settings, address: str) -> None:
    app = create_app(replace(settings, allow_private_platforms=False))
    with app.app_context():
        db.session.remove()
    given = {"invite": invite(app), "openid_configuration": address, "registration_token": "t"}
    try:
        assert refused(look(app.test_client(), given)) in {"host-address-refused", "host-unreachable"}
        assert refused(register(app.test_client(), given)) in {"host-address-refused", "host-unreachable"}
        assert platforms(app) == []
    finally:
        with app.app_context():
            db.engine.dispose()


def test_the_frame_is_the_host_that_asks(app: Flask, client: FlaskClient, host: HostServer) -> None:
    offer(host)
    given = parameters(host, invite(app))
    answer = client.get(
        "/lti/register",
        query_string=given,
        base_url=TOOL,
        headers={"Referer": "https://school.example.org/admin?tool=1"},
    )
    policy = answer.headers["Content-Security-Policy"]
    assert f"frame-ancestors https://school.example.org {host.url}" in policy
    assert "X-Frame-Options" not in answer.headers
