"""One access token serves every process until a minute before its end."""

import datetime as dt
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from joserfc import jwt

from sca_lms import clock
from sca_lms.database import db, transaction
from sca_lms.demo.faults import Fault
from sca_lms.demo.personalities import MOODLE
from sca_lms.demo.site import SCOPE_RESULT, SCOPE_SCORE
from sca_lms.lti import access_tokens
from sca_lms.lti.access_tokens import TokenDelayed, TokenRefused
from sca_lms.lti.models import AccessToken, Platform
from sca_lms.lti.outbound import Answer, Unreachable, outbound
from tests.grades.world import World, running, tool_key

AT = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def moodle(app: Flask) -> Iterator[World]:
    with running(MOODLE) as host:
        yield World(app, host)


def token(app: Flask, *scopes: str, refused: str | None = None) -> str:
    with app.app_context():
        platform = db.session.get_one(Platform, 1)
        return access_tokens.bearer(
            platform, scopes or [SCOPE_SCORE], way_out=outbound(), at=clock.now(), refused=refused
        )


def test_trap_03_a_token_is_asked_for_once(moodle: World) -> None:
    assert token(moodle.app) == token(moodle.app)
    assert moodle.wire.count("token") == 1


def test_trap_03_each_set_of_scopes_has_its_own_token(moodle: World) -> None:
    assert token(moodle.app, SCOPE_SCORE) != token(moodle.app, SCOPE_RESULT)
    assert token(moodle.app, SCOPE_SCORE, SCOPE_RESULT) == token(moodle.app, SCOPE_RESULT, SCOPE_SCORE)
    assert moodle.wire.count("token") == 3


def test_trap_03_another_address_of_the_platform_needs_another_token(moodle: World) -> None:
    first = token(moodle.app)
    with moodle.changing():
        db.session.get_one(Platform, 1).auth_token_url += "?again"
    assert token(moodle.app) != first


def test_trap_03_a_token_is_kept_until_a_minute_before_its_end(moodle: World) -> None:
    first = token(moodle.app)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=58), tick=True):
        assert token(moodle.app) == first
    with time_machine.travel(clock.now() + dt.timedelta(minutes=59, seconds=30), tick=True):
        assert token(moodle.app) != first


def test_a_token_that_was_turned_down_is_replaced_once_for_all_who_had_it(moodle: World) -> None:
    first = token(moodle.app)
    second = token(moodle.app, refused=first)
    assert second != first
    assert token(moodle.app, refused=first) == second
    assert moodle.wire.count("token") == 2


def test_of_many_who_need_a_token_at_once_one_asks(moodle: World) -> None:
    together = threading.Barrier(8)

    def need(_number: int) -> str:
        together.wait()
        return token(moodle.app)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(need, range(8)))) == 1
    assert moodle.wire.count("token") == 1


def test_the_next_one_asks_when_the_first_was_refused(moodle: World) -> None:
    moodle.lms.faults.plan("token", Fault(503))
    with pytest.raises(TokenDelayed):
        token(moodle.app)
    assert token(moodle.app)


def test_a_process_that_died_while_asking_holds_nobody_up_for_long(moodle: World) -> None:
    with moodle.changing():
        platform = db.session.get_one(Platform, 1)
        db.session.add(
            AccessToken(
                platform=platform, token_url=platform.auth_token_url, scopes=SCOPE_SCORE,
                leased_until=clock.now() + access_tokens.LEASE,
            )
        )  # fmt: skip
    with time_machine.travel(clock.now() + access_tokens.LEASE, tick=True):
        assert token(moodle.app)


def test_a_token_is_not_readable_in_the_database(moodle: World) -> None:
    given = token(moodle.app)
    with moodle.app.app_context():
        stored = db.session.scalars(sa.select(AccessToken.token)).one()
    assert stored
    assert given not in stored


def test_a_token_sealed_with_another_secret_is_replaced(moodle: World) -> None:
    first = token(moodle.app)
    with moodle.changing():
        db.session.execute(sa.update(AccessToken).values(token="sealed with something else"))
    assert token(moodle.app) != first


def test_the_assertion_says_who_we_are_for_one_use_and_a_short_time(moodle: World) -> None:
    with moodle.app.app_context():
        platform = db.session.get_one(Platform, 1)
        first = access_tokens.client_assertion(platform, at=AT)
        second = access_tokens.client_assertion(platform, at=AT)
        decoded = jwt.decode(first, tool_key(), algorithms=["RS256"])
        again = jwt.decode(second, tool_key(), algorithms=["RS256"])
    assert decoded.header["kid"] == "key-of-these-tests"
    claims = decoded.claims
    assert claims["iss"] == claims["sub"] == platform.client_id
    assert claims["aud"] == platform.auth_token_url
    assert claims["iat"] == AT.timestamp() - 5
    assert claims["exp"] <= AT.timestamp() + 300
    assert claims["jti"] != again.claims["jti"]


