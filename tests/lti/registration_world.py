"""A host that offers itself for registration, and the pages by which it is registered."""

import datetime as dt

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms import clock
from sca_lms.database import db, transaction
from sca_lms.demo.serving import RunningPlatform
from sca_lms.demo.site import ALL_SCOPES
from sca_lms.lti import invites
from sca_lms.lti.models import Deployment, DeploymentState, Platform
from sca_lms.lti.registration_documents import (
    TOOL_CONFIGURATION,
)
from tests.lti.host_server import HostServer, Said

TOOL = "https://tool.example.org"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"


def invite(app: Flask, *, approves: bool = False, hours: int = 72) -> str:
    """Make an invite and return its token."""
    with app.app_context(), transaction():
        return invites.make_invite(lifetime=dt.timedelta(hours=hours), approves=approves, at=clock.now())


def configuration(host: HostServer, **changes: object) -> dict[str, object]:
    """Return what a host says of itself; None leaves a field out."""
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
    """Let the host answer both requests well."""
    host.serve("/configuration", Said.of(configuration(host, **changes)))
    host.serve("/register", Said.of({"client_id": "abc", TOOL_CONFIGURATION: {"deployment_id": "7"}}))


def parameters(host: HostServer, token: str) -> dict[str, str]:
    """Return what the page is opened with."""
    return {
        "invite": token,
        "openid_configuration": f"{host.url}/configuration",
        "registration_token": "one-time-token",
    }


def look(client: FlaskClient, given: dict[str, str], language: str = "en") -> TestResponse:
    """Open the page of an invite."""
    return client.get(
        "/lti/register", query_string=given, base_url=TOOL, headers={"Accept-Language": language}
    )


def register(client: FlaskClient, given: dict[str, str]) -> TestResponse:
    """Confirm it."""
    return client.post("/lti/register", data=given, base_url=TOOL, headers={"Accept-Language": "en"})


def refused(answer: TestResponse) -> str:
    """Return the code of a refused registration, which the page and its header share."""
    assert 400 <= answer.status_code < 500, answer.text
    code = answer.headers["X-Error-Code"]
    assert f'data-error-code="{code}"' in answer.text
    return code


def platforms(app: Flask) -> list[Platform]:
    """Return the hosts that are registered."""
    with app.app_context():
        return list(db.session.scalars(sa.select(Platform)))


def deployments(app: Flask) -> dict[str, DeploymentState]:
    """Return the deployments that are known."""
    with app.app_context():
        return {each.deployment_id: each.state for each in db.session.scalars(sa.select(Deployment))}


def begin_at(app: Flask, running: RunningPlatform) -> dict[str, str]:
    """Return what a real host opens the page with."""
    begun = running.lms.begin_registration()
    return {"invite": invite(app), **begun.parameters}
