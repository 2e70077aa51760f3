"""A launch whose browser brought no cookie of ours goes on: by the host's storage, a click, or a new tab."""

import datetime as dt

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms import clock
from sca_lms.courses.sessions import WebSession
from sca_lms.database import db, transaction
from sca_lms.lti.models import Deployment, LoginAttempt, Platform, PlatformState
from tests.lti.platform_double import TOOL, Browser, Host, accepted, count, refused_with


def _set_aside(visitor: Browser, host: Host, **login: str) -> tuple[str, str]:
    """Arrive without the cookie; return the ticket, and the secret the login page gave to the host."""
    page = visitor.start(host, lti_storage_target="_parent", **login).text
    secret = page.split('data-value="')[1].split('"')[0]
    state = page.split("state=")[1].split("&amp;")[0]
    nonce = page.split("nonce=")[1].split("&amp;")[0]
    visitor.forget_cookies()
    answer = visitor.post("/lti/launch", {"state": state, "id_token": host.sign(host.claims(nonce))})
    assert refused_with(answer) == "browser-unproven"
    return answer.text.split('name="ticket" value="')[1].split('"')[0], secret


OURS = {"Sec_Fetch_Site": "same-origin", "Origin": TOOL}


def test_a_browser_without_our_cookie_is_asked_to_continue(visitor: Browser, host: Host) -> None:
    login = visitor.log_in(host)
    visitor.forget_cookies()
    answer = visitor.answer(login, host.sign(host.claims(login.nonce)))
    assert refused_with(answer) == "browser-unproven"
    for words in ("ปวีณา แก้วมณี", "SCA รุ่นที่ 2", 'value="here"', 'value="new-tab"', 'target="_blank"'):
        assert words in answer.text
    assert 'value="storage"' not in answer.text
    assert f"frame-ancestors {host.issuer}" in answer.headers["Content-Security-Policy"]


def test_the_secret_that_the_host_kept_proves_the_browser(app: Flask, visitor: Browser, host: Host) -> None:
    ticket, secret = _set_aside(visitor, host)
    answer = visitor.post("/lti/continue", {"ticket": ticket, "method": "storage", "secret": secret}, **OURS)
    assert accepted(answer) == "/courses/1/"
    assert count(app, WebSession) == 1


def test_where_no_cookie_survives_the_session_travels_in_the_address(
    app: Flask, visitor: Browser, host: Host
) -> None:
    ticket, secret = _set_aside(visitor, host)
    visitor.forget_cookies()
    answer = visitor.post("/lti/continue", {"ticket": ticket, "method": "storage", "secret": secret}, **OURS)
    location = accepted(answer)
    assert location.startswith("/-/")
    assert location.endswith("/courses/1/")
    assert not any("sca_lms=" in value for value in answer.headers.getlist("Set-Cookie"))
    with app.app_context():
        assert db.session.scalars(sa.select(WebSession)).one().is_tab


@pytest.mark.parametrize("secret", ["", "wrong", "ก" * 100])
def test_a_wrong_secret_opens_nothing_and_leaves_the_ticket(
    visitor: Browser, host: Host, secret: str
) -> None:
    ticket, right = _set_aside(visitor, host)
    wrong = {"ticket": ticket, "method": "storage", "secret": secret}
    assert refused_with(visitor.post("/lti/continue", wrong, **OURS)) == "browser-unproven"
    accepted(visitor.post("/lti/continue", {**wrong, "secret": right}, **OURS))


def test_a_person_may_confirm_on_our_own_page(app: Flask, visitor: Browser, host: Host) -> None:
    ticket, _ = _set_aside(visitor, host)
    visitor.forget_cookies()
    location = accepted(visitor.post("/lti/continue", {"ticket": ticket, "method": "here"}, **OURS))
    assert location.startswith("/-/")
    with app.app_context():
        assert db.session.scalars(sa.select(LoginAttempt)).one().claims is None


