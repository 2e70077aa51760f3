"""A launch is let in once, for the browser, host, client and target for which its login began."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms import clock
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.sessions import SessionGrant, WebSession
from sca_lms.database import db, transaction
from sca_lms.lti.models import Deployment, DeploymentState, LaunchTrace, Platform, PlatformState
from tests.lti.platform_double import (
    INSTRUCTOR,
    TOOL,
    Browser,
    Host,
    Network,
    accepted,
    count,
    refused_with,
    rsa_key,
)


def test_a_learner_launches_and_lands_in_the_course(app: Flask, visitor: Browser, host: Host) -> None:
    answer = visitor.launch(host)
    assert accepted(answer) == "/courses/1/"
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if "sca_lms=" in value)
    for part in ("__Host-sca_lms=", "Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
        assert part in cookie
    with app.app_context():
        grant = db.session.scalars(sa.select(SessionGrant)).one()
        assert grant.frame_origin == host.issuer
        assert grant.return_url == f"{host.issuer}/return?course=2"
        assert grant.launch_locale == "th"


def test_the_cookie_of_the_login_is_taken_back_once_it_has_served(visitor: Browser, host: Host) -> None:
    cookies = visitor.launch(host).headers.getlist("Set-Cookie")
    dropped = [value for value in cookies if value.startswith("__Host-sca_login_")]
    assert len(dropped) == 1
    assert "Max-Age=0" in dropped[0]


def test_the_frame_may_stand_in_the_page_that_the_host_names(
    app: Flask, visitor: Browser, host: Host
) -> None:
    visitor.launch(host, launch_presentation={"return_url": "https://school.example.edu:8443/back"})
    with app.app_context():
        assert (
            db.session.scalars(sa.select(SessionGrant)).one().frame_origin
            == "https://school.example.edu:8443"
        )


@pytest.mark.parametrize("fields", [{}, {"state": "x"}, {"id_token": "x"}, {"id_token": "", "state": ""}])
def test_a_launch_without_its_parts_is_refused(visitor: Browser, host: Host, fields: dict[str, str]) -> None:
    assert refused_with(visitor.post("/lti/launch", fields)) == "launch-incomplete"


def test_opening_the_launch_address_by_hand_is_explained(visitor: Browser, host: Host) -> None:
    assert refused_with(visitor.get("/lti/launch")) == "launch-incomplete"
    assert refused_with(visitor.get("/lti/continue")) == "ticket-expired"


def test_a_host_that_breaks_off_says_why(visitor: Browser, host: Host) -> None:
    login = visitor.log_in(host)
    answer = visitor.post(
        "/lti/launch",
        {"error": "login_required", "error_description": "<b>No session</b>", "state": login.state},
    )
    assert refused_with(answer) == "host-refused"
    assert "login_required &lt;b&gt;No session&lt;/b&gt;" in answer.text


def test_an_error_of_the_host_does_not_use_the_login_up(visitor: Browser, host: Host) -> None:
    login = visitor.log_in(host)
    visitor.post("/lti/launch", {"error": "server_error", "state": login.state})
    accepted(visitor.answer(login, host.sign(host.claims(login.nonce))))


def test_a_state_that_nobody_gave_out_is_refused(visitor: Browser, host: Host) -> None:
    login = visitor.log_in(host)
    token = host.sign(host.claims(login.nonce))
    for state in ("invented", "x" * 10_000, "ก\x00"):
        assert (
            refused_with(visitor.post("/lti/launch", {"id_token": token, "state": state})) == "state-unknown"
        )


@pytest.mark.parametrize("place", [0, 40, 43, 50, -1])
def test_a_state_that_was_changed_is_refused(visitor: Browser, host: Host, place: int) -> None:
    login = visitor.log_in(host)
    letters = list(login.state)
    letters[place] = "A" if letters[place] != "A" else "B"
    fields = {"id_token": host.sign(host.claims(login.nonce)), "state": "".join(letters)}
    assert refused_with(visitor.post("/lti/launch", fields)) == "state-unknown"


def test_a_used_state_does_not_work_again_when_it_is_spelled_differently(
    visitor: Browser, host: Host
) -> None:
    """The last character of a base64 text may carry bits that mean nothing."""
    login = visitor.log_in(host)
    token = host.sign(host.claims(login.nonce))
    accepted(visitor.answer(login, token))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for letter in alphabet:
        answer = visitor.post("/lti/launch", {"id_token": token, "state": login.state[:-1] + letter})
        assert refused_with(answer) in {"state-used", "state-unknown"}
    for spelled in (login.state + "=", login.state + "==", " " + login.state, login.state + "A"):
        answer = visitor.post("/lti/launch", {"id_token": token, "state": spelled})
        assert refused_with(answer) == "state-unknown"


def test_a_page_that_is_loaded_again_much_later_is_told_so(visitor: Browser, host: Host) -> None:
    """By then the token is too old as well, but that is not what went wrong."""
    login = visitor.log_in(host)
    token = host.sign(host.claims(login.nonce))
    accepted(visitor.answer(login, token))
    with time_machine.travel(clock.now() + dt.timedelta(minutes=5), tick=False):
        assert refused_with(visitor.answer(login, token)) == "state-used"


def test_a_launch_works_once(app: Flask, visitor: Browser, host: Host) -> None:
    login = visitor.log_in(host)
    token = host.sign(host.claims(login.nonce))
    accepted(visitor.answer(login, token))
    assert refused_with(visitor.answer(login, token)) == "state-used"
    assert count(app, WebSession) == 1


def test_of_two_launches_at_the_same_instant_one_gets_in(app: Flask, visitor: Browser, host: Host) -> None:
    login = visitor.log_in(host)
    token = host.sign(host.claims(login.nonce))
    cookie = visitor.client.get_cookie(_login_cookie(visitor), domain="tool.example.org")
    assert cookie is not None

    def post(_: int) -> int:
        other = Browser(app)
        other.client.set_cookie(cookie.key, cookie.value, domain="tool.example.org")
        return other.answer(login, token).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(post, range(4)))
    assert statuses == [303, 401, 401, 401]


def _login_cookie(visitor: Browser) -> str:
    header = visitor.get("/lti/privacy").request.headers["Cookie"]
    return next(part.split("=")[0].strip() for part in header.split(";") if "sca_login_" in part)


def test_a_login_is_good_for_ten_minutes(visitor: Browser, host: Host) -> None:
    began = clock.now()
    with time_machine.travel(began, tick=False):
        login, late = visitor.log_in(host), visitor.log_in(host)
    with time_machine.travel(began + dt.timedelta(minutes=9, seconds=59), tick=False):
        accepted(visitor.answer(login, host.sign(host.claims(login.nonce))))
    with time_machine.travel(began + dt.timedelta(minutes=10), tick=False):
        assert refused_with(visitor.answer(late, host.sign(host.claims(late.nonce)))) == "state-expired"


def test_the_nonce_of_another_login_is_refused(visitor: Browser, host: Host) -> None:
    login, other = visitor.log_in(host), visitor.log_in(host)
    token = host.sign(host.claims(other.nonce))
    assert refused_with(visitor.answer(login, token)) == "nonce-mismatch"


def test_several_tabs_may_log_in_at_once_and_finish_in_any_order(visitor: Browser, host: Host) -> None:
    logins = [visitor.log_in(host) for _ in range(5)]
    for login in reversed(logins):
        accepted(visitor.answer(login, host.sign(host.claims(login.nonce))))


def test_a_launch_in_another_browser_opens_nothing(app: Flask, visitor: Browser, host: Host) -> None:
    login = visitor.log_in(host)
    stranger = Browser(app)
    stranger.log_in(host)
    answer = stranger.answer(login, host.sign(host.claims(login.nonce)))
    assert refused_with(answer) == "browser-unproven"
    assert count(app, WebSession) == 0
    assert count(app, Person) == 0


def test_a_launch_for_another_target_than_its_login_is_refused(visitor: Browser, host: Host) -> None:
    answer = visitor.launch(host, target_link_uri=f"{TOOL}/elsewhere")
    assert refused_with(answer) == "target-mismatch"
    answer = visitor.launch(host, target_link_uri="https://evil.example/lti/launch")
    assert refused_with(answer) == "target-foreign"


def test_the_token_of_another_host_is_refused(
    app: Flask, visitor: Browser, host: Host, network: Network
) -> None:
    other = Host(app, network, issuer="https://other.example.edu", kid="key-2").register()
    login = visitor.log_in(host)
    assert refused_with(visitor.answer(login, other.sign(other.claims(login.nonce)))) == "key-unknown"


def test_another_tenant_of_a_shared_issuer_cannot_get_in(
    app: Flask, visitor: Browser, host: Host, network: Network
) -> None:
    """Both institutions have the issuer and its keys in common; only the client tells them apart."""
    other = Host(app, network, client_id="client-2").register()
    login = visitor.log_in(host)
    assert refused_with(visitor.answer(login, other.sign(other.claims(login.nonce)))) == "audience-mismatch"


def test_a_host_that_is_switched_off_between_login_and_launch_is_refused(
    app: Flask, visitor: Browser, host: Host
) -> None:
    login = visitor.log_in(host)
    with app.app_context(), transaction():
        db.session.get_one(Platform, host.platform_id).state = PlatformState.DISABLED
    assert refused_with(visitor.answer(login, host.sign(host.claims(login.nonce)))) == "platform-inactive"


def test_an_unknown_deployment_waits_for_approval(app: Flask, visitor: Browser, host: Host) -> None:
    answer = visitor.launch(host, deployment_id="7")
    assert refused_with(answer) == "deployment-inactive"
    assert "<code>7</code>" in answer.text
    assert refused_with(visitor.launch(host, deployment_id="7")) == "deployment-inactive"
    assert (count(app, Person), count(app, Course), count(app, WebSession)) == (0, 0, 0)
    with app.app_context(), transaction():
        waiting = db.session.scalars(sa.select(Deployment).where(Deployment.deployment_id == "7")).one()
        assert (waiting.state, waiting.approved_at) == (DeploymentState.INACTIVE, None)
        waiting.state = DeploymentState.ACTIVE
    accepted(visitor.launch(host, deployment_id="7"))


def test_a_flood_of_unknown_deployments_is_bounded(app: Flask, visitor: Browser, host: Host) -> None:
    with app.app_context(), transaction():
        for number in range(100):
            db.session.add(
                Deployment(
                    platform_id=host.platform_id, deployment_id=f"flood-{number}",
                    state=DeploymentState.INACTIVE, first_seen_at=clock.now(), approved_at=None,
                )
            )  # fmt: skip
    assert refused_with(visitor.launch(host, deployment_id="one too many")) == "deployment-inactive"
    assert count(app, Deployment) == 101


def test_a_key_that_the_host_exchanges_is_accepted_at_its_next_launch(visitor: Browser, host: Host) -> None:
    accepted(visitor.launch(host))
    host.publish("key-2")
    host.signs_with = "key-2"
    accepted(visitor.launch(host))


def test_a_key_set_that_cannot_be_had_is_a_refused_launch(
    visitor: Browser, host: Host, network: Network
) -> None:
    network.places.clear()
    answer = visitor.launch(host)
    assert refused_with(answer) == "keyset-unreachable"
    assert "nobody is there" in answer.text


def test_a_launch_without_a_subject_is_a_guest_who_may_read(app: Flask, visitor: Browser, host: Host) -> None:
    answer = visitor.launch(host, sub=None, name=None, custom={"activity": "quiz:Q1"})
    assert accepted(answer) == "/courses/1/"
    assert (count(app, Person), count(app, Enrolment)) == (0, 0)
    with app.app_context():
        grant = db.session.scalars(sa.select(SessionGrant)).one()
        assert (grant.person_id, grant.enrolment_id) == (None, None)


def test_a_refused_launch_keeps_a_trace_that_names_nobody(app: Flask, visitor: Browser, host: Host) -> None:
    answer = visitor.launch(host, version="1.1", roles=[INSTRUCTOR])
    assert refused_with(answer) == "version-unsupported"
    with app.app_context():
        trace = db.session.scalars(sa.select(LaunchTrace)).one()
        assert trace.reference in answer.text
        assert trace.platform_id == host.platform_id
        assert trace.facts["version"] == "1.1"
        assert trace.facts["issuer"] == host.issuer
        assert "Instructor" in str(trace.facts["roles"])
        kept = str(trace.facts)
    for secret in ("ปวีณา", "แก้วมณี", "paweena", "learner-5"):
        assert secret not in kept


def test_a_refused_page_speaks_both_languages_to_three_people(visitor: Browser, host: Host) -> None:
    page = visitor.launch(host, version="1.1").text
    for words in (
        "This activity cannot open yet",
        "ยังเปิดกิจกรรมนี้ไม่ได้",
        "Send the code above to your instructor",
        "ส่งรหัสด้านบนให้ผู้สอน",
        "Send the code and the time to your administrator",
        "The launch is of LTI version <code>1.1</code>; this tool takes <code>1.3.0</code>.",
        "No session was opened and no personal data was kept.",
    ):
        assert words in page


def test_the_administrator_reads_the_words_of_their_own_host(
    app: Flask, visitor: Browser, network: Network, host: Host
) -> None:
    canvas = Host(app, network, issuer="https://canvas.instructure.com", profile="canvas").register()
    page = visitor.start(canvas, target_link_uri="https://elsewhere.example/").text
    assert "LMS" in page
    page = visitor.launch(canvas, target_link_uri="https://elsewhere.example/").text
    assert "Target Link URI" in page
    assert "Admin → Developer Keys" in page


def test_a_message_nobody_knows_is_refused_with_an_explanation(visitor: Browser, host: Host) -> None:
    answer = visitor.launch(host, message_type="LtiStartProctoring")
    assert refused_with(answer) == "message-type-unknown"
    assert "LtiStartProctoring" in answer.text


def test_a_body_that_is_no_form_or_too_large_is_refused(visitor: Browser, host: Host) -> None:
    sent = visitor.client.post(
        "/lti/launch", data=b'{"id_token": 1}', base_url=TOOL, content_type="application/json"
    )
    assert refused_with(sent) == "launch-incomplete"
    sent = visitor.client.post(
        "/lti/launch", data=b"\xff\xfe", base_url=TOOL, content_type="multipart/form-data; boundary=x"
    )
    assert refused_with(sent) == "launch-incomplete"
    login = visitor.log_in(host)
    huge = visitor.post("/lti/launch", {"state": login.state, "id_token": "a." * 600_000})
    assert refused_with(huge) == "token-too-large"
    large = visitor.post("/lti/launch", {"state": login.state, "id_token": "a" * 200_000 + ".b.c"})
    assert refused_with(large) == "token-too-large"


def test_private_keys_of_hosts_are_never_needed(host: Host) -> None:
    assert rsa_key(host.kid).is_private