@pytest.mark.parametrize(
    ("own", "profile", "audience"),
    [
        (None, "moodle", None),
        (None, "d2l", "https://api.brightspace.com/auth/token"),
        ("https://aud.example.org", "d2l", "https://aud.example.org"),
    ],
)
def test_the_audience_is_the_platforms_own_or_its_kinds_or_the_address(
    moodle: World, own: str | None, profile: str, audience: str | None
) -> None:
    with moodle.changing():
        platform = db.session.get_one(Platform, 1)
        platform.token_audience, platform.profile = own, profile
    with moodle.app.app_context():
        decoded = jwt.decode(
            access_tokens.client_assertion(platform, at=AT), tool_key(), algorithms=["RS256"]
        )
    assert decoded.claims["aud"] == (audience or platform.auth_token_url)


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [
        (400, '{"error": "invalid_client"}', "invalid_client"),
        (401, '{"error": "invalid_scope", "error_description": "ask Paweena"}', "invalid_scope"),
        (400, '{"error": "<script>"}', ""),
        (404, "<h1>Not found</h1>", ""),
        (302, "", ""),
        (200, "{}", ""),
        (200, '{"access_token": ""}', ""),
        (200, '{"access_token": "a\\r\\nX-Evil: b"}', ""),
        (200, '{"access_token": 7}', ""),
        (200, "not JSON", ""),
    ],
)
def test_a_refusal_is_said_in_words_and_without_what_the_host_wrote(
    moodle: World, status: int, body: str, word: str
) -> None:
    moodle.lms.faults.plan("token", Fault(status, body=body))
    with moodle.app.app_context(), pytest.raises(TokenRefused) as caught:
        access_tokens.bearer(
            db.session.get_one(Platform, 1), [SCOPE_SCORE], way_out=outbound(), at=clock.now()
        )
    assert (caught.value.error, caught.value.status) == (word, status)
    with moodle.app.test_request_context(headers={"Accept-Language": "en"}):
        said = str(caught.value)
    assert word in said
    assert "Paweena" not in said
    assert "script" not in said


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_token_that_cannot_be_given_now_may_come_later(moodle: World, status: int) -> None:
    moodle.lms.faults.plan("token", Fault(status, headers={"Retry-After": "7"}))
    with pytest.raises(TokenDelayed) as caught:
        token(moodle.app)
    assert (caught.value.status, caught.value.retry_after) == (status, dt.timedelta(seconds=7))


def test_a_host_that_is_not_there_is_unreachable(moodle: World) -> None:
    with moodle.changing():
        db.session.get_one(Platform, 1).auth_token_url = "http://127.0.0.1:9/token"
    with pytest.raises(Unreachable):
        token(moodle.app)


@pytest.mark.parametrize(
    ("lifetime", "kept"),
    [
        ("3600", dt.timedelta(hours=1)),
        ('"120"', dt.timedelta(minutes=2)),
        ("90.7", dt.timedelta(seconds=90)),
        ("null", dt.timedelta(hours=1)),
        ("-5", dt.timedelta(hours=1)),
        ("true", dt.timedelta(hours=1)),
        ("1e400", dt.timedelta(hours=1)),
        ("99999999", dt.timedelta(days=1)),
        ('"soon"', dt.timedelta(hours=1)),
    ],
)
def test_hosts_write_lifetimes_in_many_ways(moodle: World, lifetime: str, kept: dt.timedelta) -> None:
    body = f'{{"access_token": "abc", "expires_in": {lifetime}}}'
    moodle.lms.faults.plan("token", Fault(200, body=body))
    with time_machine.travel(AT, tick=False):
        assert token(moodle.app) == "abc"
    with moodle.app.app_context():
        expires_at = db.session.scalars(sa.select(AccessToken.expires_at)).one()
    assert expires_at is not None
    # The request itself took a moment of real time.
    assert dt.timedelta(0) <= expires_at - AT - kept < dt.timedelta(seconds=30)


def test_tokens_of_a_platform_can_be_forgotten(moodle: World) -> None:
    first = token(moodle.app)
    with moodle.app.app_context(), transaction():
        access_tokens.forget(db.session.get_one(Platform, 1))
    assert token(moodle.app) != first


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", 120),
        ("0", 0),
        ("Sun, 22 Nov 2026 09:02:00 GMT", 120),
        ("Sun, 22 Nov 2026 08:00:00 GMT", 0),
        ("9" * 40, 10**8),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("๑๒", None),
    ],
)
def test_a_wish_to_wait_is_read(header: str, wait: int | None) -> None:
    headers: Mapping[str, str] = {"Retry-After": header}
    found = access_tokens.retry_after(Answer(503, headers, b"", "https://h.org/"), at=AT)
    assert found == (None if wait is None else dt.timedelta(seconds=wait))


def test_a_throttled_403_delays_a_token_and_refuses_none(moodle: World) -> None:
    moodle.lms.faults.plan("token", Fault(403, body="403 Forbidden (Rate Limit Exceeded)"))
    with pytest.raises(TokenDelayed):
        token(moodle.app)
    assert token(moodle.app)
