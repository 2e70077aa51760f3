"""The traps of the frozen library, each shown to be closed here.

The numbers are those of our list of thirty. The traps of grades (3–8, 25), rosters (26), deep linking (22,
23) and registration (29), and the scrubbing of service errors (21), are closed beside that code.
"""

import datetime as dt
import threading
from functools import partial

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms import clock
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Role
from sca_lms.courses.sessions import WebSession
from sca_lms.database import db, transaction
from sca_lms.errors import Refused
from sca_lms.lti import keys, outbound, sealing
from sca_lms.lti.models import LoginAttempt
from sca_lms.lti.outbound import BUDGET_SECONDS, CONNECT_SECONDS, READ_SECONDS, Outbound, Unreachable
from sca_lms.lti.refusals import LaunchRefused
from sca_lms.lti.roles import resolve
from tests.lti.host_server import Asked, Said, running_host
from tests.lti.platform_double import (
    LEARNER,
    MEMBERSHIP,
    TARGET,
    TOOL,
    Browser,
    Host,
    Network,
    accepted,
    refused_with,
)

INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"


def test_trap_01_the_key_set_is_fetched_once_for_many_launches_and_again_after_a_rotation(
    visitor: Browser, host: Host, network: Network
) -> None:
    for _ in range(5):
        accepted(visitor.launch(host))
    assert len(network.asked) == 1
    host.publish("key-1", "key-2")
    host.signs_with = "key-2"
    accepted(visitor.launch(host))
    assert len(network.asked) == 2


def test_trap_02_every_request_to_a_host_has_its_time(app: Flask) -> None:
    assert (CONNECT_SECONDS, READ_SECONDS) == (5, 10)
    assert BUDGET_SECONDS < 12
    with app.app_context():
        assert isinstance(outbound.outbound(), Outbound)


def test_trap_09_clocks_may_differ_and_what_must_be_there_is_there(visitor: Browser, host: Host) -> None:
    now = int(clock.now().timestamp())
    accepted(visitor.launch(host, iat=now + 30))
    for claim in ("exp", "iat", "nonce", "aud", "iss"):
        assert refused_with(visitor.launch(host, **{claim: None})) == "claim-missing"
    accepted(visitor.launch(host, aud=["other", host.client_id], azp=host.client_id))
    assert refused_with(visitor.launch(host, aud=[host.client_id, "other"])) == "party-mismatch"


def test_trap_10_roles_are_resolved_by_our_own_table(app: Flask, visitor: Browser, host: Host) -> None:
    assert resolve([MEMBERSHIP + "TeachingAssistant"]).roles == {Role.INSTRUCTOR}
    assert resolve([MEMBERSHIP + "Manager"]).roles == {Role.MANAGER}
    accepted(visitor.launch(host, roles=[LEARNER, INSTITUTION + "Instructor"]))
    with app.app_context():
        assert db.session.scalars(sa.select(Enrolment)).one().roles == {Role.LEARNER}


def test_trap_11_one_registration_never_changes_how_another_is_found(
    app: Flask, visitor: Browser, host: Host, network: Network
) -> None:
    shared = [
        Host(app, network, issuer="https://shared.example", client_id=f"c{n}").register() for n in (1, 2)
    ]
    assert visitor.log_in(host, client_id=None).parameters["client_id"] == host.client_id
    assert refused_with(visitor.start(shared[0], client_id=None)) == "client-missing"
    assert visitor.log_in(host, client_id=None).parameters["client_id"] == host.client_id


def test_trap_12_state_and_nonce_work_once_and_only_together(
    app: Flask, visitor: Browser, host: Host
) -> None:
    login, other = visitor.log_in(host), visitor.log_in(host)
    token = host.sign(host.claims(login.nonce))
    assert refused_with(visitor.answer(other, token)) == "nonce-mismatch"
    accepted(visitor.answer(login, token))
    assert refused_with(visitor.answer(login, token)) == "state-used"
    visitor.forget_cookies()
    assert refused_with(visitor.answer(login, token)) == "state-used"


def test_trap_13_no_launch_can_be_read_by_knowing_an_id(app: Flask, visitor: Browser, host: Host) -> None:
    accepted(visitor.launch(host))
    with app.app_context():
        assert db.session.scalars(sa.select(LoginAttempt)).one().claims is None
    assert not any("launch_id" in rule.rule for rule in app.url_map.iter_rules())


def test_trap_14_blocked_cookies_lead_to_a_page_with_a_way_on(visitor: Browser, host: Host) -> None:
    login = visitor.log_in(host)
    visitor.forget_cookies()
    page = visitor.answer(login, host.sign(host.claims(login.nonce))).text
    assert "Missing" not in page
    assert page.count("<button") >= 2


