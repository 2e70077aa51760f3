"""A host as small as can be: it signs launches, and its key set is served without a network."""

import datetime as dt
import functools
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from sca_lms import clock
from sca_lms.database import db, transaction
from sca_lms.lti import outbound
from sca_lms.lti.models import Deployment, DeploymentState, Platform, PlatformState
from sca_lms.lti.outbound import Answer, Outbound, Unreachable

TOOL = "https://tool.example.org"
TARGET = f"{TOOL}/lti/launch"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
LEARNER, INSTRUCTOR = MEMBERSHIP + "Learner", MEMBERSHIP + "Instructor"


@functools.lru_cache
def rsa_key(kid: str) -> RSAKey:
    """Make a key once for all tests of a process; making one is slow."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True)


class Network(Outbound):
    """What stands at the other end of the wire; it counts who asks."""

    def __init__(self) -> None:
        super().__init__(allow_private=True)
        self.places: dict[str, Callable[[], Answer]] = {}
        self.asked: list[str] = []

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = 0,
    ) -> Answer:
        self.asked.append(url)
        if url not in self.places:
            raise Unreachable("nobody is there")
        return self.places[url]()

    def serve(
        self, url: str, document: object, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        told = dict(headers or {})
        self.places[url] = lambda: Answer(status, told, content, url)


@dataclass
class Host:
    """One registered platform."""

    app: Flask
    network: Network
    issuer: str = "https://lms.example.edu"
    client_id: str = "client-1"
    deployment_id: str = "1"
    kid: str = "key-1"
    profile: str = "generic"
    login_query: str = ""
    platform_id: int = 0
    signs_with: str = field(init=False)

    def __post_init__(self) -> None:
        self.signs_with = self.kid

    @property
    def jwks_url(self) -> str:
        return f"{self.issuer}/{self.client_id}/jwks.json"

    @property
    def auth_url(self) -> str:
        return f"{self.issuer}/auth{self.login_query}"

    def register(self, *, state: PlatformState = PlatformState.ACTIVE) -> "Host":
        with self.app.app_context(), transaction():
            platform = Platform(
                name="มหาวิทยาลัยตัวอย่าง",
                issuer=self.issuer,
                client_id=self.client_id,
                auth_login_url=self.auth_url,
                auth_token_url=f"{self.issuer}/token",
                jwks_url=self.jwks_url,
                token_audience=None,
                profile=self.profile,
                state=state,
                created_at=clock.now(),
            )
            db.session.add(platform)
            db.session.flush()
            self.platform_id = platform.id
        self.deploy(self.deployment_id)
        self.publish(self.kid)
        return self

    def deploy(self, deployment_id: str, state: DeploymentState = DeploymentState.ACTIVE) -> None:
        with self.app.app_context(), transaction():
            db.session.add(
                Deployment(
                    platform_id=self.platform_id,
                    deployment_id=deployment_id,
                    state=state,
                    first_seen_at=clock.now(),
                    approved_at=clock.now(),
                )
            )

    def publish(self, *kids: str, cache_control: str = "") -> None:
        keys = [{**rsa_key(kid).as_dict(private=False), "alg": "RS256"} for kid in kids]
        self.network.serve(self.jwks_url, {"keys": keys}, headers={"Cache-Control": cache_control})

    def claims(self, nonce: str, /, **changes: object) -> dict[str, object]:
        """Return a complete resource launch of a learner; a change to None removes the claim."""
        at = int(clock.now().timestamp())
        told: dict[str, object] = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": "learner-5",
            "nonce": nonce,
            "iat": at,
            "exp": at + 60,
            LTI + "message_type": "LtiResourceLinkRequest",
            LTI + "version": "1.3.0",
            LTI + "deployment_id": self.deployment_id,
            LTI + "target_link_uri": TARGET,
            LTI + "resource_link": {"id": "link-1", "title": "บทเรียนแรก"},
            LTI + "roles": [LEARNER],
            LTI + "context": {
                "id": "course-2",
                "label": "SCA2",
                "title": "SCA รุ่นที่ 2",
                "type": ["CourseSection"],
            },
            "name": "ปวีณา แก้วมณี",
            "given_name": "ปวีณา",
            "family_name": "แก้วมณี",
            "email": "paweena@example.org",
            LTI + "launch_presentation": {"locale": "th", "return_url": f"{self.issuer}/return?course=2"},
        }
        told.update({_uri(name): value for name, value in changes.items()})
        return {name: value for name, value in told.items() if value is not None}

    def sign(self, claims: object, **header: object) -> str:
        payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        protected = {"typ": "JWT", "alg": "RS256", "kid": self.signs_with, **header}
        protected = {name: value for name, value in protected.items() if value is not None}
        key = rsa_key(self.signs_with)
        registry = jws.JWSRegistry(algorithms=["RS256", "RS512", "PS256"], strict_check_header=False)
        registry.max_payload_length = registry.max_header_length = 10_000_000
        return jws.serialize_compact(protected, payload, key, registry=registry)


def _uri(name: str) -> str:
    named = {"ags": AGS, "nrps": NRPS, "deep_linking_settings": DEEP_LINKING}
    if name in named:
        return named[name]
    plain = {
        "iss",
        "aud",
        "sub",
        "nonce",
        "iat",
        "exp",
        "nbf",
        "azp",
        "name",
        "given_name",
        "family_name",
        "email",
    }
    return name if name in plain else LTI + name


@dataclass
class Login:
    """A login that has been sent to the host: what the host has to give back."""

    state: str
    nonce: str
    location: str
    parameters: dict[str, str]


class Browser:
    """A browser with the host's page open."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> TestResponse:
        return self.client.get(path, base_url=TOOL, query_string=dict(query or {}))

    def post(self, path: str, fields: Mapping[str, object], **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(path, data=dict(fields), base_url=TOOL, headers=named)

    def start(self, host: Host, **changes: str | None) -> TestResponse:
        """Send the login of a host by POST; a change to None leaves a parameter out."""
        given: dict[str, str | None] = {
            "iss": host.issuer,
            "login_hint": "5",
            "target_link_uri": TARGET,
            "client_id": host.client_id,
            "lti_message_hint": '{"cmid":3,"launchid":"one"}',
            **changes,
        }
        fields = {name: value for name, value in given.items() if value is not None}
        return self.post("/lti/login", fields)

    def log_in(self, host: Host, **changes: str | None) -> Login:
        answer = self.start(host, **changes)
        if answer.status_code == 200:
            found = re.search(r'data-next="([^"]+)"', answer.text)
            assert found, answer.text
            location = found[1].replace("&amp;", "&")
        else:
            assert answer.status_code == 302, answer.text
            location = answer.location
        told = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        return Login(told["state"], told["nonce"], location, told)

    def answer(self, login: Login, token: str) -> TestResponse:
        """Post what the host answered."""
        return self.post("/lti/launch", {"id_token": token, "state": login.state})

    def launch(self, host: Host, **changes: object) -> TestResponse:
        """Go the whole way as the host's browser does; changes are made to the claims."""
        login = self.log_in(host)
        return self.answer(login, host.sign(host.claims(login.nonce, **changes)))

    def forget_cookies(self) -> None:
        self.client = self.app.test_client()


def refused_with(answer: TestResponse) -> str:
    """Return the code of a refused launch, after checking that it was refused as promised."""
    assert answer.status_code in {400, 401, 403}, (answer.status_code, answer.text[:2000])
    code = answer.headers["X-Error-Code"]
    assert f'data-error-code="{code}"' in answer.text
    assert answer.mimetype == "text/html"
    assert "sca_lms=" not in " ".join(answer.headers.getlist("Set-Cookie"))
    return code


def accepted(answer: TestResponse) -> str:
    """Return where an accepted launch leads, after checking that it was accepted as promised."""
    assert answer.status_code == 303, (answer.headers.get("X-Error-Code"), answer.text[:2000])
    return answer.location


def seconds(count: float) -> dt.timedelta:
    return dt.timedelta(seconds=count)


def fresh_id() -> str:
    return uuid.uuid4().hex


def connected(app: Flask) -> Network:
    """Give an application a network without sockets."""
    network = Network()
    app.extensions[outbound.EXTENSION] = network
    return network


def count(app: Flask, model: type) -> int:
    """Return how many rows a table has."""
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
