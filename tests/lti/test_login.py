"""A login is answered by sending the browser to the host that was registered, and to no other."""

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.database import db, transaction
from sca_lms.lti import attempts, queries
from sca_lms.lti.models import LoginAttempt, PlatformState
from tests.lti.platform_double import TARGET, TOOL, Browser, Host, Network, refused_with


def rows(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(LoginAttempt)) or 0


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_login_leads_to_the_host_with_everything_it_asks_for(
    visitor: Browser, host: Host, method: str
) -> None:
    fields = {"iss": host.issuer, "login_hint": "5", "target_link_uri": TARGET, "client_id": host.client_id}
    fields["lti_message_hint"] = '{"cmid":3,"launchid":"one"}'
    answer = visitor.get("/lti/login", fields) if method == "GET" else visitor.post("/lti/login", fields)
    assert answer.status_code == 302
    parts = urlsplit(answer.location)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == host.auth_url
    told = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert len(told.pop("state")) >= 40
    assert len(told.pop("nonce")) >= 40
    assert told == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": host.client_id,
        "redirect_uri": f"{TOOL}/lti/launch",
        "login_hint": "5",
        "lti_message_hint": '{"cmid":3,"launchid":"one"}',
    }


def test_the_cookie_of_a_login_belongs_to_it_alone_and_goes_nowhere_else(
    visitor: Browser, host: Host
) -> None:
    (cookie,) = visitor.start(host).headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-sca_login_")
    for part in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/", "Max-Age=600"):
        assert part in cookie
    assert "Domain" not in cookie


def test_a_login_writes_nothing_so_a_flood_of_them_fills_no_table(
    app: Flask, visitor: Browser, host: Host
) -> None:
    for _ in range(20):
        visitor.log_in(host)
    assert rows(app) == 0


def test_of_a_login_that_came_back_only_hashes_are_kept(app: Flask, visitor: Browser, host: Host) -> None:
    login = visitor.log_in(host)
    visitor.answer(login, host.sign(host.claims(login.nonce)))
    with app.app_context():
        kept = db.session.scalars(sa.select(LoginAttempt)).one()
        assert kept.state_hash == attempts.hashed(login.state)
        assert (kept.claims, kept.ticket_hash) == (None, None)


@pytest.mark.parametrize("missing", ["iss", "login_hint", "target_link_uri"])
def test_an_incomplete_login_is_refused(app: Flask, visitor: Browser, host: Host, missing: str) -> None:
    for value in (None, "", "a\x00b"):
        assert refused_with(visitor.start(host, **{missing: value})) == "login-incomplete"
    assert rows(app) == 0


def test_a_host_that_nobody_registered_is_refused(visitor: Browser, host: Host) -> None:
    assert refused_with(visitor.start(host, iss="https://unknown.example")) == "issuer-unknown"
    assert refused_with(visitor.start(host, iss=host.issuer + "/")) == "issuer-unknown"
    assert refused_with(visitor.start(host, client_id="other")) == "client-unknown"


def test_a_client_is_not_needed_where_an_issuer_has_one_registration(visitor: Browser, host: Host) -> None:
    assert visitor.log_in(host, client_id=None).parameters["client_id"] == host.client_id


def test_a_client_is_needed_where_institutions_share_an_issuer(
    app: Flask, visitor: Browser, host: Host, network: Network
) -> None:
    other = Host(app, network, client_id="client-2").register()
    assert refused_with(visitor.start(host, client_id=None)) == "client-missing"
    assert visitor.log_in(other).parameters["client_id"] == "client-2"


def test_a_switched_off_registration_does_not_make_an_issuer_shared(
    app: Flask, visitor: Browser, host: Host, network: Network
) -> None:
    Host(app, network, client_id="client-2").register(state=PlatformState.DISABLED)
    assert visitor.log_in(host, client_id=None).parameters["client_id"] == host.client_id