def test_trap_15_cookies_work_in_a_frame_of_another_site(visitor: Browser, host: Host) -> None:
    for answer in (visitor.start(host), visitor.launch(host)):
        for cookie in answer.headers.getlist("Set-Cookie"):
            for part in ("__Host-", "Secure", "HttpOnly", "SameSite=None", "Partitioned"):
                assert part in cookie


def test_trap_16_a_host_that_offers_storage_is_asked_to_store(visitor: Browser, host: Host) -> None:
    page = visitor.start(host, lti_storage_target="post_message_forwarding").text
    assert 'data-frame="post_message_forwarding"' in page


def test_trap_17_pages_of_the_door_hold_no_script_of_their_own(visitor: Browser, host: Host) -> None:
    login = visitor.log_in(host)
    visitor.forget_cookies()
    for answer in (
        visitor.answer(login, host.sign(host.claims(login.nonce))),
        visitor.start(host, lti_storage_target="_parent"),
        visitor.start(host, iss="https://unknown.example"),
    ):
        assert "javascript:" not in answer.text
        assert '<html lang="' in answer.text
        assert all("src=" in part.split(">")[0] for part in answer.text.split("<script")[1:])
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy


def test_trap_18_an_address_with_a_query_of_its_own_stays_whole(
    app: Flask, visitor: Browser, network: Network, host: Host
) -> None:
    other = Host(app, network, issuer="https://q.example.edu", login_query="?institution=7").register()
    location = visitor.log_in(other).location
    assert location.startswith("https://q.example.edu/auth?institution=7&scope=openid")
    assert location.count("?") == 1


def test_trap_19_the_host_always_returns_to_the_one_registered_address(visitor: Browser, host: Host) -> None:
    for target in (TARGET, f"{TOOL}/courses/1/?a=b"):
        login = visitor.log_in(host, target_link_uri=target)
        assert login.parameters["redirect_uri"] == f"{TOOL}/lti/launch"
    assert refused_with(visitor.start(host, target_link_uri="https://evil.example/")) == "target-foreign"


def test_trap_20_every_failure_of_the_door_is_a_refusal_with_a_code(host: Host) -> None:
    assert issubclass(LaunchRefused, Refused)
    assert issubclass(Unreachable, Refused)
    assert issubclass(sealing.Unreadable, Refused)


def test_trap_24_unusual_messages_are_explained_and_anonymous_people_may_read(
    visitor: Browser, host: Host
) -> None:
    assert refused_with(visitor.launch(host, target_link_uri=None)) == "claim-missing"
    for message in ("LtiEulaRequest", "LtiReportReviewRequest", "LtiStartAssessment", "LtiContextCopyNotice"):
        assert refused_with(visitor.launch(host, message_type=message)) == "message-type-unknown"
    accepted(visitor.launch(host, sub=None))


def test_trap_27_two_keys_are_published_while_they_change(app: Flask, visitor: Browser, host: Host) -> None:
    before = visitor.get("/lti/jwks.json").get_json()["keys"]
    with app.app_context(), transaction():
        keys.rotate(at=clock.now())
    both = visitor.get("/lti/jwks.json").get_json()["keys"]
    assert len(before) == 1
    assert len(both) == 2
    with time_machine.travel(clock.now() + dt.timedelta(hours=25), tick=False), app.app_context():
        assert keys.signing_key(at=clock.now()).kid == both[1]["kid"]


def test_trap_28_no_cookie_carries_a_launch(visitor: Browser, host: Host) -> None:
    cookies = visitor.launch(host).headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert len(cookie) < 400
        assert "eyJ" not in cookie


def repeated(times: int, asked: Asked) -> Said:
    return Said(body=asked.body * times)


def test_trap_30_threads_share_a_way_out_and_each_gets_its_own_answer() -> None:
    way_out = Outbound(allow_private=True)
    mixed_up: list[str] = []

    def ask_again_and_again(url: str, who: int) -> None:
        for number in range(25):
            path = f"/{who}/{number}"
            answer = way_out.request("POST", f"{url}{path}", body=path.encode())
            if answer.content != path.encode() * (who + 1):
                mixed_up.append(path)

    with running_host() as host:
        for who in range(6):
            for number in range(25):
                host.serve(f"/{who}/{number}", partial(repeated, who + 1))
        threads = [threading.Thread(target=ask_again_and_again, args=[host.url, who]) for who in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(host.asked) == 150
    assert mixed_up == []


@pytest.mark.parametrize("spoiled", ["roles", "resource_link", "context", "custom", "launch_presentation"])
def test_a_claim_of_the_wrong_shape_never_breaks_the_door(
    app: Flask, visitor: Browser, host: Host, spoiled: str
) -> None:
    shapes: list[object] = [5, "x", [], {}, [[]], True, [None], {"id": {}}, {"id": []}]
    for value in shapes:
        answer = visitor.launch(host, **{spoiled: value})
        assert answer.status_code in {303, 400, 401, 403}
    with app.app_context():
        assert len(db.session.scalars(sa.select(WebSession)).all()) <= 1
