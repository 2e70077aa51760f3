"""The self-test says in words which setting of which side is wrong."""

import datetime as dt
import email.utils
import time
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from flask import Flask

from sca_lms import clock
from sca_lms.config import settings
from sca_lms.database import db, transaction
from sca_lms.demo.personalities import PERSONALITIES
from sca_lms.demo.platform import register_standard_tool
from sca_lms.demo.serving import RunningPlatform
from sca_lms.demo.settings import PlatformSettings
from sca_lms.demo.site import SiteState
from sca_lms.lti import platforms, self_test
from sca_lms.lti.configuration import ToolAddresses
from sca_lms.lti.host_addresses import PlatformDetails
from sca_lms.lti.models import Platform, PlatformState
from sca_lms.lti.outbound import Answer
from sca_lms.lti.self_test import Outcome, Step
from tests.lti.host_server import Asked, HostServer, Said, closed_port, running_host
from tests.lti.platform_double import rsa_key

TOOL = "https://tool.example.org"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"


@pytest.fixture
def host() -> Iterator[HostServer]:
    with running_host() as running:
        running.serve("/auth", Said(400, b"login first"))
        running.serve("/jwks", Said.of({"keys": [rsa_key("host").as_dict(private=False)]}))
        running.serve("/token", Said.of({"access_token": "t", "expires_in": 3600}))
        yield running


def add(app: Flask, url: str, **changes: object) -> int:
    details = PlatformDetails(
        name="Host",
        issuer=url,
        client_id="abc",
        auth_login_url=f"{url}/auth",
        auth_token_url=f"{url}/token",
        jwks_url=f"{url}/jwks",
        profile="moodle",
        **changes,  # type: ignore[arg-type]  # Tests name real fields.
    )
    with app.app_context(), transaction():
        return platforms.add_platform(details, allow_private=True, at=clock.now()).id


def examine(app: Flask, platform_id: int, *, budget: float = 11.0) -> dict[str, Step]:
    with app.app_context():
        steps = self_test.examine(
            db.session.get_one(Platform, platform_id),
            addresses=ToolAddresses(TOOL),
            allow_private=settings().allow_private_platforms,
            now=clock.now,
            budget=budget,
        )
        assert all(str(step.title) and str(step.sentence) for step in steps)
    return {step.name: step for step in steps}


def said(app: Flask, step: Step) -> str:
    with app.app_context():
        return str(step.sentence)


def test_a_healthy_host_passes_every_step(app: Flask, host: HostServer) -> None:
    steps = examine(app, add(app, host.url))
    assert {step.outcome for step in steps.values()} == {Outcome.OK}
    assert list(steps) == [
        "state",
        "login",
        "key-set",
        "clock",
        "token-lineitem",
        "token-lineitem.readonly",
        "token-result.readonly",
        "token-score",
        "token-contextmembership.readonly",
    ]


@pytest.mark.parametrize("personality", ["moodle", "canvas", "openedx"])
def test_the_pretend_lms_passes(app: Flask, personality: str) -> None:
    site = SiteState()
    register_standard_tool(site, TOOL, client_id="abc")
    pretend = PlatformSettings(
        base_url="",
        site=site,
        personality=PERSONALITIES[personality],
        fetch_tool_keys=lambda _url: app.test_client().get("/lti/jwks.json", base_url=TOOL).json,
    )
    with RunningPlatform(pretend) as running:
        addresses = running.lms.addresses
        details = PlatformDetails(
            name="Pretend LMS",
            issuer=addresses.base,
            client_id="abc",
            auth_login_url=addresses.authorization,
            auth_token_url=addresses.tokens,
            jwks_url=addresses.keys,
            profile=personality,
        )
        with app.app_context(), transaction():
            platform_id = platforms.add_platform(details, allow_private=True, at=clock.now()).id
        steps = examine(app, platform_id)
    assert {name: step.outcome for name, step in steps.items() if step.outcome is not Outcome.OK} == {}


def test_each_service_is_asked_for_by_itself(app: Flask, host: HostServer) -> None:
    examine(app, add(app, host.url))
    asked = [parse_qs(each.body.decode())["scope"] for each in host.requests("/token")]
    assert len(asked) == 5
    assert all(len(scope) == 1 and " " not in scope[0] for scope in asked)


def test_a_service_that_is_switched_off_is_named_alone(app: Flask, host: HostServer) -> None:
    def give(asked: Asked) -> Said:
        if parse_qs(asked.body.decode())["scope"] == [SCORE]:
            return Said.of({"error": "invalid_scope"}, status=400)
        return Said.of({"access_token": "t"})

    host.serve("/token", give)
    steps = examine(app, add(app, host.url))
    assert [name for name, step in steps.items() if step.outcome is Outcome.FAULT] == ["token-score"]
    assert "Manage tools" in said(app, steps["token-score"])