@pytest.mark.parametrize("keeps_cookies", [True, False])
def test_a_new_tab_first_shows_whether_it_keeps_cookies(
    app: Flask, visitor: Browser, host: Host, keeps_cookies: bool
) -> None:
    ticket, _ = _set_aside(visitor, host)
    visitor.forget_cookies()
    fields = {"ticket": ticket, "method": "new-tab"}
    first = visitor.post("/lti/continue", fields, **OURS)
    assert first.status_code == 200
    assert 'name="looked"' in first.text
    assert count(app, WebSession) == 0
    if not keeps_cookies:
        visitor.forget_cookies()
    location = accepted(visitor.post("/lti/continue", {**fields, "looked": "1"}, **OURS))
    assert location.startswith("/-/") is not keeps_cookies


def test_a_frame_with_access_gets_a_cookie_without_a_partition(visitor: Browser, host: Host) -> None:
    ticket, _ = _set_aside(visitor, host)
    visitor.forget_cookies()
    visitor.client.set_cookie("__Host-sca_access", "1", domain="tool.example.org", secure=True)
    answer = visitor.post("/lti/continue", {"ticket": ticket, "method": "here"}, **OURS)
    assert accepted(answer) == "/courses/1/"
    [cookie] = [value for value in answer.headers.getlist("Set-Cookie") if "sca_lms=" in value]
    assert "Partitioned" not in cookie
    for part in ("__Host-sca_lms=", "Secure", "HttpOnly", "SameSite=None", "Path=/"):
        assert part in cookie


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec_Fetch_Site": "cross-site", "Origin": TOOL},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_nobody_can_be_signed_in_as_somebody_else_by_another_page(
    app: Flask, visitor: Browser, host: Host, headers: dict[str, str]
) -> None:
    ticket, secret = _set_aside(visitor, host)
    for method in ("here", "new-tab", "storage"):
        fields = {"ticket": ticket, "method": method, "secret": secret}
        assert refused_with(visitor.post("/lti/continue", fields, **headers)) == "browser-unproven"
    assert count(app, WebSession) == 0


def test_a_method_that_nobody_offered_is_refused(visitor: Browser, host: Host) -> None:
    ticket, _ = _set_aside(visitor, host)
    assert (
        refused_with(visitor.post("/lti/continue", {"ticket": ticket, "method": "x"}, **OURS))
        == "browser-unproven"
    )


def test_a_ticket_works_once_and_for_two_minutes(visitor: Browser, host: Host) -> None:
    began = clock.now()
    with time_machine.travel(began, tick=False):
        ticket, late = _set_aside(visitor, host)[0], _set_aside(visitor, host)[0]
        accepted(visitor.post("/lti/continue", {"ticket": ticket, "method": "here"}, **OURS))
        again = visitor.post("/lti/continue", {"ticket": ticket, "method": "here"}, **OURS)
        assert refused_with(again) == "ticket-expired"
    with time_machine.travel(began + dt.timedelta(minutes=2), tick=False):
        answer = visitor.post("/lti/continue", {"ticket": late, "method": "here"}, **OURS)
        assert refused_with(answer) == "ticket-expired"


def test_a_launch_that_was_set_aside_cannot_be_posted_again(visitor: Browser, host: Host) -> None:
    login = visitor.log_in(host)
    visitor.forget_cookies()
    token = host.sign(host.claims(login.nonce))
    refused_with(visitor.answer(login, token))
    assert refused_with(visitor.answer(login, token)) == "state-used"


def test_a_deployment_that_is_not_approved_is_refused_before_anybody_is_asked_to_continue(
    app: Flask, visitor: Browser, host: Host
) -> None:
    login = visitor.log_in(host)
    visitor.forget_cookies()
    answer = visitor.answer(login, host.sign(host.claims(login.nonce, deployment_id="9")))
    assert refused_with(answer) == "deployment-inactive"
    assert (count(app, WebSession), count(app, Deployment)) == (0, 2)


def test_a_platform_that_is_switched_off_meanwhile_does_not_let_anybody_continue(
    app: Flask, visitor: Browser, host: Host
) -> None:
    ticket, _ = _set_aside(visitor, host)
    with app.app_context(), transaction():
        db.session.get_one(Platform, host.platform_id).state = PlatformState.DISABLED
    answer = visitor.post("/lti/continue", {"ticket": ticket, "method": "here"}, **OURS)
    assert refused_with(answer) == "platform-inactive"
    assert count(app, WebSession) == 0