@pytest.mark.parametrize("state", [PlatformState.PENDING, PlatformState.DISABLED])
def test_a_host_that_is_not_active_is_refused(
    app: Flask, visitor: Browser, network: Network, host: Host, state: PlatformState
) -> None:
    waiting = Host(app, network, issuer="https://waiting.example.edu").register(state=state)
    assert refused_with(visitor.start(waiting)) == "platform-inactive"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/lti/launch",
        "https://tool.example.org.evil.example/",
        "https://tool.example.org@evil.example/",
        "https://user@tool.example.org/lti/launch",
        "http://tool.example.org/lti/launch",
        "https://tool.example.org:444/lti/launch",
        "https://tool.example.org/..\\evil",
        "https://tool.example.org/a/../../b",
        "//tool.example.org/lti/launch",
        "/lti/launch",
        "javascript:alert(1)",
        "https://[",
        "nonsense",
    ],
)
def test_a_target_that_is_not_ours_is_refused(visitor: Browser, host: Host, target: str) -> None:
    assert refused_with(visitor.start(host, target_link_uri=target)) == "target-foreign"


@pytest.mark.parametrize(
    "target", [TARGET, TOOL, f"{TOOL}/", "https://TOOL.example.org:443/lti/launch?a=b", f"{TOOL}/courses/5/"]
)
def test_any_address_of_the_tool_is_a_good_target(visitor: Browser, host: Host, target: str) -> None:
    assert visitor.start(host, target_link_uri=target).status_code == 302


def test_what_the_hosts_address_has_as_a_query_stays_as_it_is(
    app: Flask, visitor: Browser, network: Network, host: Host
) -> None:
    other = Host(app, network, issuer="https://q.example.edu", login_query="?tenant=a%2Fb&x=").register()
    location = visitor.log_in(other).location
    assert location.startswith("https://q.example.edu/auth?tenant=a%2Fb&x=&scope=openid&")


def test_hints_are_given_back_to_the_letter(visitor: Browser, host: Host) -> None:
    hint = "ก&\"<x>' %2F +/=?#"
    told = visitor.log_in(host, login_hint=hint, lti_message_hint=hint).parameters
    assert (told["login_hint"], told["lti_message_hint"]) == (hint, hint)


@pytest.mark.parametrize("name", ["login_hint", "lti_message_hint", "client_id", "iss", "lti_storage_target"])
def test_absurdly_long_or_unfit_values_are_refused(visitor: Browser, host: Host, name: str) -> None:
    assert refused_with(visitor.start(host, **{name: "x" * 20_000})) in {"login-incomplete", "issuer-unknown"}
    assert refused_with(visitor.start(host, **{name: "a\x00"})) == "login-incomplete"


def test_html_in_a_login_is_shown_as_text(visitor: Browser, host: Host) -> None:
    page = visitor.start(host, iss="<script>alert(1)</script>").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_login_that_names_a_storage_frame_is_answered_by_a_page_that_uses_it(
    visitor: Browser, host: Host
) -> None:
    answer = visitor.start(host, lti_storage_target="_parent")
    assert answer.status_code == 200
    assert 'data-frame="_parent"' in answer.text
    assert f'data-origin="{host.issuer}"' in answer.text
    assert "lti.js" in answer.text
    assert f'href="{host.auth_url}?scope=openid' in answer.text
    assert "__Host-sca_login_" in answer.headers["Set-Cookie"]
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert f"frame-ancestors {host.issuer}" in answer.headers["Content-Security-Policy"]


def test_a_browser_that_never_finishes_its_logins_does_not_drown_in_cookies(
    visitor: Browser, host: Host
) -> None:
    for _ in range(60):
        visitor.start(host)
    request = visitor.client.get("/lti/privacy", base_url=TOOL).request
    assert len(request.headers.get("Cookie", "")) < 3_000


def test_used_states_are_swept_without_any_worker_once_nobody_could_use_them_again(
    app: Flask, host: Host
) -> None:
    began, secret = clock.now(), app.config["SECRET_KEY"]

    def one(at: dt.datetime) -> None:
        opened = attempts.open_attempt(platform, TARGET, None, secret_key=secret, at=at)
        attempts.use(attempts.find_attempt(opened.state, secret_key=secret, at=at), at=at)

    with app.app_context(), transaction():
        platform = queries.find_for_login(host.issuer, host.client_id)
        for _ in range(attempts.SWEEP_EVERY - 1):
            one(began)
        later = began + attempts.LIFETIME + attempts.TICKET_LIFETIME
        one(later)
        assert db.session.scalars(sa.select(LoginAttempt.used_at)).all() == [later]
