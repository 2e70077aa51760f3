"""A registration is refused where a host says what cannot be right, does not answer, or means no good."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.database import db
from sca_lms.lti.refused_registration import RegistrationRefused, Trouble
from sca_lms.lti.registration_documents import (
    read_configuration,
)
from tests.lti.host_server import HostServer, Said, closed_port, running_host
from tests.lti.registration_world import (
    PLATFORM,
    TOOL,
    configuration,
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