def test_a_service_left_out_of_the_token_is_noticed(app: Flask, host: HostServer) -> None:
    host.serve("/token", Said.of({"access_token": "t", "scope": SCORE}))
    steps = examine(app, add(app, host.url))
    assert steps["token-score"].outcome is Outcome.OK
    assert steps["token-lineitem"].outcome is Outcome.FAULT


def test_a_host_that_does_not_know_us_is_asked_once_and_both_sides_are_named(
    app: Flask, host: HostServer
) -> None:
    host.serve("/token", Said.of({"error": "invalid_client"}, status=401))
    steps = examine(app, add(app, host.url))
    assert steps["token-lineitem"].outcome is Outcome.FAULT
    sentence = said(app, steps["token-lineitem"])
    assert f"{TOOL}/lti/jwks.json" in sentence
    assert "Public keyset" in sentence
    assert "token_audience" in sentence
    assert steps["token-score"].outcome is Outcome.SKIPPED
    assert len(host.requests("/token")) == 1


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (Said(404, b"no"), "404"),
        (Said(200, b"<html>log in</html>"), "JSON"),
        (Said.of({"keys": "none"}), "no key set"),
        (Said.of({"keys": []}), "no key"),
        (Said.of({"keys": [{"kty": "RSA", "kid": "a", "n": "AQAB", "e": "AQAB"}]}), "no key"),
        (Said.of({"keys": [{"kty": "oct", "kid": "a", "k": "c2VjcmV0"}]}), "no key"),
    ],
)
def test_a_key_set_that_cannot_be_used_is_described(
    app: Flask, host: HostServer, answer: Said, word: str
) -> None:
    host.serve("/jwks", answer)
    step = examine(app, add(app, host.url))["key-set"]
    assert step.outcome is Outcome.FAULT
    assert word in english(app, step)


def english(app: Flask, step: Step) -> str:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        return str(step.sentence)


@pytest.mark.parametrize(
    ("seconds", "outcome"),
    [
        (0, Outcome.OK),
        (30, Outcome.WARNING),
        (-30, Outcome.WARNING),
        (300, Outcome.FAULT),
        (-300, Outcome.FAULT),
    ],
)
def test_the_clocks_are_compared(app: Flask, seconds: int, outcome: Outcome) -> None:
    at = clock.now()
    written = email.utils.format_datetime(at + dt.timedelta(seconds=seconds), usegmt=True)
    answer = Answer(200, {"Date": written}, b"{}", "https://lms.example.org")
    assert self_test.compare_clocks(answer, at=at).outcome is outcome


def test_a_host_without_a_clock_is_not_blamed(app: Flask) -> None:
    answer = Answer(200, {}, b"{}", "https://lms.example.org")
    assert self_test.compare_clocks(answer, at=clock.now()).outcome is Outcome.SKIPPED


def test_a_dead_host_is_given_up_quickly(app: Flask) -> None:
    steps = examine(app, add(app, f"http://127.0.0.1:{closed_port()}"))
    assert steps["login"].outcome is Outcome.WARNING
    assert steps["key-set"].outcome is Outcome.FAULT
    assert "jwks_url" in said(app, steps["key-set"])
    assert steps["token-lineitem"].outcome is Outcome.FAULT
    assert steps["token-score"].outcome is Outcome.SKIPPED


def test_a_host_that_hangs_uses_up_no_more_than_the_budget(app: Flask, host: HostServer) -> None:
    host.serve("/jwks", lambda _asked: _slowly(1.0))
    host.serve("/token", lambda _asked: _slowly(1.0))
    platform_id = add(app, host.url)
    began = time.monotonic()
    steps = examine(app, platform_id, budget=1.2)
    assert time.monotonic() - began < 3
    assert Outcome.SKIPPED in {step.outcome for step in steps.values()}


def _slowly(seconds: float) -> Said:
    time.sleep(seconds)
    return Said.of({"keys": []})


@pytest.mark.parametrize("state", [PlatformState.PENDING, PlatformState.DISABLED])
def test_a_host_that_is_not_let_in_is_the_first_thing_said(
    app: Flask, host: HostServer, state: PlatformState
) -> None:
    platform_id = add(app, host.url)
    with app.app_context(), transaction():
        db.session.get_one(Platform, platform_id).state = state
    assert examine(app, platform_id)["state"].outcome is Outcome.FAULT


def test_an_address_that_became_private_is_not_asked(app: Flask, host: HostServer) -> None:
    platform_id = add(app, host.url)
    with app.app_context():
        steps = self_test.examine(
            db.session.get_one(Platform, platform_id),
            addresses=ToolAddresses(TOOL),
            allow_private=False,
            now=clock.now,
        )
    assert [step.name for step in steps[1:]] == [
        "address-auth_login_url",
        "address-auth_token_url",
        "address-jwks_url",
    ]
    assert host.asked == []
